//! The activity log: what was sent, why, and what came of it, in words that can be shown to anybody.
//!
//! ```text
//! token cache ──┐
//! price client ─┼─> Event ──> ActivityLog (a ring of segments) ──> Snapshot ──> Matches ──> ui
//! keychain, app ┘
//! ```
//!
//! [`event`] is one entry, [`log`] keeps the newest within a limit of bytes, [`matches`] holds those that a filter lets through,
//! [`timeline`] sorts them by time for a plot, [`sources`] turns what the other modules tell into events. No event holds a secret
//! or a token (T23, K10): an exchange is kept as [`crate::http::Traffic`], which is built without them, and a token goes by its
//! generation.

pub mod event;
pub mod log;
pub mod matches;
pub mod timeline;
mod sources;

pub use event::{Event, EventOutcome, EventReason, Kind, Leads, ProfileTag, Service};
pub use log::{ActivityLog, Snapshot};
pub use matches::{Filter, Matches, Scan, Wanted};
pub use timeline::Timeline;
