//! The advice where a server names the time to come back at. It is one text, so that whoever shows it can count it down.

use std::time::Duration;

use crate::token::error::secs;

/// The step that a server's wait leaves: to wait for what is left of it, or to ask again.
pub fn wait_advice(left: Duration) -> String {
    match secs(left) {
        0 => "You can try again now.".into(),
        secs => format!("Try again in {secs} s, as the server asks."),
    }
}
