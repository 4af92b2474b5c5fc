//! Secrets at rest: the handle through which the rest of the program reads, saves and deletes them.
//!
//! Owns one thread of its own, on which every call to the store is made. It refuses to let a caller wait without a
//! deadline, to queue behind a call that hangs, and to report a secret as saved before it was read back.
//!
//! A store can block for as long as a password prompt stands on the screen, and cannot be interrupted. So a caller
//! gives up at its deadline and the thread stays where it is: while it hangs, other calls fail at once with
//! [`KeychainError::Busy`]; when the store answers, everything works again. A thread that is stuck for
//! [`GIVE_UP_AFTER`] is left behind and replaced, at most [`MOST_LEFT_BEHIND`] times at any moment: a prompt whose daemon has
//! died never ends.

mod error;
mod lane;
mod platform;

use std::fmt;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::time::Duration;

use secrecy::{ExposeSecret as _, SecretString};
use tokio::sync::oneshot;
use tokio::time::Instant;
use zeroize::Zeroizing;

pub use error::{KeychainCall, KeychainError, STORE_NAME};
pub use platform::{PlatformBackend, SERVICE};

use self::lane::{Job, Lane, LeftBehind};
use super::profile::ProfileId;

/// A read or a probe is given up after this long.
pub const READ_LIMIT: Duration = Duration::from_secs(5);
/// Saving and deleting may wait this long for the user to answer a password prompt.
pub const WRITE_LIMIT: Duration = Duration::from_mins(1);
/// A call that runs for longer than this counts as hanging, and others no longer wait for it.
pub const HANGING_AFTER: Duration = Duration::from_secs(1);
/// A thread whose call runs for longer than this is replaced by the next call.
pub const GIVE_UP_AFTER: Duration = Duration::from_mins(2);
/// So many stuck threads may exist beside the working one.
pub const MOST_LEFT_BEHIND: usize = 4;
/// The largest secret in bytes as UTF-16, which is what the Windows Credential Manager holds. It is applied everywhere, so
/// that a key that can be saved on one system can be saved on all.
pub const SIZE_LIMIT: usize = 2560;

/// What a deletion found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Removed {
    /// There was a secret, and it is gone.
    Yes,
    /// There was none to begin with.
    WasNotThere,
}

/// A place for secrets. Calls block, and may block for as long as a prompt stands; they are made on the keychain's thread.
pub trait Backend: Send {
    /// The secret kept under `id`.
    fn read(&mut self, id: &str) -> Result<Zeroizing<String>, KeychainError>;
    /// Keeps `secret` under `id`, in place of what was there.
    fn write(&mut self, id: &str, secret: &str) -> Result<(), KeychainError>;
    /// Removes every secret kept under `id`.
    fn delete(&mut self, id: &str) -> Result<Removed, KeychainError>;
    /// Says whether a store answers, without unlocking anything.
    fn probe(&mut self) -> Result<(), KeychainError>;
}

/// A call that has ended, for whoever keeps a record.
#[derive(Debug, Clone, Copy)]
pub struct Called<'a> {
    pub call: KeychainCall,
    /// Whose secret it was about.
    pub profile: Option<&'a ProfileId>,
    /// From the wish until the answer, waiting for other calls included.
    pub took: Duration,
    pub end: CallEnd<'a>,
}

/// How a call ended.
#[derive(Debug, Clone, Copy)]
pub enum CallEnd<'a> {
    Done,
    Failed(&'a KeychainError),
    /// Its caller did not wait for the end.
    GivenUp,
}

type Watch = dyn Fn(&Called<'_>) + Send + Sync;

type MakeBackend = dyn Fn() -> Box<dyn Backend> + Send + Sync;

/// A handle to the keychain, cheap to clone. Its thread starts with the first call and is never joined.
#[derive(Clone)]
pub struct Keychain {
    shared: Arc<Shared>,
}

struct Shared {
    make_backend: Arc<MakeBackend>,
    // Held for a few instructions at a time, never across a call to the store.
    lane: Mutex<Option<Lane>>,
    left_behind: LeftBehind,
    watch: OnceLock<Box<Watch>>,
}

impl fmt::Debug for Keychain {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Keychain").finish_non_exhaustive()
    }
}

impl Default for Keychain {
    fn default() -> Self {
        Self::new()
    }
}

impl Keychain {
    /// The keychain of this system.
    pub fn new() -> Self {
        Self::with_backend(|| Box::new(PlatformBackend::default()))
    }

    /// A keychain over another place for secrets. `make` is called on the keychain's thread, at the first call and again
    /// after a crash or when a stuck thread is replaced.
    pub fn with_backend(make: impl Fn() -> Box<dyn Backend> + Send + Sync + 'static) -> Self {
        Self {
            shared: Arc::new(Shared {
                make_backend: Arc::new(make),
                lane: Mutex::new(None),
                left_behind: LeftBehind::default(),
                watch: OnceLock::new(),
            }),
        }
    }

    /// Tells of every call at its end, on this handle and its clones. The first who asks for it is told; `watch` must not
    /// block.
    pub fn watch(&self, watch: impl Fn(&Called<'_>) + Send + Sync + 'static) {
        _ = self.shared.watch.set(Box::new(watch));
    }

    /// Reads the secret of a profile, within [`READ_LIMIT`].
    pub async fn read(&self, id: &ProfileId) -> Result<SecretString, KeychainError> {
        let kept_under = id.clone();
        self.call(KeychainCall::Read, Some(id), READ_LIMIT, move |backend, reply| {
            let result = backend.read(kept_under.as_str()).map(|secret| SecretString::from(secret.as_str()));
            _ = reply.send(result);
        })
        .await
    }

    /// Saves the secret of a profile, within [`WRITE_LIMIT`], and reads it back before saying so: a client secret is
    /// shown once by the vendor, so one that is lost here is lost for good.
    ///
    /// Dropping the future cancels. A write that is already in the store's hands then runs to its end and is undone: the
    /// earlier secret is put back, or the new one removed. So is a write that failed and left something else behind.
    pub async fn write(&self, id: &ProfileId, secret: SecretString) -> Result<(), KeychainError> {
        let size = secret.expose_secret().encode_utf16().count() * 2;
        if size > SIZE_LIMIT {
            return Err(KeychainError::TooLarge { size, limit: SIZE_LIMIT });
        }
        let kept_under = id.clone();
        self.call(KeychainCall::Write, Some(id), WRITE_LIMIT, move |backend, reply| {
            let id = kept_under.as_str();
            let earlier = backend.read(id);
            if let Err(error) = &earlier
                && !matches!(error, KeychainError::NotFound | KeychainError::Unreadable)
            {
                _ = reply.send(Err(error.clone()));
                return;
            }
            let result = write_and_read_back(backend, id, &secret);
            let taken = result.is_ok();
            // Before it is said, so that whoever hears of the failure finds what was there.
            if !taken && backend.read(id) != earlier {
                put_back(backend, id, earlier.as_ref().ok());
            }
            let nobody_listens = reply.send(result).is_err();
            if taken && nobody_listens {
                put_back(backend, id, earlier.as_ref().ok());
            }
        })
        .await
    }

    /// Deletes the secret of a profile, within [`WRITE_LIMIT`]. Duplicates are deleted with it.
    pub async fn delete(&self, id: &ProfileId) -> Result<Removed, KeychainError> {
        let kept_under = id.clone();
        self.call(KeychainCall::Delete, Some(id), WRITE_LIMIT, move |backend, reply| {
            _ = reply.send(backend.delete(kept_under.as_str()));
        })
        .await
    }

    /// Says whether a store answers, within [`READ_LIMIT`].
    pub async fn probe(&self) -> Result<(), KeychainError> {
        self.call(KeychainCall::Probe, None, READ_LIMIT, |backend, reply| {
            _ = reply.send(backend.probe());
        })
        .await
    }

    async fn call<T: Send + 'static>(
        &self,
        call: KeychainCall,
        profile: Option<&ProfileId>,
        limit: Duration,
        work: impl FnOnce(&mut dyn Backend, oneshot::Sender<Result<T, KeychainError>>) + Send + 'static,
    ) -> Result<T, KeychainError> {
        let mut record = Record { shared: &self.shared, call, profile, started: Instant::now(), is_told: false };
        let whole = async {
            let (lane, turn) = self.turn().await?;
            let (reply, answer) = oneshot::channel();
            lane.start(Job::new(turn, move |backend| {
                // A caller that gave up while waiting must not cause a prompt now.
                if !reply.is_closed() {
                    work(backend, reply);
                }
            }))?;
            // The sender vanishes unused only when the work, or the thread under it, crashed.
            answer.await.unwrap_or(Err(KeychainError::Crashed))
        };
        let answer = tokio::time::timeout(limit, whole).await.unwrap_or(Err(KeychainError::TimedOut { call, limit }));
        record.tell(answer.as_ref().err().map_or(CallEnd::Done, CallEnd::Failed));
        answer
    }

    /// Waits for the calls in front, but not for one that hangs.
    async fn turn(&self) -> Result<(Lane, lane::Turn), KeychainError> {
        loop {
            let lane = self.lane()?;
            let patience = lane.running_for().map_or(HANGING_AFTER, |time| HANGING_AFTER.saturating_sub(time));
            if let Ok(turn) = tokio::time::timeout(patience, lane.take_turn()).await {
                return Ok((lane, turn));
            }
        }
    }

    /// The lane that works, or the reason why there is none to wait for.
    fn lane(&self) -> Result<Lane, KeychainError> {
        let mut slot = self.shared.lane.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(lane) = &*slot {
            let running_for = lane.running_for().unwrap_or_default();
            if running_for < HANGING_AFTER {
                return Ok(lane.clone());
            }
            if running_for < GIVE_UP_AFTER || !self.shared.left_behind.admits(MOST_LEFT_BEHIND) {
                return Err(KeychainError::Busy { running_for });
            }
            tracing::warn!(seconds = running_for.as_secs(), "the keychain's thread is stuck and is replaced");
            lane.leave_behind(&self.shared.left_behind);
            *slot = None;
        }
        let lane = Lane::open(Arc::clone(&self.shared.make_backend))?;
        *slot = Some(lane.clone());
        Ok(lane)
    }
}

/// What is to be told of a call, even if its caller does not wait for its end.
struct Record<'a> {
    shared: &'a Shared,
    call: KeychainCall,
    profile: Option<&'a ProfileId>,
    started: Instant,
    is_told: bool,
}

impl Record<'_> {
    fn tell(&mut self, end: CallEnd<'_>) {
        self.is_told = true;
        if let Some(watch) = self.shared.watch.get() {
            watch(&Called { call: self.call, profile: self.profile, took: self.started.elapsed(), end });
        }
    }
}

impl Drop for Record<'_> {
    fn drop(&mut self) {
        if !self.is_told {
            self.tell(CallEnd::GivenUp);
        }
    }
}

fn write_and_read_back(backend: &mut dyn Backend, id: &str, secret: &SecretString) -> Result<(), KeychainError> {
    backend.write(id, secret.expose_secret()).map_err(|error| without(error, secret))?;
    let kept = backend.read(id).map_err(|error| without(error, secret))?;
    if kept.as_str() == secret.expose_secret() { Ok(()) } else { Err(KeychainError::NotVerified) }
}

/// The stores are not known to repeat what they were given, but their words are not ours to vouch for.
fn without(error: KeychainError, secret: &SecretString) -> KeychainError {
    let hide = |reason: String| error::clean_reason(&reason, Some(secret.expose_secret()));
    match error {
        KeychainError::NoStore { reason } => KeychainError::NoStore { reason: hide(reason) },
        KeychainError::Other { reason } => KeychainError::Other { reason: hide(reason) },
        other => other,
    }
}

fn put_back(backend: &mut dyn Backend, id: &str, earlier: Option<&Zeroizing<String>>) {
    let undone = match earlier {
        Some(earlier) => backend.write(id, earlier),
        None => backend.delete(id).map(|_| ()),
    };
    // An error's words are not logged: they could repeat the earlier secret.
    if undone.is_ok() {
        tracing::info!("a save that was cancelled or failed was undone in the keychain");
    } else {
        tracing::warn!("a save that was cancelled or failed could not be undone in the keychain");
    }
}

#[cfg(test)]
mod tests;
