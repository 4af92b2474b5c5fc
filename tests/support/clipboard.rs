//! A clipboard in memory that can be missing, busy or hang, and clocks that a test moves.

#![allow(dead_code, clippy::unwrap_used, reason = "each test crate takes what it needs from here")]

use std::sync::{Arc, Condvar, Mutex};
use std::time::Duration;

use quantaprice_explorer::clipboard::{Board, Clipboard, ClipboardError};
use quantaprice_explorer::token::clock::{Clock, Moment, SystemClock};
use zeroize::Zeroizing;

/// How the clipboard answers.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum BoardMood {
    #[default]
    Well,
    Fails(ClipboardError),
    /// No call returns before the mood changes.
    Hangs,
}

/// A clipboard that several programs can reach; cheap to clone.
#[derive(Clone, Default)]
pub struct Memory(Arc<(Mutex<Content>, Condvar)>);

#[derive(Default)]
struct Content {
    text: Option<String>,
    mood: BoardMood,
    /// All that was ever put there by the program under test.
    put: Vec<String>,
}

impl Memory {
    pub fn text(&self) -> Option<String> {
        self.0.0.lock().unwrap().text.clone()
    }

    pub fn was_put(&self) -> Vec<String> {
        self.0.0.lock().unwrap().put.clone()
    }

    /// Another program copies a text.
    pub fn copy(&self, text: &str) {
        self.0.0.lock().unwrap().text = Some(text.to_owned());
    }

    pub fn set(&self, mood: BoardMood) {
        self.0.0.lock().unwrap().mood = mood;
        self.0.1.notify_all();
    }

    fn work<T>(&self, work: impl FnOnce(&mut Content) -> T) -> Result<T, ClipboardError> {
        let (content, changed) = &*self.0;
        let mut content = changed.wait_while(content.lock().unwrap(), |now| now.mood == BoardMood::Hangs).unwrap();
        if let BoardMood::Fails(error) = &content.mood { Err(error.clone()) } else { Ok(work(&mut content)) }
    }
}

impl Board for Memory {
    fn put(&mut self, secret: &str) -> Result<(), ClipboardError> {
        self.work(|content| {
            content.text = Some(secret.to_owned());
            content.put.push(secret.to_owned());
        })
    }

    fn read(&mut self) -> Result<Option<Zeroizing<String>>, ClipboardError> {
        self.work(|content| content.text.clone().map(Zeroizing::new))
    }

    fn clear(&mut self) -> Result<(), ClipboardError> {
        self.work(|content| content.text = None)
    }
}

/// The PC's clocks, and how far ahead of them the test is.
#[derive(Clone, Default)]
pub struct Ahead(Arc<(SystemClock, Mutex<Duration>)>);

impl Ahead {
    pub fn pass(&self, time: Duration) {
        *self.0.1.lock().unwrap() += time;
    }
}

impl Clock for Ahead {
    fn now(&self) -> Moment {
        let (now, ahead) = (self.0.0.now(), *self.0.1.lock().unwrap());
        Moment { monotonic: now.monotonic + ahead, wall: now.wall + ahead }
    }
}

/// The program's clipboard on the one in memory.
pub fn clipboard(memory: &Memory, clock: &Ahead, wake: impl Fn() + Send + 'static) -> Clipboard {
    let board = memory.clone();
    Clipboard::with(move || Box::new(board), Arc::new(clock.clone()), wake)
}
