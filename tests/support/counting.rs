//! Both endpoints on kept connections, which answer after a pause and count who asked for what.

#![allow(dead_code, reason = "each test crate takes what it needs from here")]

use std::collections::HashMap;
use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::process::Command;
use std::sync::atomic::{AtomicU8, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

/// The status and further headers (each ending in CRLF) of the answer to a SKU, by how often it was asked for before.
type Answer = dyn Fn(&str, usize) -> (u16, &'static str) + Send + Sync;

/// Runs until the test ends; its threads end with their connections.
pub struct Counting {
    pub address: SocketAddr,
    seen: Arc<Mutex<Vec<(String, Instant)>>>,
    mood: Arc<AtomicU8>,
}

/// What the server does with every request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
pub enum Mood {
    Well,
    /// The key and all its tokens are refused.
    Revoked,
    /// Each connection is closed without an answer.
    Gone,
}

impl Counting {
    pub fn start(pause: Duration, answer: impl Fn(&str, usize) -> (u16, &'static str) + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let seen = Arc::new(Mutex::new(Vec::new()));
        let mood = Arc::new(AtomicU8::new(Mood::Well as u8));
        let (kept, answer): (_, Arc<Answer>) = (Arc::clone(&seen), Arc::new(answer));
        let known = Arc::clone(&mood);
        std::thread::spawn(move || {
            for stream in listener.incoming().map_while(Result::ok) {
                let (seen, answer, mood) = (Arc::clone(&kept), Arc::clone(&answer), Arc::clone(&known));
                std::thread::spawn(move || _ = serve(stream, pause, &seen, &mood, &*answer));
            }
        });
        Self { address, seen, mood }
    }

    pub fn set(&self, mood: Mood) {
        self.mood.store(mood as u8, Ordering::SeqCst);
    }

    /// The SKUs that were asked for, as they stand in the URL, and when.
    pub fn asked(&self) -> Vec<(String, Instant)> {
        self.seen.lock().unwrap().clone()
    }

    pub fn count(&self) -> usize {
        self.seen.lock().unwrap().len()
    }

    /// How often each was asked for.
    pub fn by_sku(&self) -> HashMap<String, usize> {
        let mut counts = HashMap::new();
        for (sku, _) in self.asked() {
            *counts.entry(sku).or_default() += 1;
        }
        counts
    }

    /// Waits until so many were asked for.
    pub fn until(&self, count: usize) {
        let start = Instant::now();
        while self.count() < count {
            assert!(start.elapsed() < Duration::from_secs(20), "only {} were asked for", self.count());
            std::thread::sleep(Duration::from_millis(1));
        }
    }

    /// Has a command ask here.
    pub fn serve(&self, command: &mut Command) {
        command.env("QUANTAPRICE_CLIENT_ID", "0123456789abcdef01234567");
        command.env("QUANTAPRICE_CLIENT_SECRET", "5ec2e75e".repeat(8));
        command.env("QUANTAPRICE_TOKEN_URL", format!("http://{}/token", self.address));
        command.env("QUANTAPRICE_API_URL", format!("http://{}", self.address));
    }
}

fn serve(
    mut stream: TcpStream,
    pause: Duration,
    seen: &Mutex<Vec<(String, Instant)>>,
    mood: &AtomicU8,
    answer: &Answer,
) -> std::io::Result<()> {
    stream.set_nodelay(true)?;
    let mut request = Vec::new();
    let mut buffer = [0; 4096];
    loop {
        let length = stream.read(&mut buffer)?;
        if length == 0 {
            return Ok(());
        }
        request.extend_from_slice(&buffer[..length]);
        let text = String::from_utf8_lossy(&request).into_owned();
        if !text.contains("\r\n\r\n") || (text.starts_with("POST") && !text.contains("client_secret=")) {
            continue;
        }
        request.clear();
        let mood = mood.load(Ordering::SeqCst);
        if mood == Mood::Gone as u8 {
            return Ok(());
        }
        let (status, headers, body) = if mood == Mood::Revoked as u8 {
            (401, "", r#"{"error":"invalid_client"}"#.to_owned())
        } else if text.starts_with("POST") {
            (200, "", r#"{"access_token":"t0ken-of-the-test","token_type":"Bearer","expires_in":3600}"#.to_owned())
        } else {
            let target = text.split(' ').nth(1).unwrap_or_default();
            let sku = target.split_once("sku=").map_or("", |(_, sku)| sku.split('&').next().unwrap_or_default());
            let earlier = {
                let mut seen = seen.lock().unwrap();
                let earlier = seen.iter().filter(|(known, _)| known == sku).count();
                seen.push((sku.to_owned(), Instant::now()));
                earlier
            };
            std::thread::sleep(pause);
            let (status, headers) = answer(sku, earlier);
            (status, headers, format!(r#"{{"sku":"{sku}","price":"12.10","currency":"EUR"}}"#))
        };
        let head = format!(
            "HTTP/1.1 {status} X\r\ncontent-type: application/json\r\n{headers}content-length: {}\r\n\r\n",
            body.len()
        );
        stream.write_all((head + &body).as_bytes())?;
    }
}
