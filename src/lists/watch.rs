//! How far a long piece of work is, and the wish to stop it. Shared between the work and whoever waits for it.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use super::ListError;

/// Progress and cancelling of one piece of work. Cheap to clone; all clones are one.
#[derive(Debug, Clone, Default)]
pub struct Watch(Arc<Inner>);

#[derive(Debug, Default)]
struct Inner {
    stopped: AtomicBool,
    done: AtomicU64,
    total: AtomicU64,
}

impl Watch {
    /// Asks the work to stop; it does at its next step.
    pub fn stop(&self) {
        self.0.stopped.store(true, Ordering::Relaxed);
    }

    /// Fails once the work is to stop.
    pub(crate) fn go_on(&self) -> Result<(), ListError> {
        if self.0.stopped.load(Ordering::Relaxed) { Err(ListError::Cancelled) } else { Ok(()) }
    }

    /// How much there is to do, in whatever unit the work counts.
    pub(crate) fn expect(&self, total: u64) {
        self.0.done.store(0, Ordering::Relaxed);
        self.0.total.store(total, Ordering::Relaxed);
    }

    pub(crate) fn reach(&self, done: u64) {
        self.0.done.store(done, Ordering::Relaxed);
    }

    /// The part that is done, from 0 to 1; nothing while it is not known.
    pub fn part(&self) -> Option<f32> {
        let total = self.0.total.load(Ordering::Relaxed);
        (total > 0).then(|| (self.0.done.load(Ordering::Relaxed) as f32 / total as f32).min(1.0))
    }

    /// Stops the work when the guard is dropped, as with a task that is replaced.
    pub fn guard(&self) -> Guard {
        Guard(self.clone())
    }
}

/// See [`Watch::guard`].
#[derive(Debug)]
pub struct Guard(Watch);

impl Drop for Guard {
    fn drop(&mut self) {
        self.0.stop();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_work_ends_with_whoever_waits_for_it() {
        let watch = Watch::default();
        assert_eq!((watch.go_on(), watch.part()), (Ok(()), None));
        watch.expect(4);
        watch.reach(1);
        assert_eq!(watch.part(), Some(0.25));
        drop(watch.guard());
        assert_eq!(watch.go_on(), Err(ListError::Cancelled));
    }
}
