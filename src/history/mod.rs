//! What was looked up before: every lookup and every run with its answers and bodies, in one `SQLite` database on this computer.
//!
//! Owns the database: its place, its shape, the thread that writes it, the one that looks through it, its limit and its end. Refuses secrets: bodies come here without tokens
//! in them, and a SKU or a parameter that looks like a secret is left out (K1). A damaged database is set aside and never deleted; a newer
//! one is left alone. Nothing here is called by a frame: the handle sends, and the answers are awaited in tasks.

pub mod place;
pub mod error;
pub mod search;
pub mod entry;
pub mod over_time;
mod pack;
mod record;
mod schema;
mod claim;
mod database;
mod reading;
mod forget;
mod reader;
mod shelf;
mod lane;
mod handle;

pub use crate::keys::settings::Keeping;
pub use entry::{AnswerId, Bodies, Entry, FirstPrice, Found, LoadedRun, Recorded, Size, Standing};
pub use error::HistoryError;
pub use handle::{History, Kept, RunJournal};
pub use over_time::OverTime;
pub use place::{DATA_DIR_VARIABLE, FILE_NAME, default_folder};
pub use search::{Search, Which};
