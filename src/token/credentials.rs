//! What a token is asked for with, and the key under which it is cached (T19).

use std::path::PathBuf;

use secrecy::SecretString;
use url::Url;

/// The cache key. A corrected secret has a new revision, so it never meets the refusal of the old one; two profiles never
/// share a token, so switching never sends the token of another environment.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct TokenKey {
    /// The profile's id, or the name of another origin such as `environment`.
    pub profile: String,
    pub token_url: Url,
    pub client_id: String,
    /// Grows each time the profile's secret changes; other changes of a profile forget its entry.
    pub revision: u64,
}

/// An API key, ready to be exchanged for a token (client credentials grant, RFC 6749 s4.4).
#[derive(Debug, Clone)]
pub struct Credentials {
    pub key: TokenKey,
    pub client_secret: SecretString,
    /// A PEM file with further trusted certificates.
    pub ca_file: Option<PathBuf>,
}
