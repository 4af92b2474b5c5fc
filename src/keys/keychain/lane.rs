//! One thread, one connection, one call at a time. Owns the thread's life; knows nothing of what the calls do.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError, mpsc};
use std::time::Duration;

use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::Instant;

use super::{Backend, KeychainError, MakeBackend};

type Work = Box<dyn FnOnce(&mut dyn Backend) + Send>;

/// The right to make the next call. Whoever holds it is the only one.
pub(super) struct Turn {
    _permit: OwnedSemaphorePermit,
}

/// A call together with its turn, which ends when the call does.
pub(super) struct Job {
    turn: Turn,
    work: Work,
}

impl Job {
    pub(super) fn new(turn: Turn, work: impl FnOnce(&mut dyn Backend) + Send + 'static) -> Self {
        Self { turn, work: Box::new(work) }
    }
}

/// A handle to one keychain thread; the thread ends when the last handle goes and its call, if any, returns.
#[derive(Clone)]
pub(super) struct Lane {
    jobs: mpsc::Sender<Job>,
    turns: Arc<Semaphore>,
    state: Arc<LaneState>,
}

#[derive(Default)]
struct LaneState {
    running_since: Mutex<Option<Instant>>,
    left_behind: Mutex<Option<Counted>>,
    closed: AtomicBool,
}

impl Lane {
    /// Starts a thread. The connection to the store is made by its first call.
    pub(super) fn open(make: Arc<MakeBackend>) -> Result<Self, KeychainError> {
        let (jobs, inbox) = mpsc::channel();
        let state = Arc::new(LaneState::default());
        let thread_state = Arc::clone(&state);
        std::thread::Builder::new()
            .name("keychain".to_owned())
            .spawn(move || serve(&inbox, &thread_state, &*make))
            .map_err(|error| KeychainError::Other { reason: format!("no thread could be started for it: {error}") })?;
        Ok(Self { jobs, turns: Arc::new(Semaphore::new(1)), state })
    }

    pub(super) async fn take_turn(&self) -> Turn {
        match Arc::clone(&self.turns).acquire_owned().await {
            Ok(permit) => Turn { _permit: permit },
            // Never closed, so this is never reached; waiting for ever lets the caller's deadline speak.
            Err(_) => std::future::pending().await,
        }
    }

    pub(super) fn start(&self, job: Job) -> Result<(), KeychainError> {
        self.state.set_running(Some(Instant::now()));
        self.jobs.send(job).map_err(|_| KeychainError::Crashed)
    }

    /// How long the current call has been running; none if none is.
    pub(super) fn running_for(&self) -> Option<Duration> {
        let start = *self.state.running_since.lock().unwrap_or_else(PoisonError::into_inner);
        start.map(|start| start.elapsed())
    }

    /// Tells the thread to end when its call returns, and counts it until then.
    pub(super) fn leave_behind(&self, count: &LeftBehind) {
        *self.state.left_behind.lock().unwrap_or_else(PoisonError::into_inner) = Some(count.one_more());
        self.state.closed.store(true, Ordering::SeqCst);
    }
}

impl LaneState {
    fn set_running(&self, value: Option<Instant>) {
        *self.running_since.lock().unwrap_or_else(PoisonError::into_inner) = value;
    }
}

fn serve(inbox: &mpsc::Receiver<Job>, state: &LaneState, make: &MakeBackend) {
    let mut backend: Option<Box<dyn Backend>> = None;
    while let Ok(Job { turn, work }) = inbox.recv() {
        let outcome = catch_unwind(AssertUnwindSafe(|| work(&mut **backend.get_or_insert_with(make))));
        if outcome.is_err() {
            // A lock inside the store may be poisoned now. Even letting go of it may crash.
            let broken = backend.take();
            _ = catch_unwind(AssertUnwindSafe(move || drop(broken)));
        }
        state.set_running(None);
        drop(turn);
        if state.closed.load(Ordering::SeqCst) {
            break;
        }
    }
    *state.left_behind.lock().unwrap_or_else(PoisonError::into_inner) = None;
}

/// How many stuck threads were left behind and have not ended yet.
#[derive(Clone, Default)]
pub(super) struct LeftBehind(Arc<AtomicUsize>);

impl LeftBehind {
    /// Whether one more may be left behind.
    pub(super) fn admits(&self, most: usize) -> bool {
        self.count() < most
    }

    pub(super) fn count(&self) -> usize {
        self.0.load(Ordering::SeqCst)
    }

    fn one_more(&self) -> Counted {
        self.0.fetch_add(1, Ordering::SeqCst);
        Counted(Arc::clone(&self.0))
    }
}

/// Counts one thread for as long as it exists.
struct Counted(Arc<AtomicUsize>);

impl Drop for Counted {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::SeqCst);
    }
}
