//! A server that is as small as a server can be: it takes one request a connection, keeps it, and sends bytes back.
//!
//! Owns what a test must know of the wire itself: the request line byte for byte, and how often someone connected.

#![allow(dead_code, reason = "each test crate takes what it needs from here")]

use std::net::SocketAddr;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::TcpListener;
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

type Reply = Arc<dyn Fn(&Request) -> Vec<u8> + Send + Sync>;

pub struct Server {
    pub address: SocketAddr,
    requests: Arc<Mutex<Vec<Request>>>,
    connections: Arc<AtomicUsize>,
    task: JoinHandle<()>,
}

impl Server {
    pub async fn start(reply: impl Fn(&Request) -> Vec<u8> + Send + Sync + 'static) -> Self {
        Self::listen(None, Arc::new(reply)).await
    }

    pub async fn start_tls(tls: TlsAcceptor, reply: impl Fn(&Request) -> Vec<u8> + Send + Sync + 'static) -> Self {
        Self::listen(Some(tls), Arc::new(reply)).await
    }

    async fn listen(tls: Option<TlsAcceptor>, reply: Reply) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let requests = Arc::new(Mutex::new(Vec::new()));
        let connections = Arc::new(AtomicUsize::new(0));
        let (kept, counted) = (Arc::clone(&requests), Arc::clone(&connections));
        let task = tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                counted.fetch_add(1, Ordering::SeqCst);
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
        Self { address, requests, connections, task }
    }

    pub fn requests(&self) -> Vec<Request> {
        self.requests.lock().unwrap().clone()
    }

    pub fn connections(&self) -> usize {
        self.connections.load(Ordering::SeqCst)
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

async fn serve(mut stream: impl AsyncRead + AsyncWrite + Unpin, reply: &Reply, kept: &Mutex<Vec<Request>>) {
    let Some(request) = read(&mut stream).await else { return };
    let answer = reply(&request);
    kept.lock().unwrap().push(request);
    // A client may hang up as soon as it has seen enough.
    let _sent = stream.write_all(&answer).await;
    let _closed = stream.shutdown().await;
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
