//! A server that is as small as a server can be: it takes one request a connection, keeps it, and sends bytes back, or
//! does what no good server does.
//!
//! Owns what a test must know of the wire itself: the request line byte for byte, how often someone connected, how much was
//! taken, and who left early.

#![allow(dead_code, reason = "each test crate takes what it needs from here")]

use std::io;
use std::net::SocketAddr;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinHandle;
use tokio_rustls::TlsAcceptor;

/// One request as it came over the wire.
#[derive(Debug, Clone)]
pub struct Request {
    /// Request line and headers.
    pub head: String,
    pub body: String,
}

impl Request {
    /// `GET /prices?sku=A HTTP/1.1`.
    pub fn line(&self) -> &str {
        self.head.lines().next().unwrap_or_default()
    }

    /// What follows `?` in the request line.
    pub fn query(&self) -> &str {
        let target = self.line().split(' ').nth(1).unwrap_or_default();
        target.split_once('?').map_or("", |(_, query)| query)
    }

    /// The whole request, to search it.
    pub fn text(&self) -> String {
        format!("{}{}", self.head, self.body)
    }
}

/// What a request is answered with. Bytes alone are sent, and then the connection is closed.
#[derive(Debug, Clone)]
pub enum Answer {
    Bytes(Vec<u8>),
    /// These bytes, one at a time, with this pause before each.
    Drip(Vec<u8>, Duration),
    /// These bytes, then nothing until the client goes.
    Hang(Vec<u8>),
    /// The first bytes once, and the second ones for ever.
    Endless(Vec<u8>, Vec<u8>),
    /// What a proxy does with a `CONNECT`: the connection leads to this address.
    Tunnel(SocketAddr),
}

impl From<Vec<u8>> for Answer {
    fn from(bytes: Vec<u8>) -> Self {
        Self::Bytes(bytes)
    }
}

type Reply = Arc<dyn Fn(&Request) -> Answer + Send + Sync>;

/// What a server saw.
#[derive(Default)]
struct Seen {
    requests: Mutex<Vec<Request>>,
    connections: AtomicUsize,
    bytes_taken: AtomicUsize,
    gone: AtomicUsize,
}

pub struct Server {
    pub address: SocketAddr,
    seen: Arc<Seen>,
    task: JoinHandle<()>,
}

impl Server {
    pub async fn start<A: Into<Answer>>(reply: impl Fn(&Request) -> A + Send + Sync + 'static) -> Self {
        Self::listen(None, Arc::new(move |request| reply(request).into())).await
    }

    pub async fn start_tls<A: Into<Answer>>(
        tls: TlsAcceptor,
        reply: impl Fn(&Request) -> A + Send + Sync + 'static,
    ) -> Self {
        Self::listen(Some(tls), Arc::new(move |request| reply(request).into())).await
    }

    async fn listen(tls: Option<TlsAcceptor>, reply: Reply) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let seen = Arc::new(Seen::default());
        let kept = Arc::clone(&seen);
        let task = tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                kept.connections.fetch_add(1, Ordering::SeqCst);
                let (tls, reply, kept) = (tls.clone(), Arc::clone(&reply), Arc::clone(&kept));
                tokio::spawn(async move {
                    match tls {
                        None => serve(stream, &reply, &kept).await,
                        Some(tls) => {
                            if let Ok(stream) = tls.accept(stream).await {
                                serve(stream, &reply, &kept).await;
                            }
                        }
                    }
                });
            }
        });
        Self { address, seen, task }
    }

    pub fn requests(&self) -> Vec<Request> {
        self.seen.requests.lock().unwrap().clone()
    }

    pub fn connections(&self) -> usize {
        self.seen.connections.load(Ordering::SeqCst)
    }

    /// How many bytes of replies the client, or the system on its way, took.
    pub fn bytes_taken(&self) -> usize {
        self.seen.bytes_taken.load(Ordering::SeqCst)
    }

    /// Waits until a client has left before it had its whole answer.
    pub async fn until_left(&self) {
        let left = async {
            while self.seen.gone.load(Ordering::SeqCst) == 0 {
                tokio::time::sleep(Duration::from_millis(2)).await;
            }
        };
        tokio::time::timeout(Duration::from_secs(5), left).await.expect("the client stayed");
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.task.abort();
    }
}

/// A reply with a status, further headers (each ending in CRLF) and a body.
pub fn reply(status: u16, headers: &str, body: &[u8]) -> Vec<u8> {
    let mut bytes =
        format!("HTTP/1.1 {status} X\r\n{headers}content-length: {}\r\nconnection: close\r\n\r\n", body.len())
            .into_bytes();
    bytes.extend_from_slice(body);
    bytes
}

pub fn json(body: &str) -> Vec<u8> {
    reply(200, "content-type: application/json\r\n", body.as_bytes())
}

async fn serve(mut stream: impl AsyncRead + AsyncWrite + Unpin, reply: &Reply, seen: &Seen) {
    let Some(request) = read(&mut stream).await else { return };
    let answer = reply(&request);
    seen.requests.lock().unwrap().push(request);
    if send(&mut stream, answer, seen).await.is_err() {
        seen.gone.fetch_add(1, Ordering::SeqCst);
    }
    let _closed = stream.shutdown().await;
}

async fn send(stream: &mut (impl AsyncRead + AsyncWrite + Unpin), answer: Answer, seen: &Seen) -> io::Result<()> {
    match answer {
        Answer::Bytes(bytes) => put(stream, &bytes, seen).await,
        Answer::Drip(bytes, pause) => {
            for byte in bytes {
                tokio::time::sleep(pause).await;
                put(stream, &[byte], seen).await?;
            }
            Ok(())
        }
        Answer::Hang(bytes) => {
            put(stream, &bytes, seen).await?;
            while stream.read(&mut [0; 1024]).await? > 0 {}
            Err(io::ErrorKind::ConnectionAborted.into())
        }
        Answer::Endless(first, again) => {
            put(stream, &first, seen).await?;
            loop {
                put(stream, &again, seen).await?;
            }
        }
        Answer::Tunnel(to) => {
            stream.write_all(b"HTTP/1.1 200 Connected\r\n\r\n").await?;
            let mut there = TcpStream::connect(to).await?;
            // How a tunnel ends is for its two ends to judge.
            let _bytes = tokio::io::copy_bidirectional(stream, &mut there).await;
            Ok(())
        }
    }
}

async fn put(stream: &mut (impl AsyncWrite + Unpin), bytes: &[u8], seen: &Seen) -> io::Result<()> {
    stream.write_all(bytes).await?;
    stream.flush().await?;
    seen.bytes_taken.fetch_add(bytes.len(), Ordering::SeqCst);
    Ok(())
}

async fn read(stream: &mut (impl AsyncRead + Unpin)) -> Option<Request> {
    let mut bytes = Vec::new();
    loop {
        let text = String::from_utf8_lossy(&bytes).into_owned();
        if let Some((head, body)) = text.split_once("\r\n\r\n") {
            let length = head.lines().find_map(|line| {
                let (name, value) = line.split_once(':')?;
                name.eq_ignore_ascii_case("content-length").then(|| value.trim().parse::<usize>().ok())?
            });
            if body.len() >= length.unwrap_or(0) {
                return Some(Request { head: head.to_owned(), body: body.to_owned() });
            }
        }
        if stream.read_buf(&mut bytes).await.ok()? == 0 {
            return None;
        }
    }
}
