//! Checks a signature against the keys of a file: RS, PS and ES with SHA-2, and `EdDSA`.
//!
//! Owns the choice of the key and what a token may ask of it. The file says what kind of key it is; the token's `alg` only chooses
//! among what such a key does, so that a public key can never be taken for an HMAC secret (RFC 8725 s3.1). Refuses `none`
//! and symmetric algorithms. A good signature says who signed, not that the token is accepted.

use aws_lc_rs::signature::{ECDSA_P521_SHA512_FIXED, UnparsedPublicKey};
use jsonwebtoken::Algorithm;

use super::jwt::{Jwt, Part};
use super::key_file::{KeyFile, KeyKind, PublicKey};
use super::visible::visible;

/// A signature that holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Verified {
    pub alg: String,
    pub kind: KeyKind,
    pub kid: Option<String>,
}

/// Why a signature does not hold, or could not be checked.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SignatureFault {
    #[error("Not checked, since the {0} is broken.")]
    Broken(Part),
    #[error("The token is not signed: its signature is empty.")]
    Unsigned,
    #[error("The header names no algorithm (alg), so the signature cannot be checked.")]
    NoAlgorithm,
    #[error("The token says alg “none”: it is not signed, and anybody can have written it.")]
    None,
    #[error(
        "{alg} is symmetric: a public key cannot check it. Only who holds the shared secret can, and can forge it as well."
    )]
    Symmetric { alg: String },
    #[error(
        "The algorithm “{alg}” cannot be checked here. RS, PS and ES with 256 and 384, RS512, PS512 and EdDSA can."
    )]
    UnknownAlgorithm { alg: String },
    #[error(
        "The key file does not know the key “{kid}” that signed the token; it holds {known}. Get the issuer's present keys."
    )]
    UnknownKey { kid: String, known: String },
    #[error("{alg} does not fit the key: the file holds a {kind}. Choose the issuer's key for {alg}.")]
    DoesNotFit { alg: String, kind: KeyKind },
    #[error("The key is for {meant} only, and the token is signed with {alg}.")]
    OtherAlgorithm { alg: String, meant: String },
    #[error(
        "The signature has {found} bytes where {alg} with this key has {expected}: it was cut or is of another key."
    )]
    Length { alg: String, found: usize, expected: usize },
    #[error("The signature does not hold: the token was signed with another key, or was changed since.")]
    Wrong,
    #[error(
        "The signature does not hold with any of the {0} keys that fit: another key signed it, or the token was changed."
    )]
    WrongForAll(usize),
}

/// What an algorithm wants of a key.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Wants {
    Rsa,
    P256,
    P384,
    P521,
    Ed25519,
}

/// Who checks a signature.
#[derive(Clone, Copy)]
enum Scheme {
    Jwt(Algorithm),
    /// jsonwebtoken knows no ES512, so aws-lc-rs beneath it is asked.
    Es512,
}

fn algorithm(name: &str) -> Option<(Scheme, Wants)> {
    let (algorithm, wants) = match name {
        "ES512" => return Some((Scheme::Es512, Wants::P521)),
        "RS256" => (Algorithm::RS256, Wants::Rsa),
        "RS384" => (Algorithm::RS384, Wants::Rsa),
        "RS512" => (Algorithm::RS512, Wants::Rsa),
        "PS256" => (Algorithm::PS256, Wants::Rsa),
        "PS384" => (Algorithm::PS384, Wants::Rsa),
        "PS512" => (Algorithm::PS512, Wants::Rsa),
        "ES256" => (Algorithm::ES256, Wants::P256),
        "ES384" => (Algorithm::ES384, Wants::P384),
        // RFC 8037, and its fully specified name of RFC 9864.
        "EdDSA" | "Ed25519" => (Algorithm::EdDSA, Wants::Ed25519),
        _ => return None,
    };
    Some((Scheme::Jwt(algorithm), wants))
}

impl Scheme {
    fn holds(self, jwt: &Jwt, signature: &[u8], key: &PublicKey) -> bool {
        match self {
            Self::Jwt(algorithm) => {
                jsonwebtoken::crypto::verify(jwt.signature_text(), jwt.signed(), &key.decoding, algorithm)
                    .unwrap_or(false)
            }
            Self::Es512 => key.decoding.try_get_as_bytes().is_ok_and(|point| {
                let key = UnparsedPublicKey::new(&ECDSA_P521_SHA512_FIXED, point);
                key.verify(jwt.signed(), signature).is_ok()
            }),
        }
    }
}

impl Wants {
    fn fits(self, kind: KeyKind) -> bool {
        matches!(
            (self, kind),
            (Self::Rsa, KeyKind::Rsa { .. })
                | (Self::P256, KeyKind::P256)
                | (Self::P384, KeyKind::P384)
                | (Self::P521, KeyKind::P521)
                | (Self::Ed25519, KeyKind::Ed25519)
        )
    }
}

/// How many bytes a signature of this key has (RFC 7518 s3.3 to s3.5, RFC 8037 s3.1).
fn signature_length(kind: KeyKind) -> usize {
    match kind {
        KeyKind::Rsa { bits } => bits.div_ceil(8),
        KeyKind::P256 | KeyKind::Ed25519 => 64,
        KeyKind::P384 => 96,
        KeyKind::P521 => 132,
    }
}

/// Checks the signature of a token.
pub fn verify(jwt: &Jwt, file: &KeyFile) -> Result<Verified, SignatureFault> {
    let header = jwt.header.as_ref().map_err(|_| SignatureFault::Broken(Part::Header))?;
    let signature = jwt.signature.as_ref().map_err(|_| SignatureFault::Broken(Part::Signature))?;
    let name = header.text_of("alg").ok_or(SignatureFault::NoAlgorithm)?;
    let alg = visible(&name, 20).text;
    if name.eq_ignore_ascii_case("none") {
        return Err(SignatureFault::None);
    }
    if is_symmetric(&name) {
        return Err(SignatureFault::Symmetric { alg });
    }
    let (scheme, wants) = algorithm(&name).ok_or_else(|| SignatureFault::UnknownAlgorithm { alg: alg.clone() })?;
    if signature.is_empty() {
        return Err(SignatureFault::Unsigned);
    }
    let candidates = candidates(file, header.text_of("kid").as_deref())?;
    let mut fitting = Vec::new();
    let mut misfit = None;
    for key in candidates {
        if !wants.fits(key.kind) {
            misfit.get_or_insert_with(|| SignatureFault::DoesNotFit { alg: alg.clone(), kind: key.kind });
        } else if let Some(meant) = key.alg.as_ref().filter(|meant| **meant != name) {
            let meant = visible(meant, 20).text;
            misfit.get_or_insert_with(|| SignatureFault::OtherAlgorithm { alg: alg.clone(), meant });
        } else {
            fitting.push(key);
        }
    }
    for key in &fitting {
        if scheme.holds(jwt, signature.bytes(), key) {
            let kid = key.kid.as_ref().map(|kid| visible(kid, 60).text);
            return Ok(Verified { alg, kind: key.kind, kid });
        }
    }
    match (&fitting[..], misfit) {
        ([], Some(misfit)) => Err(misfit),
        ([key], _) if signature.len() != signature_length(key.kind) => {
            Err(SignatureFault::Length { alg, found: signature.len(), expected: signature_length(key.kind) })
        }
        ([] | [_], _) => Err(SignatureFault::Wrong),
        (several, _) => Err(SignatureFault::WrongForAll(several.len())),
    }
}

/// Whether an algorithm is one of shared secrets (RFC 7518 s3.2).
pub(super) fn is_symmetric(alg: &str) -> bool {
    alg.get(..2).is_some_and(|family| family.eq_ignore_ascii_case("HS"))
}

/// The keys that the token's `kid` chooses: those of that name, else those without a name, else none.
fn candidates<'a>(file: &'a KeyFile, kid: Option<&str>) -> Result<Vec<&'a PublicKey>, SignatureFault> {
    let Some(kid) = kid else { return Ok(file.keys.iter().collect()) };
    let chosen: Vec<_> = file.keys.iter().filter(|key| key.kid.as_deref() == Some(kid)).collect();
    if !chosen.is_empty() {
        return Ok(chosen);
    }
    let nameless: Vec<_> = file.keys.iter().filter(|key| key.kid.is_none()).collect();
    if !nameless.is_empty() {
        return Ok(nameless);
    }
    let names: Vec<_> = file.keys.iter().filter_map(|key| key.kid.as_deref()).take(3).collect();
    let mut known = names.iter().map(|name| format!("“{}”", visible(name, 40).text)).collect::<Vec<_>>().join(", ");
    if file.keys.len() > names.len() {
        known = format!("{known} and {} more", file.keys.len() - names.len());
    }
    Err(SignatureFault::UnknownKey { kid: visible(kid, 60).text, known })
}

#[cfg(test)]
mod tests {
    use aws_lc_rs::rand::SystemRandom;
    use aws_lc_rs::signature::{
        ECDSA_P256_SHA256_FIXED_SIGNING, ECDSA_P384_SHA384_FIXED_SIGNING, ECDSA_P521_SHA512_FIXED_SIGNING,
        EcdsaKeyPair, Ed25519KeyPair, KeyPair as _, RSA_PKCS1_SHA256, RSA_PKCS1_SHA384, RSA_PKCS1_SHA512,
        RSA_PSS_SHA256, RSA_PSS_SHA384, RSA_PSS_SHA512, RsaKeyPair,
    };
    use base64::Engine;
    use base64::engine::general_purpose::URL_SAFE_NO_PAD;
    use serde_json::json;

    use super::*;
    use crate::inspect::{jwt, key_file};

    const RSA_ALGS: [&str; 6] = ["RS256", "RS384", "RS512", "PS256", "PS384", "PS512"];

    fn pair(alg: &str) -> rcgen::KeyPair {
        let algorithm = match alg {
            "ES256" => &rcgen::PKCS_ECDSA_P256_SHA256,
            "ES384" => &rcgen::PKCS_ECDSA_P384_SHA384,
            "ES512" => &rcgen::PKCS_ECDSA_P521_SHA512,
            "EdDSA" => &rcgen::PKCS_ED25519,
            _ => &rcgen::PKCS_RSA_SHA256,
        };
        rcgen::KeyPair::generate_for(algorithm).unwrap()
    }

    /// A token that `pair` really signed.
    fn sign(pair: &rcgen::KeyPair, header: &serde_json::Value) -> String {
        let alg = header["alg"].as_str().unwrap();
        let payload = URL_SAFE_NO_PAD.encode(r#"{"iss":"https://login.example","exp":1795530401}"#);
        let signed = format!("{}.{payload}", URL_SAFE_NO_PAD.encode(header.to_string()));
        let (pkcs8, message, random) = (pair.serialize_der(), signed.as_bytes(), SystemRandom::new());
        let signature = match alg {
            "ES256" | "ES384" | "ES512" => {
                let algorithm = match alg {
                    "ES256" => &ECDSA_P256_SHA256_FIXED_SIGNING,
                    "ES384" => &ECDSA_P384_SHA384_FIXED_SIGNING,
                    _ => &ECDSA_P521_SHA512_FIXED_SIGNING,
                };
                let key = EcdsaKeyPair::from_pkcs8(algorithm, &pkcs8).unwrap();
                key.sign(&random, message).unwrap().as_ref().to_vec()
            }
            "EdDSA" => Ed25519KeyPair::from_pkcs8(&pkcs8).unwrap().sign(message).as_ref().to_vec(),
            _ => {
                let encoding: &dyn aws_lc_rs::signature::RsaEncoding = match alg {
                    "RS256" => &RSA_PKCS1_SHA256,
                    "RS384" => &RSA_PKCS1_SHA384,
                    "RS512" => &RSA_PKCS1_SHA512,
                    "PS256" => &RSA_PSS_SHA256,
                    "PS384" => &RSA_PSS_SHA384,
                    _ => &RSA_PSS_SHA512,
                };
                let key = RsaKeyPair::from_pkcs8(&pkcs8).unwrap();
                let mut signature = vec![0; key.public_modulus_len()];
                key.sign(encoding, &random, message, &mut signature).unwrap();
                signature
            }
        };
        format!("{signed}.{}", URL_SAFE_NO_PAD.encode(signature))
    }

    fn pem(pair: &rcgen::KeyPair) -> KeyFile {
        key_file::read(pair.public_key_pem().as_bytes()).unwrap()
    }

    fn set(keys: &[serde_json::Value]) -> KeyFile {
        key_file::read(json!({"keys": keys}).to_string().as_bytes()).unwrap()
    }

    /// The public half of an RSA key as a JWK.
    fn rsa_jwk(pair: &rcgen::KeyPair, kid: &str) -> serde_json::Value {
        let key = RsaKeyPair::from_pkcs8(&pair.serialize_der()).unwrap();
        let public = key.public_key();
        let number = |bytes: &[u8]| URL_SAFE_NO_PAD.encode(bytes);
        json!({
            "kty": "RSA", "use": "sig", "kid": kid,
            "n": number(public.modulus().big_endian_without_leading_zero()),
            "e": number(public.exponent().big_endian_without_leading_zero()),
        })
    }

    fn check(token: &str, file: &KeyFile) -> Result<Verified, SignatureFault> {
        verify(&jwt::decode(token.into()).unwrap_or_else(|fault| panic!("{fault}")), file)
    }

    #[test]
    fn every_algorithm_holds_with_its_key_and_not_with_another() {
        let rsa = [pair("RS256"), pair("RS256")];
        for alg in RSA_ALGS {
            let token = sign(&rsa[0], &json!({"alg": alg}));
            assert_eq!(check(&token, &pem(&rsa[0])).unwrap().kind, KeyKind::Rsa { bits: 2048 }, "{alg}");
            assert_eq!(check(&token, &pem(&rsa[1])), Err(SignatureFault::Wrong), "{alg}");
        }
        for alg in ["ES256", "ES384", "ES512", "EdDSA"] {
            let pairs = [pair(alg), pair(alg)];
            let token = sign(&pairs[0], &json!({"alg": alg}));
            assert_eq!(check(&token, &pem(&pairs[0])).unwrap().alg, alg);
            assert_eq!(check(&token, &pem(&pairs[1])), Err(SignatureFault::Wrong), "{alg}");
        }
    }

    #[test]
    fn a_certificate_serves_as_well_as_a_key() {
        let pair = pair("ES256");
        let certificate = rcgen::CertificateParams::new(vec!["x".into()]).unwrap().self_signed(&pair).unwrap();
        let file = key_file::read(certificate.pem().as_bytes()).unwrap();
        assert!(check(&sign(&pair, &json!({"alg": "ES256"})), &file).is_ok());
    }

    #[test]
    fn one_changed_letter_anywhere_breaks_it() {
        let pair = pair("EdDSA");
        let token = sign(&pair, &json!({"alg": "EdDSA"}));
        let changed = token.replacen("eyJpc3M", "eyJpc3N", 1);
        assert_ne!(changed, token);
        assert_eq!(check(&changed, &pem(&pair)), Err(SignatureFault::Wrong));
        let (signed, signature) = token.rsplit_once('.').unwrap();
        let whole = URL_SAFE_NO_PAD.decode(signature).unwrap();
        let cut = format!("{signed}.{}", URL_SAFE_NO_PAD.encode(&whole[..61]));
        assert_eq!(
            check(&cut, &pem(&pair)),
            Err(SignatureFault::Length { alg: "EdDSA".into(), found: 61, expected: 64 })
        );
    }

    #[test]
    fn the_token_cannot_choose_how_the_key_is_used() {
        let rsa = pair("RS256");
        let payload = URL_SAFE_NO_PAD.encode("{}");
        let header = |alg: &str| URL_SAFE_NO_PAD.encode(json!({"alg": alg}).to_string());
        // The classic forgery: the public key, known to all, as the secret of an HMAC.
        let signed = format!("{}.{payload}", header("HS256"));
        let secret = aws_lc_rs::hmac::Key::new(aws_lc_rs::hmac::HMAC_SHA256, rsa.public_key_pem().as_bytes());
        let forged = format!("{signed}.{}", URL_SAFE_NO_PAD.encode(aws_lc_rs::hmac::sign(&secret, signed.as_bytes())));
        assert_eq!(check(&forged, &pem(&rsa)), Err(SignatureFault::Symmetric { alg: "HS256".into() }));
        for alg in ["none", "None", "NONE"] {
            assert_eq!(check(&format!("{}.{payload}.", header(alg)), &pem(&rsa)), Err(SignatureFault::None));
        }
        assert_eq!(check(&format!("{}.{payload}.", header("RS256")), &pem(&rsa)), Err(SignatureFault::Unsigned));
        assert!(matches!(
            check(&format!("{}.{payload}.AAAA", header("ES256K")), &pem(&rsa)),
            Err(SignatureFault::UnknownAlgorithm { .. })
        ));
        let es = sign(&pair("ES256"), &json!({"alg": "ES256"}));
        assert_eq!(
            check(&es, &pem(&rsa)),
            Err(SignatureFault::DoesNotFit { alg: "ES256".into(), kind: KeyKind::Rsa { bits: 2048 } })
        );
        assert!(matches!(check(&es, &pem(&pair("ES384"))), Err(SignatureFault::DoesNotFit { .. })));
    }

    #[test]
    fn the_key_id_chooses_among_the_keys_of_a_set() {
        let pairs = [pair("RS256"), pair("RS256")];
        let file = set(&[rsa_jwk(&pairs[0], "a"), rsa_jwk(&pairs[1], "b")]);
        let by = |index: usize, header: serde_json::Value| check(&sign(&pairs[index], &header), &file);
        assert_eq!(by(1, json!({"alg": "RS256", "kid": "b"})).unwrap().kid.as_deref(), Some("b"));
        assert_eq!(by(1, json!({"alg": "RS256", "kid": "a"})), Err(SignatureFault::Wrong), "no other key is tried");
        assert_eq!(by(1, json!({"alg": "RS256"})).unwrap().kid.as_deref(), Some("b"), "without an id, each is tried");
        let unknown = by(0, json!({"alg": "RS256", "kid": "c"})).unwrap_err().to_string();
        assert!(unknown.contains("“c”") && unknown.contains("“a”, “b”"), "{unknown}");
        let other = check(&sign(&pair("RS256"), &json!({"alg": "RS256"})), &file);
        assert_eq!(other, Err(SignatureFault::WrongForAll(2)));
    }

    #[test]
    fn a_key_for_one_algorithm_serves_no_other() {
        let pair = pair("RS256");
        let mut jwk = rsa_jwk(&pair, "a");
        jwk["alg"] = json!("RS256");
        let token = sign(&pair, &json!({"alg": "PS256", "kid": "a"}));
        assert_eq!(
            check(&token, &set(&[jwk])),
            Err(SignatureFault::OtherAlgorithm { alg: "PS256".into(), meant: "RS256".into() })
        );
    }
}
