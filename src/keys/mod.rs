//! Keys: which API keys exist, where their secrets rest, and how typed or imported ones are checked.
//!
//! Owns profiles, settings, the keychain and import. It knows neither the network nor the window: a key that is checked
//! here has the documented form, and whether the server takes it is for `token` to find out.
//!
//! In reading order: what a [`profile`] is, how typed values are told right from wrong ([`check`], [`draft`]), where
//! values can come from ([`import`]), and where they are kept ([`settings`] for all but the secret, [`keychain`] for it).

pub mod profile;
pub mod fingerprint;
pub mod check;
pub mod draft;
pub mod import;
pub mod settings;
pub mod keychain;

pub use check::{Checked, CheckedSecret, FieldNote, FieldProblem};
pub use draft::{CheckedKey, Draft, DraftContext, DraftReport, Field};
pub use import::{ImportError, Imported};
pub use keychain::{Keychain, KeychainError};
pub use profile::{Advice, Environment, Profile, ProfileId, SecretPlace, SecretRecord};
pub use settings::{Settings, SettingsNotice, SettingsStore, ThemeChoice};
