//! One entry of the activity log: a value with a reason, an outcome and, where something was sent, both texts.
//! It knows how large it is, since the log has a limit of bytes. Refuses texts without end: each is cut where it comes in.

use std::fmt::Write as _;
use std::mem::size_of;
use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;

use crate::http::Traffic;
use crate::http::traffic::cut;
use crate::keys::keychain::KeychainCall;
use crate::prices;
use crate::token::{self, Uses};

/// The longest name of what an event is about, in bytes.
const LONGEST_SUBJECT: usize = 512;
/// The longest sentence, in bytes.
const LONGEST_SENTENCE: usize = 2048;

/// What kind of thing happened.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Kind {
    Token,
    Price,
    Keychain,
    /// A step of a connection check.
    Check,
    /// A change that explains what comes after it: another profile, another key.
    Note,
}

impl Kind {
    pub const ALL: [Self; 5] = [Self::Token, Self::Price, Self::Keychain, Self::Check, Self::Note];

    pub const fn label(self) -> &'static str {
        match self {
            Self::Token => "Token",
            Self::Price => "Price",
            Self::Keychain => "Keychain",
            Self::Check => "Check",
            Self::Note => "Note",
        }
    }
}

/// Why it happened.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum EventReason {
    /// Why a token request was sent.
    Token(token::Reason),
    /// A price was asked for.
    Lookup,
    /// A price was asked for again with a new token, after a 401 (T15).
    Replay,
    /// A price was asked for again because the server had asked to wait (H6).
    Retry { number: u32 },
    /// What the keychain was called for.
    Keychain(KeychainCall),
    /// A step of a connection check.
    Check,
    /// Another profile was chosen.
    ProfileSwitch,
    /// A key was saved, replaced or deleted.
    KeyChange,
    /// A fault is rehearsed in the sandbox, or no longer.
    Drill,
}

impl EventReason {
    /// The reason in a few words.
    pub const fn label(self) -> &'static str {
        match self {
            Self::Token(token::Reason::FirstUse) => "First use",
            Self::Token(token::Reason::SoftRefresh) => "Soft refresh",
            Self::Token(token::Reason::Stale) => "Stale",
            Self::Token(token::Reason::Expired) => "Expired",
            Self::Token(token::Reason::Unauthorized) => "Forced by a 401",
            Self::Token(token::Reason::Asked) => "Asked for",
            Self::Lookup => "Lookup",
            Self::Replay => "Replay after a 401",
            Self::Retry { number: 2 } => "Second try",
            Self::Retry { .. } => "Further try",
            Self::Keychain(KeychainCall::Read) => "Read a secret",
            Self::Keychain(KeychainCall::Write) => "Save a secret",
            Self::Keychain(KeychainCall::Delete) => "Delete a secret",
            Self::Keychain(KeychainCall::Probe) => "See if it answers",
            Self::Check => "Connection check",
            Self::ProfileSwitch => "Profile switch",
            Self::KeyChange => "Key changed",
            Self::Drill => "Drill",
        }
    }

    /// The reason in a sentence.
    pub const fn sentence(self) -> &'static str {
        match self {
            Self::Token(token::Reason::FirstUse) => "There was no token yet, so one was fetched.",
            Self::Token(token::Reason::SoftRefresh) => {
                "The token was near its end, so a new one was fetched while the old one served on."
            }
            Self::Token(token::Reason::Stale) => "The token was in its last minute, so lookups waited for a new one.",
            Self::Token(token::Reason::Expired) => "The token was past its end, so a new one was fetched.",
            Self::Token(token::Reason::Unauthorized) => "A price request got 401, so the token was renewed.",
            Self::Token(token::Reason::Asked) => "Somebody asked for a new token.",
            Self::Lookup => "A price was asked for.",
            Self::Replay => "The first request got 401, so it was sent once more with a new token.",
            Self::Retry { .. } => "The server had asked to wait, so the request was sent again.",
            Self::Keychain(KeychainCall::Read) => "A secret was needed for the first time in this run.",
            Self::Keychain(KeychainCall::Write) => "A key was saved.",
            Self::Keychain(KeychainCall::Delete) => "A key was deleted.",
            Self::Keychain(KeychainCall::Probe) => "The program looked whether the keychain answers.",
            Self::Check => "The connection was checked step by step.",
            Self::ProfileSwitch => "Another profile was chosen.",
            Self::KeyChange => "A key was saved, replaced or deleted.",
            Self::Drill => "A fault is rehearsed in the sandbox, or no longer: what fails between is no real fault.",
        }
    }
}

/// What came of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum EventOutcome {
    Done,
    /// The price endpoint answered.
    Answered(prices::Outcome),
    Failed,
    /// Whoever wanted it left before it was done.
    GivenUp,
}

impl EventOutcome {
    pub const fn label(self) -> &'static str {
        match self {
            Self::Done => "Done",
            Self::Answered(prices::Outcome::Priced) => "Priced",
            Self::Answered(prices::Outcome::ZeroPrice) => "Zero price",
            Self::Answered(prices::Outcome::NoPrice) => "No price",
            Self::Answered(prices::Outcome::UnknownSku) => "Unknown SKU",
            Self::Answered(prices::Outcome::Forbidden) => "Forbidden",
            Self::Failed | Self::Answered(prices::Outcome::Failed) => "Failed",
            Self::GivenUp => "Given up",
        }
    }

    /// Whether somebody will ask why.
    pub const fn is_problem(self) -> bool {
        matches!(self, Self::Failed | Self::Answered(prices::Outcome::Failed | prices::Outcome::Forbidden))
    }
}

/// Whose key it was, as it was called then.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProfileTag {
    pub id: Arc<str>,
    pub name: Arc<str>,
}

/// What one token request was good for.
#[derive(Debug, Clone)]
pub struct Service {
    /// Counts on as long as the token is in use.
    pub uses: Option<Uses>,
    /// How many callers waited for the answer.
    pub waited: usize,
    /// How long the first of them waited.
    pub longest_wait: Duration,
}

impl Service {
    /// *served 37 lookups, 36 waited 212 ms*.
    pub fn sentence(&self) -> String {
        let mut text = String::new();
        if let Some(uses) = &self.uses {
            let _infallible = match uses.count() {
                1 => write!(text, "served 1 lookup"),
                many => write!(text, "served {many} lookups"),
            };
        }
        if self.waited > 0 {
            let comma = if text.is_empty() { "" } else { ", " };
            let _infallible = write!(text, "{comma}{} waited {} ms", self.waited, self.longest_wait.as_millis());
        }
        text
    }
}

/// How long before its end a token is renewed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Leads {
    /// From this much time left on, behind the caller's back (T7).
    pub soft: Duration,
    /// From this much time left on, while callers wait (T6).
    pub stale: Duration,
}

/// One entry.
#[derive(Debug, Clone)]
pub struct Event {
    /// Counts up from 1; given by the log.
    pub number: u64,
    pub kind: Kind,
    pub reason: EventReason,
    pub outcome: EventOutcome,
    /// When it began, by this PC's clock.
    pub at: Timestamp,
    pub took: Duration,
    pub profile: Option<ProfileTag>,
    /// What it was about: a SKU, a token, a key.
    pub subject: Box<str>,
    /// What there is to say of its outcome; empty when the outcome says all.
    pub sentence: Box<str>,
    /// The token's number: the one that was sent, or the one that came.
    pub generation: Option<u64>,
    pub service: Option<Service>,
    /// How long the token that came lives, counted from before its request was sent (T10).
    pub lifetime: Option<Duration>,
    /// How long before its end that token is renewed. Few events have one, so the others do not keep room for it.
    pub leads: Option<Box<Leads>>,
    /// What was sent and what came, where anything was sent.
    pub traffic: Option<Traffic>,
}

impl Event {
    /// An event that is done and has nothing further to say; fill the other fields in.
    pub fn new(kind: Kind, reason: EventReason, at: Timestamp, subject: &str) -> Self {
        Self {
            number: 0,
            kind,
            reason,
            outcome: EventOutcome::Done,
            at,
            took: Duration::ZERO,
            profile: None,
            subject: cut(subject, LONGEST_SUBJECT).into(),
            sentence: Box::default(),
            generation: None,
            service: None,
            lifetime: None,
            leads: None,
            traffic: None,
        }
    }

    /// With an outcome, and what there is to say of it.
    #[must_use]
    pub fn ended(mut self, outcome: EventOutcome, sentence: &str) -> Self {
        self.outcome = outcome;
        self.sentence = cut(sentence, LONGEST_SENTENCE).into();
        self
    }

    /// The HTTP status, where a reply came.
    pub fn status(&self) -> Option<u16> {
        self.traffic.as_ref().and_then(|traffic| traffic.status)
    }

    /// What follows the subject in a list: what there is to say of the outcome, or whom a token served.
    pub fn remark(&self) -> String {
        match &self.service {
            Some(service) if self.sentence.is_empty() => service.sentence(),
            _ => self.sentence.to_string(),
        }
    }

    /// All of it as plain text, to be pasted into a ticket.
    pub fn to_text(&self) -> String {
        let mut text = format!(
            "{} · {} · {} · {}\n{}\n",
            self.kind.label(),
            self.subject,
            self.reason.label(),
            self.outcome.label(),
            self.reason.sentence(),
        );
        let mut line = |what: &str, value: &str| {
            if !value.is_empty() {
                text.extend([what, ": ", value, "\n"]);
            }
        };
        line("Outcome", &self.sentence);
        line("Served", &self.service.as_ref().map(Service::sentence).unwrap_or_default());
        line("Started", &format!("{:.3}", self.at));
        line("Took", &format!("{} ms", self.took.as_millis()));
        line("Profile", self.profile.as_ref().map_or("", |profile| &profile.name));
        line("Token", &self.generation.map(|generation| format!("#{generation}")).unwrap_or_default());
        line("Lifetime", &self.lifetime.map(|lifetime| format!("{} s", lifetime.as_secs())).unwrap_or_default());
        if let Some(traffic) = &self.traffic {
            line("Sent", &format!("{} bytes of body", traffic.sent));
            line("Received", &format!("{} bytes of body", traffic.received));
            let _infallible = write!(text, "\nRequest\n{}\n", traffic.request);
            if let Some(response) = &traffic.response {
                let _infallible = write!(text, "\nAnswer\n{response}\n");
            }
        }
        text
    }

    /// Bytes that this event takes in memory, its texts included; names of profiles are shared and not counted.
    pub fn size(&self) -> usize {
        // The counters of an `Arc`, and the pointer and the mark of the slot that holds it.
        const HOLDER: usize = 2 * size_of::<usize>() + 2 * size_of::<usize>();
        let traffic = self.traffic.as_ref();
        let texts =
            traffic.map_or(0, |traffic| traffic.request.len() + traffic.response.as_ref().map_or(0, |t| t.len()));
        let leads = self.leads.as_ref().map_or(0, |_| size_of::<Leads>());
        size_of::<Self>() + HOLDER + self.subject.len() + self.sentence.len() + texts + leads
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_event_reads_as_plain_text() {
        let at = "2026-11-24T13:26:41.02Z".parse().unwrap();
        let mut event = Event::new(Kind::Token, EventReason::Token(token::Reason::Unauthorized), at, "Token #7");
        event.took = Duration::from_millis(212);
        event.generation = Some(7);
        event.lifetime = Some(Duration::from_secs(3600));
        event.service = Some(Service { uses: None, waited: 36, longest_wait: Duration::from_millis(212) });
        assert_eq!(
            event.to_text(),
            "Token · Token #7 · Forced by a 401 · Done\nA price request got 401, so the token was renewed.\n\
             Served: 36 waited 212 ms\nStarted: 2026-11-24T13:26:41.020Z\nTook: 212 ms\nToken: #7\nLifetime: 3600 s\n"
        );
        assert_eq!(event.remark(), "36 waited 212 ms");
    }

    #[test]
    fn a_text_without_end_is_cut_where_it_comes_in() {
        let at = Timestamp::UNIX_EPOCH;
        let event = Event::new(Kind::Price, EventReason::Lookup, at, &"é".repeat(1_000_000));
        let event = event.ended(EventOutcome::Failed, &"é".repeat(1_000_000));
        assert!(event.size() < 4096 && event.subject.ends_with('…'), "{}", event.size());
    }
}
