//! Owns the sandbox's key pair and its tokens: issuing them, checking them, and the public half for others to check with.
//! Refuses to remember a token: what a check needs is in the token, so memory does not grow with the number issued.
//! Never reads a clock.

use std::fmt;

use aws_lc_rs::{
    digest, hmac,
    rand::{self, SystemRandom},
    rsa::{KeyPair, KeySize},
    signature::{KeyPair as _, RSA_PKCS1_SHA256},
};
use base64::{Engine as _, prelude::BASE64_URL_SAFE_NO_PAD};
use jiff::Timestamp;
use jsonwebtoken::{Algorithm, DecodingKey, Validation};
use serde::{Deserialize, Serialize};
use serde_json::json;

/// The claims of a sandbox token. All but `sandbox_epoch` are registered names or common ones (RFC 7519 section 4.1,
/// RFC 9068 section 2.2); the vendor documents none of them, so they are invented.
#[derive(Debug, Serialize, Deserialize, PartialEq)]
pub struct Claims {
    pub iss: String,
    pub sub: String,
    pub aud: String,
    pub tenant: String,
    pub scope: String,
    /// Seconds since 1970 UTC, as are `nbf` and `exp`.
    pub iat: i64,
    pub nbf: i64,
    pub exp: i64,
    pub jti: String,
    /// Which epoch of the sandbox issued it: revoking the key or expiring all tokens starts a new one.
    pub sandbox_epoch: u64,
}

/// How a token is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    /// A JWT signed with RS256, as in the vendor's sample.
    Jwt,
    /// The same claims as a string in which a client finds no JWT.
    Opaque,
}

/// Not a token that this sandbox issued, or one that was changed since.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
#[error("the access token was not issued by this sandbox, or was changed on the way; ask for a new one")]
pub struct InvalidToken;

/// The library could not make or use a key; it says no more than that.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
#[error("the cryptography library could not make or use a key; start the program again")]
pub struct CryptoError;

impl From<aws_lc_rs::error::Unspecified> for CryptoError {
    fn from(_: aws_lc_rs::error::Unspecified) -> Self {
        Self
    }
}

/// Who issues tokens, for whom. The private key never leaves the library that made it.
pub struct Issuer {
    origin: String,
    key_pair: KeyPair,
    key_id: String,
    verifying: DecodingKey,
    validation: Validation,
    opaque: hmac::Key,
}

/// What stands before an opaque token, so that a reader of a log knows where it came from.
const OPAQUE_PREFIX: &str = "sandbox_";
const TENANT: &str = "demo-retail";
const SCOPE: &str = "prices:read pricelists:read";

impl Issuer {
    /// Makes a new RSA-2048 key pair, which takes a tenth of a second of CPU or more: not for an async task.
    /// `origin` becomes the issuer and the audience of every token.
    pub fn generate(origin: String) -> Result<Self, CryptoError> {
        let key_pair = KeyPair::generate(KeySize::Rsa2048)?;
        let public = key_pair.public_key().as_ref();
        let print = digest::digest(&digest::SHA256, public);
        let key_id = format!("sandbox-{}", hex(&print.as_ref()[..4]));
        let verifying = DecodingKey::from_rsa_der(public);
        let mut validation = Validation::new(Algorithm::RS256);
        validation.set_issuer(&[&origin]);
        validation.set_audience(&[&origin]);
        validation.set_required_spec_claims(&["iss", "aud", "sub", "exp"]);
        // The library would read the system's clock; this server's clock may be made to differ from it.
        validation.validate_exp = false;
        let opaque = hmac::Key::generate(hmac::HMAC_SHA256, &SystemRandom::new())?;
        Ok(Self { origin, key_pair, key_id, verifying, validation, opaque })
    }

    /// Issues a token that lives `lifetime_secs` from `now`.
    pub fn issue(&self, client_id: &str, grant: &Grant) -> Result<String, CryptoError> {
        let now = grant.now.as_second();
        let claims = Claims {
            iss: self.origin.clone(),
            sub: client_id.to_owned(),
            aud: self.origin.clone(),
            tenant: TENANT.to_owned(),
            scope: SCOPE.to_owned(),
            iat: now,
            nbf: now,
            exp: now.saturating_add_unsigned(grant.lifetime_secs),
            jti: random_hex(16)?,
            sandbox_epoch: grant.epoch,
        };
        let payload = serde_json::to_vec(&claims).map_err(|_| CryptoError)?;
        match grant.form {
            Form::Jwt => self.sign_jwt(&payload),
            Form::Opaque => {
                let tag = hmac::sign(&self.opaque, &payload);
                Ok(format!("{OPAQUE_PREFIX}{}", BASE64_URL_SAFE_NO_PAD.encode([tag.as_ref(), &payload].concat())))
            }
        }
    }

    /// Reads a token that this issuer signed. Whether it is still good is the caller's to say: see [`Claims::is_expired`].
    pub fn verify(&self, token: &str) -> Result<Claims, InvalidToken> {
        let Some(opaque) = token.strip_prefix(OPAQUE_PREFIX) else {
            return jsonwebtoken::decode(token, &self.verifying, &self.validation)
                .map(|read| read.claims)
                .map_err(|_| InvalidToken);
        };
        let sealed = BASE64_URL_SAFE_NO_PAD.decode(opaque).map_err(|_| InvalidToken)?;
        let (tag, payload) = sealed.split_at_checked(digest::SHA256_OUTPUT_LEN).ok_or(InvalidToken)?;
        hmac::verify(&self.opaque, payload, tag).map_err(|_| InvalidToken)?;
        serde_json::from_slice(payload).map_err(|_| InvalidToken)
    }

    /// The public key as a JWK set (RFC 7517 section 5), as JSON text.
    pub fn jwks(&self) -> String {
        let public = self.key_pair.public_key();
        let number = |bytes: &[u8]| BASE64_URL_SAFE_NO_PAD.encode(bytes);
        json!({"keys": [{
            "kty": "RSA",
            "use": "sig",
            "alg": "RS256",
            "kid": self.key_id,
            "n": number(public.modulus().big_endian_without_leading_zero()),
            "e": number(public.exponent().big_endian_without_leading_zero()),
        }]})
        .to_string()
    }

    fn sign_jwt(&self, payload: &[u8]) -> Result<String, CryptoError> {
        let header = json!({"alg": "RS256", "typ": "JWT", "kid": self.key_id}).to_string();
        let signed = format!("{}.{}", BASE64_URL_SAFE_NO_PAD.encode(header), BASE64_URL_SAFE_NO_PAD.encode(payload));
        let mut signature = vec![0; self.key_pair.public_modulus_len()];
        self.key_pair.sign(&RSA_PKCS1_SHA256, &SystemRandom::new(), signed.as_bytes(), &mut signature)?;
        Ok(format!("{signed}.{}", BASE64_URL_SAFE_NO_PAD.encode(signature)))
    }
}

impl fmt::Debug for Issuer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Issuer").field("origin", &self.origin).field("key_id", &self.key_id).finish_non_exhaustive()
    }
}

/// What a new token is to be.
#[derive(Clone, Copy, Debug)]
pub struct Grant {
    pub now: Timestamp,
    pub lifetime_secs: u64,
    pub epoch: u64,
    pub form: Form,
}

impl Claims {
    /// Claims are whole seconds, so a token serves to the end of the second named by `exp`: never shorter than its
    /// `expires_in`. `nbf` is not looked at: it is always the moment of issue, and could only be in the future because
    /// the clock was set back since.
    pub fn is_expired(&self, now: Timestamp) -> bool {
        now.as_second() > self.exp
    }
}

/// Random bytes as lower-case hexadecimal, two characters a byte.
pub fn random_hex(bytes: usize) -> Result<String, CryptoError> {
    let mut drawn = vec![0; bytes];
    rand::fill(&mut drawn)?;
    Ok(hex(&drawn))
}

fn hex(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    bytes.iter().flat_map(|byte| [byte >> 4, byte & 15]).map(|digit| char::from(DIGITS[usize::from(digit)])).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const CLIENT: &str = "a1b2c3d4e5f6a1b2c3d4e5f6";

    fn issuer() -> Issuer {
        Issuer::generate("http://127.0.0.1:1".to_owned()).unwrap()
    }

    fn grant(form: Form) -> Grant {
        Grant { now: Timestamp::from_second(1_795_526_801).unwrap(), lifetime_secs: 3600, epoch: 4, form }
    }

    #[test]
    fn a_token_of_either_form_reads_back() {
        let issuer = issuer();
        for form in [Form::Jwt, Form::Opaque] {
            let token = issuer.issue(CLIENT, &grant(form)).unwrap();
            let claims = issuer.verify(&token).unwrap();
            assert_eq!(claims.sub, CLIENT);
            assert_eq!((claims.iat, claims.nbf, claims.exp), (1_795_526_801, 1_795_526_801, 1_795_530_401));
            assert_eq!(claims.sandbox_epoch, 4);
        }
    }

    #[test]
    fn an_opaque_token_holds_no_dot_so_nobody_takes_it_for_a_jwt() {
        assert!(!issuer().issue(CLIENT, &grant(Form::Opaque)).unwrap().contains('.'));
    }

    #[test]
    fn a_changed_or_foreign_token_is_refused() {
        let (issuer, other) = (issuer(), issuer());
        for form in [Form::Jwt, Form::Opaque] {
            let token = issuer.issue(CLIENT, &grant(form)).unwrap();
            assert_eq!(other.verify(&token), Err(InvalidToken));
            for at in [OPAQUE_PREFIX.len() + 4, token.len() / 2, token.len() - 10] {
                let mut changed = token.clone().into_bytes();
                changed[at] = if changed[at] == b'A' { b'B' } else { b'A' };
                assert_eq!(issuer.verify(&String::from_utf8(changed).unwrap()), Err(InvalidToken));
            }
        }
        assert_eq!(issuer.verify(""), Err(InvalidToken));
        assert_eq!(issuer.verify(OPAQUE_PREFIX), Err(InvalidToken));
    }

    #[test]
    fn a_token_without_a_signature_is_refused() {
        let issuer = issuer();
        let token = issuer.issue(CLIENT, &grant(Form::Jwt)).unwrap();
        let payload = token.split('.').nth(1).unwrap();
        let header = BASE64_URL_SAFE_NO_PAD.encode(r#"{"alg":"none","typ":"JWT"}"#);
        assert_eq!(issuer.verify(&format!("{header}.{payload}.")), Err(InvalidToken));
    }

    #[test]
    fn a_token_serves_until_its_last_second_is_over() {
        let issuer = issuer();
        let claims = issuer.verify(&issuer.issue(CLIENT, &grant(Form::Jwt)).unwrap()).unwrap();
        assert!(!claims.is_expired(Timestamp::from_second(1_795_530_401).unwrap()));
        assert!(claims.is_expired(Timestamp::from_second(1_795_530_402).unwrap()));
    }

    #[test]
    fn an_absurd_lifetime_does_not_overflow() {
        let issuer = issuer();
        let token = issuer.issue(CLIENT, &Grant { lifetime_secs: u64::MAX, ..grant(Form::Jwt) }).unwrap();
        assert_eq!(issuer.verify(&token).unwrap().exp, i64::MAX);
    }

    #[test]
    fn debug_shows_no_key() {
        let shown = format!("{:?}", issuer());
        assert!(shown.contains("key_id") && !shown.contains("RSA"), "{shown}");
    }
}
