//! The clipboard of this system: the only file that names arboard.
//!
//! On Linux, macOS and Windows alike, a secret is marked so that clipboard histories leave it out; whether they do is theirs.

use arboard::Error;
use zeroize::Zeroizing;

use super::board::{Board, ClipboardError};

/// Opened by the first use, and again after a failure: a display server can come back.
#[derive(Default)]
pub struct SystemBoard {
    open: Option<arboard::Clipboard>,
}

impl SystemBoard {
    fn with<T>(&mut self, work: impl FnOnce(&mut arboard::Clipboard) -> Result<T, Error>) -> Result<T, ClipboardError> {
        let board = match &mut self.open {
            Some(board) => board,
            closed => closed.insert(arboard::Clipboard::new().map_err(|error| unavailable(&error))?),
        };
        let done = work(board).map_err(failed);
        if matches!(done, Err(ClipboardError::Failed { .. })) {
            self.open = None;
        }
        done
    }
}

impl Board for SystemBoard {
    fn put(&mut self, secret: &str) -> Result<(), ClipboardError> {
        self.with(|board| out_of_history(board.set()).text(secret))
    }

    fn read(&mut self) -> Result<Option<Zeroizing<String>>, ClipboardError> {
        self.with(|board| match board.get_text() {
            Ok(text) => Ok(Some(Zeroizing::new(text))),
            // Empty, a picture, or text in an encoding that no token has.
            Err(Error::ContentNotAvailable | Error::ConversionFailure) => Ok(None),
            Err(error) => Err(error),
        })
    }

    fn clear(&mut self) -> Result<(), ClipboardError> {
        self.with(arboard::Clipboard::clear)
    }
}

/// Marked as a password is, which is what histories look for.
#[cfg(all(unix, not(target_os = "macos")))]
fn out_of_history(set: arboard::Set<'_>) -> arboard::Set<'_> {
    use arboard::SetExtLinux as _;
    set.exclude_from_history()
}

/// Concealed, in the words of nspasteboard.org.
#[cfg(target_os = "macos")]
fn out_of_history(set: arboard::Set<'_>) -> arboard::Set<'_> {
    use arboard::SetExtApple as _;
    set.exclude_from_history()
}

/// Neither in the history behind Win+V, nor in the clipboard that is shared over the network.
#[cfg(windows)]
fn out_of_history(set: arboard::Set<'_>) -> arboard::Set<'_> {
    use arboard::SetExtWindows as _;
    set.exclude_from_monitoring().exclude_from_cloud().exclude_from_history()
}

fn unavailable(error: &Error) -> ClipboardError {
    ClipboardError::Unavailable { reason: reason(error) }
}

fn failed(error: Error) -> ClipboardError {
    match error {
        Error::ClipboardOccupied => ClipboardError::Busy,
        error => ClipboardError::Failed { reason: reason(&error) },
    }
}

/// What the system said; arboard writes nothing of what was copied into it.
fn reason(error: &Error) -> String {
    match error {
        Error::Unknown { description } => {
            crate::http::traffic::cut(description.trim_end_matches('.'), 200).into_owned()
        }
        error => error.to_string().trim_end_matches('.').to_owned(),
    }
}
