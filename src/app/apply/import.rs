//! Filling the form from a file or from environment variables.

use super::super::jobs::Saving;
use super::super::{App, FormMessage};
use crate::keys::{Imported, import};

impl App {
    pub(super) fn choose_import_file(&mut self) {
        // The dialog is made here, on the main thread, as macOS wants it, and awaited in the task.
        let dialog = rfd::AsyncFileDialog::new()
            .set_title("Import an API key")
            .add_filter("Keys (.env, JSON)", &["env", "json", "txt"])
            .add_filter("All files", &["*"])
            .pick_file();
        let runtime = self.spawner.runtime().clone();
        self.jobs.import.start(&self.spawner, async move {
            let path = dialog.await?.path().to_path_buf();
            runtime.spawn_blocking(move || import::from_file(&path)).await.ok()
        });
    }

    pub(super) fn import_file(&mut self, path: String) {
        let runtime = self.spawner.runtime().clone();
        self.jobs.import.start(&self.spawner, async move {
            let path = std::path::PathBuf::from(path.trim());
            runtime.spawn_blocking(move || import::from_file(&path)).await.ok()
        });
    }

    pub(super) fn import_environment(&mut self) {
        if let Some(imported) = self.environment.clone() {
            self.imported(&imported);
        } else {
            self.question = None;
            let text = "QUANTAPRICE_CLIENT_ID and QUANTAPRICE_CLIENT_SECRET are not set for this program.";
            self.form.message = Some(FormMessage::Other(text.into()));
        }
    }

    pub(in crate::app) fn imported(&mut self, imported: &Imported) {
        self.question = None;
        if self.jobs.saving != Saving::Nothing {
            self.notice = Some("A key is being saved. Import again when that is done.".into());
            return;
        }
        if self.form.editing.is_some() {
            self.new_key();
        }
        self.form.draft.fill_from(imported);
        self.form.suit_environment_to_urls();
        self.form.urls_open |= imported.token_url.is_some() || imported.api_url.is_some();
        let note = imported.passed_over();
        self.form.message = Some(match imported.require_both() {
            Ok(_) => FormMessage::Imported { note },
            Err(error) => {
                FormMessage::Other([Some(error.to_string()), note].into_iter().flatten().collect::<Vec<_>>().join(" "))
            }
        });
    }
}
