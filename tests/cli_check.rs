//! The command `check` of the real program: what it prints, how it exits, and that it goes the way of the proxies.

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
use program::{Bench, SandboxProcess, code, err, out};
use serde_json::Value;
use server::{Answer, Server};

/// Runs a command while this test's servers go on answering.
async fn run(mut command: Command) -> Output {
    tokio::task::spawn_blocking(move || command.output().unwrap()).await.unwrap()
}

fn json(output: &Output) -> Value {
    serde_json::from_str(out(output)).unwrap_or_else(|error| panic!("{error}: {}{}", out(output), err(output)))
}

#[test]
fn all_is_well_with_the_sandbox_as_text_and_as_json() {
    let bench = Bench::new();
    let text = bench.run(&["--sandbox", "check"]);
    assert_eq!(code(&text), 0, "{}{}", out(&text), err(&text));
    assert!(out(&text).starts_with("Connection check of Sandbox (Sandbox), "), "{}", out(&text));
    for expected in ["No TLS on loopback", "Token #1 came", "PRODUCT-001: Priced (HTTP 200).", "All is well."] {
        assert!(out(&text).contains(expected), "“{expected}” is not in\n{}", out(&text));
    }
    assert_eq!(out(&text).matches("  Proxy  ").count(), 1, "one host, looked at once");
    let found = json(&bench.run(&["check", "--sandbox", "--format", "json", "MISSING-001"]));
    assert_eq!((&found["result"], &found["fault"]), (&"ok".into(), &Value::Null));
    let price = &found["hosts"][0]["steps"][5];
    assert_eq!((&price["step"], &price["state"]), (&"price".into(), &"ok".into()));
    assert!(price["finding"].as_str().unwrap().contains("Unknown SKU"));
}

#[test]
fn the_exit_status_says_what_came_of_it() {
    let bench = Bench::new();
    let cases: [(&[&str], i32); 7] = [
        (&["--sandbox", "check", "PRODUCT-001"], 0),
        (&["--sandbox", "check", "BROKEN-001"], 1),
        (&["--sandbox", "check", "FORBIDDEN-001"], 1),
        (&["check"], 2),
        (&["--profile", "nobody", "check"], 2),
        (&["--sandbox", "check", "A\nB"], 2),
        (&["--sandbox", "check", "--format", "table"], 2),
    ];
    for (arguments, expected) in cases {
        let output = bench.run(arguments);
        assert_eq!(code(&output), expected, "{arguments:?}: {}{}", out(&output), err(&output));
    }
    let help = bench.run(&["check", "--help"]);
    for expected in ["proxy, DNS, TCP, TLS, token, price", "Exit status: 0", "--format", "[SKU]"] {
        assert!(out(&help).contains(expected), "{}", out(&help));
    }
}

#[test]
fn a_wrong_secret_fails_at_the_token_with_its_advice() {
    let bench = Bench::new();
    let sandbox = SandboxProcess::start(&bench, &["revoked-key"]);
    let output = bench.program(&["check", "A", "--format", "json"]).envs(&sandbox.variables).output().unwrap();
    assert_eq!(code(&output), 1);
    let found = json(&output);
    assert_eq!(found["fault"]["step"], "token");
    assert!(found["fault"]["message"].as_str().unwrap().contains("refused this key"), "{found}");
    assert!(found["fault"]["hint"].as_str().unwrap().contains("Account Portal"), "{found}");
    assert_eq!(found["hosts"][0]["steps"][5]["state"], "not_reached");
}

#[test]
fn k1_not_even_the_trace_of_a_check_holds_a_secret_or_a_token() {
    let bench = Bench::new();
    let sandbox = SandboxProcess::start(&bench, &[]);
    let mut command = bench.program(&["check", "PRODUCT-001"]);
    let output = command.envs(&sandbox.variables).env("QUANTAPRICE_LOG", "trace").output().unwrap();
    assert_eq!(code(&output), 0, "{}", err(&output));
    let said = format!("{}{}", out(&output), err(&output));
    assert!(!said.contains(sandbox.secret()) && !said.contains("eyJ"));
}

/// Two hosts that only a proxy can reach.
struct Network {
    bench: Bench,
    authority: Authority,
    _servers: [Server; 2],
    proxy: Server,
}

impl Network {
    async fn new() -> Self {
        let authority = Authority::named("Example Corp CA");
        let token = Server::start_tls(authority.acceptor("login.invalid", 2040), token_reply).await;
        let api = Server::start_tls(authority.acceptor("api.invalid", 2040), price_reply).await;
        let (to_token, to_api) = (token.address, api.address);
        let proxy = Server::start(move |request| match request.line() {
            "CONNECT login.invalid:443 HTTP/1.1" => Answer::Tunnel(to_token),
            "CONNECT api.invalid:443 HTTP/1.1" => Answer::Tunnel(to_api),
            other => panic!("{other}"),
        });
        Self { bench: Bench::new(), authority, proxy: proxy.await, _servers: [token, api] }
    }

    fn check(&self, proxy: &str) -> Command {
        let mut command = self.bench.program(&["check", "A"]);
        command.env("QUANTAPRICE_CLIENT_ID", "0123456789abcdef01234567").env("QUANTAPRICE_CLIENT_SECRET", SECRET);
        command.env("QUANTAPRICE_TOKEN_URL", "https://login.invalid/oauth2/token");
        command.env("QUANTAPRICE_API_URL", "https://api.invalid/api/v1");
        command.env("SSL_CERT_FILE", self.authority.file()).env("HTTPS_PROXY", proxy);
        command
    }
}

#[tokio::test]
async fn h2_the_check_goes_through_the_proxy_as_the_requests_do() {
    let network = Network::new().await;
    let output = run(network.check(&format!("http://me:hidden@{}", network.proxy.address))).await;
    assert_eq!(code(&output), 0, "{}{}", out(&output), err(&output));
    let proxy = network.proxy.address;
    for expected in [
        format!("Through the proxy {proxy}, named by HTTPS_PROXY, with a login."),
        "The proxy looks login.invalid up itself.".into(),
        format!("Connected to the proxy at {proxy}, which opened a tunnel to api.invalid."),
        "TLS 1.3, issued by Example Corp CA, ".into(),
        "A: Priced (HTTP 200).".into(),
    ] {
        assert!(out(&output).contains(&expected), "“{expected}” is not in\n{}", out(&output));
    }
    let tunnels = network.proxy.requests();
    assert_eq!(tunnels.len(), 4, "the check's own connection and the request's, for each host");
    // Each says the same to the proxy, the login included.
    let head = |at: usize| {
        let mut lines: Vec<_> = tunnels[at].head.lines().map(str::to_lowercase).collect();
        lines.sort();
        lines
    };
    assert_eq!((head(0), head(2)), (head(1), head(3)));
    assert!(head(0).iter().any(|line| line.starts_with("proxy-authorization: basic ")), "{:?}", head(0));
    for text in [out(&output), err(&output)] {
        assert!(!text.contains("hidden") && !text.contains(SECRET) && !text.contains(TOKEN), "{text}");
    }
}

#[tokio::test]
async fn h2_a_proxy_s_faults_are_the_proxy_s() {
    let network = Network::new().await;
    let refusing = Server::start(|_| server::reply(407, "", b"")).await;
    let cases = [
        (format!("http://{}", refusing.address), "tcp", "wants a login"),
        ("http://127.0.0.1:1".to_owned(), "tcp", "no connection to the proxy 127.0.0.1:1 itself"),
        ("http://proxy.invalid:3128".to_owned(), "dns", "its own name, proxy.invalid, was not found"),
        ("socks5://127.0.0.1:1".to_owned(), "proxy", "socks5"),
    ];
    for (proxy, step, words) in cases {
        let mut command = network.check(&proxy);
        command.args(["--format", "json"]);
        let output = run(command).await;
        assert_eq!(code(&output), 1, "{}", out(&output));
        let found = json(&output);
        assert_eq!(found["fault"]["step"], step, "{found}");
        let message = found["fault"]["message"].as_str().unwrap();
        assert!(
            message.starts_with("The proxy did not connect to login.invalid") && message.contains(words),
            "{message}"
        );
        assert!(found["fault"]["hint"].as_str().unwrap().to_lowercase().contains("proxy"), "{found}");
    }
}

#[tokio::test]
async fn h2_no_proxy_is_named_where_it_decides() {
    let network = Network::new().await;
    let mut command = network.check(&format!("http://{}", network.proxy.address));
    command.env("NO_PROXY", "api.invalid");
    let output = run(command).await;
    assert_eq!(code(&output), 1);
    assert!(out(&output).contains("No proxy for this host: NO_PROXY takes it out of HTTPS_PROXY."), "{}", out(&output));
    assert!(out(&output).contains("The name api.invalid was not found."), "{}", out(&output));
}
