//! The program behind a proxy, in a process of its own, since the settings are the system's: one way out for both calls (H2).

// Elsewhere the trust store is the system's alone: SSL_CERT_FILE, by which the program is to trust this test's authority, is
// read on Linux only.
#![cfg(target_os = "linux")]
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]

#[path = "support/authority.rs"]
mod authority;
#[path = "support/endpoints.rs"]
mod endpoints;
#[path = "support/program.rs"]
mod program;
#[path = "support/server.rs"]
mod server;

use std::process::{Command, Output};

use authority::Authority;
use endpoints::{SECRET, TOKEN, price_reply, token_reply};
use program::{Bench, SandboxProcess, code, err, lines, out};
use serde_json::Value;
use server::{Answer, Server};

const CLIENT_ID: &str = "0123456789abcdef01234567";

/// Two hosts that only the proxy can reach.
struct Network {
    bench: Bench,
    authority: Authority,
    token: Server,
    api: Server,
    proxy: Server,
}

impl Network {
    async fn new() -> Self {
        let authority = Authority::new();
        let token = Server::start_tls(authority.acceptor("login.invalid", 2040), token_reply).await;
        let api = Server::start_tls(authority.acceptor("api.invalid", 2040), price_reply).await;
        let (to_token, to_api) = (token.address, api.address);
        let proxy = Server::start(move |request| match request.line() {
            "CONNECT login.invalid:443 HTTP/1.1" => Answer::Tunnel(to_token),
            "CONNECT api.invalid:443 HTTP/1.1" => Answer::Tunnel(to_api),
            other => panic!("{other}"),
        });
        Self { bench: Bench::new(), authority, token, api, proxy: proxy.await }
    }

    fn lookup(&self) -> Command {
        let mut command = self.bench.program(&["lookup", "A", "--format", "ndjson"]);
        command.env("QUANTAPRICE_CLIENT_ID", CLIENT_ID).env("QUANTAPRICE_CLIENT_SECRET", SECRET);
        command.env("QUANTAPRICE_TOKEN_URL", "https://login.invalid/oauth2/token");
        command.env("QUANTAPRICE_API_URL", "https://api.invalid/api/v1");
        command.env("SSL_CERT_FILE", self.authority.file());
        command.env("HTTPS_PROXY", format!("http://{}", self.proxy.address));
        command
    }

    fn tunnels(&self) -> Vec<String> {
        let line = |request: &server::Request| request.line().split(' ').nth(1).unwrap().to_owned();
        self.proxy.requests().iter().map(line).collect()
    }
}

/// Runs a command while this test's servers go on answering.
async fn run(mut command: Command) -> Output {
    tokio::task::spawn_blocking(move || command.output().unwrap()).await.unwrap()
}

#[tokio::test]
async fn h2_both_calls_go_through_the_proxy_and_it_learns_nothing() {
    let network = Network::new().await;
    let mut command = network.lookup();
    command.env("QUANTAPRICE_LOG", "trace");
    let output = run(command).await;
    assert_eq!(code(&output), 0, "{}{}", out(&output), err(&output));
    assert_eq!(lines(out(&output))[0]["outcome"], "priced");
    assert_eq!(network.tunnels(), ["login.invalid:443", "api.invalid:443"]);
    assert_eq!((network.token.requests().len(), network.api.requests().len()), (1, 1));
    let seen: String = network.proxy.requests().iter().map(server::Request::text).collect();
    let logged = err(&output);
    assert!(logged.len() > 1_000, "the log was on");
    for text in [seen.as_str(), logged] {
        assert!(!text.contains(SECRET) && !text.contains(TOKEN) && !text.to_lowercase().contains("authorization: b"));
    }
}

#[tokio::test]
async fn h2_no_proxy_holds_for_the_host_that_it_names() {
    let network = Network::new().await;
    let mut command = network.lookup();
    command.env("NO_PROXY", "api.invalid");
    let output = run(command).await;
    assert_eq!(code(&output), 1, "{}", err(&output));
    assert_eq!(network.tunnels(), ["login.invalid:443"]);
    let error = &lines(out(&output))[0]["error"];
    assert!(error["message"].as_str().unwrap().contains("api.invalid was not found"), "{error}");
}

#[tokio::test]
async fn h2_a_proxy_that_refuses_is_named_and_asked_once() {
    let refusals = ["407 Proxy Authentication Required", "403 Forbidden", "502 Bad Gateway"];
    for refusal in refusals {
        let network = Network::new().await;
        let answer = format!("HTTP/1.1 {refusal}\r\ncontent-length: 0\r\n\r\n").into_bytes();
        let proxy = Server::start(move |_| answer.clone()).await;
        let mut command = network.lookup();
        command.env("HTTPS_PROXY", format!("http://{}", proxy.address));
        let output = run(command).await;
        assert_eq!(code(&output), 1, "{}", err(&output));
        let error = &lines(out(&output))[0]["error"];
        assert_eq!(error["kind"], "network");
        assert!(
            error["message"].as_str().unwrap().starts_with("The proxy did not connect to login.invalid"),
            "{error}"
        );
        assert!(error["hint"].as_str().unwrap().contains("HTTPS_PROXY"), "{error}");
        assert_eq!(proxy.connections(), 1);
    }
}

#[tokio::test]
async fn h2_a_proxy_whose_own_name_is_unknown_is_not_taken_for_the_host() {
    let network = Network::new().await;
    let mut command = network.lookup();
    command.env("HTTPS_PROXY", "http://proxy.invalid:3128");
    let output = run(command).await;
    let error = &lines(out(&output))[0]["error"];
    assert!(error["message"].as_str().unwrap().starts_with("The proxy did not connect to login.invalid"), "{error}");
    assert!(error["hint"].as_str().unwrap().contains("HTTPS_PROXY"), "{error}");
}

#[tokio::test]
async fn h2_a_proxy_that_is_dead_or_silent_is_named_in_place_of_the_host() {
    let network = Network::new().await;
    let silent = Server::start(|_| Answer::Hang(vec![])).await;
    let cases = [
        ("127.0.0.1:1".to_owned(), "no connection to the proxy 127.0.0.1:1 itself, nothing answers there."),
        ("proxy.invalid:3128".to_owned(), "its own name, proxy.invalid, was not found."),
        (silent.address.to_string(), &*format!("nothing came back through the proxy {} within 10 s.", silent.address)),
    ];
    for (proxy, words) in cases {
        let mut lookup = network.lookup();
        lookup.env("HTTPS_PROXY", format!("http://{proxy}"));
        let mut check = network.bench.program(&["check", "--format", "json"]);
        check.envs(lookup.get_envs().filter_map(|(name, value)| Some((name, value?))));
        let (lookup, check) = tokio::join!(run(lookup), run(check));
        let expected = format!("The proxy did not connect to login.invalid: {words}");
        let errors = [
            lines(out(&lookup))[0]["error"].clone(),
            serde_json::from_str::<Value>(out(&check)).unwrap()["fault"].clone(),
        ];
        for error in errors {
            assert!(error["message"].as_str().unwrap().starts_with(&expected), "{error}");
            assert!(error["hint"].as_str().unwrap().contains("HTTPS_PROXY"), "{error}");
        }
    }
}

#[tokio::test]
async fn h2_the_token_host_s_proxy_is_not_blamed_for_a_certificate_of_the_api() {
    let network = Network::new().await;
    let stranger = Authority::named("Somebody's CA");
    let api = Server::start_tls(stranger.acceptor("localhost", 2040), price_reply).await;
    let mut command = network.lookup();
    command.env("QUANTAPRICE_API_URL", format!("https://localhost:{}/api", api.address.port()));
    let output = run(command).await;
    assert_eq!(network.tunnels(), ["login.invalid:443"]);
    let message = lines(out(&output))[0]["error"]["message"].as_str().unwrap().to_owned();
    assert!(message.contains("issued by “Somebody's CA”, which this PC does not trust"), "{message}");
    assert!(!message.contains(&network.proxy.address.to_string()), "{message}");
}

#[tokio::test]
async fn h2_plain_text_to_this_machine_never_goes_through_a_proxy() {
    let bench = Bench::new();
    let sandbox = SandboxProcess::start(&bench, &[]);
    let proxy = Server::start(|_| server::reply(502, "", b"")).await;
    let address = format!("http://{}", proxy.address);
    let proxies = ["HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy", "HTTPS_PROXY"];
    let mut command = bench.program(&["lookup", "PRODUCT-001"]);
    command.envs(&sandbox.variables).envs(proxies.map(|name| (name, &address)));
    let output = run(command).await;
    assert_eq!(proxy.connections(), 0, "the proxy was given {:?}", proxy.requests().first().map(server::Request::line));
    assert_eq!(code(&output), 0, "{}", out(&output));
    let mut command = bench.program(&["--sandbox", "lookup", "PRODUCT-001"]);
    command.envs(proxies.map(|name| (name, &address)));
    assert_eq!(code(&run(command).await), 0);
    assert_eq!(proxy.connections(), 0);
}
