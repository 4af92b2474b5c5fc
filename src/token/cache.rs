//! The one shared token cache: decides when a token request is sent, and gives its answer to all who wait (T1–T22).
//!
//! Shape: [`TokenCache`] is a cheap handle to a table of entries, one a key. [`TokenSource`] is a cheap handle to one entry.
//! An entry publishes what it holds through an [`ArcSwap`], so that a hit and `status()` take no lock (T22); everything that
//! changes it goes through one short critical section, which never spans an await. The request runs in a task of its own that
//! holds the entry weakly: callers only listen, so dropping them cancels nothing (T2), and dropping the entry ends it (T21).
//!
//! Deliberately absent: timers. A token is renewed when somebody asks for it, never by itself.

use std::collections::HashMap;
use std::panic::AssertUnwindSafe;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};
use std::time::Duration;

use arc_swap::ArcSwap;
use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use secrecy::SecretString;
use tokio::sync::watch;
use tokio::task::AbortHandle;

use super::access_token::AccessToken;
use super::clock::{Clock, Jitter, Moment};
use super::credentials::{Credentials, TokenKey};
use super::error::{FetchError, TokenError};
use super::reply::TokenReply;
use super::status::Status;
use super::watch::{Flown, Landing, Unwatched, Watch};
use crate::http::{Wire, retry_after};

/// A token request's own time limit (T3).
pub const REQUEST_DEADLINE: Duration = Duration::from_secs(30);
/// At most one fetch forced by a 401 in this time (T15).
pub const FORCED_INTERVAL: Duration = Duration::from_secs(10);
/// The shortest and the longest back-off after a passing error (T17).
pub const BACK_OFF: (Duration, Duration) = (Duration::from_secs(1), Duration::from_secs(60));

/// Sends one token request. Implemented by [`super::TokenEndpoint`], and by tests.
pub trait Fetch: Send + Sync {
    fn fetch(&self, credentials: &Credentials) -> BoxFuture<'static, Result<TokenReply, FetchError>>;

    /// The same, and leaves on the wire what may be shown of the exchange, as far as it gets.
    fn fetch_in_sight(
        &self,
        credentials: &Credentials,
        _wire: &Wire,
    ) -> BoxFuture<'static, Result<TokenReply, FetchError>> {
        self.fetch(credentials)
    }
}

/// Why a token request is sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Reason {
    /// There is no token yet.
    FirstUse,
    /// The token is near its end but still serves (T7).
    SoftRefresh,
    /// The token is in its last minute, and callers wait (T8).
    Stale,
    /// The token is past its end.
    Expired,
    /// The API rejected the token with a 401 (T14).
    Unauthorized,
    /// The user asked for it.
    Asked,
}

/// A handle to the table of entries; cheap to clone. The last handle or source that goes takes all requests with it.
#[derive(Clone)]
pub struct TokenCache {
    shared: Arc<Shared>,
}

struct Shared {
    tools: Arc<Tools>,
    table: Mutex<Table>,
}

#[derive(Default)]
struct Table {
    entries: HashMap<TokenKey, Arc<Entry>>,
    /// The newest revision that was ever asked for of each profile, forgotten ones included.
    newest: HashMap<String, u64>,
}

/// What every entry needs from outside.
struct Tools {
    fetch: Arc<dyn Fetch>,
    clock: Arc<dyn Clock>,
    jitter: Arc<dyn Jitter>,
    generations: AtomicU64,
    watch: Arc<dyn Watch>,
    changed: Box<dyn Fn() + Send + Sync>,
}

/// A handle to the token of one key; cheap to clone.
#[derive(Clone)]
pub struct TokenSource {
    entry: Arc<Entry>,
}

struct Entry {
    credentials: Credentials,
    tools: Arc<Tools>,
    published: ArcSwap<Published>,
    gate: Mutex<Gate>,
}

/// What everybody may read at any time.
#[derive(Clone, Default)]
pub(super) struct Published {
    pub token: Option<Arc<AccessToken>>,
    pub flight: Option<(Reason, Moment)>,
    pub refused: Option<Refusal>,
    pub back_off: Option<BackOff>,
    pub rejected: Option<Rejection>,
    /// The token before this one, if the API ended it early.
    pub ended_early: Option<EndedEarly>,
    /// The last token that this key was given, whatever became of it and of the key.
    pub issued: Option<u64>,
}

/// A token that the API rejected before its time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct EndedEarly {
    pub generation: u64,
    /// How much time it had left.
    pub left: Duration,
}

/// The server refused the key; stays until the key changes or the user asks again (T16).
#[derive(Clone)]
pub(super) struct Refusal {
    pub cause: Arc<FetchError>,
    pub at: Moment,
}

/// The last request failed for a passing reason (T17).
#[derive(Clone)]
pub(super) struct BackOff {
    pub cause: Arc<FetchError>,
    pub at: Moment,
    /// By the monotonic clock.
    pub until: Duration,
    /// Until when the server asked to wait, which even the user's wish does. By the monotonic clock.
    pub asked_until: Option<Duration>,
}

/// The API answered 401 to the last token.
#[derive(Clone)]
pub(super) struct Rejection {
    pub generation: u64,
    pub at: Moment,
    /// Set where it came before the token's last stretch.
    pub early: Option<EndedEarly>,
}

/// What only a holder of the lock may read or change.
#[derive(Default)]
struct Gate {
    flight: Option<Flight>,
    flights: u64,
    failures: u32,
    last_forced: Option<Duration>,
    closed: bool,
}

type Answer = Result<Arc<AccessToken>, TokenError>;

struct Flight {
    id: u64,
    /// Since when anybody waits for it, by the monotonic clock.
    awaited_since: Option<Duration>,
    answer: watch::Receiver<Option<Answer>>,
    task: AbortHandle,
}

/// What a caller is to do, given what the entry holds.
enum Step {
    Serve(Arc<AccessToken>),
    ServeAndFetch(Arc<AccessToken>, Reason),
    Fetch { reason: Reason, fallback: Option<Arc<AccessToken>> },
    Join { fallback: Option<Arc<AccessToken>> },
    Fail(TokenError),
}

/// What the cache holds of a key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum HeldInCache {
    ClientSecret,
    AccessToken,
}

/// What an invalidation did.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Invalidation {
    /// The token was the current one and is gone; the next caller fetches.
    Cleared,
    /// A newer token, or none, is in its place already.
    TooLate,
}

impl TokenCache {
    /// `changed` is called after each change of any entry, from any thread, outside of every lock; it must not block.
    pub fn new(
        fetch: Arc<dyn Fetch>,
        clock: Arc<dyn Clock>,
        jitter: Arc<dyn Jitter>,
        changed: impl Fn() + Send + Sync + 'static,
    ) -> Self {
        Self::watched(fetch, clock, jitter, Arc::new(Unwatched), changed)
    }

    /// The same, with somebody who is told of every token request before `changed` is called for it.
    pub fn watched(
        fetch: Arc<dyn Fetch>,
        clock: Arc<dyn Clock>,
        jitter: Arc<dyn Jitter>,
        watch: Arc<dyn Watch>,
        changed: impl Fn() + Send + Sync + 'static,
    ) -> Self {
        let generations = AtomicU64::new(0);
        let tools = Tools { fetch, clock, jitter, generations, watch, changed: Box::new(changed) };
        Self { shared: Arc::new(Shared { tools: Arc::new(tools), table: Mutex::default() }) }
    }

    /// The source for these credentials. A new revision closes the profile's older entries: their late answers are dropped
    /// and their refusals forgotten (T19). Whoever comes late with an older revision gets a source that is closed from the
    /// start, and changes nothing.
    pub fn source(&self, credentials: Credentials) -> TokenSource {
        let mut table = lock(&self.shared.table);
        if let Some(entry) = table.entries.get(&credentials.key) {
            return TokenSource { entry: Arc::clone(entry) };
        }
        let key = credentials.key.clone();
        let newest = table.newest.entry(key.profile.clone()).or_default();
        let closed = key.revision < *newest;
        *newest = key.revision.max(*newest);
        let entry = Arc::new(Entry {
            tools: Arc::clone(&self.shared.tools),
            published: ArcSwap::default(),
            gate: Mutex::new(Gate { closed, ..Gate::default() }),
            credentials,
        });
        if closed {
            return TokenSource { entry };
        }
        let outdated = table.remove_profile(&key.profile);
        table.entries.insert(key, Arc::clone(&entry));
        drop(table);
        for entry in outdated {
            entry.close();
        }
        TokenSource { entry }
    }

    /// The source that was made for this key, if there is one.
    pub fn find(&self, key: &TokenKey) -> Option<TokenSource> {
        lock(&self.shared.table).entries.get(key).map(|entry| TokenSource { entry: Arc::clone(entry) })
    }

    /// Forgets all that is held for a profile and drops what is in flight (T20).
    pub fn forget_profile(&self, profile: &str) {
        let gone = lock(&self.shared.table).remove_profile(profile);
        for entry in gone {
            entry.close();
        }
    }

    /// Shows every secret and token that is held, one at a time, to whoever makes sure that they are nowhere else. Nothing is
    /// copied, and no lock is held meanwhile.
    pub fn each_held(&self, mut see: impl FnMut(&TokenKey, HeldInCache, &SecretString)) {
        let entries: Vec<Arc<Entry>> = lock(&self.shared.table).entries.values().cloned().collect();
        for entry in entries {
            let key = &entry.credentials.key;
            see(key, HeldInCache::ClientSecret, &entry.credentials.client_secret);
            if let Some(token) = &entry.published.load().token {
                see(key, HeldInCache::AccessToken, token.secret());
            }
        }
    }

    /// Reads the clocks that the cache goes by.
    pub fn now(&self) -> Moment {
        self.shared.tools.clock.now()
    }
}

impl Table {
    fn remove_profile(&mut self, profile: &str) -> Vec<Arc<Entry>> {
        self.entries.extract_if(|key, _| key.profile == profile).map(|(_, entry)| entry).collect()
    }
}

impl TokenSource {
    /// A token that is good to use now; waits for a request only when there is none. A caller in a hurry drops the future,
    /// which leaves the request alone (T2, T3).
    ///
    /// # Errors
    /// [`TokenError`]; all who waited for one request get the same error (T5).
    pub async fn get(&self) -> Answer {
        let entry = &self.entry;
        let now = entry.tools.clock.now();
        if let Some(token) = &entry.published.load().token
            && token.left(now) > token.soft_lead()
        {
            return Ok(Arc::clone(token));
        }
        self.get_slowly().await
    }

    /// Asks for a new token because the user wants one: goes past a refusal and past a back-off of our own, but waits as long
    /// as the server asked for. The old token serves others meanwhile.
    pub async fn refresh(&self) -> Answer {
        let entry = &self.entry;
        let answer = {
            let mut gate = lock(&entry.gate);
            let now = entry.tools.clock.now();
            let published = entry.published.load_full();
            match &published.back_off {
                _ if gate.closed => return Err(TokenError::Forgotten),
                Some(wait) if wait.asked_until.is_some_and(|until| until > now.monotonic) => {
                    return Err(wait.error(now));
                }
                _ => {}
            }
            if let Some(flight) = &mut gate.flight {
                flight.join(now)
            } else {
                let mut next = Published::clone(&published);
                next.refused = None;
                entry.published.store(Arc::new(next));
                entry.start(&mut gate, Reason::Asked, now)
            }
        };
        (entry.tools.changed)();
        listen(answer).await
    }

    /// Clears the token of this generation, if it is still the current one, because the API answered 401 (T14).
    pub fn invalidate(&self, generation: u64) -> Invalidation {
        let entry = &self.entry;
        {
            let _gate = lock(&entry.gate);
            let published = entry.published.load_full();
            let Some(token) = published.token.as_ref().filter(|token| token.generation() == generation) else {
                return Invalidation::TooLate;
            };
            let at = entry.tools.clock.now();
            let left = token.left(at);
            let early = (left > token.stale_lead()).then_some(EndedEarly { generation, left });
            let mut next = Published::clone(&published);
            next.token = None;
            next.rejected = Some(Rejection { generation, at, early });
            entry.published.store(Arc::new(next));
        }
        (entry.tools.changed)();
        Invalidation::Cleared
    }

    /// Forgets the token and drops what is in flight (T20). A refusal stays, and so does the server's wish to wait.
    pub fn forget(&self) {
        let entry = &self.entry;
        let dropped = {
            let mut gate = lock(&entry.gate);
            let mut next = Published::clone(&entry.published.load());
            next.token = None;
            next.flight = None;
            next.rejected = None;
            next.ended_early = None;
            entry.published.store(Arc::new(next));
            gate.flight.take()
        };
        drop(dropped);
        (entry.tools.changed)();
    }

    /// What is known now, in one glance; never waits (T22).
    pub fn status(&self) -> Status {
        Status::of(&self.entry.published.load(), self.entry.tools.clock.now())
    }

    /// The number of the last token that this key, with this secret, was given in this run.
    pub fn last_issued(&self) -> Option<u64> {
        self.entry.published.load().issued
    }

    /// The key that this source stands for.
    pub fn key(&self) -> &TokenKey {
        &self.entry.credentials.key
    }

    /// The PEM file that this source's requests trust, beside the system's store.
    pub fn ca_file(&self) -> Option<&std::path::Path> {
        self.entry.credentials.ca_file.as_deref()
    }

    async fn get_slowly(&self) -> Answer {
        let entry = &self.entry;
        let (answer, fallback) = {
            let mut gate = lock(&entry.gate);
            if gate.closed {
                return Err(TokenError::Forgotten);
            }
            let now = entry.tools.clock.now();
            // Looked at again under the lock: a request may have come back since the first look.
            let published = entry.published.load_full();
            match decide(&published, gate.last_forced, now) {
                Step::Serve(token) => return Ok(token),
                Step::Fail(error) => return Err(error),
                Step::ServeAndFetch(token, reason) => {
                    entry.start(&mut gate, reason, now);
                    drop(gate);
                    (entry.tools.changed)();
                    return Ok(token);
                }
                Step::Fetch { reason, fallback } => (entry.start(&mut gate, reason, now), fallback),
                Step::Join { fallback } => match &mut gate.flight {
                    Some(flight) => (flight.join(now), fallback),
                    None => return Err(TokenError::Forgotten),
                },
            }
        };
        (entry.tools.changed)();
        let answer = listen(answer).await;
        match (answer, fallback) {
            (Err(error), Some(old))
                if !error.cause().is_some_and(FetchError::is_refusal) && self.still_serves(&old) =>
            {
                tracing::debug!(generation = old.generation(), "refresh failed, the old token serves on");
                Ok(old)
            }
            (answer, _) => answer,
        }
    }

    /// Whether a token was neither replaced, rejected nor forgotten, and is not expired (T8).
    fn still_serves(&self, token: &Arc<AccessToken>) -> bool {
        let published = self.entry.published.load();
        let current = published.token.as_ref().is_some_and(|current| Arc::ptr_eq(current, token));
        current && token.left(self.entry.tools.clock.now()) > Duration::ZERO
    }
}

/// What to do for a caller. Pure, so that the rules can be read in one place.
fn decide(published: &Published, last_forced: Option<Duration>, now: Moment) -> Step {
    let waiting = published.back_off.as_ref().filter(|wait| wait.until > now.monotonic);
    let in_flight = published.flight.is_some();
    if let Some(token) = &published.token {
        let left = token.left(now);
        let token = Arc::clone(token);
        if left > token.soft_lead() {
            return Step::Serve(token);
        }
        if left > token.stale_lead() {
            return match (in_flight, waiting) {
                (false, None) => Step::ServeAndFetch(token, Reason::SoftRefresh),
                _ => Step::Serve(token),
            };
        }
        if left > Duration::ZERO {
            return match (in_flight, waiting) {
                (true, _) => Step::Join { fallback: Some(token) },
                (false, Some(_)) => Step::Serve(token),
                (false, None) => Step::Fetch { reason: Reason::Stale, fallback: Some(token) },
            };
        }
    }
    if in_flight {
        return Step::Join { fallback: None };
    }
    if let Some(refusal) = &published.refused {
        return Step::Fail(TokenError::Refused { cause: Arc::clone(&refusal.cause) });
    }
    if let Some(wait) = waiting {
        return Step::Fail(wait.error(now));
    }
    if published.rejected.is_some() {
        let next_forced = last_forced.map(|at| at + FORCED_INTERVAL).filter(|next| *next > now.monotonic);
        return match next_forced {
            Some(next) => Step::Fail(TokenError::Rejected { next_try: next.saturating_sub(now.monotonic) }),
            None => Step::Fetch { reason: Reason::Unauthorized, fallback: None },
        };
    }
    let reason = if published.token.is_some() { Reason::Expired } else { Reason::FirstUse };
    Step::Fetch { reason, fallback: None }
}

impl BackOff {
    fn error(&self, now: Moment) -> TokenError {
        let next_try = self.until.saturating_sub(now.monotonic);
        TokenError::BackingOff { cause: Arc::clone(&self.cause), next_try }
    }
}

impl Entry {
    /// Starts the one request of this entry; the lock is held, and no request is in flight.
    fn start(self: &Arc<Self>, gate: &mut Gate, reason: Reason, now: Moment) -> watch::Receiver<Option<Answer>> {
        gate.flights += 1;
        let id = gate.flights;
        if reason == Reason::Unauthorized {
            gate.last_forced = Some(now.monotonic);
        }
        let (sender, answer) = watch::channel(None);
        let record = Record {
            tools: Arc::clone(&self.tools),
            credentials: self.credentials.clone(),
            reason,
            sent: now,
            wire: Wire::default(),
            is_told: false,
        };
        let task = tokio::spawn(run(Arc::downgrade(self), record, id, sender));
        // A soft refresh is one that nobody waits for, as long as the old token serves.
        let awaited_since = (reason != Reason::SoftRefresh).then_some(now.monotonic);
        gate.flight = Some(Flight { id, awaited_since, answer: answer.clone(), task: task.abort_handle() });
        let mut next = Published::clone(&self.published.load());
        next.flight = Some((reason, now));
        self.published.store(Arc::new(next));
        tracing::debug!(?reason, flight = id, "token request starts");
        answer
    }

    /// Takes a request's result in, unless the entry has moved on (T19, T20). Also says since when it was waited for.
    fn complete(&self, id: u64, sent: Moment, result: Result<TokenReply, FetchError>) -> (Answer, Option<Duration>) {
        let mut gate = lock(&self.gate);
        let flight = match gate.flight.take() {
            Some(flight) if !gate.closed && flight.id == id => flight,
            another => {
                gate.flight = another;
                return (Err(TokenError::Forgotten), None);
            }
        };
        let now = self.tools.clock.now();
        let mut next = Published::clone(&self.published.load());
        next.flight = None;
        let answer = match result {
            Ok(reply) => Ok(self.accept(&mut gate, &mut next, sent, reply)),
            Err(error) => Err(self.fail(&mut gate, &mut next, now, error)),
        };
        self.published.store(Arc::new(next));
        // With the flight goes the gate's own handle to the answer; its task, which runs this, waits for nothing more.
        (answer, flight.awaited_since)
    }

    fn accept(&self, gate: &mut Gate, next: &mut Published, sent: Moment, reply: TokenReply) -> Arc<AccessToken> {
        let generation = self.tools.generations.fetch_add(1, Ordering::Relaxed) + 1;
        let jitter = self.tools.jitter.draw();
        let token = Arc::new(AccessToken::new(reply.access_token, generation, sent, reply.lifetime, jitter));
        tracing::debug!(generation, lifetime_secs = reply.lifetime.as_secs(), "token accepted");
        gate.failures = 0;
        let ended_early = next.rejected.take().and_then(|rejection| rejection.early);
        let issued = Some(generation);
        *next = Published { token: Some(Arc::clone(&token)), ended_early, issued, ..Published::default() };
        token
    }

    fn fail(&self, gate: &mut Gate, next: &mut Published, now: Moment, error: FetchError) -> TokenError {
        tracing::debug!(%error, "token request failed");
        let cause = Arc::new(error);
        if cause.is_refusal() {
            next.token = None;
            next.back_off = None;
            next.refused = Some(Refusal { cause: Arc::clone(&cause), at: now });
            return TokenError::Fetch { cause, next_try: Duration::ZERO };
        }
        gate.failures = gate.failures.saturating_add(1);
        let asked = cause.retry_after().map(|wait| wait.min(retry_after::LONGEST));
        // A server that asks for no wait, or names a time that is past, is not to be asked without end.
        let next_try = back_off(gate.failures, self.tools.jitter.draw()).max(asked.unwrap_or_default());
        next.back_off = Some(BackOff {
            cause: Arc::clone(&cause),
            at: now,
            until: now.monotonic + next_try,
            asked_until: asked.map(|wait| now.monotonic + wait),
        });
        TokenError::Fetch { cause, next_try }
    }

    /// Takes the entry out of use: its token is gone, its request ends, its waiters are told.
    fn close(&self) {
        let dropped = {
            let mut gate = lock(&self.gate);
            gate.closed = true;
            self.published.store(Arc::default());
            gate.flight.take()
        };
        drop(dropped);
        (self.tools.changed)();
    }
}

/// Full jitter between a second and a bound that doubles with each failure, up to a minute (T17).
fn back_off(failures: u32, jitter: f64) -> Duration {
    let (shortest, longest) = BACK_OFF;
    let bound = shortest.saturating_mul(2_u32.saturating_pow(failures.min(16))).min(longest);
    let jitter = if jitter.is_finite() { jitter.clamp(0.0, 1.0) } else { 1.0 };
    shortest + bound.saturating_sub(shortest).mul_f64(jitter)
}

async fn run(entry: Weak<Entry>, mut record: Record, id: u64, sender: watch::Sender<Option<Answer>>) {
    let tools = Arc::clone(&record.tools);
    record.sent = tools.clock.now();
    let request = async { tools.fetch.fetch_in_sight(&record.credentials, &record.wire).await };
    let request = AssertUnwindSafe(request).catch_unwind();
    let result = match tokio::time::timeout(REQUEST_DEADLINE, request).await {
        Ok(Ok(result)) => result,
        Ok(Err(_payload)) => Err(FetchError::Panicked),
        Err(_elapsed) => Err(FetchError::Deadline(REQUEST_DEADLINE)),
    };
    let Some(entry) = entry.upgrade() else { return };
    let (answer, awaited_since) = entry.complete(id, record.sent, result);
    // All who listen, without the entry itself, which held on to the answer for those who might join.
    let waited = if awaited_since.is_some() { sender.receiver_count() } else { 0 };
    record.tell(&answer, waited, awaited_since);
    (tools.changed)();
    sender.send_replace(Some(answer));
}

/// What is to be told of a request, even if it is dropped on its way.
struct Record {
    tools: Arc<Tools>,
    credentials: Credentials,
    reason: Reason,
    sent: Moment,
    wire: Wire,
    is_told: bool,
}

impl Record {
    fn tell(&mut self, answer: &Answer, waited: usize, awaited_since: Option<Duration>) {
        self.is_told = true;
        let now = self.tools.clock.now().monotonic;
        self.tools.watch.flown(Flown {
            key: &self.credentials.key,
            reason: self.reason,
            sent: self.sent,
            took: now.saturating_sub(self.sent.monotonic),
            landing: match answer {
                Ok(token) => Landing::Token {
                    generation: token.generation(),
                    lifetime: token.lifetime(),
                    soft_lead: token.soft_lead(),
                    stale_lead: token.stale_lead(),
                    uses: token.uses(),
                },
                Err(error) => error.cause().map_or(Landing::Dropped, Landing::Failed),
            },
            waited,
            longest_wait: awaited_since.map_or(Duration::ZERO, |since| now.saturating_sub(since)),
            traffic: self.wire.take(),
        });
    }
}

impl Drop for Record {
    fn drop(&mut self) {
        if !self.is_told {
            self.tell(&Err(TokenError::Forgotten), 0, None);
            (self.tools.changed)();
        }
    }
}

/// Waits for a request's answer; a request that was dropped answers that it was.
async fn listen(mut answer: watch::Receiver<Option<Answer>>) -> Answer {
    match answer.wait_for(Option::is_some).await {
        Ok(answer) => answer.clone().unwrap_or(Err(TokenError::Forgotten)),
        Err(_dropped) => Err(TokenError::Forgotten),
    }
}

impl Flight {
    /// One more who waits for the answer.
    fn join(&mut self, now: Moment) -> watch::Receiver<Option<Answer>> {
        self.awaited_since.get_or_insert(now.monotonic);
        self.answer.clone()
    }
}

impl Drop for Flight {
    fn drop(&mut self) {
        self.task.abort();
    }
}

/// A panic while the lock was held cannot leave a half-made state, since every change is one store; so poison is ignored.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
