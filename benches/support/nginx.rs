//! A server with static replies: nginx where there is one, else one in this process; counted by its token requests.

use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use url::Url;

/// Where the SKU that was asked for is put in: a variable of nginx.
const ASKED: &str = "$arg_sku";
/// A reply that names one price of the SKU that was asked for, as a price of a price list is described in the vendor's data
/// model.
const BODY: &str = r#"{"sku":"$arg_sku","price":"12.10","currency":"EUR","pricelist":"PL-RETAIL","vat_mode":"GROSS"}"#;
/// The API base below which the replies are those of [`SIX`].
pub const SIX_PRICES: &str = "/api/six";
/// A body with all that one SKU may have: two price lists, quantity breaks, 0.6 KB.
const SIX: &str = r#"{"sku":"$arg_sku","name":"Screwdriver set, 12 pieces","items":[{"pricelist":{"code":"PL-RETAIL","name":"Retail, Europe","currency_code":"EUR","vat_mode":"GROSS","tax_areas":["SE","DK","FI","DE"],"start_date":"2026-09-01","end_date":null},"prices":[{"quantity":1,"price":12.10},{"quantity":10,"price":11.50},{"quantity":100,"price":9.95}]},{"pricelist":{"code":"PL-WHOLESALE-SE","name":"Wholesale, Sweden","currency_code":"SEK","vat_mode":"NET","tax_areas":["SE"],"start_date":"2026-09-01","end_date":"2026-12-31"},"prices":[{"quantity":1,"price":109.00},{"quantity":10,"price":103.50},{"quantity":100,"price":89.55}]}],"page":0,"size":20,"total":2}"#;
pub const TOKEN: &str = "opaque-token-of-the-benchmark-server-0123456789";
const NGINX: &str = "/usr/sbin/nginx";

pub enum Static {
    Nginx { child: Child, folder: tempfile::TempDir, port: u16 },
    Own { port: u16, tokens: Arc<AtomicUsize> },
}

impl Static {
    /// nginx, or what takes its place, which waits `latency` before each answer.
    pub fn start(latency: Duration) -> Self {
        if Path::new(NGINX).exists() { Self::nginx() } else { Self::slow(latency) }
    }

    fn nginx() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let port = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let at = |name: &str| folder.path().join(name).display().to_string();
        let paths = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"];
        let paths = paths.map(|name| format!("  {name}_temp_path {};\n", at(name))).concat();
        let token = token_reply();
        let config = format!(
            "worker_processes 1;\ndaemon off;\npid {};\nerror_log {};\nevents {{ worker_connections 1024; }}\nhttp {{\n{paths}  \
             access_log off;\n  keepalive_requests 100000000;\n  default_type application/json;\n  server {{\n    listen \
             127.0.0.1:{port};\n    location = /api/v1/prices {{ return 200 '{BODY}'; }}\n    location = {SIX_PRICES}/prices {{ return 200 '{SIX}'; }}\n    location = /oauth2/token {{ access_log \
             {}; return 200 '{token}'; }}\n  }}\n}}\n",
            at("pid"),
            at("error.log"),
            at("token.log"),
        );
        std::fs::write(folder.path().join("nginx.conf"), config).unwrap();
        let mut command = Command::new(NGINX);
        command.arg("-c").arg(folder.path().join("nginx.conf")).arg("-p").arg(folder.path());
        let child = command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
        let started = Instant::now();
        while std::net::TcpStream::connect(("127.0.0.1", port)).is_err() {
            assert!(started.elapsed() < Duration::from_secs(5), "nginx did not start");
            std::thread::sleep(Duration::from_millis(5));
        }
        Self::Nginx { child, folder, port }
    }

    /// A server in this process that waits before each answer.
    pub fn slow(latency: Duration) -> Self {
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        listener.set_nonblocking(true).unwrap();
        let tokens = Arc::new(AtomicUsize::new(0));
        let counter = Arc::clone(&tokens);
        // A thread of its own, so that the program's tasks do not wait behind it.
        std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
            runtime.block_on(async move {
                let listener = tokio::net::TcpListener::from_std(listener).unwrap();
                while let Ok((connection, _)) = listener.accept().await {
                    tokio::spawn(serve(connection, latency, Arc::clone(&counter)));
                }
            });
        });
        Self::Own { port, tokens }
    }

    pub fn name(&self) -> &'static str {
        match self {
            Self::Nginx { .. } => "nginx",
            Self::Own { .. } => "a server in this process (there is no nginx here)",
        }
    }

    pub fn url(&self, path: &str) -> Url {
        let (Self::Nginx { port, .. } | Self::Own { port, .. }) = self;
        format!("http://127.0.0.1:{port}{path}").parse().unwrap()
    }

    /// How many token requests came since the start.
    pub fn token_requests(&self) -> usize {
        match self {
            Self::Nginx { folder, .. } => {
                let log: PathBuf = folder.path().join("token.log");
                std::fs::read_to_string(log).map_or(0, |log| log.lines().count())
            }
            Self::Own { tokens, .. } => tokens.load(Ordering::SeqCst),
        }
    }

    /// What the program has to know to ask this server.
    pub fn variables(&self) -> [(&'static str, String); 4] {
        [
            ("QUANTAPRICE_CLIENT_ID", "0123456789abcdef01234567".into()),
            ("QUANTAPRICE_CLIENT_SECRET", "5ec2e75e".repeat(8)),
            ("QUANTAPRICE_TOKEN_URL", self.url("/oauth2/token").into()),
            ("QUANTAPRICE_API_URL", self.url("/api/v1").into()),
        ]
    }
}

impl Drop for Static {
    fn drop(&mut self) {
        if let Self::Nginx { child, .. } = self {
            // Its worker ends with it when it is asked to, and not when it is killed.
            let _asked = Command::new("kill").args(["-TERM", &child.id().to_string()]).status();
            let _reaped = child.wait();
        }
    }
}

fn token_reply() -> String {
    format!(r#"{{"access_token":"{TOKEN}","token_type":"Bearer","expires_in":3600}}"#)
}

async fn serve(
    mut connection: tokio::net::TcpStream,
    latency: Duration,
    tokens: Arc<AtomicUsize>,
) -> std::io::Result<()> {
    connection.set_nodelay(true)?;
    let reply = |body: &str| {
        format!("HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: {}\r\n\r\n{body}", body.len())
    };
    let mut request = Vec::new();
    loop {
        if connection.read_buf(&mut request).await? == 0 {
            return Ok(());
        }
        let Some(head) = request.windows(4).position(|end| end == b"\r\n\r\n") else { continue };
        let is_token = request.starts_with(b"POST");
        // A GET ends with its head. The one POST there is ends with its form.
        if is_token && !request[head..].windows(14).any(|text| text == b"client_secret=") {
            continue;
        }
        if !latency.is_zero() {
            tokio::time::sleep(latency).await;
        }
        if is_token {
            tokens.fetch_add(1, Ordering::SeqCst);
        }
        let target = String::from_utf8_lossy(&request);
        let asked = target.split_once("sku=").map_or("", |(_, rest)| rest.split([' ', '&']).next().unwrap_or_default());
        let answer = match is_token {
            true => reply(&token_reply()),
            false if target.starts_with("GET /api/six/") => reply(&SIX.replace(ASKED, asked)),
            false => reply(&BODY.replace(ASKED, asked)),
        };
        connection.write_all(answer.as_bytes()).await?;
        request.clear();
    }
}
