//! What a key profile is: everything about an API key but its secret. Holds no secret and reads no clock.

use std::fmt;
use std::path::PathBuf;

use jiff::Timestamp;
use secrecy::SecretString;
use serde::{Deserialize, Serialize};
use url::Url;

use super::draft::CheckedKey;
use super::fingerprint::fingerprint;
use crate::prices::FieldMap;

/// Token endpoint of the vendor (page "Authentication").
pub const DEFAULT_TOKEN_URL: &str = "https://login.quantaprice.com/oauth2/token";
/// Base of the vendor's API (page "Authentication").
pub const DEFAULT_API_URL: &str = "https://api.quantaprice.com/api/v1";

/// A saved secret older than this should be rotated ("Rotate keys periodically", page "Authentication").
pub const ROTATE_AFTER_DAYS: i64 = 90;
/// A key unused for this long should be revoked ("Revoke unused keys", page "Authentication").
pub const UNUSED_AFTER_DAYS: i64 = 30;

/// Which of the vendor's customers' systems a key belongs to. A label for people; it changes no request.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Environment {
    /// Real prices for real customers.
    #[default]
    Production,
    /// The rehearsal of production.
    Staging,
    /// Where programmers work.
    Development,
    /// The API embedded in this program.
    Sandbox,
}

impl Environment {
    /// All of them, in the order in which they are shown.
    pub const ALL: [Self; 4] = [Self::Production, Self::Staging, Self::Development, Self::Sandbox];

    /// The word on the badge.
    pub const fn label(self) -> &'static str {
        match self {
            Self::Production => "Production",
            Self::Staging => "Staging",
            Self::Development => "Development",
            Self::Sandbox => "Sandbox",
        }
    }
}

impl fmt::Display for Environment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.label())
    }
}

/// So many SKUs are remembered for each profile.
pub const RECENT_SKUS: usize = 50;

/// Names a profile for good, also in the keychain. Renaming a profile does not change it.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct ProfileId(String);

/// Text that cannot be a profile's id.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("A profile's id is 1 to 64 letters, digits, hyphens or underscores.")]
pub struct NotAProfileId;

impl ProfileId {
    /// A new id that no other profile has: 64 random bits.
    pub fn random() -> Self {
        // An id need not be secret, only new: the first use of the cryptographic source alone takes 30 ms.
        Self(format!("{:016x}", fastrand::u64(..)))
    }

    /// The id as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl TryFrom<String> for ProfileId {
    type Error = NotAProfileId;

    fn try_from(text: String) -> Result<Self, NotAProfileId> {
        let good = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '_';
        if (1..=64).contains(&text.len()) && text.chars().all(good) { Ok(Self(text)) } else { Err(NotAProfileId) }
    }
}

impl From<ProfileId> for String {
    fn from(id: ProfileId) -> Self {
        id.0
    }
}

impl fmt::Display for ProfileId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Where a secret rests.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum SecretPlace {
    /// In the operating system's keychain.
    Keychain,
    /// In this process, until it ends.
    Memory,
}

/// What may be known about a secret without knowing it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SecretRecord {
    /// When it was saved.
    pub saved: Timestamp,
    /// Four hexadecimal digits that change with the secret and do not reveal it.
    pub fingerprint: String,
    /// Grows with every change of the secret, so that a token or a refusal of the old one is never mistaken for the new
    /// one's.
    pub revision: u64,
    /// Where it rests.
    pub place: SecretPlace,
    /// The origins of the token URL and the API URL that it was entered for; see [`Profile::keep`].
    #[serde(default)]
    pub hosts: String,
}

impl SecretRecord {
    /// The record of a secret that was saved just now.
    ///
    /// The revision is the time in milliseconds, or one more than the previous revision if that is greater. So it also grows
    /// over a deletion in between, which leaves no previous record, and over a clock set back while there is one.
    pub fn new(secret: &SecretString, place: SecretPlace, previous: Option<&Self>, now: Timestamp) -> Self {
        let by_time = u64::try_from(now.as_millisecond()).unwrap_or(0);
        let by_count = previous.map_or(0, |previous| previous.revision.saturating_add(1));
        Self {
            saved: now,
            fingerprint: fingerprint(secret),
            revision: by_time.max(by_count),
            place,
            hosts: String::new(),
        }
    }
}

/// The origins of both URLs as one text.
fn hosts(token_url: &Url, api_url: &Url) -> String {
    let origin = |url: &Url| url.origin().ascii_serialization();
    format!("{} {}", origin(token_url), origin(api_url))
}

/// The vendor's advice about a key, where it applies.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Advice {
    /// The key should be rotated.
    Rotate {
        /// Age of the secret in whole days.
        age_days: i64,
    },
    /// The key should be revoked if nobody needs it.
    Remove {
        /// Whole days since the key was last used, or added.
        unused_days: i64,
    },
}

impl fmt::Display for Advice {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Rotate { age_days } => write!(
                f,
                "This secret was saved {age_days} days ago. Rotate it: create a new key in the Account Portal, replace the secret here, then revoke the old key."
            ),
            Self::Remove { unused_days } => write!(
                f,
                "This key was not used here for {unused_days} days. If nobody needs it, revoke it in the Account Portal and delete it here."
            ),
        }
    }
}

/// An API key with a name, without its secret.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Profile {
    /// Names the profile for good.
    pub id: ProfileId,
    /// What the user calls it.
    pub name: String,
    /// What it is for.
    pub environment: Environment,
    /// The public half of the key: 24 hexadecimal characters.
    pub client_id: String,
    /// Where tokens are asked for.
    #[serde(with = "url_text")]
    pub token_url: Url,
    /// Where prices are asked for; `/prices` is appended.
    #[serde(with = "url_text")]
    pub api_url: Url,
    /// A PEM file with further certificate authorities to trust.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ca_file: Option<PathBuf>,
    /// When the profile was made here.
    pub created: Timestamp,
    /// When a token or a price was last asked for with it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last_used: Option<Timestamp>,
    /// The SKUs looked up last with it, the latest first.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub recent_skus: Vec<String>,
    /// Where its user says that the price fields of this server's answers stand.
    #[serde(default, skip_serializing_if = "FieldMap::is_empty")]
    pub field_map: FieldMap,
    /// What is known of its secret; none if it has none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub secret: Option<SecretRecord>,
}

impl Profile {
    /// A new profile from checked values, still without a secret.
    pub fn new(key: &CheckedKey, now: Timestamp) -> Self {
        Self {
            id: ProfileId::random(),
            name: key.name.clone(),
            environment: key.environment,
            client_id: key.client_id.clone(),
            token_url: key.token_url.clone(),
            api_url: key.api_url.clone(),
            ca_file: key.ca_file.clone(),
            created: now,
            last_used: None,
            recent_skus: Vec::new(),
            field_map: FieldMap::default(),
            secret: None,
        }
    }

    /// This profile with other checked values. It keeps its id, its history, its field map and the record of its secret.
    #[must_use]
    pub fn with(&self, key: &CheckedKey) -> Self {
        let Self { id, created, last_used, recent_skus, field_map, secret, .. } = self.clone();
        Self { id, created, last_used, recent_skus, field_map, secret, ..Self::new(key, created) }
    }

    /// Puts a SKU first among the recent ones, byte for byte as it is.
    pub fn remember_sku(&mut self, sku: &str) {
        self.recent_skus.retain(|known| known != sku);
        self.recent_skus.insert(0, sku.to_owned());
        self.recent_skus.truncate(RECENT_SKUS);
    }

    /// Takes the record of a secret that was entered for the URLs that the profile has now (H3).
    pub fn keep(&mut self, record: SecretRecord) {
        self.secret = Some(SecretRecord { hosts: hosts(&self.token_url, &self.api_url), ..record });
    }

    /// Whether the secret was entered for the URLs that the profile has now. If not, the file was edited by hand, and the
    /// secret must be entered again, or whoever can edit the file could have it sent anywhere (H3).
    pub fn keeps_to_its_hosts(&self) -> bool {
        self.may_go_to(&self.token_url, &self.api_url)
    }

    /// Whether the secret was entered for these URLs.
    pub fn may_go_to(&self, token_url: &Url, api_url: &Url) -> bool {
        self.secret.as_ref().is_some_and(|secret| secret.hosts == hosts(token_url, api_url))
    }

    /// Whether the profile is for this run only: its secret is in memory.
    pub fn is_session_only(&self) -> bool {
        self.secret.as_ref().is_some_and(|secret| secret.place == SecretPlace::Memory)
    }

    /// What the vendor advises about this key at `now`. Disuse comes first: a key that nobody needs is not worth rotating.
    pub fn key_age_advice(&self, now: Timestamp) -> Option<Advice> {
        if self.environment == Environment::Sandbox || self.is_session_only() {
            return None;
        }
        let unused_days = whole_days(self.last_used.unwrap_or(self.created), now);
        if unused_days >= UNUSED_AFTER_DAYS {
            return Some(Advice::Remove { unused_days });
        }
        let age_days = whole_days(self.secret.as_ref()?.saved, now);
        (age_days >= ROTATE_AFTER_DAYS).then_some(Advice::Rotate { age_days })
    }
}

/// Whole days of 24 hours from `then` to `now`; negative if the clock was set back.
fn whole_days(then: Timestamp, now: Timestamp) -> i64 {
    now.duration_since(then).as_hours() / 24
}

/// URLs as text in the settings file.
mod url_text {
    use serde::{Deserialize as _, Deserializer, Serializer, de::Error as _};
    use url::Url;

    pub fn serialize<S: Serializer>(url: &Url, to: S) -> Result<S::Ok, S::Error> {
        to.serialize_str(url.as_str())
    }

    pub fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<Url, D::Error> {
        // The settings file can be edited by hand, so the rule for typed URLs holds for it too.
        let text = String::deserialize(from)?;
        crate::keys::check::check_url(&text).map_err(D::Error::custom)
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;

    pub(crate) fn at(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    pub(crate) fn profile(name: &str) -> Profile {
        let now = at("2026-11-01T08:00:00Z");
        let mut key = Profile {
            id: ProfileId::random(),
            name: name.to_owned(),
            environment: Environment::Staging,
            client_id: "a1b2c3d4e5f6a1b2c3d4e5f6".to_owned(),
            token_url: DEFAULT_TOKEN_URL.parse().unwrap(),
            api_url: DEFAULT_API_URL.parse().unwrap(),
            ca_file: None,
            created: now,
            last_used: Some(now),
            recent_skus: Vec::new(),
            field_map: FieldMap::default(),
            secret: None,
        };
        key.keep(SecretRecord::new(&SecretString::from("x"), SecretPlace::Keychain, None, now));
        key
    }

    #[test]
    fn advice_follows_age_and_disuse() {
        let mut key = profile("one");
        assert_eq!(key.key_age_advice(at("2026-11-24T08:00:00Z")), None);
        let late = at("2027-02-01T08:00:00Z");
        assert_eq!(key.key_age_advice(late), Some(Advice::Remove { unused_days: 92 }));
        key.last_used = Some(late);
        assert_eq!(key.key_age_advice(late), Some(Advice::Rotate { age_days: 92 }));
        key.last_used = Some(at("2027-03-01T08:00:00Z"));
        assert!(key.key_age_advice(at("2026-11-24T08:00:00Z")).is_none(), "a clock set back is no reason for advice");
        key.environment = Environment::Sandbox;
        assert_eq!(key.key_age_advice(late), None);
    }

    #[test]
    fn h3_a_secret_belongs_to_the_hosts_that_it_was_entered_for() {
        let mut key = profile("one");
        let record = key.secret.take().unwrap();
        assert!(!key.keeps_to_its_hosts());
        key.keep(record);
        let with = |token_url: &str, api_url: &str| Profile {
            token_url: token_url.parse().unwrap(),
            api_url: api_url.parse().unwrap(),
            ..key.clone()
        };
        assert!(with("https://login.quantaprice.com/other", "https://api.quantaprice.com:443/v2").keeps_to_its_hosts());
        assert!(!with("https://login.example.com/oauth2/token", DEFAULT_API_URL).keeps_to_its_hosts());
        assert!(!with(DEFAULT_TOKEN_URL, "https://api.quantaprice.com:8443/api/v1").keeps_to_its_hosts());
    }

    #[test]
    fn t19_a_revision_grows_over_a_clock_set_back_and_over_a_deletion() {
        let secret = SecretString::from("x");
        let first = SecretRecord::new(&secret, SecretPlace::Keychain, None, at("2026-11-24T08:00:00Z"));
        let back = SecretRecord::new(&secret, SecretPlace::Keychain, Some(&first), at("2026-11-23T08:00:00Z"));
        let anew = SecretRecord::new(&secret, SecretPlace::Keychain, None, at("2026-11-24T08:00:01Z"));
        assert!(back.revision > first.revision);
        assert!(anew.revision > first.revision);
    }

    #[test]
    fn recent_skus_are_kept_byte_for_byte_and_once() {
        let mut key = profile("one");
        key.remember_sku("007");
        key.remember_sku("a b&c");
        key.remember_sku("007");
        assert_eq!(key.recent_skus, ["007", "a b&c"]);
        (0..100).for_each(|n| key.remember_sku(&n.to_string()));
        assert_eq!(key.recent_skus.len(), RECENT_SKUS);
    }

    #[test]
    fn ids_differ_and_odd_ones_are_refused() {
        assert_ne!(ProfileId::random(), ProfileId::random());
        assert!(ProfileId::try_from(String::new()).is_err());
        assert!(ProfileId::try_from("../x".to_owned()).is_err());
    }
}
