//! Arranges rows behind the window: the newest wish wins, and what is seen stays until the new order is ready.

use std::sync::Arc;
use std::time::{Duration, Instant};

use crate::batch::Rows;
use crate::results::{Arranged, Wish};
use crate::task::Spawner;
use crate::ui::grid::{Behind, Seen, drop_behind};

/// While answers come in, the table follows them this often at most.
const PACE: Duration = Duration::from_millis(333);
/// And it rests for so many times what the last arrangement took, so that a long list does not keep a core busy.
const REST: u32 = 4;

/// What is seen, and the work on what is to be seen next.
#[derive(Default)]
pub struct Arranger {
    work: Behind<Arranged>,
    /// What was started last.
    started: Option<Started>,
    seen: Option<Arc<Arranged>>,
    number: u64,
    took: Duration,
}

struct Started {
    wish: Wish,
    /// Which rows, and in which state.
    of: (u64, u64),
    at: Instant,
}

impl Arranger {
    /// Takes finished work in, and starts what is due at `now`. Says when the next is due, if rows wait for their turn.
    pub fn update(&mut self, rows: &Rows, wish: &Wish, spawner: &Spawner, now: Instant) -> Option<Duration> {
        if let Some(answer) = self.work.take() {
            self.took = self.started.as_ref().map_or(Duration::ZERO, |started| now.duration_since(started.at));
            if let Ok(arranged) = answer {
                self.number += 1;
                drop_behind(spawner, self.seen.replace(Arc::new(arranged)));
            }
        }
        let Some(started) = self.started.as_ref().filter(|started| started.wish == *wish) else {
            self.start(rows, wish, spawner, now);
            return None;
        };
        if started.of == state_of(rows) || self.work.is_running() {
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
        let (rows_for_work, wish_for_work, before) = (rows.clone(), wish.clone(), self.seen.clone());
        self.work.start(spawner, move |stop| Arranged::new(rows_for_work, wish_for_work, before.as_deref(), stop));
        self.started = Some(Started { wish: wish.clone(), of: state_of(rows), at: now });
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
            _ => self.work.not_as_wished(),
        }
    }
}

fn state_of(rows: &Rows) -> (u64, u64) {
    (rows.number(), rows.version())
}
