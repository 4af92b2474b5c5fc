//! How many lookups run at once, and when the next may start: for the window and the command line alike.
//!
//! Owns the limits of a run: so many at once, so many a second, a hold while the server asks to wait, and the user's pause. It
//! gives way when the server says 429 or 503, and feels its way back after good answers (H6). It asks for nothing itself, and
//! without somebody who waits to enter it has no timer and no work.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::sync::Notify;
use tokio::time::Instant;

use crate::prices::{Lookup, LookupErrorKind};

/// The most lookups that may run at once.
pub const MOST_AT_ONCE: u16 = 64;
/// So many run at once unless the user wishes otherwise.
pub const USUAL_AT_ONCE: u16 = 8;
/// A hold is never longer, whatever the server asks for: a broken clock or a typing error must not stop a run for good.
pub const LONGEST_HOLD: Duration = Duration::from_secs(3600);

/// What a run may ask of the server.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Limits {
    /// At once; taken as 1 to [`MOST_AT_ONCE`].
    pub at_once: u16,
    /// Starts a second, evenly spaced; no limit without one. What is not above 0 is no limit either.
    pub a_second: Option<f64>,
}

impl Default for Limits {
    fn default() -> Self {
        Self { at_once: USUAL_AT_ONCE, a_second: None }
    }
}

/// What a finished lookup says of the server's mood.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mood {
    /// It answered.
    Good,
    /// It asks to wait, so long if it says so.
    Busy { wait: Option<Duration> },
    /// No answer, or one that says nothing about how busy it is.
    Unsaid,
}

impl Mood {
    /// The mood that a lookup met at its end.
    pub fn of(lookup: &Lookup) -> Self {
        match &lookup.error {
            Some(error) if error.kind == LookupErrorKind::RateLimited || lookup.http_status == Some(503) => {
                Self::Busy { wait: error.retry_after }
            }
            _ if lookup.http_status.is_some_and(|status| status < 500) => Self::Good,
            _ => Self::Unsaid,
        }
    }
}

/// The gate as a view shows it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct GateState {
    /// The user's wish.
    pub at_once: u16,
    /// How many the gate lets run at once now; fewer than wished after the server asked to wait.
    pub allowed: u16,
    /// How many are under way.
    pub inside: u16,
    /// Nothing starts before; nothing when that is past.
    pub held_until: Option<Instant>,
    pub is_paused: bool,
    pub a_second: Option<f64>,
}

/// Lets lookups through. Cheap to clone; all clones are one gate.
#[derive(Debug, Clone)]
pub struct Gate {
    shared: Arc<Shared>,
}

#[derive(Debug)]
struct Shared {
    inner: Mutex<Inner>,
    /// Whoever comes first enters first, and only that one waits for a change.
    turn: tokio::sync::Mutex<()>,
    changed: Notify,
}

#[derive(Debug)]
struct Inner {
    at_once: u16,
    allowed: u16,
    inside: u16,
    /// How many wait to enter.
    queued: usize,
    held_until: Option<Instant>,
    is_paused: bool,
    /// The time between two starts.
    spacing: Option<Duration>,
    a_second: Option<f64>,
    next_start: Option<Instant>,
    /// Good answers in a row since the last change of `allowed`.
    row: u32,
    /// Counts how often the gate gave way. Whoever entered before the last time knows nothing new.
    gave_way: u64,
}

/// One who waits to enter.
struct Queued<'a>(&'a Gate);

impl<'a> Queued<'a> {
    fn behind(gate: &'a Gate) -> Self {
        gate.inner().queued += 1;
        Self(gate)
    }
}

impl Drop for Queued<'_> {
    fn drop(&mut self) {
        self.0.inner().queued -= 1;
    }
}

/// What stands between a lookup and its start.
enum Way {
    Free,
    /// Time alone opens it.
    At(Instant),
    /// Somebody has to leave, or to change the limits.
    Shut,
}

impl Gate {
    pub fn new(limits: Limits) -> Self {
        let at_once = limits.at_once.clamp(1, MOST_AT_ONCE);
        let mut inner = Inner {
            at_once,
            allowed: at_once,
            inside: 0,
            queued: 0,
            held_until: None,
            is_paused: false,
            spacing: None,
            a_second: None,
            next_start: None,
            row: 0,
            gave_way: 0,
        };
        inner.set_rate(limits.a_second);
        let (turn, changed) = (tokio::sync::Mutex::new(()), Notify::new());
        Self { shared: Arc::new(Shared { inner: Mutex::new(inner), turn, changed }) }
    }

    /// Waits until a lookup may start. Whoever asks first enters first; dropping the future gives the turn to the next.
    pub async fn enter(&self) -> Pass {
        if let Some(pass) = self.enter_at_once() {
            return pass;
        }
        let _queued = Queued::behind(self);
        let _turn = self.shared.turn.lock().await;
        loop {
            let way = {
                let mut inner = self.inner();
                let way = inner.way(Instant::now());
                if let Way::Free = way {
                    return self.pass(&mut inner);
                }
                way
            };
            // Only the one whose turn it is waits here, and the notification is kept for it, so that no change is missed.
            let change = self.shared.changed.notified();
            match way {
                Way::At(instant) => {
                    tokio::select! {
                        () = tokio::time::sleep_until(instant) => {}
                        () = change => {}
                    }
                }
                Way::Free | Way::Shut => change.await,
            }
        }
    }

    /// The same where nobody waits and nothing stands in the way; takes no turn, so that nobody is put to sleep for nothing.
    pub fn enter_at_once(&self) -> Option<Pass> {
        let mut inner = self.inner();
        if inner.queued > 0 || inner.is_shut() || (inner.is_timed() && !matches!(inner.way(Instant::now()), Way::Free))
        {
            return None;
        }
        Some(self.pass(&mut inner))
    }

    fn pass(&self, inner: &mut Inner) -> Pass {
        inner.inside += 1;
        Pass { gate: self.clone(), gave_way: AtomicU64::new(inner.gave_way) }
    }

    /// Lets nothing start before `until`; a later hold stays.
    pub fn hold_until(&self, until: Instant) {
        let now = Instant::now();
        let until = until.min(now + LONGEST_HOLD);
        let mut inner = self.inner();
        if until > now && inner.held_until.is_none_or(|held| held < until) {
            inner.held_until = Some(until);
        }
    }

    /// Changes how many may run at once, 1 to [`MOST_AT_ONCE`]. What is under way is not cut off.
    pub fn set_most(&self, at_once: u16) {
        {
            let mut inner = self.inner();
            let at_once = at_once.clamp(1, MOST_AT_ONCE);
            // A wish for more is a wish to try more; the server is asked again how it likes that.
            inner.allowed = if at_once > inner.at_once { at_once } else { inner.allowed.min(at_once) };
            inner.at_once = at_once;
            inner.row = 0;
        }
        self.shared.changed.notify_one();
    }

    /// Changes how many may start a second; no limit without a number above 0.
    pub fn set_rate(&self, a_second: Option<f64>) {
        self.inner().set_rate(a_second);
        self.shared.changed.notify_one();
    }

    /// Lets nothing start; what is under way goes on.
    pub fn pause(&self) {
        self.inner().is_paused = true;
    }

    /// Ends a pause.
    pub fn go_on(&self) {
        self.inner().is_paused = false;
        self.shared.changed.notify_one();
    }

    /// The gate as it stands; never waits.
    pub fn state(&self) -> GateState {
        let inner = self.inner();
        let now = Instant::now();
        GateState {
            at_once: inner.at_once,
            allowed: inner.allowed,
            inside: inner.inside,
            held_until: inner.held_until.filter(|held| *held > now),
            is_paused: inner.is_paused,
            a_second: inner.a_second,
        }
    }

    fn inner(&self) -> MutexGuard<'_, Inner> {
        self.shared.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The right to run one lookup. Dropping it makes room for the next.
#[derive(Debug)]
pub struct Pass {
    gate: Gate,
    /// How often the gate had given way when its holder last heard from the server.
    gave_way: AtomicU64,
}

impl Pass {
    /// The server asks to wait until then, in the middle of a lookup: the gate holds, and lets half as many run at once.
    pub fn asked_to_wait(&self, until: Instant) {
        self.gate.hold_until(until);
        self.give_way();
    }

    /// Tells the gate how the lookup ended.
    pub fn answered(&self, mood: Mood) {
        match mood {
            Mood::Good => self.gate.inner().grow(),
            Mood::Busy { wait } => {
                if let Some(wait) = wait {
                    self.gate.hold_until(Instant::now() + wait.min(LONGEST_HOLD));
                }
                self.give_way();
            }
            Mood::Unsaid => self.gate.inner().row = 0,
        }
    }

    fn give_way(&self) {
        let known = self.gate.inner().give_way(self.gave_way.load(Ordering::Relaxed));
        self.gave_way.store(known, Ordering::Relaxed);
    }
}

impl Drop for Pass {
    fn drop(&mut self) {
        let mut inner = self.gate.inner();
        inner.inside = inner.inside.saturating_sub(1);
        let is_awaited = inner.queued > 0;
        drop(inner);
        if is_awaited {
            self.gate.shared.changed.notify_one();
        }
    }
}

impl Inner {
    fn is_shut(&self) -> bool {
        self.is_paused || self.inside >= self.allowed
    }

    /// Whether the time of day matters to who enters. It seldom does, and clocks are not looked at for nothing.
    fn is_timed(&self) -> bool {
        self.held_until.is_some() || self.spacing.is_some()
    }

    fn way(&mut self, now: Instant) -> Way {
        if self.is_shut() {
            return Way::Shut;
        }
        self.held_until = self.held_until.filter(|held| *held > now);
        let next_start = self.spacing.and(self.next_start).filter(|next| *next > now);
        if let Some(at) = self.held_until.max(next_start) {
            return Way::At(at);
        }
        if let Some(spacing) = self.spacing {
            // A start that came a little late, as timers do, does not push back all that follow; but what was not used for
            // longer is not made up for.
            let planned = self.next_start.filter(|planned| now - *planned < spacing).unwrap_or(now);
            self.next_start = Some(planned + spacing);
        }
        Way::Free
    }

    fn set_rate(&mut self, a_second: Option<f64>) {
        self.a_second = a_second.filter(|rate| rate.is_finite() && *rate > 0.0);
        let spacing = |rate: f64| Duration::try_from_secs_f64(1.0 / rate).unwrap_or(LONGEST_HOLD).min(LONGEST_HOLD);
        self.spacing = self.a_second.map(spacing);
        self.next_start = None;
    }

    /// Halves what runs at once, for the first of all those who entered before the last time: they were one crowd, and only one
    /// answer. Returns the number that its teller knows from now on.
    fn give_way(&mut self, known: u64) -> u64 {
        self.row = 0;
        if known == self.gave_way {
            self.gave_way += 1;
            self.allowed = (self.allowed / 2).max(1);
        }
        self.gave_way
    }

    /// Lets one more run at once after as many good answers in a row as run at once now.
    fn grow(&mut self) {
        self.row = self.row.saturating_add(1);
        if self.allowed < self.at_once && self.row >= u32::from(self.allowed) {
            self.allowed += 1;
            self.row = 0;
        }
    }
}

#[cfg(test)]
mod tests {
    use std::task::{Context, Wake};

    use super::*;

    const SECOND: Duration = Duration::from_secs(1);

    /// Counts how often somebody is woken.
    #[derive(Default)]
    struct Wakes(AtomicU64);

    impl Wake for Wakes {
        fn wake(self: Arc<Self>) {
            self.0.fetch_add(1, Ordering::Relaxed);
        }
    }

    fn gate(at_once: u16) -> Gate {
        Gate::new(Limits { at_once, a_second: None })
    }

    /// Whether a lookup may start now.
    async fn is_open(gate: &Gate) -> bool {
        tokio::time::timeout(Duration::ZERO, gate.enter()).await.is_ok()
    }

    async fn crowd(gate: &Gate, size: usize) -> Vec<Pass> {
        let mut inside = Vec::new();
        for _ in 0..size {
            inside.push(gate.enter().await);
        }
        inside
    }

    #[tokio::test(start_paused = true)]
    async fn p5_no_more_run_at_once_than_wished_and_a_leaver_makes_room() {
        let gate = gate(3);
        let mut inside = crowd(&gate, 3).await;
        assert!(!is_open(&gate).await);
        inside.pop();
        assert!(is_open(&gate).await);
        assert_eq!(gate.state().inside, 2);
    }

    #[tokio::test(start_paused = true)]
    async fn whoever_asks_first_enters_first_and_one_who_leaves_the_queue_gives_the_turn_on() {
        let gate = gate(1);
        let first = gate.enter().await;
        let order = Arc::new(Mutex::new(Vec::new()));
        let waiting: Vec<_> = (0..5)
            .map(|number| {
                let (gate, order) = (gate.clone(), Arc::clone(&order));
                tokio::spawn(async move {
                    let _pass = gate.enter().await;
                    order.lock().unwrap().push(number);
                })
            })
            .collect();
        tokio::task::yield_now().await;
        waiting[0].abort();
        drop(first);
        for task in waiting {
            let _ = task.await;
        }
        assert_eq!(*order.lock().unwrap(), [1, 2, 3, 4]);
    }

    #[tokio::test(start_paused = true)]
    async fn h6_nothing_starts_until_the_instant_that_the_server_names() {
        let gate = gate(4);
        let pass = gate.enter().await;
        let start = Instant::now();
        pass.asked_to_wait(start + 30 * SECOND);
        assert_eq!(gate.state().held_until, Some(start + 30 * SECOND));
        let _next = gate.enter().await;
        assert_eq!(start.elapsed(), 30 * SECOND);
        assert_eq!(gate.state().held_until, None);
    }

    #[tokio::test(start_paused = true)]
    async fn h6_the_longest_of_several_holds_counts_and_none_is_endless() {
        let gate = gate(4);
        let start = Instant::now();
        gate.hold_until(start + 9 * SECOND);
        gate.hold_until(start + 3 * SECOND);
        assert_eq!(gate.state().held_until, Some(start + 9 * SECOND));
        gate.hold_until(start + 365 * 24 * 3600 * SECOND);
        assert_eq!(gate.state().held_until, Some(start + LONGEST_HOLD));
    }

    #[tokio::test(start_paused = true)]
    async fn h6_a_crowd_that_is_asked_to_wait_halves_once_and_again_when_it_is_asked_again() {
        let gate = gate(16);
        let mut inside = crowd(&gate, 16).await;
        for pass in &inside {
            pass.asked_to_wait(Instant::now() + SECOND);
        }
        assert_eq!(gate.state().allowed, 8);
        for pass in &inside {
            pass.answered(Mood::Busy { wait: None });
        }
        assert_eq!(gate.state().allowed, 4);
        // Those inside are not cut off, and nobody enters before enough of them have left.
        assert_eq!(gate.state().inside, 16);
        inside.truncate(4);
        assert!(!is_open(&gate).await);
        inside.truncate(3);
        tokio::time::advance(SECOND).await;
        assert!(is_open(&gate).await);
    }

    #[tokio::test(start_paused = true)]
    async fn h6_one_always_may_run() {
        let gate = gate(2);
        for _ in 0..5 {
            gate.enter().await.answered(Mood::Busy { wait: None });
        }
        assert_eq!(gate.state().allowed, 1);
        assert!(is_open(&gate).await);
    }

    #[tokio::test(start_paused = true)]
    async fn h6_good_answers_let_one_more_in_at_a_time_up_to_the_wish() {
        let gate = gate(8);
        gate.enter().await.answered(Mood::Busy { wait: None });
        let mut seen = vec![gate.state().allowed];
        for _ in 0..40 {
            gate.enter().await.answered(Mood::Good);
            if seen.last() != Some(&gate.state().allowed) {
                seen.push(gate.state().allowed);
            }
        }
        assert_eq!(seen, [4, 5, 6, 7, 8]);
        // A failure in between breaks the row.
        gate.enter().await.answered(Mood::Busy { wait: None });
        for _ in 0..20 {
            for mood in [Mood::Good, Mood::Good, Mood::Good, Mood::Unsaid] {
                gate.enter().await.answered(mood);
            }
        }
        assert_eq!(gate.state().allowed, 4);
    }

    #[tokio::test(start_paused = true)]
    async fn p5_starts_are_evenly_spaced_at_a_rate() {
        let gate = Gate::new(Limits { at_once: 64, a_second: Some(4.0) });
        let start = Instant::now();
        let mut at = Vec::new();
        for _ in 0..5 {
            drop(gate.enter().await);
            at.push(start.elapsed().as_millis());
        }
        assert_eq!(at, [0, 250, 500, 750, 1000]);
        // An idle minute is not made up for in a rush.
        tokio::time::advance(60 * SECOND).await;
        let start = Instant::now();
        drop(gate.enter().await);
        drop(gate.enter().await);
        assert_eq!(start.elapsed().as_millis(), 250);
        gate.set_rate(None);
        assert!(is_open(&gate).await && is_open(&gate).await);
    }

    #[tokio::test(start_paused = true)]
    async fn a_rate_that_is_none_is_no_limit() {
        for rate in [0.0, -3.0, f64::NAN, f64::INFINITY] {
            let gate = Gate::new(Limits { at_once: 4, a_second: Some(rate) });
            assert!(is_open(&gate).await && is_open(&gate).await, "{rate}");
            assert_eq!(gate.state().a_second, None);
        }
    }

    #[tokio::test(start_paused = true)]
    async fn p5_a_rate_next_to_nothing_is_as_slow_as_the_longest_hold() {
        let gate = Gate::new(Limits { at_once: 2, a_second: Some(1e-19) });
        let start = Instant::now();
        drop(gate.enter().await);
        drop(gate.enter().await);
        assert_eq!(start.elapsed(), LONGEST_HOLD);
    }

    #[tokio::test(start_paused = true)]
    async fn p5_a_pause_lets_nothing_start_until_it_ends() {
        let gate = gate(4);
        let _inside = gate.enter().await;
        gate.pause();
        let next = tokio::spawn({
            let gate = gate.clone();
            async move { gate.enter().await }
        });
        tokio::time::advance(3600 * SECOND).await;
        assert!(!next.is_finished() && gate.state().is_paused);
        gate.go_on();
        let _pass = next.await.unwrap();
        assert_eq!(gate.state().inside, 2);
    }

    #[tokio::test(start_paused = true)]
    async fn the_wish_changes_while_lookups_run() {
        let gate = gate(2);
        let mut inside = crowd(&gate, 2).await;
        let next = tokio::spawn({
            let gate = gate.clone();
            async move { gate.enter().await }
        });
        tokio::task::yield_now().await;
        gate.set_most(3);
        inside.push(next.await.unwrap());
        gate.set_most(1);
        inside.truncate(1);
        assert!(!is_open(&gate).await);
        gate.set_most(1000);
        assert_eq!(gate.state().at_once, MOST_AT_ONCE);
        gate.set_most(0);
        assert_eq!(gate.state().at_once, 1);
    }

    #[tokio::test(start_paused = true)]
    async fn t21_a_hold_or_a_rate_alone_runs_no_timer() {
        let gate = Gate::new(Limits { at_once: 1, a_second: Some(2.0) });
        let inside = gate.enter().await;
        gate.hold_until(Instant::now() + 60 * SECOND);
        // One who waits for room behind a hold waits for the room alone: time does not wake it.
        let count = Arc::new(Wakes::default());
        let waker = Arc::clone(&count).into();
        let mut context = Context::from_waker(&waker);
        let mut enter = Box::pin(gate.enter());
        assert!(enter.as_mut().poll(&mut context).is_pending());
        for _ in 0..120 {
            tokio::time::advance(SECOND).await;
        }
        assert_eq!(count.0.load(Ordering::Relaxed), 0);
        drop(inside);
        assert_eq!(count.0.load(Ordering::Relaxed), 1, "the room does");
        assert!(enter.as_mut().poll(&mut context).is_ready());
    }

    #[test]
    fn h6_what_a_lookup_ended_with_is_the_servers_mood() {
        use crate::prices::{LookupError, PriceQuery};
        let query = PriceQuery::new("A".to_owned(), Vec::new()).unwrap();
        let ended = |kind, status, retry_after| {
            let error = LookupError { retry_after, ..LookupError::new(kind, "", "") };
            let lookup = Lookup::failed(&query, error, jiff::Timestamp::UNIX_EPOCH);
            Mood::of(&Lookup { http_status: status, ..lookup })
        };
        let wait = Some(7 * SECOND);
        assert_eq!(ended(LookupErrorKind::RateLimited, Some(429), wait), Mood::Busy { wait });
        assert_eq!(ended(LookupErrorKind::ServerError, Some(503), wait), Mood::Busy { wait });
        assert_eq!(ended(LookupErrorKind::ServerError, Some(500), None), Mood::Unsaid);
        assert_eq!(ended(LookupErrorKind::Network, None, None), Mood::Unsaid);
        assert_eq!(ended(LookupErrorKind::Forbidden, Some(403), None), Mood::Good);
    }
}
