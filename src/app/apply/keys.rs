//! Saving, testing, keeping and deleting a key, up to the moment at which the settings that name it are written.

use jiff::Timestamp;
use secrecy::SecretString;

use super::super::jobs::{KeyFailure, SaveFailure, SavedKey, Saving, Unwritten};
use super::super::verdicts::on_token;
use super::super::{App, FormMessage, KeyForm};
use super::renew;
use crate::activity::EventReason;
use crate::explorer::{Explorer, SecretAt};
use crate::keys::keychain::Removed;
use crate::keys::settings::SettingsStore;
use crate::keys::{CheckedKey, Keychain, KeychainError, Profile, ProfileId, SecretPlace, SecretRecord};

impl App {
    pub(super) fn save_key(&mut self) {
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

    pub(in crate::app) fn key_saved(&mut self, saved: SavedKey) {
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
    pub(in crate::app) fn say_of_save(&mut self, name: &str, message: FormMessage, of_form: &Saving) {
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
    pub(in crate::app) fn settle(&mut self, failure: Option<String>) {
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

    pub(super) fn keep_for_this_run(&mut self) {
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

    pub(super) fn test_key(&mut self) {
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

    pub(super) fn delete_key(&mut self) {
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

    pub(in crate::app) fn key_deleted(&mut self, profile: &Profile, result: Result<Removed, KeychainError>) {
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

    /// Takes back what an earlier test of the key said: what comes next may say otherwise.
    pub(in crate::app) fn withdraw_test(&mut self) {
        if matches!(self.form.message, Some(FormMessage::Works(_) | FormMessage::Token(_))) {
            self.form.message = None;
        }
    }
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
