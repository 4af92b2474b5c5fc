//! Why there is no list: what happened, to which thing, and what to do next. None of it tells a cell's text.

use std::io;

use super::{LARGEST_FILE, MOST_SKUS};

/// Why a list could not be read. What was shown before stays.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ListError {
    #[error("There is no file “{name}”. Check the path, or press Open list… to choose the file.")]
    NotFound { name: String },
    #[error("“{name}” is a folder. Choose a file in it.")]
    Folder { name: String },
    #[error("“{name}” is not a file but a device or a pipe. Save the list as a file, and open that.")]
    NotAFile { name: String },
    #[error("You may not read “{name}”. Ask its owner for permission, or copy its contents and paste them.")]
    NoPermission { name: String },
    #[error("“{name}” could not be read ({reason}). Check the disk or the network, and try again.")]
    Unreadable { name: String, reason: io::ErrorKind },
    #[error("“{name}” is larger than {} MB. Save the column with the SKUs alone, or split the file.", LARGEST_FILE / 1024 / 1024)]
    TooLarge { name: String },
    #[error("“{name}” is empty. Choose a file with SKUs in it.")]
    Empty { name: String },
    #[error("“{name}” is {what}, not a list. Save the list as CSV, text or XLSX, and open that.")]
    Binary { name: String, what: &'static str },
    #[error(
        "“{name}” is a damaged spreadsheet: {part} is missing or broken. Open it in your spreadsheet program, save it anew, and try again."
    )]
    DamagedWorkbook { name: String, part: &'static str },
    #[error("“{name}” is protected with a password. Save it without one, or copy the column and paste it.")]
    Protected { name: String },
    #[error(
        "“{name}” is an old Office file in which no Excel sheet can be read. Save the list as XLSX or CSV, and open that."
    )]
    OldFile { name: String },
    #[error(
        "The spreadsheet “{name}” unpacks to much more than a list can be, so it was not read. Save the sheet as CSV, and open that."
    )]
    Swollen { name: String },
    #[error("There is nothing in sheet “{sheet}”. Choose another sheet.")]
    EmptySheet { sheet: String },
    #[error("There is no SKU in {column}. Choose another column.")]
    NoSku { column: String },
    #[error(
        "Row {row} has {letters} characters in one cell, and no cell is short enough to be a SKU. Choose another separator, or check that this is the right file."
    )]
    LongLine { row: u32, letters: usize },
    #[error("The list has more than {MOST_SKUS} SKUs. Split it, and look the parts up one after the other.")]
    TooMany,
    #[error("Reading was cancelled.")]
    Cancelled,
}
