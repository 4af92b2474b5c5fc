//! The hosts of all keys, shared by all who judge: a token of another environment is known by them.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use url::Url;

use crate::keys::{Environment, Profile};

/// Where a key's tokens come from and go to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Place {
    /// The profile's id.
    pub profile: String,
    pub environment: Environment,
    pub token_url: Url,
    pub api_url: Url,
}

/// Cheap to clone; all clones know the same.
#[derive(Debug, Clone)]
pub struct Places(Arc<Mutex<Arc<[Place]>>>);

impl Default for Places {
    fn default() -> Self {
        Self(Arc::new(Mutex::new(Arc::from([]))))
    }
}

impl Places {
    /// Remembers a profile's hosts, in place of what was known of it.
    pub fn know(&self, profile: &Profile) {
        let place = Place {
            profile: profile.id.as_str().to_owned(),
            environment: profile.environment,
            token_url: profile.token_url.clone(),
            api_url: profile.api_url.clone(),
        };
        let mut places = self.lock();
        if !places.contains(&place) {
            let others = places.iter().filter(|other| other.profile != place.profile).cloned();
            *places = others.chain([place.clone()]).collect();
        }
    }

    pub fn forget(&self, profile: &str) {
        let mut places = self.lock();
        *places = places.iter().filter(|place| place.profile != profile).cloned().collect();
    }

    pub fn all(&self) -> Arc<[Place]> {
        Arc::clone(&self.lock())
    }

    fn lock(&self) -> MutexGuard<'_, Arc<[Place]>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
