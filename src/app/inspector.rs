//! The public keys that the token inspector checks signatures with: chosen in a dialog or by path, read in a task.
//!
//! Owns the choice, for this run only: nothing of it is saved. The tokens themselves are the view's.

use super::App;
use crate::inspect::key_file::{self, KeyFile, KeyFileError};
use crate::task::Task;

/// The chosen key file.
#[derive(Default)]
pub struct Inspector {
    task: Task<Option<(String, Result<KeyFile, KeyFileError>)>>,
    /// The file's name, and its keys.
    pub keys: Option<(String, KeyFile)>,
    /// Why the last file gave no key.
    pub problem: Option<String>,
    /// Counts up whenever the keys change, so that views know when to check again.
    pub number: u64,
}

impl Inspector {
    /// Whether the file dialog is open or a file is being read.
    pub fn is_reading(&self) -> bool {
        self.task.is_running()
    }

    /// Takes in a file that was read.
    pub(super) fn poll(&mut self) {
        match self.task.take() {
            // Nothing is being read; or the dialog was cancelled, or there is none on this system: the path field is for that.
            None | Some(Ok(None)) => {}
            Some(Ok(Some((name, Ok(keys))))) => {
                self.set(Some((name, keys)));
            }
            Some(Ok(Some((_, Err(error))))) => self.problem = Some(error.to_string()),
            Some(Err(broken)) => self.problem = Some(broken.to_string()),
        }
    }

    fn set(&mut self, keys: Option<(String, KeyFile)>) {
        self.keys = keys;
        self.problem = None;
        self.number += 1;
    }
}

impl App {
    pub(super) fn choose_key_file(&mut self) {
        // The dialog is made here, on the main thread, as macOS wants it, and awaited in the task.
        let dialog = rfd::AsyncFileDialog::new()
            .set_title("Public key of the issuer")
            .add_filter("Public keys (PEM, JWKS)", &["pem", "crt", "cer", "der", "pub", "key", "json", "jwks", "jwk"])
            .add_filter("All files", &["*"])
            .pick_file();
        let runtime = self.spawner.runtime().clone();
        self.inspector.task.start(&self.spawner, async move {
            let path = dialog.await?.path().to_path_buf();
            runtime.spawn_blocking(move || read(&path)).await.ok()
        });
    }

    pub(super) fn read_key_file(&mut self, path: &str) {
        let path = std::path::PathBuf::from(path.trim());
        let runtime = self.spawner.runtime().clone();
        self.inspector.task.start(&self.spawner, async move { runtime.spawn_blocking(move || read(&path)).await.ok() });
    }

    pub(super) fn forget_key_file(&mut self) {
        self.inspector.task.cancel();
        self.inspector.set(None);
    }
}

fn read(path: &std::path::Path) -> (String, Result<KeyFile, KeyFileError>) {
    let name = path.file_name().unwrap_or(path.as_os_str()).to_string_lossy();
    (crate::prices::shown::one_line(&name), key_file::from_file(path))
}
