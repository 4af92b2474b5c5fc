//! Many SKUs asked for at once, their answers written in the order of the questions.
//!
//! Owns the flow between input and output: who asks next, how far the answers may run ahead of what is written, and when to stop.
//! Memory stays bounded whatever the length of the list: no question is taken before there is room for its answer. Writing has a
//! thread of its own, so that a reader who does not read uses up nobody's time limits. Knows no arguments and no files.

use std::collections::VecDeque;
use std::io::{self, Write};
use std::pin::pin;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::task::Poll;
use std::time::Duration;

use jiff::Timestamp;
use tokio::sync::{Notify, Semaphore, mpsc, oneshot, watch};
use tokio::task::JoinSet;
use tokio::time::Instant;

use super::again;
use super::early::{Early, Fate, Held, Judge};
use super::input::{InputError, Line};
use crate::batch::gate::{Gate, Mood, Pass};
use crate::batch::halt::{Meaning, TOO_FAST_AGAIN};
use crate::explorer::{Explorer, Session};
use crate::prices::client::{self, Progress};
use crate::prices::{Lookup, LookupError, LookupErrorKind, Outcome, PriceQuery};

/// So many answers may wait for an earlier one, where nothing asks for fewer.
pub const USUAL_AHEAD: usize = 1024;
/// No further question is asked while answers of so many bytes wait to be written.
const MOST_WAITING: usize = 64 * 1024 * 1024;
/// After a write, so long is waited for more rows, unless there are [`MANY`] before: a write a row costs more than the row, and
/// so does waking the writer. Nobody sees the difference.
const LINGER: Duration = Duration::from_millis(10);
/// So many rows are written at once, lest there be no room for further questions.
const MANY: u64 = USUAL_AHEAD as u64 / 2;
/// One write has no more bytes than this by far.
const LARGEST_WRITE: usize = 1024 * 1024;

/// What is done with each SKU.
pub struct Work {
    pub explorer: Explorer,
    pub session: Session,
    /// Sent with each SKU.
    pub parameters: Vec<(String, String)>,
    pub gate: Gate,
    /// How often a SKU is asked for again after a passing failure.
    pub retries: u32,
    pub on_failure: OnFailure,
    pub promise: Promise,
    /// Writes one answer down.
    pub write: fn(&mut Vec<u8>, &Lookup) -> io::Result<()>,
}

/// What a SKU that fails means to those that follow.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OnFailure {
    GoOn,
    Stop,
}

/// What is promised of answers that are not written yet.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Promise {
    /// None: a slow answer holds up the writing, and hardly the asking.
    Fast,
    /// At no moment have more SKUs been asked for than are written and may run at once; so many at most are asked for twice
    /// after the program was killed. A failure that is not of its SKU is not written, and asked for again by the next run.
    Resumable,
}

/// How far a run is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Tally {
    pub written: u64,
    /// Of those written.
    pub failed: u64,
}

/// How a run came to its end, beside the questions' own.
#[derive(Debug)]
pub struct End {
    pub tally: Tally,
    /// Set when the input broke off; what came before is answered and written.
    pub input: Option<InputError>,
    /// Set when the run ended by itself before its questions did.
    pub early: Option<Early>,
}

/// Why a run broke off.
#[derive(Debug, thiserror::Error)]
pub enum StreamError {
    #[error("A lookup broke inside this program.")]
    Broken,
    #[error(transparent)]
    Output(#[from] io::Error),
}

/// The questions, in pieces of any length.
pub type Questions = mpsc::Receiver<Result<Vec<Line>, InputError>>;

/// Says from anywhere that no further SKU is to be asked for; cheap to clone.
#[derive(Debug, Clone)]
pub struct Stop(Arc<watch::Sender<bool>>);

impl Default for Stop {
    fn default() -> Self {
        Self(Arc::new(watch::Sender::new(false)))
    }
}

impl Stop {
    pub fn stop(&self) {
        self.0.send_replace(true);
    }

    pub fn is_stopped(&self) -> bool {
        *self.0.borrow()
    }

    /// Waits for it.
    pub async fn stopped(&self) {
        let mut told = self.0.subscribe();
        // The sender lives as long as `self`.
        let _lives = told.wait_for(|stop| *stop).await;
    }
}

/// Asks for all of `questions` and writes the answers to `sink`. `told` hears after each write how far it is, on the writer's
/// thread. At a stop, what is in flight is finished and written, but for what only waits for another try.
///
/// # Errors
/// [`StreamError::Output`] when the sink fails, [`StreamError::Broken`] after a panic; what is in flight is then given up.
pub async fn run(
    work: Work,
    questions: Questions,
    sink: impl Write + Send + 'static,
    stop: Stop,
    told: impl FnMut(Tally) + Send + 'static,
) -> Result<End, StreamError> {
    let at_once = usize::from(work.gate.state().at_once);
    let (ahead, linger) = match work.promise {
        Promise::Fast => (USUAL_AHEAD.max(at_once), Some(LINGER)),
        Promise::Resumable => (at_once, None),
    };
    let shared = Arc::new(Shared {
        judge: Judge::new(work.on_failure, work.promise),
        work,
        stop,
        questions: tokio::sync::Mutex::new(questions),
        intake: Mutex::new(Intake { piece: Vec::new().into_iter(), next: 0, failure: None }),
        room: Semaphore::new(ahead),
        owed: AtomicUsize::new(0),
        rows: Mutex::default(),
        wake: Condvar::new(),
        waiting: AtomicUsize::new(0),
        drained: Notify::new(),
    });
    let (sender, mut written) = oneshot::channel();
    std::thread::spawn({
        let shared = Arc::clone(&shared);
        // Nobody hears it only after the run was dropped.
        move || _ = sender.send(shared.write_all(sink, linger, told))
    });
    let mut workers = JoinSet::new();
    for _ in 0..at_once {
        workers.spawn(Arc::clone(&shared).work());
    }
    let tally = loop {
        tokio::select! {
            // Before the workers have ended, only a failure ends the writer.
            ended = &mut written => {
                workers.shutdown().await;
                break ended.map_err(|_panicked| StreamError::Broken)??;
            }
            ended = workers.join_next() => match ended {
                Some(Ok(())) => {}
                Some(Err(_panicked)) => {
                    workers.shutdown().await;
                    shared.close();
                    return Err(StreamError::Broken);
                }
                None => {
                    shared.close();
                    break written.await.map_err(|_panicked| StreamError::Broken)??;
                }
            },
        }
    };
    let input = lock(&shared.intake).failure.take();
    Ok(End { tally, input, early: shared.judge.end() })
}

struct Shared {
    work: Work,
    judge: Judge,
    stop: Stop,
    /// Whoever finds nothing to take at once waits here, one at a time.
    questions: tokio::sync::Mutex<Questions>,
    /// What has come of the questions. Held for moments only: a task that waits for it would have to be woken again.
    intake: Mutex<Intake>,
    /// A permit for each SKU that may be taken before an earlier one is written.
    room: Semaphore,
    /// Permits that were given for rows while they were held back, and are kept back once these are written.
    owed: AtomicUsize,
    rows: Mutex<Rows>,
    /// Wakes the writer.
    wake: Condvar,
    /// Bytes of rows that are not written yet.
    waiting: AtomicUsize,
    /// Told when rows were written.
    drained: Notify,
}

struct Intake {
    piece: std::vec::IntoIter<Line>,
    next: u64,
    failure: Option<InputError>,
}

/// The answers that are not written yet.
#[derive(Default)]
struct Rows {
    /// Rows in their order, as they are written; nearly every row goes here at once.
    ready: Vec<u8>,
    /// How many they are, and how many of them failed.
    counted: Tally,
    /// The place of the row that follows them.
    next: u64,
    /// That row and those behind it, as far as they have come and cannot be written yet.
    later: VecDeque<Option<Row>>,
    failure: Option<io::Error>,
    is_closed: bool,
    writer: Writer,
}

struct Row {
    bytes: Box<[u8]>,
    outcome: Outcome,
}

/// What the writer is at.
#[derive(Default)]
enum Writer {
    #[default]
    Writing,
    /// Waits for many rows, or for some time.
    Lingering,
    /// Waits for a row.
    Idle,
}

impl Shared {
    /// Asks for one SKU after the other.
    async fn work(self: Arc<Self>) {
        let mut bytes = Vec::new();
        while let Some((place, line, pass)) = self.take().await {
            // What was given up leaves no row, and none behind it is written.
            let Some(lookup) = self.ask(line, pass).await else { break };
            let written = (self.work.write)(&mut bytes, &lookup);
            match self.judge.fate(place, &lookup, &bytes, || lock(&self.intake).next) {
                Fate::Write => {}
                Fate::WriteAfter(held) => self.put_held(held),
                Fate::WriteLast => self.stop.stop(),
                // There is room for another question all the same: otherwise nobody could find out how the next ones fare.
                Fate::Hold => {
                    self.room.add_permits(1);
                    bytes.clear();
                    continue;
                }
                Fate::LeaveOut => {
                    self.stop.stop();
                    bytes.clear();
                    continue;
                }
            }
            self.put(place, written.map(|()| bytes.as_slice()), lookup.outcome);
            bytes.clear();
            bytes.shrink_to(LARGEST_WRITE);
        }
    }

    /// Writes rows that were held back: all of them are failures.
    fn put_held(&self, held: Vec<Held>) {
        self.owed.fetch_add(held.len(), Ordering::AcqRel);
        for Held { place, row, .. } in held {
            self.put(place, Ok(&row), Outcome::Failed);
        }
    }

    /// The next question, as soon as there is room for its answer and the gate lets it through; nothing at the end or at a stop.
    async fn take(&self) -> Option<(u64, Line, Pass)> {
        if self.stop.is_stopped() {
            return None;
        }
        if let Some(taken) = self.take_at_once() {
            return Some(taken);
        }
        tokio::select! {
            biased;
            taken = self.take_next() => taken,
            () = self.stop.stopped() => None,
        }
    }

    /// The next question where there is nothing to wait for, as in a run that goes well.
    fn take_at_once(&self) -> Option<(u64, Line, Pass)> {
        if self.waiting.load(Ordering::Acquire) > MOST_WAITING {
            return None;
        }
        let room = self.room.try_acquire().ok()?;
        let mut intake = lock(&self.intake);
        if intake.piece.as_slice().is_empty() {
            return None;
        }
        let pass = self.work.gate.enter_at_once()?;
        let (place, line) = intake.next_line()?;
        room.forget();
        Some((place, line, pass))
    }

    async fn take_next(&self) -> Option<(u64, Line, Pass)> {
        let room = self.room.acquire().await.ok()?;
        let mut questions = self.questions.lock().await;
        loop {
            let drained = self.drained.notified();
            if self.waiting.load(Ordering::Acquire) <= MOST_WAITING {
                break;
            }
            drained.await;
        }
        let mut entered = None;
        loop {
            if lock(&self.intake).piece.as_slice().is_empty() {
                let piece = questions.recv().await?;
                let mut intake = lock(&self.intake);
                match piece {
                    Ok(piece) => intake.piece = piece.into_iter(),
                    Err(error) => {
                        intake.failure = Some(error);
                        return None;
                    }
                }
                continue;
            }
            let pass = match entered.take() {
                Some(pass) => pass,
                None => self.work.gate.enter().await,
            };
            match lock(&self.intake).next_line() {
                Some((place, line)) => {
                    room.forget();
                    return Some((place, line, pass));
                }
                // Another one was quicker; the right to start is kept for the next line.
                None => entered = Some(pass),
            }
        }
    }

    /// The answer to a line; nothing where it was given up at a stop, and a later run can ask for it.
    async fn ask(&self, line: Line, pass: Pass) -> Option<Lookup> {
        let sku = match line {
            Line::Sku(sku) => sku,
            Line::Unfit { shown, why } => return Some(Lookup::invalid(shown, &why, Timestamp::now())),
        };
        let query = match PriceQuery::new(sku.as_str(), self.work.parameters.clone()) {
            Ok(query) => query,
            Err(error) => return Some(Lookup::invalid(sku, &error, Timestamp::now())),
        };
        let begun = Instant::now();
        let Some(mut lookup) = self.ask_once(&query, pass).await else { return self.given_up(&query, begun) };
        let started = lookup.started;
        for retry in 0.. {
            if retry >= self.retries_of(&lookup) {
                break;
            }
            let Some(wait) = again::wait(&lookup, retry, fastrand::f64()) else { break };
            let may_ask_again = async {
                tokio::time::sleep(wait).await;
                self.work.gate.enter().await
            };
            let asked = tokio::select! {
                pass = may_ask_again => self.ask_once(&query, pass).await,
                () = self.stop.stopped() => None,
            };
            match (asked, self.work.promise) {
                (Some(again), _) => lookup = Lookup { started, elapsed: begun.elapsed(), ..again },
                (None, Promise::Resumable) => return None,
                // What cannot be asked for any more stays failed, and is written as what it is.
                (None, Promise::Fast) => break,
            }
        }
        Some(lookup)
    }

    /// How often a SKU is asked for again after such an answer. That the run was too fast says nothing about the SKU, and a later
    /// run does not ask again for what is written.
    fn retries_of(&self, lookup: &Lookup) -> u32 {
        match (self.work.promise, Meaning::of(lookup)) {
            (Promise::Resumable, Meaning::TooFast) => self.work.retries.max(TOO_FAST_AGAIN.into()),
            _ => self.work.retries,
        }
    }

    /// What is written of a lookup that was stopped while it waited, as the server had asked.
    fn given_up(&self, query: &PriceQuery, begun: Instant) -> Option<Lookup> {
        if self.work.promise == Promise::Resumable {
            return None;
        }
        let why = "The server asked to wait, and the run was stopped meanwhile.";
        let error = LookupError::new(LookupErrorKind::RateLimited, why, "Look it up again.");
        Some(Lookup { elapsed: begun.elapsed(), ..Lookup::failed(query, error, Timestamp::now()) })
    }

    /// Nothing where the run was stopped while the lookup did nothing but wait for the time that the server named.
    async fn ask_once(&self, query: &PriceQuery, pass: Pass) -> Option<Lookup> {
        let waits = AtomicBool::new(false);
        let progress = |progress| {
            let until = match progress {
                Progress::Waiting { until, .. } => Some(until),
                Progress::Token | Progress::Price => None,
            };
            waits.store(until.is_some(), Ordering::Relaxed);
            if let Some(until) = until {
                pass.asked_to_wait(until);
            }
        };
        let mut asking = pin!(client::look_up(&self.work.explorer, &self.work.session, query, progress));
        // Made only where a lookup waits, since nearly none does.
        let mut stopped = None;
        let answer = std::future::poll_fn(|context| match asking.as_mut().poll(context) {
            Poll::Ready(lookup) => Poll::Ready(Some(lookup)),
            Poll::Pending if waits.load(Ordering::Relaxed) => {
                let stopped = stopped.get_or_insert_with(|| Box::pin(self.stop.stopped()));
                stopped.as_mut().poll(context).map(|()| None)
            }
            Poll::Pending => Poll::Pending,
        });
        let lookup = answer.await?;
        pass.answered(Mood::of(&lookup));
        Some(lookup)
    }

    fn put(&self, place: u64, row: io::Result<&[u8]>, outcome: Outcome) {
        let mut rows = lock(&self.rows);
        match row {
            Ok(bytes) => {
                self.waiting.fetch_add(bytes.len(), Ordering::AcqRel);
                rows.put(place, bytes, outcome);
            }
            Err(error) => rows.failure = Some(error),
        }
        let wakes = match rows.writer {
            Writer::Writing => false,
            Writer::Lingering => rows.are_many(),
            Writer::Idle => rows.are_due(),
        };
        if wakes {
            rows.writer = Writer::Writing;
            self.wake.notify_one();
        }
    }

    /// No further row will come.
    fn close(&self) {
        lock(&self.rows).is_closed = true;
        self.wake.notify_one();
    }

    fn write_all(
        &self,
        mut sink: impl Write,
        linger: Option<Duration>,
        mut told: impl FnMut(Tally),
    ) -> io::Result<Tally> {
        let mut tally = Tally::default();
        let mut bytes = Vec::new();
        loop {
            let counted = {
                let mut rows = lock(&self.rows);
                while !rows.are_due() {
                    rows.writer = Writer::Idle;
                    rows = self.wake.wait(rows).unwrap_or_else(PoisonError::into_inner);
                }
                rows.writer = Writer::Writing;
                if let Some(error) = rows.failure.take() {
                    return Err(error);
                }
                if rows.ready.is_empty() {
                    return Ok(tally);
                }
                rows.take(&mut bytes)
            };
            sink.write_all(&bytes)?;
            sink.flush()?;
            tally.written += counted.written;
            tally.failed += counted.failed;
            self.waiting.fetch_sub(bytes.len(), Ordering::AcqRel);
            let rows = counted.written as usize;
            let kept_back = self.owed.load(Ordering::Acquire).min(rows);
            self.owed.fetch_sub(kept_back, Ordering::AcqRel);
            self.room.add_permits(rows - kept_back);
            self.drained.notify_waiters();
            told(tally);
            bytes.clear();
            bytes.shrink_to(LARGEST_WRITE);
            if let Some(linger) = linger {
                let mut rows = lock(&self.rows);
                rows.writer = Writer::Lingering;
                let waited = self.wake.wait_timeout_while(rows, linger, |rows| !rows.are_many());
                waited.unwrap_or_else(PoisonError::into_inner).0.writer = Writer::Writing;
            }
        }
    }
}

impl Rows {
    /// Takes a row in: to those that are ready where it follows them, to the later ones otherwise.
    fn put(&mut self, place: u64, bytes: &[u8], outcome: Outcome) {
        if place == self.next && self.ready.len() + bytes.len() <= LARGEST_WRITE {
            self.later.pop_front();
            self.ready.extend_from_slice(bytes);
            self.count(outcome);
        } else {
            let at = (place - self.next) as usize;
            if self.later.len() <= at {
                self.later.resize_with(at + 1, || None);
            }
            self.later[at] = Some(Row { bytes: bytes.into(), outcome });
        }
        self.fill();
    }

    /// Moves later rows to those that are ready, as far as they follow them and one write has room.
    fn fill(&mut self) {
        while self.ready.len() < LARGEST_WRITE
            && let Some(Some(row)) = self.later.pop_front_if(|row| row.is_some())
        {
            if self.ready.is_empty() && row.bytes.len() >= LARGEST_WRITE {
                self.ready = row.bytes.into_vec();
            } else {
                self.ready.extend_from_slice(&row.bytes);
            }
            self.count(row.outcome);
        }
    }

    fn count(&mut self, outcome: Outcome) {
        self.next += 1;
        self.counted.written += 1;
        self.counted.failed += u64::from(outcome == Outcome::Failed);
    }

    /// Gives the rows that are ready away in exchange for an empty list.
    fn take(&mut self, bytes: &mut Vec<u8>) -> Tally {
        std::mem::swap(&mut self.ready, bytes);
        let counted = std::mem::take(&mut self.counted);
        self.fill();
        counted
    }

    /// Whether there is something for the writer to do.
    fn are_due(&self) -> bool {
        !self.ready.is_empty() || self.is_closed || self.failure.is_some()
    }

    /// Whether it should be done at once.
    fn are_many(&self) -> bool {
        let many = self.counted.written >= MANY || self.ready.len() >= LARGEST_WRITE;
        many || self.is_closed || self.failure.is_some()
    }
}

impl Intake {
    /// The line that is next, and its place.
    fn next_line(&mut self) -> Option<(u64, Line)> {
        let line = self.piece.next()?;
        let place = self.next;
        self.next += 1;
        Some((place, line))
    }
}

/// No change under these locks can be left half made; so poison is ignored.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
