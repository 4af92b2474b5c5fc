//! What runs behind the window, and what its answers change. Polled once a frame; nothing here waits.

use std::time::Duration;

use secrecy::SecretString;

use super::{App, FormMessage, TokenProblem};
use crate::clipboard::News;
use crate::keys::import::ImportError;
use crate::keys::keychain::Removed;
use crate::keys::settings::{Saved, SettingsError};
use crate::keys::{Imported, KeychainError, Profile, ProfileId};
use crate::sandbox::{Sandbox, SandboxError};
use crate::task::Task;
use crate::verdict::Verdict;

/// The work under way, one task a kind: starting it again replaces it.
#[derive(Default)]
pub struct Jobs {
    pub(crate) probe: Task<Result<(), KeychainError>>,
    pub(crate) sandbox: Task<Result<Sandbox, SandboxError>>,
    pub(crate) settings: Task<Result<Saved, SettingsError>>,
    /// Whether the settings changed while they were being written.
    pub(crate) settings_due: bool,
    pub(crate) save_key: Task<SavedKey>,
    /// Where the form is that is being saved.
    pub(crate) saving: Saving,
    /// Takes a secret out of the keychain again whose profile could not be written.
    pub(crate) undo: Task<Result<(), KeychainError>>,
    pub(crate) test_key: Task<Result<Duration, KeyFailure>>,
    pub(crate) delete_key: Task<(Profile, Result<Removed, KeychainError>)>,
    pub(crate) import: Task<Option<Result<Imported, ImportError>>>,
    pub(crate) token: Task<(Profile, Result<(), KeyFailure>)>,
}

/// Where the form is whose key is being saved.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) enum Saving {
    #[default]
    Nothing,
    OpenForm,
    /// It was left meanwhile, and is put by: the form that edits this profile, or a new key.
    PutBy(Option<ProfileId>),
}

/// What saving a key came to; the earlier secret of a key that had one.
pub(crate) struct SavedKey {
    pub profile: Profile,
    pub secret: Option<SecretString>,
    pub result: Result<Option<SecretString>, SaveFailure>,
}

/// A key whose secret is saved and whose profile is about to be written.
pub(crate) struct Unwritten {
    pub profile: Profile,
    pub secret: Option<SecretString>,
    /// The profile as it was, if there was one.
    pub before: Option<Profile>,
    /// What the keychain held before.
    pub earlier: Option<SecretString>,
}

/// Why a key was not saved.
pub(crate) enum SaveFailure {
    Keychain(KeychainError),
    /// The new secret was tried first and did not work.
    Trial(Box<Verdict>),
}

/// Why a token was not to be had.
pub(crate) enum KeyFailure {
    Keychain(KeychainError),
    Token(Box<Verdict>),
}

impl From<KeychainError> for KeyFailure {
    fn from(error: KeychainError) -> Self {
        Self::Keychain(error)
    }
}

impl Jobs {
    /// What the form is busy with, in words, and for how long.
    pub(crate) fn key_work(&self) -> Option<(&'static str, Duration)> {
        let save = self.save_key.running_for().map(|time| ("Saving the key", time));
        let test = self.test_key.running_for().map(|time| ("Testing the key", time));
        let delete = self.delete_key.running_for().map(|time| ("Deleting the key", time));
        save.or(test).or(delete)
    }

    pub(crate) fn cancel_key_work(&mut self) {
        self.save_key.cancel();
        self.saving = Saving::Nothing;
        self.test_key.cancel();
        self.delete_key.cancel();
    }
}

impl App {
    /// Takes in whatever has finished since the last frame.
    pub fn poll(&mut self) {
        for desk in self.desks.values_mut() {
            desk.poll();
        }
        self.poll_history();
        self.inspector.poll();
        match self.clipboard.news() {
            Some(News::Ended(ending)) => self.done = Some(ending.sentence()),
            Some(News::NotCopied(error)) => self.notice = Some(format!("The token was not copied. {error}")),
            None => {}
        }
        self.connection.poll();
        self.export.poll();
        self.save.poll();
        self.poll_compare();
        self.poll_list();
        self.poll_batch();
        self.poll_field_map();
        if let Some(answer) = self.jobs.probe.take() {
            self.keychain_state = answer.ok();
        }
        if let Some(answer) = self.jobs.sandbox.take() {
            match answer {
                Ok(Ok(sandbox)) => self.sandbox_started(sandbox),
                Ok(Err(error)) => self.notice = Some(error.to_string()),
                Err(broken) => self.notice = Some(broken.to_string()),
            }
        }
        if let Some(answer) = self.jobs.settings.take() {
            let failure = match answer {
                Ok(Ok(saved)) => {
                    saved.adopt_into(&mut self.settings);
                    self.notice = saved.notice.map(|notice| notice.to_string()).or(self.notice.take());
                    None
                }
                Ok(Err(error)) => Some(error.to_string()),
                Err(broken) => Some(broken.to_string()),
            };
            if std::mem::take(&mut self.jobs.settings_due) {
                self.save_settings();
            } else if self.unwritten.is_some() {
                self.settle(failure);
            } else {
                self.notice = failure.or(self.notice.take());
            }
        }
        if let Some(Ok(Err(error))) = self.jobs.undo.take() {
            self.notice = Some(format!("The keychain was not put back as it was. {error} {}", error.next_step()));
        }
        if let Some(answer) = self.jobs.save_key.take() {
            match answer {
                Ok(saved) => self.key_saved(saved),
                Err(broken) => {
                    let of_form = std::mem::take(&mut self.jobs.saving);
                    self.say_of_save("The key", broken.into(), &of_form);
                }
            }
        }
        if let Some(answer) = self.jobs.test_key.take() {
            self.form.message = Some(match answer {
                Ok(Ok(lifetime)) => FormMessage::Works(lifetime),
                Ok(Err(KeyFailure::Token(verdict))) => FormMessage::Token(verdict),
                Ok(Err(KeyFailure::Keychain(error))) => FormMessage::Keychain { error, can_keep: false },
                Err(broken) => broken.into(),
            });
        }
        if let Some(answer) = self.jobs.delete_key.take() {
            match answer {
                Ok((profile, result)) => self.key_deleted(&profile, result),
                Err(broken) => self.form.message = Some(broken.into()),
            }
        }
        if let Some(answer) = self.jobs.import.take() {
            match answer {
                // The dialog was cancelled, or there is none on this system; the path field stays open for that.
                Ok(None) => {}
                Ok(Some(Ok(imported))) => self.imported(&imported),
                Ok(Some(Err(error))) => self.form.message = Some(FormMessage::Other(error.to_string())),
                Err(broken) => self.form.message = Some(broken.into()),
            }
        }
        if let Some(answer) = self.jobs.token.take() {
            self.token_problem = match answer {
                Ok((_, Ok(()))) => None,
                Ok((profile, Err(failure))) => Some(describe(profile.id, failure)),
                Err(broken) => self.active.clone().map(|profile| {
                    let advice = "Try again; if it happens again, report it with the program's version.".to_owned();
                    TokenProblem { profile, why: broken.to_string(), advice, verdict: None }
                }),
            };
        }
    }
}

fn describe(profile: ProfileId, failure: KeyFailure) -> TokenProblem {
    match failure {
        KeyFailure::Keychain(error) => {
            TokenProblem { profile, why: error.to_string(), advice: error.next_step().to_string(), verdict: None }
        }
        KeyFailure::Token(verdict) => {
            let (why, advice) = (verdict.why.clone(), verdict.advice.clone());
            TokenProblem { profile, why, advice, verdict: Some(verdict) }
        }
    }
}
