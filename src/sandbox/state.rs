//! Owns what the handlers share: the demo key, the faults that are on, which tokens are dead, and the counters.
//! Refuses to speak HTTP. No lock is held across an await.

use std::{
    fmt,
    sync::{
        Mutex, MutexGuard, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use aws_lc_rs::constant_time;
use jiff::{SignedDuration, Timestamp};
use zeroize::Zeroizing;

use super::{
    fault::{Endpoint, Fault, ReplyFault},
    tokens::{Claims, CryptoError, Form, Grant, Issuer, random_hex},
};

/// How often the sandbox was asked. A request counts when it arrives, whatever becomes of it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    pub token_requests: u64,
    pub price_requests: u64,
    /// The most price requests that were open at one time.
    pub peak_open_price_requests: u64,
    /// Requests to where the `redirect` faults point. A client that follows a redirect gives its secret or token away.
    pub redirects_followed: u64,
}

/// Why a token is no good.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Refusal {
    Invalid,
    Expired,
    Revoked,
}

pub(super) struct Shared {
    pub issuer: Issuer,
    pub client_id: String,
    pub client_secret: Zeroizing<String>,
    expires_in: Duration,
    gate: Mutex<Gate>,
    token_requests: AtomicU64,
    price_requests: AtomicU64,
    open_price_requests: AtomicU64,
    peak_open_price_requests: AtomicU64,
    redirects_followed: AtomicU64,
}

/// Each token carries the epoch of its issue. Two marks on that line say which tokens are dead: nothing is stored for
/// each token.
struct Gate {
    faults: Vec<Active>,
    epoch: u64,
    revoked_before: u64,
    expired_before: u64,
}

struct Active {
    fault: Fault,
    /// `None`: until it is cleared.
    replies_left: Option<u32>,
}

/// A new token, and what the reply says of its life.
pub(super) struct Issued {
    pub token: String,
    pub expires_in_secs: Option<u64>,
}

impl Shared {
    /// Makes the key pair and the demo key: CPU work, not for an async task.
    pub fn generate(origin: String, expires_in: Duration, faults: Vec<Fault>) -> Result<Self, CryptoError> {
        let shared = Self {
            issuer: Issuer::generate(origin)?,
            client_id: random_hex(12)?,
            client_secret: Zeroizing::new(random_hex(32)?),
            expires_in,
            gate: Mutex::new(Gate { faults: Vec::new(), epoch: 0, revoked_before: 0, expired_before: 0 }),
            token_requests: AtomicU64::new(0),
            price_requests: AtomicU64::new(0),
            open_price_requests: AtomicU64::new(0),
            peak_open_price_requests: AtomicU64::new(0),
            redirects_followed: AtomicU64::new(0),
        };
        for fault in faults {
            shared.set(fault);
        }
        Ok(shared)
    }

    pub fn set(&self, fault: Fault) {
        let replies_left = matches!(fault, Fault::Reply(_, ReplyFault::UnauthorizedOnce)).then_some(1);
        self.gate().set(Active { fault, replies_left });
    }

    pub fn set_for(&self, fault: Fault, replies: u32) {
        let mut gate = self.gate();
        gate.clear(&fault);
        if replies > 0 {
            gate.set(Active { fault, replies_left: Some(replies) });
        }
    }

    pub fn clear(&self, fault: &Fault) {
        self.gate().clear(fault);
    }

    pub fn clear_all(&self) {
        self.gate().faults.clear();
    }

    pub fn faults(&self) -> Vec<Fault> {
        self.gate().faults.iter().map(|active| active.fault.clone()).collect()
    }

    pub fn expire_tokens(&self) {
        let mut gate = self.gate();
        gate.epoch += 1;
        gate.expired_before = gate.epoch;
    }

    /// Takes the fault that spoils this reply, and uses up one of its replies if they are numbered.
    pub fn take_reply_fault(&self, endpoint: Endpoint, wanted: fn(&ReplyFault) -> bool) -> Option<ReplyFault> {
        let mut gate = self.gate();
        let (at, fault) = gate.faults.iter().enumerate().find_map(|(at, active)| match &active.fault {
            Fault::Reply(spoilt, fault) if *spoilt == endpoint && wanted(fault) => Some((at, fault.clone())),
            _ => None,
        })?;
        if let Some(left) = &mut gate.faults[at].replies_left {
            *left -= 1;
            if *left == 0 {
                gate.faults.remove(at);
            }
        }
        Some(fault)
    }

    /// Whether the key is the demo key and has not been revoked. Takes as long for a wrong secret as for a right one.
    pub fn accepts_key(&self, client_id: &str, client_secret: &str) -> bool {
        let same =
            |one: &str, two: &str| constant_time::verify_slices_are_equal(one.as_bytes(), two.as_bytes()).is_ok();
        let right = same(&self.client_id, client_id) & same(&self.client_secret, client_secret);
        right && !self.gate().is_revoked()
    }

    pub fn issue(&self, now: Timestamp) -> Result<Issued, CryptoError> {
        let (grant, says_expiry) = {
            let gate = self.gate();
            let lifetime = gate.find(|fault| match fault {
                Fault::ShortLived(lifetime) => Some(*lifetime),
                _ => None,
            });
            let opaque = gate.find(|fault| matches!(fault, Fault::OpaqueToken).then_some(Form::Opaque));
            let grant = Grant {
                now,
                lifetime_secs: lifetime.unwrap_or(self.expires_in).as_secs(),
                epoch: gate.epoch,
                form: opaque.unwrap_or(Form::Jwt),
            };
            (grant, gate.find(|fault| matches!(fault, Fault::NoExpiry).then_some(())).is_none())
        };
        let token = self.issuer.issue(&self.client_id, &grant)?;
        Ok(Issued { token, expires_in_secs: says_expiry.then_some(grant.lifetime_secs) })
    }

    /// Checks the signature, the two marks and the expiry.
    pub fn check_token(&self, token: &str, now: Timestamp) -> Result<Claims, Refusal> {
        let claims = self.issuer.verify(token).map_err(|_| Refusal::Invalid)?;
        let gate = self.gate();
        if claims.sandbox_epoch < gate.revoked_before {
            return Err(Refusal::Revoked);
        }
        if claims.sandbox_epoch < gate.expired_before || claims.is_expired(now) {
            return Err(Refusal::Expired);
        }
        Ok(claims)
    }

    /// This server's clock, never before 1970, which HTTP dates cannot say.
    pub fn now(&self) -> Timestamp {
        let skew = self.gate().find(|fault| match fault {
            Fault::SkewedClock(skew) => Some(*skew),
            _ => None,
        });
        let now = Timestamp::now();
        now.checked_add(skew.unwrap_or(SignedDuration::ZERO)).unwrap_or(now).max(Timestamp::UNIX_EPOCH)
    }

    pub fn counts(&self) -> Counts {
        Counts {
            token_requests: self.token_requests.load(Ordering::Relaxed),
            price_requests: self.price_requests.load(Ordering::Relaxed),
            peak_open_price_requests: self.peak_open_price_requests.load(Ordering::Relaxed),
            redirects_followed: self.redirects_followed.load(Ordering::Relaxed),
        }
    }

    pub fn count_token_request(&self) {
        self.token_requests.fetch_add(1, Ordering::Relaxed);
    }

    pub fn count_redirect_followed(&self) {
        self.redirects_followed.fetch_add(1, Ordering::Relaxed);
    }

    /// Counts a price request, which is open until the guard goes: also when the client hangs up.
    pub fn open_price_request(&self) -> OpenPriceRequest<'_> {
        self.price_requests.fetch_add(1, Ordering::Relaxed);
        let open = self.open_price_requests.fetch_add(1, Ordering::Relaxed) + 1;
        self.peak_open_price_requests.fetch_max(open, Ordering::Relaxed);
        OpenPriceRequest(self)
    }

    /// The state is whole after each statement, so a panic elsewhere is no reason to refuse it.
    fn gate(&self) -> MutexGuard<'_, Gate> {
        self.gate.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl fmt::Debug for Shared {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Shared")
            .field("client_id", &self.client_id)
            .field("faults", &self.faults())
            .field("counts", &self.counts())
            .finish_non_exhaustive()
    }
}

pub(super) struct OpenPriceRequest<'a>(&'a Shared);

impl Drop for OpenPriceRequest<'_> {
    fn drop(&mut self) {
        self.0.open_price_requests.fetch_sub(1, Ordering::Relaxed);
    }
}

impl Gate {
    /// Revoking starts a new epoch at once, so that restoring the key does not bring its old tokens back.
    fn set(&mut self, active: Active) {
        if active.fault == Fault::RevokedKey {
            self.epoch += 1;
            self.revoked_before = self.epoch;
        }
        match self.faults.iter_mut().find(|present| present.fault.is_same_kind(&active.fault)) {
            Some(present) => *present = active,
            None => self.faults.push(active),
        }
    }

    fn clear(&mut self, fault: &Fault) {
        self.faults.retain(|active| !active.fault.is_same_kind(fault));
    }

    fn is_revoked(&self) -> bool {
        self.faults.iter().any(|active| active.fault == Fault::RevokedKey)
    }

    fn find<T>(&self, pick: impl Fn(&Fault) -> Option<T>) -> Option<T> {
        self.faults.iter().find_map(|active| pick(&active.fault))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shared() -> Shared {
        Shared::generate("http://127.0.0.1:1".to_owned(), Duration::from_hours(1), Vec::new()).unwrap()
    }

    fn all(_: &ReplyFault) -> bool {
        true
    }

    #[test]
    fn a_token_of_a_revoked_key_stays_dead_after_the_key_is_restored() {
        let shared = shared();
        let now = Timestamp::now();
        let old = shared.issue(now).unwrap().token;
        shared.set(Fault::RevokedKey);
        assert!(!shared.accepts_key(&shared.client_id, &shared.client_secret));
        assert_eq!(shared.check_token(&old, now), Err(Refusal::Revoked));
        shared.clear(&Fault::RevokedKey);
        assert!(shared.accepts_key(&shared.client_id, &shared.client_secret));
        assert_eq!(shared.check_token(&old, now), Err(Refusal::Revoked));
        assert!(shared.check_token(&shared.issue(now).unwrap().token, now).is_ok());
    }

    #[test]
    fn expiring_tokens_spares_those_issued_afterwards() {
        let shared = shared();
        let now = Timestamp::now();
        let old = shared.issue(now).unwrap().token;
        shared.expire_tokens();
        assert_eq!(shared.check_token(&old, now), Err(Refusal::Expired));
        assert!(shared.check_token(&shared.issue(now).unwrap().token, now).is_ok());
    }

    #[test]
    fn a_numbered_fault_wears_out() {
        let shared = shared();
        shared.set_for(Fault::prices(ReplyFault::Failing), 2);
        let taken = || shared.take_reply_fault(Endpoint::Prices, all);
        assert_eq!([taken(), taken(), taken()], [Some(ReplyFault::Failing), Some(ReplyFault::Failing), None]);
    }

    #[test]
    fn a_fault_spoils_only_its_own_endpoint() {
        let shared = shared();
        shared.set(Fault::token(ReplyFault::Deep));
        assert_eq!(shared.take_reply_fault(Endpoint::Prices, all), None);
        assert_eq!(shared.take_reply_fault(Endpoint::Token, all), Some(ReplyFault::Deep));
    }

    #[test]
    fn setting_a_fault_again_replaces_it() {
        let shared = shared();
        let slow = |secs| Fault::token(ReplyFault::Slow(Duration::from_secs(secs)));
        shared.set(slow(1));
        shared.set(slow(2));
        assert_eq!(shared.faults(), [slow(2)]);
        shared.clear(&slow(9));
        assert_eq!(shared.faults(), []);
    }

    #[test]
    fn a_clock_skewed_beyond_reason_stays_within_http_dates() {
        let shared = shared();
        for skew in [SignedDuration::MIN, SignedDuration::MAX, SignedDuration::from_hours(-24 * 365 * 100)] {
            shared.set(Fault::SkewedClock(skew));
            assert!(shared.now() >= Timestamp::UNIX_EPOCH);
        }
    }

    #[test]
    fn debug_shows_no_secret() {
        let shared = shared();
        assert!(!format!("{shared:?}").contains(shared.client_secret.as_str()));
    }
}
