//! The clocks of all servers that answered, by host: shared by every client, read by whoever shows them.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use jiff::{SignedDuration, Timestamp};
use url::Url;

use super::host_of;
use super::server_clock::{Reading, ServerClock};

/// Cheap to clone; all clones share what is known.
#[derive(Clone)]
pub(super) struct ServerClocks {
    start: Instant,
    hosts: Arc<Mutex<HashMap<String, ServerClock>>>,
}

impl Default for ServerClocks {
    fn default() -> Self {
        Self { start: Instant::now(), hosts: Arc::default() }
    }
}

impl ServerClocks {
    /// Remembers the `Date` of a reply whose head has just come, `since_sent` after the request was sent.
    pub fn note(&self, host: &str, date: &str, since_sent: Duration) {
        let received = Timestamp::now();
        let epoch = before(received, self.start.elapsed());
        let sent = before(received, since_sent);
        let mut hosts = self.lock();
        if let Some(clock) = hosts.get_mut(host) {
            return clock.note(date, sent, received, epoch);
        }
        hosts.entry(host.to_owned()).or_default().note(date, sent, received, epoch);
    }

    pub fn reading(&self, url: &Url) -> Reading {
        let now = Timestamp::now();
        let epoch = before(now, self.start.elapsed());
        self.lock().get_mut(&host_of(url)).map_or(Reading::Unknown, |clock| clock.reading(now, epoch))
    }

    pub fn forget(&self, url: &Url) {
        self.lock().remove(&host_of(url));
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<String, ServerClock>> {
        self.hosts.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn before(at: Timestamp, span: Duration) -> Timestamp {
    let span = SignedDuration::try_from(span).unwrap_or(SignedDuration::MAX);
    at.saturating_sub(span).unwrap_or(Timestamp::MIN)
}
