//! The price lookups of one profile: the one under way, and the last answer. Each profile has its own, so that a price of
//! one environment is never seen under the name of another.

use tokio::sync::watch;

use crate::prices::client::Progress;
use crate::prices::{Lookup, PriceQuery};
use crate::task::{Broken, Spawner, Task};

/// The lookups of one profile.
#[derive(Default)]
pub struct Desk {
    task: Task<Lookup>,
    progress: Option<watch::Receiver<Progress>>,
    /// What is being asked for.
    pub asked: Option<PriceQuery>,
    /// The last answer; it stays while the next one is under way.
    pub shown: Option<Shown>,
    /// The last lookup broke inside the program.
    pub broken: Option<Broken>,
}

/// An answer, and how its parts are shown.
pub struct Shown {
    pub lookup: Lookup,
    /// Counts up with every answer, so that views know when to compute again.
    pub number: u64,
}

impl Desk {
    /// Starts a lookup; an earlier one that is still under way is stopped and its answer will never come.
    pub fn start<F>(&mut self, spawner: &Spawner, query: PriceQuery, work: impl FnOnce(watch::Sender<Progress>) -> F)
    where
        F: Future<Output = Lookup> + Send + 'static,
    {
        let (sender, receiver) = watch::channel(Progress::Token);
        self.progress = Some(receiver);
        self.asked = Some(query);
        self.task.start(spawner, work(sender));
    }

    pub fn cancel(&mut self) {
        self.task.cancel();
        self.progress = None;
    }

    /// Takes a finished answer in.
    pub fn poll(&mut self) {
        let Some(answer) = self.task.take() else { return };
        self.progress = None;
        match answer {
            Ok(lookup) => {
                let number = self.shown.as_ref().map_or(1, |shown| shown.number + 1);
                self.shown = Some(Shown { lookup, number });
                self.broken = None;
            }
            Err(broken) => self.broken = Some(broken),
        }
    }

    pub fn is_running(&self) -> bool {
        self.task.is_running()
    }

    pub fn running_for(&self) -> Option<std::time::Duration> {
        self.task.running_for()
    }

    pub fn progress(&self) -> Option<Progress> {
        self.progress.as_ref().map(|progress| *progress.borrow())
    }
}
