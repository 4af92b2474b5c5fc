//! A keychain that is there and empty.

use quantaprice_explorer::keys::KeychainError;
use quantaprice_explorer::keys::keychain::{Backend, Removed};
use zeroize::Zeroizing;

pub struct NoSecrets;

impl Backend for NoSecrets {
    fn read(&mut self, _id: &str) -> Result<Zeroizing<String>, KeychainError> {
        Err(KeychainError::NotFound)
    }

    fn write(&mut self, _id: &str, _secret: &str) -> Result<(), KeychainError> {
        Ok(())
    }

    fn delete(&mut self, _id: &str) -> Result<Removed, KeychainError> {
        Ok(Removed::WasNotThere)
    }

    fn probe(&mut self) -> Result<(), KeychainError> {
        Ok(())
    }
}
