//! Access tokens: fetching one, knowing when it dies, sharing it (guarantees T1–T24).
//!
//! ```text
//! Credentials ──> TokenCache::source ──> TokenSource::get ──> AccessToken
//!                       │ (one entry a key)   │ (hit: no lock)
//!                       └── Fetch: one request at a time, owned by the entry
//! ```
//!
//! [`cache`] decides when a request is sent, [`endpoint`] sends it, [`reply`] judges what came back, [`access_token`]
//! knows a token's times, [`watch`] tells of each request, [`status`] says all of it in words.

pub mod clock;
pub mod credentials;
pub mod claims;
pub mod access_token;
pub mod reply;
pub mod error;
pub mod status;
pub mod cache;
pub mod watch;
pub mod endpoint;

pub use access_token::{AccessToken, Uses};
pub use cache::{EndedEarly, Fetch, HeldInCache, Reason, TokenCache, TokenSource};
pub use claims::Claims;
pub use clock::{Clock, Jitter, Moment, RandomJitter, SystemClock};
pub use credentials::{Credentials, TokenKey};
pub use endpoint::TokenEndpoint;
pub use error::{FetchError, TokenError};
pub use reply::TokenReply;
pub use status::{State, Status};
pub use watch::{Flown, Landing, Watch};
