//! What is looked for in the history, from the words in its search field.
//!
//! Owns the reading of those words: each is part of a SKU, of a profile's name, an environment or a list's name, an outcome, a state, or
//! a day. Pure: the time zone in which a day is meant is given.

use jiff::civil::Date;
use jiff::tz::TimeZone;
use jiff::{Timestamp, ToSpan as _};

use crate::prices::Outcome;

/// What is looked for. Every word has to be met by something.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Search {
    /// All that was typed: a SKU can have spaces.
    pub whole: String,
    pub words: Vec<Word>,
    pub which: Which,
}

/// Which entries are looked for, whatever the words are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Which {
    #[default]
    All,
    /// Runs of a list, of which at least one answer is there; no single lookups.
    Lists,
}

/// One word, and what it can also mean.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Word {
    pub text: String,
    pub outcome: Option<Outcome>,
    /// From the first moment to before the second.
    pub day: Option<(Timestamp, Timestamp)>,
}

impl Search {
    /// Reads what was typed. Days are those of `zone`: `2026-11-24` and `2026-11`.
    pub fn read(text: &str, zone: &TimeZone) -> Self {
        let whole = text.trim();
        let mut words = Vec::new();
        let mut rest = whole;
        while !rest.is_empty() {
            let (text, outcome, after) = next(rest);
            words.push(Word { text: text.to_owned(), outcome, day: span(text, zone) });
            rest = after.trim_start();
        }
        Self { whole: whole.to_owned(), words, which: Which::All }
    }

    pub fn is_empty(&self) -> bool {
        self.words.is_empty()
    }
}

/// The next word. Two that name an outcome together are one.
fn next(text: &str) -> (&str, Option<Outcome>, &str) {
    for outcome in Outcome::ALL {
        let label = outcome.label();
        if let Some(start) = text.get(..label.len())
            && start.eq_ignore_ascii_case(label)
            && text[label.len()..].chars().next().is_none_or(char::is_whitespace)
        {
            return (start, Some(outcome), &text[label.len()..]);
        }
    }
    let end = text.find(char::is_whitespace).unwrap_or(text.len());
    (&text[..end], None, &text[end..])
}

fn span(text: &str, zone: &TimeZone) -> Option<(Timestamp, Timestamp)> {
    let (first, after) = match text.len() {
        10 => {
            let day: Date = text.parse().ok()?;
            (day, day.checked_add(1.day()).ok()?)
        }
        7 => {
            let day: Date = format!("{text}-01").parse().ok()?;
            (day, day.checked_add(1.month()).ok()?)
        }
        _ => return None,
    };
    let moment = |day: Date| Some(zone.to_zoned(day.at(0, 0, 0, 0)).ok()?.timestamp());
    Some((moment(first)?, moment(after)?))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Search {
        Search::read(text, &TimeZone::fixed(jiff::tz::offset(2)))
    }

    #[test]
    fn words_are_read_for_what_they_can_mean() {
        let search = read("  acme No Price 2026-11-24 ");
        assert_eq!(search.whole, "acme No Price 2026-11-24");
        let outcomes: Vec<_> = search.words.iter().map(|word| (word.text.as_str(), word.outcome)).collect();
        assert_eq!(outcomes, [("acme", None), ("No Price", Some(Outcome::NoPrice)), ("2026-11-24", None)]);
        let day = search.words[2].day.unwrap();
        assert_eq!(
            (day.0.to_string(), day.1.to_string()),
            ("2026-11-23T22:00:00Z".into(), "2026-11-24T22:00:00Z".into())
        );
    }

    #[test]
    fn what_only_begins_like_an_outcome_or_a_day_is_a_word() {
        for text in ["Pricedown", "2026-13-01", "2026-1124", "é priced?"] {
            let words = read(text).words;
            assert!(words.iter().all(|word| word.outcome.is_none() && word.day.is_none()), "{words:?}");
        }
        assert!(read(" ").is_empty());
        let month = read("2026-12").words[0].day.unwrap();
        assert_eq!(month.1.duration_since(month.0).as_hours(), 31 * 24);
    }
}
