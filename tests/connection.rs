//! The connection check against real servers: each fault is made on purpose and found at its step, in the words in which the
//! HTTP client itself would report it.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]

#[path = "support/authority.rs"]
mod authority;
#[path = "support/endpoints.rs"]
mod endpoints;
#[path = "support/server.rs"]
mod server;

use std::path::PathBuf;
use std::time::Duration;

use authority::Authority;
use endpoints::{SECRET, TOKEN, price_reply, profile, token_reply};
use quantaprice_explorer::activity::{EventOutcome, EventReason, Kind};
use quantaprice_explorer::connection::{self, Check, End, PriceWish, Step, StepKind, StepState};
use quantaprice_explorer::explorer::{Explorer, SecretAt};
use quantaprice_explorer::http::{Http, Limits};
use quantaprice_explorer::keys::Profile;
use quantaprice_explorer::prices::PriceQuery;
use quantaprice_explorer::verdict::{Evidence, judge};
use server::{Answer, Server};

fn explorer() -> Explorer {
    Explorer::new(|| {})
}

async fn check_with(explorer: &Explorer, profile: &Profile, price: PriceWish) -> Check {
    explorer.activity.call(profile.id.as_str(), &profile.name);
    let secret = SecretAt::Memory(SECRET.into());
    connection::run(explorer, profile, explorer.open(profile, &secret), price, |_| {}).await
}

async fn check(profile: &Profile) -> Check {
    check_with(&explorer(), profile, ask("A")).await
}

fn ask(sku: &str) -> PriceWish {
    PriceWish::Ask(PriceQuery::new(sku, vec![]).unwrap())
}

/// Step by step, what became of it.
fn states(check: &Check) -> Vec<(StepKind, StepState)> {
    check.legs.iter().flat_map(|leg| leg.steps.iter().map(|step| (step.kind, step.state))).collect()
}

#[track_caller]
fn failed(check: &Check, kind: StepKind) -> &Step {
    let (_, step) = check.fault().unwrap_or_else(|| panic!("all is well:\n{}", check.to_text()));
    assert_eq!(step.kind, kind, "{}", check.to_text());
    assert_eq!(check.end, End::Fault);
    assert!(step.advice.as_ref().is_some_and(|advice| advice.ends_with('.')), "{step:?}");
    step
}

/// What is judged of the token URL when the real client fails there.
async fn client_says(profile: &Profile) -> String {
    let explorer = explorer();
    let session = explorer.open(profile, &SecretAt::Memory(SECRET.into())).await.unwrap();
    let error = session.source.get().await.unwrap_err();
    judge(&Evidence::from(&error).with(explorer.around_profile(profile))).in_full()
}

/// The fault is found at this step, and the client that fetches the token says the same of it.
#[track_caller]
fn agrees(step: &Step, client: &str) {
    assert!(step.finding.starts_with(client), "the check says\n{}\nand the client\n{client}", step.finding);
}

fn urls(token: &Server, api: &Server, scheme: &str, ca_file: Option<PathBuf>) -> Profile {
    let token = format!("{scheme}://{}/oauth2/token", token.address);
    profile(&token, &format!("{scheme}://{}/api/v1", api.address), ca_file)
}

#[tokio::test]
async fn two_hosts_over_tls_are_both_looked_at_and_their_certificates_read() {
    let authority = Authority::named("Example Corp CA");
    let token = Server::start_tls(authority.acceptor("127.0.0.1", 2040), token_reply).await;
    let api = Server::start_tls(authority.acceptor("127.0.0.1", 2040), price_reply).await;
    let check = check(&urls(&token, &api, "https", Some(authority.file()))).await;
    assert_eq!(check.end, End::Well, "{}", check.to_text());
    let text = check.to_text();
    for expected in [
        "No proxy: this host is on this PC.",
        "127.0.0.1 is an address, no name.",
        &format!("Connected to {}.", token.address),
        "TLS 1.3, issued by Example Corp CA, ",
        " days left.",
        "Protocol: TLS 1.3",
        "Certificate for: 127.0.0.1",
        "Chain: ",
        " < Example Corp CA",
        "Token #1 came, valid for 1:00:00.",
        "A: Priced (HTTP 200).",
        "All is well.",
    ] {
        assert!(text.contains(expected), "“{expected}” is not in\n{text}");
    }
    // One connection for the check, one for the request itself, at each host.
    assert_eq!((token.connections(), api.connections()), (2, 2));
    assert_eq!((token.requests().len(), api.requests().len()), (1, 1));
    assert!(!text.contains(SECRET) && !text.contains(TOKEN));
}

#[tokio::test]
async fn one_host_for_both_is_looked_at_once_and_loopback_needs_no_tls() {
    let server = Server::start(|request| match request.line() {
        line if line.starts_with("POST") => token_reply(request),
        _ => price_reply(request),
    })
    .await;
    let check = check(&urls(&server, &server, "http", None)).await;
    let expected = [
        (StepKind::Proxy, StepState::Done),
        (StepKind::Dns, StepState::Skipped),
        (StepKind::Tcp, StepState::Done),
        (StepKind::Tls, StepState::Skipped),
        (StepKind::Token, StepState::Done),
        (StepKind::Price, StepState::Done),
    ];
    assert_eq!(states(&check), expected, "{}", check.to_text());
    assert!(check.to_text().contains("No TLS on loopback"), "{}", check.to_text());
}

#[tokio::test]
async fn each_step_is_recorded_with_the_profile_and_no_secret() {
    let server = Server::start(token_reply).await;
    let explorer = explorer();
    let profile = urls(&server, &server, "http", None);
    check_with(&explorer, &profile, PriceWish::Skip("No SKU.".into())).await;
    let events = explorer.activity.snapshot();
    let checks: Vec<_> = events.iter().filter(|event| event.kind == Kind::Check).collect();
    assert_eq!(checks.len(), 6);
    assert!(checks.iter().all(|event| event.reason == EventReason::Check && event.outcome == EventOutcome::Done));
    assert!(checks.iter().all(|event| event.profile.as_ref().is_some_and(|tag| &*tag.name == "Test")));
    assert_eq!(&*checks[2].subject, format!("TCP of {}", server.address));
    assert!(checks[2].sentence.starts_with("Connected to "));
    assert!(events.iter().all(|event| !event.to_text().contains(SECRET) && !event.to_text().contains(TOKEN)));
}

#[tokio::test]
async fn h2_an_unknown_ca_is_named_by_its_issuer() {
    let proxy = Authority::named("Example Corp Inspection CA");
    let server = Server::start_tls(proxy.acceptor("127.0.0.1", 2040), token_reply).await;
    let profile = urls(&server, &server, "https", None);
    let check = check(&profile).await;
    let step = failed(&check, StepKind::Tls);
    agrees(step, &client_says(&profile).await);
    assert!(
        step.finding.contains("issued by “Example Corp Inspection CA”, which this PC does not trust"),
        "{}",
        step.finding
    );
    assert!(check.to_text().contains("Issued by: Example Corp Inspection CA"), "{}", check.to_text());
    assert_eq!(states(&check)[4], (StepKind::Token, StepState::NotReached));
    assert!(server.requests().is_empty(), "no secret went there");
}

#[tokio::test]
async fn h2_an_expired_certificate_and_one_of_another_host_say_so() {
    let authority = Authority::new();
    let expired = Server::start_tls(authority.acceptor("127.0.0.1", 2024), token_reply).await;
    let profile = urls(&expired, &expired, "https", Some(authority.file()));
    let check_of_expired = check(&profile).await;
    let step = failed(&check_of_expired, StepKind::Tls);
    assert!(step.finding.contains("expired") && check_of_expired.to_text().contains(", ended "), "{}", step.finding);
    // The client's sentence holds the time in seconds, which may differ by one.
    agrees(step, client_says(&profile).await.split("verification time").next().unwrap());

    let other = Server::start_tls(authority.acceptor("api.example.com", 2040), token_reply).await;
    let profile = urls(&other, &other, "https", Some(authority.file()));
    let check_of_other = check(&profile).await;
    let step = failed(&check_of_other, StepKind::Tls);
    agrees(step, &client_says(&profile).await);
    assert!(check_of_other.to_text().contains("Certificate for: api.example.com"), "{}", check_of_other.to_text());
}

#[tokio::test]
async fn a_refused_port_an_unknown_host_and_a_server_without_tls_are_told_apart() {
    let refused = profile("https://127.0.0.1:1/t", "https://127.0.0.1:1/v1", None);
    let unknown = profile("https://login.quantaprice.invalid/t", "https://api.quantaprice.invalid/v1", None);
    let plain = answering_at_once(b"HTTP/1.1 400 Bad Request\r\ncontent-length: 0\r\n\r\n").await;
    let plain = profile(&format!("https://{plain}/t"), &format!("https://{plain}/v1"), None);
    for (profile, kind) in [(refused, StepKind::Tcp), (unknown, StepKind::Dns), (plain, StepKind::Tls)] {
        let check = check(&profile).await;
        agrees(failed(&check, kind), &client_says(&profile).await);
    }
}

/// A server that speaks first, and no TLS.
async fn answering_at_once(words: &'static [u8]) -> std::net::SocketAddr {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            tokio::io::AsyncWriteExt::write_all(&mut stream, words).await.unwrap();
            // Stays open, as a server that waits for a request does.
            tokio::spawn(async move {
                tokio::time::sleep(Duration::from_secs(5)).await;
                drop(stream);
            });
        }
    });
    address
}

#[tokio::test]
async fn plain_http_beyond_this_pc_is_refused_at_the_first_step() {
    let profile = profile("http://login.example.com/t", "http://api.example.com/v1", None);
    let check = check(&profile).await;
    agrees(failed(&check, StepKind::Proxy), &client_says(&profile).await);
}

#[tokio::test]
async fn h2_a_ca_file_that_is_none_is_named() {
    let server = Server::start_tls(Authority::new().acceptor("127.0.0.1", 2040), token_reply).await;
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("ca.pem");
    std::fs::write(&path, "no certificate").unwrap();
    let profile = urls(&server, &server, "https", Some(path));
    let check = check(&profile).await;
    agrees(failed(&check, StepKind::Tls), &client_says(&profile).await);
}

#[tokio::test]
async fn h4_a_server_that_says_nothing_is_given_up_at_the_connection_s_limit() {
    // The system takes the connection; nobody answers it.
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let profile = profile(&format!("https://{}/t", listener.local_addr().unwrap()), "https://127.0.0.1:1/v1", None);
    let limits = Limits { connect: Duration::from_millis(300), request: Duration::from_secs(5) };
    let explorer = Explorer::over(Http::with_limits(limits), || {});
    let check = check_with(&explorer, &profile, ask("A")).await;
    let step = failed(&check, StepKind::Tls);
    assert!(step.finding.contains("did not answer the connection within 0.3 s"), "{}", step.finding);
    assert_eq!(check.legs[1].steps[0].state, StepState::NotReached);
}

#[tokio::test]
async fn t16_a_refused_key_is_named_and_not_asked_again() {
    let refusal = server::reply(401, "content-type: application/json\r\n", br#"{"error":"invalid_client"}"#);
    let server = Server::start(move |_| refusal.clone()).await;
    let (explorer, profile) = (explorer(), urls(&server, &server, "http", None));
    let first = check_with(&explorer, &profile, ask("A")).await;
    let step = failed(&first, StepKind::Token);
    assert!(step.finding.starts_with("The server refused this key: it was revoked, or the secret is wrong. The server says: HTTP 401, invalid_client."), "{}", step.finding);
    assert!(step.advice.as_ref().unwrap().contains("Account Portal"));
    let again = check_with(&explorer, &profile, ask("A")).await;
    let step = failed(&again, StepKind::Token);
    assert!(step.finding.ends_with("the server was not asked again."), "{}", step.finding);
    assert_eq!(server.requests().len(), 1);
}

#[tokio::test]
async fn a_token_in_hand_is_used_and_an_unknown_sku_is_still_a_connection() {
    let server = Server::start(|request| match request.line() {
        line if line.starts_with("POST") => token_reply(request),
        line if line.contains("SECRET") => server::reply(403, "", b""),
        _ => server::reply(404, "content-type: application/json\r\n", br#"{"error":"not_found","sku":"B"}"#),
    })
    .await;
    let (explorer, profile) = (explorer(), urls(&server, &server, "http", None));
    let first = check_with(&explorer, &profile, ask("B")).await;
    assert_eq!(first.end, End::Well, "{}", first.to_text());
    assert!(first.to_text().contains("B: Unknown SKU (HTTP 404). The connection works all the same."));
    let second = check_with(&explorer, &profile, ask("SECRET")).await;
    assert!(second.to_text().contains("Token #1 is in hand and valid for "), "{}", second.to_text());
    assert!(failed(&second, StepKind::Price).finding.contains("no permission"), "{}", second.to_text());
    let tokens = server.requests().iter().filter(|request| request.line().starts_with("POST")).count();
    assert_eq!(tokens, 1);
}

#[tokio::test]
async fn without_a_sku_the_price_step_is_skipped_and_says_so() {
    let server = Server::start(token_reply).await;
    let profile = urls(&server, &server, "http", None);
    let check = check_with(&explorer(), &profile, PriceWish::Skip("No SKU was named.".into())).await;
    assert_eq!((check.end, states(&check)[5].1), (End::Well, StepState::Skipped));
    assert!(check.to_text().contains("All is well, as far as it was looked at."), "{}", check.to_text());
}

#[tokio::test]
async fn dropping_the_check_cancels_it_and_the_log_says_so() {
    let server = Server::start(|_| Answer::Hang(vec![])).await;
    let (explorer, profile) = (explorer(), urls(&server, &server, "http", None));
    let limit = tokio::time::timeout(Duration::from_millis(300), check_with(&explorer, &profile, ask("A"))).await;
    assert!(limit.is_err());
    let events = explorer.activity.snapshot();
    let last = events.iter().filter(|event| event.kind == Kind::Check).last().unwrap().clone();
    assert_eq!((last.outcome, &*last.subject), (EventOutcome::GivenUp, &*format!("Token of {}", server.address)));
}

#[tokio::test]
async fn each_step_is_told_as_it_comes() {
    let server = Server::start(token_reply).await;
    let (explorer, profile) = (explorer(), urls(&server, &server, "http", None));
    let secret = SecretAt::Memory(SECRET.into());
    let told = std::sync::Mutex::new(Vec::new());
    let tell = |check: &Check| told.lock().unwrap().push(states(check));
    let open = explorer.open(&profile, &secret);
    connection::run(&explorer, &profile, open, PriceWish::Skip("No SKU.".into()), tell).await;
    let told = told.into_inner().unwrap();
    for place in 0..6 {
        let of_step: Vec<_> = told.iter().map(|states| states[place].1).collect();
        assert!(of_step.contains(&StepState::Running), "{of_step:?}");
        assert!(of_step.last().is_some_and(|state| state.is_over()), "{of_step:?}");
    }
}
