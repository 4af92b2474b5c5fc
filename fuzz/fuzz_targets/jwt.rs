//! Header and payload as bytes: they are encoded here, so that the fuzzer need not learn base64 to get at the JSON.

#![no_main]

use std::sync::LazyLock;
use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jiff::Timestamp;
use libfuzzer_sys::fuzz_target;
use quantaprice_explorer::inspect::{Granted, Inspection, KeyFile, Part, Surroundings, key_file};
use url::Url;

static URL: LazyLock<Url> = LazyLock::new(|| Url::parse("https://login.quantaprice.com/oauth2/token").unwrap());
/// Any key: what is looked for is a panic on the way to it.
static KEYS: LazyLock<KeyFile> = LazyLock::new(|| {
    let number = URL_SAFE_NO_PAD.encode([0x81; 256]);
    key_file::read(format!(r#"{{"kty":"RSA","n":"{number}","e":"AQAB"}}"#).as_bytes()).unwrap()
});

fuzz_target!(|input: (i64, &[u8], &[u8], &str)| {
    let (now, header, payload, signature) = input;
    let now = Timestamp::from_second(now).unwrap_or(Timestamp::MAX);
    let token = format!("{}.{}.{signature}", URL_SAFE_NO_PAD.encode(header), URL_SAFE_NO_PAD.encode(payload));
    let Ok(mut read) = Inspection::of(token.into()) else { return };
    read.check_signature(Some(&KEYS));
    let granted = Some(Granted { requested_at: now, expires_in: Duration::from_secs(3600) });
    let around = Surroundings { now, token_url: Some(&URL), api_url: Some(&URL), granted, clock: None };
    for check in read.checks(&around) {
        assert!(!check.sentence.is_empty());
        assert!(!check.sentence.contains(|c: char| c.is_control() || matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')), "{check:?}");
    }
    for (part, rows) in [(Part::Header, &read.header), (Part::Payload, &read.claims)] {
        for row in rows {
            assert!(!row.value.contains(char::is_control) && !row.name.contains(char::is_control));
            assert!(read.in_full(part, row).is_some());
        }
    }
    _ = (read.headline(), read.changes_in(now));
});
