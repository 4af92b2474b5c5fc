//! Keys: profiles, settings, the keychain, import.
