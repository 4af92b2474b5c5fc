//! Many SKUs in one run: what came of each, in the order of the list.
//!
//! Owns what is known of a finished SKU without its body, all of them together, and the gate that says how many run at once. Knows
//! no window and no file.

pub mod answered;
pub mod rows;
pub mod journal;
pub mod gate;

pub use answered::{Answered, Failure, Shared};
pub use gate::{Gate, GateState, Limits, Mood, Pass};
pub use journal::{Journal, NotKept, RunHeader, RunId, RunKind, RunState};
pub use rows::{Counts, Rows};
