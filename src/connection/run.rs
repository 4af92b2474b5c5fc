//! Takes the steps of a check one after the other, tells of each as it goes, and stops at the first fault.
//!
//! Owns the order and the time limits: those of a connection for proxy, DNS, TCP and TLS together (H4), and those of the cache
//! and the price client for the rest. Dropping the future cancels the check; the token request that it may have caused goes on (T2).

use std::time::Duration;

use jiff::Timestamp;
use tokio::time::Instant;
use url::Url;

use super::certificate;
use super::fault::Broken;
use super::report::{Check, End, Fact, Leg, Role, Step, StepKind, StepState};
use super::tls::{Trust, Within};
use super::wire::{Stream, Target, connect, resolve, tunnel};
use crate::activity::{Event, EventOutcome, EventReason, Kind};
use crate::explorer::{Explorer, Session};
use crate::http::proxy::{Proxy, Route, Speech, route};
use crate::http::{HttpError, ProxyFault, fault as http_fault, host_of};
use crate::keys::{KeychainError, Profile};
use crate::prices::client::{self, MOST_TRIES, Progress};
use crate::prices::{Lookup, LookupError, LookupErrorKind, Outcome, PriceQuery};
use crate::token::AccessToken;
use crate::token::status::countdown;

/// So many addresses of a name are listed.
const MOST_ADDRESSES: usize = 4;

/// What the last step does.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PriceWish {
    Ask(PriceQuery),
    /// Asks for no price, for this reason.
    Skip(String),
}

/// Checks the connection of a profile. `open` gives its session when the token's turn has come; `tell` is called at each change
/// and must not block.
pub async fn run(
    explorer: &Explorer,
    profile: &Profile,
    open: impl Future<Output = Result<Session, KeychainError>>,
    price: PriceWish,
    tell: impl Fn(&Check),
) -> Check {
    let clock = Instant::now();
    let mut walk = Walk { explorer, profile, check: plan(profile, Timestamp::now()), tell, proxy: None, open: None };
    let is_well = walk.all(open, price).await.is_some();
    walk.check.end_open_steps();
    walk.check.end = if is_well { End::Well } else { End::Fault };
    walk.check.took = clock.elapsed();
    (walk.tell)(&walk.check);
    walk.check.clone()
}

/// The steps that there will be.
pub fn plan(profile: &Profile, started: Timestamp) -> Check {
    let (token, api) = (&profile.token_url, &profile.api_url);
    let legs = if is_same_host(token, api) {
        vec![Leg::new(host_of(token), Role::Both)]
    } else {
        vec![Leg::new(host_of(token), Role::Token), Leg::new(host_of(api), Role::Price)]
    };
    Check {
        profile: profile.name.clone(),
        environment: profile.environment,
        started,
        took: Duration::ZERO,
        end: End::Running,
        legs,
    }
}

fn is_same_host(one: &Url, other: &Url) -> bool {
    one.scheme() == other.scheme()
        && one.host() == other.host()
        && one.port_or_known_default() == other.port_or_known_default()
}

/// What a step that went well has to say.
struct Found {
    state: StepState,
    finding: String,
    facts: Vec<Fact>,
}

impl Found {
    fn well(finding: impl Into<String>) -> Self {
        Self { state: StepState::Done, finding: finding.into(), facts: Vec::new() }
    }

    fn nothing(finding: impl Into<String>) -> Self {
        Self { state: StepState::Skipped, finding: finding.into(), facts: Vec::new() }
    }
}

/// A check under way.
struct Walk<'a, F: Fn(&Check)> {
    explorer: &'a Explorer,
    profile: &'a Profile,
    check: Check,
    tell: F,
    /// The proxy on the way that is looked at.
    proxy: Option<String>,
    /// The step that runs: its host, its place among the host's steps, and since when.
    open: Option<(usize, usize, Timestamp, Instant)>,
}

impl<F: Fn(&Check)> Walk<'_, F> {
    async fn all(
        &mut self,
        open: impl Future<Output = Result<Session, KeychainError>>,
        price: PriceWish,
    ) -> Option<()> {
        let (token_url, api_url) = (self.profile.token_url.clone(), self.profile.api_url.clone());
        let api_leg = self.check.legs.len() - 1;
        self.connection(0, &token_url).await?;
        let session = self.step(0, StepKind::Token, token(open)).await?;
        if api_leg > 0 {
            self.connection(api_leg, &api_url).await?;
        }
        self.price(api_leg, &session, price).await
    }

    /// Proxy, DNS, TCP and TLS, which share the time limit of a connection.
    async fn connection(&mut self, leg: usize, url: &Url) -> Option<()> {
        let limit = self.explorer.http.limits().connect;
        let deadline = Instant::now() + limit;
        let host = host_of(url);
        let target = Target::of(url);
        let late = || Broken::from(HttpError::ConnectTimeout { host: host.clone(), limit });

        let route = self.step(leg, StepKind::Proxy, async { found_route(url) }).await?;
        self.proxy = match &route {
            Route::Direct(_) => None,
            Route::Through(proxy) => Some(proxy.address()),
        };
        let next = match &route {
            Route::Direct(_) => target.clone(),
            Route::Through(proxy) => Target::named(&proxy.host, proxy.port),
        };
        let proxy = match &route {
            Route::Direct(_) => None,
            Route::Through(proxy) => Some(proxy),
        };

        // Until its tunnel is open, whoever keeps silent is the proxy.
        let late_before_tls = || proxy.map_or_else(late, |proxy| proxy.silent(&host, limit).into());

        let names = async {
            let names = names(&next, proxy, &host);
            tokio::time::timeout_at(deadline, names).await.unwrap_or_else(|_late| Err(late_before_tls()))
        };
        let addresses = self.step(leg, StepKind::Dns, names).await?;

        let (explorer, ca_file) = (self.explorer, self.profile.ca_file.as_deref());
        let way = Way { target: &target, next: &next, proxy, host: &host };
        let opened = async {
            let opened = way.open(explorer, ca_file, &addresses);
            tokio::time::timeout_at(deadline, opened).await.unwrap_or_else(|_late| Err(late_before_tls()))
        };
        let stream = self.step(leg, StepKind::Tcp, opened).await?;

        let secured = async {
            if url.scheme() == "http" {
                return Ok(((), Found::nothing("No TLS on loopback: plain HTTP never leaves this PC.")));
            }
            let secured = secure(explorer, ca_file, &target, &host, stream);
            tokio::time::timeout_at(deadline, secured).await.unwrap_or_else(|_late| Err(late()))
        };
        self.step(leg, StepKind::Tls, secured).await
    }

    async fn price(&mut self, leg: usize, session: &Session, price: PriceWish) -> Option<()> {
        let query = match price {
            PriceWish::Ask(query) => query,
            PriceWish::Skip(why) => {
                return self.step(leg, StepKind::Price, async { Ok(((), Found::nothing(why))) }).await;
            }
        };
        self.begin(leg, StepKind::Price);
        // The client says when it waits because the server asked for it, which can take minutes.
        let (sender, mut progress) = tokio::sync::watch::channel(Progress::Token);
        let explorer = self.explorer;
        let lookup = client::look_up(explorer, session, &query, |step| _ = sender.send_replace(step));
        tokio::pin!(lookup);
        let lookup = loop {
            tokio::select! {
                lookup = &mut lookup => break lookup,
                Ok(()) = progress.changed() => {
                    if let Progress::Waiting { until, next_try } = *progress.borrow_and_update() {
                        let wait = until.saturating_duration_since(Instant::now());
                        let wait = crate::token::error::secs(wait);
                        self.remark(format!("The API asks to wait {wait} s; then comes try {next_try} of {MOST_TRIES}."));
                    }
                }
            }
        };
        self.end(judge(&lookup)).await
    }

    /// Takes one step.
    async fn step<T>(
        &mut self,
        leg: usize,
        kind: StepKind,
        work: impl Future<Output = Result<(T, Found), Broken>>,
    ) -> Option<T> {
        self.begin(leg, kind);
        let result = work.await;
        self.end(result).await
    }

    fn begin(&mut self, leg: usize, kind: StepKind) {
        let Some(place) = self.check.legs[leg].steps.iter().position(|step| step.kind == kind) else { return };
        self.check.legs[leg].steps[place].state = StepState::Running;
        self.open = Some((leg, place, Timestamp::now(), Instant::now()));
        (self.tell)(&self.check);
    }

    /// Says something of the step that runs.
    fn remark(&mut self, finding: String) {
        if let Some((leg, place, ..)) = self.open {
            self.check.legs[leg].steps[place].finding = finding;
            (self.tell)(&self.check);
        }
    }

    async fn end<T>(&mut self, result: Result<(T, Found), Broken>) -> Option<T> {
        let (leg, place, at, clock) = self.open.take()?;
        let took = clock.elapsed();
        let role = self.check.legs[leg].role;
        let step = &mut self.check.legs[leg].steps[place];
        let kind = step.kind;
        let answer = match result {
            Ok((answer, found)) => {
                (step.state, step.finding, step.facts) = (found.state, found.finding, found.facts);
                Some(answer)
            }
            Err(broken) => {
                let mut around = self.explorer.around_profile(self.profile);
                // The way that was found counts, also where only the system's settings name it.
                around.proxy.clone_from(&self.proxy);
                let to = if role == Role::Price || kind == StepKind::Price { StepKind::Price } else { kind };
                let fault = broken.judged(around, to);
                (step.state, step.finding, step.facts) = (StepState::Failed, fault.why, fault.facts);
                step.advice = Some(fault.advice);
                step.verdict = fault.verdict;
                None
            }
        };
        step.took = (step.state != StepState::Skipped).then_some(took);
        let outcome = if answer.is_some() { EventOutcome::Done } else { EventOutcome::Failed };
        self.record(leg, place, at, took, outcome);
        (self.tell)(&self.check);
        // Lets whoever draws see the step before the next one begins.
        tokio::task::yield_now().await;
        answer
    }

    fn record(&self, leg: usize, place: usize, at: Timestamp, took: Duration, outcome: EventOutcome) {
        let leg = &self.check.legs[leg];
        let step: &Step = &leg.steps[place];
        let subject = format!("{} of {}", step.kind.label(), leg.host);
        let sentence = match outcome {
            EventOutcome::GivenUp => "The check was cancelled during this step.",
            _ => &step.finding,
        };
        let mut event = Event::new(Kind::Check, EventReason::Check, at, &subject).ended(outcome, sentence);
        event.took = took;
        event.profile = self.explorer.activity.profile(self.profile.id.as_str());
        self.explorer.activity.record(event);
    }
}

impl<F: Fn(&Check)> Drop for Walk<'_, F> {
    fn drop(&mut self) {
        if let Some((leg, place, at, clock)) = self.open.take() {
            self.record(leg, place, at, clock.elapsed(), EventOutcome::GivenUp);
        }
    }
}

fn found_route(url: &Url) -> Result<(Route, Found), Broken> {
    let route = route(url)?;
    let found = Found::well(route.sentence());
    Ok((route, found))
}

async fn names(next: &Target, proxy: Option<&Proxy>, host: &str) -> Result<(Vec<std::net::SocketAddr>, Found), Broken> {
    let addresses = resolve(next).await.map_err(|_unknown| match proxy {
        None => HttpError::UnknownHost { host: host.to_owned() },
        Some(proxy) => proxy.unknown(host),
    })?;
    let known_by_proxy = if proxy.is_some() { format!(" The proxy looks {host} up itself.") } else { String::new() };
    if next.address.is_some() {
        return Ok((addresses, Found::nothing(format!("{} is an address, no name.{known_by_proxy}", next.host))));
    }
    let mut listed: Vec<String> = Vec::new();
    for address in &addresses {
        let address = address.ip().to_string();
        if !listed.contains(&address) {
            listed.push(address);
        }
    }
    let more = listed.len().saturating_sub(MOST_ADDRESSES);
    listed.truncate(MOST_ADDRESSES);
    let more = if more > 0 { format!(" and {more} more") } else { String::new() };
    let found = Found::well(format!("{} is {}{more}.{known_by_proxy}", next.host, listed.join(", ")));
    Ok((addresses, found))
}

/// From here to the host.
struct Way<'a> {
    target: &'a Target,
    /// The machine that is connected to: the target, or the proxy.
    next: &'a Target,
    proxy: Option<&'a Proxy>,
    /// The target's host for people.
    host: &'a str,
}

impl Way<'_> {
    async fn open(
        &self,
        explorer: &Explorer,
        ca_file: Option<&std::path::Path>,
        addresses: &[std::net::SocketAddr],
    ) -> Result<(Box<dyn Stream>, Found), Broken> {
        let limit = explorer.http.limits().connect;
        let connected = connect(addresses, limit).await;
        let host = self.host.to_owned();
        let Some(proxy) = self.proxy else {
            let (stream, at) = connected.map_err(|error| match error.kind() {
                std::io::ErrorKind::TimedOut => HttpError::ConnectTimeout { host, limit },
                _ => HttpError::Unreachable { host, detail: in_words(&error) },
            })?;
            return Ok((Box::new(stream), Found::well(format!("Connected to {at}."))));
        };
        let proxy_fault =
            |detail: String, fault: ProxyFault| Broken::from(HttpError::Proxy { host: host.clone(), detail, fault });
        let (stream, at) = connected.map_err(|error| match error.kind() {
            std::io::ErrorKind::TimedOut => proxy.silent(&host, limit),
            _ => proxy.unreached(&host, &in_words(&error)),
        })?;
        let mut stream: Box<dyn Stream> = Box::new(stream);
        if proxy.speech == Speech::Https {
            let trust = Trust::load(&explorer.http, ca_file).await?;
            let handshake = trust.handshake(self.next, &proxy.address(), stream, Within::Nothing).await?;
            let facts = certificate::facts(&handshake.chain, Timestamp::now());
            let secured = handshake.result.map_err(|error| Broken::from(error).with(facts))?;
            stream = Box::new(secured.stream);
        }
        tunnel(&mut *stream, self.target, proxy.login.as_ref())
            .await
            .map_err(|refused| proxy_fault(refused.detail, refused.fault))?;
        let found = Found::well(format!("Connected to the proxy at {at}, which opened a tunnel to {host}."));
        Ok((stream, found))
    }
}

fn in_words(error: &std::io::Error) -> String {
    let words = http_fault::refusal_in_words(error).map(str::to_owned);
    words.unwrap_or_else(|| http_fault::without_number(&error.to_string()))
}

async fn secure(
    explorer: &Explorer,
    ca_file: Option<&std::path::Path>,
    target: &Target,
    host: &str,
    stream: Box<dyn Stream>,
) -> Result<((), Found), Broken> {
    let trust = Trust::load(&explorer.http, ca_file).await?;
    let handshake = trust.handshake(target, host, stream, Within::Http).await?;
    let now = Timestamp::now();
    let own = handshake.chain.first();
    let mut facts = certificate::facts(&handshake.chain, now);
    match handshake.result {
        Ok(secured) => {
            let issued = own.map(|own| format!(", issued by {}, {}", own.issuer, own.left(now))).unwrap_or_default();
            let version = secured.protocol.split(',').next().unwrap_or_default().to_owned();
            facts.insert(0, Fact { name: "Protocol", value: secured.protocol });
            Ok(((), Found { facts, ..Found::well(format!("{version}{issued}.")) }))
        }
        Err(error) => {
            // Who vouches for it is how a proxy that looks into the traffic is known; the error names it.
            Err(Broken::from(error).with(facts))
        }
    }
}

async fn token(open: impl Future<Output = Result<Session, KeychainError>>) -> Result<(Session, Found), Broken> {
    let session = open.await?;
    let before = session.source.status().token.map(|token| token.generation());
    let token = session.source.get().await?;
    let left = countdown(session.source.status().left);
    let generation = token.generation();
    let found = if before == Some(generation) {
        format!("Token #{generation} is in hand and valid for {left}; no new one was needed.")
    } else {
        format!("Token #{generation} came, valid for {}.", countdown(AccessToken::lifetime(&token)))
    };
    Ok((session, Found::well(found)))
}

/// Whether a price's answer shows a working connection: any answer does but a failure and a missing permission.
fn judge(lookup: &Lookup) -> Result<((), Found), Broken> {
    let status = lookup.http_status.map(|status| format!(" (HTTP {status})")).unwrap_or_default();
    match (lookup.outcome, &lookup.error) {
        (Outcome::Failed | Outcome::Forbidden, Some(error)) => Err(error.clone().into()),
        (Outcome::Failed, None) => {
            let (what, next) = ("The lookup failed.", "Look the SKU up in the Prices tab to see why.");
            Err(LookupError::new(LookupErrorKind::Unreadable, what, next).into())
        }
        (outcome, _) => {
            let sku = crate::prices::shown::one_line(&lookup.sku);
            let is_no_price = matches!(outcome, Outcome::UnknownSku | Outcome::NoPrice);
            let but = if is_no_price { " The connection works all the same." } else { "" };
            Ok(((), Found::well(format!("{sku}: {}{status}.{but}", outcome.label()))))
        }
    }
}
