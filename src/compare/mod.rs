//! Two runs side by side: the same SKUs under two keys, at two dates, or now against an earlier run.
//!
//! ```text
//! Side, Side ──> matching ──> Pair (which price stands beside which, and the verdict) ──> view (a sheet, filtered)
//!                                └── difference (what differs, in words and exact decimals)
//! ```
//!
//! Owns which price is the other's counterpart and what their difference is called. Refuses to pick: where several prices could be the
//! counterpart, or one side was not answered, that is said, and “failed” is never “only in the other”. Amounts are decimals, never floats.
//! Knows no window and asks nobody.

pub mod change;
pub mod pair;
mod key;
pub mod matching;
pub mod difference;
pub mod view;
pub mod as_of;

pub use as_of::AsOf;
pub use change::Change;
pub use matching::{Comparison, Named, Side, compare};
pub use pair::{At, Pair, Verdict, Why};
pub use view::{Columns, Order, View, Wish};

#[cfg(test)]
mod tests;
