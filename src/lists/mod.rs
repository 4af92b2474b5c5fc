//! Lists of SKUs as people have them: pasted, or in a CSV, TSV, text, XLSX, XLS or ODS file.
//!
//! ```text
//! source ──> encoding ──> delimiter ──> reading (columns, preview, the list) ──> damage (proposals) ──> revision ──> SkuList
//!             workbook ─────────────────┘                                                             └─> preflight
//! ```
//!
//! Owns the way from bytes to a [`SkuList`]. Refuses to change a SKU by itself: what looks damaged is said with a proposal, and
//! each SKU is the text of its cell, byte for byte (P1), until a user takes a proposal. All but [`source`] is pure over bytes;
//! all of it may take long for a long list, so it is called in tasks, and a [`Watch`] stops it.

pub mod error;
pub mod watch;
pub mod source;
pub mod encoding;
pub mod delimiter;
pub mod headings;
mod lines;
mod repeats;
mod workbook;
pub mod reading;
pub mod pattern;
mod chat;
pub mod damage;
pub mod mend;
pub mod reveal;
pub mod revision;
pub mod corrections;
mod origins;
pub mod preflight;

use std::sync::Arc;

use compact_str::CompactString;

pub use corrections::Corrections;
pub use delimiter::Delimiter;
pub use encoding::TextEncoding;
pub use error::ListError;
pub(crate) use lines::is_open;
pub use origins::Origins;
pub use preflight::Preflight;
pub use reading::{Item, Reading, Stored, Wish, read};
pub use revision::{Edit, Revision, revise};
pub use source::Source;
pub use watch::Watch;

/// The longest list that is taken.
pub const MOST_SKUS: usize = 1_000_000;
/// The largest file that is read, in bytes.
pub const LARGEST_FILE: u64 = 200 * 1024 * 1024;
/// No SKU is longer, in bytes; a request's line must hold it, each byte percent-encoded.
pub const LONGEST_SKU: usize = 1024;

/// A list that is ready to be looked up. Cheap to clone.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SkuList {
    /// In the order of the list, duplicates included unless the user left them out.
    pub skus: Arc<[CompactString]>,
    /// Where they stand in the file; nothing where their places say so.
    pub origins: Option<Arc<Origins>>,
    /// Where the list came from, such as `assortment-november.csv, column sku`.
    pub source: String,
}
