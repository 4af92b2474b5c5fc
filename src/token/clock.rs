//! Time and chance, as the token cache takes them: injected, so that tests hold them in their hands (T24).

use std::time::{Duration, Instant};

use jiff::Timestamp;

/// One reading of both clocks. Neither is enough alone: the monotonic clock stops in suspend on Linux, the wall clock
/// can be set (T11).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Moment {
    /// Time since the clock was made.
    pub monotonic: Duration,
    /// The PC's idea of the time of day.
    pub wall: Timestamp,
}

/// Reads both clocks.
pub trait Clock: Send + Sync {
    fn now(&self) -> Moment;
}

/// The PC's clocks.
#[derive(Debug, Clone, Copy)]
pub struct SystemClock {
    start: Instant,
}

impl Default for SystemClock {
    fn default() -> Self {
        Self { start: Instant::now() }
    }
}

impl Clock for SystemClock {
    fn now(&self) -> Moment {
        Moment { monotonic: self.start.elapsed(), wall: Timestamp::now() }
    }
}

/// Draws a number in 0..=1, so that many PCs do not ask at the same instant.
pub trait Jitter: Send + Sync {
    fn draw(&self) -> f64;
}

/// Real chance.
#[derive(Debug, Clone, Copy, Default)]
pub struct RandomJitter;

impl Jitter for RandomJitter {
    fn draw(&self) -> f64 {
        fastrand::f64()
    }
}
