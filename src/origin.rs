//! Profiles that are not saved: the embedded sandbox, and the key in the environment variables.
//!
//! Both live for one run, with their secret in memory. Refuses to read the environment itself: that is `keys::import`'s.

use jiff::Timestamp;
use secrecy::SecretString;

use crate::keys::{Draft, Environment, Imported, Profile, SecretPlace, SecretRecord};
use crate::sandbox::Sandbox;

/// The name of the environment's key in the list.
pub const ENVIRONMENT_NAME: &str = "From the environment";

/// The demo key of a running sandbox.
pub fn sandbox_profile(sandbox: &Sandbox, now: Timestamp) -> (Profile, SecretString) {
    let secret = sandbox.client_secret().clone();
    let profile = Profile {
        id: crate::keys::ProfileId::random(),
        name: "Sandbox".into(),
        environment: Environment::Sandbox,
        client_id: sandbox.client_id().to_owned(),
        token_url: sandbox.token_url().clone(),
        api_url: sandbox.api_url().clone(),
        ca_file: None,
        created: now,
        last_used: None,
        secret: Some(SecretRecord::new(&secret, SecretPlace::Memory, None, now)),
    };
    (profile, secret)
}
