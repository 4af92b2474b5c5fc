//! What the program remembers besides secrets: profiles with their recent SKUs, the chosen one, the theme, the last export.
//!
//! Owns the shape of the settings file. A secret cannot get into it: a profile has no field for one.

mod merge;
mod rescue;
mod store;

use serde::{Deserialize, Serialize};

use super::profile::{Profile, ProfileId};

pub use merge::merge;
pub use store::{
    CONFIG_DIR_VARIABLE, FILE_NAME, Loaded, PendingSave, SaveOutcome, Saved, SettingsError, SettingsNotice,
    SettingsStore, default_path,
};

/// The version of the settings file that this program writes.
pub const VERSION: u32 = 1;

/// Which theme the window has.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum ThemeChoice {
    /// As the system has it.
    #[default]
    System,
    /// Light.
    Light,
    /// Dark.
    Dark,
}

/// Whether what is looked up is kept on disk.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Keeping {
    #[default]
    OnDisk,
    /// In memory, until the program ends.
    ThisRun,
}

/// What is kept of what was looked up.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct HistoryChoice {
    #[serde(default)]
    pub keep: Keeping,
    /// Above so many megabytes (of a million bytes) the oldest bodies go.
    #[serde(default = "default_limit_mb")]
    pub limit_mb: u32,
}

const fn default_limit_mb() -> u32 {
    500
}

impl Default for HistoryChoice {
    fn default() -> Self {
        Self { keep: Keeping::default(), limit_mb: default_limit_mb() }
    }
}

impl HistoryChoice {
    /// The limit in bytes; never so little that a single body would be too much.
    pub fn limit(self) -> u64 {
        u64::from(self.limit_mb.max(20)) * 1_000_000
    }
}

/// Everything in the settings file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Settings {
    /// Version of the file's shape.
    #[serde(default = "current_version")]
    pub version: u32,
    /// The profile in use; none if none was chosen.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub active: Option<ProfileId>,
    /// Which theme the window has.
    #[serde(default)]
    pub theme: ThemeChoice,
    /// What is kept of what was looked up.
    #[serde(default)]
    pub history: HistoryChoice,
    /// What was chosen last about an exported file.
    #[serde(default)]
    pub export: crate::export::Options,
    /// The profiles, in the order in which they are listed. Those for this run only are never written.
    #[serde(default)]
    pub profiles: Vec<Profile>,
}

const fn current_version() -> u32 {
    VERSION
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            version: VERSION,
            active: None,
            theme: ThemeChoice::default(),
            history: HistoryChoice::default(),
            export: crate::export::Options::default(),
            profiles: Vec::new(),
        }
    }
}

impl Settings {
    /// The profile with this id.
    pub fn profile(&self, id: &ProfileId) -> Option<&Profile> {
        self.profiles.iter().find(|profile| profile.id == *id)
    }

    /// The profile with this id, to change it.
    pub fn profile_mut(&mut self, id: &ProfileId) -> Option<&mut Profile> {
        self.profiles.iter_mut().find(|profile| profile.id == *id)
    }

    /// The profile with this name, whatever its case.
    pub fn profile_named(&self, name: &str) -> Option<&Profile> {
        let name = name.trim().to_lowercase();
        self.profiles.iter().find(|profile| profile.name.to_lowercase() == name)
    }

    /// The profile in use.
    pub fn active_profile(&self) -> Option<&Profile> {
        self.profile(self.active.as_ref()?)
    }

    /// Puts a profile in the place of the one with its id, or at the end.
    pub fn put(&mut self, profile: Profile) {
        match self.profile_mut(&profile.id) {
            Some(there) => *there = profile,
            None => self.profiles.push(profile),
        }
    }

    /// Takes a profile out; if it was in use, none is.
    pub fn remove(&mut self, id: &ProfileId) -> Option<Profile> {
        let at = self.profiles.iter().position(|profile| profile.id == *id)?;
        if self.active.as_ref() == Some(id) {
            self.active = None;
        }
        Some(self.profiles.remove(at))
    }

    /// These settings as they may be written, where `base` is what was last seen on disk.
    ///
    /// A profile for this run only is left out. One that is on disk already, but whose new secret went to memory, stays as it is
    /// there: the secret that the keychain holds belongs to the client ID and the hosts that it was entered for.
    fn writable(&self, base: &Self) -> Self {
        let mut profiles = self.profiles.clone();
        profiles.retain_mut(|profile| match base.profile(&profile.id) {
            Some(before) if profile.is_session_only() => {
                profile.clone_from(before);
                true
            }
            Some(_) => true,
            None => !profile.is_session_only(),
        });
        let keeps = |id: &ProfileId| profiles.iter().any(|profile| profile.id == *id);
        let active = match &self.active {
            Some(id) if !keeps(id) => base.active.clone().filter(keeps),
            other => other.clone(),
        };
        Self { version: VERSION, active, theme: self.theme, history: self.history, export: self.export, profiles }
    }

    /// Gives a profile whose id is taken, as after copying a block of the file by hand, an id of its own and no secret, and
    /// forgets an active profile that is not there.
    fn tidy(mut self) -> Self {
        let mut seen = Vec::new();
        for profile in &mut self.profiles {
            if seen.contains(&profile.id) {
                profile.id = ProfileId::random();
                profile.secret = None;
            }
            seen.push(profile.id.clone());
        }
        self.active = self.active.filter(|id| seen.contains(id));
        self.version = VERSION;
        self
    }
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;
    use crate::keys::profile::SecretPlace;
    use crate::keys::profile::tests::profile;

    pub(crate) fn in_memory(name: &str) -> Profile {
        let mut one = profile(name);
        one.secret.as_mut().unwrap().place = SecretPlace::Memory;
        one
    }

    #[test]
    fn k1_a_profile_for_this_run_is_not_written() {
        let mut settings = Settings::default();
        let run = in_memory("this run");
        settings.active = Some(run.id.clone());
        settings.put(profile("kept"));
        settings.put(run);
        let written = settings.writable(&Settings::default());
        assert_eq!(written.profiles.iter().map(|one| one.name.as_str()).collect::<Vec<_>>(), ["kept"]);
        assert_eq!(written.active, None);
    }

    #[test]
    fn h3_a_profile_on_disk_stays_as_it_is_when_its_new_secret_is_in_memory() {
        let mut base = Settings::default();
        base.put(profile("kept"));
        let mut now = base.clone();
        now.profiles[0].secret.as_mut().unwrap().place = SecretPlace::Memory;
        now.profiles[0].token_url = "https://elsewhere.example/token".parse().unwrap();
        assert_eq!(now.writable(&base).profiles, base.profiles, "what the keychain holds is not for the new host");
    }

    #[test]
    fn a_copied_profile_gets_an_id_of_its_own() {
        let mut settings = Settings::default();
        let one = profile("one");
        settings.profiles = vec![one.clone(), one.clone()];
        settings.active = Some(ProfileId::random());
        let tidy = settings.tidy();
        assert_eq!(tidy.profiles[0], one);
        assert_ne!(tidy.profiles[1].id, one.id);
        assert_eq!(tidy.profiles[1].secret, None);
        assert_eq!(tidy.active, None);
    }

    #[test]
    fn removing_the_active_profile_leaves_none_active() {
        let mut settings = Settings::default();
        let one = profile("Acme");
        settings.put(one.clone());
        settings.active = Some(one.id.clone());
        assert_eq!(settings.profile_named(" aCME "), Some(&one));
        assert_eq!(settings.active_profile(), Some(&one));
        assert_eq!(settings.remove(&one.id), Some(one));
        assert_eq!(settings.active, None);
    }
}
