//! Key files: any bytes as a file, and as the inside of a PEM block, where the DER begins.

#![no_main]

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use libfuzzer_sys::fuzz_target;
use quantaprice_explorer::inspect::key_file;

fuzz_target!(|bytes: &[u8]| {
    _ = key_file::read(bytes).map(|file| file.summary());
    for label in ["PUBLIC KEY", "RSA PUBLIC KEY", "CERTIFICATE"] {
        let pem = format!("-----BEGIN {label}-----\n{}\n-----END {label}-----", STANDARD.encode(bytes));
        _ = key_file::read(pem.as_bytes()).map(|file| file.summary());
    }
});
