//! Each row of the table of verdicts, with its fault produced for real: over HTTP, over TLS, through a proxy. Run with
//! `--nocapture` for the list: fault, sentence, what to do, button.

#![cfg(unix)]
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::print_stdout,
    reason = "a test fails by panicking"
)]

#[path = "support/authority.rs"]
mod authority;
#[path = "support/endpoints.rs"]
mod endpoints;
#[path = "support/program.rs"]
mod program;
#[path = "support/server.rs"]
mod server;

use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use authority::Authority;
use base64::Engine as _;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use endpoints::{SECRET, price_reply, token_reply};
use futures_util::future::BoxFuture;
use jiff::{SignedDuration, Timestamp};
use program::{Bench as ProgramBench, lines, out};
use quantaprice_explorer::explorer::{Explorer, SecretAt, Session};
use quantaprice_explorer::http::error_body::ErrorBody;
use quantaprice_explorer::http::{Http, HttpError, Limits, Offset, ProxyFault, Reading};
use quantaprice_explorer::keys::{Environment, Profile};
use quantaprice_explorer::origin;
use quantaprice_explorer::prices::client::look_up;
use quantaprice_explorer::prices::{Lookup, Outcome, PriceQuery};
use quantaprice_explorer::sandbox::{Canned, Fault, Options, ReplyFault, Sandbox};
use quantaprice_explorer::token::reply::ReplyFault as TokenFault;
use quantaprice_explorer::token::{
    Claims, Credentials, Fetch, FetchError, RandomJitter, SystemClock, TokenCache, TokenError, TokenKey, TokenReply,
};
use quantaprice_explorer::verdict::{
    Around, Cause, Certainty, Evidence, Place, Remedy, TokenSeen, Trouble, Verdict, judge,
};
use secrecy::SecretString;
use server::{Answer, Server, reply};

/// Asserts a verdict and prints its line of the list.
#[track_caller]
fn expect(fault: &str, verdict: &Verdict, cause: Cause, remedy: Option<Remedy>, words: &str) {
    let button = verdict.remedy.map_or("none", Remedy::label);
    println!("{fault}\n  why:    {}\n  do:     {}\n  button: {button}", verdict.why, verdict.advice);
    for more in verdict.said_sentence().into_iter().chain(verdict.doubt()) {
        println!("  also:   {more}");
    }
    assert_eq!((verdict.cause, verdict.remedy), (cause, remedy), "{fault}: {verdict:?}");
    assert!(verdict.why.contains(words), "{fault}: “{words}” is not in “{}”", verdict.why);
    for sentence in [&verdict.why, &verdict.advice] {
        assert!(sentence.ends_with('.') && sentence.len() < 300, "{fault}: {sentence}");
        assert!(!sentence.contains(SECRET) && !sentence.contains("eyJ"), "{fault}: {sentence}");
    }
}

fn verdict_of(lookup: &Lookup) -> &Verdict {
    let error = lookup.error.as_ref().unwrap_or_else(|| panic!("this lookup fails: {lookup:?}"));
    error.verdict.as_ref().expect("a verdict")
}

fn others(verdict: &Verdict) -> &[Cause] {
    match &verdict.certainty {
        Certainty::Certain => &[],
        Certainty::Likely { others } => others,
    }
}

/// A key against a sandbox of its own.
struct Bench {
    sandbox: Sandbox,
    explorer: Explorer,
    profile: Profile,
    session: Session,
}

impl Bench {
    async fn new(faults: &[Fault]) -> Self {
        Self::within(Limits::default(), faults).await
    }

    async fn within(limits: Limits, faults: &[Fault]) -> Self {
        let options = Options { faults: faults.to_vec(), ..Options::default() };
        let sandbox = Sandbox::start(options).await.unwrap();
        let explorer = Explorer::over(Http::with_limits(limits), || {});
        let (profile, secret) = origin::sandbox_profile(&sandbox, Timestamp::now());
        let session = explorer.open(&profile, &SecretAt::Memory(secret)).await.unwrap();
        Self { sandbox, explorer, profile, session }
    }

    async fn look_up(&self) -> Lookup {
        look_up(&self.explorer, &self.session, &query(), |_| {}).await
    }
}

fn query() -> PriceQuery {
    PriceQuery::new("PRODUCT-001", vec![]).unwrap()
}

async fn look_up_at(token_url: &str, api_url: &str, ca_file: Option<PathBuf>) -> Lookup {
    let explorer = Explorer::over(Http::with_limits(SHORT), || {});
    let profile = endpoints::profile(token_url, api_url, ca_file);
    let session = explorer.open(&profile, &SecretAt::Memory(SECRET.into())).await.unwrap();
    look_up(&explorer, &session, &query(), |_| {}).await
}

const SHORT: Limits = Limits { connect: Duration::from_millis(700), request: Duration::from_millis(1500) };

fn token_fault(status: u16, body: &str) -> Fault {
    Fault::token(ReplyFault::Canned(Canned::new(status, body)))
}

#[tokio::test]
async fn the_key_revoked_wrong_or_without_the_right() {
    let bench = Bench::new(&[Fault::RevokedKey]).await;
    let lookup = bench.look_up().await;
    let verdict = verdict_of(&lookup);
    expect(
        "revoked key, before its first use",
        verdict,
        Cause::RevokedKey,
        Some(Remedy::ReplaceSecret),
        "revoked, or the secret is wrong",
    );
    assert_eq!(others(verdict), [Cause::WrongSecret]);
    assert_eq!(verdict.doubt().unwrap(), "The server does not say which: a revoked key or a wrong secret.");

    let bench = Bench::new(&[]).await;
    assert_eq!(bench.look_up().await.outcome, Outcome::Priced);
    bench.sandbox.revoke_key();
    for _ in 0..2 {
        let lookup = bench.look_up().await;
        let verdict = verdict_of(&lookup);
        expect(
            "key revoked in use",
            verdict,
            Cause::RevokedKey,
            Some(Remedy::ReplaceSecret),
            "still fetched token #1 in this run",
        );
        assert_eq!(verdict.certainty, Certainty::Certain);
        assert!(verdict.said.as_ref().unwrap().contains("invalid_client"));
    }

    let bench = Bench::new(&[]).await;
    let wrong = SecretAt::Memory(SecretString::from("0".repeat(64)));
    let mut profile = bench.profile.clone();
    profile.id = quantaprice_explorer::keys::ProfileId::random();
    let session = bench.explorer.open(&profile, &wrong).await.unwrap();
    let lookup = look_up(&bench.explorer, &session, &query(), |_| {}).await;
    expect(
        "wrong secret",
        verdict_of(&lookup),
        Cause::RevokedKey,
        Some(Remedy::ReplaceSecret),
        "or the secret is wrong",
    );

    let cases = [
        ("unauthorized_client", Cause::KeyMayNot, Remedy::OpenPortal, "may not fetch tokens"),
        ("invalid_scope", Cause::KeyMayNot, Remedy::OpenPortal, "does not have the scope"),
        ("unsupported_grant_type", Cause::WrongUrl, Remedy::EditUrls, "does not offer the client credentials grant"),
    ];
    for (code, cause, remedy, words) in cases {
        let bench = Bench::new(&[token_fault(400, &format!(r#"{{"error":"{code}"}}"#))]).await;
        expect(&format!("400 {code}"), verdict_of(&bench.look_up().await), cause, Some(remedy), words);
    }
}

#[tokio::test]
async fn a_token_endpoint_that_refuses_without_a_code() {
    let bare = || Canned::new(401, "");
    let replies = [
        ("empty 401", bare()),
        ("401 that asks for Basic", bare().with_header("www-authenticate", "Basic realm=\"login\"")),
        ("401 of a gateway", Canned::new(401, r#"{"message":"Unauthorized"}"#)),
    ];
    for (name, canned) in replies {
        let bench = Bench::new(&[Fault::token(ReplyFault::Canned(canned))]).await;
        let lookup = bench.look_up().await;
        let verdict = verdict_of(&lookup);
        expect(name, verdict, Cause::RevokedKey, Some(Remedy::ReplaceSecret), "revoked, or the secret is wrong");
        assert_eq!(others(verdict), [Cause::WrongSecret, Cause::WrongUrl]);
    }
    let bench = Bench::new(&[token_fault(403, "")]).await;
    let lookup = bench.look_up().await;
    let words = "forbids the request (HTTP 403)";
    expect("403 of the token endpoint", verdict_of(&lookup), Cause::WrongUrl, Some(Remedy::EditUrls), words);
    assert_eq!(others(verdict_of(&lookup)), [Cause::KeyMayNot, Cause::Firewall]);
}

#[tokio::test]
async fn a_token_that_the_api_rejects() {
    let bench = Bench::new(&[Fault::prices(ReplyFault::UnauthorizedStorm)]).await;
    let lookup = bench.look_up().await;
    let verdict = verdict_of(&lookup);
    expect(
        "401 storm",
        verdict,
        Cause::TokenRejected,
        Some(Remedy::EditUrls),
        "rejected two tokens in a row (HTTP 401), the last one fresh (#2)",
    );
    assert_eq!(others(verdict), [Cause::OtherEnvironment, Cause::RevokedKey]);
    let again = bench.look_up().await;
    expect(
        "401 storm, asked again at once",
        verdict_of(&again),
        Cause::TokenRejected,
        Some(Remedy::EditUrls),
        "fetched moments ago",
    );

    let bench = Bench::new(&[]).await;
    assert_eq!(bench.look_up().await.outcome, Outcome::Priced);
    bench.sandbox.expire_tokens();
    assert_eq!(bench.look_up().await.outcome, Outcome::Priced);
    let early = bench.session.source.status().ended_early.unwrap();
    let trouble = Trouble::EndedEarly { generation: early.generation, left: early.left, next: Some(2) };
    let verdict = judge(&Evidence::of_trouble(trouble, bench.explorer.around_profile(&bench.profile)));
    expect(
        "token ended early, then replaced",
        &verdict,
        Cause::ExpiredEarly,
        Some(Remedy::ShowToken),
        "The API ended token #1 (HTTP 401), 1 h before its time",
    );

    let expired = r#"{"error":"invalid_token","error_description":"The access token expired"}"#;
    let bench = Bench::new(&[Fault::prices(ReplyFault::Canned(Canned::new(401, expired)))]).await;
    let lookup = bench.look_up().await;
    expect(
        "fresh token called expired",
        verdict_of(&lookup),
        Cause::ExpiredEarly,
        Some(Remedy::RefreshToken),
        "calls token #2 expired, 0 s after it came",
    );

    let revoked = r#"{"error":"invalid_token","error_description":"The API key was revoked"}"#;
    let bench = Bench::new(&[Fault::prices(ReplyFault::Canned(Canned::new(401, revoked)))]).await;
    expect(
        "401 that says revoked",
        verdict_of(&bench.look_up().await),
        Cause::RevokedKey,
        Some(Remedy::ReplaceSecret),
        "The API says that the key was revoked",
    );

    // The words of RFC 6750 name every cause, and so none.
    let standard = r#"{"error":"invalid_token","error_description":"The access token provided is expired, revoked, malformed, or invalid for other reasons."}"#;
    let bench = Bench::new(&[Fault::prices(ReplyFault::Canned(Canned::new(401, standard)))]).await;
    let lookup = bench.look_up().await;
    let words = "rejected two tokens in a row";
    expect("401 in the words of RFC 6750", verdict_of(&lookup), Cause::TokenRejected, Some(Remedy::EditUrls), words);

    let dead = token_with(&format!(r#"{{"exp":{}}}"#, Timestamp::now().as_second() - 600));
    let body = format!(r#"{{"access_token":"{dead}","token_type":"Bearer","expires_in":3600}}"#);
    let bench = Bench::new(&[token_fault(200, &body)]).await;
    expect(
        "token with an exp in the past",
        verdict_of(&bench.look_up().await),
        Cause::ExpiredEarly,
        Some(Remedy::RefreshToken),
        "dead on arrival",
    );
}

/// The verdict on a 401 of `api.example.com` with these words, for a token of the age and with these claims.
fn on_401(words: &str, age: Duration, claims: &Claims) -> Verdict {
    on_401_among(&[], words, age, claims)
}

/// The same where other keys are known, by the environment and the API's host of each.
fn on_401_among(known: &[(Environment, &str)], words: &str, age: Duration, claims: &Claims) -> Verdict {
    let place = |(environment, host): &(Environment, &str)| Place {
        profile: (*host).to_owned(),
        environment: *environment,
        token_url: "https://login.example.com/t".parse().unwrap(),
        api_url: format!("https://{host}/v1").parse().unwrap(),
    };
    let refusal = ErrorBody { description: Some(words.into()), ..ErrorBody::default() };
    let around = Around {
        now: Timestamp::from_second(2_000_000_000).unwrap(),
        token_url: Some("https://login.example.com/t".parse().unwrap()),
        api_url: Some("https://api.example.com/v1".parse().unwrap()),
        api_clock: Reading::Known(Offset::between(SignedDuration::ZERO, SignedDuration::from_secs(1))),
        environment: Some(Environment::Production),
        places: known.iter().map(place).collect(),
        ..Around::default()
    };
    let token =
        TokenSeen { generation: 3, age, left: Duration::from_secs(3600).saturating_sub(age), claims: Some(claims) };
    judge(&Evidence { token: Some(token), ..Evidence::of_reply(401, &refusal) }.with(around))
}

#[test]
fn what_the_server_and_the_token_say_comes_before_what_is_guessed() {
    let (none, button) = (Claims::default(), Some(Remedy::RefreshToken));
    let over = Claims { expires: Some(Timestamp::from_second(2_000_000_000 - 60).unwrap()), ..Claims::default() };
    let verdict = on_401("no", Duration::from_secs(600), &over);
    expect("exp that passed in use", &verdict, Cause::ExpiredEarly, button, "The exp of token #3 has passed");
    let verdict = on_401("no", Duration::from_secs(10), &over);
    expect("exp that had passed before", &verdict, Cause::ExpiredEarly, button, "dead on arrival");

    let elsewhere = Claims { audience: vec!["https://other.invalid/".into()], ..none.clone() };
    let age = Duration::from_secs(600);
    let verdict = on_401("The access token expired", age, &elsewhere);
    expect("expired, says the server", &verdict, Cause::ExpiredEarly, button, "calls token #3 expired");
    let edit = Some(Remedy::EditUrls);
    let verdict = on_401("no", age, &elsewhere);
    expect("made for another host", &verdict, Cause::OtherEnvironment, edit, "is made for https://other.invalid/");
    let related = Claims { audience: vec!["https://prices.example.com/".into()], ..none };
    expect("made for a host of the domain", &on_401("no", age, &related), Cause::TokenRejected, edit, "rejected");
    let known = |environment| on_401_among(&[(environment, "prices.example.com")], "no", age, &related);
    let verdict = known(Environment::Production);
    expect("the same, of this environment", &verdict, Cause::TokenRejected, edit, "rejected");
    let verdict = known(Environment::Staging);
    expect("the same, of another one", &verdict, Cause::OtherEnvironment, edit, "belongs to Staging");
}

fn token_with(claims: &str) -> String {
    let part = |text: &str| BASE64_URL_SAFE_NO_PAD.encode(text);
    format!("{}.{}.c2ln", part(r#"{"alg":"RS256"}"#), part(claims))
}

#[tokio::test]
async fn a_token_of_another_environment() {
    let (staging, production) = (Bench::new(&[]).await, Bench::new(&[]).await);
    let explorer = &production.explorer;
    let own = Profile { environment: Environment::Staging, ..staging.profile.clone() };
    explorer.know(&own);
    let mixed = Profile {
        environment: Environment::Production,
        id: quantaprice_explorer::keys::ProfileId::random(),
        api_url: production.profile.api_url.clone(),
        ..staging.profile.clone()
    };
    let secret = SecretAt::Memory(staging.sandbox.client_secret().clone());
    let session = explorer.open(&mixed, &secret).await.unwrap();
    let lookup = look_up(explorer, &session, &query(), |_| {}).await;
    let words = "This token belongs to Staging (127.0.0.1:";
    expect(
        "Staging's token sent to Production",
        verdict_of(&lookup),
        Cause::OtherEnvironment,
        Some(Remedy::EditUrls),
        words,
    );
    assert!(verdict_of(&lookup).why.contains("the request went to Production (127.0.0.1:"));
    assert_eq!(verdict_of(&lookup).certainty, Certainty::Certain);

    // Where no key names the other host, the token itself does; it is then less sure.
    let alone = Explorer::new(|| {});
    let session = alone.open(&mixed, &secret).await.unwrap();
    let lookup = look_up(&alone, &session, &query(), |_| {}).await;
    expect(
        "token made for a host that no key names",
        verdict_of(&lookup),
        Cause::OtherEnvironment,
        Some(Remedy::EditUrls),
        "is made for http://127.0.0.1:",
    );
    assert_eq!(others(verdict_of(&lookup)), [Cause::TokenRejected]);

    // An opaque token says nothing; the hosts of two keys do.
    staging.sandbox.set_fault(Fault::OpaqueToken);
    explorer.know(&production.profile);
    let session = explorer
        .open(&Profile { id: quantaprice_explorer::keys::ProfileId::random(), ..mixed }, &secret)
        .await
        .unwrap();
    let lookup = look_up(explorer, &session, &query(), |_| {}).await;
    expect(
        "opaque token, hosts of two keys",
        verdict_of(&lookup),
        Cause::OtherEnvironment,
        Some(Remedy::EditUrls),
        "comes from Staging",
    );
}

#[tokio::test]
async fn h5_h6_a_missing_permission_is_named_and_two_challenges_are_read() {
    let bench = Bench::new(&[Fault::prices(ReplyFault::Forbidden)]).await;
    let lookup = bench.look_up().await;
    expect(
        "403 insufficient_scope",
        verdict_of(&lookup),
        Cause::MissingPermission,
        Some(Remedy::OpenPortal),
        "lacks the permission prices:read",
    );
    assert_eq!(bench.sandbox.counts().token_requests, 1, "no new token for a missing permission");

    let one = "www-authenticate: Basic realm=\"x, Bearer error=no\", Bearer realm=\"api\", error=\"insufficient_scope\", scope=\"prices:read\"\r\n";
    let two = "www-authenticate: Negotiate dG9rZW4=\r\nwww-authenticate: Bearer error=\"insufficient_scope\", scope=\"prices:read\"\r\n";
    for (name, status, headers) in [
        ("two challenges in one header", 401, one),
        ("two challenges in two headers", 401, two),
        ("the same with 403", 403, two),
    ] {
        let api = Server::start(move |_| reply(status, headers, b"")).await;
        let token = Server::start(token_reply).await;
        let lookup = look_up_at(&format!("http://{}", token.address), &format!("http://{}", api.address), None).await;
        expect(name, verdict_of(&lookup), Cause::MissingPermission, Some(Remedy::OpenPortal), "prices:read");
        assert_eq!((token.requests().len(), api.requests().len()), (1, 1));
    }
    let bench = Bench::new(&[Fault::prices(ReplyFault::Canned(Canned::new(403, "")))]).await;
    expect(
        "403 without a word",
        verdict_of(&bench.look_up().await),
        Cause::MissingPermission,
        Some(Remedy::OpenPortal),
        "nothing says that it was the API",
    );
    let coded = Canned::new(403, r#"{"error":"insufficient_scope"}"#);
    let bench = Bench::new(&[Fault::prices(ReplyFault::Canned(coded))]).await;
    let lookup = bench.look_up().await;
    let words = "The token is valid, but this key has no permission";
    expect("403 with a code", verdict_of(&lookup), Cause::MissingPermission, Some(Remedy::OpenPortal), words);
    assert_eq!(verdict_of(&lookup).certainty, Certainty::Certain);
    let page = Canned::new(403, "<html><title>Blocked</title>").with_header("content-type", "text/html");
    let bench = Bench::new(&[Fault::prices(ReplyFault::Canned(page))]).await;
    let lookup = bench.look_up().await;
    expect("403 as a web page", verdict_of(&lookup), Cause::MissingPermission, Some(Remedy::OpenPortal), "permission");
    assert_eq!(others(verdict_of(&lookup)), [Cause::Firewall]);
}

fn date(offset: SignedDuration) -> String {
    let at = Timestamp::now().saturating_add(offset).unwrap();
    format!("date: {}\r\n", httpdate::fmt_http_date(SystemTime::from(at)))
}

#[tokio::test]
async fn clocks() {
    let skewed = |skew| async move {
        let bench = Bench::new(&[Fault::SkewedClock(skew)]).await;
        assert_eq!(bench.look_up().await.outcome, Outcome::Priced, "the offset never decides");
        let around = bench.explorer.around_profile(&bench.profile);
        (around.token_clock, judge(&Evidence::default().with(around)))
    };
    let (_, verdict) = skewed(SignedDuration::from_mins(6)).await;
    expect("server 6 min ahead", &verdict, Cause::ClockSkew, None, "This PC's clock is 6 min slow (±1 s).");
    let (_, verdict) = skewed(SignedDuration::from_mins(-6)).await;
    expect("server 6 min behind", &verdict, Cause::ClockSkew, None, "This PC's clock is 6 min fast (±1 s).");
    let (reading, verdict) = skewed(SignedDuration::from_hours(24 * 365 * 4)).await;
    assert!(matches!(reading, Reading::Doubtful(_)));
    expect("server 4 years ahead", &verdict, Cause::ClockSkew, None, "years apart, so one of them is wrong");
    for (name, skew) in
        [("right clock", SignedDuration::ZERO), ("Date from 1970", SignedDuration::from_hours(-24 * 365 * 100))]
    {
        let (reading, verdict) = skewed(skew).await;
        assert_eq!(verdict.cause, Cause::Unexplained, "{name}: there is nothing to say");
        assert_eq!(
            matches!(reading, Reading::Unbelievable { date } if date == Timestamp::UNIX_EPOCH),
            skew.is_negative()
        );
    }

    // Two servers bear each other out only where both can be right.
    let about =
        |secs| Reading::Known(Offset::between(SignedDuration::from_secs(secs), SignedDuration::from_secs(secs + 2)));
    for (api, doubted) in [(361, &[][..]), (-360, &[Cause::ServerFault]), (3600, &[Cause::ServerFault])] {
        let around = Around {
            token_url: Some("https://login.example.com/t".parse().unwrap()),
            api_url: Some("https://api.example.com/".parse().unwrap()),
            token_clock: about(360),
            api_clock: about(api),
            ..Around::default()
        };
        let verdict = judge(&Evidence::default().with(around));
        expect("clocks of two servers", &verdict, Cause::ClockSkew, None, "6 min slow");
        assert_eq!(others(&verdict), doubted, "{api}");
    }

    let token = Server::start(move |_| {
        let body = br#"{"access_token":"t0ken","token_type":"Bearer","expires_in":3600}"#;
        reply(200, &date(SignedDuration::from_mins(10)), body)
    });
    let api = Server::start(|_| reply(401, &date(SignedDuration::ZERO), b""));
    let (token, api) = (token.await, api.await);
    let lookup = look_up_at(&format!("http://{}", token.address), &format!("http://{}", api.address), None).await;
    expect(
        "token endpoint 10 min ahead of the API",
        verdict_of(&lookup),
        Cause::ServersApart,
        Some(Remedy::TryAgain),
        "is 10 min (±",
    );

    // The certificate ended 3 min ago by this PC's clock, and by the server's it holds for 7 min more.
    let authority = Authority::new();
    let acceptor = authority.acceptor_that_ended("127.0.0.1", Duration::from_secs(180));
    let api = Server::start_tls(acceptor, price_reply).await;
    for (name, minutes, cause) in [
        ("certificate seems expired by a fast clock", -10, Cause::ClockSkew),
        ("expired certificate, right clock", 0, Cause::BadCertificate),
    ] {
        let token = Server::start(move |_| {
            let body = br#"{"access_token":"t0ken","token_type":"Bearer","expires_in":3600}"#;
            reply(200, &date(SignedDuration::from_mins(minutes)), body)
        })
        .await;
        let (token_url, api_url) = (format!("http://{}", token.address), format!("https://{}", api.address));
        let lookup = look_up_at(&token_url, &api_url, Some(authority.file())).await;
        let words = if minutes == 0 {
            "it expired 3 min"
        } else {
            "This PC's clock is 10 min fast (±1 s), so the certificate of 127.0.0.1:"
        };
        expect(name, verdict_of(&lookup), cause, Some(Remedy::TryAgain), words);
    }
}

#[tokio::test]
async fn wrong_addresses() {
    let token = Server::start(token_reply).await;
    let token_url = format!("http://{}", token.address);
    let bench = Bench::new(&[]).await;
    let wrong = bench.sandbox.token_url().join("/nothing/here").unwrap();
    let lookup = look_up_at(wrong.as_str(), "http://127.0.0.1:1", None).await;
    expect(
        "Token URL with a wrong path",
        verdict_of(&lookup),
        Cause::WrongUrl,
        Some(Remedy::EditUrls),
        "has nothing at this address (HTTP 404)",
    );
    let api = Server::start(|_| reply(404, "content-type: text/html\r\n", b"<html><title>Not found</title>")).await;
    let lookup = look_up_at(&token_url, &format!("http://{}", api.address), None).await;
    expect(
        "API URL with a wrong path",
        verdict_of(&lookup),
        Cause::WrongUrl,
        Some(Remedy::EditUrls),
        "has nothing at this address (HTTP 404)",
    );
    let bench = Bench::new(&[token_fault(400, r#"{"error":"invalid_request"}"#)]).await;
    expect(
        "400 of the token endpoint",
        verdict_of(&bench.look_up().await),
        Cause::WrongUrl,
        Some(Remedy::EditUrls),
        "did not take the request (HTTP 400)",
    );

    for (name, fault) in [
        ("token redirect", Fault::token(ReplyFault::Redirect)),
        ("price redirect", Fault::prices(ReplyFault::Redirect)),
    ] {
        let bench = Bench::new(&[fault]).await;
        let lookup = bench.look_up().await;
        expect(name, verdict_of(&lookup), Cause::Redirect, Some(Remedy::EditUrls), "redirect (307)");
        assert_eq!(verdict_of(&lookup).doubt(), None, "nobody but the server can have sent it on");
    }
    let api = Server::start(|_| reply(302, "location: https://wifi.example/login\r\n", b"")).await;
    let lookup = look_up_at(&token_url, &format!("http://{}", api.address), None).await;
    expect("redirect to another host", verdict_of(&lookup), Cause::WrongUrl, Some(Remedy::EditUrls), "to wifi.example");
    assert_eq!(others(verdict_of(&lookup)), [], "no network stands between this PC and itself");
    let to_portal = HttpError::Redirected { host: "api.example.com".into(), status: 302, to: "wifi.example".into() };
    let verdict = judge(&Evidence::from(&to_portal));
    expect("redirect over TLS", &verdict, Cause::WrongUrl, Some(Remedy::EditUrls), "to wifi.example");
    assert_eq!(others(&verdict), [Cause::InterceptingProxy, Cause::CaptivePortal]);
    for (name, fault) in [
        ("web page for a token", Fault::token(ReplyFault::Html)),
        ("web page for a price", Fault::prices(ReplyFault::Html)),
    ] {
        let bench = Bench::new(&[fault]).await;
        let lookup = bench.look_up().await;
        expect(name, verdict_of(&lookup), Cause::WrongUrl, Some(Remedy::EditUrls), "titled “Sign in to continue”");
        assert_eq!(others(verdict_of(&lookup)), [], "no network stands between this PC and itself");
    }
    let page = FetchError::Reply(TokenFault::WebPage { title: None });
    let around = Around { token_url: Some("https://login.example.com/t".parse().unwrap()), ..Around::default() };
    let verdict = judge(&Evidence::from(&page).with(around));
    expect("web page over TLS", &verdict, Cause::WrongUrl, Some(Remedy::EditUrls), "of login.example.com");
    assert_eq!(others(&verdict), [Cause::InterceptingProxy, Cause::CaptivePortal]);
    let lookup = look_up_at("http://login.example.com/token", "http://127.0.0.1:1", None).await;
    expect("http:// beyond this PC", verdict_of(&lookup), Cause::PlainHttp, Some(Remedy::EditUrls), "in plain text");
}

#[tokio::test]
async fn connections() {
    let token = Server::start(token_reply).await;
    let token_url = format!("http://{}", token.address);
    let lookup = look_up_at("https://no-such-host.invalid/token", "http://127.0.0.1:1", None).await;
    expect("host name that does not exist", verdict_of(&lookup), Cause::Dns, Some(Remedy::EditUrls), "was not found");
    let lookup = look_up_at(&token_url, "http://127.0.0.1:1", None).await;
    expect(
        "nothing listens",
        verdict_of(&lookup),
        Cause::RefusedConnection,
        Some(Remedy::TryAgain),
        "nothing answers there",
    );
    let bench = Bench::within(SHORT, &[Fault::prices(ReplyFault::Hanging)]).await;
    expect(
        "price request hangs",
        verdict_of(&bench.look_up().await),
        Cause::Timeout,
        Some(Remedy::TryAgain),
        "did not finish its reply within 1.5 s",
    );
    let silent = Server::start(|_| Answer::Hang(vec![])).await;
    let lookup = look_up_at(&token_url, &format!("https://{}", silent.address), None).await;
    expect(
        "connection that never opens",
        verdict_of(&lookup),
        Cause::Timeout,
        Some(Remedy::TryAgain),
        "did not answer the connection",
    );
    let deadline = FetchError::Deadline(Duration::from_secs(30));
    let words = "did not finish within 30 s";
    expect(
        "token request at its deadline",
        &judge(&Evidence::from(&deadline)),
        Cause::Timeout,
        Some(Remedy::TryAgain),
        words,
    );
    let bench = Bench::new(&[Fault::token(ReplyFault::Hanging)]).await;
    let left_early = tokio::time::timeout(Duration::from_millis(100), bench.session.source.get()).await;
    assert!(left_early.is_err());
    let waiting = bench.session.source.status().fetching.unwrap().1 + Duration::from_secs(3);
    let verdict =
        judge(&Evidence::of_trouble(Trouble::Waiting(waiting), bench.explorer.around_profile(&bench.profile)));
    expect("token endpoint that is slow", &verdict, Cause::SlowServer, None, "has not answered for 3 s");
    let source = bench.session.source.clone();
    let waiter = tokio::spawn(async move { source.get().await });
    tokio::time::sleep(Duration::from_millis(50)).await;
    bench.session.source.forget();
    let error = waiter.await.unwrap().unwrap_err();
    expect(
        "token forgotten meanwhile",
        &judge(&Evidence::from(&error)),
        Cause::TokenForgotten,
        Some(Remedy::TryAgain),
        "was forgotten",
    );
    let bench = Bench::new(&[Fault::prices(ReplyFault::Truncated)]).await;
    expect(
        "reply that breaks off",
        verdict_of(&bench.look_up().await),
        Cause::BrokenOff,
        Some(Remedy::TryAgain),
        "broke off",
    );
    for (name, fault) in [
        ("endless token reply", Fault::token(ReplyFault::Endless)),
        ("endless price reply", Fault::prices(ReplyFault::Endless)),
    ] {
        let bench = Bench::new(&[fault]).await;
        expect(name, verdict_of(&bench.look_up().await), Cause::TooLarge, Some(Remedy::EditUrls), "is larger than");
    }
}

#[tokio::test]
async fn h2_a_certificate_that_is_rejected_names_its_issuer() {
    let authority = Authority::new();
    let token = Server::start(token_reply).await;
    let token_url = format!("http://{}", token.address);
    let api = Server::start_tls(authority.acceptor("127.0.0.1", 2040), price_reply).await;
    let api_url = format!("https://{}", api.address);
    let lookup = look_up_at(&token_url, &api_url, None).await;
    let verdict = verdict_of(&lookup);
    expect(
        "certificate of an unknown CA",
        verdict,
        Cause::UnknownCa,
        Some(Remedy::ChooseCaFile),
        "was issued by “rcgen self signed cert”, which this PC does not trust",
    );
    assert_eq!(others(verdict), [Cause::InterceptingProxy]);
    let other = Server::start_tls(authority.acceptor("other.example", 2040), price_reply).await;
    let lookup = look_up_at(&token_url, &format!("https://{}", other.address), Some(authority.file())).await;
    expect(
        "certificate of another host",
        verdict_of(&lookup),
        Cause::BadCertificate,
        Some(Remedy::EditUrls),
        "it is for the name other.example",
    );
    // Whether the CA file names it or not: it cannot help.
    let as_ca = Server::start_tls(authority.acceptor_of_an_authority("127.0.0.1"), price_reply).await;
    for ca_file in [None, Some(authority.file())] {
        let lookup = look_up_at(&token_url, &format!("https://{}", as_ca.address), ca_file).await;
        let (verdict, words) = (verdict_of(&lookup), "it is made as a CA's, which cannot stand for a server");
        expect("certificate made as a CA's", verdict, Cause::BadCertificate, Some(Remedy::TryAgain), words);
        assert!(verdict.advice.contains("a certificate that is no CA's"), "{}", verdict.advice);
    }
    let plain = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let plain_url = format!("https://{}", plain.local_addr().unwrap());
    let answering = tokio::spawn(async move {
        let (mut stream, _) = plain.accept().await.unwrap();
        tokio::io::AsyncWriteExt::write_all(&mut stream, b"HTTP/1.1 400 Bad Request\r\n\r\n").await.unwrap();
        tokio::time::sleep(Duration::from_secs(5)).await;
    });
    let lookup = look_up_at(&token_url, &plain_url, None).await;
    answering.abort();
    expect(
        "https:// to a port without TLS",
        verdict_of(&lookup),
        Cause::NoTls,
        Some(Remedy::EditUrls),
        "does not speak TLS",
    );
    let lookup = look_up_at(&token_url, &api_url, Some("/no/such/ca.pem".into())).await;
    expect(
        "CA file that is not there",
        verdict_of(&lookup),
        Cause::BadCaFile,
        Some(Remedy::ChooseCaFile),
        "/no/such/ca.pem cannot be used",
    );
}

#[tokio::test]
async fn faults_of_the_server_and_replies_that_are_none() {
    let cases = [
        (
            Fault::prices(ReplyFault::RateLimit(Duration::from_secs(999))),
            Cause::RateLimit,
            Remedy::TryAgain,
            "The API asks to slow down (HTTP 429, asked once)",
        ),
        (
            Fault::token(ReplyFault::RateLimit(Duration::from_secs(9))),
            Cause::RateLimit,
            Remedy::TryAgain,
            "The token endpoint asks to slow down (HTTP 429)",
        ),
        (
            Fault::prices(ReplyFault::Unavailable(Duration::from_secs(999))),
            Cause::ServerFault,
            Remedy::TryAgain,
            "The API is not available (HTTP 503, asked once)",
        ),
        (Fault::prices(ReplyFault::Failing), Cause::ServerFault, Remedy::TryAgain, "The API failed (HTTP 500)"),
        (
            Fault::token(ReplyFault::Failing),
            Cause::ServerFault,
            Remedy::TryAgain,
            "The token endpoint failed (HTTP 500)",
        ),
        (Fault::prices(ReplyFault::Garbage), Cause::Unreadable, Remedy::ShowBody, "is not JSON"),
        (Fault::token(ReplyFault::Garbage), Cause::Unreadable, Remedy::EditUrls, "is not JSON"),
        (Fault::prices(ReplyFault::NotUtf8), Cause::Unreadable, Remedy::ShowBody, "not UTF-8"),
        (Fault::prices(ReplyFault::Deep), Cause::Unreadable, Remedy::ShowBody, "levels"),
        (canned(200, r#"{"sku":"A","price":"12,10"}"#), Cause::Unreadable, Remedy::ShowBody, "not as a plain decimal"),
        (
            canned(200, r#"{"error":"database","message":"sleeps"}"#),
            Cause::ErrorReply,
            Remedy::ShowBody,
            "its reply is an error",
        ),
        (canned(418, "{}"), Cause::UnexpectedStatus, Remedy::ShowBody, "HTTP 418"),
        (canned(304, ""), Cause::UnexpectedStatus, Remedy::ShowBody, "HTTP 304, which is not an answer about a price"),
        (canned(407, ""), Cause::ProxyLogin, Remedy::TryAgain, "wants a login (HTTP 407)"),
    ];
    for (fault, cause, remedy, words) in cases {
        let bench = Bench::new(std::slice::from_ref(&fault)).await;
        let lookup = bench.look_up().await;
        expect(&format!("{fault:?}"), verdict_of(&lookup), cause, Some(remedy), words);
        assert!(!lookup.error.unwrap().message.contains("next try"), "a time that runs does not stand in a sentence");
    }
    assert_eq!(judge(&Evidence::default()).cause, Cause::Unexplained);
}

#[test]
fn h6_the_wait_that_a_server_asks_for_is_the_advice_and_no_other_is() {
    let (asked, own) = (Some(Duration::from_secs(90)), Duration::from_secs(2));
    let advice = |cause: FetchError, next_try: Duration| {
        judge(&Evidence::from(&TokenError::BackingOff { cause: Arc::new(cause), next_try })).advice
    };
    let unavailable = |retry_after| FetchError::Status { status: 503, detail: None, retry_after };
    let limited = |retry_after| FetchError::RateLimited { status: 429, retry_after };
    for cause in [unavailable(asked), limited(asked)] {
        assert_eq!(advice(cause, Duration::from_secs(90)), "Try again in 90 s, as the server asks.");
    }
    assert!(advice(unavailable(None), own).contains("try again in a minute"));
    assert_eq!(advice(limited(None), own), "Wait a minute, then try again.");
    let refusal = ErrorBody::default();
    let of_price = Evidence { retry_after: asked, ..Evidence::of_reply(503, &refusal) };
    assert_eq!(judge(&of_price).advice, "Try again in 90 s, as the server asks.");
}

fn canned(status: u16, body: &str) -> Fault {
    Fault::prices(ReplyFault::Canned(Canned::new(status, body)))
}

#[tokio::test]
async fn a_fault_of_this_program() {
    struct Broken;
    impl Fetch for Broken {
        fn fetch(&self, _: &Credentials) -> BoxFuture<'static, Result<TokenReply, FetchError>> {
            Box::pin(async { panic!("as the test wants it") })
        }
    }
    let cache = TokenCache::new(Arc::new(Broken), Arc::new(SystemClock::default()), Arc::new(RandomJitter), || {});
    let key = TokenKey {
        profile: "p".into(),
        token_url: "https://login.example.com/t".parse().unwrap(),
        client_id: "c".into(),
        revision: 1,
    };
    let source = cache.source(Credentials { key, client_secret: SECRET.into(), ca_file: None });
    let error = source.get().await.unwrap_err();
    expect(
        "panic in the token request",
        &judge(&Evidence::from(&error)),
        Cause::ProgramFault,
        Some(Remedy::TryAgain),
        "broke inside this program",
    );
}

#[tokio::test]
async fn h2_a_proxy_that_answers_itself_is_told_from_one_that_refuses() {
    let authority = Authority::new();
    let bench = ProgramBench::new();
    let token = Server::start_tls(authority.acceptor("login.invalid", 2040), token_reply).await;
    let to = token.address;
    let tunnel = Server::start(move |_| Answer::Tunnel(to)).await;
    let refusing = Server::start(|_| reply(403, "", b"")).await;
    let wants_login = Server::start(|_| reply(407, "", b"")).await;
    let cases = [
        (
            &tunnel,
            "intercepting proxy",
            "answers for login.invalid with a certificate of its own (issuer “rcgen self signed cert”)",
            "CA file",
        ),
        (&refusing, "proxy that refuses", "The proxy did not connect to login.invalid", "HTTPS_PROXY"),
        (&wants_login, "proxy that wants a login", "it wants a login", "user name and password"),
    ];
    for (proxy, fault, why, advice) in cases {
        let mut command = bench.program(&["lookup", "A", "--format", "ndjson"]);
        command.env("QUANTAPRICE_CLIENT_ID", "0123456789abcdef01234567").env("QUANTAPRICE_CLIENT_SECRET", SECRET);
        command.env("QUANTAPRICE_TOKEN_URL", "https://login.invalid/oauth2/token");
        command.env("QUANTAPRICE_API_URL", "https://api.invalid/api/v1");
        command.env("HTTPS_PROXY", format!("http://{}", proxy.address));
        let output = tokio::task::spawn_blocking(move || command.output().unwrap()).await.unwrap();
        let log = String::from_utf8_lossy(&output.stderr);
        assert!(!log.contains("rustls_platform_verifier"), "{fault}: {log}");
        let error = &lines(out(&output))[0]["error"];
        let (message, hint) = (error["message"].as_str().unwrap(), error["hint"].as_str().unwrap());
        println!("{fault}\n  why:    {message}\n  do:     {hint}");
        assert!(message.contains(why) && hint.contains(advice), "{fault}: {error}");
        assert!(!message.contains(SECRET));
    }
}

#[test]
fn h2_a_proxy_wants_a_login_only_where_it_said_so() {
    let at = |detail: &str, fault: ProxyFault| {
        let error = HttpError::Proxy { host: "api.example.com".into(), detail: detail.into(), fault };
        judge(&Evidence::from(&error)).cause
    };
    for detail in ["no connection to the proxy proxy407.invalid:4079 itself", "authentication.corp:80 was not found"] {
        assert_eq!(at(detail, ProxyFault::Other), Cause::ProxyRefuses, "{detail}");
    }
    assert_eq!(at("no", ProxyFault::WantsLogin), Cause::ProxyLogin);
}

#[tokio::test]
async fn a_pc_that_trusts_nobody() {
    let bench = ProgramBench::new();
    let mut command = bench.program(&["lookup", "A", "--format", "ndjson"]);
    command.env("QUANTAPRICE_CLIENT_ID", "0123456789abcdef01234567").env("QUANTAPRICE_CLIENT_SECRET", SECRET);
    command.env("QUANTAPRICE_TOKEN_URL", "https://login.invalid/oauth2/token");
    command.env("SSL_CERT_FILE", "/dev/null").env("SSL_CERT_DIR", bench.home.path());
    let output = tokio::task::spawn_blocking(move || command.output().unwrap()).await.unwrap();
    let error = &lines(out(&output))[0]["error"];
    println!("no trusted CA on this PC\n  why:    {}\n  do:     {}", error["message"], error["hint"]);
    assert!(error["message"].as_str().unwrap().contains("No secure connection can be made on this PC"), "{error}");
    assert!(error["hint"].as_str().unwrap().contains("ca-certificates"), "{error}");
}
