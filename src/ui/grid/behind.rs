//! Work on rows behind the window: the newest wish wins, older work is told to stop, and what is seen stays until the new rows are ready.
//!
//! Owns starting, stopping and how the last work ended. Refuses to know what rows are, or when work is due.

use crate::results::Stop;
use crate::task::{Broken, Spawner, Task};

/// The work on what is to be seen next.
pub struct Behind<T: Send + 'static> {
    task: Task<Option<T>>,
    stop: Stop,
    end: End,
}

/// How the last work ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
enum End {
    #[default]
    Done,
    Broken,
}

/// Whether what is seen is what was wished for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Seen {
    AsWished,
    /// Another order or filter is on the way.
    Before,
    /// The work on it broke inside the program, and what is seen is what was seen before.
    Broken,
}

impl Seen {
    /// What is said of it behind a count of rows.
    pub fn remark(self) -> &'static str {
        match self {
            Self::AsWished => "",
            Self::Before => " …",
            Self::Broken => ": this order broke inside the program, so the one before is shown. Choose another.",
        }
    }
}

impl<T: Send + 'static> Default for Behind<T> {
    fn default() -> Self {
        Self { task: Task::default(), stop: Stop::default(), end: End::default() }
    }
}

impl<T: Send + 'static> Behind<T> {
    /// Starts `work` in place of whatever ran before. It may give up when it is told to stop.
    pub fn start(&mut self, spawner: &Spawner, work: impl FnOnce(&Stop) -> Option<T> + Send + 'static) {
        self.stop.stop();
        self.stop = Stop::default();
        let (stop, runtime) = (self.stop.clone(), spawner.runtime().clone());
        self.task.start(spawner, async move { runtime.spawn_blocking(move || work(&stop)).await.ok().flatten() });
    }

    /// What came of finished work, once.
    pub fn take(&mut self) -> Option<Result<T, Broken>> {
        // Nobody stops work whose answer is waited for, so no answer was a panic.
        let answer = self.task.take()?.and_then(|made| made.ok_or(Broken));
        self.end = if answer.is_ok() { End::Done } else { End::Broken };
        Some(answer)
    }

    pub fn is_running(&self) -> bool {
        self.task.is_running()
    }

    /// What is seen, where it is not as wished.
    pub fn not_as_wished(&self) -> Seen {
        if self.end == End::Broken && !self.is_running() { Seen::Broken } else { Seen::Before }
    }
}

impl<T: Send + 'static> Drop for Behind<T> {
    fn drop(&mut self) {
        self.stop.stop();
    }
}

/// Lets go of something with a hundred thousand parts where no frame waits for it.
pub fn drop_behind<T: Send + 'static>(spawner: &Spawner, thing: T) {
    spawner.runtime().spawn_blocking(move || drop(thing));
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc;

    use super::*;

    /// What comes of the work, which is waited for.
    fn outcome<T: Send + 'static>(behind: &mut Behind<T>) -> Result<T, Broken> {
        loop {
            if let Some(answer) = behind.take() {
                return answer;
            }
            std::thread::yield_now();
        }
    }

    fn with_spawner(test: impl FnOnce(&Spawner)) {
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
        test(&Spawner::new(runtime.handle().clone(), || {}));
    }

    #[test]
    fn work_that_breaks_is_said_until_other_work_is_done() {
        with_spawner(|spawner| {
            let mut behind = Behind::default();
            assert_eq!(behind.not_as_wished(), Seen::Before);
            behind.start(spawner, |_| panic!("a fault in an order"));
            assert_eq!(outcome(&mut behind), Err(Broken));
            assert_eq!(behind.not_as_wished(), Seen::Broken);
            behind.start(spawner, |_| Some(7));
            assert_eq!(behind.not_as_wished(), Seen::Before, "it may well work");
            assert_eq!(outcome(&mut behind), Ok(7));
            assert_eq!(behind.not_as_wished(), Seen::Before);
        });
    }

    #[test]
    fn older_work_is_told_to_stop_by_newer_work_and_at_the_end() {
        with_spawner(|spawner| {
            let (told, stops) = mpsc::channel();
            let mut behind = Behind::default();
            for number in 0..2 {
                let (told, begun) = (told.clone(), mpsc::channel());
                behind.start(spawner, move |stop: &Stop| {
                    begun.0.send(()).unwrap();
                    while !stop.is_stopped() {
                        std::thread::yield_now();
                    }
                    told.send(number).ok()
                });
                begun.1.recv().unwrap();
            }
            assert_eq!(stops.recv().unwrap(), 0);
            drop(behind);
            assert_eq!(stops.recv().unwrap(), 1);
        });
    }
}
