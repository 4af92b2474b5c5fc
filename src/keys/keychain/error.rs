//! What can go wrong at the keychain, each with its next step. No variant holds, or can be made to print, a secret.

use std::time::Duration;

/// The store of this system, as its users know it.
#[cfg(target_os = "windows")]
pub const STORE_NAME: &str = "Windows Credential Manager";
/// The store of this system, as its users know it.
#[cfg(target_os = "macos")]
pub const STORE_NAME: &str = "macOS keychain";
/// The store of this system, as its users know it.
#[cfg(not(any(target_os = "windows", target_os = "macos")))]
pub const STORE_NAME: &str = "Secret Service (GNOME Keyring, KWallet)";

/// The kind of call that was made, for messages.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum KeychainCall {
    /// Fetching a secret.
    Read,
    /// Saving a secret.
    Write,
    /// Removing a secret.
    Delete,
    /// Asking whether a store answers at all.
    Probe,
}

impl KeychainCall {
    /// The call as a verb in a sentence.
    pub const fn verb(self) -> &'static str {
        match self {
            Self::Read => "reading a secret",
            Self::Write => "saving a secret",
            Self::Delete => "deleting a secret",
            Self::Probe => "asking whether it answers",
        }
    }
}

/// Why a keychain call failed. [`KeychainError::next_step`] says what to do about it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum KeychainError {
    /// There is no store, or it does not answer at all.
    #[error("The {STORE_NAME} does not answer, so no secret can be saved or read.")]
    NoStore {
        /// The system's own words, cut and cleaned.
        reason: String,
    },
    /// The store answers, but has no keyring in which new secrets could be put.
    #[error("The {STORE_NAME} has no default keyring to save secrets in.")]
    NoDefaultKeyring,
    /// The store is locked and could not ask for its password.
    #[error("The {STORE_NAME} is locked.")]
    Locked,
    /// The user or the system refused access.
    #[error("Access to the {STORE_NAME} was refused.")]
    Denied,
    /// The call ran into its deadline; it may still be waiting for an answer behind a password prompt.
    #[error("The {STORE_NAME} did not answer within {} s while {}.", limit.as_secs(), call.verb())]
    TimedOut {
        /// What was asked of it.
        call: KeychainCall,
        /// The deadline that passed.
        limit: Duration,
    },
    /// More than one secret is stored under this profile's name, so none can be trusted.
    #[error("The {STORE_NAME} holds {count} secrets for this key.")]
    Ambiguous {
        /// How many were found.
        count: usize,
    },
    /// Nothing is stored under this profile's name.
    #[error("The {STORE_NAME} holds no secret for this key.")]
    NotFound,
    /// The profile leads to other servers than those that its secret was entered for (H3).
    #[error("The secret of this key was saved for another server than {host}, so it was not sent there.")]
    OtherHosts {
        /// The host of the token URL.
        host: String,
    },
    /// The secret is longer than every supported store can hold.
    #[error("The secret takes {size} bytes as UTF-16; a keychain holds at most {limit}.")]
    TooLarge {
        /// Size of the secret in bytes, as UTF-16.
        size: usize,
        /// The largest size in bytes that is accepted.
        limit: usize,
    },
    /// An earlier call hangs, typically behind a password prompt.
    #[error("The {STORE_NAME} is still busy with an earlier call, for {} s now.", running_for.as_secs())]
    Busy {
        /// How long the earlier call has been running.
        running_for: Duration,
    },
    /// What is stored is not text, so some other program wrote it.
    #[error("What the {STORE_NAME} holds for this key is not a secret that this program saved.")]
    Unreadable,
    /// The secret was written, but reading it back gave something else. It counts as not saved.
    #[error("The {STORE_NAME} took the secret but does not give it back, so it counts as not saved.")]
    NotVerified,
    /// The library that talks to the store crashed; the next call starts with a fresh one.
    #[error("The connection to the {STORE_NAME} crashed.")]
    Crashed,
    /// Anything else, in the system's own words.
    #[error("The {STORE_NAME} failed: {reason}.")]
    Other {
        /// The system's own words, cut and cleaned.
        reason: String,
    },
}

impl KeychainError {
    /// What the user can do now: one sentence, to stand below the message.
    pub const fn next_step(&self) -> &'static str {
        match self {
            Self::NoStore { .. } => no_store_step(),
            Self::NoDefaultKeyring => {
                "Create a default keyring (in Passwords and Keys, or KWalletManager) and try again, or keep the key in memory for this run."
            }
            Self::Locked => "Unlock it, usually with your login password, and try again.",
            Self::Denied => "Try again and allow access when the system asks, or keep the key in memory for this run.",
            Self::TimedOut { call: KeychainCall::Write, .. } => {
                "Look for a password prompt behind other windows, answer it, and save again."
            }
            Self::TimedOut { .. } => "Look for a password prompt behind other windows, answer it, and try again.",
            Self::Ambiguous { .. } => {
                "Delete the key here, which removes all of them, then add it again with its client secret."
            }
            Self::NotFound => "Enter the client secret again, or create a new API key in the Account Portal.",
            Self::OtherHosts { .. } => {
                "Enter the client secret again if the URLs are right, or put the earlier URLs back into the key's form."
            }
            Self::TooLarge { .. } => {
                "Check that only the client secret was pasted: it is 64 hexadecimal characters long."
            }
            Self::Busy { .. } => "Answer the system's password prompt, or wait a moment and try again.",
            Self::Unreadable => "Enter the client secret again to replace it.",
            Self::NotVerified => "Try again, or keep the key in memory for this run.",
            Self::Crashed => "Try again; if it happens again, keep the key in memory for this run.",
            Self::Other { .. } => {
                "Try again; if it keeps failing, restart the keychain or keep the key in memory for this run."
            }
        }
    }

    /// The system's own words behind a message that leaves them out.
    pub fn detail(&self) -> Option<&str> {
        match self {
            Self::NoStore { reason } => Some(reason),
            _ => None,
        }
    }

    /// Whether keeping the key in memory for this run is a sensible offer: the store itself is at fault, not the key.
    pub const fn suggests_memory(&self) -> bool {
        !matches!(
            self,
            Self::NotFound
                | Self::OtherHosts { .. }
                | Self::TooLarge { .. }
                | Self::Ambiguous { .. }
                | Self::Unreadable
        )
    }
}

#[cfg(target_os = "windows")]
const fn no_store_step() -> &'static str {
    "Start the Windows service Credential Manager (VaultSvc) and try again, or keep the key in memory for this run."
}

#[cfg(target_os = "macos")]
const fn no_store_step() -> &'static str {
    "Check in Keychain Access that the login keychain exists and try again, or keep the key in memory for this run."
}

#[cfg(not(any(target_os = "windows", target_os = "macos")))]
const fn no_store_step() -> &'static str {
    "Start GNOME Keyring or KWallet in this desktop session and try again, or keep the key in memory for this run."
}

/// The system's own words made fit for a message: one line, at most 200 characters, without `secret`. It is hidden before
/// the cut, which would leave its beginning.
pub(super) fn clean_reason(text: &str, secret: Option<&str>) -> String {
    let line: String = text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
    let shown = match secret {
        Some(secret) if !secret.is_empty() => line.replace(secret, "(hidden)"),
        _ => line,
    };
    let cut: String = shown.chars().take(200).collect();
    cut.trim().trim_end_matches('.').to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn k3_five_failures_have_five_messages_and_five_next_steps() {
        let all = [
            KeychainError::NoStore { reason: "no bus".into() },
            KeychainError::Locked,
            KeychainError::Denied,
            KeychainError::TimedOut { call: KeychainCall::Read, limit: Duration::from_secs(5) },
            KeychainError::Ambiguous { count: 2 },
        ];
        for (i, one) in all.iter().enumerate() {
            for other in &all[i + 1..] {
                assert_ne!(one.to_string(), other.to_string());
                assert_ne!(one.next_step(), other.next_step());
            }
        }
        assert!(all[0].to_string().contains(STORE_NAME), "the missing store is named");
    }

    #[test]
    fn k1_a_reason_never_carries_the_secret() {
        let shown = clean_reason("call failed\nwith s3cret inside.", Some("s3cret"));
        assert_eq!(shown, "call failed with (hidden) inside");
    }
}
