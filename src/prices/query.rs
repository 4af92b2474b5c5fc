//! What is asked of the price endpoint: one SKU and any further query parameters.
//!
//! Owns the encoding of the request's URL, so that every SKU reaches the server byte for byte, and the rules for
//! what may stand in it. Refuses anything that would put a secret or a token into a URL.

use std::borrow::Cow;
use std::fmt::Write as _;

use url::Url;

/// One question to the price endpoint. It can only be built from a SKU and parameters that are fit to be sent.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct PriceQuery {
    sku: String,
    parameters: Vec<(String, String)>,
}

/// Why a query cannot be sent.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum QueryError {
    #[error("The SKU is empty: type the SKU that you want the price of.")]
    EmptySku,
    #[error("The SKU is not UTF-8 text, so it cannot be told what it is: save the list as UTF-8.")]
    NotUtf8,
    #[error("The line is {length} bytes long, which no SKU is: check that the list has one SKU a line.")]
    TooLong {
        /// In bytes.
        length: u64,
    },
    #[error(
        "The SKU holds a line break at character {position}: look up one SKU at a time, or use a batch for a list."
    )]
    LineBreakInSku { position: usize },
    #[error(
        "The SKU holds the invisible control character U+{code:04X} at character {position}: delete it and try again."
    )]
    ControlInSku { position: usize, code: u32 },
    #[error(
        "The SKU field holds what looks like a client secret or a token, which must not go into a URL: type a SKU."
    )]
    SecretAsSku,
    #[error("“{given}” is not a parameter: write it as name=value, for example tax_area=SE.")]
    NotNameValue { given: String },
    #[error("A query parameter has no name: write it as name=value, for example tax_area=SE.")]
    EmptyName,
    #[error(
        "The query parameter “{name}” holds the invisible control character U+{code:04X}: delete it and try again."
    )]
    ControlInParameter { name: String, code: u32 },
    #[error("The query parameter “{name}” would replace the SKU: leave it out, the SKU is sent already.")]
    SkuTwice { name: String },
    #[error(
        "The query parameter “{name}” is not sent, because a URL must never hold a secret or a token: leave it out, the \
         key of the profile is sent as a header."
    )]
    SecretName { name: String },
    #[error(
        "The value of the query parameter “{name}” looks like a client secret or a token, which must not go into a URL: \
         leave it out."
    )]
    SecretValue { name: String },
    #[error(
        "The API URL holds a user name, a password or a parameter that could be a secret: correct the API URL of this \
         profile."
    )]
    SecretInApiUrl,
    #[error("The API URL already names a SKU in its query: take “sku” out of the API URL of this profile.")]
    SkuInApiUrl,
    #[error("The API URL is not one that a path can be added to: give one such as https://api.quantaprice.com/api/v1.")]
    NotABase,
}

impl PriceQuery {
    /// A question for the price of `sku`. The SKU is taken as it is, white space at its ends included.
    ///
    /// # Errors
    /// A blank SKU, control characters, a parameter that would replace the SKU, or anything that looks like a secret.
    pub fn new(sku: impl Into<String>, parameters: Vec<(String, String)>) -> Result<Self, QueryError> {
        let sku = sku.into();
        check_sku(&sku)?;
        for (name, value) in &parameters {
            check_parameter(name, value)?;
        }
        Ok(Self { sku, parameters })
    }

    /// The SKU, byte for byte as it was given.
    pub fn sku(&self) -> &str {
        &self.sku
    }

    /// The further query parameters, in the order in which they are sent.
    pub fn parameters(&self) -> &[(String, String)] {
        &self.parameters
    }

    /// The address of this question under an API base: the path `prices` below the base's own path, and `sku` and the
    /// parameters behind the base's own query (vendor page "Authentication", step 2).
    ///
    /// Everything but RFC 3986's unreserved characters is percent-encoded, a space as `%20`: a `+` is read as a space
    /// by some servers and as a plus by others.
    ///
    /// # Errors
    /// An API URL that holds credentials, that names a SKU itself, or that no path can be added to.
    pub fn url(&self, api_url: &Url) -> Result<Url, QueryError> {
        check_api_url(api_url)?;
        let mut url = api_url.clone();
        url.set_fragment(None);
        url.path_segments_mut().map_err(|()| QueryError::NotABase)?.pop_if_empty().push("prices");

        let mut query = api_url.query().unwrap_or_default().trim_end_matches('&').to_owned();
        let sku = ("sku", self.sku.as_str());
        let parameters = self.parameters.iter().map(|(name, value)| (name.as_str(), value.as_str()));
        for (name, value) in std::iter::once(sku).chain(parameters) {
            if !query.is_empty() {
                query.push('&');
            }
            encode_into(&mut query, name);
            query.push('=');
            encode_into(&mut query, value);
        }
        url.set_query(Some(&query));
        Ok(url)
    }
}

/// Reads one `name=value` as it is typed on the command line. The value may be empty and may hold further `=`.
///
/// # Errors
/// No `=`, no name, or a parameter that [`PriceQuery::new`] refuses.
pub fn parse_parameter(text: &str) -> Result<(String, String), QueryError> {
    let Some((name, value)) = text.split_once('=') else {
        // What was typed is shown only where it cannot be a secret.
        let given = super::shown::one_line(&without_secret(text));
        return Err(QueryError::NotNameValue { given });
    };
    check_parameter(name, value)?;
    Ok((name.to_owned(), value.to_owned()))
}

fn check_sku(sku: &str) -> Result<(), QueryError> {
    if sku.trim().is_empty() {
        return Err(QueryError::EmptySku);
    }
    // First: the other sentences go with the text as it is.
    if looks_secret(sku) {
        return Err(QueryError::SecretAsSku);
    }
    if let Some((index, found)) = sku.chars().enumerate().find(|(_, c)| c.is_control()) {
        let position = index + 1;
        return Err(match found {
            '\n' | '\r' => QueryError::LineBreakInSku { position },
            _ => QueryError::ControlInSku { position, code: found.into() },
        });
    }
    Ok(())
}

fn check_parameter(name: &str, value: &str) -> Result<(), QueryError> {
    let shown = || super::shown::one_line(&without_secret(name));
    if name.trim().is_empty() {
        return Err(QueryError::EmptyName);
    }
    if let Some(found) = name.chars().chain(value.chars()).find(|c| c.is_control()) {
        return Err(QueryError::ControlInParameter { name: shown(), code: found.into() });
    }
    if is_sku_name(name) {
        return Err(QueryError::SkuTwice { name: shown() });
    }
    if is_secret_name(name) {
        return Err(QueryError::SecretName { name: shown() });
    }
    if looks_secret(name) {
        return Err(QueryError::SecretName { name: "…".to_owned() });
    }
    if looks_secret(value) { Err(QueryError::SecretValue { name: shown() }) } else { Ok(()) }
}

fn check_api_url(api_url: &Url) -> Result<(), QueryError> {
    if api_url.cannot_be_a_base() {
        return Err(QueryError::NotABase);
    }
    if !api_url.username().is_empty() || api_url.password().is_some() {
        return Err(QueryError::SecretInApiUrl);
    }
    for (name, value) in api_url.query_pairs() {
        if is_sku_name(&name) {
            return Err(QueryError::SkuInApiUrl);
        }
        if is_secret_name(&name) || looks_secret(&value) {
            return Err(QueryError::SecretInApiUrl);
        }
    }
    Ok(())
}

fn is_sku_name(name: &str) -> bool {
    name.trim().eq_ignore_ascii_case("sku")
}

/// Whether a parameter's name says that its value is a secret, in any spelling: `access_token`, `Access-Token`.
fn is_secret_name(name: &str) -> bool {
    const SECRET: [&str; 13] = [
        "accesstoken",
        "apikey",
        "assertion",
        "authorization",
        "bearer",
        "clientassertion",
        "clientsecret",
        "idtoken",
        "password",
        "refreshtoken",
        "secret",
        "secretkey",
        "token",
    ];
    let plain: String = name.chars().filter(char::is_ascii_alphanumeric).map(|c| c.to_ascii_lowercase()).collect();
    SECRET.contains(&plain.as_str())
}

/// How many hexadecimal digits in a row are a client secret (vendor page "Creating an API Key").
const SECRET_DIGITS: usize = 64;
/// No JWT is shorter: its header alone names an algorithm (RFC 7515 section 4.1.1).
const SHORTEST_TOKEN: usize = 20;
/// How each JWT begins: `{"` in base64url.
const TOKEN_START: &str = "eyJ";

/// Whether a text holds a client secret or a JWT, be it beside other text, as pasted by mistake: the one test for all that is sent
/// or shown. Nothing else is that long, so little is looked at closely.
pub(crate) fn looks_secret(text: &str) -> bool {
    if text.len() < SHORTEST_TOKEN {
        return false;
    }
    let has_digits = || text.as_bytes().split(|b| !b.is_ascii_hexdigit()).any(|run| run.len() >= SECRET_DIGITS);
    (text.len() >= SECRET_DIGITS && has_digits())
        || text.match_indices(TOKEN_START).any(|(at, _)| is_token(&text[at..]))
}

/// Whether a text begins with three parts of base64url with points between them (RFC 7519 section 3).
fn is_token(text: &str) -> bool {
    let is_part = |b: u8| b.is_ascii_alphanumeric() || b == b'-' || b == b'_';
    let end = text.bytes().position(|b| !is_part(b) && b != b'.').unwrap_or(text.len());
    let mut parts = text[..end].split('.');
    let (header, claims, signature) = (parts.next(), parts.next(), parts.next());
    end >= SHORTEST_TOKEN
        && [header, claims].iter().all(|part| part.is_some_and(|part| !part.is_empty()))
        && signature.is_some()
}

/// The text, or how long it is where it holds a secret: what lists, answers and sentences show of it.
pub fn without_secret(text: &str) -> Cow<'_, str> {
    if looks_secret(text) {
        Cow::Owned(format!("Hidden: {} characters", text.chars().count()))
    } else {
        Cow::Borrowed(text)
    }
}

fn encode_into(query: &mut String, text: &str) {
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_' | b'~') {
            query.push(char::from(byte));
        } else {
            // Writing to a String cannot fail.
            let _ = write!(query, "%{byte:02X}");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn base(text: &str) -> Url {
        Url::parse(text).unwrap()
    }

    fn url_of(sku: &str, api_url: &str) -> String {
        PriceQuery::new(sku, vec![]).unwrap().url(&base(api_url)).unwrap().into()
    }

    #[test]
    fn the_documented_url_is_built_as_the_vendor_writes_it() {
        let expected = "https://api.quantaprice.com/api/v1/prices?sku=PRODUCT-001";
        assert_eq!(url_of("PRODUCT-001", "https://api.quantaprice.com/api/v1"), expected);
        assert_eq!(url_of("PRODUCT-001", "https://api.quantaprice.com/api/v1/"), expected);
        assert_eq!(url_of("X", "https://api.example"), "https://api.example/prices?sku=X");
    }

    #[test]
    fn a_base_keeps_its_own_path_and_query_and_loses_its_fragment() {
        assert_eq!(
            url_of("A", "https://h.example/t%20x/v9?tenant=7#top"),
            "https://h.example/t%20x/v9/prices?tenant=7&sku=A"
        );
    }

    #[test]
    fn p1_awkward_skus_are_encoded_byte_for_byte() {
        for (sku, encoded) in [
            ("00012345", "00012345"),
            ("KABEL 3×1,5 m", "KABEL%203%C3%971%2C5%20m"),
            ("A/B+C#7&d=%20?", "A%2FB%2BC%237%26d%3D%2520%3F"),
            ("👩‍🔧", "%F0%9F%91%A9%E2%80%8D%F0%9F%94%A7"),
            (" a ", "%20a%20"),
            ("'\"$`\\", "%27%22%24%60%5C"),
        ] {
            assert_eq!(url_of(sku, "https://h.example"), format!("https://h.example/prices?sku={encoded}"), "{sku}");
        }
    }

    #[test]
    fn parameters_follow_the_sku_in_their_order() {
        let parameters = vec![parse_parameter("tax_area=SE").unwrap(), parse_parameter("as of=a=b&c").unwrap()];
        let url = PriceQuery::new("A", parameters).unwrap().url(&base("https://h.example")).unwrap();
        assert_eq!(url.as_str(), "https://h.example/prices?sku=A&tax_area=SE&as%20of=a%3Db%26c");
    }

    #[test]
    fn each_unfit_sku_is_refused_with_its_own_sentence() {
        for (sku, expected) in [
            ("", QueryError::EmptySku),
            (" \u{a0}", QueryError::EmptySku),
            ("A\nB", QueryError::LineBreakInSku { position: 2 }),
            ("A\u{0}", QueryError::ControlInSku { position: 2, code: 0 }),
            ("ä\u{85}", QueryError::ControlInSku { position: 2, code: 0x85 }),
            (&"0123456789abcdeF".repeat(4), QueryError::SecretAsSku),
            ("eyJhbGciOiJSUzI1NiJ9.eyJleHAiOjF9.c2ln", QueryError::SecretAsSku),
        ] {
            assert_eq!(PriceQuery::new(sku, vec![]), Err(expected), "{sku:?}");
        }
    }

    #[test]
    fn h7_a_secret_is_found_beside_other_text_and_shown_as_its_length() {
        let secret = "0a".repeat(32);
        let token = "eyJhbGciOiJSUzI1NiJ9.eyJleHAiOjF9.c2ln";
        for text in [
            format!("QUANTAPRICE_CLIENT_SECRET={secret}"),
            format!("secret\t\"{secret}\""),
            format!("Authorization: Bearer {token}"),
            format!("\u{feff}{token};x"),
        ] {
            assert_eq!(PriceQuery::new(text.as_str(), vec![]), Err(QueryError::SecretAsSku), "{text}");
            let refused = parse_parameter(&format!("region={text}")).unwrap_err();
            assert_eq!(
                refused,
                if text.contains('\t') {
                    QueryError::ControlInParameter { name: "region".into(), code: 9 }
                } else {
                    QueryError::SecretValue { name: "region".into() }
                }
            );
            assert_eq!(without_secret(&text), format!("Hidden: {} characters", text.chars().count()));
        }
        for sku in ["eyJ.a.b", "eyJhbGciOiJSUzI1NiJ9", "MONKEYJAR-0123456789.1.2", &"0a".repeat(31)] {
            let kept = without_secret(sku);
            assert!(PriceQuery::new(sku, vec![]).is_ok() && kept == sku, "{sku}");
        }
    }

    #[test]
    fn h7_no_parameter_can_carry_a_secret_or_replace_the_sku() {
        for name in ["access_token", "client_secret", "Access-Token", "clientSecret", "TOKEN", "authorization"] {
            let given = format!("{name}=x");
            assert_eq!(parse_parameter(&given), Err(QueryError::SecretName { name: name.to_owned() }));
        }
        assert_eq!(parse_parameter("SKU=x"), Err(QueryError::SkuTwice { name: "SKU".to_owned() }));
        let pasted = format!("region={}", "0a".repeat(32));
        let refused = parse_parameter(&pasted).unwrap_err();
        assert_eq!(refused, QueryError::SecretValue { name: "region".to_owned() });
        assert!(!refused.to_string().contains("0a0a"));
        assert!(!parse_parameter(&"0a".repeat(32)).unwrap_err().to_string().contains("0a0a"));
        assert_eq!(parse_parameter("=x"), Err(QueryError::EmptyName));
        assert_eq!(parse_parameter("tax_area"), Err(QueryError::NotNameValue { given: "tax_area".to_owned() }));
        assert_eq!(parse_parameter("empty="), Ok(("empty".to_owned(), String::new())));
    }

    #[test]
    fn h7_an_api_url_with_credentials_or_a_sku_is_refused() {
        let query = PriceQuery::new("A", vec![]).unwrap();
        for (api_url, expected) in [
            ("https://user@h.example/", QueryError::SecretInApiUrl),
            ("https://h.example/?access_token=abc", QueryError::SecretInApiUrl),
            ("https://h.example/?sku=B", QueryError::SkuInApiUrl),
            ("mailto:a@b.example", QueryError::NotABase),
        ] {
            assert_eq!(query.url(&base(api_url)), Err(expected), "{api_url}");
        }
    }
}
