//! A token on the clipboard: when it has to go, and whether it is still the one that was put there. Pure but for the board.
//!
//! Keeps no token, only its SHA-256: enough to know it again, useless to anybody else.

use std::time::Duration;

use aws_lc_rs::digest::{Digest, SHA256, digest};
use secrecy::{ExposeSecret, SecretString};

use super::board::{Board, ClipboardError};
use crate::token::clock::Moment;

/// So long a copied token stays on the clipboard (K8).
pub const KEPT_FOR: Duration = Duration::from_secs(45);
/// After a failed try to clear it, the next one comes then.
const TRY_AGAIN: Duration = Duration::from_secs(5);

/// What became of a copied token.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ending {
    Cleared,
    /// Something else was there by then, which was left alone.
    Replaced,
}

impl Ending {
    /// For the status bar.
    pub fn sentence(self) -> &'static str {
        match self {
            Self::Cleared => "The token was cleared from the clipboard.",
            Self::Replaced => "The clipboard holds something else by now, and was left alone.",
        }
    }
}

/// The board, and what is known of the token on it.
pub(super) struct Keeper {
    board: Box<dyn Board>,
    held: Option<Held>,
}

struct Held {
    mark: Digest,
    put_at: Moment,
    /// When clearing was last tried in vain.
    tried_at: Option<Moment>,
}

impl Keeper {
    pub(super) fn new(board: Box<dyn Board>) -> Self {
        Self { board, held: None }
    }

    /// Puts a token there, in place of whatever was there before. A failure leaves an earlier one in care.
    pub(super) fn put(&mut self, token: &SecretString, now: Moment) -> Result<(), ClipboardError> {
        self.board.put(token.expose_secret())?;
        self.held = Some(Held { mark: mark(token.expose_secret()), put_at: now, tried_at: None });
        Ok(())
    }

    /// How long until there is something to do; nothing while no token is there.
    pub(super) fn wait(&self, now: Moment) -> Option<Duration> {
        self.held.as_ref().map(|held| match held.tried_at {
            Some(tried) => TRY_AGAIN.saturating_sub(since(tried, now)),
            None => KEPT_FOR.saturating_sub(since(held.put_at, now)),
        })
    }

    /// Clears the token if its time is over; nothing when there was nothing to do.
    pub(super) fn tick(&mut self, now: Moment) -> Option<Result<Ending, ClipboardError>> {
        self.wait(now).filter(Duration::is_zero)?;
        self.end(now)
    }

    /// Clears the token now if it is still there; nothing when none is in care.
    pub(super) fn end(&mut self, now: Moment) -> Option<Result<Ending, ClipboardError>> {
        let held = self.held.as_mut()?;
        // Before the try, which may panic.
        held.tried_at = Some(now);
        let mark = held.mark;
        let ended = self.holds(mark).and_then(|holds| {
            if !holds {
                return Ok(Ending::Replaced);
            }
            self.board.clear().map(|()| Ending::Cleared)
        });
        if ended.is_ok() {
            self.held = None;
        }
        Some(ended)
    }

    /// Whether something else has taken the token's place; if so, it is in care no more.
    pub(super) fn was_replaced(&mut self) -> bool {
        let Some(mark) = self.held.as_ref().map(|held| held.mark) else { return false };
        // What cannot be read may still be the token, and stays in care.
        let is_gone = self.holds(mark) == Ok(false);
        if is_gone {
            self.held = None;
        }
        is_gone
    }

    fn holds(&mut self, known: Digest) -> Result<bool, ClipboardError> {
        let text = self.board.read()?;
        Ok(text.is_some_and(|text| mark(&text).as_ref() == known.as_ref()))
    }
}

fn mark(text: &str) -> Digest {
    digest(&SHA256, text.as_bytes())
}

/// The longer of what both clocks say: the monotonic one stops in suspend, the wall clock can be set back.
pub(super) fn since(then: Moment, now: Moment) -> Duration {
    let wall = Duration::try_from(now.wall.duration_since(then.wall)).unwrap_or_default();
    now.monotonic.saturating_sub(then.monotonic).max(wall)
}

#[cfg(test)]
mod tests {
    use std::sync::{Arc, Mutex};

    use jiff::{SignedDuration, Timestamp};
    use zeroize::Zeroizing;

    use super::*;

    /// What is on the clipboard, and what it fails with.
    #[derive(Clone, Default)]
    struct Fake(Arc<Mutex<(Option<String>, Option<ClipboardError>)>>);

    impl Fake {
        fn text(&self) -> Option<String> {
            self.0.lock().unwrap().0.clone()
        }

        fn copy(&self, text: &str) {
            self.0.lock().unwrap().0 = Some(text.to_owned());
        }

        fn fail(&self, error: Option<ClipboardError>) {
            self.0.lock().unwrap().1 = error;
        }

        fn work<T>(&self, work: impl FnOnce(&mut Option<String>) -> T) -> Result<T, ClipboardError> {
            let (text, error) = &mut *self.0.lock().unwrap();
            error.clone().map_or_else(|| Ok(work(text)), Err)
        }
    }

    impl Board for Fake {
        fn put(&mut self, secret: &str) -> Result<(), ClipboardError> {
            self.work(|text| *text = Some(secret.to_owned()))
        }

        fn read(&mut self) -> Result<Option<Zeroizing<String>>, ClipboardError> {
            self.work(|text| text.clone().map(Zeroizing::new))
        }

        fn clear(&mut self) -> Result<(), ClipboardError> {
            self.work(|text| *text = None)
        }
    }

    fn at(secs: u64) -> Moment {
        let wall = Timestamp::from_second(1_795_527_173).unwrap() + Duration::from_secs(secs);
        Moment { monotonic: Duration::from_secs(secs), wall }
    }

    fn with_token() -> (Fake, Keeper) {
        let fake = Fake::default();
        let mut keeper = Keeper::new(Box::new(fake.clone()));
        keeper.put(&SecretString::from("opaque-token"), at(0)).unwrap();
        (fake, keeper)
    }

    #[test]
    fn k8_a_token_is_cleared_after_45_seconds_and_not_before() {
        let (fake, mut keeper) = with_token();
        assert_eq!((keeper.wait(at(0)), keeper.wait(at(44))), (Some(KEPT_FOR), Some(Duration::from_secs(1))));
        assert_eq!((keeper.tick(at(44)), fake.text().as_deref()), (None, Some("opaque-token")));
        assert_eq!((keeper.tick(at(45)), fake.text()), (Some(Ok(Ending::Cleared)), None));
        assert_eq!((keeper.wait(at(45)), keeper.tick(at(90)), keeper.end(at(91))), (None, None, None));
    }

    #[test]
    fn k8_a_text_that_was_copied_meanwhile_is_left_alone() {
        let (fake, mut keeper) = with_token();
        assert!(!keeper.was_replaced());
        fake.copy("of another program");
        assert_eq!(keeper.tick(at(45)), Some(Ok(Ending::Replaced)));
        assert_eq!((fake.text().as_deref(), keeper.wait(at(45))), (Some("of another program"), None));
        let (fake, mut keeper) = with_token();
        fake.copy("opaque-token-2");
        assert!(keeper.was_replaced() && keeper.wait(at(1)).is_none());
    }

    #[test]
    fn k8_copying_again_starts_the_45_seconds_again() {
        let (fake, mut keeper) = with_token();
        keeper.put(&SecretString::from("second-token"), at(30)).unwrap();
        assert_eq!((keeper.tick(at(45)), fake.text().as_deref()), (None, Some("second-token")));
        assert_eq!((keeper.tick(at(75)), fake.text()), (Some(Ok(Ending::Cleared)), None));
    }

    #[test]
    fn k8_time_spent_in_suspend_counts_and_a_clock_set_back_does_not_prolong() {
        let (_fake, mut keeper) = with_token();
        let woken = Moment { monotonic: Duration::from_secs(2), wall: at(600).wall };
        assert_eq!(keeper.tick(woken), Some(Ok(Ending::Cleared)));
        let (_fake, mut keeper) = with_token();
        let set_back = Moment { monotonic: KEPT_FOR, wall: at(0).wall - SignedDuration::from_hours(1) };
        assert_eq!(keeper.tick(set_back), Some(Ok(Ending::Cleared)));
    }

    #[test]
    fn k8_a_clipboard_that_fails_is_tried_again_and_never_cleared_unread() {
        let (fake, mut keeper) = with_token();
        fake.fail(Some(ClipboardError::Busy));
        assert_eq!(keeper.tick(at(45)), Some(Err(ClipboardError::Busy)));
        assert_eq!((keeper.tick(at(46)), keeper.wait(at(46))), (None, Some(Duration::from_secs(4))));
        assert!(!keeper.was_replaced());
        fake.fail(None);
        assert_eq!((keeper.tick(at(50)), fake.text()), (Some(Ok(Ending::Cleared)), None));
    }

    #[test]
    fn k8_a_failed_copy_leaves_an_earlier_token_in_care() {
        let (fake, mut keeper) = with_token();
        fake.fail(Some(ClipboardError::Busy));
        keeper.put(&SecretString::from("second-token"), at(30)).unwrap_err();
        fake.fail(None);
        assert_eq!((keeper.tick(at(45)), fake.text()), (Some(Ok(Ending::Cleared)), None));
    }
}
