//! Asks for a price: a token, the request, at most one replay after a 401, and patience when the server asks for it.
//!
//! Owns what is sent and how often (T15, H1–H6). Whatever happens, the answer is a [`Lookup`] that says so; dropping the
//! future cancels the request, but never the token request that others may wait for (T2).

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use tokio::time::Instant;

use super::answer::Answer;
use super::body::Body;
use super::lookup::{Lookup, LookupError, LookupErrorKind as Kind, wait_hint};
use super::outcome::Outcome;
use super::query::PriceQuery;
use crate::activity::{Event, EventOutcome, EventReason, Kind as EventKind};
use crate::explorer::{Explorer, Session};
use crate::http::error_body::ErrorBody;
use crate::http::traffic::{ANSWER_KEPT, REFUSAL_KEPT, hide};
use crate::http::{HttpError, Reply, Traffic, retry_after};
use crate::token::error::secs;
use crate::token::{AccessToken, FetchError, TokenError};

/// The most requests for one lookup when the server says 429 or 503 (H6).
pub const MOST_TRIES: u32 = 3;
/// A longer wait than this is reported at once rather than waited for.
pub const LONGEST_WAIT: Duration = Duration::from_secs(120);
/// Up to this size a body is read where its last byte arrived: handing it to another thread would take longer than
/// reading it. In bytes; reading this much takes a fraction of a millisecond.
const LARGEST_READ_AT_ONCE: usize = 16 * 1024;
/// The waits before the second and third try when the server does not name one.
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
pub async fn look_up(
    explorer: &Explorer,
    session: &Session,
    query: &PriceQuery,
    progress: impl Fn(Progress),
) -> Lookup {
    let started = Timestamp::now();
    let clock = Instant::now();
    let mut exchange =
        Exchange { explorer, session, query, progress, generation: None, status: None, open: None, token: None };
    let found = exchange.run().await;
    match &found {
        Ok(answer) => {
            let sentence = answer.error.as_ref().map_or("", |error| &error.message);
            exchange.close(EventOutcome::Answered(answer.outcome), sentence);
        }
        Err(error) => exchange.close(EventOutcome::Failed, &error.message),
    }
    let (http_status, token_generation) = (exchange.status, exchange.generation);
    let (outcome, prices, notes, body, error) = match found {
        Ok(Answer { outcome, prices, notes, body, error }) => (outcome, prices, notes, Some(body), error),
        Err(error) => (Outcome::Failed, Vec::new(), Vec::new(), None, Some(error)),
    };
    Lookup {
        sku: query.sku().to_owned(),
        parameters: query.parameters().to_vec(),
        outcome,
        http_status,
        started,
        elapsed: clock.elapsed(),
        token_generation,
        prices,
        notes,
        body: body.filter(|body| body.size() > 0),
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
    /// The request under way, for the activity log.
    open: Option<Event>,
    /// The token that was sent last; a server may repeat it in its words.
    token: Option<Arc<AccessToken>>,
}

impl<P: Fn(Progress)> Exchange<'_, P> {
    /// The answer of the server, or why none came.
    async fn run(&mut self) -> Result<Answer, LookupError> {
        let url = self.query.url(&self.session.api_url).map_err(|error| invalid(&error))?;
        let source = &self.session.source;
        let client = self.explorer.http.client(source.ca_file()).await.map_err(|error| network(&error))?;
        let mut replayed = false;
        let mut tries = 1;
        let mut reason = EventReason::Lookup;
        loop {
            (self.progress)(Progress::Token);
            let token = source.get().await.map_err(|error| no_token(&error))?;
            self.generation = Some(token.generation());
            (self.progress)(Progress::Price);
            token.count_use();
            self.begin(reason, Traffic::of_get(&url, token.secret()), &token);
            self.token = Some(Arc::clone(&token));
            let clock = Instant::now();
            let sent = client.get_with_bearer(&url, token.secret(), Body::MAX_BYTES).await;
            self.take(clock.elapsed(), &sent, &token);
            if let Err(HttpError::Redirected { status, .. }) = &sent {
                self.status = Some(*status);
            }
            let reply = sent.map_err(|error| network(&error))?;
            self.status = Some(reply.status);
            if reply.is_success() {
                return self.read(reply, None).await;
            }
            let refusal = ErrorBody::of(&reply).without(token.secret());
            match reply.status {
                401 if refusal.code.as_deref() == Some("insufficient_scope") => {
                    // A new token would not help, whatever the status (H6).
                    return self.read(reply, Some(forbidden(&refusal))).await.map(as_forbidden);
                }
                403 => return self.read(reply, Some(forbidden(&refusal))).await,
                401 => {
                    source.invalidate(token.generation());
                    if replayed {
                        return self.read(reply, Some(unauthorized(&refusal, token.generation()))).await;
                    }
                    let code = refusal.code.as_deref().unwrap_or("no reason named");
                    let sentence = format!("The API rejected the token ({code}); it is asked again with a new one.");
                    self.close(EventOutcome::Failed, &sentence);
                    replayed = true;
                    reason = EventReason::Replay;
                }
                429 | 503 => {
                    let asked =
                        reply.header("retry-after").and_then(|value| retry_after::parse(value, Timestamp::now()));
                    let unsaid = UNSAID_WAITS.get(tries as usize - 1).copied().unwrap_or(LONGEST_WAIT);
                    let wait = asked.unwrap_or(unsaid);
                    if tries == MOST_TRIES || wait > LONGEST_WAIT {
                        let error = busy(reply.status, &refusal, asked, tries);
                        return self.read(reply, Some(error)).await;
                    }
                    tries += 1;
                    let sentence = format!("The API asks to wait: try {tries} of {MOST_TRIES} in {} s.", secs(wait));
                    self.close(EventOutcome::Failed, &sentence);
                    reason = EventReason::Retry { number: tries };
                    (self.progress)(Progress::Waiting { until: Instant::now() + wait, next_try: tries });
                    tokio::time::sleep(wait).await;
                }
                _ => return self.read_refusal(reply, &refusal).await,
            }
        }
    }

    /// Opens the record of a request that is about to be sent.
    fn begin(&mut self, reason: EventReason, traffic: Traffic, token: &AccessToken) {
        let mut event = self.event(reason);
        event.generation = Some(token.generation());
        event.traffic = Some(traffic);
        self.open = Some(event);
    }

    /// Takes what came into the record of the request under way.
    fn take(&mut self, took: Duration, sent: &Result<Reply, HttpError>, token: &AccessToken) {
        let Some(event) = &mut self.open else { return };
        event.took = took;
        match (&mut event.traffic, sent) {
            (Some(traffic), Ok(reply)) => {
                let kept = if reply.is_success() { ANSWER_KEPT } else { REFUSAL_KEPT };
                traffic.answered(reply, token.secret(), kept);
            }
            (Some(traffic), Err(error)) => traffic.failed(error),
            (None, _) => {}
        }
    }

    /// Closes the record of the request under way, or notes that none was sent.
    fn close(&mut self, outcome: EventOutcome, sentence: &str) {
        let sentence = match &self.token {
            Some(token) => hide(sentence, token.secret()),
            None => sentence.into(),
        };
        let event = match self.open.take() {
            Some(event) => event.ended(outcome, &sentence),
            None => self.event(EventReason::Lookup).ended(outcome, &format!("Nothing was sent. {sentence}")),
        };
        self.explorer.activity.record(event);
    }

    fn event(&self, reason: EventReason) -> Event {
        let mut event = Event::new(EventKind::Price, reason, Timestamp::now(), self.query.sku());
        event.profile = self.explorer.activity.profile(&self.session.source.key().profile);
        event
    }

    /// Reads a reply to its meaning; `error` is what is known of it from elsewhere than its body.
    async fn read(&self, reply: Reply, error: Option<LookupError>) -> Result<Answer, LookupError> {
        let answer = if reply.body.len() <= LARGEST_READ_AT_ONCE {
            catch_unwind(AssertUnwindSafe(|| read(self.query.sku(), &reply))).map_err(|_panic| broken())?
        } else {
            // Off the async threads, since a body can be 16 MiB.
            let sku = self.query.sku().to_owned();
            tokio::task::spawn_blocking(move || read(&sku, &reply)).await.map_err(|_panicked| broken())?
        };
        Ok(Answer { error: error.or(answer.error), ..answer })
    }

    /// Reads a reply that is no success, and adds to its error what the server says in words.
    async fn read_refusal(&self, reply: Reply, refusal: &ErrorBody) -> Result<Answer, LookupError> {
        let mut answer = self.read(reply, None).await?;
        let said = refusal.description.as_ref().or(refusal.code.as_ref());
        if let (Some(error), Some(said)) = (&mut answer.error, said) {
            error.message = format!("{} It says: {}.", error.message, said.trim_end_matches('.'));
        }
        Ok(answer)
    }
}

impl<P> Drop for Exchange<'_, P> {
    /// Whoever leaves while a request is under way gives it up.
    fn drop(&mut self) {
        if let Some(event) = self.open.take() {
            let sentence = "It was cancelled before the answer came.";
            self.explorer.activity.record(event.ended(EventOutcome::GivenUp, sentence));
        }
    }
}

fn read(sku: &str, reply: &Reply) -> Answer {
    Answer::read(sku, reply.status, reply.header("content-type"), &reply.body)
}

fn as_forbidden(answer: Answer) -> Answer {
    Answer { outcome: Outcome::Forbidden, ..answer }
}

fn forbidden(refusal: &ErrorBody) -> LookupError {
    let which = match (&refusal.scope, &refusal.description) {
        (Some(scope), _) => format!("It asks for the permission {scope}."),
        (None, Some(description)) => format!("It says: {}.", description.trim_end_matches('.')),
        (None, None) => "The server does not say which.".into(),
    };
    LookupError::new(
        Kind::Forbidden,
        format!("The token is valid, but this key has no permission for this price. {which}"),
        "Ask whoever manages the API keys in the Account Portal for this permission, or use another key.",
    )
}

fn unauthorized(refusal: &ErrorBody, generation: u64) -> LookupError {
    let said = refusal.description.as_ref().or(refusal.code.as_ref());
    let said = said.map(|text| format!(" It says: {}.", text.trim_end_matches('.'))).unwrap_or_default();
    LookupError::new(
        Kind::Unauthorized,
        format!("The API rejected two tokens in a row (HTTP 401), the last one fresh (#{generation}).{said}"),
        "Check that the API URL and the Token URL belong to the same environment, and that this PC's clock is right.",
    )
}

fn busy(status: u16, refusal: &ErrorBody, asked: Option<Duration>, tries: u32) -> LookupError {
    let (kind, what) = match status {
        429 => (Kind::RateLimited, "The API asks to slow down"),
        _ => (Kind::ServerError, "The API is not available"),
    };
    let said = refusal.description.as_ref().map(|text| format!(": {}", text.trim_end_matches('.'))).unwrap_or_default();
    let times = if tries == 1 { "once".to_owned() } else { format!("{tries} times") };
    let hint = match asked {
        Some(wait) => wait_hint(wait),
        None => "Wait a minute, then try again.".into(),
    };
    LookupError::new(kind, format!("{what} (HTTP {status}, asked {times}){said}."), hint).after(asked)
}

fn no_token(error: &TokenError) -> LookupError {
    let kind = match error.cause() {
        Some(FetchError::Refused { .. }) => Kind::KeyRefused,
        Some(FetchError::RateLimited { .. }) => Kind::RateLimited,
        Some(FetchError::Status { .. }) => Kind::ServerError,
        Some(FetchError::Reply(_)) => Kind::Unreadable,
        Some(FetchError::Http(error)) => http_kind(error),
        Some(FetchError::Deadline(_)) => Kind::Timeout,
        None if matches!(error, TokenError::Rejected { .. }) => Kind::Unauthorized,
        Some(FetchError::Panicked) | None => Kind::TokenUnavailable,
    };
    LookupError::new(kind, error.to_string(), error.hint()).after(error.next_try())
}

fn network(error: &HttpError) -> LookupError {
    LookupError::new(http_kind(error), error.to_string(), error.hint())
}

fn http_kind(error: &HttpError) -> Kind {
    match error {
        HttpError::Certificate { .. }
        | HttpError::Tls { .. }
        | HttpError::CaFile { .. }
        | HttpError::NoTrustStore { .. } => Kind::Tls,
        HttpError::Timeout { .. } | HttpError::ConnectTimeout { .. } => Kind::Timeout,
        HttpError::Redirected { .. } => Kind::Redirected,
        HttpError::TooLarge { .. } => Kind::TooLarge,
        HttpError::UnknownHost { .. }
        | HttpError::Unreachable { .. }
        | HttpError::Proxy { .. }
        | HttpError::PlainHttp { .. }
        | HttpError::Broken { .. } => Kind::Network,
    }
}

fn invalid(error: &super::query::QueryError) -> LookupError {
    let hint = "Correct the SKU, the parameter or the API URL, then look it up again.";
    LookupError::new(Kind::InvalidQuery, error.to_string(), hint)
}

fn broken() -> LookupError {
    LookupError::new(
        Kind::Unreadable,
        "Reading the reply broke inside this program.",
        "Try again; if it happens again, report it with the SKU and the program's version.",
    )
}
