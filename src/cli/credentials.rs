//! Which key a command uses: `--sandbox`, else `--profile`, else the environment variables.

use crate::cli::args::Shared;
use crate::explorer::{Explorer, SecretAt, Session};
use crate::keys::settings::{Loaded, SettingsNotice};
use crate::keys::{Keychain, KeychainError, Profile, SettingsStore, import, settings};
use crate::origin;
use crate::sandbox::{Options, Sandbox, SandboxError};

/// A session, and the sandbox that it may need to stay alive.
pub struct Opened {
    pub session: Session,
    pub profile: Profile,
    _sandbox: Option<Sandbox>,
}

/// Why there is no key to use.
#[derive(Debug, thiserror::Error)]
pub enum CredentialsError {
    #[error(
        "There is no key to use. Give --sandbox, or --profile NAME, or set QUANTAPRICE_CLIENT_ID and QUANTAPRICE_CLIENT_SECRET."
    )]
    None,
    #[error("Only one half of a key is in the environment: set {missing} as well.")]
    Half { missing: &'static str },
    #[error("The key in the environment cannot be used. {0}")]
    Environment(String),
    /// `saved` says which keys there are, as far as that is known.
    #[error("No saved key is called “{name}”.{saved}")]
    Unknown { name: String, saved: String },
    #[error(transparent)]
    Settings(SettingsNotice),
    #[error("{count} saved keys are called “{name}”; rename one in the window.")]
    Ambiguous { name: String, count: usize },
    #[error("The saved key “{name}” is kept in memory of the window only; the command line cannot use it.")]
    NoSecret { name: String },
    #[error("The secret of “{name}” could not be read. {source} {}", source.next_step())]
    Keychain { name: String, source: KeychainError },
    #[error(transparent)]
    Sandbox(#[from] SandboxError),
}

/// Opens the session that the arguments name.
pub async fn open(explorer: &Explorer, shared: &Shared) -> Result<Opened, CredentialsError> {
    if shared.sandbox {
        let sandbox = Sandbox::start(Options::default()).await?;
        let (profile, secret) = origin::sandbox_profile(&sandbox, jiff::Timestamp::now());
        let session = open_session(explorer, &profile, SecretAt::Memory(secret)).await?;
        return Ok(Opened { session, profile, _sandbox: Some(sandbox) });
    }
    if let Some(name) = &shared.profile {
        let profile = saved_profile(name)?;
        let session = open_session(explorer, &profile, SecretAt::Keychain(Keychain::new())).await?;
        return Ok(Opened { session, profile, _sandbox: None });
    }
    let imported = import::from_environment(|name| std::env::var(name).ok());
    if imported.has_no_key() {
        return Err(CredentialsError::None);
    }
    // Said here, since the importer's advice is for the window's form.
    if imported.client_id.is_none() {
        return Err(CredentialsError::Half { missing: import::CLIENT_ID_VARIABLE });
    }
    if imported.client_secret.is_none() {
        return Err(CredentialsError::Half { missing: import::CLIENT_SECRET_VARIABLE });
    }
    let found = origin::environment_profile(&imported, jiff::Timestamp::now());
    let (profile, secret) = found.map_err(CredentialsError::Environment)?;
    let session = open_session(explorer, &profile, SecretAt::Memory(secret)).await?;
    Ok(Opened { session, profile, _sandbox: None })
}

async fn open_session(explorer: &Explorer, profile: &Profile, secret: SecretAt) -> Result<Session, CredentialsError> {
    let opened = explorer.open(profile, &secret).await;
    opened.map_err(|source| CredentialsError::Keychain { name: profile.name.clone(), source })
}

fn saved_profile(name: &str) -> Result<Profile, CredentialsError> {
    let path = settings::default_path(|name| std::env::var_os(name)).ok_or(CredentialsError::None)?;
    let Loaded { settings, notice, .. } = SettingsStore::load(&path, jiff::Timestamp::now());
    // What cannot be read at all has no keys to choose from; of anything else, what was read will do.
    match &notice {
        Some(notice @ SettingsNotice::Unreadable { .. }) => return Err(CredentialsError::Settings(notice.clone())),
        Some(notice) => super::complain(&notice.to_string()),
        None => {}
    }
    let profiles = settings.profiles;
    let mut matching: Vec<_> = profiles.iter().filter(|profile| profile.name == name).collect();
    if matching.is_empty() {
        matching = profiles.iter().filter(|profile| profile.name.to_lowercase() == name.to_lowercase()).collect();
    }
    match matching.as_slice() {
        [] => {
            let names: Vec<_> = profiles.iter().map(|profile| profile.name.as_str()).collect();
            let saved = match (names.is_empty(), notice) {
                (false, _) => format!(" Saved: {}.", names.join(", ")),
                (true, None) => " No key is saved yet.".into(),
                (true, Some(_)) => String::new(),
            };
            Err(CredentialsError::Unknown { name: name.to_owned(), saved })
        }
        [profile] if profile.secret.is_none() => Err(CredentialsError::NoSecret { name: name.to_owned() }),
        [profile] => Ok(Profile::clone(profile)),
        several => Err(CredentialsError::Ambiguous { name: name.to_owned(), count: several.len() }),
    }
}
