//! One piece of work behind the window: the only user of poll-promise, and what every view knows of async.
//!
//! Owns starting, polling, replacing and cancelling. A new start drops the last promise, so a stale answer dies with it;
//! dropping a promise does not stop its work, so the work is aborted as well. A panic becomes [`Broken`], never a crash of the
//! window. poll-promise never repaints, so each task wakes the window itself, after the answer is in place.

use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::time::{Duration, Instant};

use futures_util::FutureExt;
use poll_promise::Promise;
use tokio::runtime::Handle;
use tokio::task::AbortHandle;

/// Where tasks run, and how they wake the window.
#[derive(Clone)]
pub struct Spawner {
    runtime: Handle,
    wake: Arc<dyn Fn() + Send + Sync>,
}

impl Spawner {
    pub fn new(runtime: Handle, wake: impl Fn() + Send + Sync + 'static) -> Self {
        Self { runtime, wake: Arc::new(wake) }
    }

    /// Asks for a new frame.
    pub fn wake(&self) {
        (self.wake)();
    }

    /// A handle for work that outlives a task.
    pub fn runtime(&self) -> &Handle {
        &self.runtime
    }
}

/// The work panicked: a fault of this program, shown where its answer would have been.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("This broke inside the program. Try again; if it happens again, report it with the program's version.")]
pub struct Broken;

/// Idle, running, or finished with an answer that waits to be taken.
pub struct Task<T: Send + 'static> {
    running: Option<Running<T>>,
}

struct Running<T: Send + 'static> {
    promise: Promise<Result<T, Broken>>,
    work: AbortHandle,
    since: Instant,
}

impl<T: Send + 'static> Default for Task<T> {
    fn default() -> Self {
        Self { running: None }
    }
}

impl<T: Send + 'static> Task<T> {
    /// Starts `work` in place of whatever ran before.
    pub fn start(&mut self, spawner: &Spawner, work: impl Future<Output = T> + Send + 'static) {
        self.cancel();
        let (sender, promise) = Promise::new();
        let wake = Arc::clone(&spawner.wake);
        let work = spawner.runtime.spawn(async move {
            let answer = AssertUnwindSafe(work).catch_unwind().await;
            sender.send(answer.map_err(|_payload| Broken));
            wake();
        });
        self.running = Some(Running { promise, work: work.abort_handle(), since: Instant::now() });
    }

    /// Stops the work; its answer will never come.
    pub fn cancel(&mut self) {
        self.running = None;
    }

    /// The answer, once.
    pub fn take(&mut self) -> Option<Result<T, Broken>> {
        self.running.as_ref()?.promise.ready()?;
        let mut running = self.running.take()?;
        let promise = std::mem::replace(&mut running.promise, Promise::from_ready(Err(Broken)));
        promise.try_take().ok()
    }

    pub fn is_running(&self) -> bool {
        self.running.is_some()
    }

    /// How long the work has been under way.
    pub fn running_for(&self) -> Option<Duration> {
        self.running.as_ref().map(|running| running.since.elapsed())
    }
}

impl<T: Send + 'static> Drop for Running<T> {
    fn drop(&mut self) {
        self.work.abort();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::atomic::{AtomicUsize, Ordering};

    fn finish<T: Send + 'static>(task: &mut Task<T>) -> Result<T, Broken> {
        loop {
            if let Some(answer) = task.take() {
                return answer;
            }
            std::thread::yield_now();
        }
    }

    fn runtime() -> tokio::runtime::Runtime {
        tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap()
    }

    #[test]
    fn a_new_start_replaces_the_old_answer() {
        let runtime = runtime();
        let spawner = Spawner::new(runtime.handle().clone(), || {});
        let mut task = Task::default();
        task.start(&spawner, std::future::ready("stale"));
        task.start(&spawner, std::future::ready("new"));
        assert_eq!(finish(&mut task), Ok("new"));
        assert!(!task.is_running() && task.take().is_none());
    }

    #[test]
    fn a_panic_is_an_answer_and_the_window_is_woken() {
        let runtime = runtime();
        let woken = Arc::new(AtomicUsize::new(0));
        let counter = Arc::clone(&woken);
        let spawner = Spawner::new(runtime.handle().clone(), move || {
            counter.fetch_add(1, Ordering::SeqCst);
        });
        let mut task = Task::<()>::default();
        task.start(&spawner, async { panic!("a fault") });
        assert_eq!(finish(&mut task), Err(Broken));
        while woken.load(Ordering::SeqCst) == 0 {
            std::thread::yield_now();
        }
    }

    #[test]
    fn cancelling_stops_the_work_itself() {
        struct Stopped(Arc<AtomicUsize>);
        impl Drop for Stopped {
            fn drop(&mut self) {
                self.0.fetch_add(1, Ordering::SeqCst);
            }
        }
        let runtime = runtime();
        let spawner = Spawner::new(runtime.handle().clone(), || {});
        let stopped = Arc::new(AtomicUsize::new(0));
        let guard = Stopped(Arc::clone(&stopped));
        let mut task = Task::<()>::default();
        task.start(&spawner, async move {
            let _guard = guard;
            std::future::pending::<()>().await;
        });
        task.cancel();
        while stopped.load(Ordering::SeqCst) == 0 {
            std::thread::yield_now();
        }
        assert!(task.take().is_none());
    }
}
