//! The keychain of this system. The only file that names `keyring`.
//!
//! It owns the connection to the store, because `keyring::Entry::new` remembers a failed start for the whole run and a
//! connection outlives a restarted daemon without noticing. It refuses to print a `keyring_core::Error`: two variants
//! carry the secret's bytes, and one prints its entries.

use keyring_core::Error as StoreError;
use zeroize::{Zeroize as _, Zeroizing};

use super::error::{KeychainError, clean_reason};
use super::{Backend, Removed};

/// The name under which all secrets are kept; the user name beside it is the profile's id.
pub const SERVICE: &str = "Quantaprice Explorer";

/// Secrets in the Secret Service, the Windows Credential Manager or the macOS keychain.
#[derive(Debug, Default)]
pub struct PlatformBackend {
    connected: bool,
}

/// A failure, and whether the store was reached at all.
enum Failure {
    Connecting(StoreError),
    Calling(StoreError),
}

impl PlatformBackend {
    /// Runs one call, and runs it once more on a fresh connection if the store turns out to have gone away.
    fn run<T>(&mut self, id: &str, call: impl Fn(&keyring::Entry) -> keyring::Result<T>) -> Result<T, Failure> {
        let fresh = !self.connected;
        self.connect()?;
        let result = entry(id).and_then(|entry| call(&entry));
        let gone = matches!(result, Err(StoreError::PlatformFailure(_) | StoreError::NoDefaultStore));
        // A connection that failed is not used again, neither now nor by the next call.
        self.connected = !gone;
        if gone && !fresh {
            self.connect()?;
            return entry(id).and_then(|entry| call(&entry)).map_err(Failure::Calling);
        }
        result.map_err(Failure::Calling)
    }

    fn connect(&mut self) -> Result<(), Failure> {
        if !self.connected {
            set_platform_store().map_err(Failure::Connecting)?;
            self.connected = true;
        }
        Ok(())
    }
}

impl Backend for PlatformBackend {
    fn read(&mut self, id: &str) -> Result<Zeroizing<String>, KeychainError> {
        self.run(id, |entry| entry.get_password().map(Zeroizing::new)).map_err(explain)
    }

    fn write(&mut self, id: &str, secret: &str) -> Result<(), KeychainError> {
        self.run(id, |entry| entry.set_password(secret)).map_err(explain)
    }

    fn delete(&mut self, id: &str) -> Result<Removed, KeychainError> {
        let result = self.run(id, |entry| match entry.delete_credential() {
            // Duplicates come from a restored backup or another program; deleting the key means deleting them all.
            Err(StoreError::Ambiguous(all)) => all.iter().try_for_each(keyring_core::Entry::delete_credential),
            other => other,
        });
        match result {
            Ok(()) => Ok(Removed::Yes),
            Err(Failure::Calling(StoreError::NoEntry)) => Ok(Removed::WasNotThere),
            Err(error) => Err(explain(error)),
        }
    }

    fn probe(&mut self) -> Result<(), KeychainError> {
        // Looking for a name that no profile has reaches the store without touching, or unlocking, a real secret.
        match self.run("(probe)", |entry| entry.get_password().map(Zeroizing::new)) {
            Ok(_) | Err(Failure::Calling(StoreError::NoEntry)) => Ok(()),
            Err(error) => Err(explain(error)),
        }
    }
}

fn entry(id: &str) -> keyring::Result<keyring::Entry> {
    Ok(keyring::Entry { inner: keyring_core::Entry::new(SERVICE, id)? })
}

fn set_platform_store() -> keyring::Result<()> {
    #[cfg(target_os = "windows")]
    let store = windows_native_keyring_store::Store::new()?;
    #[cfg(target_os = "macos")]
    let store = apple_native_keyring_store::keychain::Store::new()?;
    #[cfg(not(any(target_os = "windows", target_os = "macos")))]
    let store = zbus_secret_service_keyring_store::Store::new()?;
    keyring_core::set_default_store(store);
    Ok(())
}

/// Translates an error without ever printing the parts of it that can hold a secret.
fn explain(failure: Failure) -> KeychainError {
    let error = match failure {
        // Without a connection there is no store, as far as anybody can tell; but a bus that forbids it says so.
        Failure::Connecting(StoreError::PlatformFailure(cause) | StoreError::NoStorageAccess(cause)) => {
            let text = texts(cause.as_ref());
            if is_denied(&text) {
                return KeychainError::Denied;
            }
            return KeychainError::NoStore { reason: clean_reason(&text, None) };
        }
        Failure::Connecting(error) | Failure::Calling(error) => error,
    };
    match error {
        StoreError::PlatformFailure(cause) => platform_failure(&texts(cause.as_ref())),
        StoreError::NoStorageAccess(cause) => no_access(&texts(cause.as_ref())),
        StoreError::NoEntry => KeychainError::NotFound,
        StoreError::BadEncoding(mut bytes) | StoreError::BadDataFormat(mut bytes, _) => {
            bytes.zeroize();
            KeychainError::Unreadable
        }
        StoreError::Ambiguous(all) => KeychainError::Ambiguous { count: all.len() },
        StoreError::TooLong(_, limit) => KeychainError::TooLarge { size: 0, limit: limit as usize },
        StoreError::NoDefaultStore => KeychainError::NoStore { reason: "it was not found".to_owned() },
        StoreError::Invalid(what, why) => KeychainError::Other { reason: clean_reason(&format!("{what} {why}"), None) },
        StoreError::NotSupportedByStore(why) | StoreError::BadStoreFormat(why) => {
            KeychainError::Other { reason: clean_reason(&why, None) }
        }
        _ => KeychainError::Other { reason: "an error of an unknown kind".to_owned() },
    }
}

/// The messages of an error and of its causes. The causes are the platform's errors, which never saw the secret in clear.
fn texts(error: &(dyn std::error::Error + Send + Sync + 'static)) -> String {
    let mut all = error.to_string();
    let mut next = error.source();
    while let Some(cause) = next {
        let text = cause.to_string();
        if !all.contains(&text) {
            all.push_str(": ");
            all.push_str(&text);
        }
        next = cause.source();
    }
    all
}

/// Sorts a platform failure by its words, which is all that the stores let through.
fn platform_failure(text: &str) -> KeychainError {
    const GONE: [&str; 9] = [
        "ServiceUnknown",
        "NameHasNoOwner",
        "no secret service provider",
        "NoReply",
        "Disconnected",
        "Spawn.",
        "I/O error",
        "address error",
        "not available",
    ];
    const LOCKED: [&str; 3] = ["object locked", "IsLocked", "nteraction is not allowed"];
    let has = |words: &[&str]| words.iter().any(|word| text.contains(word));
    if has(&LOCKED) {
        KeychainError::Locked
    } else if is_denied(text) {
        KeychainError::Denied
    } else if has(&GONE) {
        KeychainError::NoStore { reason: clean_reason(text, None) }
    } else {
        KeychainError::Other { reason: clean_reason(text, None) }
    }
}

/// Whether these are a system's words for a refusal.
fn is_denied(text: &str) -> bool {
    const DENIED: [&str; 4] = ["AccessDenied", "prompt dismissed", "canceled the operation", "passphrase you entered"];
    DENIED.iter().any(|word| text.contains(word))
}

/// A prompt that ended without an answer was dismissed by the user, or could not be shown: a session without a prompter
/// gives the same answer. Either way the store is still locked, and unlocking it is what helps.
fn no_access(text: &str) -> KeychainError {
    if text.contains("result not returned") { KeychainError::NoDefaultKeyring } else { KeychainError::Locked }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn boxed(text: &str) -> Box<dyn std::error::Error + Send + Sync> {
        Box::new(std::io::Error::other(text.to_owned()))
    }

    #[test]
    fn k1_bytes_inside_an_error_are_never_shown() {
        let errors = [
            StoreError::BadEncoding(b"canary".to_vec()),
            StoreError::BadDataFormat(b"canary".to_vec(), boxed("canary")),
        ];
        for error in errors {
            let shown = explain(Failure::Calling(error));
            assert_eq!(shown, KeychainError::Unreadable);
            assert!(!format!("{shown} {shown:?}").contains("canary"));
        }
    }

    #[test]
    fn k3_a_prompt_that_ended_without_an_answer_leaves_the_store_locked() {
        assert_eq!(no_access("SS error: prompt dismissed"), KeychainError::Locked);
        assert_eq!(no_access("SS error: result not returned from SS API"), KeychainError::NoDefaultKeyring);
    }

    #[test]
    fn k3_a_bus_that_forbids_the_call_is_a_refusal_and_no_missing_store() {
        let refusal = || {
            StoreError::PlatformFailure(boxed(
                "zbus error: org.freedesktop.DBus.Error.AccessDenied: Rejected send message",
            ))
        };
        assert_eq!(explain(Failure::Connecting(refusal())), KeychainError::Denied);
        assert_eq!(explain(Failure::Calling(refusal())), KeychainError::Denied);
    }

    #[test]
    fn k3_a_missing_service_is_no_store() {
        let text = "zbus error: org.freedesktop.DBus.Error.ServiceUnknown: The name is not activatable";
        assert!(matches!(platform_failure(text), KeychainError::NoStore { .. }));
        assert_eq!(platform_failure("SS Error: object locked"), KeychainError::Locked);
        assert!(matches!(platform_failure("Crypto error: bad"), KeychainError::Other { .. }));
        let no_bus = StoreError::PlatformFailure(boxed("Failed to connect to address `unix:path=/x`"));
        assert!(matches!(explain(Failure::Connecting(no_bus)), KeychainError::NoStore { .. }));
    }
}
