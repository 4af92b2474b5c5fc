//! The sandbox: the vendor's API on a loopback port of this very process, with a demo catalogue and faults to rehearse.
//!
//! Owns the server's life: [`Sandbox::start`] brings it up, dropping it takes it down with everything it had open.
//! Refuses every address but 127.0.0.1, writes nothing to disk, and keeps its demo key in memory only.
//!
//! What the vendor documents (token request, token reply, `invalid_client`, 401 and 403) is done as documented. The
//! bodies of price replies are invented: the vendor documents none.

mod catalogue;
mod fault;
mod introduction;
mod query;
mod replies;
mod server;
mod shapes;
mod state;
mod tokens;

use std::{
    fmt, io,
    net::{Ipv4Addr, TcpListener},
    sync::Arc,
    thread,
    time::Duration,
};

use secrecy::SecretString;
use tokio::sync::oneshot;
use url::Url;

pub use self::{
    catalogue::{DemoSku, demo_skus},
    fault::{Canned, Endpoint, Fault, FaultNameError, ReplyFault},
    state::Counts,
};
use self::{state::Shared, tokens::CryptoError};

/// A SKU that the catalogue has, with prices: what a first look asks for.
pub const SAMPLE_SKU: &str = "PRODUCT-001";

/// How to start a sandbox.
#[derive(Clone, Debug)]
pub struct Options {
    /// 0 takes any free port.
    pub port: u16,
    /// How long a token lives, in whole seconds; 3600 s, as the vendor's do, unless said otherwise.
    pub expires_in: Duration,
    /// Faults that are on from the start.
    pub faults: Vec<Fault>,
}

impl Default for Options {
    fn default() -> Self {
        Self { port: 0, expires_in: Duration::from_hours(1), faults: Vec::new() }
    }
}

/// Why the sandbox did not start.
#[derive(Debug, thiserror::Error)]
pub enum SandboxError {
    #[error("the sandbox cannot listen on 127.0.0.1 port {port}; choose another port, or 0 for any free one")]
    Listen { port: u16, source: io::Error },
    #[error("the sandbox cannot make its key pair; start the program again")]
    Keys(#[source] KeyError),
    #[error("the sandbox cannot start its thread; close other programs and try again")]
    Thread(#[source] io::Error),
    #[error("the sandbox stopped while it was starting; try again")]
    Stopped,
}

/// What the cryptography library says of a failure, which is next to nothing.
#[derive(Debug, thiserror::Error)]
#[error(transparent)]
pub struct KeyError(CryptoError);

/// A running sandbox. Dropping it stops the server, its connections and all its tasks.
///
/// It runs on a thread and a runtime of its own, so whatever is done to the caller's runtime (a paused clock, a busy
/// frame, shutting down) does not reach the server, and nothing that the server leaves open can outlive it.
pub struct Sandbox {
    shared: Arc<Shared>,
    token_url: Url,
    api_url: Url,
    client_secret: SecretString,
    /// Dropping this is the sign to stop.
    _stop: oneshot::Sender<()>,
    stopped: oneshot::Receiver<()>,
}

impl Sandbox {
    /// Starts the server. Returns once it accepts connections, which takes as long as making an RSA key pair.
    pub async fn start(options: Options) -> Result<Self, SandboxError> {
        let (ready, is_ready) = oneshot::channel();
        let (stop, is_stopped) = oneshot::channel::<()>();
        let (ended, stopped) = oneshot::channel::<()>();
        thread::Builder::new()
            .name("sandbox".to_owned())
            .spawn(move || {
                run(options, ready, is_stopped);
                drop(ended);
            })
            .map_err(SandboxError::Thread)?;
        let Ready { shared, token_url, api_url } = is_ready.await.map_err(|_| SandboxError::Stopped)??;
        let client_secret = SecretString::from(shared.client_secret.as_str());
        Ok(Self { shared, token_url, api_url, client_secret, _stop: stop, stopped })
    }

    /// Stops the server and waits until its port is free again. Dropping does the same without waiting.
    pub async fn stop(self) {
        let Self { _stop: stop, stopped, .. } = self;
        drop(stop);
        // The sender is never used: that it is gone is the message.
        let _gone = stopped.await;
    }

    /// `http://127.0.0.1:PORT/oauth2/token`.
    pub fn token_url(&self) -> &Url {
        &self.token_url
    }

    /// `http://127.0.0.1:PORT/api/v1`, without a slash at its end, as the vendor writes it.
    pub fn api_url(&self) -> &Url {
        &self.api_url
    }

    /// The demo key's id: 24 hexadecimal characters, other ones at each start.
    pub fn client_id(&self) -> &str {
        &self.shared.client_id
    }

    /// The demo key's secret: 64 hexadecimal characters, other ones at each start.
    pub fn client_secret(&self) -> &SecretString {
        &self.client_secret
    }

    /// The public key of the tokens as a JWK set, as JSON text; also at `/.well-known/jwks.json`.
    pub fn jwks(&self) -> String {
        self.shared.issuer.jwks()
    }

    /// What a person needs who uses the sandbox by hand: URLs, the demo key, how to try it, SKUs worth trying.
    /// It holds the demo secret, which is good for nothing but this sandbox.
    pub fn introduction(&self) -> String {
        introduction::write(&self.shared, &self.token_url, &self.api_url)
    }

    /// Turns a fault on, in place of one of the same kind.
    pub fn set_fault(&self, fault: Fault) {
        self.shared.set(fault);
    }

    /// Spoils the next replies of an endpoint and then no more; 0 replies clears the fault.
    pub fn spoil_next(&self, endpoint: Endpoint, fault: ReplyFault, replies: u32) {
        self.shared.set_for(Fault::Reply(endpoint, fault), replies);
    }

    /// Turns a fault off; its numbers do not matter.
    pub fn clear_fault(&self, fault: &Fault) {
        self.shared.clear(fault);
    }

    /// Turns all faults off. A revoked key is restored by it.
    pub fn clear_faults(&self) {
        self.shared.clear_all();
    }

    /// The faults that are on, in the order in which they were set.
    pub fn faults(&self) -> Vec<Fault> {
        self.shared.faults()
    }

    /// Revokes the demo key: it and every token issued from it are refused at once (vendor page, "Revoking Keys").
    pub fn revoke_key(&self) {
        self.shared.set(Fault::RevokedKey);
    }

    /// Makes the demo key good again. Tokens from before stay dead.
    pub fn restore_key(&self) {
        self.shared.clear(&Fault::RevokedKey);
    }

    /// Refuses every token issued so far, as if its hour were over.
    pub fn expire_tokens(&self) {
        self.shared.expire_tokens();
    }

    /// How often the server was asked since it started.
    pub fn counts(&self) -> Counts {
        self.shared.counts()
    }
}

impl fmt::Debug for Sandbox {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Sandbox")
            .field("token_url", &self.token_url.as_str())
            .field("shared", &self.shared)
            .finish_non_exhaustive()
    }
}

struct Ready {
    shared: Arc<Shared>,
    token_url: Url,
    api_url: Url,
}

/// The sandbox's thread. Everything that the server opens lives in the runtime made here and ends with it.
fn run(options: Options, ready: oneshot::Sender<Result<Ready, SandboxError>>, is_stopped: oneshot::Receiver<()>) {
    let (listener, runtime, prepared) = match prepare(options) {
        Ok(prepared) => prepared,
        Err(error) => {
            // Nobody is left to tell when the caller has given up.
            let _unheard = ready.send(Err(error));
            return;
        }
    };
    let routes = server::routes(Arc::clone(&prepared.shared));
    runtime.block_on(async {
        let Ok(listener) = tokio::net::TcpListener::from_std(listener) else { return };
        if ready.send(Ok(prepared)).is_err() {
            return;
        }
        tokio::select! {
            _ = is_stopped => {}
            _ = axum::serve(listener, routes) => {}
        }
    });
}

fn prepare(options: Options) -> Result<(TcpListener, tokio::runtime::Runtime, Ready), SandboxError> {
    let listen = |source| SandboxError::Listen { port: options.port, source };
    // The port comes first: it is what fails most, and it fails fast.
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, options.port)).map_err(listen)?;
    listener.set_nonblocking(true).map_err(listen)?;
    let port = listener.local_addr().map_err(listen)?.port();
    let origin = format!("http://127.0.0.1:{port}");
    let url = |path| Url::parse(&format!("{origin}{path}")).map_err(|_| SandboxError::Stopped);
    let (token_url, api_url) = (url(server::TOKEN_PATH)?, url(server::API_PATH)?);
    let shared = Shared::generate(origin, options.expires_in, options.faults)
        .map_err(|error| SandboxError::Keys(KeyError(error)))?;
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().map_err(SandboxError::Thread)?;
    Ok((listener, runtime, Ready { shared: Arc::new(shared), token_url, api_url }))
}
