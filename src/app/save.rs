//! The window's part of a table on its way to a file: what is offered, what was chosen about the file, and what came of it.
//!
//! Owns the rows as they stood on screen when *Export…* was pressed; what happens to them afterwards changes nothing of the file (P6).
//! Files are written in a task.

use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;

use super::{App, Question};
use crate::export::{self, ExportError, Format, Options, Progress, Receipt, ReceiptFacts, Written, suggested_name};
use crate::sheet::Sheet;
use crate::task::Task;
use crate::whole_file::{Existing, NotWritten};

/// What a view can ask for here.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SaveAction {
    /// Show the dialog for these rows.
    Offer(Box<Offer>),
    Choose(Options),
    /// Ask where to, in the system's dialog, and write.
    Save,
    /// Write to this path; a file that is there is kept.
    SaveAs(String),
    /// Write over the file that stood in the way, now that the user agreed.
    Replace,
    /// Format or path are others now than those that the question was about whether to replace a file.
    Withdraw,
    /// Stop what is being written.
    Stop,
}

/// Rows as they stand on screen, and where they are from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Offer {
    pub sheet: OnScreen,
    pub facts: ReceiptFacts,
}

/// A sheet that is shared. Two are the same if they are one.
#[derive(Clone)]
pub struct OnScreen(pub Arc<dyn Sheet + Send + Sync>);

impl fmt::Debug for OnScreen {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} rows", self.0.len())
    }
}

impl PartialEq for OnScreen {
    fn eq(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.0, &other.0)
    }
}

impl Eq for OnScreen {}

/// Why nothing was written, and what can be done.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    pub sentence: String,
    pub hint: String,
    /// The file in the way, where it can be replaced.
    pub replaces: Option<InTheWay>,
}

/// A file in the way, and the wish that it is in the way of: to agree to replace it is to agree to nothing else.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InTheWay {
    pub path: PathBuf,
    /// The path as it was typed.
    pub typed: String,
    pub format: Format,
}

/// The export that is being chosen or written.
#[derive(Default)]
pub struct Save {
    work: Task<Option<(PathBuf, Result<Written, ExportError>)>>,
    folder: Task<PathBuf>,
    progress: Arc<Progress>,
    /// Whether the place is known and the file begun; before that, there is nothing to wait for.
    begun: Arc<AtomicBool>,
    /// The path that was typed for what is written now.
    typed: String,
    offer: Option<Offer>,
    /// What is chosen about the file; the settings keep it for the next one.
    pub options: Options,
    day: Date,
    in_folder: Option<PathBuf>,
    pub problem: Option<Problem>,
    pub saved: Option<Written>,
    /// Counts up with every offer, so that views know one from the next.
    pub number: u64,
}

impl Save {
    pub fn offer(&self) -> Option<&Offer> {
        self.offer.as_ref()
    }

    /// Whether the system's dialog is open or the file is being written.
    pub fn is_saving(&self) -> bool {
        self.work.is_running()
    }

    /// The rows that are written, of how many, while a file is.
    pub fn progress(&self) -> Option<(usize, usize)> {
        let all = self.offer.as_ref()?.sheet.0.len();
        self.is_saving().then(|| (self.progress.done(), all)).filter(|(done, _)| *done > 0)
    }

    /// Whether it is asked to stop, and is about to.
    pub fn is_stopping(&self) -> bool {
        self.is_saving() && self.progress.is_stopped()
    }

    /// A path that this user can probably write to.
    pub fn suggested(&self) -> Option<PathBuf> {
        let name = suggested_name(&self.offer.as_ref()?.facts, self.day, self.options.format);
        Some(self.in_folder.as_ref()?.join(name))
    }

    /// Lets go of everything.
    pub(super) fn close(&mut self) {
        self.progress.stop();
        *self = Self { number: self.number, ..Self::default() };
    }

    pub(super) fn poll(&mut self) {
        if let Some(folder) = self.folder.take() {
            self.in_folder = folder.ok();
        }
        let Some(answer) = self.work.take() else { return };
        let problem = |sentence: String, hint: &str| Some(Problem { sentence, hint: hint.to_owned(), replaces: None });
        match answer {
            // The dialog was cancelled, or there is none on this system; the two look alike from here.
            Ok(None) => {
                let hint = "If no dialog opened on this system, type a path and press “Save here”.";
                self.problem = problem("Nothing was saved.".into(), hint);
            }
            Ok(Some((_, Ok(written)))) => self.saved = Some(written),
            Ok(Some((path, Err(error)))) => {
                self.problem = problem(error.to_string(), error.hint());
                if let (Some(problem), ExportError::NotWritten(NotWritten::Exists(_))) = (&mut self.problem, &error) {
                    let typed = std::mem::take(&mut self.typed);
                    problem.replaces = Some(InTheWay { path, typed, format: self.options.format });
                }
            }
            Err(broken) => self.problem = problem(broken.to_string(), ""),
        }
    }
}

impl App {
    pub(super) fn apply_to_save(&mut self, action: SaveAction) {
        match action {
            SaveAction::Offer(offer) => self.offer_export(*offer),
            SaveAction::Choose(options) => {
                if options.format != self.save.options.format {
                    self.withdraw_replacing();
                }
                (self.save.options, self.settings.export) = (options, options);
                self.save_settings();
            }
            SaveAction::Save => self.ask_where(),
            SaveAction::SaveAs(path) => {
                let typed = path.trim().to_owned();
                let (path, format) = (PathBuf::from(&typed), self.save.options.format);
                let (usual, runtime) = (self.save.in_folder.clone(), self.spawner.runtime().clone());
                let to = async move {
                    let placed = runtime.spawn_blocking(move || {
                        let usual = usual.unwrap_or_else(documents);
                        export::place(&path, &usual, format)
                    });
                    placed.await.ok()
                };
                self.write_export(to, Existing::Keep);
                self.save.typed = typed;
            }
            SaveAction::Replace => {
                let format = self.save.options.format;
                let agreed = self.save.problem.take().and_then(|problem| problem.replaces);
                if let Some(agreed) = agreed.filter(|agreed| agreed.format == format) {
                    self.write_export(std::future::ready(Some(agreed.path)), Existing::Replace);
                }
            }
            SaveAction::Withdraw => self.withdraw_replacing(),
            SaveAction::Stop => {
                self.save.progress.stop();
                self.save.problem = None;
                // What is begun is waited for: it ends soon, and may have been too quick to be stopped, which must be said.
                if !self.save.begun.load(Ordering::SeqCst) {
                    self.save.work.cancel();
                }
            }
        }
    }

    fn withdraw_replacing(&mut self) {
        if self.save.problem.as_ref().is_some_and(|problem| problem.replaces.is_some()) {
            self.save.problem = None;
        }
    }

    fn offer_export(&mut self, offer: Offer) {
        self.save.close();
        self.save.number += 1;
        self.save.options = self.settings.export;
        self.save.day = Timestamp::now().to_zoned(TimeZone::system()).date();
        self.save.offer = Some(offer);
        let runtime = self.spawner.runtime().clone();
        self.save.folder.start(&self.spawner, async move {
            runtime.spawn_blocking(documents).await.unwrap_or_else(|_panicked| std::env::temp_dir())
        });
        self.question = Some(Question::Save);
    }

    fn ask_where(&mut self) {
        let format = self.save.options.format;
        // The dialog is made here, on the main thread, as macOS wants it, and awaited in the task.
        let mut dialog =
            rfd::AsyncFileDialog::new().set_title("Export the table").add_filter(format.label(), &[format.extension()]);
        if let Some(path) = self.save.suggested()
            && let (Some(folder), Some(name)) = (path.parent(), path.file_name())
        {
            dialog = dialog.set_directory(folder).set_file_name(name.to_string_lossy());
        }
        let answer = dialog.save_file();
        let to = async move { Some(answer.await?.path().to_path_buf()) };
        // The dialog asks before it gives the name of a file that is there.
        self.write_export(to, Existing::Replace);
    }

    fn write_export(&mut self, to: impl Future<Output = Option<PathBuf>> + Send + 'static, existing: Existing) {
        let Some(offer) = self.save.offer.clone() else { return };
        self.save.problem = None;
        self.save.saved = None;
        self.save.progress = Arc::default();
        self.save.begun = Arc::default();
        let begun = Arc::clone(&self.save.begun);
        let (options, progress) = (self.save.options, Arc::clone(&self.save.progress));
        let (runtime, spawner) = (self.spawner.runtime().clone(), self.spawner.clone());
        let watched = Arc::clone(&progress);
        self.save.work.start(&self.spawner, async move {
            let path = to.await?;
            begun.store(true, Ordering::SeqCst);
            let writing = runtime.spawn_blocking(move || {
                let written = write(&offer, options, &path, existing, &progress);
                (path, written)
            });
            tokio::pin!(writing);
            loop {
                tokio::select! {
                    written = &mut writing => {
                        break Some(written.unwrap_or_else(|panicked| std::panic::resume_unwind(panicked.into_panic())));
                    }
                    // The rows that are written are counted on screen.
                    () = tokio::time::sleep(std::time::Duration::from_millis(150)) => {
                        if watched.done() > 0 {
                            spawner.wake();
                        }
                    }
                }
            }
        });
    }
}

fn write(
    offer: &Offer,
    options: Options,
    path: &Path,
    existing: Existing,
    progress: &Progress,
) -> Result<Written, ExportError> {
    let sheet = &*offer.sheet.0;
    let receipt = Receipt {
        facts: &offer.facts,
        written: Timestamp::now(),
        zone: TimeZone::system(),
        file: path.file_name().unwrap_or_default().to_string_lossy().into_owned(),
        rows: sheet.len(),
        columns: sheet.heads().len(),
    };
    export::export(sheet, &receipt, &options, path, existing, progress)
}

/// The user's documents, or the nearest to them that is there: the downloads, or the home folder.
fn documents() -> PathBuf {
    let folders = directories::UserDirs::new();
    let documents = folders.as_ref().and_then(|folders| {
        let usual = [folders.document_dir(), folders.download_dir()];
        usual.into_iter().flatten().find(|folder| folder.is_dir()).map(Path::to_path_buf)
    });
    let home = folders.as_ref().map(|folders| folders.home_dir().to_path_buf());
    documents.or(home).unwrap_or_else(std::env::temp_dir)
}
