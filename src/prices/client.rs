//! Asks for a price: a token, the request, at most one replay after a 401, and patience when the server asks for it.
//!
//! Owns what is sent and how often (T15, H1–H6). Whatever happens, the answer is a [`Lookup`] that says so; dropping the
//! future cancels the request, but never the token request that others may wait for (T2).

use std::time::Duration;

use jiff::Timestamp;
use tokio::time::Instant;

use super::body::Body;
use super::lookup::{Lookup, LookupError, LookupErrorKind};
use super::outcome::{self, Outcome};
use super::query::PriceQuery;
use super::reader::{self, Reading};
use crate::explorer::{Explorer, Session};
use crate::http::error_body::ErrorBody;
use crate::http::{HttpError, Reply, retry_after};
use crate::token::{AccessToken, FetchError, TokenError};

/// The most requests for one lookup when the server says 429 or 503 (H6).
pub const MOST_TRIES: u32 = 3;
/// A longer wait than this is reported at once rather than waited for.
pub const LONGEST_WAIT: Duration = Duration::from_secs(120);
/// The wait before the second and third try when the server does not name one.
const UNSAID_WAITS: [Duration; 2] = [Duration::from_secs(1), Duration::from_secs(3)];

/// Where a lookup is, for a view that shows it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Progress {
    /// Waiting for a token.
    Token,
    /// The request is under way.
    Price,
    /// The server asked to wait; the next of [`MOST_TRIES`] tries starts then.
    Waiting { until: Instant, next_try: u32 },
}

/// Looks one SKU up.
pub async fn look_up(explorer: &Explorer, session: &Session, query: &PriceQuery, progress: impl Fn(Progress)) -> Lookup {
    let started = Timestamp::now();
    let clock = Instant::now();
    let mut exchange = Exchange { explorer, session, query, progress, generation: None, status: None };
    let found = exchange.run().await;
    let (outcome, reading, body, error) = match found {
        Ok(Found { outcome, reading, body, error }) => (outcome, reading, body, error),
        Err(Failure { error, body }) => (Outcome::Failed, Reading::default(), body, Some(error)),
    };
    Lookup {
        sku: query.sku().to_owned(),
        parameters: query.parameters().to_vec(),
        outcome,
        http_status: exchange.status,
        started,
        elapsed: clock.elapsed(),
        token_generation: exchange.generation,
        prices: reading.prices,
        notes: reading.notes,
        body,
        error,
    }
}

/// One lookup under way, with what is to be said of it even if it fails.
struct Exchange<'a, P> {
    explorer: &'a Explorer,
    session: &'a Session,
    query: &'a PriceQuery,
    progress: P,
    generation: Option<u64>,
    status: Option<u16>,
}

struct Found {
    outcome: Outcome,
    reading: Reading,
    body: Option<Body>,
    error: Option<LookupError>,
}

struct Failure {
    error: LookupError,
    body: Option<Body>,
}

impl From<LookupError> for Failure {
    fn from(error: LookupError) -> Self {
        Self { error, body: None }
    }
}

impl<P: Fn(Progress)> Exchange<'_, P> {
    async fn run(&mut self) -> Result<Found, Failure> {
        let url = self.query.url(&self.session.api_url).map_err(|error| invalid_query(&error))?;
        let client = self.explorer.http.client(self.session.source.ca_file()).await.map_err(network)?;
        let mut replayed = false;
        let mut tries = 1;
        loop {
            (self.progress)(Progress::Token);
            let token = self.session.source.get().await.map_err(|error| no_token(&error))?;
            self.generation = Some(token.generation());
            (self.progress)(Progress::Price);
            token.count_use();
            let reply = client.get_with_bearer(&url, token.secret(), Body::MAX_BYTES).await.map_err(network)?;
            self.status = Some(reply.status);
            let refusal = (!reply.is_success()).then(|| ErrorBody::of(&reply)).unwrap_or_default();
            match reply.status {
                _ if is_forbidden(&reply, &refusal) => return Ok(forbidden(reply, &refusal)),
                401 => {
                    self.session.source.invalidate(token.generation());
                    if replayed {
                        return Err(unauthorized(reply, &refusal, &token));
                    }
                    replayed = true;
                }
                429 | 503 => {
                    let asked = reply.header("retry-after").and_then(|value| retry_after::parse(value, Timestamp::now()));
                    let unsaid = UNSAID_WAITS.get(tries as usize - 1).copied().unwrap_or(LONGEST_WAIT);
                    let wait = asked.unwrap_or(unsaid);
                    if tries == MOST_TRIES || wait > LONGEST_WAIT {
                        return Err(busy(reply, &refusal, asked, tries));
                    }
                    tries += 1;
                    (self.progress)(Progress::Waiting { until: Instant::now() + wait, next_try: tries });
                    tokio::time::sleep(wait).await;
                }
                _ => return self.read(reply, &refusal).await,
            }
        }
    }

    /// Reads an answer; off the async threads, since a body can be 16 MiB.
    async fn read(&self, reply: Reply, refusal: &ErrorBody) -> Result<Found, Failure> {
        let status = reply.status;
        let is_success = reply.is_success();
        let sku = self.query.sku().to_owned();
        let content_type = reply.header("content-type").map(str::to_owned);
        let bytes = reply.body;
        let work = move || {
            let (body, fault) = Body::keep(bytes, content_type.as_deref());
            let reading = reader::read(&body, &sku);
            let outcome = outcome::classify(status, &reading, &body);
            (outcome, reading, body, fault)
        };
        let done = tokio::task::spawn_blocking(work).await;
        let (outcome, reading, body, fault) = done.map_err(|_| broken())?;
        if outcome != Outcome::Failed {
            return Ok(Found { outcome, reading, body: Some(body), error: None });
        }
        let error = match fault {
            Some(fault) if is_success => LookupError {
                kind: LookupErrorKind::Unreadable,
                message: fault.to_string(),
                hint: "Check the API URL in the key's form; if it is right, show the body to the vendor.".into(),
                retry_after: None,
            },
            _ => http_status(status, refusal),
        };
        Err(Failure { error, body: Some(body) })
    }
}

/// 403, or a 401 whose challenge names a missing permission: a new token would not help (H6).
fn is_forbidden(reply: &Reply, refusal: &ErrorBody) -> bool {
    reply.status == 403 || (reply.status == 401 && refusal.code.as_deref() == Some("insufficient_scope"))
}

fn forbidden(reply: Reply, refusal: &ErrorBody) -> Found {
    let which = match (&refusal.scope, &refusal.description) {
        (Some(scope), _) => format!(" It asks for the permission {scope}."),
        (None, Some(description)) => format!(" It says: {}.", description.trim_end_matches('.')),
        (None, None) => " It does not say which.".into(),
    };
    let error = LookupError {
        kind: LookupErrorKind::Forbidden,
        message: format!("The token is valid, but this key has no permission for this price.{which}"),
        hint: "Ask the tenant's admin to give the key this permission in the Account Portal, or use another key.".into(),
        retry_after: None,
    };
    Found { outcome: Outcome::Forbidden, reading: Reading::default(), body: keep(reply), error: Some(error) }
}

fn unauthorized(reply: Reply, refusal: &ErrorBody, token: &AccessToken) -> Failure {
    let said = refusal.description.as_ref().or(refusal.code.as_ref());
    let said = said.map(|text| format!(" It says: {}.", text.trim_end_matches('.'))).unwrap_or_default();
    let error = LookupError {
        kind: LookupErrorKind::Unauthorized,
        message: format!("The API rejected two tokens in a row (HTTP 401), the last one fresh (#{}).{said}", token.generation()),
        hint: "Check that the API URL and the Token URL belong to the same environment, and this PC's clock.".into(),
        retry_after: None,
    };
    Failure { error, body: keep(reply) }
}

fn busy(reply: Reply, refusal: &ErrorBody, retry_after: Option<Duration>, tries: u32) -> Failure {
    let (kind, what) = match reply.status {
        429 => (LookupErrorKind::RateLimited, "The API asks to slow down"),
        _ => (LookupErrorKind::ServerError, "The API is not available"),
    };
    let said = refusal.description.as_ref().map(|text| format!(": {}", text.trim_end_matches('.'))).unwrap_or_default();
    let hint = match retry_after {
        Some(wait) => format!("Try again in {} s, as the server asks.", crate::token::error::secs(wait)),
        None => "Wait a minute, then try again.".into(),
    };
    let times = if tries == 1 { "once".into() } else { format!("{tries} times") };
    let message = format!("{what} (HTTP {}, asked {times}){said}.", reply.status);
    Failure { error: LookupError { kind, message, hint, retry_after }, body: keep(reply) }
}

fn http_status(status: u16, refusal: &ErrorBody) -> LookupError {
    let said = match (&refusal.description, &refusal.code) {
        (Some(text), _) | (None, Some(text)) => format!(" and says: {}", text.trim_end_matches('.')),
        (None, None) => String::new(),
    };
    let (kind, hint) = match status {
        _ if refusal.is_html => {
            (LookupErrorKind::Unreadable, "A web page answers in place of the API: check the API URL, the VPN and the proxy.")
        }
        200..=299 => (LookupErrorKind::Unreadable, "Look at the body below; if it is not the API's, check the API URL."),
        404 => (LookupErrorKind::ServerError, "Check the API URL in the key's form: this path does not exist there."),
        407 => (LookupErrorKind::Network, "The proxy of this network wants a login: check the proxy settings of this PC."),
        400..=499 => (LookupErrorKind::ServerError, "Check the further parameters: the API did not take this request."),
        _ => (LookupErrorKind::ServerError, "The server has a fault of its own: try again in a minute, and tell the vendor if it stays."),
    };
    LookupError { kind, message: format!("The API answered HTTP {status}{said}."), hint: hint.into(), retry_after: None }
}

fn no_token(error: &TokenError) -> LookupError {
    let kind = match error.cause() {
        Some(FetchError::Refused { .. }) => LookupErrorKind::KeyRefused,
        Some(FetchError::RateLimited { .. }) => LookupErrorKind::RateLimited,
        Some(FetchError::Status { .. }) => LookupErrorKind::ServerError,
        Some(FetchError::Reply(_)) => LookupErrorKind::Unreadable,
        Some(FetchError::Http(error)) => http_kind(error),
        Some(FetchError::Deadline(_)) => LookupErrorKind::Timeout,
        Some(FetchError::Panicked) => LookupErrorKind::TokenUnavailable,
        None if matches!(error, TokenError::Rejected { .. }) => LookupErrorKind::Unauthorized,
        None => LookupErrorKind::TokenUnavailable,
    };
    LookupError { kind, message: error.to_string(), hint: error.hint().into(), retry_after: error.next_try() }
}

fn network(error: HttpError) -> LookupError {
    LookupError { kind: http_kind(&error), hint: error.hint().into(), message: error.to_string(), retry_after: None }
}

fn http_kind(error: &HttpError) -> LookupErrorKind {
    match error {
        HttpError::Certificate { .. } | HttpError::Tls { .. } | HttpError::CaFile { .. } | HttpError::NoTrustStore { .. } => {
            LookupErrorKind::Tls
        }
        HttpError::Timeout { .. } | HttpError::ConnectTimeout { .. } => LookupErrorKind::Timeout,
        HttpError::Redirected { .. } => LookupErrorKind::Redirected,
        HttpError::TooLarge { .. } => LookupErrorKind::TooLarge,
        HttpError::UnknownHost { .. }
        | HttpError::Unreachable { .. }
        | HttpError::Proxy { .. }
        | HttpError::PlainHttp { .. }
        | HttpError::Broken { .. } => LookupErrorKind::Network,
    }
}

fn invalid_query(error: &super::query::QueryError) -> LookupError {
    LookupError {
        kind: LookupErrorKind::InvalidQuery,
        message: error.to_string(),
        hint: "Correct the SKU or the parameter, then look it up again.".into(),
        retry_after: None,
    }
}

fn broken() -> LookupError {
    LookupError {
        kind: LookupErrorKind::Unreadable,
        message: "Reading the reply broke inside this program.".into(),
        hint: "Try again; if it happens again, report it with the SKU and the program's version.".into(),
        retry_after: None,
    }
}

fn keep(reply: Reply) -> Option<Body> {
    let content_type = reply.header("content-type").map(str::to_owned);
    (!reply.body.is_empty()).then(|| Body::keep(reply.body, content_type.as_deref()).0)
}
