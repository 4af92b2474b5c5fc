//! Asks for a price: a token, the request, at most one replay after a 401, and patience when the server asks for it.
//!
//! Owns what is sent and how often (T15, H1–H6). Whatever happens, the answer is a [`Lookup`] that says so; dropping the
//! future cancels the request, but never the token request that others may wait for (T2).

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use tokio::time::Instant;
use url::Url;

use super::answer::Answer;
use super::body::Body;
use super::failure;
use super::field_map::FieldMap;
use super::lookup::{Lookup, LookupError, LookupErrorKind as Kind};
use super::outcome::Outcome;
use super::query::PriceQuery;
use crate::activity::{Event, EventOutcome, EventReason, Kind as EventKind};
use crate::explorer::{Explorer, Session};
use crate::http::error_body::ErrorBody;
use crate::http::traffic::{ANSWER_KEPT, REFUSAL_KEPT, hide_echoes};
use crate::http::{HttpError, Reply, Traffic, retry_after};
use crate::token::AccessToken;
use crate::token::error::secs;
use crate::verdict::{Evidence, Step, TokenSeen, Trouble};

/// The most requests for one lookup when the server says 429 or 503 (H6).
pub const MOST_TRIES: u32 = 3;
/// A longer wait than this is reported at once rather than waited for.
pub const LONGEST_WAIT: Duration = Duration::from_secs(120);
/// Up to this size a body is read where its last byte arrived: handing it to another thread would take longer than
/// reading it. In bytes; reading this much takes a fraction of a millisecond.
const LARGEST_READ_AT_ONCE: usize = 16 * 1024;
/// What is said of a body that does not stand as it was sent.
pub(super) const TOKEN_HIDDEN: &str =
    "The server repeats the access token in its answer. It was hidden in the body: “…” stands in its place.";
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
    let mut exchange = Exchange {
        explorer,
        session,
        query,
        progress,
        generation: None,
        status: None,
        open: None,
        token: None,
        echo: Echo::None,
    };
    let found = exchange.run().await;
    match &found {
        Ok(answer) => {
            let sentence = answer.error.as_ref().map_or("", |error| &error.message);
            exchange.close(EventOutcome::Answered(answer.outcome), sentence);
        }
        Err(error) => exchange.close(EventOutcome::Failed, &error.message),
    }
    let (http_status, token_generation) = (exchange.status, exchange.generation);
    let (outcome, prices, mut notes, body, error) = match found {
        Ok(Answer { outcome, prices, notes, body, error, .. }) => (outcome, prices, notes, Some(body), error),
        Err(error) => (Outcome::Failed, Vec::new(), Vec::new(), None, Some(error)),
    };
    if exchange.echo == Echo::Hidden {
        notes.push(TOKEN_HIDDEN.to_owned());
    }
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
    echo: Echo,
}

/// Whether the server repeated a token.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Echo {
    None,
    Hidden,
}

impl<P: Fn(Progress)> Exchange<'_, P> {
    /// The answer of the server, or why none came.
    async fn run(&mut self) -> Result<Answer, LookupError> {
        let url = self.query.url(&self.session.api_url).map_err(|error| invalid(&error))?;
        let source = &self.session.source;
        let client = self.explorer.http.client_to(&url, source.ca_file()).await;
        let client = client.map_err(|error| self.failed(&Evidence::from(&error)))?;
        let mut replayed = false;
        let mut tries = 1;
        let mut reason = EventReason::Lookup;
        loop {
            (self.progress)(Progress::Token);
            let token = source.get().await.map_err(|error| self.failed(&Evidence::from(&error)))?;
            self.generation = Some(token.generation());
            (self.progress)(Progress::Price);
            token.count_use();
            self.begin(reason, &url, &token);
            let earlier = self.token.replace(Arc::clone(&token));
            let clock = self.open.is_some().then(Instant::now);
            let mut sent = client.get_with_bearer(&url, token.secret(), Body::MAX_BYTES).await;
            let took = clock.map_or(Duration::ZERO, |clock| clock.elapsed());
            if let Ok(reply) = &mut sent {
                self.hide_echo(reply, &token).await?;
                if let Some(earlier) = earlier.filter(|earlier| earlier.generation() != token.generation()) {
                    self.hide_echo(reply, &earlier).await?;
                }
            }
            self.take(took, &sent, &token);
            if let Err(HttpError::Redirected { status, .. } | HttpError::TooLarge { status, .. }) = &sent {
                self.status = Some(*status);
            }
            let reply = sent.map_err(|error| self.failed(&Evidence::from(&error).at(Step::Price)))?;
            self.status = Some(reply.status);
            if reply.is_success() {
                return self.read_success(reply).await;
            }
            let refusal = ErrorBody::of(&reply, token.secret());
            match reply.status {
                401 if refusal.code.as_deref() == Some("insufficient_scope") => {
                    // A new token would not help, whatever the status (H6).
                    return self.read(reply, &refusal, 1).await.map(as_forbidden);
                }
                403 => return self.read(reply, &refusal, 1).await,
                401 => {
                    source.invalidate(token.generation());
                    if replayed {
                        return self.read(reply, &refusal, 1).await;
                    }
                    let code = refusal.code.as_deref().unwrap_or("no reason named");
                    let sentence = format!("The API rejected the token ({code}); it is asked again with a new one.");
                    self.close(EventOutcome::Failed, &sentence);
                    replayed = true;
                    reason = EventReason::Replay;
                }
                429 | 503 => {
                    let asked = retry_after::of(&reply, Timestamp::now());
                    let unsaid = UNSAID_WAITS.get(tries as usize - 1).copied().unwrap_or(LONGEST_WAIT);
                    let wait = asked.unwrap_or(unsaid);
                    if tries == MOST_TRIES || wait > LONGEST_WAIT {
                        return self.read(reply, &refusal, tries).await;
                    }
                    tries += 1;
                    let sentence = format!("The API asks to wait: try {tries} of {MOST_TRIES} in {} s.", secs(wait));
                    self.close(EventOutcome::Failed, &sentence);
                    reason = EventReason::Retry { number: tries };
                    (self.progress)(Progress::Waiting { until: Instant::now() + wait, next_try: tries });
                    tokio::time::sleep(wait).await;
                }
                _ => return self.read(reply, &refusal, 0).await,
            }
        }
    }

    /// Hides a token that the server repeats in its reply, before anybody keeps, shows or copies any of it (K10).
    async fn hide_echo(&mut self, reply: &mut Reply, token: &Arc<AccessToken>) -> Result<(), LookupError> {
        let hidden = if reply.body.len() <= LARGEST_READ_AT_ONCE {
            token.hidden_in(&reply.body)
        } else {
            let (body, token) = (reply.body.clone(), Arc::clone(token));
            let search = tokio::task::spawn_blocking(move || token.hidden_in(&body));
            search.await.map_err(|_panicked| self.broken())?
        };
        if let Some(body) = hidden {
            reply.body = body;
            self.echo = Echo::Hidden;
        }
        Ok(())
    }

    /// Opens the record of a request that is about to be sent.
    fn begin(&mut self, reason: EventReason, url: &Url, token: &AccessToken) {
        if !self.explorer.activity.is_kept() {
            return;
        }
        let mut event = self.event(reason);
        event.generation = Some(token.generation());
        event.traffic = Some(Traffic::of_get(url, token.secret()));
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
        if !self.explorer.activity.is_kept() {
            return;
        }
        let sentence = match &self.token {
            Some(token) if !sentence.is_empty() => hide_echoes(sentence, token.secret()),
            _ => sentence.into(),
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

    /// Reads a reply to its meaning.
    async fn read_success(&self, reply: Reply) -> Result<Answer, LookupError> {
        let status = reply.status;
        let mut answer = if reply.body.len() <= LARGEST_READ_AT_ONCE {
            catch_unwind(AssertUnwindSafe(|| read(self.session.field_map.as_deref(), self.query.sku(), &reply)))
                .map_err(|_panic| self.broken())?
        } else {
            // Off the async threads, since a body can be 16 MiB.
            let (map, sku) = (self.session.field_map.clone(), self.query.sku().to_owned());
            tokio::task::spawn_blocking(move || read(map.as_deref(), &sku, &reply))
                .await
                .map_err(|_panicked| self.broken())?
        };
        if answer.error.is_some() {
            // Of a web page, its title tells whose it is.
            let text = answer.body.text().as_bytes();
            let page = self.token.as_ref().map(|token| ErrorBody::read(text, None, token.secret()));
            let refusal = page.as_ref().filter(|page| page.is_html);
            answer.error = Some(self.failed(&Evidence { refusal, ..answer.evidence(status) }));
        }
        Ok(answer)
    }

    /// Reads a reply that is no success, with what its headers say and how often it was asked for.
    async fn read(&self, reply: Reply, refusal: &ErrorBody, tries: u32) -> Result<Answer, LookupError> {
        let status = reply.status;
        let asked = retry_after::of(&reply, Timestamp::now());
        let mut answer = self.read_success(reply).await?;
        // A 404 can be an answer about a SKU.
        if answer.error.is_some() {
            let retry_after = asked.filter(|_| matches!(status, 429 | 503));
            let evidence = Evidence { refusal: Some(refusal), retry_after, tries, ..answer.evidence(status) };
            answer.error = Some(self.failed(&evidence));
        }
        Ok(answer)
    }

    fn broken(&self) -> LookupError {
        let trouble = Some(Trouble::Broken);
        self.failed(&Evidence { step: Step::Price, trouble, ..Evidence::default() })
    }

    /// Judges a failure, with all that is known around it.
    fn failed(&self, evidence: &Evidence<'_>) -> LookupError {
        let source = &self.session.source;
        let now = self.explorer.cache.now();
        let token = self.token.as_ref().map(|token| TokenSeen {
            generation: token.generation(),
            age: token.lifetime().saturating_sub(token.left(now)),
            left: token.left(now),
            claims: token.claims(),
        });
        let around = self.explorer.around(source, &self.session.api_url, evidence.step);
        failure::error(&Evidence { token, around, ..evidence.clone() })
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

fn read(map: Option<&FieldMap>, sku: &str, reply: &Reply) -> Answer {
    Answer::read_by(map, sku, reply.status, reply.header("content-type"), &reply.body)
}

fn as_forbidden(answer: Answer) -> Answer {
    Answer { outcome: Outcome::Forbidden, ..answer }
}

fn invalid(error: &super::query::QueryError) -> LookupError {
    let hint = "Correct the SKU, the parameter or the API URL, then look it up again.";
    LookupError::new(Kind::InvalidQuery, error.to_string(), hint)
}
