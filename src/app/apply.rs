//! Carries out what views ask for: the only code that changes shared state.

mod import;
mod keys;
mod prices;

use jiff::Timestamp;

use super::action::{Action, Question};
use super::jobs::{KeyFailure, Saving};
use super::verdicts::on_token;
use super::{App, Drawer, Focus, KeyForm, Tab};
use crate::activity::EventReason;
use crate::explorer::{Explorer, SecretAt, Session};
use crate::keys::{Field, Profile, ProfileId};
use crate::origin;
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
