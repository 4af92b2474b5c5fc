//! From a sheet and its receipt to files that are there whole or not at all.
//!
//! Owns the order: everything is written and brought to the disk before anything takes its place, the receipt last.

use std::ffi::OsString;
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use tempfile::TempPath;

use super::format::{Format, Options, WithReceipt};
use super::receipt::Receipt;
use super::{csv, ndjson, xlsx};
use crate::sheet::Sheet;
use crate::whole_file::{Existing, NotWritten, Readers, Whole};

/// Why nothing was exported.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ExportError {
    #[error(transparent)]
    NotWritten(#[from] NotWritten),
    #[error("There are {rows} rows, and a sheet of XLSX holds {} beside its head.", xlsx::MOST_ROWS)]
    TooManyRows { rows: usize },
    #[error("There are {columns} columns, and a sheet of XLSX holds {}.", xlsx::MOST_COLUMNS)]
    TooManyColumns { columns: usize },
    #[error(
        "The text in row {row}, column {column}, is longer than the {} characters that a cell of XLSX holds.",
        xlsx::LONGEST_TEXT
    )]
    TooLong { row: usize, column: String },
    #[error("The export was stopped; nothing was written.")]
    Stopped,
}

impl ExportError {
    /// What to do next, in one sentence.
    pub fn hint(&self) -> &'static str {
        match self {
            Self::NotWritten(why) => why.hint(),
            Self::TooManyRows { .. } => "Narrow the rows with a filter, or export CSV or NDJSON, which have no limit.",
            Self::TooManyColumns { .. } => "Leave columns out, or export CSV or NDJSON.",
            Self::TooLong { .. } => "Leave the column out, or export CSV or NDJSON, which have no limit.",
            Self::Stopped => "Start it again whenever you like.",
        }
    }
}

/// How far an export is, shared between who writes and who watches.
#[derive(Debug, Default)]
pub struct Progress {
    done: AtomicUsize,
    stop: AtomicBool,
}

impl Progress {
    /// The rows that are written.
    pub fn done(&self) -> usize {
        self.done.load(Ordering::Relaxed)
    }

    /// Asks the writer to end without a file.
    pub fn stop(&self) {
        self.stop.store(true, Ordering::Relaxed);
    }

    pub fn is_stopped(&self) -> bool {
        self.stop.load(Ordering::Relaxed)
    }

    /// Fails once the export is to stop.
    fn go_on(&self) -> Result<(), ExportError> {
        if self.is_stopped() { Err(ExportError::Stopped) } else { Ok(()) }
    }

    /// Notes that `row` is next; fails once the export is to stop.
    pub(super) fn row(&self, row: usize) -> io::Result<()> {
        self.done.store(row, Ordering::Relaxed);
        if self.is_stopped() { Err(io::ErrorKind::Interrupted.into()) } else { Ok(()) }
    }
}

/// What was written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Written {
    pub path: PathBuf,
    pub rows: usize,
    /// The receipt, where it is a file of its own.
    pub receipt: Option<PathBuf>,
}

/// Where the receipt of the file at `path` is: `prices.csv.receipt.json` beside `prices.csv`.
pub fn receipt_path(path: &Path) -> PathBuf {
    let mut name: OsString = path.file_name().unwrap_or_default().to_owned();
    name.push(".receipt.json");
    path.with_file_name(name)
}

/// Writes the sheet to `path`, and its receipt with it. Takes as long as the rows take: for a task, not for a frame.
///
/// # Errors
/// [`ExportError`]; then no new file is there, and what was there before still is. Should only the receipt fail, in the last moment,
/// the file stands without one.
pub fn export(
    sheet: &dyn Sheet,
    receipt: &Receipt<'_>,
    options: &Options,
    path: &Path,
    existing: Existing,
    progress: &Progress,
) -> Result<Written, ExportError> {
    let mut data = Whole::beside(path, existing, Readers::AsUsual)?;
    let beside = match (options.receipt, options.format) {
        (WithReceipt::With, Format::Csv | Format::Ndjson) => Some(receipt_path(path)),
        _ => None,
    };
    let mut note = match &beside {
        Some(path) => Some(Whole::beside(path, existing, Readers::AsUsual)?),
        None => None,
    };
    let failed = |error: &io::Error| {
        if progress.is_stopped() { ExportError::Stopped } else { NotWritten::of(error, path).into() }
    };
    match options.format {
        Format::Csv => {
            let out = BufWriter::with_capacity(1 << 16, data.file());
            csv::write(sheet, *options, progress, out).map_err(|error| failed(&error))?;
        }
        Format::Ndjson => {
            let out = BufWriter::with_capacity(1 << 16, data.file());
            ndjson::write(sheet, progress, out).map_err(|error| failed(&error))?;
        }
        Format::Xlsx => {
            let receipt = (options.receipt == WithReceipt::With).then_some(receipt);
            xlsx::write(sheet, receipt, progress, path, data.file()).map_err(|error| match error {
                xlsx::Fault::Io(error) => failed(&error),
                xlsx::Fault::Unfit(error) => error,
            })?;
        }
    }
    progress.done.store(sheet.len(), Ordering::Relaxed);
    // The rows are not all: a workbook is packed after its last one, and to bring a file to the disk takes its time.
    progress.go_on()?;
    data.settle()?;
    if let Some(note) = &mut note {
        write_receipt(receipt, note.file()).map_err(|error| NotWritten::of(&error, note.path()))?;
        note.settle()?;
    }
    // From here on it is a matter of two renames, which nobody can be quick enough to stop.
    progress.go_on()?;
    // An old receipt tells of the old file. So it is out of the way before that is replaced, and comes back if that fails; whoever
    // ends this in between leaves a file without a receipt, never one with another's.
    let old = Old::set_aside(&receipt_path(path), options.format)?;
    if let Err(error) = data.put() {
        old.bring_back();
        return Err(error.into());
    }
    if let Some(note) = note {
        note.put()?;
    }
    Ok(Written { path: path.to_path_buf(), rows: sheet.len(), receipt: beside })
}

/// The receipt of the file that is to be replaced.
struct Old(Option<(PathBuf, TempPath)>);

impl Old {
    fn set_aside(receipt: &Path, format: Format) -> Result<Self, NotWritten> {
        if format == Format::Xlsx || !receipt.is_file() {
            return Ok(Self(None));
        }
        let not_written = |error: io::Error| NotWritten::of(&error, receipt);
        let folder = receipt.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
        let aside = tempfile::Builder::new().prefix(".quantaprice-").tempfile_in(folder).map_err(not_written)?;
        let aside = aside.into_temp_path();
        std::fs::rename(receipt, &aside).map_err(not_written)?;
        Ok(Self(Some((receipt.to_path_buf(), aside))))
    }

    fn bring_back(self) {
        if let Some((place, aside)) = self.0
            && let Err(error) = aside.persist(&place)
        {
            // The copy is not deleted with its name, so that it is not lost.
            tracing::warn!(%error, "an old receipt could not be put back");
            _ = error.path.keep();
        }
    }
}

fn write_receipt(receipt: &Receipt<'_>, mut out: impl Write) -> io::Result<()> {
    let mut text = serde_json::to_string_pretty(&receipt.json())?;
    text.push('\n');
    out.write_all(text.as_bytes())
}
