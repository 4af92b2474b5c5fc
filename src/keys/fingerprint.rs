//! A short mark by which a person can tell two secrets apart. It owns no secret and reveals none.

use aws_lc_rs::digest::{SHA256, digest};
use secrecy::{ExposeSecret as _, SecretString};

/// The first four hexadecimal digits of the secret's SHA-256.
///
/// Sixteen bits of a hash over 256 random bits: enough to see that a secret changed, far too little to find it.
pub fn fingerprint(secret: &SecretString) -> String {
    let hash = digest(&SHA256, secret.expose_secret().as_bytes());
    let [first, second, ..] = hash.as_ref() else { return String::new() };
    format!("{first:02x}{second:02x}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn k6_the_fingerprint_is_the_start_of_the_hash_not_of_the_secret() {
        // SHA-256("abc") begins with ba78 (FIPS 180-2, appendix B.1).
        assert_eq!(fingerprint(&SecretString::from("abc")), "ba78");
        assert_ne!(fingerprint(&SecretString::from("abd")), "ba78");
    }
}
