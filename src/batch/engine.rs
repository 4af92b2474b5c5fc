//! A run over a list: asks for its SKUs in their order, writes every answer down, and can be paused, stopped and taken up again.
//!
//! Owns what is asked, how often, and when an answer counts: only once the journal has it (P5). Each lookup keeps its place in the
//! gate until then, so that a program killed at any moment has asked for at most as many SKUs in vain as ran at once. No lock is
//! held across I/O, a task exists only for what is under way, and a run that has nothing to do has no timer. Knows no window, no
//! file and no keychain.

mod asking;

use std::collections::{HashMap, HashSet};
use std::panic::AssertUnwindSafe;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use compact_str::CompactString;
use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use tokio::runtime::Handle;
use tokio::sync::{Notify, watch};
use tokio::task::{JoinHandle, JoinSet};
use tokio::time::Instant;

use super::answered::{Answered, Shared as Sentences};
use super::gate::{Gate, Limits};
use super::halt::{Halt, HaltCause};
use super::journal::{Journal, NotKept, RunHeader, RunState};
use super::nudge::Nudge;
use super::pace::{Pace, time_left};
use super::progress::{AtWork, Progress, Retried, Standing};
use super::queue::{Ask, Queue, Repeats, Scope, Twins, failed};
use super::rows::Rows;
use crate::explorer::{Explorer, Session};
use crate::keys::KeychainError;
use crate::prices::{Body, Outcome};
use crate::token::State;

/// What is under way when the user stops a run may take so long to end by itself.
const GRACE: Duration = Duration::from_secs(3);

/// Opens the session that a run asks with; it may read the keychain.
pub type Opener = Arc<dyn Fn() -> BoxFuture<'static, Result<Session, KeychainError>> + Send + Sync>;

/// What is to be asked, and how.
#[derive(Clone)]
pub struct Plan {
    pub header: RunHeader,
    pub skus: Arc<[CompactString]>,
    pub limits: Limits,
    pub ask: Ask,
    pub repeats: Repeats,
}

/// A run under way or ended. Dropping it ends it at once; whatever the journal has is safe.
pub struct Run {
    shared: Arc<Shared>,
    runtime: Handle,
    driver: Mutex<Option<JoinHandle<()>>>,
}

struct Shared {
    explorer: Explorer,
    plan: Plan,
    journal: Arc<dyn Journal>,
    gate: Gate,
    rows: Mutex<Rows>,
    sentences: Mutex<Sentences>,
    control: Mutex<Control>,
    /// Wakes the driver after a change of its orders.
    orders: Notify,
    /// Becomes true when what is under way is to be cut off.
    cut: watch::Sender<bool>,
    nudge: Nudge,
}

/// What the run is told, and what it remembers of its way.
struct Control {
    wish: Wish,
    opener: Opener,
    session: Option<Arc<Session>>,
    /// Whether a token is to be asked for although the last one was refused: only the user may wish that (T15, T16).
    ask_anew: bool,
    halt: Option<Halt>,
    ended: Option<RunState>,
    /// Places whose lookups failed one after the other without reaching the API.
    streak: Vec<usize>,
    /// Lookups in a row that were too fast although each ran alone.
    too_fast: usize,
    /// How often each place was asked too fast; only those that were.
    refusals: HashMap<usize, u8>,
    /// How often the token of a place was forgotten while its lookup waited for it; only those where it was.
    forgotten: HashMap<usize, u8>,
    /// Places to be asked again when the run goes on.
    again: Vec<usize>,
    /// Places that were asked again after a halt over the connection. Whatever they come to then stands.
    second_try: HashSet<usize>,
    /// Whether all failed places are to be asked again.
    retry_failed: bool,
    /// What is asked until the next pause.
    scope: Scope,
    /// What the last retry came to so far.
    retried: Option<Retrying>,
    noted: Noted,
    /// Answers that the journal did not take.
    unkept: Vec<Unkept>,
    left: usize,
    /// The places whose lookups are under way.
    under_way: HashSet<usize>,
    pace: Pace,
    /// Numbers of the tokens that were sent; a few at most.
    tokens: HashSet<u64>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Wish {
    Go,
    Pause,
    Stop,
}

/// Whether the journal knows that this stretch of the run is under way.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Noted {
    NotYet,
    Running,
    /// It did not take an answer since, and may not have the run any more.
    Doubtful,
}

/// Failed places that are asked again, and what came of those that were.
#[derive(Debug, Default)]
struct Retrying {
    waiting: HashSet<usize>,
    done: Retried,
}

/// What is to be asked again when a run goes on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Retry {
    Nothing,
    Failed,
}

/// An answer on its way into the journal.
struct Unkept {
    place: usize,
    answered: Arc<Answered>,
    body: Option<Body>,
}

impl Run {
    /// Starts asking. `rows` holds what is known already; `changed` is called after changes, from any thread, ten times a second at
    /// most, and must not block.
    pub fn start(
        runtime: Handle,
        explorer: Explorer,
        opener: Opener,
        plan: Plan,
        journal: Arc<dyn Journal>,
        rows: Rows,
        changed: Arc<dyn Fn() + Send + Sync>,
    ) -> Self {
        let control = Control {
            wish: Wish::Go,
            opener,
            session: None,
            ask_anew: false,
            halt: None,
            ended: None,
            streak: Vec::new(),
            too_fast: 0,
            refusals: HashMap::new(),
            forgotten: HashMap::new(),
            again: Vec::new(),
            second_try: HashSet::new(),
            retry_failed: false,
            scope: Scope::All,
            retried: None,
            noted: Noted::NotYet,
            unkept: Vec::new(),
            left: rows.len().saturating_sub(rows.counts().all()),
            under_way: HashSet::new(),
            pace: Pace::new(Instant::now()),
            tokens: HashSet::new(),
        };
        let ask = plan.ask;
        let shared = Arc::new(Shared {
            explorer,
            gate: Gate::new(plan.limits),
            plan,
            journal,
            rows: Mutex::new(rows),
            sentences: Mutex::default(),
            control: Mutex::new(control),
            orders: Notify::new(),
            cut: watch::Sender::new(false),
            nudge: Nudge::new(runtime.clone(), changed),
        });
        let run = Self { shared, runtime, driver: Mutex::new(None) };
        run.drive(ask);
        run
    }

    pub fn header(&self) -> &RunHeader {
        &self.shared.plan.header
    }

    pub fn skus(&self) -> &Arc<[CompactString]> {
        &self.shared.plan.skus
    }

    /// The answers so far; cheap.
    pub fn snapshot(&self) -> Rows {
        self.shared.rows().clone()
    }

    /// Grows with every answer.
    pub fn version(&self) -> u64 {
        self.shared.rows().version()
    }

    /// How far the run is at `now`; never waits.
    pub fn progress(&self, now: Instant) -> Progress {
        let gate = self.shared.gate.state();
        let counts = self.shared.rows().counts();
        let control = self.shared.control();
        let standing = control.standing();
        let hold = gate.held_until.filter(|_| !standing.is_ended()).map(|until| until.saturating_duration_since(now));
        let a_second = control.pace.a_second(now).filter(|_| standing == Standing::Running);
        Progress {
            count: self.shared.plan.skus.len(),
            answered: counts.all(),
            counts,
            left: control.left,
            under_way: control.under_way.len(),
            at_work: control.at_work(),
            hold,
            a_second,
            // A pace from before the hold says nothing of the one after it.
            time_left: if hold.is_some() { None } else { time_left(control.left, a_second) },
            retried: control.retried.as_ref().map(|retrying| retrying.done),
            renewals: (control.tokens.len() as u32).saturating_sub(1),
            gate,
            standing,
        }
    }

    /// Starts no more lookups; those under way are finished and written down.
    pub fn pause(&self) {
        self.order(|control| {
            if control.wish == Wish::Go && control.ended.is_none() {
                control.wish = Wish::Pause;
                self.shared.gate.pause();
            }
        });
    }

    /// Goes on after a pause, a halt or a stop. The key may have changed, so the session is opened anew.
    pub fn go_on(&self, opener: Opener) {
        let has_ended = self.shared.go_on(opener, Retry::Nothing);
        if has_ended {
            self.drive(Ask::Open);
        }
    }

    /// Ends the run before all was answered. What is under way has a moment to end by itself.
    pub fn stop(&self) {
        self.order(|control| {
            if control.ended.is_none() {
                control.wish = Wish::Stop;
            }
        });
    }

    /// Ends the run likewise, and waits until its end is written down.
    pub async fn end(self) {
        self.stop();
        let driver = self.driver.lock().unwrap_or_else(PoisonError::into_inner).take();
        if let Some(driver) = driver {
            // A driver that broke has ended too.
            _ = driver.await;
        }
    }

    /// Asks again for all SKUs whose lookup failed, and for them only: a run that was paused is paused again after them.
    pub fn retry_failed(&self, opener: Opener) {
        let has_ended = self.shared.go_on(opener, Retry::Failed);
        if has_ended {
            self.drive(Ask::Failed);
        }
    }

    /// Changes how many lookups run at once.
    pub fn set_at_once(&self, at_once: u16) {
        self.shared.gate.set_most(at_once);
        self.shared.nudge.changed();
    }

    /// Changes how many lookups start a second.
    pub fn set_rate(&self, a_second: Option<f64>) {
        self.shared.gate.set_rate(a_second);
        self.shared.nudge.changed();
    }

    fn order(&self, change: impl FnOnce(&mut Control)) {
        change(&mut self.shared.control());
        self.shared.orders.notify_one();
        self.shared.nudge.changed();
    }

    fn drive(&self, ask: Ask) {
        let shared = Arc::clone(&self.shared);
        let driver = self.runtime.spawn(async move {
            let driven = AssertUnwindSafe(drive(&shared, ask)).catch_unwind().await;
            if driven.is_err() {
                shared.end(RunState::Stopped, Some(Halt::broken()));
            }
        });
        let mut current = self.driver.lock().unwrap_or_else(PoisonError::into_inner);
        *current = Some(driver);
    }
}

impl Drop for Run {
    fn drop(&mut self) {
        let driver = self.driver.get_mut().unwrap_or_else(PoisonError::into_inner);
        if let Some(driver) = driver.take() {
            driver.abort();
        }
    }
}

impl Control {
    fn orders(&self) -> (Wish, Scope) {
        (self.wish, self.scope)
    }

    fn standing(&self) -> Standing {
        match (self.ended, self.wish) {
            (Some(state), _) => Standing::Ended(state, self.halt.clone()),
            (None, Wish::Stop) => Standing::Stopping,
            (None, Wish::Pause) => Standing::Paused(self.halt.clone()),
            (None, Wish::Go) => Standing::Running,
        }
    }

    fn at_work(&self) -> AtWork {
        match &self.session {
            None => AtWork::OpensKey,
            Some(session) if session.source.status().state == State::Fetching => AtWork::GetsToken,
            Some(_) => AtWork::Asks,
        }
    }
}

impl Control {
    /// Takes places up that are asked again because they failed.
    fn retry(&mut self, places: &[usize], twins: &Twins) {
        let retrying = self.retried.get_or_insert_default();
        for place in places {
            retrying.waiting.insert(*place);
            retrying.waiting.extend(twins.after(*place));
        }
    }

    fn end(&mut self, state: RunState, halt: Option<Halt>) {
        self.ended = Some(state);
        self.halt = halt;
        self.under_way.clear();
        // It is asked for anew, or not at all.
        self.retry_failed = false;
    }
}

impl Shared {
    fn rows(&self) -> MutexGuard<'_, Rows> {
        self.rows.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn control(&self) -> MutexGuard<'_, Control> {
        self.control.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Pauses the run by itself. The first reason stays: those that follow are mostly of its making.
    fn halt(&self, halt: Halt) {
        {
            let mut control = self.control();
            if control.wish == Wish::Go {
                control.wish = Wish::Pause;
            }
            control.halt.get_or_insert(halt);
            // Under the same lock as the wish, or a pause could outlive the order to go on.
            self.gate.pause();
        }
        self.orders.notify_one();
        self.nudge.changed();
    }

    /// Lets the run go on; says whether it had ended, so that somebody has to drive it again.
    fn go_on(&self, opener: Opener, retry: Retry) -> bool {
        let has_ended = {
            let mut control = self.control();
            // It ends first.
            if control.wish == Wish::Stop && control.ended.is_none() {
                return false;
            }
            control.opener = opener;
            let wish_before = std::mem::replace(&mut control.wish, Wish::Go);
            control.session = None;
            let may_be_the_token = |halt: &Halt| matches!(halt.cause, HaltCause::Key | HaltCause::Connection);
            control.ask_anew |= control.halt.as_ref().is_some_and(may_be_the_token);
            control.halt = None;
            control.streak.clear();
            (control.too_fast, control.refusals) = (0, HashMap::new());
            control.forgotten.clear();
            if retry == Retry::Failed {
                // The user wishes it, so that they count as any others.
                control.second_try.clear();
            }
            let is_paused = control.ended.is_none() && wish_before == Wish::Pause;
            match retry {
                Retry::Failed if is_paused => control.scope = Scope::Failed,
                // Pressed again, or while the run goes on anyway.
                Retry::Failed if control.ended.is_none() => {}
                Retry::Failed | Retry::Nothing => control.scope = Scope::All,
            }
            if retry == Retry::Nothing || control.ended.is_some() || is_paused {
                control.retried = None;
            }
            control.pace = Pace::new(Instant::now());
            control.retry_failed = retry == Retry::Failed && control.ended.is_none() || control.retry_failed;
            self.cut.send_replace(false);
            self.gate.go_on();
            control.ended.take().is_some()
        };
        self.orders.notify_one();
        self.nudge.changed();
        has_ended
    }

    /// Ends the run, unless it was told meanwhile to ask again for what failed.
    fn end_unless_retried(&self, state: RunState, halt: Option<Halt>) -> bool {
        let mut control = self.control();
        if control.wish == Wish::Go && control.retry_failed {
            return false;
        }
        control.end(state, halt);
        drop(control);
        self.nudge.changed();
        true
    }

    fn end(&self, state: RunState, halt: Option<Halt>) {
        self.control().end(state, halt);
        self.nudge.changed();
    }

    /// Opens the session, if it is not open.
    async fn open(&self) -> Result<(), Halt> {
        let opener = {
            let control = self.control();
            if control.session.is_some() {
                return Ok(());
            }
            Arc::clone(&control.opener)
        };
        let session = opener().await.map_err(|error| Halt::of_keychain(&error))?;
        let ask_anew = std::mem::take(&mut self.control().ask_anew);
        let state = session.source.status().state;
        if ask_anew && !matches!(state, State::Valid | State::Refreshing | State::Stale) {
            // If it is refused again, the next lookup says so.
            _ = session.source.refresh().await;
        }
        self.control().session = Some(Arc::new(session));
        Ok(())
    }

    /// Begins a stretch of the run; a journal that does not know of it halts it.
    async fn begin(&self) {
        self.control().noted = Noted::NotYet;
        if let Err(halt) = self.note_running().await {
            self.halt(halt);
        }
    }

    /// Has the journal know that the run is under way, and takes in what others wrote meanwhile where it had let go of it.
    async fn note_running(&self) -> Result<(), Halt> {
        if self.control().noted == Noted::Running {
            return Ok(());
        }
        let fresh = self.journal.note(RunState::Running).await.map_err(Halt::of_journal)?;
        if let Some(fresh) = fresh {
            self.take_in(&fresh);
        }
        self.control().noted = Noted::Running;
        Ok(())
    }

    /// Takes in answers that others wrote.
    fn take_in(&self, fresh: &Rows) {
        // Piece by piece, so that no frame waits for a long list.
        for piece in 0..fresh.pieces() {
            let mut rows = self.rows();
            let before = rows.counts().all();
            for (place, answered) in fresh.piece(piece) {
                let is_known = rows.get(place).is_some_and(|known| known.started == answered.started);
                if !is_known {
                    rows.set(place, Arc::clone(answered));
                }
            }
            let came = rows.counts().all() - before;
            drop(rows);
            let mut control = self.control();
            control.left = control.left.saturating_sub(came);
        }
        self.nudge.changed();
    }

    /// Has the journal take the run and whatever it did not take before.
    async fn keep_up(&self) -> Result<(), Halt> {
        self.note_running().await?;
        self.keep_again().await
    }

    /// Offers the journal again what it did not take.
    async fn keep_again(&self) -> Result<(), Halt> {
        loop {
            let Some(unkept) = self.control().unkept.pop() else { return Ok(()) };
            self.keep(unkept).await.map_err(Halt::of_journal)?;
        }
    }

    /// Writes an answer down, and then counts it. What the journal does not take is kept for another try.
    async fn keep(&self, unkept: Unkept) -> Result<(), NotKept> {
        let Unkept { place, answered, body } = unkept;
        if let Err(error) = self.journal.keep(place, Arc::clone(&answered), body.clone()).await {
            let mut control = self.control();
            control.unkept.push(Unkept { place, answered, body });
            control.noted = Noted::Doubtful;
            return Err(error);
        }
        {
            let mut control = self.control();
            control.left = control.left.saturating_sub(1);
            control.pace.answered(Instant::now());
            control.tokens.extend(answered.token_generation);
            if let Some(retrying) = &mut control.retried
                && retrying.waiting.remove(&place)
            {
                retrying.done.asked += 1;
                retrying.done.failed += usize::from(answered.outcome == Outcome::Failed);
            }
        }
        self.rows().set(place, answered);
        self.nudge.changed();
        Ok(())
    }
}

/// Drives a run until it ends: the one who decides what is asked next.
async fn drive(shared: &Arc<Shared>, ask: Ask) {
    let (skus, repeats) = (Arc::clone(&shared.plan.skus), shared.plan.repeats);
    let twins = tokio::task::spawn_blocking(move || Twins::of(&skus, repeats)).await;
    let twins = Arc::new(twins.unwrap_or_else(|panicked| std::panic::resume_unwind(panicked.into_panic())));
    // It may have ended before, and a start is not noted by whoever begins a run a second time.
    shared.begin().await;
    let mut queue = None;
    let mut lookups = JoinSet::new();
    loop {
        let (wish, scope) = shared.control().orders();
        match wish {
            Wish::Stop => {
                let halt = finish(shared, &mut lookups, RunState::Stopped).await;
                return shared.end(RunState::Stopped, halt);
            }
            Wish::Pause => {
                tokio::select! {
                    () = shared.orders.notified() => {}
                    Some(_) = lookups.join_next(), if !lookups.is_empty() => {}
                }
            }
            Wish::Go => {
                let ready = tokio::select! {
                    ready = shared.open() => ready,
                    // A keychain may take its time, and a stop should not.
                    () = shared.orders.notified() => continue,
                };
                // What is being written down must not be cut off: the answer would be lost between the journal and the rows.
                let ready = match ready {
                    Ok(()) => shared.keep_up().await,
                    Err(halt) => Err(halt),
                };
                if let Err(halt) = ready {
                    shared.halt(halt);
                    continue;
                }
                // Only now is it known what others answered.
                let queue = queue.get_or_insert_with(|| self::queue(shared, ask, &twins));
                shared.ask_again(queue, &twins);
                let next = queue.next(&twins, scope, |place| shared.rows().get(place).map(|answered| answered.outcome));
                let Some(place) = next else {
                    tokio::select! {
                        () = shared.orders.notified() => {}
                        joined = lookups.join_next() => if joined.is_none() && shared.is_through() {
                            if scope == Scope::Failed {
                                shared.pause_again();
                                continue;
                            }
                            let state = shared.state_at_end();
                            let halt = finish(shared, &mut lookups, state).await;
                            if shared.end_unless_retried(state, halt) {
                                return;
                            }
                            // The end is noted already, and does not hold any more.
                            shared.begin().await;
                        }
                    }
                    continue;
                };
                tokio::select! {
                    pass = shared.gate.enter() => {
                        // The orders may have changed while it waited.
                        if shared.control().orders() == (Wish::Go, scope) {
                            queue.take(place);
                            shared.control().under_way.insert(place);
                            lookups.spawn(asking::look_up(Arc::clone(shared), pass, place, Arc::clone(&twins)));
                        }
                    }
                    () = shared.orders.notified() => {}
                    Some(_) = lookups.join_next(), if !lookups.is_empty() => {}
                }
            }
        }
    }
}

/// What a round of the run asks for, and how many answers that is.
fn queue(shared: &Shared, ask: Ask, twins: &Twins) -> Queue {
    let known = shared.rows().clone();
    match ask {
        Ask::Open => {
            let mut control = shared.control();
            // What is open is asked for anyway.
            control.again.retain(|place| known.get(*place).is_some());
            let again: usize = control.again.iter().map(|place| twins.answers(*place)).sum();
            control.left = known.len().saturating_sub(known.counts().all()) + again;
            Queue::open(known)
        }
        Ask::Failed => {
            let places = failed(&known, twins);
            let mut control = shared.control();
            control.again.clear();
            control.left = places.iter().map(|place| twins.answers(*place)).sum();
            control.retry(&places, twins);
            let mut queue = Queue::default();
            queue.again(places);
            queue
        }
    }
}

impl Shared {
    /// Takes what is to be asked again into the queue.
    fn ask_again(&self, queue: &mut Queue, twins: &Twins) {
        let (again, retry_failed) = {
            let mut control = self.control();
            (std::mem::take(&mut control.again), std::mem::take(&mut control.retry_failed))
        };
        // What waits already, or is under way, is neither asked nor counted twice.
        queue.again(again);
        if retry_failed {
            // Seen before the rows: what ends in between stands as under way and keeps the answer that it just got.
            let under_way = self.control().under_way.clone();
            let rows = self.rows().clone();
            let mut places = failed(&rows, twins);
            places.retain(|place| !under_way.contains(place));
            let mut control = self.control();
            control.retry(&places, twins);
            places.retain(|place| !queue.asks_again(*place));
            control.left += places.iter().map(|place| twins.answers(*place)).sum::<usize>();
            queue.again(places);
        }
    }

    /// Ends a retry that came in a pause.
    fn pause_again(&self) {
        {
            let mut control = self.control();
            // Unless it was told meanwhile to go on.
            if control.orders() == (Wish::Go, Scope::Failed) && !control.retry_failed {
                (control.wish, control.scope) = (Wish::Pause, Scope::All);
                self.gate.pause();
            }
        }
        self.nudge.changed();
    }

    /// Finished means that nothing is open: failed SKUs can be asked again while others were never asked.
    fn state_at_end(&self) -> RunState {
        let rows = self.rows();
        if rows.counts().all() == rows.len() { RunState::Finished } else { RunState::Stopped }
    }

    /// Whether nothing is left that would have to be asked or written down again.
    fn is_through(&self) -> bool {
        let control = self.control();
        control.wish == Wish::Go && control.again.is_empty() && !control.retry_failed && control.unkept.is_empty()
    }
}

/// Waits for what is under way, cuts off what takes too long, and notes the end in the journal.
async fn finish(shared: &Shared, lookups: &mut JoinSet<()>, state: RunState) -> Option<Halt> {
    let all = async { while lookups.join_next().await.is_some() {} };
    if tokio::time::timeout(GRACE, all).await.is_err() {
        shared.cut.send_replace(true);
        while lookups.join_next().await.is_some() {}
    }
    let kept = shared.keep_again().await;
    let noted = shared.control().noted;
    if noted == Noted::NotYet {
        // The journal does not have the run, for example because another window does: its end is not noted either.
        return kept.err();
    }
    kept.err().or(shared.journal.note(state).await.err().map(Halt::of_journal))
}
