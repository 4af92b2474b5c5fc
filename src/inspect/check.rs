//! What is right, doubtful or wrong about a token, each with its figures.
//!
//! Owns the judgement of claims against the clock, the reply that brought the token, and the profile's URLs. Refuses to know more
//! than there is: the vendor documents no claim, so a foreign issuer is a doubt and not an error. Reads no clock.

use std::time::Duration;

use jiff::Timestamp;
use url::{Host, Url};

use super::claim::texts;
use super::jwt::{Json, Jwt, Part, PartFault, kind_word};
use super::numeric_date::NumericDate;
use super::relative::{length, span};
use super::signature::{SignatureFault, Verified, is_symmetric};
use super::visible::{visible, visible_json};
use crate::http::Offset;

/// The lifetime that the vendor documents, in seconds (page "Authentication": "valid for 1 hour").
const DOCUMENTED_LIFETIME_SECS: i64 = 3600;
/// Times in a token are whole seconds, and a reply takes a moment to arrive.
const ROUNDING_SECS: i64 = 5;
/// What servers commonly forgive two clocks (RFC 7519 s4.1.4: "usually no more than a few minutes").
const LEEWAY_SECS: i64 = 60;

/// How a check came out. A word goes with it wherever it is shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    Good,
    Doubt,
    Bad,
    NotKnown,
}

impl Verdict {
    /// The word.
    pub fn label(self) -> &'static str {
        match self {
            Self::Good => "Good",
            Self::Doubt => "Doubt",
            Self::Bad => "Bad",
            Self::NotKnown => "Not known",
        }
    }
}

/// One check.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Check {
    pub name: &'static str,
    pub verdict: Verdict,
    pub sentence: String,
}

impl Check {
    fn new(name: &'static str, verdict: Verdict, sentence: impl Into<String>) -> Self {
        Self { name, verdict, sentence: sentence.into() }
    }
}

/// What is known around a token.
#[derive(Clone, Copy)]
pub struct Surroundings<'a> {
    pub now: Timestamp,
    /// The token endpoint and the API of the profile; nothing without a profile.
    pub token_url: Option<&'a Url>,
    pub api_url: Option<&'a Url>,
    /// How the token came, where this program fetched it.
    pub granted: Option<Granted>,
    /// How far the issuer's clock is ahead of this PC's, where that is known.
    pub clock: Option<Offset>,
}

/// The reply that brought a token.
#[derive(Debug, Clone, Copy)]
pub struct Granted {
    /// The instant before the request was sent, by this PC's clock (T10).
    pub requested_at: Timestamp,
    /// The `expires_in` that the token is used by.
    pub expires_in: Duration,
}

/// What the checks look at, found once: a payload may hold thousands of claims.
pub(super) struct Facts {
    exp: Option<Date>,
    nbf: Option<Date>,
    iat: Option<Date>,
    iss: Option<Named>,
    aud: Option<Named>,
    /// The kind of the value where it is no text.
    alg: Option<Result<String, &'static str>>,
    kid: Option<String>,
    crit: Vec<String>,
}

struct Date {
    written: String,
    read: NumericDate,
}

struct Named {
    written: String,
    texts: Vec<String>,
}

impl Facts {
    pub(super) fn of(jwt: &Jwt) -> Self {
        let (header, payload) = (jwt.header.as_ref().ok(), jwt.payload.as_ref().ok());
        let date = |name: &str| {
            let node = payload?.get(name)?;
            Some(Date { written: visible_json(node.raw(), 40).text, read: NumericDate::of(node) })
        };
        let named = |name: &str| {
            let node = payload?.get(name)?;
            let texts = texts(node);
            let written = match &texts[..] {
                [one] => visible(one, 80).text,
                _ => visible_json(node.raw(), 80).text,
            };
            Some(Named { written, texts })
        };
        let alg = header.and_then(|header| header.get("alg")).map(|node| match node.text() {
            Some(text) => Ok(text.into_owned()),
            None => Err(kind_word(node.kind())),
        });
        let kid = header.and_then(|header| header.get("kid")).map(|node| match node.text() {
            Some(text) => visible(&text, 80).text,
            None => visible_json(node.raw(), 80).text,
        });
        let crit = header.and_then(|header| header.get("crit")).map(texts).unwrap_or_default();
        let crit = crit.iter().take(5).map(|name| visible(name, 40).text).collect();
        Self {
            exp: date("exp"),
            nbf: date("nbf"),
            iat: date("iat"),
            iss: named("iss"),
            aud: named("aud"),
            alg,
            kid,
            crit,
        }
    }

    /// The dates that the checks' sentences count from.
    pub(super) fn dates(&self) -> impl Iterator<Item = Timestamp> {
        [&self.exp, &self.nbf, &self.iat].into_iter().flatten().filter_map(|date| date.read.at())
    }

    /// The algorithm and the key's name, for a headline.
    pub(super) fn alg(&self) -> Option<&str> {
        self.alg.as_ref()?.as_deref().ok()
    }

    pub(super) fn kid(&self) -> Option<&str> {
        self.kid.as_deref()
    }
}

/// All checks, in the order in which they are read: when, whose, by whom.
pub(super) fn all(
    jwt: &Jwt,
    facts: &Facts,
    hidden: usize,
    signature: Option<&Result<Verified, SignatureFault>>,
    around: &Surroundings<'_>,
) -> Vec<Check> {
    let mut checks: Vec<Check> = jwt.broken().map(broken).collect();
    if jwt.payload.is_ok() {
        checks.push(expiry(facts, around.now));
        if let Some(granted) = around.granted {
            checks.push(expires_in(facts, granted));
        }
        checks.push(lifetime(facts));
        checks.push(with_oddity(not_before(facts, around), "nbf", facts.nbf.as_ref()));
        checks.push(with_oddity(issued(facts, around), "iat", facts.iat.as_ref()));
        checks.extend(around.clock.map(clock));
        checks.push(issuer(facts, around.token_url));
        checks.push(audience(facts, around.api_url));
    }
    if jwt.header.is_ok() {
        checks.push(algorithm(facts));
        checks.push(key_id(facts));
    }
    if jwt.signature.is_ok() {
        checks.push(signed(signature));
    }
    checks.extend([&jwt.header, &jwt.payload].into_iter().flatten().filter_map(duplicates));
    if hidden > 0 {
        let count = if hidden == 1 { "1 character".to_owned() } else { format!("{hidden} characters") };
        let sentence = format!("{count} that would hide or turn text around: shown as <U+…> where they stand.");
        checks.push(Check::new("Hidden characters", Verdict::Doubt, sentence));
    }
    if !facts.crit.is_empty() {
        let sentence =
            format!("The header demands extensions that this program does not know: {}.", facts.crit.join(", "));
        checks.push(Check::new("Extensions", Verdict::Doubt, sentence));
    }
    checks
}

fn broken(fault: &PartFault) -> Check {
    let part = match fault {
        PartFault::Missing { part }
        | PartFault::Empty { part }
        | PartFault::NotBase64Url { part, .. }
        | PartFault::Length { part, .. }
        | PartFault::LastCharacter { part }
        | PartFault::NotUtf8 { part, .. }
        | PartFault::NotJson { part, .. }
        | PartFault::Truncated { part }
        | PartFault::TooDeep { part }
        | PartFault::NotAnObject { part, .. } => *part,
    };
    let name = match part {
        Part::Header => "Header",
        Part::Payload => "Payload",
        Part::Signature => "Signature",
    };
    Check::new(name, Verdict::Bad, fault.to_string())
}

/// The seconds from `from` to `to`; timestamps are too small to overflow.
fn between(from: Timestamp, to: Timestamp) -> i64 {
    to.as_second().saturating_sub(from.as_second())
}

fn expiry(facts: &Facts, now: Timestamp) -> Check {
    const NAME: &str = "Expiry";
    let Some(exp) = &facts.exp else {
        return Check::new(NAME, Verdict::Doubt, "No exp: nothing in the token says when it dies.");
    };
    let Some(at) = exp.read.at() else { return unreadable(NAME, "exp", exp) };
    let left = between(now, at);
    let (verdict, sentence) = if left > 0 {
        (Verdict::Good, format!("Valid for another {}.", span(left)))
    } else {
        (Verdict::Bad, format!("Expired {} ago.", span(left)))
    };
    with_oddity(Check::new(NAME, verdict, sentence), "exp", facts.exp.as_ref())
}

/// Adds what is odd about a date that could be read; the check is no longer good then.
fn with_oddity(check: Check, claim: &str, date: Option<&Date>) -> Check {
    let readable = date.filter(|date| date.read.at().is_some());
    let Some((date, oddity)) = readable.and_then(|date| Some((date, date.read.oddity()?))) else { return check };
    let verdict = if check.verdict == Verdict::Bad { Verdict::Bad } else { Verdict::Doubt };
    let sentence = format!("{} But {claim} ({}) {oddity}.", check.sentence, date.written);
    Check { verdict, sentence, ..check }
}

fn unreadable(name: &'static str, claim: &str, date: &Date) -> Check {
    let oddity = date.read.oddity().unwrap_or("is no date");
    Check::new(
        name,
        Verdict::Bad,
        format!("{claim} ({}) {oddity}. Servers differ in what they make of it.", date.written),
    )
}

fn expires_in(facts: &Facts, granted: Granted) -> Check {
    const NAME: &str = "expires_in";
    let told = i64::try_from(granted.expires_in.as_secs()).unwrap_or(i64::MAX);
    let Some(exp) = facts.exp.as_ref().and_then(|exp| exp.read.at()) else {
        let sentence = format!("The reply said {told} s; the token has no readable exp to compare with.");
        return Check::new(NAME, Verdict::NotKnown, sentence);
    };
    let (from, name, tolerance) = match facts.iat.as_ref().and_then(|iat| iat.read.at()) {
        Some(iat) => (iat, "exp − iat", ROUNDING_SECS),
        None => (granted.requested_at, "exp − the time of the request", LEEWAY_SECS),
    };
    let claimed = between(from, exp);
    let difference = claimed.saturating_sub(told);
    if difference.abs() <= tolerance {
        return Check::new(NAME, Verdict::Good, format!("{told} s agrees with {name} ({claimed} s)."));
    }
    let earlier = if difference < 0 { "earlier" } else { "later" };
    let sentence = format!(
        "The reply said {told} s, but {name} is {claimed} s: it dies {} {earlier} than told.",
        length(difference)
    );
    Check::new(NAME, Verdict::Doubt, sentence)
}

fn lifetime(facts: &Facts) -> Check {
    const NAME: &str = "Lifetime";
    let date = |date: &Option<Date>| date.as_ref().and_then(|date| date.read.at());
    let (Some(exp), Some(from)) = (date(&facts.exp), date(&facts.iat).or(date(&facts.nbf))) else {
        return Check::new(
            NAME,
            Verdict::NotKnown,
            "Without readable exp and iat, the token does not say how long it lives.",
        );
    };
    let lives = between(from, exp);
    let (verdict, sentence) = match lives {
        ..=0 => (Verdict::Bad, "It ends before it begins: exp is not later than iat.".to_owned()),
        DOCUMENTED_LIFETIME_SECS => (Verdict::Good, "Lives 1 h (3600 s), as the vendor documents.".to_owned()),
        _ => (Verdict::Doubt, format!("Lives {} ({lives} s); the vendor documents 1 h (3600 s).", length(lives))),
    };
    Check::new(NAME, verdict, sentence)
}

fn not_before(facts: &Facts, around: &Surroundings<'_>) -> Check {
    const NAME: &str = "Not before";
    let Some(nbf) = &facts.nbf else {
        return Check::new(NAME, Verdict::Good, "No nbf: valid from the start.");
    };
    let Some(at) = nbf.read.at() else { return unreadable(NAME, "nbf", nbf) };
    match between(around.now, at) {
        ..=ROUNDING_SECS => {
            Check::new(NAME, Verdict::Good, format!("Began {} ago.", span(between(at, around.now).max(0))))
        }
        ahead @ ..=LEEWAY_SECS => {
            let why = this_clock(around, "may be that much slow");
            Check::new(NAME, Verdict::Doubt, format!("Valid in {} only; {why}.", span(ahead)))
        }
        ahead => {
            let why = this_clock(around, "may be that much slow");
            let is_ours = around.clock.is_some_and(Offset::matters);
            let (verdict, whose) = if is_ours { (Verdict::Doubt, " by this PC") } else { (Verdict::Bad, "") };
            Check::new(NAME, verdict, format!("Not valid for another {}{whose}; {why}.", span(ahead)))
        }
    }
}

/// What is known of this PC's clock, or else what it may be.
fn this_clock(around: &Surroundings<'_>, unknown: &str) -> String {
    match around.clock {
        Some(offset) => format!("this PC's clock is {}", offset.in_words()),
        None => format!("this PC's clock {unknown}"),
    }
}

fn clock(offset: Offset) -> Check {
    let verdict = if offset.matters() { Verdict::Doubt } else { Verdict::Good };
    let sentence = format!("By the issuer's clock, this PC's is {}.", offset.in_words());
    Check::new("Clock", verdict, sentence)
}

fn issued(facts: &Facts, around: &Surroundings<'_>) -> Check {
    const NAME: &str = "Issued at";
    let Some(iat) = &facts.iat else {
        return Check::new(NAME, Verdict::NotKnown, "No iat: the token does not say when it was made.");
    };
    let Some(at) = iat.read.at() else { return unreadable(NAME, "iat", iat) };
    if let Some(granted) = around.granted {
        let after_request = between(granted.requested_at, at);
        if after_request.abs() <= LEEWAY_SECS / 2 {
            return Check::new(
                NAME,
                Verdict::Good,
                format!("Issued {} ago, when it was asked for.", span(between(at, around.now).max(0))),
            );
        }
        let (when, clock) = if after_request > 0 { ("after", "behind") } else { ("before", "ahead") };
        let apart = length(after_request);
        let sentence = match around.clock {
            Some(_) => format!("Issued {apart} {when} it was asked for; {}.", this_clock(around, "")),
            None => format!(
                "Issued {apart} {when} it was asked for: this PC's clock is {clock} of the issuer's, or the issuer hands out an older token."
            ),
        };
        return Check::new(NAME, Verdict::Doubt, sentence);
    }
    match between(around.now, at) {
        ..=ROUNDING_SECS => {
            Check::new(NAME, Verdict::Good, format!("Issued {} ago.", span(between(at, around.now).max(0))))
        }
        ahead => {
            let why = this_clock(around, "is slow, or the issuer's is fast");
            Check::new(NAME, Verdict::Doubt, format!("Issued {} in the future: {why}.", span(ahead)))
        }
    }
}

/// How a name in a token stands to a URL of the profile.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Fit {
    /// The same host and port.
    Same,
    /// Another host of the same domain.
    Related,
    Other,
    /// A name, no address.
    NoAddress,
}

pub(crate) fn fit(text: &str, url: &Url) -> Fit {
    let address = if text.contains("://") { Url::parse(text).ok() } else { None };
    // A bare host is an address, too.
    let address = address.or_else(|| {
        let is_host = text.contains('.') && !text.contains(|c: char| c.is_whitespace() || matches!(c, '/' | '@' | '?'));
        is_host.then(|| Url::parse(&format!("{}://{text}", url.scheme())).ok()).flatten()
    });
    let Some(address) = address else { return Fit::NoAddress };
    if address.host() == url.host() && address.port_or_known_default() == url.port_or_known_default() {
        return Fit::Same;
    }
    match (address.host(), url.host()) {
        (None, _) => Fit::NoAddress,
        (Some(Host::Domain(one)), Some(Host::Domain(other))) if one != other && domain(one) == domain(other) => {
            Fit::Related
        }
        _ => Fit::Other,
    }
}

/// The last two labels of a host.
fn domain(host: &str) -> &str {
    let mut dots = host.rmatch_indices('.');
    match dots.nth(1) {
        Some((at, _)) => &host[at + 1..],
        None => host,
    }
}

fn issuer(facts: &Facts, token_url: Option<&Url>) -> Check {
    const NAME: &str = "Issuer";
    let Some(iss) = &facts.iss else {
        return Check::new(NAME, Verdict::NotKnown, "No iss: the token does not say who made it.");
    };
    let [text] = &iss.texts[..] else {
        return Check::new(NAME, Verdict::Doubt, format!("iss is {}, where one text belongs.", iss.written));
    };
    against(NAME, "token URL", &iss.written, std::slice::from_ref(text), token_url)
}

fn audience(facts: &Facts, api_url: Option<&Url>) -> Check {
    const NAME: &str = "Audience";
    let Some(aud) = &facts.aud else {
        return Check::new(NAME, Verdict::NotKnown, "No aud: the token does not say who may take it.");
    };
    if aud.texts.is_empty() {
        return Check::new(
            NAME,
            Verdict::Doubt,
            format!("aud is {}, where a text or a list of texts belongs.", aud.written),
        );
    }
    against(NAME, "API URL", &aud.written, &aud.texts, api_url)
}

fn against(name: &'static str, what: &str, written: &str, texts: &[String], url: Option<&Url>) -> Check {
    let Some(url) = url else {
        return Check::new(
            name,
            Verdict::NotKnown,
            format!("It is “{written}”. Choose a key to compare it with its {what}."),
        );
    };
    let host = url.host_str().unwrap_or_default();
    let host = url.port().map_or_else(|| host.to_owned(), |port| format!("{host}:{port}"));
    let fits: Vec<_> = texts.iter().map(|text| fit(text, url)).collect();
    let (verdict, sentence) = if fits.contains(&Fit::Same) {
        (Verdict::Good, format!("Names {host}, the host of the {what}."))
    } else if fits.contains(&Fit::Related) {
        (
            Verdict::Doubt,
            format!("“{written}” is another host of the domain than {host} of the {what}. Is it the same environment?"),
        )
    } else if fits.contains(&Fit::Other) {
        (
            Verdict::Doubt,
            format!("“{written}” is not {host} of the {what}. A token of another environment looks like this."),
        )
    } else {
        (Verdict::NotKnown, format!("“{written}” is a name and no address, so it cannot be compared with the {what}."))
    };
    Check::new(name, verdict, sentence)
}

fn algorithm(facts: &Facts) -> Check {
    const NAME: &str = "Algorithm";
    let alg = match &facts.alg {
        None => {
            return Check::new(NAME, Verdict::Bad, "The header names no algorithm (alg), so no server should take it.");
        }
        Some(Err(kind)) => return Check::new(NAME, Verdict::Bad, format!("alg is {kind}, where a text belongs.")),
        Some(Ok(alg)) => alg,
    };
    let shown = visible(alg, 20).text;
    let (verdict, sentence) = match alg.as_str() {
        none if none.eq_ignore_ascii_case("none") => {
            (Verdict::Bad, "alg is “none”: the token is not signed, and anybody can have written it.".to_owned())
        }
        symmetric if is_symmetric(symmetric) => (
            Verdict::Doubt,
            format!("{shown} is symmetric: whoever can check the token can forge it. The vendor's sample is RS256."),
        ),
        "RS256" => (Verdict::Good, "RS256, as in the vendor's sample.".to_owned()),
        "RS384" | "RS512" | "PS256" | "PS384" | "PS512" | "ES256" | "ES384" | "ES512" | "EdDSA" | "Ed25519" => {
            (Verdict::Good, format!("{shown}, signed with a private key. The vendor's sample is RS256."))
        }
        _ => (Verdict::Doubt, format!("“{shown}” is no registered algorithm that this program knows.")),
    };
    Check::new(NAME, verdict, sentence)
}

fn key_id(facts: &Facts) -> Check {
    const NAME: &str = "Key ID";
    match &facts.kid {
        Some(kid) => Check::new(
            NAME,
            Verdict::Good,
            format!("The token names the key “{kid}”; the signature tells whether that key signed it."),
        ),
        None => {
            Check::new(NAME, Verdict::NotKnown, "No kid: the token does not say which key of the issuer signed it.")
        }
    }
}

fn signed(signature: Option<&Result<Verified, SignatureFault>>) -> Check {
    const NAME: &str = "Signature";
    match signature {
        None => Check::new(NAME, Verdict::NotKnown, "Not checked: no public key given."),
        Some(Ok(verified)) => {
            let kid = verified.kid.as_ref().map(|kid| format!(" “{kid}”")).unwrap_or_default();
            let sentence = format!("Holds: {} with the {}{kid} of the key file.", verified.alg, verified.kind);
            Check::new(NAME, Verdict::Good, sentence)
        }
        Some(Err(fault)) => {
            let verdict = match fault {
                // These say nothing about the token, only about the file or this program.
                SignatureFault::Broken(_)
                | SignatureFault::UnknownAlgorithm { .. }
                | SignatureFault::UnknownKey { .. }
                | SignatureFault::Symmetric { .. } => Verdict::NotKnown,
                SignatureFault::DoesNotFit { .. } | SignatureFault::OtherAlgorithm { .. } => Verdict::Doubt,
                _ => Verdict::Bad,
            };
            Check::new(NAME, verdict, fault.to_string())
        }
    }
}

fn duplicates(json: &Json) -> Option<Check> {
    let (first, others) = json.duplicates.split_first()?;
    let more = match others.len() {
        0 => String::new(),
        more => format!(" and {more} more"),
    };
    let sentence =
        format!("“{first}”{more} is named more than once. The last one counts here; other readers may take the first.");
    Some(Check::new("Duplicate names", Verdict::Doubt, sentence))
}
