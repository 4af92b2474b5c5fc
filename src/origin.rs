//! Profiles that are not saved: the embedded sandbox, and the key in the environment variables.
//!
//! Both live for one run, with their secret in memory. Refuses to read the environment itself: that is `keys::import`'s.

use jiff::Timestamp;
use secrecy::SecretString;

use crate::batch::RunHeader;
use crate::keys::draft::DraftContext;
use crate::keys::{Draft, Environment, Field, Imported, Profile, SecretPlace, SecretRecord, import};
use crate::sandbox::Sandbox;

/// The name of the environment's key in the list.
pub const ENVIRONMENT_NAME: &str = "From the environment";

/// The name of the sandbox's key in the list.
const SANDBOX_NAME: &str = "Sandbox";

/// Whether a run was of an embedded sandbox: of this program, or of an earlier one, whose key and port are gone.
pub fn was_sandbox(run: &RunHeader) -> bool {
    let is_here = run.api_url.starts_with("http://127.0.0.1:") && run.token_url.starts_with("http://127.0.0.1:");
    run.profile_name == SANDBOX_NAME && run.environment == Environment::Sandbox && is_here
}

/// The demo key of a running sandbox.
pub fn sandbox_profile(sandbox: &Sandbox, now: Timestamp) -> (Profile, SecretString) {
    let secret = sandbox.client_secret().clone();
    let mut profile = Profile {
        id: crate::keys::ProfileId::random(),
        name: SANDBOX_NAME.into(),
        environment: Environment::Sandbox,
        client_id: sandbox.client_id().to_owned(),
        token_url: sandbox.token_url().clone(),
        api_url: sandbox.api_url().clone(),
        ca_file: None,
        created: now,
        last_used: None,
        recent_skus: Vec::new(),
        field_map: crate::prices::FieldMap::default(),
        secret: None,
    };
    profile.keep(SecretRecord::new(&secret, SecretPlace::Memory, None, now));
    (profile, secret)
}

/// The key in the environment variables. Its environment is taken to be Production at the vendor's own hosts, and Development
/// anywhere else.
///
/// # Errors
/// A sentence that names the variable and what is wrong with it.
pub fn environment_profile(imported: &Imported, now: Timestamp) -> Result<(Profile, SecretString), String> {
    if let Some(problem) = missing_variable(imported) {
        return Err(problem);
    }
    let mut draft = Draft::new();
    ENVIRONMENT_NAME.clone_into(&mut draft.name);
    draft.fill_from(imported);
    let is_vendor = imported.token_url.is_none() && imported.api_url.is_none();
    draft.environment = if is_vendor { Environment::Production } else { Environment::Development };
    let key = draft.check(DraftContext::default()).into_ready().map_err(|problems| {
        let sentences = problems.iter().map(|(field, problem)| format!("{}: {problem}", variable(*field)));
        sentences.collect::<Vec<_>>().join(" ")
    })?;
    let Some(secret) = key.secret.clone() else { return Err("QUANTAPRICE_CLIENT_SECRET is empty.".into()) };
    let mut profile = Profile::new(&key, now);
    profile.keep(SecretRecord::new(&secret, SecretPlace::Memory, None, now));
    Ok((profile, secret))
}

/// Which half of the key is not in the environment variables, and what to do; nothing where both are.
pub fn missing_variable(imported: &Imported) -> Option<String> {
    let half = |set: &str, missing: &str| format!("{set} is set and {missing} is not: set it too, and start again.");
    match (&imported.client_id, &imported.client_secret) {
        (Some(_), Some(_)) => None,
        (Some(_), None) => Some(half(import::CLIENT_ID_VARIABLE, import::CLIENT_SECRET_VARIABLE)),
        (None, Some(_)) => Some(half(import::CLIENT_SECRET_VARIABLE, import::CLIENT_ID_VARIABLE)),
        (None, None) => Some(import::ImportError::NoKey.to_string()),
    }
}

fn variable(field: Field) -> &'static str {
    match field {
        Field::ClientId => import::CLIENT_ID_VARIABLE,
        Field::ClientSecret => import::CLIENT_SECRET_VARIABLE,
        Field::TokenUrl => import::TOKEN_URL_VARIABLE,
        Field::ApiUrl => import::API_URL_VARIABLE,
        Field::Name | Field::CaFile => field.label(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn half_a_key_in_the_environment_names_the_variable_that_is_missing() {
        let only = |name: &'static str| import::from_environment(move |asked| (asked == name).then(|| "0".repeat(24)));
        for (set, missing) in [
            (import::CLIENT_ID_VARIABLE, import::CLIENT_SECRET_VARIABLE),
            (import::CLIENT_SECRET_VARIABLE, import::CLIENT_ID_VARIABLE),
        ] {
            let said = environment_profile(&only(set), Timestamp::UNIX_EPOCH).unwrap_err();
            assert_eq!(said, format!("{set} is set and {missing} is not: set it too, and start again."));
        }
    }
}
