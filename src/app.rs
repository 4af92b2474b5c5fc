//! The state of the window, and the one place where it changes.
//!
//! A frame polls what has finished, draws the views with what there is, and applies the actions that they sent. Nothing
//! here waits: files, keychain and network are reached in tasks. Views borrow [`App`] and never change it.

pub mod action;
pub mod desk;
pub mod drills;
pub mod key_form;
pub mod inspector;
pub mod connection;
pub mod export;
pub mod field_map;
pub mod lists;
pub mod batch;
pub mod compare;
pub mod history;
pub mod save;
mod apply;
mod article;
mod jobs;
mod trail;
mod verdicts;

use std::collections::{HashMap, HashSet};
use std::time::Duration;

use secrecy::SecretString;

pub use action::{Action, PricesMode, Question, Tab};
pub use desk::{Desk, Named, Overview, Shown};
pub use jobs::Jobs;
pub use key_form::{FormMessage, KeyForm};
pub use verdicts::TokenProblem;

use crate::activity::ActivityLog;
use crate::clipboard::Clipboard;
use crate::explorer::{Explorer, SecretAt};
use crate::http::Reading;
use crate::keys::{Imported, Keychain, KeychainError, Profile, ProfileId, SecretPlace, Settings, SettingsStore};
use crate::sandbox::Sandbox;
use crate::task::Spawner;
use crate::token::Status;

/// What the window is started with.
pub struct Start {
    pub spawner: Spawner,
    pub explorer: Explorer,
    pub keychain: Keychain,
    pub clipboard: Clipboard,
    /// Where lookups and runs are kept.
    pub history: crate::history::History,
    /// Where settings are saved; nowhere when this user has no home folder.
    pub store: Option<SettingsStore>,
    pub settings: Settings,
    /// What is to be said about the settings file.
    pub settings_notice: Option<String>,
    /// The key in the environment variables, if there is one.
    pub environment: Option<Imported>,
    /// The profile to open with; the last one used without it.
    pub profile: Option<String>,
    /// Whether to start the sandbox and choose it.
    pub opening: Opening,
}

/// What the window opens on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Opening {
    SavedKeys,
    Sandbox,
}

/// The state of the window.
pub struct App {
    pub(crate) spawner: Spawner,
    pub(crate) explorer: Explorer,
    pub(crate) keychain: Keychain,
    /// Where a copied token is for a while.
    pub clipboard: Clipboard,
    /// What was looked up before.
    pub past: history::Past,
    pub(crate) store: Option<SettingsStore>,
    pub settings: Settings,
    pub notice: Option<String>,
    pub environment: Option<Imported>,
    /// The secrets of this run only: the sandbox's, the environment's, and those kept so by choice.
    pub(crate) memory: HashMap<ProfileId, SecretString>,
    /// Those of them whose profile has another secret in the keychain, which is back in use after this run.
    pub(crate) behind_memory: HashSet<ProfileId>,
    pub active: Option<ProfileId>,
    pub(crate) sandbox: Option<Sandbox>,
    drill: Option<drills::Drill>,
    pub(crate) jobs: Jobs,
    desks: HashMap<ProfileId, Desk>,
    /// The answer of the last probe of the keychain; nothing until it came.
    pub keychain_state: Option<Result<(), KeychainError>>,
    /// What the last use of the token buttons came to, for the profile it was about.
    pub token_problem: Option<TokenProblem>,
    pub form: KeyForm,
    /// Forms that were left while they were being saved, until the answer comes, or until they are chosen again if it was bad.
    put_by: Vec<KeyForm>,
    unwritten: Option<jobs::Unwritten>,
    /// The keys that the token inspector checks signatures with.
    pub inspector: inspector::Inspector,
    /// The check of the way to the server, step by step.
    pub connection: connection::Connection,
    /// The support bundle that is being looked at.
    pub export: export::Export,
    /// The table that is being exported.
    pub save: save::Save,
    /// Two runs side by side.
    pub compare: compare::Compare,
    /// The list of SKUs to look up.
    pub list: lists::Lists,
    /// The run over such a list.
    pub batch: batch::Batch,
    /// The editor of the chosen key's field map.
    pub field_map: field_map::Editor,
    pub search: Search,
    pub tab: Tab,
    pub prices_mode: PricesMode,
    pub question: Option<Question>,
    pub drawer: Drawer,
    /// What the last act came to, said in the status bar until the next one.
    pub done: Option<&'static str>,
    pub(crate) outbox: Outbox,
}

/// The SKU field and the further query parameters.
#[derive(Debug, Clone, Default)]
pub struct Search {
    pub sku: String,
    pub parameters: Vec<(String, String)>,
    /// A parameter being typed, as `name=value`.
    pub new_parameter: Option<String>,
    /// Why the last lookup was not sent.
    pub problem: Option<String>,
    /// Set to move the keyboard's focus into the field at the next frame.
    pub focus: Focus,
}

/// Whether a field is to take the keyboard's focus at the next frame.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Focus {
    #[default]
    Leave,
    Take,
}

/// The left column of a narrow window.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Drawer {
    #[default]
    Closed,
    Open,
}

/// What the window is to do outside of this program, once the frame is drawn.
#[derive(Debug, Default)]
pub struct Outbox {
    pub copy: Option<String>,
    pub open_url: Option<&'static str>,
    pub theme_changed: Option<crate::keys::ThemeChoice>,
    /// Have the desktop point at the window, if nobody looks at it.
    pub attention: Option<()>,
    /// Close the window.
    pub close: Option<()>,
}

impl App {
    /// The window's state at its first frame. Starts what belongs to the start: the keychain's probe, and the sandbox if asked for.
    pub fn new(start: Start) -> Self {
        start.explorer.watch(&start.keychain);
        for profile in &start.settings.profiles {
            start.explorer.know(profile);
        }
        let mut app = Self {
            spawner: start.spawner,
            explorer: start.explorer,
            keychain: start.keychain,
            clipboard: start.clipboard,
            past: history::Past::new(start.history),
            store: start.store,
            settings: start.settings,
            notice: start.settings_notice,
            environment: start.environment,
            memory: HashMap::new(),
            behind_memory: HashSet::new(),
            active: None,
            sandbox: None,
            drill: None,
            jobs: Jobs::default(),
            desks: HashMap::new(),
            keychain_state: None,
            token_problem: None,
            form: KeyForm::default(),
            put_by: Vec::new(),
            unwritten: None,
            inspector: inspector::Inspector::default(),
            connection: connection::Connection::default(),
            export: export::Export::default(),
            save: save::Save::default(),
            compare: compare::Compare::default(),
            list: lists::Lists::default(),
            batch: batch::Batch::default(),
            field_map: field_map::Editor::default(),
            search: Search::default(),
            tab: Tab::default(),
            prices_mode: PricesMode::default(),
            question: None,
            drawer: Drawer::default(),
            done: None,
            outbox: Outbox::default(),
        };
        app.probe_keychain();
        app.look_for_unfinished();
        app.open_with(start.profile.as_deref(), start.opening);
        app
    }

    fn open_with(&mut self, name: Option<&str>, opening: Opening) {
        self.search.focus = Focus::Take;
        if opening == Opening::Sandbox {
            self.search.sku = crate::sandbox::SAMPLE_SKU.into();
            return self.apply(Action::StartSandbox);
        }
        let named = name.and_then(|name| self.settings.profile_named(name));
        if let (Some(name), None) = (name, named) {
            self.notice = Some(format!("No saved key is called “{name}”."));
        }
        let chosen = named
            .or(self.settings.active_profile())
            .or(self.settings.profiles.first())
            .map(|profile| profile.id.clone());
        if let Some(id) = chosen {
            self.select(id);
        }
    }

    /// All profiles, in the order in which they are listed; those of this run only are never written.
    pub fn profiles(&self) -> &[Profile] {
        &self.settings.profiles
    }

    pub fn active_profile(&self) -> Option<&Profile> {
        self.active.as_ref().and_then(|id| self.settings.profile(id))
    }

    /// The state of the active profile's token; nothing was asked for yet without one.
    pub fn status(&self) -> Option<Status> {
        self.active_profile().and_then(|profile| self.explorer.status(profile))
    }

    /// What is known of the clock of the active profile's token endpoint.
    pub fn server_clock(&self) -> Reading {
        self.active_profile().map_or(Reading::Unknown, |profile| self.explorer.server_clock(profile))
    }

    /// The state of any profile's token.
    pub fn status_of(&self, profile: &Profile) -> Option<Status> {
        self.explorer.status(profile)
    }

    /// What was sent, why, and what came of it.
    pub fn activity(&self) -> &ActivityLog {
        &self.explorer.activity
    }

    /// The lookups of the active profile.
    pub fn desk(&self) -> Option<&Desk> {
        self.active.as_ref().and_then(|id| self.desks.get(id))
    }

    /// Whether the profile's secret goes with this run.
    pub fn is_for_this_run(&self, profile: &Profile) -> bool {
        self.memory.contains_key(&profile.id)
    }

    /// Whether the keychain holds a secret of the profile, be it in use or not.
    pub fn rests_in_keychain(&self, profile: &Profile) -> bool {
        !self.is_for_this_run(profile) || self.behind_memory.contains(&profile.id)
    }

    /// What the form's buttons are busy with.
    pub fn key_work(&self) -> Option<(&'static str, Duration)> {
        let writing = self.unwritten.as_ref().and_then(|_| self.jobs.settings.running_for());
        self.jobs.key_work().or(writing.map(|time| ("Saving the key", time)))
    }

    pub fn is_sandbox_starting(&self) -> bool {
        self.jobs.sandbox.is_running()
    }

    /// The key of the sandbox that runs in this window, if one does.
    pub fn sandbox_profile(&self) -> Option<&Profile> {
        let sandbox = self.sandbox.as_ref()?;
        let is_its = |profile: &&Profile| {
            profile.client_id == sandbox.client_id()
                && profile.api_url == *sandbox.api_url()
                && self.is_for_this_run(profile)
        };
        self.profiles().iter().find(is_its)
    }

    pub fn is_token_work(&self) -> bool {
        self.jobs.token.is_running()
    }

    pub fn is_choosing_file(&self) -> bool {
        self.jobs.import.is_running()
    }

    /// Lets the running sandbox rehearse a fault; does nothing without one.
    pub fn rehearse(&self, fault: crate::sandbox::Fault) {
        if let Some(sandbox) = &self.sandbox {
            sandbox.set_fault(fault);
        }
    }

    pub(crate) fn secret_at(&self, profile: &Profile) -> SecretAt {
        match self.memory.get(&profile.id) {
            Some(secret) => SecretAt::Memory(secret.clone()),
            None => SecretAt::Keychain(self.keychain.clone()),
        }
    }

    pub(crate) fn keep_in_memory(
        &mut self,
        mut profile: Profile,
        secret: SecretString,
        now: jiff::Timestamp,
    ) -> ProfileId {
        if profile.secret.as_ref().is_some_and(|saved| saved.place == SecretPlace::Keychain) {
            self.behind_memory.insert(profile.id.clone());
        }
        let record = crate::keys::SecretRecord::new(&secret, SecretPlace::Memory, profile.secret.as_ref(), now);
        profile.keep(record);
        let id = profile.id.clone();
        self.settings.put(profile);
        self.memory.insert(id.clone(), secret);
        id
    }
}
