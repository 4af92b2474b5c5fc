//! Arranges rows behind the window: the newest wish wins, and what is seen stays until the new order is ready.

use std::sync::Arc;
use std::time::{Duration, Instant};

use crate::batch::Rows;
use crate::results::{Arranged, Stop, Wish};
use crate::task::{Spawner, Task};

/// While answers come in, the table follows them this often at most.
const PACE: Duration = Duration::from_millis(333);
/// And it rests for so many times what the last arrangement took, so that a long list does not keep a core busy.
const REST: u32 = 4;

/// What is seen, and the work on what is to be seen next.
#[derive(Default)]
pub struct Arranger {
    task: Task<Option<Arranged>>,
    stop: Stop,
    /// What was started last.
    started: Option<Started>,
    seen: Option<Arc<Arranged>>,
    number: u64,
    took: Duration,
    end: End,
}

/// How the last work ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
enum End {
    #[default]
    Done,
    Broken,
}

struct Started {
    wish: Wish,
    version: u64,
    at: Instant,
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

impl Arranger {
    /// Takes finished work in, and starts what is due at `now`. Says when the next is due, if rows wait for their turn.
    pub fn update(&mut self, rows: &Rows, wish: &Wish, spawner: &Spawner, now: Instant) -> Option<Duration> {
        if let Some(answer) = self.task.take() {
            self.took = self.started.as_ref().map_or(Duration::ZERO, |started| now.duration_since(started.at));
            match answer {
                Ok(Some(arranged)) => {
                    self.number += 1;
                    self.end = End::Done;
                    let before = self.seen.replace(Arc::new(arranged));
                    drop_behind(spawner, before);
                }
                // The old order stays in sight. Nobody stops work whose answer is waited for, so this was a panic.
                Ok(None) | Err(_) => self.end = End::Broken,
            }
        }
        let Some(started) = self.started.as_ref().filter(|started| started.wish == *wish) else {
            self.start(rows, wish, spawner, now);
            return None;
        };
        if started.version == rows.version() || self.task.is_running() {
            return None;
        }
        let pause = PACE.max(self.took * REST);
        let left = pause.saturating_sub(now.duration_since(started.at));
        if left.is_zero() {
            self.start(rows, wish, spawner, now);
            return None;
        }
        Some(left)
    }

    fn start(&mut self, rows: &Rows, wish: &Wish, spawner: &Spawner, now: Instant) {
        self.stop.stop();
        self.stop = Stop::default();
        let (stop, before) = (self.stop.clone(), self.seen.clone());
        let (for_work, wish_for_work) = (rows.clone(), wish.clone());
        let runtime = spawner.runtime().clone();
        self.task.start(spawner, async move {
            let work = move || Arranged::new(for_work, wish_for_work, before.as_deref(), &stop);
            runtime.spawn_blocking(work).await.ok().flatten()
        });
        self.started = Some(Started { wish: wish.clone(), version: rows.version(), at: now });
    }

    /// What is seen now; nothing before the first arrangement is ready.
    pub fn seen(&self) -> Option<&Arc<Arranged>> {
        self.seen.as_ref()
    }

    /// Counts the arrangements.
    pub fn number(&self) -> u64 {
        self.number
    }

    /// Whether the order on screen is the one that was wished for last, whatever rows came since.
    pub fn is(&self, wish: &Wish) -> Seen {
        match &self.seen {
            Some(seen) if seen.wish == *wish => Seen::AsWished,
            _ if self.end == End::Broken && !self.task.is_running() => Seen::Broken,
            _ => Seen::Before,
        }
    }
}

impl Drop for Arranger {
    fn drop(&mut self) {
        self.stop.stop();
    }
}

/// Lets go of something with a hundred thousand parts where no frame waits for it.
pub fn drop_behind<T: Send + 'static>(spawner: &Spawner, thing: T) {
    spawner.runtime().spawn_blocking(move || drop(thing));
}
