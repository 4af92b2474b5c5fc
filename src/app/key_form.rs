//! What stands in the key form, and what the last act on it came to. The typed secret lives here and nowhere else.

use crate::http::is_loopback;
use crate::keys::draft::DraftContext;
use crate::keys::{Draft, DraftReport, Environment, Field, KeychainError, Profile, ProfileId};
use crate::task::Broken;
use crate::verdict::Verdict;

/// The form at the left. Wiped with the draft when it goes.
#[derive(Default)]
pub struct KeyForm {
    pub draft: Draft,
    /// The profile that the form edits; none for a new key.
    pub editing: Option<ProfileId>,
    /// Whether the secret of a saved key is being replaced.
    pub replacing: bool,
    pub urls_open: bool,
    /// The field that is to take the keyboard's focus at the next frame.
    pub focus: Option<Field>,
    /// The path in the import dialog: the way round a missing file dialog.
    pub import_path: String,
    /// Fields whose problems are shown: those that were left, or all after a try to save.
    pub touched: Touched,
    pub message: Option<FormMessage>,
}

/// Which fields have had their chance to be right.
#[derive(Default)]
pub struct Touched {
    fields: Vec<Field>,
    all: bool,
}

impl Touched {
    pub fn mark(&mut self, field: Field) {
        if !self.fields.contains(&field) {
            self.fields.push(field);
        }
    }

    pub fn mark_all(&mut self) {
        self.all = true;
    }

    pub fn has(&self, field: Field) -> bool {
        self.all || self.fields.contains(&field)
    }
}

/// What an act on the form came to, shown beneath its buttons.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum FormMessage {
    Saved,
    KeptForThisRun,
    /// The key of this name was deleted.
    Deleted(String),
    /// The key works; the token lives so long.
    Works(std::time::Duration),
    Imported {
        note: Option<String>,
    },
    /// The keychain said no; `can_keep` offers memory for this run.
    Keychain {
        error: KeychainError,
        can_keep: bool,
    },
    /// The server or the network said no to a test.
    Token(Box<Verdict>),
    /// The new secret did not work, so the old one stays.
    NotReplaced(Box<Verdict>),
    /// The settings were opened for reading only, so a key cannot be saved in this run.
    ReadOnly,
    /// The profile could not be written; the key is there for this run.
    NotWritten(String),
    /// Something else, with its next step in the sentence.
    Other(String),
}

impl From<Broken> for FormMessage {
    fn from(broken: Broken) -> Self {
        Self::Other(broken.to_string())
    }
}

impl KeyForm {
    /// The form for a saved profile.
    pub fn of(profile: &Profile) -> Self {
        Self { draft: Draft::of(profile), editing: Some(profile.id.clone()), ..Self::default() }
    }

    /// Takes a new key at an address of this PC out of Production, where it cannot belong.
    pub fn suit_environment_to_urls(&mut self) {
        let is_local = |text: &str| text.trim().parse().is_ok_and(|url| is_loopback(&url));
        let draft = &mut self.draft;
        if self.editing.is_none()
            && draft.environment == Environment::Production
            && (is_local(&draft.token_url) || is_local(&draft.api_url))
        {
            draft.environment = Environment::Development;
        }
    }

    /// Checks all fields against the profiles there are.
    pub fn check(&self, profiles: &[Profile]) -> DraftReport {
        let saved = self.editing.as_ref().and_then(|id| profiles.iter().find(|profile| profile.id == *id));
        self.draft.check(DraftContext { profiles, saved })
    }

    /// Whether anything was typed that differs from what is saved.
    pub fn is_changed(&self, profiles: &[Profile]) -> bool {
        let saved = self.editing.as_ref().and_then(|id| profiles.iter().find(|profile| profile.id == *id));
        let before = saved.map_or_else(Draft::new, Draft::of);
        let now = &self.draft;
        !now.client_secret.is_empty()
            || now.name != before.name
            || now.environment != before.environment
            || now.client_id != before.client_id
            || now.token_url != before.token_url
            || now.api_url != before.api_url
            || now.ca_file != before.ca_file
    }
}
