//! Public keys out of a file: PEM (public keys, certificates), DER, a JWK or a JWK set (RFC 7517).
//!
//! Owns the decision what kind of key each is: the file says it, never the token. Refuses private and symmetric keys: they are
//! not needed to check a signature and have no business here. Its errors name places and kinds, never what stands there.

use std::fmt;
use std::io::{self, Read as _};
use std::path::{Path, PathBuf};

use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use jsonwebtoken::DecodingKey;
use serde_json::{Map, Value};
use zeroize::Zeroizing;

use super::der;
use super::visible::visible;

/// The largest file that is read, in bytes.
pub const FILE_LIMIT: u64 = 1024 * 1024;
/// RSA keys below this are not accepted for a signature (RFC 7518 s3.3).
const SMALLEST_RSA_BITS: usize = 2048;
/// The largest RSA key that the cryptography library takes.
const LARGEST_RSA_BITS: usize = 8192;

/// Public keys that signatures can be checked with.
pub struct KeyFile {
    pub keys: Vec<PublicKey>,
    pub form: Form,
    /// How many keys of the file are of a kind that this program cannot use.
    pub unusable: usize,
}

/// What a key file is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Form {
    Pem,
    Der,
    Jwk,
    JwkSet,
}

impl fmt::Display for Form {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Pem => "PEM",
            Self::Der => "DER",
            Self::Jwk => "JWK",
            Self::JwkSet => "JWK set",
        })
    }
}

/// One public key.
pub struct PublicKey {
    pub kind: KeyKind,
    /// Its `kid`; a PEM has none.
    pub kid: Option<String>,
    /// The one algorithm that a JWK says it is for.
    pub alg: Option<String>,
    pub(super) decoding: DecodingKey,
}

/// The kinds of keys that can check a signature here.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum KeyKind {
    Rsa { bits: usize },
    P256,
    P384,
    P521,
    Ed25519,
}

impl fmt::Display for KeyKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Rsa { bits } => write!(f, "RSA key of {bits} bits"),
            Self::P256 => f.write_str("P-256 key"),
            Self::P384 => f.write_str("P-384 key"),
            Self::P521 => f.write_str("P-521 key"),
            Self::Ed25519 => f.write_str("Ed25519 key"),
        }
    }
}

impl KeyFile {
    /// The file in a line: `JWK set with 2 keys: RSA key of 2048 bits (kid a), P-256 key (kid b)`.
    pub fn summary(&self) -> String {
        let first = self.keys.iter().take(3).map(|key| match &key.kid {
            Some(kid) => format!("{} (kid {})", key.kind, visible(kid, 40).text),
            None => key.kind.to_string(),
        });
        let mut names = first.collect::<Vec<_>>().join(", ");
        if self.keys.len() > 3 {
            names = format!("{names} and {} more", self.keys.len() - 3);
        }
        let count = if self.keys.len() == 1 { "1 key".to_owned() } else { format!("{} keys", self.keys.len()) };
        let unusable = match self.unusable {
            0 => String::new(),
            1 => "; 1 more cannot be used here".to_owned(),
            more => format!("; {more} more cannot be used here"),
        };
        format!("{} with {count}: {names}{unusable}", self.form)
    }
}

/// Why a file gave no key.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum KeyFileError {
    #[error("There is no file {}. Check the path.", .0.display())]
    NotFound(PathBuf),
    #[error("{} is not a file. Choose a PEM or JWKS file.", .0.display())]
    NotAFile(PathBuf),
    #[error("{} could not be read ({reason}). Check who may read it.", path.display())]
    Unreadable { path: PathBuf, reason: io::ErrorKind },
    #[error("The file is larger than 1 MiB, so it is no key file. Choose a PEM or JWKS file.")]
    TooLarge,
    #[error("The file holds no key: it is neither PEM nor a JWK set. Ask the issuer for its public key.")]
    NoKey,
    #[error(
        "The file holds a private key. It is not needed to check a signature, and was not kept. Choose the public key."
    )]
    Private,
    #[error(
        "The file holds a symmetric key. Whoever has it can forge tokens, so it is not used here. Ask for a public key."
    )]
    Symmetric,
    #[error("The PEM block {block} (“{label}”) is broken. Copy the file again, with its BEGIN and END lines.")]
    BrokenPem { block: usize, label: String },
    #[error("The JSON of the key file is broken at line {line}, column {column}. Download the file again.")]
    BrokenJson { line: usize, column: usize },
    #[error("No key of the file can be used here: RSA (2048 to 8192 bits), P-256, P-384, P-521 and Ed25519 can.")]
    Unusable,
}

/// Reads a key file. Blocks on the file system: not for a frame.
pub fn from_file(path: &Path) -> Result<KeyFile, KeyFileError> {
    let unreadable = |error: io::Error| match error.kind() {
        io::ErrorKind::NotFound => KeyFileError::NotFound(path.to_owned()),
        reason => KeyFileError::Unreadable { path: path.to_owned(), reason },
    };
    // Looked at before it is opened: opening a pipe would wait for its writer.
    if !std::fs::metadata(path).map_err(unreadable)?.is_file() {
        return Err(KeyFileError::NotAFile(path.to_owned()));
    }
    let file = std::fs::File::open(path).map_err(unreadable)?;
    let mut bytes = Zeroizing::new(Vec::new());
    file.take(FILE_LIMIT + 1).read_to_end(&mut bytes).map_err(unreadable)?;
    read(&bytes)
}

/// Reads the content of a key file.
pub fn read(bytes: &[u8]) -> Result<KeyFile, KeyFileError> {
    if bytes.len() as u64 > FILE_LIMIT {
        return Err(KeyFileError::TooLarge);
    }
    let text = std::str::from_utf8(bytes).ok().map(|text| text.trim_start_matches('\u{feff}').trim());
    let (form, read) = match text {
        Some(json) if json.starts_with('{') => jwks(json)?,
        Some(pem) if pem.contains("-----BEGIN ") => (Form::Pem, pem_keys(pem)?),
        _ => {
            if !matches!(bytes.first(), Some(0x30)) {
                return Err(KeyFileError::NoKey);
            }
            let key = der::certified_key(bytes).or_else(|| der::public_key(bytes)).ok_or(KeyFileError::NoKey)?;
            (Form::Der, vec![from_spki(key)])
        }
    };
    let found = read.len();
    let keys: Vec<_> = read.into_iter().flatten().collect();
    match (found, keys.len()) {
        (0, _) => Err(KeyFileError::NoKey),
        (_, 0) => Err(KeyFileError::Unusable),
        (found, usable) => Ok(KeyFile { keys, form, unusable: found - usable }),
    }
}

const RSA: [&[u8]; 2] = [
    // rsaEncryption 1.2.840.113549.1.1.1 and RSASSA-PSS 1.2.840.113549.1.1.10.
    &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 1, 1],
    &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 1, 10],
];
/// id-ecPublicKey 1.2.840.10045.2.1.
const EC: &[u8] = &[0x2a, 0x86, 0x48, 0xce, 0x3d, 2, 1];
/// prime256v1 1.2.840.10045.3.1.7.
const P256: &[u8] = &[0x2a, 0x86, 0x48, 0xce, 0x3d, 3, 1, 7];
/// secp384r1 1.3.132.0.34.
const P384: &[u8] = &[0x2b, 0x81, 0x04, 0x00, 0x22];
/// secp521r1 1.3.132.0.35.
const P521: &[u8] = &[0x2b, 0x81, 0x04, 0x00, 0x23];
/// id-Ed25519 1.3.101.112 (RFC 8410).
const ED25519: &[u8] = &[0x2b, 0x65, 0x70];

/// A key of a PEM or DER file; nothing for a kind that cannot be used.
fn from_spki(key: der::PublicKey<'_>) -> Option<PublicKey> {
    match key.algorithm {
        algorithm if RSA.contains(&algorithm) => {
            let (modulus, exponent) = der::rsa_numbers(key.key)?;
            rsa(modulus, exponent)
        }
        EC => ec_point(
            if key.curve? == P256 {
                KeyKind::P256
            } else if key.curve? == P384 {
                KeyKind::P384
            } else if key.curve? == P521 {
                KeyKind::P521
            } else {
                return None;
            },
            key.key,
        ),
        ED25519 => ed25519(key.key),
        _ => None,
    }
}

fn rsa(modulus: &[u8], exponent: &[u8]) -> Option<PublicKey> {
    let modulus = &modulus[modulus.iter().take_while(|byte| **byte == 0).count()..];
    let bits = modulus.len() * 8 - modulus.first()?.leading_zeros() as usize;
    (SMALLEST_RSA_BITS..=LARGEST_RSA_BITS)
        .contains(&bits)
        .then(|| PublicKey::new(KeyKind::Rsa { bits }, DecodingKey::from_rsa_raw_components(modulus, exponent)))
}

/// An uncompressed point (SEC 1 s2.3.3).
fn ec_point(kind: KeyKind, point: &[u8]) -> Option<PublicKey> {
    let length = match kind {
        KeyKind::P256 => 32,
        KeyKind::P384 => 48,
        _ => 66,
    };
    let is_whole = point.len() == 1 + 2 * length && point.first() == Some(&4);
    is_whole.then(|| PublicKey::new(kind, DecodingKey::from_ec_der(point)))
}

fn ed25519(key: &[u8]) -> Option<PublicKey> {
    (key.len() == 32).then(|| PublicKey::new(KeyKind::Ed25519, DecodingKey::from_ed_der(key)))
}

impl PublicKey {
    fn new(kind: KeyKind, decoding: DecodingKey) -> Self {
        Self { kind, kid: None, alg: None, decoding }
    }
}

/// The keys of all blocks (RFC 7468), in their order.
fn pem_keys(text: &str) -> Result<Vec<Option<PublicKey>>, KeyFileError> {
    const BEGIN: &str = "-----BEGIN ";
    let mut keys = Vec::new();
    let mut rest = text;
    let mut block = 0;
    while let Some(at) = rest.find(BEGIN) {
        block += 1;
        let after = &rest[at + BEGIN.len()..];
        let broken = |label: &str| KeyFileError::BrokenPem { block, label: visible(label, 40).text };
        let line = after.lines().next().unwrap_or_default();
        let label = line.trim_end().strip_suffix("-----").ok_or_else(|| broken(""))?;
        if label.contains("PRIVATE KEY") {
            return Err(KeyFileError::Private);
        }
        let body = &after[line.len()..];
        let end = format!("-----END {label}-----");
        let length = body.find(&end).ok_or_else(|| broken(label))?;
        rest = &body[length + end.len()..];
        let base64: String = body[..length].split_whitespace().collect();
        let der = STANDARD.decode(base64).map_err(|_| broken(label))?;
        keys.push(match label {
            "PUBLIC KEY" => der::public_key(&der).map(from_spki).ok_or_else(|| broken(label))?,
            "CERTIFICATE" | "X509 CERTIFICATE" | "TRUSTED CERTIFICATE" => {
                der::certified_key(&der).map(from_spki).ok_or_else(|| broken(label))?
            }
            "RSA PUBLIC KEY" => {
                let (modulus, exponent) = der::rsa_numbers(&der).ok_or_else(|| broken(label))?;
                rsa(modulus, exponent)
            }
            _ => None,
        });
    }
    Ok(keys)
}

fn jwks(json: &str) -> Result<(Form, Vec<Option<PublicKey>>), KeyFileError> {
    let broken = |error: &serde_json::Error| KeyFileError::BrokenJson { line: error.line(), column: error.column() };
    let object: Map<String, Value> = serde_json::from_str(json).map_err(|error| broken(&error))?;
    let (form, list) = match object.get("keys") {
        Some(Value::Array(list)) => (Form::JwkSet, list.iter().filter_map(Value::as_object).collect()),
        _ if object.contains_key("kty") => (Form::Jwk, vec![&object]),
        _ => return Err(KeyFileError::NoKey),
    };
    // A private key in a set is a leak, wherever it stands in it.
    if list.iter().any(|jwk| jwk.contains_key("d")) {
        return Err(KeyFileError::Private);
    }
    if !list.is_empty() && list.iter().all(|jwk| text(jwk, "kty") == Some("oct")) {
        return Err(KeyFileError::Symmetric);
    }
    Ok((form, list.into_iter().map(jwk).collect()))
}

fn text<'a>(jwk: &'a Map<String, Value>, name: &str) -> Option<&'a str> {
    jwk.get(name)?.as_str()
}

fn point(x: &[u8], y: &[u8]) -> Vec<u8> {
    [&[4], x, y].concat()
}

/// One key of a set; nothing for a kind that cannot be used, and for one that is not for signatures.
fn jwk(jwk: &Map<String, Value>) -> Option<PublicKey> {
    let number = |name: &str| URL_SAFE_NO_PAD.decode(text(jwk, name)?.trim_end_matches('=')).ok();
    if text(jwk, "use").is_some_and(|used_for| used_for != "sig") {
        return None;
    }
    let key = match (text(jwk, "kty")?, text(jwk, "crv")) {
        ("RSA", _) => rsa(&number("n")?, &number("e")?)?,
        ("EC", Some("P-256")) => ec_point(KeyKind::P256, &point(&number("x")?, &number("y")?))?,
        ("EC", Some("P-384")) => ec_point(KeyKind::P384, &point(&number("x")?, &number("y")?))?,
        ("EC", Some("P-521")) => ec_point(KeyKind::P521, &point(&number("x")?, &number("y")?))?,
        ("OKP", Some("Ed25519")) => ed25519(&number("x")?)?,
        _ => return None,
    };
    let shown = |name: &str| text(jwk, name).map(str::to_owned);
    Some(PublicKey { kid: shown("kid"), alg: shown("alg"), ..key })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;

    fn fault(bytes: &[u8]) -> KeyFileError {
        read(bytes).err().unwrap_or_else(|| panic!("a key was found"))
    }

    fn pem(label: &str, der: &[u8]) -> String {
        format!("-----BEGIN {label}-----\n{}\n-----END {label}-----\n", STANDARD.encode(der))
    }

    #[test]
    fn keys_of_every_kind_are_read_from_pem_and_certificates() {
        let kinds = [
            (&rcgen::PKCS_ECDSA_P256_SHA256, KeyKind::P256),
            (&rcgen::PKCS_ECDSA_P384_SHA384, KeyKind::P384),
            (&rcgen::PKCS_ECDSA_P521_SHA512, KeyKind::P521),
            (&rcgen::PKCS_ED25519, KeyKind::Ed25519),
            (&rcgen::PKCS_RSA_SHA256, KeyKind::Rsa { bits: 2048 }),
        ];
        for (algorithm, kind) in kinds {
            let pair = rcgen::KeyPair::generate_for(algorithm).unwrap();
            let certificate =
                rcgen::CertificateParams::new(vec!["login.example".into()]).unwrap().self_signed(&pair).unwrap();
            for (file, form) in [
                (pair.public_key_pem().into_bytes(), Form::Pem),
                (certificate.pem().into_bytes(), Form::Pem),
                (certificate.der().to_vec(), Form::Der),
            ] {
                let read = read(&file).unwrap();
                assert_eq!((read.keys.len(), read.keys[0].kind, read.form), (1, kind, form));
            }
            assert_eq!(fault(pair.serialize_pem().as_bytes()), KeyFileError::Private);
        }
    }

    #[test]
    fn a_set_is_read_and_what_cannot_be_used_is_counted() {
        let set = json!({"keys": [
            {"kty": "RSA", "kid": "a", "alg": "RS256", "n": URL_SAFE_NO_PAD.encode([0x81; 256]), "e": "AQAB"},
            {"kty": "EC", "crv": "P-256", "kid": "b", "x": URL_SAFE_NO_PAD.encode([1; 32]), "y": URL_SAFE_NO_PAD.encode([2; 32])},
            {"kty": "OKP", "crv": "Ed25519", "x": URL_SAFE_NO_PAD.encode([1; 32])},
            {"kty": "EC", "crv": "secp256k1", "kid": "c", "x": "AA", "y": "AA"},
            {"kty": "RSA", "use": "enc", "n": URL_SAFE_NO_PAD.encode([0x81; 256]), "e": "AQAB"},
        ]});
        let read = read(set.to_string().as_bytes()).unwrap();
        assert_eq!(
            read.summary(),
            "JWK set with 3 keys: RSA key of 2048 bits (kid a), P-256 key (kid b), Ed25519 key; 2 more cannot be used here"
        );
    }

    #[test]
    fn what_is_no_public_key_is_named() {
        assert_eq!(fault(b""), KeyFileError::NoKey);
        assert_eq!(fault(b"hello"), KeyFileError::NoKey);
        assert_eq!(fault(b"{}"), KeyFileError::NoKey);
        assert_eq!(fault(br#"{"keys":[]}"#), KeyFileError::NoKey);
        assert_eq!(fault(b"{\n\"keys\": [}"), KeyFileError::BrokenJson { line: 2, column: 10 });
        assert_eq!(fault(br#"{"kty":"oct","k":"c2VjcmV0"}"#), KeyFileError::Symmetric);
        assert_eq!(fault(br#"{"keys":[{"kty":"RSA","n":"AQ","e":"AQAB","d":"c2VjcmV0"}]}"#), KeyFileError::Private);
        assert_eq!(fault(br#"{"kty":"RSA","n":"AQ","e":"AQAB"}"#), KeyFileError::Unusable);
        let broken = |label: &str| KeyFileError::BrokenPem { block: 1, label: label.into() };
        assert_eq!(fault(b"-----BEGIN PUBLIC KEY-----\nMFk"), broken("PUBLIC KEY"));
        assert_eq!(fault(pem("PUBLIC KEY", b"abc").as_bytes()), broken("PUBLIC KEY"));
        assert_eq!(fault(pem("CERTIFICATE REQUEST", b"abc").as_bytes()), KeyFileError::Unusable);
        assert_eq!(fault(b"-----BEGIN OPENSSH PRIVATE KEY-----\nc2VjcmV0"), KeyFileError::Private);
        assert_eq!(fault(&vec![b' '; FILE_LIMIT as usize + 1]), KeyFileError::TooLarge);
    }

    #[test]
    fn paths_that_lead_nowhere_are_named() {
        let folder = tempfile::tempdir().unwrap();
        assert_eq!(from_file(folder.path()).err(), Some(KeyFileError::NotAFile(folder.path().to_owned())));
        let missing = folder.path().join("missing.pem");
        assert_eq!(from_file(&missing).err(), Some(KeyFileError::NotFound(missing)));
    }

    proptest! {
        #[test]
        fn no_file_makes_it_panic(bytes in any::<Vec<u8>>(), text in any::<String>()) {
            _ = read(&bytes);
            _ = read(pem("PUBLIC KEY", &bytes).as_bytes());
            _ = read(pem("CERTIFICATE", &bytes).as_bytes());
            _ = read(format!("-----BEGIN {text}").as_bytes());
            _ = read(json!({"keys": [{"kty": "RSA", "n": text, "e": "AQAB"}]}).to_string().as_bytes());
        }
    }
}
