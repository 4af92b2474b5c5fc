//! `WWW-Authenticate` values and error bodies: what is shown of them is short and clean.

#![no_main]

use libfuzzer_sys::fuzz_target;
use quantaprice_explorer::http::error_body::{self, ErrorBody, LONGEST_DESCRIPTION};

fuzz_target!(|input: (&str, &[u8])| {
    let (header, body) = input;
    let sent = "0123456789abcdef".into();
    for (name, value) in error_body::bearer_parameters(header) {
        assert!(!name.is_empty() && value.len() <= header.len());
        assert!(error_body::clean(&value).chars().count() <= LONGEST_DESCRIPTION);
    }
    for content_type in [None, Some("text/html")] {
        let read = ErrorBody::read(body, content_type, &sent);
        for text in [read.code, read.description, read.scope].into_iter().flatten() {
            assert!(text.chars().count() <= LONGEST_DESCRIPTION && !text.contains(char::is_control));
        }
    }
});
