//! The secrets and tokens that the program holds now, shown one at a time to whoever searches for them. They stay in their
//! `SecretString`: nothing here copies one out.

use std::collections::HashMap;

use secrecy::SecretString;

use crate::token::{HeldInCache, TokenCache};

/// What kind of thing a secret is, and whose. Holds no part of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum HeldKind {
    ClientSecret {
        profile: String,
    },
    AccessToken {
        profile: String,
    },
    /// What was typed into the form and is not saved.
    Typed,
    /// The secret in the environment variables.
    Environment,
}

impl std::fmt::Display for HeldKind {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::ClientSecret { profile } => write!(f, "the client secret of “{profile}”"),
            Self::AccessToken { profile } => write!(f, "the access token of “{profile}”"),
            Self::Typed => f.write_str("the client secret in the form"),
            Self::Environment => f.write_str("the client secret in the environment"),
        }
    }
}

/// Everything that must not be in a bundle.
#[derive(Clone)]
pub struct Held {
    cache: TokenCache,
    others: Vec<(HeldKind, SecretString)>,
    /// What the profiles are called, by their ids.
    names: HashMap<String, String>,
}

impl Held {
    /// What the cache holds, whenever it is looked at.
    pub fn of(cache: TokenCache, names: HashMap<String, String>) -> Self {
        Self { cache, others: Vec::new(), names }
    }

    /// And a secret that is held elsewhere.
    pub fn add(&mut self, kind: HeldKind, secret: SecretString) {
        self.others.push((kind, secret));
    }

    /// Shows each secret in its turn. No lock is held meanwhile.
    pub fn each(&self, mut see: impl FnMut(HeldKind, &SecretString)) {
        self.cache.each_held(|key, held, secret| {
            let profile = self.names.get(&key.profile).unwrap_or(&key.profile).clone();
            see(
                match held {
                    HeldInCache::ClientSecret => HeldKind::ClientSecret { profile },
                    HeldInCache::AccessToken => HeldKind::AccessToken { profile },
                },
                secret,
            );
        });
        for (kind, secret) in &self.others {
            see(kind.clone(), secret);
        }
    }
}
