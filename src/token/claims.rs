//! Reads a JWT (RFC 7519) for display only. Nothing here decides whether a token is used: the server does.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use secrecy::{ExposeSecret, SecretString};
use serde_json::{Map, Value};

/// The readable parts of a JWT. The signature is left out, so that this cannot be put together to a token again.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Claims {
    /// The JOSE header: algorithm, key id and so on.
    pub header: Map<String, Value>,
    /// The claims in the order in which the server wrote them.
    pub claims: Map<String, Value>,
}

/// Decodes a JWT's header and claims; `None` when the token is opaque, which RFC 6749 s1.4 allows.
pub fn read(token: &SecretString) -> Option<Claims> {
    let mut parts = token.expose_secret().split('.');
    let (header, claims, _signature) = (parts.next()?, parts.next()?, parts.next()?);
    if parts.next().is_some() {
        return None;
    }
    Some(Claims { header: object(header)?, claims: object(claims)? })
}

fn object(part: &str) -> Option<Map<String, Value>> {
    let bytes = URL_SAFE_NO_PAD.decode(part).ok()?;
    serde_json::from_slice(&bytes).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_jwt_is_decoded_and_an_opaque_token_is_not() {
        let header = URL_SAFE_NO_PAD.encode(r#"{"alg":"RS256","kid":"k1"}"#);
        let claims = URL_SAFE_NO_PAD.encode(r#"{"iss":"x","exp":17}"#);
        let read_back = read(&format!("{header}.{claims}.c2ln").into()).unwrap();
        assert_eq!(read_back.header["kid"], "k1");
        assert_eq!(read_back.claims.keys().collect::<Vec<_>>(), ["iss", "exp"]);
        for opaque in ["", "abc", "a.b.c", "a.b.c.d", &format!("{header}.{claims}")] {
            assert_eq!(read(&opaque.into()), None, "{opaque}");
        }
    }
}
