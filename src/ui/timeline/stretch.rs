//! Which stretch of time is in sight, and in which steps it moves on. Pure: `now` is a parameter.

use std::ops::Range;
use std::time::Duration;

use jiff::Timestamp;

use super::super::time_axis::{self, round_up, seconds, timestamp};

/// How far back the plot looks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Past {
    Quarter,
    #[default]
    Hour,
    FourHours,
    All,
}

impl Past {
    pub const ALL: [Self; 4] = [Self::Quarter, Self::Hour, Self::FourHours, Self::All];

    pub const fn label(self) -> &'static str {
        match self {
            Self::Quarter => "15 min",
            Self::Hour => "1 h",
            Self::FourHours => "4 h",
            Self::All => "Everything",
        }
    }

    /// The time before now that is in sight. That of everything grows in large steps, so that the scale seldom changes.
    fn span(self, now: Timestamp, earliest: Option<Timestamp>) -> Duration {
        match self {
            Self::Quarter => Duration::from_secs(15 * 60),
            Self::Hour => Duration::from_secs(3600),
            Self::FourHours => Duration::from_secs(4 * 3600),
            Self::All => {
                let age = earliest.and_then(|at| Duration::try_from(now.duration_since(at)).ok()).unwrap_or_default();
                let age = (age + age / 50).max(Duration::from_secs(5 * 60));
                let step = round_up(age / 24);
                step * (age.div_duration_f64(step).ceil() as u32)
            }
        }
    }
}

/// What is in sight, in seconds since the epoch.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Stretch {
    pub from: f64,
    pub until: f64,
    /// Now, rounded down to a pixel, so that frames of one pixel are the same.
    pub now: f64,
    /// The seconds of one pixel.
    pixel: f64,
}

impl Stretch {
    /// `live_for` is the longest life of the tokens that live: their ends are in sight as far as that leaves room for the past.
    pub fn new(
        past: Past,
        now: Timestamp,
        earliest: Option<Timestamp>,
        live_for: Option<Duration>,
        pixels: f32,
    ) -> Self {
        let past = past.span(now, earliest);
        let ahead = live_for.unwrap_or_default().mul_f64(1.08).clamp(past / 12, past.mul_f64(1.08));
        let pixel = (past + ahead).as_secs_f64() / f64::from(pixels.max(1.0));
        let now = (seconds(now) / pixel).floor() * pixel;
        Self { from: now - past.as_secs_f64(), until: now + ahead.as_secs_f64(), now, pixel }
    }

    pub fn span(&self) -> Duration {
        Duration::try_from_secs_f64(self.until - self.from).unwrap_or_default()
    }

    pub fn times(&self) -> Range<Timestamp> {
        timestamp(self.from)..timestamp(self.until)
    }

    /// When the picture has moved by a pixel; not before a second has passed.
    pub fn changes_in(&self, now: Timestamp) -> Duration {
        let left = self.now + self.pixel - seconds(now);
        Duration::try_from_secs_f64(left).unwrap_or_default().max(Duration::from_secs(1))
    }

    /// The width of the columns in which requests are gathered, when `dot` of all `width` points are to be one column.
    pub fn column(&self, dot: f32, width: f32) -> Duration {
        round_up(self.span().mul_f64(f64::from((dot / width.max(1.0)).clamp(0.0, 1.0))))
    }

    /// The times that the axis names, at least `apart` of `width` points from each other, and the seconds between two of them. They
    /// are round by a clock that is `offset` seconds ahead of UTC.
    pub fn marks(&self, apart: f32, width: f32, offset: i32) -> (Vec<f64>, f64) {
        let step = self.column(apart, width).as_secs_f64();
        (time_axis::marks(self.from..=self.until, step, offset), step)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn now() -> Timestamp {
        "2026-11-24T14:32:53.4Z".parse().unwrap()
    }

    fn hours(count: u64) -> Duration {
        Duration::from_secs(count * 3600)
    }

    #[test]
    fn a_living_token_is_in_sight_to_its_end_as_far_as_the_past_keeps_half() {
        let ahead = |past: Past, live_for| {
            let stretch = Stretch::new(past, now(), None, live_for, 800.0);
            ((stretch.until - stretch.now) / 60.0).round() as i64
        };
        assert_eq!(ahead(Past::Hour, Some(hours(1))), 65);
        assert_eq!(ahead(Past::Quarter, Some(hours(1))), 16);
        assert_eq!(ahead(Past::Hour, None), 5);
    }

    #[test]
    fn the_picture_moves_pixel_by_pixel_and_is_the_same_between() {
        let at = |millis: i64| {
            let now = now().saturating_add(Duration::from_millis(millis as u64)).unwrap();
            (Stretch::new(Past::FourHours, now, None, None, 780.0), now)
        };
        let (first, time) = at(0);
        let wait = first.changes_in(time);
        assert!(wait > Duration::from_secs(1) && wait <= Duration::from_secs(20), "{wait:?}");
        assert_eq!(at(wait.as_millis() as i64 - 5).0, first);
        let (next, _) = at(wait.as_millis() as i64 + 5);
        assert!((next.from - first.from - 20.0).abs() < 0.001, "one pixel is 20 s: {}", next.from - first.from);
    }

    #[test]
    fn t21_a_short_stretch_asks_for_no_more_than_one_frame_a_second() {
        let stretch = Stretch::new(Past::Quarter, now(), None, None, 100_000.0);
        assert_eq!(stretch.changes_in(now()), Duration::from_secs(1));
    }

    #[test]
    fn everything_is_in_sight_with_all_and_its_scale_seldom_changes() {
        let earliest = "2026-11-24T09:00:00Z".parse().unwrap();
        let spans: std::collections::HashSet<Duration> = (0..3600)
            .map(|secs| {
                let now = now().saturating_add(Duration::from_secs(secs)).unwrap();
                let stretch = Stretch::new(Past::All, now, Some(earliest), None, 800.0);
                assert!(stretch.from < seconds(earliest));
                stretch.span()
            })
            .collect();
        assert!(spans.len() <= 6, "{spans:?}");
        let since_1970 = Stretch::new(Past::All, now(), Some(Timestamp::UNIX_EPOCH), None, 800.0);
        assert!(since_1970.from <= 0.0 && since_1970.marks(90.0, 800.0, 0).0.len() < 10);
        let future = Stretch::new(Past::All, now(), Some(Timestamp::MAX), None, 800.0);
        assert_eq!((future.now - future.from).round() as i64, 300);
    }

    #[test]
    fn the_axis_names_round_local_times() {
        let stretch = Stretch::new(Past::Hour, now(), None, None, 800.0);
        let (marks, step) = stretch.marks(90.0, 800.0, 19_800);
        assert_eq!(step as i64, 600);
        let first = timestamp(marks[0]).to_zoned(jiff::tz::TimeZone::fixed(jiff::tz::offset(0)));
        assert_eq!(first.strftime("%H:%M:%S").to_string(), "13:40:00", "19:10 where clocks are 5:30 ahead");
        assert_eq!(stretch.column(8.0, 800.0), Duration::from_secs(60));
    }
}
