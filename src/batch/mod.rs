//! Many SKUs in one run: what came of each, in the order of the list.
//!
//! Owns what is known of a finished SKU without its body, and all of them together. Knows no window and no file.

pub mod answered;
pub mod rows;
pub mod journal;

pub use answered::{Answered, Failure, Shared};
pub use journal::{Journal, NotKept, RunHeader, RunId, RunKind, RunState};
pub use rows::{Counts, Rows};
