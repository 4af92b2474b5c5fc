//! The form in which a key is entered: typed text, checked as a whole. Wipes what it holds when it goes.

use std::fmt;
use std::path::{Path, PathBuf};

use secrecy::SecretString;
use url::Url;
use zeroize::{Zeroize as _, Zeroizing};

use super::check::{
    FieldNote, FieldProblem, check_api_url, check_client_id, check_client_secret, check_name, check_token_url,
};
use super::import::Imported;
use super::profile::{DEFAULT_API_URL, DEFAULT_TOKEN_URL, Environment, Profile};

/// Room for a pasted line, so that typing does not move a secret and leave copies of it behind.
const SECRET_ROOM: usize = 1024;

/// A field of the form, in the order in which they stand.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Field {
    /// What the user calls the profile.
    Name,
    /// The public half of the key.
    ClientId,
    /// The secret half of the key.
    ClientSecret,
    /// Where tokens are asked for.
    TokenUrl,
    /// Where prices are asked for.
    ApiUrl,
    /// Further certificate authorities.
    CaFile,
}

impl Field {
    /// The name of the field on screen.
    pub const fn label(self) -> &'static str {
        match self {
            Self::Name => "Profile name",
            Self::ClientId => "Client ID",
            Self::ClientSecret => "Client secret",
            Self::TokenUrl => "Token URL",
            Self::ApiUrl => "API URL",
            Self::CaFile => "CA file",
        }
    }
}

/// What stands in the form.
#[derive(Clone)]
pub struct Draft {
    /// Typed profile name.
    pub name: String,
    /// Chosen environment.
    pub environment: Environment,
    /// Typed client ID. Wiped too, since a secret is often pasted here by mistake.
    pub client_id: Zeroizing<String>,
    /// Typed client secret.
    pub client_secret: Zeroizing<String>,
    /// Typed token URL.
    pub token_url: String,
    /// Typed API URL.
    pub api_url: String,
    /// Typed path of the CA file; empty for none.
    pub ca_file: String,
}

impl fmt::Debug for Draft {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Draft")
            .field("name", &self.name)
            .field("environment", &self.environment)
            .finish_non_exhaustive()
    }
}

impl Default for Draft {
    fn default() -> Self {
        Self::new()
    }
}

/// What the draft is checked against.
#[derive(Debug, Clone, Copy, Default)]
pub struct DraftContext<'a> {
    /// The profiles there are, whose names are taken.
    pub profiles: &'a [Profile],
    /// The profile being edited; none for a new one.
    pub saved: Option<&'a Profile>,
}

/// What is wrong with a draft, what was put right, and its values if they can be used.
#[derive(Debug)]
pub struct DraftReport {
    problems: Vec<(Field, FieldProblem)>,
    notes: Vec<(Field, FieldNote)>,
    ready: Option<CheckedKey>,
}

/// Values that have the documented form.
#[derive(Debug, Clone)]
pub struct CheckedKey {
    /// Profile name.
    pub name: String,
    /// Environment.
    pub environment: Environment,
    /// 24 hexadecimal characters.
    pub client_id: String,
    /// 64 hexadecimal characters; none if the saved secret stays.
    pub secret: Option<SecretString>,
    /// Where tokens are asked for.
    pub token_url: Url,
    /// Where prices are asked for.
    pub api_url: Url,
    /// Further certificate authorities.
    pub ca_file: Option<PathBuf>,
}

impl Draft {
    /// An empty form with the vendor's URLs.
    pub fn new() -> Self {
        Self {
            name: String::new(),
            environment: Environment::default(),
            client_id: Zeroizing::new(String::with_capacity(SECRET_ROOM)),
            client_secret: Zeroizing::new(String::with_capacity(SECRET_ROOM)),
            token_url: DEFAULT_TOKEN_URL.to_owned(),
            api_url: DEFAULT_API_URL.to_owned(),
            ca_file: String::new(),
        }
    }

    /// The form filled with a saved profile. The secret stays empty: a saved one is never shown again.
    pub fn of(profile: &Profile) -> Self {
        let mut draft = Self::new();
        draft.name.clone_from(&profile.name);
        draft.environment = profile.environment;
        draft.client_id.push_str(&profile.client_id);
        draft.token_url = profile.token_url.to_string();
        draft.api_url = profile.api_url.to_string();
        draft.ca_file = profile.ca_file.as_deref().map(Path::to_string_lossy).unwrap_or_default().into_owned();
        draft
    }

    /// Puts imported values into their fields; what was not found stays as it is.
    pub fn fill_from(&mut self, imported: &Imported) {
        if let Some(id) = &imported.client_id {
            self.client_id.zeroize();
            self.client_id.push_str(id);
        }
        if let Some(secret) = &imported.client_secret {
            self.wipe_secret();
            self.client_secret.push_str(secret);
        }
        if let Some(url) = &imported.token_url {
            self.token_url.clone_from(url);
        }
        if let Some(url) = &imported.api_url {
            self.api_url.clone_from(url);
        }
    }

    /// Exchanges client ID and client secret, for when they were pasted into each other's field.
    pub fn swap_id_and_secret(&mut self) {
        std::mem::swap(&mut self.client_id, &mut self.client_secret);
    }

    /// Overwrites the typed secret. The field keeps its room, so typing again leaves no copy behind either.
    pub fn wipe_secret(&mut self) {
        self.client_secret.zeroize();
    }

    /// Checks every field, and the fields against each other.
    pub fn check(&self, context: DraftContext<'_>) -> DraftReport {
        let mut report = DraftReport { problems: Vec::new(), notes: Vec::new(), ready: None };
        let name = report.take(Field::Name, self.check_name(context), |checked| (checked.value, checked.notes));
        let id =
            report.take(Field::ClientId, check_client_id(&self.client_id), |checked| (checked.value, checked.notes));
        let token_url = report.take(Field::TokenUrl, check_token_url(&self.token_url), |pair| pair);
        let api_url = report.take(Field::ApiUrl, check_api_url(&self.api_url), |pair| pair);
        let ca_file = report.take(Field::CaFile, self.check_ca_file(), |path| (path, Vec::new()));

        let secret = match check_client_secret(&self.client_secret) {
            Err(FieldProblem::Empty) => match context.saved.filter(|saved| saved.secret.is_some()) {
                None => Err(FieldProblem::Empty),
                Some(saved) if id.as_ref().is_some_and(|id| *id != saved.client_id) => {
                    Err(FieldProblem::SecretNeededForNewId)
                }
                Some(saved) if moved(saved, token_url.as_ref(), api_url.as_ref()) => {
                    Err(FieldProblem::SecretNeededForNewHost)
                }
                Some(_) => Ok((None, Vec::new())),
            },
            Err(problem) => Err(problem),
            Ok(checked) => Ok((Some(checked.value), checked.notes)),
        };
        let secret = report.take(Field::ClientSecret, secret, |pair| pair);
        report.recognise_swap();

        if report.problems.is_empty()
            && let (Some(name), Some(client_id), Some(secret), Some(token_url), Some(api_url), Some(ca_file)) =
                (name, id, secret, token_url, api_url, ca_file)
        {
            let environment = self.environment;
            report.ready = Some(CheckedKey { name, environment, client_id, secret, token_url, api_url, ca_file });
        }
        report
    }

    fn check_name(&self, context: DraftContext<'_>) -> Result<super::check::Checked, FieldProblem> {
        let checked = check_name(&self.name)?;
        let taken = |other: &Profile| {
            context.saved.is_none_or(|saved| saved.id != other.id)
                && other.name.to_lowercase() == checked.value.to_lowercase()
        };
        if context.profiles.iter().any(taken) { Err(FieldProblem::NameTaken) } else { Ok(checked) }
    }

    fn check_ca_file(&self) -> Result<Option<PathBuf>, FieldProblem> {
        let path = Path::new(self.ca_file.trim());
        match path {
            _ if path.as_os_str().is_empty() => Ok(None),
            _ if path.is_absolute() => Ok(Some(path.to_owned())),
            _ => Err(FieldProblem::PathNotAbsolute),
        }
    }
}

/// Whether the typed URLs lead to another origin than those that the saved secret was entered for (H3).
fn moved(saved: &Profile, token_url: Option<&Url>, api_url: Option<&Url>) -> bool {
    saved.secret.is_some() && !saved.may_go_to(token_url.unwrap_or(&saved.token_url), api_url.unwrap_or(&saved.api_url))
}

impl DraftReport {
    /// What is wrong with a field, if anything is.
    pub fn problem(&self, field: Field) -> Option<&FieldProblem> {
        self.problems.iter().find(|(where_, _)| *where_ == field).map(|(_, problem)| problem)
    }

    /// Everything that is wrong, in the order of the fields.
    pub fn problems(&self) -> &[(Field, FieldProblem)] {
        &self.problems
    }

    /// What was put right in a field.
    pub fn notes(&self, field: Field) -> impl Iterator<Item = FieldNote> + '_ {
        self.notes.iter().filter(move |(where_, _)| *where_ == field).map(|(_, note)| *note)
    }

    /// Whether client ID and client secret are each in the other's field, so that swapping them helps.
    pub fn is_swapped(&self) -> bool {
        self.problem(Field::ClientId) == Some(&FieldProblem::Swapped)
    }

    /// The values, if all of them can be used.
    pub fn ready(&self) -> Option<&CheckedKey> {
        self.ready.as_ref()
    }

    /// The values, or what is wrong.
    pub fn into_ready(self) -> Result<CheckedKey, Vec<(Field, FieldProblem)>> {
        self.ready.ok_or(self.problems)
    }

    fn take<C, T>(
        &mut self,
        field: Field,
        result: Result<C, FieldProblem>,
        parts: impl FnOnce(C) -> (T, Vec<FieldNote>),
    ) -> Option<T> {
        match result {
            Ok(checked) => {
                let (value, notes) = parts(checked);
                self.notes.extend(notes.into_iter().map(|note| (field, note)));
                Some(value)
            }
            Err(problem) => {
                self.problems.push((field, problem));
                None
            }
        }
    }

    fn recognise_swap(&mut self) {
        let swapped = self.problem(Field::ClientId) == Some(&FieldProblem::SecretPastedAsId)
            && self.problem(Field::ClientSecret) == Some(&FieldProblem::IdPastedAsSecret);
        if swapped {
            for (field, problem) in &mut self.problems {
                if matches!(field, Field::ClientId | Field::ClientSecret) {
                    *problem = FieldProblem::Swapped;
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use secrecy::ExposeSecret as _;

    use super::*;
    use crate::keys::profile::tests::profile;

    const ID: &str = "a1b2c3d4e5f6a1b2c3d4e5f6";
    const SECRET: &str = "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef";

    fn draft() -> Draft {
        let mut draft = Draft::new();
        draft.name = "Acme".to_owned();
        draft.client_id.push_str(ID);
        draft.client_secret.push_str(SECRET);
        draft
    }

    #[test]
    fn a_good_draft_gives_clean_values() {
        let mut good = draft();
        good.client_id.push('\n');
        let report = good.check(DraftContext::default());
        assert_eq!(report.notes(Field::ClientId).collect::<Vec<_>>(), [FieldNote::TrimmedSpace]);
        let key = report.into_ready().unwrap();
        assert_eq!(key.client_id, ID);
        assert_eq!(key.secret.unwrap().expose_secret(), SECRET);
        assert_eq!(key.ca_file, None);
    }

    #[test]
    fn k5_swapped_id_and_secret_are_recognised_and_can_be_put_right() {
        let mut swapped = draft();
        swapped.swap_id_and_secret();
        let report = swapped.check(DraftContext::default());
        assert!(report.is_swapped());
        assert_eq!(report.problem(Field::ClientSecret), Some(&FieldProblem::Swapped));
        swapped.swap_id_and_secret();
        assert!(swapped.check(DraftContext::default()).ready().is_some());
    }

    #[test]
    fn a_new_key_needs_a_secret_and_an_edited_one_keeps_its_own() {
        let mut edited = draft();
        edited.wipe_secret();
        assert_eq!(edited.check(DraftContext::default()).problem(Field::ClientSecret), Some(&FieldProblem::Empty));
        let saved = profile("Acme");
        let context = DraftContext { profiles: std::slice::from_ref(&saved), saved: Some(&saved) };
        assert!(edited.check(context).ready().unwrap().secret.is_none());
    }

    #[test]
    fn h3_changing_a_host_needs_the_secret_again() {
        let saved = profile("Acme");
        let context = DraftContext { profiles: &[], saved: Some(&saved) };
        let mut moved = Draft::of(&saved);
        moved.api_url = "https://elsewhere.example/api".to_owned();
        assert_eq!(moved.check(context).problem(Field::ClientSecret), Some(&FieldProblem::SecretNeededForNewHost));
        moved.client_secret.push_str(SECRET);
        assert!(moved.check(context).ready().is_some());
        let mut renamed = Draft::of(&saved);
        *renamed.client_id = "b".repeat(24);
        assert_eq!(renamed.check(context).problem(Field::ClientSecret), Some(&FieldProblem::SecretNeededForNewId));
    }

    #[test]
    fn a_name_is_taken_whatever_its_case_but_not_by_the_profile_itself() {
        let saved = profile("ACME");
        let profiles = [saved.clone()];
        let new = draft().check(DraftContext { profiles: &profiles, saved: None });
        assert_eq!(new.problems(), [(Field::Name, FieldProblem::NameTaken)]);
        let edited = draft().check(DraftContext { profiles: &profiles, saved: Some(&saved) });
        assert!(edited.ready().is_some());
    }

    #[test]
    fn k1_a_draft_and_its_report_show_no_secret() {
        let mut draft = draft();
        let shown = format!("{draft:?} {:?}", draft.check(DraftContext::default()));
        assert!(!shown.contains("0123456789abcdef"), "{shown}");
        draft.swap_id_and_secret();
        assert!(!format!("{draft:?} {:?}", draft.check(DraftContext::default())).contains("0123456789abcdef"));
    }

    #[test]
    fn k7_wiping_leaves_the_room_but_nothing_in_it() {
        let mut draft = draft();
        draft.wipe_secret();
        assert!(draft.client_secret.is_empty());
        assert!(draft.client_secret.capacity() >= SECRET_ROOM);
    }

    #[test]
    fn a_ca_file_needs_its_whole_path() {
        let mut draft = draft();
        draft.ca_file = "ca.pem".to_owned();
        assert_eq!(draft.check(DraftContext::default()).problem(Field::CaFile), Some(&FieldProblem::PathNotAbsolute));
    }
}
