//! The rows of a run as a table: which columns there are, which rows are seen, and in what order.
//!
//! Owns the way from [`Rows`](crate::batch::Rows) to a [`Sheet`](crate::sheet::Sheet). Several prices in one body are several rows
//! under one SKU, never a silent pick. Knows no window, starts no task and formats no value.

pub mod columns;
pub mod layout;
pub mod ranking;
pub mod arrangement;
pub mod view;
pub mod tsv;

pub use arrangement::{Arranged, Outcomes, RowKey, Sort, Stop, Towards, Wish};
pub use columns::{ColumnId, Found};
pub use layout::Layout;
pub use view::View;
