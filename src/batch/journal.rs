//! Where a run is written down as it goes, so that a killed program loses no finished row (P5).
//!
//! Owns what is kept of a run beside its rows, and the one promise of whoever keeps it: when [`Journal::keep`] answers, the row
//! survives the death of this process. Knows no database.

use std::sync::Arc;

use futures_util::future::BoxFuture;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use url::Url;

use super::answered::Answered;
use super::rows::Rows;
use crate::keys::{Environment, Profile, ProfileId};
use crate::prices::{Body, FieldMap};

/// What a run is. Holds no secret.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RunHeader {
    pub kind: RunKind,
    pub started: Timestamp,
    pub profile: ProfileId,
    /// The profile's name at the time.
    pub profile_name: String,
    pub environment: Environment,
    /// The base of the API that was asked, without credentials and query.
    pub api_url: String,
    /// Where the tokens came from, likewise; empty in records of an older version.
    #[serde(default)]
    pub token_url: String,
    /// The key's public half; empty in records of an older version.
    #[serde(default)]
    pub client_id: String,
    /// Where the key's field map says that prices stand; nothing in records of an older version, which do not tell.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub field_map: Option<FieldMap>,
    /// The further query parameters, `asOf` among them.
    pub parameters: Vec<(String, String)>,
    /// Where the list came from, such as `assortment-november.csv, column sku`.
    pub source: String,
    /// How many SKUs the list has.
    pub count: usize,
}

impl RunHeader {
    /// The header of a run that begins with this profile; parameters, source and count are still to be told.
    pub fn of(kind: RunKind, profile: &Profile, started: Timestamp) -> Self {
        Self {
            kind,
            started,
            profile: profile.id.clone(),
            profile_name: profile.name.clone(),
            environment: profile.environment,
            api_url: bare(&profile.api_url),
            token_url: bare(&profile.token_url),
            client_id: profile.client_id.clone(),
            field_map: Some(profile.field_map.clone()),
            parameters: Vec::new(),
            source: String::new(),
            count: 0,
        }
    }

    /// What the profile is now in which it differs from what this run began with, so that its answers would not go together.
    pub fn differs_from(&self, profile: &Profile) -> Option<&'static str> {
        let now = Self::of(self.kind, profile, self.started);
        let differs = |then: &str, now: &str| !then.is_empty() && then != now;
        if differs(&self.api_url, &now.api_url) {
            Some("asks another API")
        } else if differs(&self.client_id, &now.client_id) {
            Some("has another client ID")
        } else if differs(&self.token_url, &now.token_url) {
            Some("gets its tokens from another address")
        } else if self.environment != now.environment {
            Some("belongs to another environment")
        } else if self.field_map.is_some() && self.field_map != now.field_map {
            Some("reads prices by another field map")
        } else {
            None
        }
    }
}

/// An address without what could hold a secret: credentials, query and fragment.
pub fn bare(url: &Url) -> String {
    let mut url = url.clone();
    // Neither fails for an address that has a host, and only such a one can have credentials.
    _ = url.set_username("");
    _ = url.set_password(None);
    url.set_query(None);
    url.set_fragment(None);
    url.into()
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RunKind {
    /// One SKU from the *Single* view.
    Single,
    Batch,
    /// One side of a comparison.
    Comparison,
}

/// How far a run is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RunState {
    /// Under way, or cut off by the end of the program.
    Running,
    /// Ended by the user before all was answered.
    Stopped,
    /// Every SKU was asked for.
    Finished,
}

/// A run's name in the journal.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct RunId(pub i64);

/// Why something could not be kept: what happened and what to do, in one or two sentences.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{why} {advice}")]
pub struct NotKept {
    pub why: String,
    pub advice: String,
}

/// Keeps one run.
pub trait Journal: Send + Sync + 'static {
    /// Keeps what came of the SKU at a place of the list, over an earlier answer. Resolves when it is safe.
    fn keep(&self, place: usize, answered: Arc<Answered>, body: Option<Body>) -> BoxFuture<'_, Result<(), NotKept>>;

    /// Notes how far the run is. One that ends is let go; where it goes on later and somebody else may have had it meanwhile, its rows
    /// come back as they stand now.
    fn note(&self, state: RunState) -> BoxFuture<'_, Result<Option<Rows>, NotKept>>;
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::keys::profile::tests::profile;
    use crate::prices::MappedField;

    fn key() -> Profile {
        profile("Retail")
    }

    fn map(amount: &str) -> FieldMap {
        FieldMap::parse([(MappedField::Amount, amount)]).unwrap()
    }

    #[test]
    fn t19_a_run_knows_a_key_that_has_become_another() {
        let began = key();
        let header = RunHeader::of(RunKind::Batch, &began, Timestamp::UNIX_EPOCH);
        assert_eq!(header.differs_from(&began), None);
        let url = |text: &str| Url::parse(text).unwrap();
        for (now, expected) in [
            (Profile { api_url: url("https://other.example/v1"), ..began.clone() }, "asks another API"),
            (Profile { client_id: "b".repeat(24), ..began.clone() }, "has another client ID"),
            (
                Profile { token_url: url("https://other.example/t"), ..began.clone() },
                "gets its tokens from another address",
            ),
            (Profile { environment: Environment::Production, ..began.clone() }, "belongs to another environment"),
            (Profile { field_map: map("/qty"), ..began.clone() }, "reads prices by another field map"),
        ] {
            assert_eq!(header.differs_from(&now), Some(expected));
        }
    }

    #[test]
    fn a_record_of_an_older_version_is_read_and_goes_on() {
        let mut json = serde_json::to_value(RunHeader::of(RunKind::Batch, &key(), Timestamp::UNIX_EPOCH)).unwrap();
        for name in ["client_id", "token_url", "field_map"] {
            json.as_object_mut().unwrap().remove(name).unwrap();
        }
        let header: RunHeader = serde_json::from_value(json).unwrap();
        assert_eq!(header.differs_from(&key()), None);
        assert_eq!(header.differs_from(&Profile { field_map: map("/qty"), ..key() }), None);
    }

    #[test]
    fn k1_credentials_in_an_address_do_not_get_into_a_header() {
        let url = Url::parse("https://user:canary@h.example/v1?key=canary#canary").unwrap();
        assert_eq!(bare(&url), "https://h.example/v1");
    }
}
