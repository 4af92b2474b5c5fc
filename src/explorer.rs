//! The core that the window and the command line share: one HTTP, one token cache, and the way from a profile to a session.
//!
//! Owns where a secret is fetched from on first use, and nothing else: what is done with a session is `prices`' and
//! `token`'s. Knows no window.

use std::sync::Arc;

use jiff::Timestamp;
use secrecy::SecretString;
use url::Url;

use crate::activity::ActivityLog;
use crate::http::proxy::{Proxy, proxy_to};
use crate::http::{Http, Reading, host_of};
use crate::keys::{Keychain, KeychainError, Profile};
use crate::prices::FieldMap;
use crate::token::{Credentials, RandomJitter, Status, SystemClock, TokenCache, TokenEndpoint, TokenKey, TokenSource};
use crate::verdict::{Around, Places, Step};

/// Where a profile's secret is, until it is needed.
#[derive(Clone)]
pub enum SecretAt {
    Keychain(Keychain),
    /// In memory for this run: the sandbox, the environment's key, and keys kept so by choice.
    Memory(SecretString),
}

/// What a lookup needs: a token source, the only place where its token may go (H3), and how the answers are read.
#[derive(Clone)]
pub struct Session {
    pub source: TokenSource,
    pub api_url: Url,
    /// Where the profile says that the price fields of this server's answers stand; nothing where it says nothing.
    pub field_map: Option<Arc<FieldMap>>,
}

/// Cheap to clone; all clones share the token cache and the activity log.
#[derive(Clone)]
pub struct Explorer {
    pub http: Http,
    pub cache: TokenCache,
    pub activity: ActivityLog,
    pub places: Places,
}

impl Explorer {
    /// `changed` is called when any token changes, from any thread; it must not block.
    pub fn new(changed: impl Fn() + Send + Sync + 'static) -> Self {
        Self::over(Http::new(), changed)
    }

    /// The same over an [`Http`] of one's own.
    pub fn over(http: Http, changed: impl Fn() + Send + Sync + 'static) -> Self {
        Self::with(http, ActivityLog::new(), changed)
    }

    /// For a program without a window: nobody reads the activity log, so none is kept.
    pub fn without_log() -> Self {
        Self::with(Http::new(), ActivityLog::none(), || {})
    }

    fn with(http: Http, activity: ActivityLog, changed: impl Fn() + Send + Sync + 'static) -> Self {
        let endpoint = Arc::new(TokenEndpoint::new(http.clone()));
        let (clock, watch) = (Arc::new(SystemClock::default()), Arc::new(activity.clone()));
        let cache = TokenCache::watched(endpoint, clock, Arc::new(RandomJitter), watch, changed);
        Self { http, cache, activity, places: Places::default() }
    }

    /// The session of a profile. Reads the keychain only when the cache does not know the key yet.
    ///
    /// # Errors
    /// [`KeychainError`] when the secret had to be read and could not be, or was not entered for these hosts (H3).
    pub async fn open(&self, profile: &Profile, secret: &SecretAt) -> Result<Session, KeychainError> {
        self.know(profile);
        let key = token_key(profile);
        if let SecretAt::Keychain(_) = secret {
            if profile.secret.is_none() {
                return Err(KeychainError::NotFound);
            }
            // Also where a token is at hand, which would be shown to the API's new host.
            if !profile.keeps_to_its_hosts() {
                return Err(KeychainError::OtherHosts { host: host_of(&profile.token_url) });
            }
        }
        let source = if let Some(source) = self.cache.find(&key) {
            source
        } else {
            let client_secret = match secret {
                SecretAt::Memory(secret) => secret.clone(),
                SecretAt::Keychain(keychain) => {
                    self.watch(keychain);
                    keychain.read(&profile.id).await?
                }
            };
            self.cache.source(Credentials { key, client_secret, ca_file: profile.ca_file.clone() })
        };
        let field_map = (!profile.field_map.is_empty()).then(|| Arc::new(profile.field_map.clone()));
        Ok(Session { source, api_url: profile.api_url.clone(), field_map })
    }

    /// Remembers a profile's name and hosts, for the activity log and for verdicts.
    pub fn know(&self, profile: &Profile) {
        self.activity.call(profile.id.as_str(), &profile.name);
        self.places.know(profile);
    }

    /// What is known around a failure of this key at `step`.
    pub fn around(&self, source: &TokenSource, api_url: &Url, step: Step) -> Around {
        let key = source.key();
        let around = self.around_of(&key.profile, &key.token_url, api_url);
        // One host may be reached through a proxy and the other not.
        let failed = if step == Step::Price { api_url } else { &key.token_url };
        let proxy = proxy_to(failed).as_ref().map(Proxy::address);
        Around { worked: source.last_issued(), proxy, ..around }
    }

    /// The same for the token of a profile that may not have been used yet.
    pub fn around_profile(&self, profile: &Profile) -> Around {
        let around = self.around_of(profile.id.as_str(), &profile.token_url, &profile.api_url);
        let worked = self.source(profile).and_then(|source| source.last_issued());
        Around { worked, environment: Some(profile.environment), ..around }
    }

    fn around_of(&self, profile: &str, token_url: &Url, api_url: &Url) -> Around {
        let places = self.places.all();
        Around {
            now: Timestamp::now(),
            token_url: Some(token_url.clone()),
            api_url: Some(api_url.clone()),
            environment: places.iter().find(|place| place.profile == profile).map(|place| place.environment),
            token_clock: self.http.clock_of(token_url),
            api_clock: self.http.clock_of(api_url),
            worked: None,
            places,
            proxy: proxy_to(token_url).as_ref().map(Proxy::address),
        }
    }

    /// Has the calls to a keychain recorded.
    pub fn watch(&self, keychain: &Keychain) {
        let activity = self.activity.clone();
        keychain.watch(move |called| activity.keychain_called(called));
    }

    /// The state of a profile's token, as far as one was ever asked for; never waits.
    pub fn status(&self, profile: &Profile) -> Option<Status> {
        self.cache.find(&token_key(profile)).map(|source| source.status())
    }

    /// What is known of the clock of a profile's token endpoint; never waits.
    pub fn server_clock(&self, profile: &Profile) -> Reading {
        self.http.clock_of(&profile.token_url)
    }

    /// The source of a profile's token, as far as one was ever asked for; never waits.
    pub fn source(&self, profile: &Profile) -> Option<TokenSource> {
        self.cache.find(&token_key(profile))
    }

    /// Forgets a profile's token and secret, and drops what is in flight for it (T20).
    pub fn forget(&self, profile: &Profile) {
        self.cache.forget_profile(profile.id.as_str());
        self.activity.forget_name(profile.id.as_str());
        self.places.forget(profile.id.as_str());
        if let Some(path) = &profile.ca_file {
            self.http.forget_ca_file(path);
        }
    }
}

fn token_key(profile: &Profile) -> TokenKey {
    TokenKey {
        profile: profile.id.as_str().to_owned(),
        token_url: profile.token_url.clone(),
        client_id: profile.client_id.clone(),
        revision: profile.secret.as_ref().map_or(0, |secret| secret.revision),
    }
}
