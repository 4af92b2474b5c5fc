//! Tells whoever looks at a run that it changed, at most ten times a second, and never without a change.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::runtime::Handle;
use tokio::time::Instant;

/// The shortest time between two calls.
const APART: Duration = Duration::from_millis(100);

/// Calls a function after changes. It must not block.
pub(super) struct Nudge {
    runtime: Handle,
    changed: Arc<dyn Fn() + Send + Sync>,
    next: Arc<Mutex<Next>>,
}

#[derive(Default)]
struct Next {
    last: Option<Instant>,
    is_due: bool,
}

impl Nudge {
    pub fn new(runtime: Handle, changed: Arc<dyn Fn() + Send + Sync>) -> Self {
        Self { runtime, changed, next: Arc::default() }
    }

    /// Notes a change: says it at once, or, if that was done a moment ago, once that moment is over.
    pub fn changed(&self) {
        let now = Instant::now();
        let mut next = self.next.lock().unwrap_or_else(PoisonError::into_inner);
        if next.is_due {
            return;
        }
        match next.last.map(|last| last + APART).filter(|earliest| *earliest > now) {
            None => {
                next.last = Some(now);
                drop(next);
                (self.changed)();
            }
            Some(earliest) => {
                next.is_due = true;
                let (changed, next) = (Arc::clone(&self.changed), Arc::clone(&self.next));
                self.runtime.spawn(async move {
                    tokio::time::sleep_until(earliest).await;
                    let mut next = next.lock().unwrap_or_else(PoisonError::into_inner);
                    *next = Next { last: Some(Instant::now()), is_due: false };
                    drop(next);
                    changed();
                });
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};

    use super::*;

    #[tokio::test(start_paused = true)]
    async fn t21_the_window_is_woken_ten_times_a_second_at_most_and_not_at_all_when_idle() {
        let called = Arc::new(AtomicUsize::new(0));
        let counter = Arc::clone(&called);
        let count = move || {
            counter.fetch_add(1, Ordering::SeqCst);
        };
        let nudge = Nudge::new(Handle::current(), Arc::new(count));
        for _ in 0..1000 {
            nudge.changed();
            tokio::time::sleep(Duration::from_millis(2)).await;
        }
        let while_busy = called.load(Ordering::SeqCst);
        assert!((19..=21).contains(&while_busy), "{while_busy} calls in two seconds");
        tokio::time::sleep(Duration::from_secs(60)).await;
        // The last change is told, and then there is silence.
        assert!(called.load(Ordering::SeqCst) <= while_busy + 1);
    }
}
