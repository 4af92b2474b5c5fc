//! The clocks of all servers that answered, by host: shared by every client, read by whoever shows them.
//!
//! A reply is noted on the way of every lookup, so that costs no allocation and next to no time; it is read when it is shown.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use jiff::{SignedDuration, Timestamp};
use url::Url;

use super::server_clock::{Reading, ServerClock, is_set};

/// Of replies that follow each other faster than this, as those of a batch do, a later one tells nothing new.
const OFTEN_ENOUGH: Duration = Duration::from_millis(10);

/// Cheap to clone; all clones share what is known.
#[derive(Clone)]
pub(super) struct ServerClocks {
    start: Instant,
    /// There are as many as there are profiles: two or three.
    hosts: Arc<Mutex<Vec<Host>>>,
}

struct Host {
    name: String,
    port: Option<u16>,
    clock: ServerClock,
    /// When a reply was last noted.
    noted: Instant,
}

impl Default for ServerClocks {
    fn default() -> Self {
        Self { start: Instant::now(), hosts: Arc::default() }
    }
}

/// When a request was sent, by both clocks.
#[derive(Clone, Copy)]
pub(super) struct Sent {
    pub at: Instant,
    /// The wall clock less the monotonic one, which moves only when the wall clock is set or the PC slept.
    epoch: Timestamp,
}

impl ServerClocks {
    /// A request is sent now.
    pub fn send(&self) -> Sent {
        let at = Instant::now();
        Sent { at, epoch: before(Timestamp::now(), at.saturating_duration_since(self.start)) }
    }

    /// Remembers the `Date` of a reply whose head has just come. Where the PC slept or its clock was set on the way, nobody
    /// knows how long that was, and the reply tells nothing.
    pub fn note(&self, url: &Url, date: &str, sent: Sent) {
        let mut hosts = self.lock();
        let known = hosts.iter_mut().find(|host| host.is_of(url));
        if known.as_ref().is_some_and(|host| sent.at < host.noted + OFTEN_ENOUGH) {
            return;
        }
        let received = Timestamp::now();
        let now = Instant::now();
        let epoch = before(received, now.saturating_duration_since(self.start));
        if is_set(sent.epoch, epoch) {
            return;
        }
        let sent = before(received, now.saturating_duration_since(sent.at));
        if let Some(host) = known {
            host.noted = now;
            return host.clock.note(date, sent, received, epoch);
        }
        let name = url.host_str().unwrap_or_default().to_owned();
        let mut host = Host { name, port: url.port(), clock: ServerClock::default(), noted: now };
        host.clock.note(date, sent, received, epoch);
        hosts.push(host);
    }

    pub fn reading(&self, url: &Url) -> Reading {
        let now = Timestamp::now();
        let epoch = before(now, self.start.elapsed());
        let mut hosts = self.lock();
        let host = hosts.iter_mut().find(|host| host.is_of(url));
        host.map_or(Reading::Unknown, |host| host.clock.reading(now, epoch))
    }

    pub fn forget(&self, url: &Url) {
        self.lock().retain(|host| !host.is_of(url));
    }

    fn lock(&self) -> MutexGuard<'_, Vec<Host>> {
        self.hosts.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Host {
    fn is_of(&self, url: &Url) -> bool {
        self.port == url.port() && url.host_str() == Some(&self.name)
    }
}

fn before(at: Timestamp, span: Duration) -> Timestamp {
    let span = SignedDuration::try_from(span).unwrap_or(SignedDuration::MAX);
    at.saturating_sub(span).unwrap_or(Timestamp::MIN)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reply_across_a_suspend_tells_nothing() {
        let url: Url = "https://api.example.com".parse().unwrap();
        let date = httpdate::fmt_http_date(std::time::SystemTime::now());
        for (slept, is_told) in [(0, true), (500, true), (2_000, false), (3_600_000, false), (-2_000, false)] {
            let clocks = ServerClocks::default();
            let sent = clocks.send();
            // The wall clock went on, and the monotonic one did not.
            let epoch = sent.epoch.checked_sub(SignedDuration::from_millis(slept)).unwrap();
            clocks.note(&url, &date, Sent { epoch, ..sent });
            assert_eq!(clocks.reading(&url) != Reading::Unknown, is_told, "{slept} ms");
        }
    }
}
