//! The words, icons and tones of domain states: the one table that the bar, the panels and the cards share.

use std::time::Duration;

use jiff::Timestamp;
use jiff::tz::TimeZone;

use super::icon::Icon;
use super::widgets::{EnvTone, Tone};
use crate::keys::Environment;
use crate::prices::Outcome;
use crate::token::status::countdown;
use crate::token::{State, Status};
use crate::verdict::{Cause, Remedy, Verdict};

/// How a token's state is shown: the word first, the icon beside it, the colour last.
pub struct StateWords {
    pub word: &'static str,
    pub icon: Icon,
    pub tone: Tone,
    /// `m:ss`, where there is a time to show.
    pub time: Option<String>,
}

/// The words for a profile's token; `None` for the profile means that there is no key.
pub fn state(has_key: bool, status: Option<&Status>) -> StateWords {
    if !has_key {
        return StateWords { word: "No key", icon: Icon::CircleDashed, tone: Tone::Neutral, time: None };
    }
    let state = status.map_or(State::NoToken, |status| status.state);
    let (icon, tone) = match state {
        State::NoToken => (Icon::Circle, Tone::Neutral),
        State::Fetching => (Icon::LoaderCircle, Tone::Info),
        State::Valid => (Icon::CircleCheck, Tone::Ok),
        State::Refreshing => (Icon::RefreshCw, Tone::Info),
        State::Stale => (Icon::Hourglass, Tone::Warn),
        State::Expired => (Icon::TimerOff, Tone::Warn),
        State::Rejected => (Icon::ShieldX, Tone::Err),
        State::KeyRefused => (Icon::OctagonX, Tone::Err),
        State::Unreachable => (Icon::WifiOff, Tone::Warn),
    };
    let time = match (state, status) {
        (State::Valid | State::Refreshing | State::Stale | State::Expired, Some(status)) => {
            Some(countdown(status.left))
        }
        _ => None,
    };
    StateWords { word: state.label(), icon, tone, time }
}

/// Icon and tone of an outcome; its word is [`Outcome::label`].
pub fn outcome(outcome: Outcome) -> (Icon, Tone) {
    match outcome {
        Outcome::Priced => (Icon::CircleCheck, Tone::Ok),
        Outcome::ZeroPrice => (Icon::CircleDot, Tone::Warn),
        Outcome::NoPrice => (Icon::CircleMinus, Tone::Neutral),
        Outcome::UnknownSku => (Icon::CircleQuestionMark, Tone::Info),
        Outcome::Forbidden => (Icon::Lock, Tone::Deny),
        Outcome::Failed => (Icon::CircleX, Tone::Err),
    }
}

/// The icon on the button of a verdict's remedy.
pub fn remedy(verdict: &Verdict) -> Icon {
    match verdict.remedy {
        Some(Remedy::ReplaceSecret) => Icon::RotateCcw,
        Some(Remedy::EditUrls) => Icon::Pencil,
        Some(Remedy::ChooseCaFile) => Icon::FileKey,
        Some(Remedy::OpenPortal) => Icon::ExternalLink,
        Some(Remedy::ShowToken) => Icon::ShieldCheck,
        Some(Remedy::ShowBody) => Icon::Braces,
        Some(Remedy::RefreshToken | Remedy::TryAgain) | None => Icon::RefreshCw,
    }
}

/// How a verdict looks: a fault, or only something to know.
pub fn verdict(verdict: &Verdict) -> (Icon, Tone) {
    match verdict.cause {
        Cause::MissingPermission => (Icon::Lock, Tone::Deny),
        Cause::SlowServer => (Icon::Hourglass, Tone::Info),
        Cause::ClockSkew | Cause::ExpiredEarly => (Icon::TriangleAlert, Tone::Warn),
        _ => (Icon::OctagonX, Tone::Err),
    }
}

pub fn environment(environment: Environment) -> EnvTone {
    match environment {
        Environment::Production => EnvTone::Production,
        Environment::Staging => EnvTone::Staging,
        Environment::Development => EnvTone::Development,
        Environment::Sandbox => EnvTone::Sandbox,
    }
}

/// `14:32:53` in local time.
pub fn time_of_day(at: Timestamp) -> String {
    at.to_zoned(TimeZone::system()).strftime("%H:%M:%S").to_string()
}

/// `4 Aug 2026, 14:26:41` in local time.
pub fn day_and_time(at: Timestamp) -> String {
    at.to_zoned(TimeZone::system()).strftime("%-d %b %Y, %H:%M:%S").to_string()
}

/// `4 Aug 2026, 14:26` in local time.
pub fn day_and_minute(at: Timestamp) -> String {
    at.to_zoned(TimeZone::system()).strftime("%-d %b %Y, %H:%M").to_string()
}

/// `4 Aug 2026` in local time.
pub fn day(at: Timestamp) -> String {
    at.to_zoned(TimeZone::system()).strftime("%-d %b %Y").to_string()
}

/// `14:26:41 UTC, 24 Nov 2026`.
pub fn in_utc(at: Timestamp) -> String {
    at.strftime("%H:%M:%S UTC, %-d %b %Y").to_string()
}

/// A span as a screen reader should say it: `53 min 48 s`. Units of which there are none are left out.
pub fn spoken(span: Duration) -> String {
    let secs = span.as_secs();
    let units = [(secs / 3600, "h"), (secs / 60 % 60, "min"), (secs % 60, "s")];
    let said: Vec<_> =
        units.iter().filter(|(count, _)| *count > 0).map(|(count, unit)| format!("{count} {unit}")).collect();
    if said.is_empty() { "0 s".to_owned() } else { said.join(" ") }
}

/// A size for people: `1.2 kB`.
pub fn size(bytes: usize) -> String {
    match bytes {
        0..1000 => format!("{bytes} B"),
        1000..1_000_000 => format!("{:.1} kB", bytes as f64 / 1e3),
        _ => format!("{:.1} MB", bytes as f64 / 1e6),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_spoken_span_leaves_out_what_is_zero() {
        let said = |secs| spoken(Duration::from_secs(secs));
        assert_eq!(
            [said(0), said(59), said(3600), said(3605), said(3228)],
            ["0 s", "59 s", "1 h", "1 h 5 s", "53 min 48 s"]
        );
    }
}
