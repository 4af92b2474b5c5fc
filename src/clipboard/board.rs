//! What the system's clipboard has to do for a token, and how it can fail. Nothing here holds what was copied.

use zeroize::Zeroizing;

/// A clipboard. Each call may block, so only the clipboard's own thread makes them.
pub trait Board {
    /// Puts a secret there, kept out of clipboard history where the system can.
    fn put(&mut self, secret: &str) -> Result<(), ClipboardError>;
    /// The text that is there; nothing when there is none, or something else than text.
    fn read(&mut self) -> Result<Option<Zeroizing<String>>, ClipboardError>;
    /// Leaves nothing there.
    fn clear(&mut self) -> Result<(), ClipboardError>;
}

/// Why the clipboard did not do what it was asked.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ClipboardError {
    #[error("This system has no clipboard that the program can reach ({reason}). {}", next_step())]
    Unavailable { reason: String },
    #[error("Another program holds the clipboard at this moment. Try again.")]
    Busy,
    #[error(
        "The system's clipboard failed ({reason}). Try again; if it fails again, sign out of this desktop and in again."
    )]
    Failed { reason: String },
}

/// What can be done where there is none.
fn next_step() -> &'static str {
    if cfg!(target_os = "linux") {
        "It needs an X server, or a Wayland desktop that lets programs manage the clipboard."
    } else {
        "Sign out of this desktop and in again, then try once more."
    }
}
