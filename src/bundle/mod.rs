//! The support bundle: what a colleague needs to see of a fault, as a zip of JSON files and one page, and no secret in it.
//!
//! ```text
//! Material ──> Bundle (every byte of it, to be previewed) ──> scan ──> write
//!                                                              └── a find refuses
//! ```
//!
//! Owns which facts go in ([`files`], [`page`]), the search for whatever is held ([`held`], [`scan`]), and the file on disk
//! ([`write`]). Refuses to clean a secret away: if one is found, something before it is broken, and nothing is written (K10).

pub mod platform;
pub mod files;
pub mod page;
pub mod held;
pub mod scan;
pub mod write;

pub use files::{Bundle, File, Keychain, Material};
pub use held::{Held, HeldKind};
pub use platform::Platform;
pub use scan::{Find, Place, Spelling};
pub use write::{BundleError, file_name};
