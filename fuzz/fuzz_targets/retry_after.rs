//! `Retry-After`: any text, at any time, gives a wait of at most an hour or nothing.

#![no_main]

use jiff::Timestamp;
use libfuzzer_sys::fuzz_target;
use quantaprice_explorer::http::retry_after;

fuzz_target!(|input: (i64, &str)| {
    let (seconds, value) = input;
    let now = Timestamp::from_second(seconds).unwrap_or(Timestamp::UNIX_EPOCH);
    if let Some(wait) = retry_after::parse(value, now) {
        assert!(wait <= retry_after::LONGEST);
    }
});
