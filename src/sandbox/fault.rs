//! Owns the faults that the sandbox can play, and their names on the command line.
//! Refuses to act: what a fault does to a reply is in `replies`, when it applies is in `state`.

use std::{fmt, str::FromStr, time::Duration};

use jiff::SignedDuration;

/// The endpoint whose replies a fault spoils.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Endpoint {
    /// `POST /oauth2/token`.
    Token,
    /// `GET /api/v1/prices`.
    Prices,
}

/// Something that goes wrong, until it is cleared.
#[derive(Clone, Debug, PartialEq)]
pub enum Fault {
    /// One endpoint answers badly.
    Reply(Endpoint, ReplyFault),
    /// The key is revoked: no new token, and every token issued so far is dead for good.
    RevokedKey,
    /// Tokens live this long, in whole seconds, and say so.
    ShortLived(Duration),
    /// Token replies leave out `expires_in`.
    NoExpiry,
    /// Tokens are valid but no JWTs.
    OpaqueToken,
    /// The server's clock is off by this much: its `Date` header, and `iat`, `nbf` and `exp`. Negative is slow.
    SkewedClock(SignedDuration),
}

/// What is wrong with a reply.
#[derive(Clone, Debug, PartialEq)]
pub enum ReplyFault {
    /// The right answer, this much later.
    Slow(Duration),
    /// No answer, ever.
    Hanging,
    /// 500 with a JSON error.
    Failing,
    /// 429 with this `Retry-After`, sent in whole seconds.
    RateLimit(Duration),
    /// 503 with this `Retry-After`, sent in whole seconds.
    Unavailable(Duration),
    /// One 401 although the token is valid, then all is well.
    UnauthorizedOnce,
    /// 401 every time although the token is valid.
    UnauthorizedStorm,
    /// 403 `insufficient_scope` (RFC 6750 section 3.1).
    Forbidden,
    /// 307 to `/redirected` on the same server, which counts who follows.
    Redirect,
    /// 200 that says JSON and is none.
    Garbage,
    /// 200 with the sign-in page of a proxy.
    Html,
    /// 200 with JSON whose text is not UTF-8.
    NotUtf8,
    /// 200 whose `Content-Length` promises more than is sent.
    Truncated,
    /// 200 with arrays nested 10,000 levels deep.
    Deep,
    /// 200 whose body never ends.
    Endless,
    /// Exactly this reply; only code can ask for it, it has no name on the command line.
    Canned(Canned),
}

/// A reply that the caller wrote.
#[derive(Clone, PartialEq)]
pub struct Canned {
    pub(super) status: u16,
    pub(super) headers: Vec<(String, String)>,
    pub(super) body: Vec<u8>,
}

impl Canned {
    /// A JSON reply with an HTTP status code and a body; nothing checks that the body is JSON.
    pub fn new(status: u16, body: impl Into<Vec<u8>>) -> Self {
        Self { status, headers: vec![("content-type".to_owned(), "application/json".to_owned())], body: body.into() }
    }

    /// Sets a header, in place of an earlier one of the same name. One that HTTP cannot carry is left out.
    #[must_use]
    pub fn with_header(mut self, name: &str, value: &str) -> Self {
        self.headers.retain(|(present, _)| !present.eq_ignore_ascii_case(name));
        self.headers.push((name.to_owned(), value.to_owned()));
        self
    }
}

/// A canned reply may hold a token, so only its status and its size are shown.
impl fmt::Debug for Canned {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Canned")
            .field("status", &self.status)
            .field("body_bytes", &self.body.len())
            .finish_non_exhaustive()
    }
}

/// Why a fault's name was not understood.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
pub enum FaultNameError {
    #[error("the sandbox knows no fault named {name:?}; use one of: {}", Fault::NAMES.join(", "))]
    Unknown { name: String },
    #[error("the fault {name} takes no number; leave out what follows the =")]
    TakesNoNumber { name: String },
    #[error("the fault {name} takes a whole number of seconds after the =, such as {name}=10, not {given:?}")]
    NotSeconds { name: String, given: String },
}

struct Known {
    name: &'static str,
    summary: &'static str,
    fault: Fault,
}

const fn token(name: &'static str, fault: ReplyFault, summary: &'static str) -> Known {
    Known { name, summary, fault: Fault::Reply(Endpoint::Token, fault) }
}

const fn prices(name: &'static str, fault: ReplyFault, summary: &'static str) -> Known {
    Known { name, summary, fault: Fault::Reply(Endpoint::Prices, fault) }
}

const fn whole(name: &'static str, fault: Fault, summary: &'static str) -> Known {
    Known { name, summary, fault }
}

const SLOW: Duration = Duration::from_secs(4);
const RETRY_AFTER: Duration = Duration::from_secs(5);

/// Everything that has a name, with the number of seconds that it stands for when none is given.
static KNOWN: [Known; 32] = [
    whole("revoked-key", Fault::RevokedKey, "the key is revoked, and every token issued from it is dead"),
    whole("short-lived", Fault::ShortLived(Duration::from_secs(20)), "tokens live for seconds, not for an hour"),
    whole("no-expiry", Fault::NoExpiry, "token replies leave out expires_in"),
    whole("opaque-token", Fault::OpaqueToken, "tokens work but are no JWTs"),
    whole(
        "skewed-clock",
        Fault::SkewedClock(SignedDuration::from_mins(-6)),
        "the server's clock is wrong; negative is slow",
    ),
    token("slow-token", ReplyFault::Slow(SLOW), "the token endpoint answers late"),
    token("hanging-token", ReplyFault::Hanging, "the token endpoint never answers"),
    token("failing-token", ReplyFault::Failing, "the token endpoint answers 500"),
    token("rate-limit-token", ReplyFault::RateLimit(RETRY_AFTER), "the token endpoint answers 429 with Retry-After"),
    token("unavailable-token", ReplyFault::Unavailable(RETRY_AFTER), "the token endpoint answers 503 with Retry-After"),
    token("redirect-token", ReplyFault::Redirect, "the token endpoint redirects (307)"),
    token("garbage-token", ReplyFault::Garbage, "the token endpoint's JSON is none"),
    token("html-token", ReplyFault::Html, "a proxy answers the token request with a web page"),
    token("not-utf8-token", ReplyFault::NotUtf8, "the token endpoint's reply is not UTF-8"),
    token("truncated-token", ReplyFault::Truncated, "the token endpoint's reply breaks off"),
    token("deep-token", ReplyFault::Deep, "the token endpoint's JSON is 10,000 levels deep"),
    token("endless-token", ReplyFault::Endless, "the token endpoint's reply never ends"),
    prices("slow-prices", ReplyFault::Slow(SLOW), "prices come late"),
    prices("hanging-prices", ReplyFault::Hanging, "prices never come"),
    prices("failing-prices", ReplyFault::Failing, "prices answer 500"),
    prices("rate-limit", ReplyFault::RateLimit(RETRY_AFTER), "prices answer 429 with Retry-After"),
    prices("unavailable", ReplyFault::Unavailable(RETRY_AFTER), "prices answer 503 with Retry-After"),
    prices("unauthorized-once", ReplyFault::UnauthorizedOnce, "one 401 for a valid token, then all is well"),
    prices("unauthorized-storm", ReplyFault::UnauthorizedStorm, "401 for every valid token"),
    prices("forbidden", ReplyFault::Forbidden, "valid token, permission missing (403)"),
    prices("redirect", ReplyFault::Redirect, "prices redirect (307)"),
    prices("garbage", ReplyFault::Garbage, "the price reply's JSON is none"),
    prices("html", ReplyFault::Html, "a proxy answers with a web page and 200"),
    prices("not-utf8", ReplyFault::NotUtf8, "the price reply is not UTF-8"),
    prices("truncated", ReplyFault::Truncated, "the price reply breaks off"),
    prices("deep", ReplyFault::Deep, "the price reply is 10,000 levels deep"),
    prices("endless", ReplyFault::Endless, "the price reply never ends"),
];

const fn known_names() -> [&'static str; KNOWN.len()] {
    let mut names = [""; KNOWN.len()];
    let mut at = 0;
    while at < KNOWN.len() {
        names[at] = KNOWN[at].name;
        at += 1;
    }
    names
}

impl Fault {
    /// The names of the command line, in the order in which help should list them.
    pub const NAMES: &'static [&'static str] = &known_names();

    /// A fault of the token endpoint.
    pub const fn token(fault: ReplyFault) -> Self {
        Self::Reply(Endpoint::Token, fault)
    }

    /// A fault of the price endpoint.
    pub const fn prices(fault: ReplyFault) -> Self {
        Self::Reply(Endpoint::Prices, fault)
    }

    /// One line for a menu or for help; `None` where the fault has no name.
    pub fn summary(&self) -> Option<&'static str> {
        self.known().map(|known| known.summary)
    }

    /// Whether both are the same fault, numbers aside: setting one replaces the other.
    pub fn is_same_kind(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Reply(at, one), Self::Reply(there, two)) => {
                at == there && std::mem::discriminant(one) == std::mem::discriminant(two)
            }
            _ => std::mem::discriminant(self) == std::mem::discriminant(other),
        }
    }

    fn known(&self) -> Option<&'static Known> {
        KNOWN.iter().find(|known| known.fault.is_same_kind(self))
    }

    /// The number of seconds in it, where the fault has one: `NAME=SECONDS` sets it.
    pub fn seconds(&self) -> Option<i64> {
        match self {
            Self::ShortLived(span)
            | Self::Reply(_, ReplyFault::Slow(span) | ReplyFault::RateLimit(span) | ReplyFault::Unavailable(span)) => {
                Some(i64::try_from(span.as_secs()).unwrap_or(i64::MAX))
            }
            Self::SkewedClock(offset) => Some(offset.as_secs()),
            _ => None,
        }
    }

    /// The same fault with another number of seconds. `None` where the fault has no number, or not that one.
    fn with_seconds(&self, seconds: i64) -> Option<Self> {
        let span = || u64::try_from(seconds).ok().map(Duration::from_secs);
        Some(match self {
            Self::ShortLived(_) => Self::ShortLived(span()?),
            Self::Reply(at, ReplyFault::Slow(_)) => Self::Reply(*at, ReplyFault::Slow(span()?)),
            Self::Reply(at, ReplyFault::RateLimit(_)) => Self::Reply(*at, ReplyFault::RateLimit(span()?)),
            Self::Reply(at, ReplyFault::Unavailable(_)) => Self::Reply(*at, ReplyFault::Unavailable(span()?)),
            Self::SkewedClock(_) => Self::SkewedClock(SignedDuration::from_secs(seconds)),
            _ => return None,
        })
    }
}

/// The name of the command line, with `=SECONDS` where the number is not the default: `slow-token`, `slow-token=10`.
impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Some(known) = self.known() else { return f.write_str("unnamed") };
        f.write_str(known.name)?;
        match self.seconds() {
            Some(seconds) if known.fault.seconds() != Some(seconds) => write!(f, "={seconds}"),
            _ => Ok(()),
        }
    }
}

/// Reads `NAME` or `NAME=SECONDS`. A fault of the price endpoint may be spelt with `-prices` at its end.
impl FromStr for Fault {
    type Err = FaultNameError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let (name, given) = match text.trim().split_once('=') {
            Some((name, given)) => (name.trim(), Some(given.trim())),
            None => (text.trim(), None),
        };
        let named = |wanted: &str| KNOWN.iter().find(|known| known.name == wanted);
        let known = named(name)
            .or_else(|| {
                named(name.strip_suffix("-prices")?)
                    .filter(|known| matches!(known.fault, Fault::Reply(Endpoint::Prices, _)))
            })
            .ok_or_else(|| FaultNameError::Unknown { name: name.to_owned() })?;
        let Some(given) = given else { return Ok(known.fault.clone()) };
        if known.fault.seconds().is_none() {
            return Err(FaultNameError::TakesNoNumber { name: known.name.to_owned() });
        }
        let not_seconds = || FaultNameError::NotSeconds { name: known.name.to_owned(), given: given.to_owned() };
        given.parse().ok().and_then(|seconds| known.fault.with_seconds(seconds)).ok_or_else(not_seconds)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_name_reads_back_as_itself() {
        for name in Fault::NAMES {
            let fault: Fault = name.parse().unwrap();
            assert_eq!(fault.to_string(), *name);
            assert!(fault.summary().is_some());
        }
    }

    #[test]
    fn every_name_means_another_fault() {
        for (at, one) in KNOWN.iter().enumerate() {
            for two in &KNOWN[at + 1..] {
                assert!(!one.fault.is_same_kind(&two.fault), "{} and {}", one.name, two.name);
            }
        }
    }

    #[test]
    fn a_number_of_seconds_survives_the_round_trip() {
        let slow: Fault = "slow-token=9".parse().unwrap();
        assert_eq!(slow, Fault::token(ReplyFault::Slow(Duration::from_secs(9))));
        assert_eq!(slow.to_string(), "slow-token=9");
        assert_eq!("skewed-clock=-90".parse(), Ok(Fault::SkewedClock(SignedDuration::from_secs(-90))));
    }

    #[test]
    fn the_price_endpoint_may_be_named_in_full() {
        assert_eq!("garbage-prices".parse(), Ok(Fault::prices(ReplyFault::Garbage)));
        assert!("revoked-key-prices".parse::<Fault>().is_err());
    }

    #[test]
    fn what_is_wrong_with_a_name_is_said() {
        let unknown = "gremlins".parse::<Fault>().unwrap_err().to_string();
        assert!(unknown.contains("\"gremlins\"") && unknown.contains("revoked-key"), "{unknown}");
        assert_eq!("deep=3".parse::<Fault>(), Err(FaultNameError::TakesNoNumber { name: "deep".into() }));
        for given in ["slow-token=-1", "slow-token=soon", "slow-token="] {
            assert!(matches!(given.parse::<Fault>(), Err(FaultNameError::NotSeconds { .. })), "{given}");
        }
    }

    #[test]
    fn debug_of_a_canned_reply_hides_its_body() {
        let shown = format!("{:?}", Canned::new(200, "eyJ-canary"));
        assert!(!shown.contains("canary"), "{shown}");
    }
}
