//! How fast a run goes, and how long it will take: counted over the last seconds, so that a slow start or a hold is soon forgotten.
//!
//! Pure: the time is a parameter.

use std::collections::VecDeque;
use std::time::Duration;

use tokio::time::Instant;

/// What is further back does not count.
const WINDOW: Duration = Duration::from_secs(10);
/// Answers are counted in pieces of this length, so that a thousand a second take no more room than one.
const PIECE: Duration = Duration::from_millis(500);
/// Before that nothing is said: the first answers carry the token's time and the connections'.
const SHORTEST: Duration = Duration::from_secs(1);

/// Counts answers by when they came.
#[derive(Debug, Clone)]
pub struct Pace {
    since: Instant,
    /// When a piece began, and how many answers came in it; the newest last.
    pieces: VecDeque<(Instant, u32)>,
}

impl Pace {
    pub fn new(now: Instant) -> Self {
        Self { since: now, pieces: VecDeque::new() }
    }

    /// Counts an answer.
    pub fn answered(&mut self, now: Instant) {
        match self.pieces.back_mut() {
            Some((began, count)) if now.saturating_duration_since(*began) < PIECE => *count += 1,
            _ => self.pieces.push_back((now, 1)),
        }
        while self.pieces.front().is_some_and(|(began, _)| now.saturating_duration_since(*began) > WINDOW) {
            self.pieces.pop_front();
        }
    }

    /// Answers a second; nothing where it is too early to tell, or none came.
    pub fn a_second(&self, now: Instant) -> Option<f64> {
        let running = now.saturating_duration_since(self.since);
        if running < SHORTEST {
            return None;
        }
        let fresh = self.pieces.iter().filter(|(began, _)| now.saturating_duration_since(*began) <= WINDOW);
        let count: u32 = fresh.map(|(_, count)| count).sum();
        (count > 0).then(|| f64::from(count) / running.min(WINDOW).as_secs_f64())
    }
}

/// How long `open` answers take at a pace; nothing where the pace is not known.
pub fn time_left(open: usize, a_second: Option<f64>) -> Option<Duration> {
    if open == 0 {
        return Some(Duration::ZERO);
    }
    let seconds = open as f64 / a_second?;
    Duration::try_from_secs_f64(seconds).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn seconds(count: f64) -> Duration {
        Duration::from_secs_f64(count)
    }

    #[test]
    fn the_pace_is_that_of_the_last_ten_seconds() {
        let start = Instant::now();
        let mut pace = Pace::new(start);
        // Ten a second for ten seconds, then two a second.
        for number in 0..100 {
            pace.answered(start + seconds(f64::from(number) * 0.1));
        }
        let at_ten = pace.a_second(start + seconds(10.0)).unwrap();
        assert!((9.5..=10.5).contains(&at_ten), "{at_ten}");
        for number in 0..40 {
            pace.answered(start + seconds(10.0 + f64::from(number) * 0.5));
        }
        let at_thirty = pace.a_second(start + seconds(30.0)).unwrap();
        assert!((1.8..=2.2).contains(&at_thirty), "{at_thirty}");
        assert!(pace.pieces.len() <= 22);
    }

    #[test]
    fn nothing_is_said_too_early_or_when_nothing_comes() {
        let start = Instant::now();
        let mut pace = Pace::new(start);
        pace.answered(start);
        assert_eq!(pace.a_second(start + seconds(0.5)), None);
        assert_eq!(pace.a_second(start + seconds(2.0)), Some(0.5));
        assert_eq!(pace.a_second(start + seconds(20.0)), None);
    }

    #[test]
    fn what_is_left_takes_its_time() {
        assert_eq!(time_left(458, Some(6.7)).unwrap().as_secs(), 68);
        assert_eq!(time_left(20, Some(2.0)), Some(seconds(10.0)));
        assert_eq!(time_left(5, None), None);
        assert_eq!(time_left(0, None), Some(Duration::ZERO));
        assert_eq!(time_left(usize::MAX, Some(1e-300)), None);
    }
}
