//! Whatever is pasted: a token is found or a fault is named, and a found token is inspected like one that was fetched.

#![no_main]

use jiff::Timestamp;
use libfuzzer_sys::fuzz_target;
use quantaprice_explorer::inspect::{Inspection, Surroundings, paste};
use secrecy::ExposeSecret;

fuzz_target!(|text: &str| {
    match paste::find(text) {
        Ok(found) => {
            let token = found.token.expose_secret();
            assert!(!token.is_empty() && token.len() <= text.len());
            assert!(!token.contains(char::is_whitespace));
            _ = found.dropped_sentence();
            let around = Surroundings { now: Timestamp::UNIX_EPOCH, token_url: None, api_url: None, granted: None, clock: None };
            if let Ok(read) = Inspection::of(found.token) {
                _ = (read.headline(), read.checks(&around));
            }
        }
        Err(fault) => assert!(!fault.to_string().is_empty()),
    }
});
