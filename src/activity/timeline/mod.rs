//! The log by time, for a plot: bars for tokens, and requests gathered in columns.
//!
//! A plot is a few hundred pixels wide and the log holds a hundred thousand events, so requests are counted by columns of time; a
//! frame looks at the columns in sight and never at the events. What is new in the log is taken in, and what it let go of is
//! taken out, event by event. Pure: it reads no clock and draws nothing.

pub mod bars;
pub mod columns;
pub mod mark;

use std::collections::VecDeque;
use std::ops::Range;
use std::time::Duration;

use jiff::Timestamp;

pub use bars::{Bar, Placed};
pub use columns::{Column, Tally};
pub use mark::Mark;

use self::columns::Columns;
use super::log::Snapshot;
use super::matches::Scan;

/// What is drawn of one request. The event itself stays in the log.
#[derive(Debug, Clone, Copy)]
struct Point {
    number: u64,
    /// In milliseconds since the epoch.
    at: i64,
    mark: Mark,
}

/// The log by time.
pub struct Timeline {
    scanned: Range<u64>,
    /// In the order of their numbers.
    points: VecDeque<Point>,
    bars: VecDeque<Bar>,
    columns: Columns,
}

impl Timeline {
    /// Of nothing yet, in columns of this width; see [`Timeline::update`].
    pub fn new(column: Duration) -> Self {
        Self { scanned: 0..0, points: VecDeque::new(), bars: VecDeque::new(), columns: Columns::new(millis(column)) }
    }

    /// Takes in what is new in the log, and takes out what it let go of. Looks at `most` events at most; call it again while some
    /// are left.
    pub fn update(&mut self, log: &Snapshot, most: u64) -> Scan {
        let held = log.numbers();
        // What fell behind is best looked at from its new end; so is what was never looked at.
        if held.end - self.scanned.end.min(held.end) > most || self.scanned.end < held.start {
            self.clear(held.end);
        }
        self.let_go_before(held.start);
        while self.scanned.end < held.end {
            self.take(log, self.scanned.end, End::New);
            self.scanned.end += 1;
        }
        let mut left = most;
        while self.scanned.start > held.start && left > 0 {
            self.scanned.start -= 1;
            self.take(log, self.scanned.start, End::Old);
            left -= 1;
        }
        match self.scanned.start - held.start {
            0 => Scan::Done,
            left => Scan::Left(left),
        }
    }

    /// Gathers the requests in columns of this width from now on.
    pub fn set_column(&mut self, width: Duration) {
        let width = millis(width);
        if self.columns.width() != width {
            self.columns = Columns::new(width);
            self.columns.fill(self.points.iter().map(|point| (point.at, point.mark, point.number)));
        }
    }

    /// The columns that touch this stretch of time, the oldest first.
    pub fn columns(&self, time: &Range<Timestamp>) -> impl Iterator<Item = &Column> {
        self.columns.between(time.start.as_millisecond(), time.end.as_millisecond())
    }

    /// All tokens, in the order in which they came.
    pub fn bars(&self) -> &VecDeque<Bar> {
        &self.bars
    }

    /// The start of the first token, or of the first column.
    pub fn earliest(&self) -> Option<Timestamp> {
        let bar = self.bars.iter().map(|bar| bar.at).min();
        let column = self.columns.first().and_then(|at| Timestamp::from_millisecond(at).ok());
        bar.into_iter().chain(column).min()
    }

    pub fn is_empty(&self) -> bool {
        self.points.is_empty() && self.bars.is_empty()
    }

    fn clear(&mut self, end: u64) {
        self.points.clear();
        self.bars.clear();
        self.columns = Columns::new(self.columns.width());
        self.scanned = end..end;
    }

    fn let_go_before(&mut self, start: u64) {
        while let Some(point) = self.points.pop_front_if(|point| point.number < start) {
            self.columns.remove(point.at, point.mark);
        }
        while self.bars.pop_front_if(|bar| bar.number < start).is_some() {}
        self.scanned.start = self.scanned.start.max(start);
    }

    fn take(&mut self, log: &Snapshot, number: u64, end: End) {
        let Some(event) = log.get(number) else { return };
        if let Some(bar) = Bar::of(event) {
            match end {
                End::New => self.bars.push_back(bar),
                End::Old => self.bars.push_front(bar),
            }
        }
        if let Some(mark) = Mark::of(event) {
            let point = Point { number, at: event.at.as_millisecond(), mark };
            self.columns.add(point.at, mark, number);
            match end {
                End::New => self.points.push_back(point),
                End::Old => self.points.push_front(point),
            }
        }
    }
}

/// From which end the log is looked through.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum End {
    New,
    Old,
}

fn millis(width: Duration) -> i64 {
    i64::try_from(width.as_millis()).unwrap_or(i64::MAX).max(1)
}

#[cfg(test)]
mod tests {
    use super::super::event::{Event, EventOutcome, EventReason, Kind};
    use super::super::log::ActivityLog;
    use super::*;
    use crate::prices::Outcome;

    const MANY: u64 = 1_000_000;
    const MINUTE: Duration = Duration::from_secs(60);

    fn at(secs: i64) -> Timestamp {
        Timestamp::from_second(secs).unwrap()
    }

    fn price(log: &ActivityLog, secs: i64, outcome: Outcome) {
        let event = Event::new(Kind::Price, EventReason::Lookup, at(secs), "SKU");
        log.record(event.ended(EventOutcome::Answered(outcome), ""));
    }

    fn all(timeline: &Timeline) -> Vec<Column> {
        timeline.columns(&(at(0)..at(1_000_000))).cloned().collect()
    }

    /// The columns as they would be if everything was counted anew.
    fn counted(log: &ActivityLog, width: Duration) -> Vec<Column> {
        let mut fresh = Timeline::new(width);
        assert_eq!(fresh.update(&log.snapshot(), MANY), Scan::Done);
        all(&fresh)
    }

    #[test]
    fn requests_are_counted_by_columns_and_outcomes() {
        let log = ActivityLog::new();
        for secs in [0, 59, 60, 61, 119] {
            price(&log, secs, Outcome::Priced);
        }
        price(&log, 61, Outcome::Forbidden);
        let mut timeline = Timeline::new(MINUTE);
        assert_eq!(timeline.update(&log.snapshot(), MANY), Scan::Done);
        let counts = |column: &Column| column.tallies().map(|(mark, tally)| (mark, tally.count)).collect::<Vec<_>>();
        let columns: Vec<_> = all(&timeline).iter().map(counts).collect();
        assert_eq!(columns, [vec![(Mark::Priced, 2)], vec![(Mark::Priced, 3), (Mark::Forbidden, 1)]]);
        assert_eq!(timeline.columns(&(at(60)..at(70))).count(), 1, "only what is in sight");
        let newest = all(&timeline)[1].tallies().map(|(_, tally)| tally.newest).collect::<Vec<_>>();
        assert_eq!(newest, [5, 6]);
        assert_eq!(timeline.earliest(), Some(at(0)));
        timeline.set_column(Duration::from_secs(1));
        assert_eq!(all(&timeline), counted(&log, Duration::from_secs(1)));
    }

    #[test]
    fn what_is_new_is_added_and_what_is_gone_goes() {
        let log = ActivityLog::with_limit(64 * 1024);
        let mut timeline = Timeline::new(MINUTE);
        for round in 0..50 {
            for number in 0..40 {
                price(&log, round * 45 + number, if number % 3 == 0 { Outcome::Failed } else { Outcome::Priced });
            }
            assert_eq!(timeline.update(&log.snapshot(), MANY), Scan::Done);
            assert_eq!(all(&timeline), counted(&log, MINUTE));
        }
        assert!(log.snapshot().numbers().start > 1, "some had to go");
    }

    #[test]
    fn a_long_log_is_looked_through_in_steps_the_newest_first() {
        let log = ActivityLog::new();
        (0..1000).for_each(|secs| price(&log, secs, Outcome::Priced));
        let mut timeline = Timeline::new(MINUTE);
        assert_eq!(timeline.update(&log.snapshot(), 100), Scan::Left(900));
        assert_eq!(timeline.earliest(), Some(at(900)));
        price(&log, 1000, Outcome::Priced);
        let steps = (0..100).take_while(|_| timeline.update(&log.snapshot(), 100) != Scan::Done).count();
        assert_eq!(steps, 8);
        assert_eq!(all(&timeline), counted(&log, MINUTE));
    }

    #[test]
    fn a_log_that_ran_away_is_looked_at_from_its_new_end() {
        let log = ActivityLog::new();
        price(&log, 0, Outcome::Priced);
        let mut timeline = Timeline::new(MINUTE);
        timeline.update(&log.snapshot(), 100);
        (0..1000).for_each(|secs| price(&log, secs, Outcome::Priced));
        assert_eq!(timeline.update(&log.snapshot(), 100), Scan::Left(901));
        while timeline.update(&log.snapshot(), 100) != Scan::Done {}
        assert_eq!(all(&timeline), counted(&log, MINUTE));
    }

    #[test]
    fn times_at_the_ends_of_time_are_counted_too() {
        let log = ActivityLog::new();
        for at in [Timestamp::MIN, Timestamp::MAX] {
            let event = Event::new(Kind::Price, EventReason::Lookup, at, "SKU");
            log.record(event.ended(EventOutcome::Failed, ""));
        }
        let mut timeline = Timeline::new(Duration::MAX);
        timeline.update(&log.snapshot(), MANY);
        timeline.set_column(Duration::ZERO);
        assert_eq!(timeline.columns(&(Timestamp::MIN..Timestamp::MAX)).count(), 2);
    }
}
