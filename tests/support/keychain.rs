//! A keychain in memory that behaves as its mood says: well, absent, locked, hanging, crashing.

#![allow(
    dead_code,
    clippy::unwrap_used,
    clippy::panic,
    reason = "each test crate takes what it needs from here, and fails by panicking"
)]

use std::collections::HashMap;
use std::sync::{Arc, Condvar, Mutex};
use std::time::Duration;

use quantaprice_explorer::keys::keychain::{Backend, Removed};
use quantaprice_explorer::keys::{Keychain, KeychainError, ProfileId};
use zeroize::Zeroizing;

/// What the store does with the next calls.
#[derive(Clone, PartialEq, Debug)]
pub enum Mood {
    Well,
    /// Answers rightly, this much later.
    Slow(Duration),
    /// Blocks until the mood changes.
    Hangs,
    Panics,
    Fails(KeychainError),
    /// Takes and deletes nothing, but reads.
    FailsToWrite(KeychainError),
}

/// A store in memory; clones share everything.
#[derive(Clone)]
pub struct Store(Arc<Inside>);

struct Inside {
    mood: Mutex<Mood>,
    changed: Condvar,
    kept: Mutex<HashMap<String, String>>,
}

impl Store {
    pub fn new(mood: Mood) -> Self {
        let kept = Mutex::default();
        Self(Arc::new(Inside { mood: Mutex::new(mood), changed: Condvar::new(), kept }))
    }

    pub fn keychain(&self) -> Keychain {
        let store = self.clone();
        Keychain::with_backend(move || Box::new(store.clone()))
    }

    pub fn set(&self, mood: Mood) {
        *self.0.mood.lock().unwrap() = mood;
        self.0.changed.notify_all();
    }

    pub fn put(&self, id: &ProfileId, secret: &str) {
        self.0.kept.lock().unwrap().insert(id.as_str().to_owned(), secret.to_owned());
    }

    /// All the secrets that are kept now.
    pub fn secrets(&self) -> Vec<String> {
        self.0.kept.lock().unwrap().values().cloned().collect()
    }

    fn enter(&self, writes: bool) -> Result<(), KeychainError> {
        let mood = self.0.mood.lock().unwrap();
        let mood = self.0.changed.wait_while(mood, |mood| *mood == Mood::Hangs).unwrap().clone();
        match mood {
            Mood::Panics => panic!("the store crashed, as the test wants it"),
            Mood::Fails(error) => Err(error),
            Mood::FailsToWrite(error) if writes => Err(error),
            Mood::Slow(time) => {
                std::thread::sleep(time);
                Ok(())
            }
            Mood::Well | Mood::Hangs | Mood::FailsToWrite(_) => Ok(()),
        }
    }
}

impl Backend for Store {
    fn read(&mut self, id: &str) -> Result<Zeroizing<String>, KeychainError> {
        self.enter(false)?;
        self.0.kept.lock().unwrap().get(id).cloned().map(Zeroizing::new).ok_or(KeychainError::NotFound)
    }

    fn write(&mut self, id: &str, secret: &str) -> Result<(), KeychainError> {
        self.enter(true)?;
        self.0.kept.lock().unwrap().insert(id.to_owned(), secret.to_owned());
        Ok(())
    }

    fn delete(&mut self, id: &str) -> Result<Removed, KeychainError> {
        self.enter(true)?;
        Ok(if self.0.kept.lock().unwrap().remove(id).is_some() { Removed::Yes } else { Removed::WasNotThere })
    }

    fn probe(&mut self) -> Result<(), KeychainError> {
        self.enter(false)
    }
}
