//! The events that a filter lets through, kept from frame to frame: only what is new is looked at, and of a changed filter
//! only so many events at a time, the newest first, so that no frame takes long. Pure: it reads no clock and draws nothing.

use std::collections::VecDeque;
use std::ops::Range;
use std::sync::Arc;

use super::event::{Event, EventOutcome, Kind};
use super::log::{ActivityLog, Snapshot};

/// What is wanted to be seen.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Filter {
    pub kind: Option<Kind>,
    /// A profile by its id.
    pub profile: Option<Arc<str>>,
    pub wanted: Wanted,
    /// Words that all have to occur, in any case, in what an event is about, its reason, its outcome or its profile's name. `#7`
    /// stands for the token of that number.
    pub text: String,
}

/// Which outcomes are wanted.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Wanted {
    #[default]
    Any,
    /// Whatever somebody will ask about.
    Problems,
    Only(EventOutcome),
}

impl Filter {
    /// Whether everything is let through.
    pub fn is_open(&self) -> bool {
        self.kind.is_none() && self.profile.is_none() && self.wanted == Wanted::Any && self.text.trim().is_empty()
    }
}

/// Whether all has been looked at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Scan {
    Done,
    /// So many events are still to be looked at.
    Left(u64),
}

/// The events that a filter lets through.
pub struct Matches {
    filter: Filter,
    words: Vec<Word>,
    snapshot: Snapshot,
    /// The numbers of those that were let through, in order.
    found: VecDeque<u64>,
    scanned: Range<u64>,
}

impl Matches {
    /// Of nothing yet; see [`Matches::update`].
    pub fn new(log: &ActivityLog) -> Self {
        let snapshot = log.snapshot();
        let end = snapshot.numbers().end;
        Self { filter: Filter::default(), words: Vec::new(), snapshot, found: VecDeque::new(), scanned: end..end }
    }

    /// Takes in what is new in the log or in the filter. Looks at `most` events at most; call it again while some are left.
    pub fn update(&mut self, log: &ActivityLog, filter: &Filter, most: u64) -> Scan {
        self.snapshot = log.snapshot();
        let held = self.snapshot.numbers();
        if self.filter != *filter {
            self.filter.clone_from(filter);
            self.words = filter.text.split_whitespace().map(Word::new).collect();
            self.found.clear();
            self.scanned = held.end..held.end;
        }
        // What fell behind: so much was added since that the gap is best looked at from its new end.
        if held.end - self.scanned.end > most || self.scanned.end < held.start {
            self.found.clear();
            self.scanned = held.end..held.end;
        }
        while self.found.front().is_some_and(|oldest| *oldest < held.start) {
            self.found.pop_front();
        }
        self.scanned.start = self.scanned.start.max(held.start);

        let mut left = most;
        while self.scanned.end < held.end {
            if self.takes(self.scanned.end) {
                self.found.push_back(self.scanned.end);
            }
            self.scanned.end += 1;
            left = left.saturating_sub(1);
        }
        while self.scanned.start > held.start && left > 0 {
            self.scanned.start -= 1;
            if self.takes(self.scanned.start) {
                self.found.push_front(self.scanned.start);
            }
            left -= 1;
        }
        match self.scanned.start - held.start {
            0 => Scan::Done,
            left => Scan::Left(left),
        }
    }

    /// How many were let through so far.
    pub fn len(&self) -> usize {
        self.found.len()
    }

    pub fn is_empty(&self) -> bool {
        self.found.is_empty()
    }

    /// One of those let through; the newest is 0.
    pub fn newest(&self, index: usize) -> Option<&Arc<Event>> {
        let at = self.found.len().checked_sub(index + 1)?;
        self.snapshot.get(*self.found.get(at)?)
    }

    /// Where an event stands among those let through; the newest is 0.
    pub fn place_of(&self, number: u64) -> Option<usize> {
        let at = self.found.binary_search(&number).ok()?;
        Some(self.found.len() - 1 - at)
    }

    /// All that the log holds, whatever the filter.
    pub fn snapshot(&self) -> &Snapshot {
        &self.snapshot
    }

    fn takes(&self, number: u64) -> bool {
        if self.filter.is_open() {
            return true;
        }
        let Some(event) = self.snapshot.get(number) else { return false };
        let filter = &self.filter;
        filter.kind.is_none_or(|kind| event.kind == kind)
            && filter.profile.as_ref().is_none_or(|id| event.profile.as_ref().is_some_and(|tag| tag.id == *id))
            && match filter.wanted {
                Wanted::Any => true,
                Wanted::Problems => event.outcome.is_problem(),
                Wanted::Only(outcome) => event.outcome.label() == outcome.label(),
            }
            && self.words.iter().all(|word| word.is_in(event))
    }
}

/// A word to be found in any case.
struct Word {
    lower: String,
    generation: Option<u64>,
}

impl Word {
    fn new(word: &str) -> Self {
        Self { lower: word.to_lowercase(), generation: word.strip_prefix('#').and_then(|rest| rest.parse().ok()) }
    }

    fn is_in(&self, event: &Event) -> bool {
        let profile = event.profile.as_ref().map_or("", |profile| &*profile.name);
        let texts = [
            &*event.subject,
            &*event.sentence,
            event.reason.label(),
            event.outcome.label(),
            event.kind.label(),
            profile,
        ];
        let is_status = event.status().is_some_and(|status| self.lower == status.to_string());
        is_status
            || (self.generation.is_some() && self.generation == event.generation)
            || texts.iter().any(|text| self.is_in_text(text))
    }

    fn is_in_text(&self, text: &str) -> bool {
        if text.is_ascii() {
            return self.is_in_ascii(text.as_bytes());
        }
        text.to_lowercase().contains(&self.lower)
    }

    /// A word with a letter beyond ASCII cannot occur here, and its bytes do not. Most texts do not hold its first letter at all.
    fn is_in_ascii(&self, text: &[u8]) -> bool {
        let word = self.lower.as_bytes();
        let Some((&first, _)) = word.split_first() else { return true };
        let capital = first.to_ascii_uppercase();
        let mut rest = text;
        while let Some(at) = rest.iter().position(|&byte| byte == first || byte == capital) {
            match rest.get(at..at + word.len()) {
                Some(window) if window.eq_ignore_ascii_case(word) => return true,
                Some(_) => rest = &rest[at + 1..],
                None => return false,
            }
        }
        false
    }
}

#[cfg(test)]
mod tests {
    use jiff::Timestamp;

    use super::super::event::{EventReason, ProfileTag};
    use super::*;
    use crate::prices;

    const MANY: u64 = 1_000_000;

    fn price(log: &ActivityLog, sku: &str, outcome: EventOutcome) {
        let mut event = Event::new(Kind::Price, EventReason::Lookup, Timestamp::UNIX_EPOCH, sku).ended(outcome, "");
        event.profile = Some(ProfileTag { id: "p1".into(), name: "Größe EU".into() });
        event.generation = Some(7);
        log.record(event);
    }

    fn found(matches: &Matches) -> Vec<String> {
        (0..matches.len()).map(|index| matches.newest(index).unwrap().subject.to_string()).collect()
    }

    fn text(text: &str) -> Filter {
        Filter { text: text.into(), ..Filter::default() }
    }

    #[test]
    fn each_filter_lets_through_what_it_says_the_newest_first() {
        let log = ActivityLog::new();
        price(&log, "PRODUCT-001", EventOutcome::Answered(prices::Outcome::Priced));
        price(&log, "product-002", EventOutcome::Answered(prices::Outcome::Forbidden));
        price(&log, "Äpfel", EventOutcome::Failed);
        log.record(Event::new(Kind::Note, EventReason::ProfileSwitch, Timestamp::UNIX_EPOCH, "Retail"));
        let mut matches = Matches::new(&log);
        let mut check = |filter: Filter, wanted: &[&str]| {
            assert_eq!(matches.update(&log, &filter, MANY), Scan::Done);
            assert_eq!(found(&matches), wanted, "{filter:?}");
        };
        check(Filter::default(), &["Retail", "Äpfel", "product-002", "PRODUCT-001"]);
        check(Filter { kind: Some(Kind::Note), ..Filter::default() }, &["Retail"]);
        check(Filter { profile: Some("p1".into()), ..Filter::default() }, &["Äpfel", "product-002", "PRODUCT-001"]);
        check(Filter { wanted: Wanted::Problems, ..Filter::default() }, &["Äpfel", "product-002"]);
        check(Filter { wanted: Wanted::Only(EventOutcome::Failed), ..Filter::default() }, &["Äpfel"]);
        check(text("Product 002"), &["product-002"]);
        check(text("äPF"), &["Äpfel"]);
        check(text("größe priced"), &["PRODUCT-001"]);
        check(text("switch"), &["Retail"]);
        check(text("#7"), &["Äpfel", "product-002", "PRODUCT-001"]);
        check(text("#8"), &[]);
        check(text("nowhere"), &[]);
    }

    #[test]
    fn what_is_new_is_added_and_what_is_gone_goes() {
        let log = ActivityLog::with_limit(64 * 1024);
        let mut matches = Matches::new(&log);
        let filter = text("even");
        for round in 0..50 {
            for number in 0..40 {
                let name = if number % 2 == 0 { "even" } else { "odd" };
                price(&log, &format!("{name} {round} {number}"), EventOutcome::Done);
            }
            assert_eq!(matches.update(&log, &filter, MANY), Scan::Done);
            let held = log.snapshot();
            let wanted: Vec<u64> =
                held.iter().filter(|event| event.subject.starts_with("even")).map(|event| event.number).collect();
            assert_eq!(Vec::from(matches.found.clone()), wanted);
            assert_eq!(matches.place_of(*wanted.last().unwrap()), Some(0));
        }
        assert!(log.snapshot().numbers().start > 1, "some had to go");
    }

    #[test]
    fn a_long_log_is_looked_through_in_steps_the_newest_first() {
        let log = ActivityLog::new();
        for number in 0..1000 {
            price(&log, &number.to_string(), EventOutcome::Done);
        }
        let mut matches = Matches::new(&log);
        assert_eq!(matches.update(&log, &text("9"), 100), Scan::Left(900));
        assert_eq!(&*matches.newest(0).unwrap().subject, "999");
        price(&log, "99999", EventOutcome::Done);
        assert_eq!(matches.update(&log, &text("9"), 100), Scan::Left(801));
        assert_eq!(&*matches.newest(0).unwrap().subject, "99999");
        let steps = (0..100).take_while(|_| matches.update(&log, &text("9"), 100) != Scan::Done).count();
        assert_eq!(steps, 8);
        assert_eq!(matches.len(), 272);
    }
}
