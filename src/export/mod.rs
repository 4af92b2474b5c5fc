//! A sheet as a file: CSV, NDJSON or XLSX, with a receipt that says where the rows are from.
//!
//! ```text
//! Sheet, as it stands on screen ──> csv | ndjson | xlsx ──> whole_file ──> the file
//! ReceiptFacts ───────────────────> receipt ─────────────┘      (in XLSX a second sheet, else a file beside)
//! ```
//!
//! Owns what each format can hold and how it is written. It holds exactly the rows and columns of the [`Sheet`](crate::sheet::Sheet), in
//! its order (P6); SKUs and other texts stay texts, decimals stay as they were written (P1, P2). What a format cannot hold is an error and
//! never cut, rounded or left out. Refuses to know where rows come from, to ask, and to read a clock.

pub mod format;
mod columns;
mod csv;
mod ndjson;
mod xlsx;
pub mod receipt;
pub mod name;
pub mod write;

pub use format::{ByteOrderMark, Format, LineEnd, Options, Separator, WithReceipt};
pub use name::{place, suggested_name};
pub use receipt::{Receipt, ReceiptFacts};
pub use write::{ExportError, Progress, Written, export};
