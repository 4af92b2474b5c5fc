//! What the plot says in words: of one dot or bar to the pointer, of all in sight to a screen reader.

use std::fmt::Write as _;

use jiff::Timestamp;

use super::super::words;
use super::stretch::Stretch;
use crate::activity::timeline::bars::Standing;
use crate::activity::timeline::{Bar, Column, Mark, Placed, Timeline};
use crate::activity::{Event, Kind};

/// The facts of an event in one line.
pub fn facts(event: &Event) -> String {
    let mut text = format!("{} · {}", words::time_of_day(event.at), event.reason.label());
    if let Some(status) = event.status() {
        let _infallible = write!(text, " · HTTP {status}");
    }
    let _infallible = write!(text, " · {} ms", event.took.as_millis());
    if let Some(generation) = event.generation.filter(|_| event.kind == Kind::Price) {
        let _infallible = write!(text, " · token #{generation}");
    }
    if let Some(profile) = &event.profile {
        let _infallible = write!(text, " · {}", profile.name);
    }
    text
}

/// The life of a token in one line.
pub fn life(bar: &Bar, now: Timestamp) -> String {
    let end = bar.expires_at();
    let verb = if end > now { "Expires" } else { "Expired" };
    let mut text = format!("{verb} {}", words::time_of_day(end));
    if let Some(leads) = bar.leads {
        let (soft, stale) = (bar.before_expiry(leads.soft), bar.before_expiry(leads.stale));
        let _infallible =
            write!(text, ", soft refresh from {}, stale from {}", words::time_of_day(soft), words::time_of_day(stale));
    }
    text
}

/// A sentence of what is said in small letters elsewhere.
pub fn with_capital(text: &str) -> String {
    let mut chars = text.chars();
    chars.next().map_or_else(String::new, |first| first.to_uppercase().chain(chars).collect())
}

/// All in sight, as text.
pub fn summary(stretch: &Stretch, timeline: &Timeline, placed: &[Placed<'_>], now: Timestamp) -> String {
    let times = stretch.times();
    let at = |at: Timestamp| at.to_zoned(jiff::tz::TimeZone::system()).strftime("%H:%M").to_string();
    let mut text = format!("From {} to {}, now {}. ", at(times.start), at(times.end), at(now));
    let in_sight = placed.iter().filter(|placed| placed.bar.at < times.end && placed.bar.expires_at() > times.start);
    let count = in_sight.clone().count();
    let _infallible = match count {
        0 => write!(text, "No token."),
        1 => write!(text, "1 token."),
        _ => write!(text, "{count} tokens."),
    };
    for placed in in_sight.filter(|placed| placed.standing == Standing::Newest) {
        let verb = if placed.bar.expires_at() > now { "expires" } else { "expired" };
        let end = words::time_of_day(placed.bar.expires_at());
        let _infallible = write!(text, " Token #{} {verb} {end}.", placed.bar.generation);
    }
    let mut counts = [0_u64; Mark::ALL.len()];
    for (mark, tally) in timeline.columns(&times).flat_map(Column::tallies) {
        counts[mark as usize] += u64::from(tally.count);
    }
    let all: u64 = counts.iter().sum();
    let _infallible = match all {
        0 => write!(text, " No request."),
        1 => write!(text, " 1 request"),
        _ => write!(text, " {all} requests"),
    };
    if all > 0 {
        let named = Mark::ALL.iter().zip(counts).filter(|(_, count)| *count > 0);
        let named: Vec<_> = named.map(|(mark, count)| format!("{count} {}", mark.outcome().label())).collect();
        let _infallible = write!(text, ": {}.", named.join(", "));
    }
    text
}
