//! Carries out what views ask for: the only code that changes shared state.

use jiff::Timestamp;
use secrecy::SecretString;

use super::action::{Action, Question};
use super::jobs::{KeyFailure, SaveFailure, SavedKey, Saving, Unwritten};
use super::verdicts::on_token;
use super::{App, Drawer, Focus, FormMessage, KeyForm, PricesMode, Shown, Tab, history, trail};
use crate::activity::EventReason;
use crate::explorer::{Explorer, SecretAt, Session};
use crate::keys::keychain::Removed;
use crate::keys::settings::SettingsStore;
use crate::keys::{
    CheckedKey, Field, Imported, Keychain, KeychainError, Profile, ProfileId, SecretPlace, SecretRecord, import,
};
use crate::origin;
use crate::prices::{Lookup, LookupError, LookupErrorKind, PriceQuery, client};
use crate::sandbox::{Options, Sandbox};

/// Where keys are made and revoked (vendor page "Creating an API Key").
pub const ACCOUNT_PORTAL: &str = "https://account.quantaprice.com";

impl App {
    /// Carries out one action.
    pub fn apply(&mut self, action: Action) {
        match action {
            Action::Select(id) => self.select(id),
            Action::NewKey => self.new_key(),
            Action::SaveKey => self.save_key(),
            Action::KeepForThisRun => self.keep_for_this_run(),
            Action::TestKey => self.test_key(),
            Action::ReplaceSecret => {
                self.drawer = Drawer::Open;
                self.form.replacing = true;
                self.form.message = None;
            }
            Action::CancelReplace => {
                self.form.replacing = false;
                self.form.draft.wipe_secret();
                self.form.message = None;
            }
            Action::SwapIdAndSecret => self.form.draft.swap_id_and_secret(),
            Action::DeleteKey => self.delete_key(),
            Action::CancelKeyWork => self.jobs.cancel_key_work(),
            Action::Ask(question) => self.question = Some(question),
            Action::CloseQuestion => self.close_question(),
            Action::ChooseImportFile => self.choose_import_file(),
            Action::ImportFile(path) => self.import_file(path),
            Action::ImportEnvironment => self.import_environment(),
            Action::StartSandbox => self.start_sandbox(),
            Action::UseEnvironmentKey => self.use_environment_key(),
            Action::CheckConnection => {
                self.check_connection();
                self.question = self.connection.shown().map(|_check| Question::Connection);
            }
            Action::CancelCheck => self.connection.cancel(),
            Action::ExportBundle => {
                self.connection.cancel();
                self.gather_bundle();
                self.question = Some(Question::Bundle);
            }
            Action::SaveBundle => self.save_bundle(),
            Action::SaveBundleAs(path) => self.save_bundle_as(&path),
            Action::GetToken => self.fetch_token(Wish::Have),
            Action::RefreshToken => self.fetch_token(Wish::New),
            Action::ForgetToken => {
                if let Some(source) = self.active_profile().and_then(|profile| self.explorer.source(profile)) {
                    source.forget();
                    self.done = Some("Token forgotten. The next lookup fetches a new one.");
                }
                self.token_problem = None;
            }
            Action::CopyToken => self.copy_token(),
            Action::ClearClipboard => self.clipboard.clear(),
            Action::ChooseKeyFile => self.choose_key_file(),
            Action::ReadKeyFile(path) => self.read_key_file(&path),
            Action::ForgetKeyFile => self.forget_key_file(),
            Action::LookUp => self.look_up(),
            Action::CancelLookUp => {
                if let Some(desk) = self.active.as_ref().and_then(|id| self.desks.get_mut(id)) {
                    desk.cancel();
                }
            }
            Action::PutSku(sku) => self.put_sku(sku),
            Action::LookUpAgain(sku) => {
                self.put_sku(sku);
                self.look_up();
            }
            Action::Copy { text, what } => {
                self.outbox.copy = Some(text);
                self.clipboard.look_again();
                self.done = Some(what);
            }
            Action::OpenPortal => self.outbox.open_url = Some(ACCOUNT_PORTAL),
            Action::GoToField(field) => {
                self.form.urls_open |= matches!(field, Field::TokenUrl | Field::ApiUrl | Field::CaFile);
                self.form.focus = Some(field);
                self.drawer = Drawer::Open;
            }
            Action::Rehearse(drill) => self.begin_drill(drill),
            Action::EndDrill => self.end_drill(),
            Action::SetTheme(theme) => {
                self.settings.theme = theme;
                self.outbox.theme_changed = Some(theme);
                self.save_settings();
            }
            Action::Show(tab) => self.tab = tab,
            Action::ShowPrices(mode) => {
                self.tab = Tab::Prices;
                self.prices_mode = mode;
            }
            Action::List(action) => self.apply_to_list(action),
            Action::Batch(action) => self.apply_to_batch(action),
            Action::Compare(action) => self.apply_to_compare(action),
            Action::History(action) => self.apply_to_history(action),
            Action::Save(action) => self.apply_to_save(action),
            Action::FieldMap(action) => self.apply_to_field_map(action),
            Action::ToggleDrawer => {
                self.drawer = match self.drawer {
                    Drawer::Open => Drawer::Closed,
                    Drawer::Closed => Drawer::Open,
                };
            }
            Action::DismissNotice => self.notice = None,
        }
    }

    pub(super) fn probe_keychain(&mut self) {
        let keychain = self.keychain.clone();
        self.jobs.probe.start(&self.spawner, async move { keychain.probe().await });
    }

    pub(super) fn select(&mut self, id: ProfileId) {
        let Some(profile) = self.settings.profile(&id) else { return };
        if self.active.as_ref() != Some(&id) {
            let before = self.active_profile().map_or("no key", |before| &before.name);
            let sentence = format!("Switched from {before}.");
            self.explorer.activity.note(EventReason::ProfileSwitch, Timestamp::now(), profile, &sentence);
        }
        self.explorer.know(profile);
        let form = KeyForm::of(profile);
        self.open_form(form);
        self.active = Some(id.clone());
        self.search.focus = Focus::Take;
        self.search.problem = None;
        self.done = None;
        if self.settings.active.as_ref() != Some(&id) {
            self.settings.active = Some(id);
            self.save_settings();
        }
    }

    fn new_key(&mut self) {
        self.open_form(KeyForm::default());
        self.active = None;
        self.drawer = Drawer::Open;
    }

    /// Puts another form in place of the open one. One that is being saved is put by until the answer comes, and one that was
    /// put by comes back where it is asked for again, so that nothing typed is lost.
    fn open_form(&mut self, form: KeyForm) {
        // Its answer would stand beneath another key.
        self.jobs.test_key.cancel();
        if self.jobs.saving == Saving::OpenForm && self.form.editing == form.editing {
            return;
        }
        let put_by = self.put_by.iter().position(|put_by| put_by.editing == form.editing);
        let put_by = put_by.map(|at| self.put_by.swap_remove(at));
        let of_job = matches!((&self.jobs.saving, &put_by), (Saving::PutBy(of), Some(put_by)) if *of == put_by.editing);
        let left = std::mem::replace(&mut self.form, put_by.unwrap_or(form));
        if self.jobs.saving == Saving::OpenForm {
            self.jobs.saving = Saving::PutBy(left.editing.clone());
            self.put_by.push(left);
        } else if of_job {
            self.jobs.saving = Saving::OpenForm;
        }
    }

    fn close_question(&mut self) {
        self.question = None;
        self.jobs.import.cancel();
        self.connection.cancel();
        self.export.close();
        self.save.close();
        self.field_map.close();
    }

    /// Writes the settings in the background; a change meanwhile is written after it.
    pub(super) fn save_settings(&mut self) {
        if self.jobs.settings.is_running() {
            self.jobs.settings_due = true;
            return;
        }
        let Some(store) = &self.store else { return };
        let pending = store.prepare(&self.settings);
        let runtime = self.spawner.runtime().clone();
        self.jobs.settings.start(&self.spawner, async move {
            let written = runtime.spawn_blocking(move || pending.write(Timestamp::now())).await;
            written.unwrap_or_else(|panicked| std::panic::resume_unwind(panicked.into_panic()))
        });
    }

    /// Writes what is still to be written of the settings. Only at the end, when no frame waits for it.
    pub fn finish_writing(&mut self) {
        let is_due = self.jobs.settings.is_running() || self.jobs.settings_due;
        let Some(store) = self.store.as_ref().filter(|_| is_due) else { return };
        if let Err(error) = store.prepare(&self.settings).write(Timestamp::now()) {
            tracing::warn!(%error, "the settings could not be written at the end");
        }
    }

    // Keys.

    fn save_key(&mut self) {
        self.form.touched.mark_all();
        self.form.message = None;
        let Some(key) = self.form.check(&self.settings.profiles).ready().cloned() else { return };
        let now = Timestamp::now();
        let saved = self.form.editing.as_ref().and_then(|id| self.settings.profile(id)).cloned();
        let mut profile = updated(saved.as_ref(), &key, now);
        self.jobs.saving = Saving::OpenForm;
        let Some(secret) = key.secret else {
            return self.key_saved(SavedKey { profile, secret: None, result: Ok(None) });
        };
        if self.store.as_ref().is_none_or(SettingsStore::is_read_only) {
            self.jobs.saving = Saving::Nothing;
            self.form.message = Some(FormMessage::ReadOnly);
            return;
        }
        let previous = saved.as_ref().and_then(|saved| saved.secret.as_ref());
        profile.keep(SecretRecord::new(&secret, SecretPlace::Keychain, previous, now));
        let (explorer, keychain) = (self.explorer.clone(), self.keychain.clone());
        let previous = previous.cloned();
        self.jobs.save_key.start(&self.spawner, async move {
            let result = put_into(&keychain, &explorer, &profile, &secret, previous).await;
            SavedKey { profile, secret: Some(secret), result }
        });
    }

    pub(super) fn key_saved(&mut self, saved: SavedKey) {
        let SavedKey { profile, secret, result } = saved;
        let of_form = std::mem::take(&mut self.jobs.saving);
        let earlier = match result {
            Ok(earlier) => earlier,
            // What was typed stays in the form, so nothing is lost.
            Err(failure) => return self.key_not_saved(&profile, failure, &of_form),
        };
        let paused = self.pause_runs_of(&profile.id);
        self.explorer.forget(&profile);
        let before = self.settings.profile(&profile.id).cloned();
        let sentence = match (&secret, &before) {
            (Some(_), Some(_)) => "The secret was replaced; tokens of the old one are no longer used.",
            (Some(_), None) => "A new key was saved.",
            (None, _) => "The profile was changed; its token is fetched anew.",
        };
        self.explorer.activity.note(EventReason::KeyChange, Timestamp::now(), &profile, sentence);
        let id = profile.id.clone();
        if secret.is_some() {
            self.memory.remove(&id);
            self.behind_memory.remove(&id);
            self.keychain_state = Some(Ok(()));
        }
        self.unwritten = Some(Unwritten { profile: profile.clone(), secret, before, earlier });
        self.settings.put(profile);
        self.go_on_after(paused, &id);
        if let Saving::PutBy(of) = of_form {
            self.put_by.retain(|put_by| put_by.editing != of);
            self.save_settings();
        } else {
            self.settings.active = Some(id.clone());
            self.save_settings();
            self.select(id);
        }
        if self.store.is_none() {
            self.settle(None);
        }
    }

    fn key_not_saved(&mut self, profile: &Profile, failure: SaveFailure, of_form: &Saving) {
        let message = match failure {
            SaveFailure::Keychain(error) => {
                let can_keep = error.suggests_memory();
                FormMessage::Keychain { error, can_keep }
            }
            SaveFailure::Trial(verdict) => FormMessage::NotReplaced(verdict),
        };
        self.say_of_save(&profile.name, message, of_form);
    }

    /// Says what a save came to where its form is.
    pub(super) fn say_of_save(&mut self, name: &str, message: FormMessage, of_form: &Saving) {
        let Saving::PutBy(of) = of_form else {
            self.form.message = Some(message);
            return;
        };
        if let Some(put_by) = self.put_by.iter_mut().find(|put_by| put_by.editing == *of) {
            put_by.message = Some(message);
        }
        let way_back = if of.is_some() { "Choose it again" } else { "Press New" };
        self.notice = Some(format!("“{name}” was not saved. {way_back} to see why: what was typed is still there."));
    }

    /// Says that a key is saved once the settings that name it are written; if they could not be, takes the secret out of the
    /// keychain again, where nobody would find it, and keeps the key for this run.
    pub(super) fn settle(&mut self, failure: Option<String>) {
        let Some(Unwritten { profile, secret, before, earlier }) = self.unwritten.take() else { return };
        let id = profile.id.clone();
        let message = match (failure, secret) {
            (None, _) => FormMessage::Saved,
            (Some(failure), None) => FormMessage::NotWritten(failure),
            (Some(failure), Some(secret)) => {
                let (keychain, of) = (self.keychain.clone(), id.clone());
                let is_new = before.is_none();
                self.jobs.undo.start(&self.spawner, async move {
                    match earlier {
                        Some(earlier) => keychain.write(&of, earlier).await,
                        None if is_new => keychain.delete(&of).await.map(|_removed| ()),
                        // Better the new secret beside the old profile than none at all.
                        None => Ok(()),
                    }
                });
                let paused = self.pause_runs_of(&id);
                self.explorer.forget(&profile);
                // With the record of what was not written, so that its revision is counted on from: a cache that has seen it
                // takes no lower one.
                self.keep_in_memory(profile, secret, Timestamp::now());
                if is_new {
                    self.behind_memory.remove(&id);
                }
                self.go_on_after(paused, &id);
                FormMessage::NotWritten(failure)
            }
        };
        if self.form.editing.as_ref() == Some(&id) {
            self.form.message = Some(message);
        } else if let FormMessage::NotWritten(failure) = message {
            self.notice = Some(failure);
        }
    }

    fn keep_for_this_run(&mut self) {
        self.form.touched.mark_all();
        let Some(key) = self.form.check(&self.settings.profiles).ready().cloned() else { return };
        let Some(secret) = key.secret.clone() else { return };
        let now = Timestamp::now();
        let saved = self.form.editing.as_ref().and_then(|id| self.settings.profile(id)).cloned();
        let profile = updated(saved.as_ref(), &key, now);
        let paused = self.pause_runs_of(&profile.id);
        self.explorer.forget(&profile);
        let sentence = "The key is kept in memory for this run.";
        self.explorer.activity.note(EventReason::KeyChange, now, &profile, sentence);
        let id = self.keep_in_memory(profile, secret, now);
        self.go_on_after(paused, &id);
        self.select(id);
        self.form.message = Some(FormMessage::KeptForThisRun);
    }

    fn test_key(&mut self) {
        self.form.message = None;
        let saved = self.form.editing.as_ref().and_then(|id| self.settings.profile(id)).cloned();
        let is_typed = self.form.is_changed(self.profiles());
        let explorer = self.explorer.clone();
        if let (Some(profile), false) = (saved.clone(), is_typed) {
            let secret = self.secret_at(&profile);
            self.jobs.test_key.start(&self.spawner, async move {
                let session = explorer.open(&profile, &secret).await?;
                renew(&explorer, &session).await
            });
            return;
        }
        self.form.touched.mark_all();
        let Some(key) = self.form.check(&self.settings.profiles).ready().cloned() else { return };
        let stored = saved.as_ref().map(|profile| self.secret_at(profile));
        let saved_id = saved.map(|profile| profile.id);
        let keychain = self.keychain.clone();
        self.jobs.test_key.start(&self.spawner, async move {
            let secret = typed_or_stored(&key, stored, saved_id.as_ref(), &keychain).await?;
            test_typed(&explorer, &key, secret).await
        });
    }

    fn delete_key(&mut self) {
        self.question = None;
        let Some(profile) = self.active_profile().cloned() else { return };
        if !self.rests_in_keychain(&profile) {
            return self.key_deleted(&profile, Ok(Removed::WasNotThere));
        }
        let keychain = self.keychain.clone();
        self.form.message = None;
        self.jobs.delete_key.start(&self.spawner, async move {
            let result = keychain.delete(&profile.id).await;
            (profile, result)
        });
    }

    pub(super) fn key_deleted(&mut self, profile: &Profile, result: Result<Removed, KeychainError>) {
        if let Err(error) = result {
            // The profile stays, so that the secret can still be found and deleted (K11).
            if self.form.editing.as_ref() == Some(&profile.id) {
                self.form.message = Some(FormMessage::Keychain { error, can_keep: false });
            } else {
                self.notice = Some(format!("“{}” was not deleted. {error} {}", profile.name, error.next_step()));
            }
            return;
        }
        let sentence = "The key was deleted, and its token forgotten.";
        self.explorer.activity.note(EventReason::KeyChange, Timestamp::now(), profile, sentence);
        if self.sandbox_profile().is_some_and(|sandbox| sandbox.id == profile.id) && self.drill.is_some() {
            self.end_drill();
        }
        let paused = self.pause_runs_of(&profile.id);
        self.explorer.forget(profile);
        self.memory.remove(&profile.id);
        self.behind_memory.remove(&profile.id);
        self.desks.remove(&profile.id);
        self.connection.forget(&profile.id);
        self.settings.remove(&profile.id);
        self.go_on_after(paused, &profile.id);
        if self.active.as_ref() == Some(&profile.id) {
            // No other key is chosen by itself: its old answer would stand there as if it were this one's.
            self.active = None;
            self.form = KeyForm::default();
            self.form.message = Some(FormMessage::Deleted(profile.name.clone()));
        } else {
            self.notice = Some(format!("“{}” is deleted.", profile.name));
        }
        self.save_settings();
    }

    // Import.

    fn choose_import_file(&mut self) {
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

    fn import_file(&mut self, path: String) {
        let runtime = self.spawner.runtime().clone();
        self.jobs.import.start(&self.spawner, async move {
            let path = std::path::PathBuf::from(path.trim());
            runtime.spawn_blocking(move || import::from_file(&path)).await.ok()
        });
    }

    fn import_environment(&mut self) {
        if let Some(imported) = self.environment.clone() {
            self.imported(&imported);
        } else {
            self.question = None;
            let text = "QUANTAPRICE_CLIENT_ID and QUANTAPRICE_CLIENT_SECRET are not set for this program.";
            self.form.message = Some(FormMessage::Other(text.into()));
        }
    }

    pub(super) fn imported(&mut self, imported: &Imported) {
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

    // Sandbox and environment.

    fn start_sandbox(&mut self) {
        if let Some(id) = self.sandbox_profile().map(|profile| profile.id.clone()) {
            return self.select(id);
        }
        if !self.jobs.sandbox.is_running() {
            self.jobs.sandbox.start(&self.spawner, Sandbox::start(Options::default()));
        }
    }

    pub(super) fn sandbox_started(&mut self, sandbox: Sandbox) {
        let (profile, secret) = origin::sandbox_profile(&sandbox, Timestamp::now());
        self.sandbox = Some(sandbox);
        self.drill = None;
        if self.search.sku.is_empty() {
            self.search.sku = crate::sandbox::SAMPLE_SKU.into();
        }
        let id = self.keep_in_memory(profile, secret, Timestamp::now());
        self.select(id);
    }

    fn use_environment_key(&mut self) {
        let Some(imported) = &self.environment else { return };
        match origin::environment_profile(imported, Timestamp::now()) {
            Ok((profile, secret)) => {
                let same =
                    self.profiles().iter().find(|other| other.name == profile.name).map(|other| other.id.clone());
                let id = match same {
                    Some(id) => id,
                    None => self.keep_in_memory(profile, secret, Timestamp::now()),
                };
                self.select(id);
            }
            Err(problem) => self.notice = Some(problem),
        }
    }

    // Token.

    fn fetch_token(&mut self, wish: Wish) {
        let Some(profile) = self.active_profile().cloned() else { return };
        let (explorer, secret) = (self.explorer.clone(), self.secret_at(&profile));
        self.withdraw_test();
        self.token_problem = None;
        self.done = None;
        self.note_use(&profile.id);
        self.jobs.token.start(&self.spawner, async move {
            let result = fetch(&explorer, &profile, &secret, wish).await;
            (profile, result)
        });
    }

    fn copy_token(&mut self) {
        self.question = None;
        let Some(token) = self.status().and_then(|status| status.token) else { return };
        self.done = None;
        self.clipboard.put(token.secret().clone());
    }

    // Prices.

    fn put_sku(&mut self, sku: String) {
        self.search.sku = sku;
        self.search.problem = None;
        self.search.focus = Focus::Take;
        self.prices_mode = PricesMode::Single;
    }

    /// Takes back what an earlier test of the key said: what comes next may say otherwise.
    pub(super) fn withdraw_test(&mut self) {
        if matches!(self.form.message, Some(FormMessage::Works(_) | FormMessage::Token(_))) {
            self.form.message = None;
        }
    }

    pub(super) fn look_up(&mut self) {
        let Some(profile) = self.active_profile().cloned() else { return };
        self.withdraw_test();
        let query = match PriceQuery::new(self.search.sku.clone(), self.search.parameters.clone()) {
            Ok(query) => query,
            Err(error) => {
                self.search.problem = Some(error.to_string());
                return;
            }
        };
        self.search.problem = None;
        self.done = None;
        self.tab = Tab::Prices;
        self.prices_mode = PricesMode::Single;
        self.drawer = Drawer::Closed;
        self.remember_sku(&profile.id, query.sku());
        self.note_use(&profile.id);
        let (explorer, secret) = (self.explorer.clone(), self.secret_at(&profile));
        let desk = self.desks.entry(profile.id.clone()).or_default();
        desk.start(&self.spawner, query.clone(), |progress| {
            let (wake, kept) = (self.spawner.clone(), self.past.kept.clone());
            async move {
                let started = Timestamp::now();
                let tell = |step| {
                    progress.send_replace(step);
                    wake.wake();
                };
                let lookup = match explorer.open(&profile, &secret).await {
                    Err(error) => no_secret(&query, &error, started),
                    Ok(session) => client::look_up(&explorer, &session, &query, tell).await,
                };
                kept.note_single(history::header(&profile, &lookup), lookup.clone());
                let trail = trail::of(&lookup, profile.id.as_str(), &explorer.activity);
                Shown { trail, ..Shown::of(lookup) }
            }
        });
    }

    fn remember_sku(&mut self, id: &ProfileId, sku: &str) {
        let Some(profile) = self.settings.profile_mut(id) else { return };
        if profile.recent_skus.first().is_none_or(|first| first != sku) {
            profile.remember_sku(sku);
            self.save_settings();
        }
    }

    /// Notes when a key was last used; written with the next change of the settings, and at most once a minute.
    pub(super) fn note_use(&mut self, id: &ProfileId) {
        let now = Timestamp::now();
        let Some(profile) = self.settings.profile_mut(id) else { return };
        let is_news = profile.last_used.is_none_or(|last| now.duration_since(last).as_secs() >= 60);
        if is_news {
            profile.last_used = Some(now);
            self.save_settings();
        }
    }
}

/// What a press of a token button wants.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Wish {
    /// A token, the current one if there is one.
    Have,
    /// A new token.
    New,
}

async fn fetch(explorer: &Explorer, profile: &Profile, secret: &SecretAt, wish: Wish) -> Result<(), KeyFailure> {
    let session = explorer.open(profile, secret).await?;
    let status = session.source.status();
    let has_token = status.token.is_some() && !status.left.is_zero();
    if wish == Wish::New || !has_token {
        renew(explorer, &session).await?;
    }
    Ok(())
}

/// A new token; says how long it lives.
async fn renew(explorer: &Explorer, session: &Session) -> Result<std::time::Duration, KeyFailure> {
    let answer = session.source.refresh().await;
    answer
        .map(|token| token.lifetime())
        .map_err(|error| KeyFailure::Token(Box::new(on_token(explorer, session, &error))))
}

/// The profile as the form wants it.
fn updated(saved: Option<&Profile>, key: &CheckedKey, now: Timestamp) -> Profile {
    saved.map_or_else(|| Profile::new(key, now), |saved| saved.with(key))
}

/// Puts a secret into the keychain; one that takes the place of another is tried before, and the other is given back.
async fn put_into(
    keychain: &Keychain,
    explorer: &Explorer,
    profile: &Profile,
    secret: &SecretString,
    previous: Option<SecretRecord>,
) -> Result<Option<SecretString>, SaveFailure> {
    let mut earlier = None;
    if let Some(previous) = previous {
        try_out(explorer, profile, secret).await?;
        if previous.place == SecretPlace::Keychain {
            // One that cannot be read cannot be put back either; that is no reason to refuse the new one.
            earlier = keychain.read(&profile.id).await.ok();
        }
    }
    keychain.write(&profile.id, secret.clone()).await.map_err(SaveFailure::Keychain)?;
    Ok(earlier)
}

/// Tries a new secret before the old one is given up.
async fn try_out(explorer: &Explorer, profile: &Profile, secret: &SecretString) -> Result<(), SaveFailure> {
    let mut trial = profile.clone();
    trial.id = ProfileId::random();
    let _forgotten = ForgottenAfter { explorer, profile: &trial };
    let session = explorer.open(&trial, &SecretAt::Memory(secret.clone())).await.map_err(SaveFailure::Keychain)?;
    let answer = session.source.refresh().await;
    answer.map(|_token| ()).map_err(|error| SaveFailure::Trial(Box::new(on_token(explorer, &session, &error))))
}

/// Has a profile that was only tried forgotten, also when the trial is cancelled half way.
struct ForgottenAfter<'a> {
    explorer: &'a Explorer,
    profile: &'a Profile,
}

impl Drop for ForgottenAfter<'_> {
    fn drop(&mut self) {
        self.explorer.forget(self.profile);
    }
}

async fn typed_or_stored(
    key: &CheckedKey,
    stored: Option<SecretAt>,
    id: Option<&ProfileId>,
    keychain: &Keychain,
) -> Result<SecretString, KeyFailure> {
    match (&key.secret, stored, id) {
        (Some(typed), _, _) => Ok(typed.clone()),
        (None, Some(SecretAt::Memory(secret)), _) => Ok(secret),
        (None, _, Some(id)) => Ok(keychain.read(id).await?),
        (None, _, None) => Err(KeychainError::NotFound.into()),
    }
}

async fn test_typed(
    explorer: &Explorer,
    key: &CheckedKey,
    secret: SecretString,
) -> Result<std::time::Duration, KeyFailure> {
    let mut profile = Profile::new(key, Timestamp::now());
    profile.secret = Some(SecretRecord::new(&secret, SecretPlace::Memory, None, Timestamp::now()));
    let _forgotten = ForgottenAfter { explorer, profile: &profile };
    let session = explorer.open(&profile, &SecretAt::Memory(secret)).await?;
    renew(explorer, &session).await
}

/// A lookup that ended at the keychain.
fn no_secret(query: &PriceQuery, error: &KeychainError, started: Timestamp) -> Lookup {
    let error = LookupError::new(LookupErrorKind::NoKey, error.to_string(), error.next_step().to_string());
    Lookup::failed(query, error, started)
}
