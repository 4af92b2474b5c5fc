//! Many SKUs in one run: what came of each, in the order of the list.
//!
//! Owns what is known of a finished SKU without its body, all of them together, and the gate that says how many run at once. Knows
//! no window and no file.

pub mod answered;
pub mod rows;
pub mod journal;
pub mod gate;
pub mod queue;
pub mod pace;
pub mod halt;
pub mod progress;
pub mod engine;
mod nudge;

pub use answered::{Answered, Failure, Shared};
pub use engine::{Opener, Plan, Run};
pub use gate::{Gate, GateState, Limits, Mood, Pass};
pub use halt::{Halt, HaltCause};
pub use journal::{Journal, NotKept, RunHeader, RunId, RunKind, RunState};
pub use progress::{AtWork, Progress, Retried, Standing};
pub use queue::{Ask, Repeats};
pub use rows::{Counts, Rows};
