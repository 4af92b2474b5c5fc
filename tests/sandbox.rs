//! The embedded sandbox over real HTTP: what it promises to the tests and the people that rehearse against it.

#![expect(clippy::unwrap_used, reason = "clippy takes the helpers of this file for no test code")]

use std::{
    future::Future,
    net::{SocketAddr, TcpStream, UdpSocket},
    sync::LazyLock,
    time::{Duration, Instant, SystemTime},
};

use jiff::SignedDuration;
use quantaprice_explorer::sandbox::{Canned, Endpoint, Fault, Options, ReplyFault, Sandbox, SandboxError, demo_skus};
use reqwest::{Client, Response, StatusCode, redirect};
use secrecy::ExposeSecret as _;
use serde_json::{Value, json};

/// Longer than any reply takes, short enough for a suite.
const PATIENCE: Duration = Duration::from_secs(10);
/// How long a reply must fail to come before it counts as never coming.
const IMPATIENCE: Duration = Duration::from_millis(300);

/// One client for all tests, as building one reads the system's certificates. It keeps no connection, because each test
/// has a runtime of its own.
fn client() -> &'static Client {
    static CLIENT: LazyLock<Client> = LazyLock::new(|| {
        let builder = Client::builder().redirect(redirect::Policy::none()).no_proxy();
        builder.pool_max_idle_per_host(0).timeout(PATIENCE).build().unwrap()
    });
    &CLIENT
}

async fn start() -> Sandbox {
    Sandbox::start(Options::default()).await.unwrap()
}

async fn start_with(fault: &str) -> Sandbox {
    Sandbox::start(Options { faults: vec![fault.parse().unwrap()], ..Options::default() }).await.unwrap()
}

async fn post_form(sandbox: &Sandbox, form: &[(&str, &str)]) -> Response {
    client().post(sandbox.token_url().clone()).form(form).send().await.unwrap()
}

async fn exchange(sandbox: &Sandbox) -> Response {
    let secret = sandbox.client_secret().expose_secret();
    let form = [("grant_type", "client_credentials"), ("client_id", sandbox.client_id()), ("client_secret", secret)];
    post_form(sandbox, &form).await
}

async fn body(response: Response) -> Value {
    serde_json::from_str(&response.text().await.unwrap()).unwrap()
}

async fn token(sandbox: &Sandbox) -> String {
    let response = exchange(sandbox).await;
    assert_eq!(response.status(), StatusCode::OK);
    body(response).await["access_token"].as_str().unwrap().to_owned()
}

async fn price(sandbox: &Sandbox, token: &str, sku: &str) -> Response {
    let mut url = sandbox.api_url().clone();
    url.path_segments_mut().unwrap().push("prices");
    url.query_pairs_mut().append_pair("sku", sku);
    client().get(url).bearer_auth(token).send().await.unwrap()
}

fn header<'a>(response: &'a Response, name: &str) -> Option<&'a str> {
    response.headers().get(name).map(|value| value.to_str().unwrap())
}

async fn assert_never_answers(reply: impl Future) {
    assert!(tokio::time::timeout(IMPATIENCE, reply).await.is_err(), "an answer came");
}

// The token endpoint.

#[tokio::test]
async fn the_demo_key_has_the_documented_form_and_is_new_each_time() {
    let (one, two) = (start().await, start().await);
    let is_hex = |text: &str| text.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'));
    let secret = one.client_secret().expose_secret();
    assert!(one.client_id().len() == 24 && is_hex(one.client_id()));
    assert!(secret.len() == 64 && is_hex(secret));
    assert_ne!(one.client_id(), two.client_id());
    assert_ne!(secret, two.client_secret().expose_secret());
}

#[tokio::test]
async fn a_key_is_exchanged_for_a_token_as_documented() {
    let sandbox = start().await;
    let response = exchange(&sandbox).await;
    assert_eq!(response.status(), StatusCode::OK);
    assert_eq!(header(&response, "cache-control"), Some("no-store"));
    assert_eq!(header(&response, "content-type"), Some("application/json"));
    assert!(header(&response, "date").is_some());
    let reply = body(response).await;
    assert_eq!(reply["token_type"], "Bearer");
    assert_eq!(reply["expires_in"], 3600);
    assert_eq!(reply.as_object().unwrap().len(), 3);
}

#[tokio::test]
async fn a_wrong_id_or_secret_is_refused_with_the_documented_body() {
    let sandbox = start().await;
    let (id, secret) = (sandbox.client_id(), sandbox.client_secret().expose_secret());
    let zeros = "0".repeat(64);
    for (id, secret) in [(id, zeros.as_str()), (&zeros[..24], secret), (secret, id), (id, &secret[..63])] {
        let form = [("grant_type", "client_credentials"), ("client_id", id), ("client_secret", secret)];
        let response = post_form(&sandbox, &form).await;
        assert_eq!(response.status(), StatusCode::UNAUTHORIZED);
        let expected = json!({"error": "invalid_client", "error_description": "Invalid client credentials"});
        assert_eq!(body(response).await, expected);
    }
}

#[tokio::test]
async fn a_malformed_token_request_is_told_what_is_wrong() {
    let sandbox = start().await;
    let (id, secret) = (("client_id", sandbox.client_id()), ("client_secret", sandbox.client_secret().expose_secret()));
    let grant = ("grant_type", "client_credentials");
    for (form, code) in [
        (vec![("grant_type", "password"), id, secret], "unsupported_grant_type"),
        (vec![id, secret], "invalid_request"),
        (vec![grant, secret], "invalid_request"),
        (vec![grant, id], "invalid_request"),
        (vec![grant, id, ("client_secret", "")], "invalid_request"),
        (vec![grant, id, secret, id], "invalid_request"),
    ] {
        let response = post_form(&sandbox, &form).await;
        assert_eq!(response.status(), StatusCode::BAD_REQUEST, "{code}");
        assert_eq!(body(response).await["error"], code);
    }
    let json = client().post(sandbox.token_url().clone()).header("content-type", "application/json").body("{}");
    assert_eq!(json.send().await.unwrap().status(), StatusCode::BAD_REQUEST);
    assert_eq!(client().get(sandbox.token_url().clone()).send().await.unwrap().status(), 405);
}

// The tokens.

#[tokio::test]
async fn the_token_is_an_rs256_jwt_that_the_published_key_verifies() {
    let sandbox = start().await;
    let token = token(&sandbox).await;
    let header = jsonwebtoken::decode_header(&token).unwrap();
    assert_eq!(header.alg, jsonwebtoken::Algorithm::RS256);

    let published = client().get(sandbox.token_url().join("/.well-known/jwks.json").unwrap()).send().await.unwrap();
    let jwks: jsonwebtoken::jwk::JwkSet = serde_json::from_str(&published.text().await.unwrap()).unwrap();
    assert_eq!(serde_json::to_value(&jwks).unwrap(), serde_json::from_str::<Value>(&sandbox.jwks()).unwrap());
    let jwk = jwks.find(&header.kid.unwrap()).unwrap();
    let origin = sandbox.token_url().origin().ascii_serialization();
    let mut validation = jsonwebtoken::Validation::new(header.alg);
    validation.validate_nbf = true;
    validation.set_issuer(&[&origin]);
    validation.set_audience(&[&origin]);
    let key = jsonwebtoken::DecodingKey::from_jwk(jwk).unwrap();
    let claims = jsonwebtoken::decode::<Value>(&token, &key, &validation).unwrap().claims;
    assert_eq!(claims["sub"], sandbox.client_id());
    assert_eq!(claims["exp"].as_i64().unwrap() - claims["iat"].as_i64().unwrap(), 3600);
    assert!(claims["jti"].is_string() && claims["scope"].is_string() && claims["tenant"].is_string());

    let other = start().await;
    let foreign: jsonwebtoken::jwk::JwkSet = serde_json::from_str(&other.jwks()).unwrap();
    let key = jsonwebtoken::DecodingKey::from_jwk(&foreign.keys[0]).unwrap();
    assert!(jsonwebtoken::decode::<Value>(&token, &key, &validation).is_err());
}

#[tokio::test]
async fn no_authorization_is_answered_with_a_bare_challenge() {
    let sandbox = start().await;
    let url = format!("{}/prices?sku=PRODUCT-001", sandbox.api_url());
    let bare = client().get(&url).send().await.unwrap();
    let basic = client().get(&url).basic_auth("a", Some("b")).send().await.unwrap();
    for response in [bare, basic] {
        assert_eq!(response.status(), StatusCode::UNAUTHORIZED);
        assert_eq!(header(&response, "www-authenticate"), Some("Bearer"));
        assert!(body(response).await["error"].is_string());
    }
}

#[tokio::test]
async fn a_token_of_another_sandbox_or_a_changed_one_is_refused() {
    let (sandbox, other) = (start().await, start().await);
    let mut changed = token(&sandbox).await;
    changed.truncate(changed.len() - 4);
    for bad in [token(&other).await, changed, "nonsense".to_owned()] {
        let response = price(&sandbox, &bad, "PRODUCT-001").await;
        assert_eq!(response.status(), StatusCode::UNAUTHORIZED);
        assert!(header(&response, "www-authenticate").unwrap().starts_with("Bearer error=\"invalid_token\", error_d"));
        assert_eq!(body(response).await["error"], "invalid_token");
    }
}

#[tokio::test]
async fn a_revoked_key_and_its_tokens_die_at_once_and_the_tokens_for_good() {
    let sandbox = start().await;
    let old = token(&sandbox).await;
    assert_eq!(price(&sandbox, &old, "PRODUCT-001").await.status(), StatusCode::OK);
    sandbox.revoke_key();
    let refused = exchange(&sandbox).await;
    assert_eq!(refused.status(), StatusCode::UNAUTHORIZED);
    assert_eq!(body(refused).await["error"], "invalid_client");
    assert_eq!(price(&sandbox, &old, "PRODUCT-001").await.status(), StatusCode::UNAUTHORIZED);
    sandbox.restore_key();
    assert_eq!(price(&sandbox, &old, "PRODUCT-001").await.status(), StatusCode::UNAUTHORIZED);
    assert_eq!(price(&sandbox, &token(&sandbox).await, "PRODUCT-001").await.status(), StatusCode::OK);
}

#[tokio::test]
async fn expired_tokens_are_refused_as_expired_and_a_new_one_works() {
    let sandbox = start().await;
    let old = token(&sandbox).await;
    sandbox.expire_tokens();
    let refused = price(&sandbox, &old, "PRODUCT-001").await;
    assert_eq!(refused.status(), StatusCode::UNAUTHORIZED);
    assert!(header(&refused, "www-authenticate").unwrap().contains("error_description=\"The access token expired\""));
    assert_eq!(price(&sandbox, &token(&sandbox).await, "PRODUCT-001").await.status(), StatusCode::OK);
}

#[tokio::test]
async fn the_lifetime_is_an_option() {
    let sandbox = Sandbox::start(Options { expires_in: Duration::from_mins(5), ..Options::default() }).await.unwrap();
    assert_eq!(body(exchange(&sandbox).await).await["expires_in"], 300);
}

// The catalogue.

#[tokio::test]
async fn every_demo_sku_shows_the_outcome_that_it_announces() {
    let sandbox = start().await;
    let token = token(&sandbox).await;
    for demo in demo_skus() {
        let response = price(&sandbox, &token, demo.sku).await;
        let status = response.status().as_u16();
        let challenge = header(&response, "www-authenticate").map(str::to_owned);
        let text = response.text().await.unwrap();
        let reply: Value = serde_json::from_str(&text).unwrap();
        match (demo.outcome, demo.sku) {
            ("priced", _) => assert!(status == 200 && text.contains(':') && reply != json!([]), "{}", demo.sku),
            ("zero_price", _) => assert!(status == 200 && reply["price"] == "0.00"),
            ("no_price", _) => assert!(status == 200 && reply["sku"] == demo.sku && reply["prices"] == json!([])),
            ("unknown_sku", "UNKNOWN-EMPTY") => assert!(status == 200 && reply["items"] == json!([])),
            ("unknown_sku", _) => assert!(status == 404 && reply["sku"] == demo.sku),
            ("forbidden", _) => {
                assert_eq!(status, 403);
                let challenge = challenge.unwrap();
                assert!(challenge.starts_with("Bearer error=\"insufficient_scope\""), "{challenge}");
                assert!(challenge.ends_with("scope=\"prices:wholesale\""), "{challenge}");
            }
            ("failed", _) => assert_eq!(status, 500),
            other => panic!("{other:?}"),
        }
    }
}

#[tokio::test]
async fn p1_odd_skus_come_back_byte_for_byte() {
    let sandbox = start().await;
    let token = token(&sandbox).await;
    for (sku, pointer) in [
        ("00012345", "/0/sku"),
        ("KABEL 3×1,5 m", "/sku"),
        ("A/B+C#7&d=e", "/sku"),
        ("TASSE 🦊 350 ml", "/items/0/sku"),
        ("no such \"SKU\" \\ 100 %", "/sku"),
    ] {
        let reply = body(price(&sandbox, &token, sku).await).await;
        assert_eq!(reply.pointer(pointer).and_then(Value::as_str), Some(sku), "{reply}");
    }
}

#[tokio::test]
async fn a_price_request_without_a_sku_or_with_a_bad_date_is_a_bad_request() {
    let sandbox = start().await;
    let token = token(&sandbox).await;
    for query in ["", "?sku=", "?sku=PRODUCT-001&asOf=tomorrow"] {
        let url = format!("{}/prices{query}", sandbox.api_url());
        let response = client().get(url).bearer_auth(&token).send().await.unwrap();
        assert_eq!(response.status(), StatusCode::BAD_REQUEST, "{query}");
        assert_eq!(body(response).await["error"], "invalid_request");
    }
}

// The faults.

#[tokio::test]
async fn every_named_fault_changes_what_a_client_sees() {
    let healthy = start().await;
    let usual = observe(&healthy, PATIENCE).await;
    assert_eq!(usual, observe(&healthy, PATIENCE).await, "two healthy looks must not differ");
    for name in Fault::NAMES {
        let fault: Fault = name.parse().unwrap();
        let only_late = matches!(fault, Fault::Reply(_, ReplyFault::Slow(_) | ReplyFault::Hanging));
        healthy.set_fault(fault);
        assert_ne!(observe(&healthy, if only_late { IMPATIENCE } else { PATIENCE }).await, usual, "{name}");
        healthy.clear_faults();
        assert_eq!(observe(&healthy, PATIENCE).await, usual, "{name} is still on");
    }
}

/// What a client can tell of both endpoints, without what differs each time.
async fn observe(sandbox: &Sandbox, patience: Duration) -> [String; 2] {
    let soon = tokio::time::timeout(patience, exchange(sandbox)).await;
    let seen_of_token = describe(soon.ok()).await;
    // A token from before the fault, so that a spoilt token endpoint does not hide what the price endpoint does.
    let faults = sandbox.faults();
    sandbox.clear_faults();
    let token = token(sandbox).await;
    for fault in faults {
        sandbox.set_fault(fault);
    }
    let soon = tokio::time::timeout(patience, price(sandbox, &token, "PRODUCT-001")).await;
    [seen_of_token, describe(soon.ok()).await]
}

async fn describe(reply: Option<Response>) -> String {
    let Some(response) = reply else { return "no answer".to_owned() };
    let (status, off) = (response.status(), clock_offset(&response).unsigned_abs() > Duration::from_mins(1));
    let read = read_at_most(response, 64 * 1024).await.map(|body| body.len());
    format!("{status}, clock off: {off}, {read:?} bytes")
}

/// How far the server's clock is ahead of this one, in seconds.
fn clock_offset(response: &Response) -> SignedDuration {
    let server: SystemTime = httpdate::parse_http_date(header(response, "date").unwrap()).unwrap();
    match server.duration_since(SystemTime::now()) {
        Ok(ahead) => SignedDuration::try_from(ahead).unwrap(),
        Err(behind) => -SignedDuration::try_from(behind.duration()).unwrap(),
    }
}

async fn read_at_most(mut response: Response, limit: usize) -> Result<Vec<u8>, String> {
    let mut read = Vec::new();
    while let Some(chunk) = response.chunk().await.map_err(|_| "broken off".to_owned())? {
        read.extend_from_slice(&chunk);
        if read.len() > limit {
            return Err("too long".to_owned());
        }
    }
    Ok(read)
}

#[tokio::test]
async fn slow_endpoints_answer_rightly_but_late() {
    let sandbox = start().await;
    let wait = Duration::from_millis(150);
    sandbox.set_fault(Fault::token(ReplyFault::Slow(wait)));
    sandbox.set_fault(Fault::prices(ReplyFault::Slow(wait)));
    let began = Instant::now();
    let token = token(&sandbox).await;
    assert!(began.elapsed() >= wait);
    let began = Instant::now();
    assert_eq!(price(&sandbox, &token, "PRODUCT-001").await.status(), StatusCode::OK);
    assert!(began.elapsed() >= wait);
}

#[tokio::test]
async fn hanging_endpoints_never_answer() {
    let sandbox = start().await;
    let token = token(&sandbox).await;
    sandbox.set_fault("hanging-token".parse().unwrap());
    sandbox.set_fault("hanging-prices".parse().unwrap());
    assert_never_answers(exchange(&sandbox)).await;
    assert_never_answers(price(&sandbox, &token, "PRODUCT-001")).await;
}

#[tokio::test]
async fn a_server_error_is_a_500_with_json() {
    let sandbox = start_with("failing-token").await;
    let response = exchange(&sandbox).await;
    assert_eq!(response.status(), StatusCode::INTERNAL_SERVER_ERROR);
    assert_eq!(body(response).await["error"], "server_error");
}

#[tokio::test]
async fn limits_and_outages_say_when_to_come_back() {
    let sandbox = start().await;
    let token = token(&sandbox).await;
    for (fault, status) in [("rate-limit=7", 429), ("unavailable=9", 503)] {
        sandbox.clear_faults();
        sandbox.set_fault(fault.parse().unwrap());
        let response = price(&sandbox, &token, "PRODUCT-001").await;
        assert_eq!(response.status(), status);
        assert_eq!(header(&response, "retry-after"), fault.split_once('=').map(|(_, secs)| secs));
        assert_eq!(exchange(&sandbox).await.status(), StatusCode::OK);
    }
    for (fault, status) in [("rate-limit-token", 429), ("unavailable-token", 503)] {
        sandbox.clear_faults();
        sandbox.set_fault(fault.parse().unwrap());
        let response = exchange(&sandbox).await;
        assert_eq!(response.status(), status);
        assert_eq!(header(&response, "retry-after"), Some("5"));
    }
}

#[tokio::test]
async fn one_unjust_401_is_followed_by_an_answer() {
    let sandbox = start_with("unauthorized-once").await;
    let token = token(&sandbox).await;
    assert_eq!(price(&sandbox, "bad", "PRODUCT-001").await.status(), StatusCode::UNAUTHORIZED);
    assert_eq!(price(&sandbox, &token, "PRODUCT-001").await.status(), StatusCode::UNAUTHORIZED);
    assert_eq!(price(&sandbox, &token, "PRODUCT-001").await.status(), StatusCode::OK);
    assert_eq!(sandbox.faults(), []);
}

#[tokio::test]
async fn a_storm_refuses_even_new_tokens() {
    let sandbox = start_with("unauthorized-storm").await;
    for _ in 0..3 {
        let response = price(&sandbox, &token(&sandbox).await, "PRODUCT-001").await;
        assert_eq!(response.status(), StatusCode::UNAUTHORIZED);
        assert!(header(&response, "www-authenticate").unwrap().contains("invalid_token"));
    }
}

#[tokio::test]
async fn a_missing_permission_is_a_403_that_names_it() {
    let sandbox = start_with("forbidden").await;
    let response = price(&sandbox, &token(&sandbox).await, "PRODUCT-001").await;
    assert_eq!(response.status(), StatusCode::FORBIDDEN);
    assert!(header(&response, "www-authenticate").unwrap().contains("scope=\"prices:read\""));
    assert_eq!(body(response).await["error"], "insufficient_scope");
}

#[tokio::test]
async fn a_skewed_clock_shows_in_the_date_and_in_the_claims_and_its_tokens_work() {
    let sandbox = start_with("skewed-clock").await;
    let response = exchange(&sandbox).await;
    let off = clock_offset(&response);
    assert!((off - SignedDuration::from_mins(-6)).unsigned_abs() < Duration::from_secs(5), "{off}");
    let token = body(response).await["access_token"].as_str().unwrap().to_owned();
    let claims: Value = jsonwebtoken::dangerous::insecure_decode::<Value>(&token).unwrap().claims;
    let behind = jiff::Timestamp::now().as_second() - claims["iat"].as_i64().unwrap();
    assert!((355..=365).contains(&behind), "{behind}");
    let answer = price(&sandbox, &token, "PRODUCT-001").await;
    assert_eq!(answer.status(), StatusCode::OK);
    assert!(clock_offset(&answer) < SignedDuration::from_mins(-5));
    sandbox.clear_faults();
    let later = price(&sandbox, &token, "PRODUCT-001").await;
    assert!(later.status() == StatusCode::OK && clock_offset(&later).unsigned_abs() < Duration::from_secs(5));
}

#[tokio::test]
async fn spoilt_bodies_are_spoilt_as_their_names_say() {
    let sandbox = start().await;
    let token = token(&sandbox).await;
    for at in [Endpoint::Token, Endpoint::Prices] {
        let spoilt = async |fault: ReplyFault| {
            sandbox.spoil_next(at, fault, 1);
            let response = match at {
                Endpoint::Token => exchange(&sandbox).await,
                Endpoint::Prices => price(&sandbox, &token, "PRODUCT-001").await,
            };
            assert_eq!(response.status(), StatusCode::OK);
            let kind = header(&response, "content-type").unwrap().to_owned();
            (kind, read_at_most(response, 64 * 1024).await)
        };
        let (kind, garbage) = spoilt(ReplyFault::Garbage).await;
        assert!(kind == "application/json" && serde_json::from_slice::<Value>(&garbage.unwrap()).is_err());
        let (kind, html) = spoilt(ReplyFault::Html).await;
        assert!(kind.starts_with("text/html") && html.unwrap().starts_with(b"<!DOCTYPE html>"));
        let (_, not_utf8) = spoilt(ReplyFault::NotUtf8).await;
        assert!(std::str::from_utf8(&not_utf8.unwrap()).is_err());
        assert_eq!(spoilt(ReplyFault::Truncated).await.1, Err("broken off".to_owned()));
        assert_eq!(spoilt(ReplyFault::Endless).await.1, Err("too long".to_owned()));
        let (_, deep) = spoilt(ReplyFault::Deep).await;
        let deep = String::from_utf8(deep.unwrap()).unwrap();
        assert_eq!(deep.matches('[').count(), 10_000);
    }
}

#[tokio::test]
async fn a_redirect_points_to_where_followers_are_counted() {
    let sandbox = start().await;
    let token = token(&sandbox).await;
    sandbox.set_fault("redirect".parse().unwrap());
    sandbox.set_fault("redirect-token".parse().unwrap());
    let replies = [price(&sandbox, &token, "PRODUCT-001").await, exchange(&sandbox).await];
    assert_eq!(sandbox.counts().redirects_followed, 0);
    for response in replies {
        assert_eq!(response.status(), StatusCode::TEMPORARY_REDIRECT);
        let target = sandbox.token_url().join(header(&response, "location").unwrap()).unwrap();
        client().get(target).send().await.unwrap();
    }
    assert_eq!(sandbox.counts().redirects_followed, 2);
}

#[tokio::test]
async fn odd_tokens_are_odd_but_work() {
    let sandbox = start_with("short-lived").await;
    assert_eq!(body(exchange(&sandbox).await).await["expires_in"], 20);
    sandbox.clear_faults();
    sandbox.set_fault(Fault::NoExpiry);
    let reply = body(exchange(&sandbox).await).await;
    assert!(reply["access_token"].is_string() && reply.get("expires_in").is_none());
    sandbox.clear_faults();
    sandbox.set_fault(Fault::OpaqueToken);
    let opaque = token(&sandbox).await;
    assert!(jsonwebtoken::decode_header(&opaque).is_err());
    assert_eq!(price(&sandbox, &opaque, "PRODUCT-001").await.status(), StatusCode::OK);
    sandbox.expire_tokens();
    assert_eq!(price(&sandbox, &opaque, "PRODUCT-001").await.status(), StatusCode::UNAUTHORIZED);
}

#[tokio::test]
async fn a_short_lived_token_really_dies() {
    let sandbox = start_with("short-lived=0").await;
    let token = token(&sandbox).await;
    let deadline = Instant::now() + PATIENCE;
    while price(&sandbox, &token, "PRODUCT-001").await.status() == StatusCode::OK {
        assert!(Instant::now() < deadline, "the token lives on");
    }
}

#[tokio::test]
async fn a_canned_reply_is_sent_as_it_is_written() {
    let sandbox = start().await;
    let canned = Canned::new(200, r#"{"access_token":"","expires_in":1e400}"#).with_header("X-Test", "yes");
    sandbox.spoil_next(Endpoint::Token, ReplyFault::Canned(canned), 2);
    for _ in 0..2 {
        let response = exchange(&sandbox).await;
        assert_eq!(header(&response, "x-test"), Some("yes"));
        assert_eq!(response.text().await.unwrap(), r#"{"access_token":"","expires_in":1e400}"#);
    }
    assert!(body(exchange(&sandbox).await).await["access_token"].is_string());
    let canned = Canned::new(503, "down").with_header("content-type", "text/plain").with_header("retry-after", "soon");
    sandbox.set_fault(Fault::token(ReplyFault::Canned(canned)));
    let response = exchange(&sandbox).await;
    assert_eq!(response.status(), 503);
    assert_eq!(
        (header(&response, "content-type"), header(&response, "retry-after")),
        (Some("text/plain"), Some("soon"))
    );
}

// The server's life.

#[tokio::test]
async fn requests_are_counted_and_so_is_how_many_were_open_together() {
    let sandbox = start().await;
    let token = token(&sandbox).await;
    sandbox.set_fault(Fault::prices(ReplyFault::Slow(Duration::from_millis(200))));
    let (one, two, three) = tokio::join!(
        price(&sandbox, &token, "PRODUCT-001"),
        price(&sandbox, &token, "PRODUCT-002"),
        price(&sandbox, "bad token", "PRODUCT-003"),
    );
    assert_eq!([one.status(), two.status(), three.status()].map(|status| status.as_u16()), [200, 200, 401]);
    let counts = sandbox.counts();
    assert_eq!((counts.token_requests, counts.price_requests, counts.peak_open_price_requests), (1, 3, 3));
}

#[tokio::test]
async fn stopping_frees_the_port_and_ends_what_is_open() {
    let sandbox = start_with("hanging-token").await;
    let port = sandbox.token_url().port().unwrap();
    let request = client().post(sandbox.token_url().clone()).form(&[("grant_type", "client_credentials")]);
    let hanging = tokio::spawn(request.send());
    while sandbox.counts().token_requests == 0 {
        tokio::task::yield_now().await;
    }
    sandbox.stop().await;
    assert!(hanging.await.unwrap().is_err());
    let again = Sandbox::start(Options { port, ..Options::default() }).await.unwrap();
    assert_eq!(again.token_url().port(), Some(port));
}

#[tokio::test]
async fn dropping_frees_the_port_and_ends_an_endless_reply() {
    let sandbox = start().await;
    let token = token(&sandbox).await;
    sandbox.set_fault("endless".parse().unwrap());
    let mut endless = price(&sandbox, &token, "PRODUCT-001").await;
    let address = SocketAddr::from(([127, 0, 0, 1], sandbox.token_url().port().unwrap()));
    drop(sandbox);
    while let Ok(Some(_)) = endless.chunk().await {}
    let deadline = Instant::now() + PATIENCE;
    while TcpStream::connect(address).is_ok() {
        assert!(Instant::now() < deadline, "the port still answers");
    }
}

#[tokio::test]
async fn a_taken_port_is_named_in_the_error() {
    let first = start().await;
    let port = first.token_url().port().unwrap();
    let error = Sandbox::start(Options { port, ..Options::default() }).await.unwrap_err();
    assert!(matches!(error, SandboxError::Listen { .. }));
    assert!(error.to_string().contains(&port.to_string()), "{error}");
}

#[tokio::test]
async fn nothing_listens_on_other_addresses() {
    let sandbox = start().await;
    let port = sandbox.token_url().port().unwrap();
    assert_eq!(sandbox.token_url().host_str(), Some("127.0.0.1"));
    let mut others = vec![SocketAddr::from(([127, 0, 0, 2], port)), SocketAddr::from(([0, 0, 0, 0, 0, 0, 0, 1], port))];
    // Which address faces the network: routing is asked, and no packet is sent.
    let outward = UdpSocket::bind("0.0.0.0:0").and_then(|socket| {
        socket.connect("192.0.2.1:9")?;
        socket.local_addr()
    });
    if let Ok(address) = outward
        && !address.ip().is_loopback()
    {
        others.push(SocketAddr::new(address.ip(), port));
    }
    for other in others {
        assert!(TcpStream::connect_timeout(&other, Duration::from_secs(1)).is_err(), "{other} answers");
    }
}

#[tokio::test]
async fn the_introduction_holds_all_that_a_person_needs() {
    let sandbox = start_with("slow-token=9").await;
    let text = sandbox.introduction();
    for needed in [
        sandbox.token_url().as_str(),
        sandbox.api_url().as_str(),
        sandbox.client_id(),
        sandbox.client_secret().expose_secret(),
        "QUANTAPRICE_CLIENT_SECRET",
        "curl",
        "slow-token=9",
    ] {
        assert!(text.contains(needed), "{needed}");
    }
    assert!(demo_skus().iter().all(|demo| text.contains(demo.sku)));
}

#[tokio::test]
async fn debug_shows_no_secret() {
    let sandbox = start().await;
    assert!(!format!("{sandbox:?}").contains(sandbox.client_secret().expose_secret()));
}
