//! Whether typed or imported values have the documented form (page "Authentication", "API Key Components").
//!
//! Pure: no clock, no file, no network. It refuses to repeat a secret: of a wrong one it names at most one character and
//! its position.

use secrecy::SecretString;
use url::Url;
use zeroize::Zeroizing;

use crate::http::is_loopback;
use crate::invisible::is_invisible;

/// Characters in a client ID.
pub const CLIENT_ID_LENGTH: usize = 24;
/// Characters in a client secret.
pub const CLIENT_SECRET_LENGTH: usize = 64;
/// Most characters in a profile name.
pub const NAME_LENGTH: usize = 60;

/// A value that is fit for use, and what was done to make it so.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Checked {
    /// The cleaned value.
    pub value: String,
    /// What to tell the user about the cleaning.
    pub notes: Vec<FieldNote>,
}

/// A secret that is fit for use, and what was done to make it so.
#[derive(Debug, Clone)]
pub struct CheckedSecret {
    /// The cleaned secret.
    pub value: SecretString,
    /// What to tell the user about the cleaning.
    pub notes: Vec<FieldNote>,
}

/// Something that was put right, and that the user should know of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum FieldNote {
    /// White space at an end.
    #[error("White space around it was removed.")]
    TrimmedSpace,
    /// Characters at an end that cannot be seen, such as a non-breaking or zero-width space.
    #[error("Invisible or non-breaking characters around it were removed.")]
    TrimmedInvisible,
    /// Quotation marks around it.
    #[error("Quotation marks around it were removed.")]
    RemovedQuotes,
    /// A whole line was pasted, such as `QUANTAPRICE_CLIENT_ID=…`.
    #[error("A whole line was pasted; only its value was taken.")]
    TakenFromLine,
}

/// The half of an API key that a value is, or should be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum KeyHalf {
    /// The public half.
    ClientId,
    /// The secret half.
    ClientSecret,
}

impl KeyHalf {
    /// The name of its field on screen.
    pub const fn label(self) -> &'static str {
        match self {
            Self::ClientId => "Client ID",
            Self::ClientSecret => "Client secret",
        }
    }

    const fn length(self) -> usize {
        match self {
            Self::ClientId => CLIENT_ID_LENGTH,
            Self::ClientSecret => CLIENT_SECRET_LENGTH,
        }
    }
}

/// Why a value cannot be used, as a sentence to stand below its field.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum FieldProblem {
    /// Nothing was entered.
    #[error("Enter a value.")]
    Empty,
    /// A character that no such value has.
    #[error("Character {position} is {}: only 0–9 and a–f.", describe(*found))]
    WrongCharacter {
        /// Position in characters, from 1, after cleaning.
        position: usize,
        /// The character there.
        found: char,
    },
    /// Some characters are missing.
    #[error("{found} of {wanted} characters: the end or the beginning is missing.")]
    TooShort {
        /// Characters there are.
        found: usize,
        /// Characters there should be.
        wanted: usize,
    },
    /// There are too many characters.
    #[error("{found} characters where {wanted} are expected.")]
    TooLong {
        /// Characters there are.
        found: usize,
        /// Characters there should be.
        wanted: usize,
    },
    /// The client secret stands in the field of the client ID.
    #[error("This is a client secret: it belongs in the field “Client secret”.")]
    SecretPastedAsId,
    /// The client ID stands in the field of the client secret.
    #[error("This is a client ID: it belongs in the field “Client ID”.")]
    IdPastedAsSecret,
    /// Both halves are there, each in the other's field.
    #[error("Client ID and client secret are swapped.")]
    Swapped,
    /// The saved secret may not go to another host unseen.
    #[error("The token or API host changed: enter the client secret again before it is sent there.")]
    SecretNeededForNewHost,
    /// A secret belongs to one client ID.
    #[error("The client ID changed: enter the client secret that belongs to it.")]
    SecretNeededForNewId,
    /// The name is longer than the list can show.
    #[error("The name has {found} characters; {NAME_LENGTH} at most.")]
    NameTooLong {
        /// Characters there are.
        found: usize,
    },
    /// The name holds a character that cannot be seen or that reorders text.
    #[error("Character {position} of the name is {}: only visible characters.", describe(*found))]
    NameCharacter {
        /// Position in characters, from 1.
        position: usize,
        /// The character there.
        found: char,
    },
    /// Another profile has this name, and names choose profiles on the command line.
    #[error("Another profile has this name.")]
    NameTaken,
    /// The path would mean another file with every folder the program is started from.
    #[error("Give the whole path of the file, from the root of the disk.")]
    PathNotAbsolute,
    /// The URL cannot be used.
    #[error(transparent)]
    Url(#[from] UrlProblem),
}

/// Why a URL cannot be used. It never repeats the URL, which could hold a password.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum UrlProblem {
    /// There is no scheme.
    #[error("The URL must begin with https://.")]
    NoScheme,
    /// The scheme is neither `https` nor `http`.
    #[error("Only https:// URLs can be used.")]
    OtherScheme,
    /// Plain HTTP to another computer would show the secret to everybody on the way.
    #[error("http:// is accepted for this computer only (localhost, 127.0.0.1, [::1]): use https://.")]
    HttpToAnotherComputer,
    /// There is no host.
    #[error("The URL names no host.")]
    NoHost,
    /// A user name or password stands before the host.
    #[error("The URL must not hold a user name or a password: remove everything up to the “@”.")]
    UserInfo,
    /// A fragment is never sent.
    #[error("The URL must not have a fragment: remove the “#” and what follows.")]
    Fragment,
    /// Query parameters are added for each lookup, not here.
    #[error("The API URL must not have a query: remove the “?” and what follows.")]
    Query,
    /// White space, a backslash or a control character, which URL readers drop or change silently.
    #[error("Character {position} of the URL is {}, which a URL cannot hold.", describe(*found))]
    Character {
        /// Position in characters, from 1.
        position: usize,
        /// The character there.
        found: char,
    },
    /// Anything else that makes it no URL.
    #[error("This is not a URL: {0}.")]
    Invalid(url::ParseError),
}

/// Checks a client ID: 24 hexadecimal characters. Upper case is accepted as typed.
pub fn check_client_id(typed: &str) -> Result<Checked, FieldProblem> {
    let (text, notes) = check_half(typed, KeyHalf::ClientId)?;
    Ok(Checked { value: text.to_string(), notes })
}

/// Checks a client secret: 64 hexadecimal characters. Upper case is accepted as typed.
pub fn check_client_secret(typed: &str) -> Result<CheckedSecret, FieldProblem> {
    let (text, notes) = check_half(typed, KeyHalf::ClientSecret)?;
    Ok(CheckedSecret { value: SecretString::from(text.as_str()), notes })
}

/// Checks a token URL, which may have a query (RFC 6749, section 3.2).
pub fn check_token_url(typed: &str) -> Result<(Url, Vec<FieldNote>), FieldProblem> {
    let cleaned = clean(typed);
    if cleaned.text.is_empty() {
        return Err(FieldProblem::Empty);
    }
    Ok((check_url(&cleaned.text)?, cleaned.notes))
}

/// Checks the base URL of the API, to which paths and queries are added.
pub fn check_api_url(typed: &str) -> Result<(Url, Vec<FieldNote>), FieldProblem> {
    let (url, notes) = check_token_url(typed)?;
    if url.query().is_some() {
        return Err(UrlProblem::Query.into());
    }
    Ok((url, notes))
}

/// Checks a URL: `https` everywhere, `http` for loopback only; no user name, no fragment.
pub fn check_url(text: &str) -> Result<Url, UrlProblem> {
    let odd = |c: char| c.is_whitespace() || c.is_control() || is_invisible(c) || c == '\\';
    if let Some((index, found)) = text.chars().enumerate().find(|(_, c)| odd(*c)) {
        return Err(UrlProblem::Character { position: index + 1, found });
    }
    let Some((_, rest)) = text.split_once("://") else {
        return Err(UrlProblem::NoScheme);
    };
    let authority = rest.split(['/', '?', '#']).next().unwrap_or_default();
    if authority.contains('@') {
        return Err(UrlProblem::UserInfo);
    }
    if authority.is_empty() {
        return Err(UrlProblem::NoHost);
    }
    let url = Url::parse(text).map_err(|error| match error {
        url::ParseError::EmptyHost => UrlProblem::NoHost,
        url::ParseError::RelativeUrlWithoutBase => UrlProblem::NoScheme,
        other => UrlProblem::Invalid(other),
    })?;
    if url.fragment().is_some() {
        return Err(UrlProblem::Fragment);
    }
    match url.scheme() {
        "https" => Ok(url),
        "http" if is_loopback(&url) => Ok(url),
        "http" => Err(UrlProblem::HttpToAnotherComputer),
        _ => Err(UrlProblem::OtherScheme),
    }
}

/// Checks a profile name: 1 to 60 visible characters.
pub fn check_name(typed: &str) -> Result<Checked, FieldProblem> {
    let mut notes = Vec::new();
    let name = trim(typed, &mut notes);
    if name.is_empty() {
        return Err(FieldProblem::Empty);
    }
    let found = name.chars().count();
    if found > NAME_LENGTH {
        return Err(FieldProblem::NameTooLong { found });
    }
    // The zero-width joiner is part of many emoji, and emoji are good names for profiles.
    let hidden = |c: char| c.is_control() || (is_invisible(c) && c != '\u{200d}');
    if let Some((index, found)) = name.chars().enumerate().find(|(_, c)| hidden(*c)) {
        return Err(FieldProblem::NameCharacter { position: index + 1, found });
    }
    Ok(Checked { value: name.to_owned(), notes })
}

fn check_half(typed: &str, half: KeyHalf) -> Result<(Zeroizing<String>, Vec<FieldNote>), FieldProblem> {
    let Cleaned { text, notes, key } = clean(typed);
    let misplaced = match half {
        KeyHalf::ClientId => FieldProblem::SecretPastedAsId,
        KeyHalf::ClientSecret => FieldProblem::IdPastedAsSecret,
    };
    let other = match half {
        KeyHalf::ClientId => KeyHalf::ClientSecret,
        KeyHalf::ClientSecret => KeyHalf::ClientId,
    };
    if key.is_some_and(|named| named == other) || is_hex(&text, other.length()) {
        return Err(misplaced);
    }
    let found = text.chars().count();
    if found == 0 {
        return Err(FieldProblem::Empty);
    }
    if let Some((index, found)) = text.chars().enumerate().find(|(_, c)| !c.is_ascii_hexdigit()) {
        return Err(FieldProblem::WrongCharacter { position: index + 1, found });
    }
    let wanted = half.length();
    match found {
        _ if found < wanted => Err(FieldProblem::TooShort { found, wanted }),
        _ if found > wanted => Err(FieldProblem::TooLong { found, wanted }),
        _ => Ok((text, notes)),
    }
}

fn is_hex(text: &str, length: usize) -> bool {
    text.len() == length && text.bytes().all(|byte| byte.is_ascii_hexdigit())
}

struct Cleaned {
    text: Zeroizing<String>,
    notes: Vec<FieldNote>,
    /// The half of the key that a pasted line named.
    key: Option<KeyHalf>,
}

/// Takes off what copying and pasting leave around a value.
fn clean(typed: &str) -> Cleaned {
    let mut notes = Vec::new();
    let mut key = None;
    let mut text = trim(typed, &mut notes);
    if let Some((named, value)) = split_line(text) {
        notes.push(FieldNote::TakenFromLine);
        key = named;
        text = trim(value, &mut notes);
        // The comma of a JSON line, the semicolon of a line of code.
        text = text.strip_suffix([',', ';']).map_or(text, str::trim_end);
    }
    while let Some(inner) = unquote(text) {
        if !notes.contains(&FieldNote::RemovedQuotes) {
            notes.push(FieldNote::RemovedQuotes);
        }
        text = trim(inner, &mut notes);
    }
    Cleaned { text: Zeroizing::new(text.to_owned()), notes, key }
}

/// Trims white space and what cannot be seen, and notes which.
fn trim<'a>(text: &'a str, notes: &mut Vec<FieldNote>) -> &'a str {
    let removable = |c: char| c.is_whitespace() || c.is_control() || is_invisible(c);
    let trimmed = text.trim_matches(removable);
    let start = text.find(trimmed).unwrap_or(0);
    let ends = text[..start].chars().chain(text[start + trimmed.len()..].chars());
    let (mut plain, mut unseen) = (false, false);
    for c in ends {
        if matches!(c, ' ' | '\t' | '\r' | '\n') {
            plain = true;
        } else {
            unseen = true;
        }
    }
    for (there, note) in [(plain, FieldNote::TrimmedSpace), (unseen, FieldNote::TrimmedInvisible)] {
        if there && !trimmed.is_empty() && !notes.contains(&note) {
            notes.push(note);
        }
    }
    trimmed
}

/// The inside of a value in quotation marks of any usual kind.
fn unquote(text: &str) -> Option<&str> {
    const PAIRS: [(char, char); 8] =
        [('"', '"'), ('\'', '\''), ('`', '`'), ('“', '”'), ('„', '“'), ('‘', '’'), ('«', '»'), ('<', '>')];
    PAIRS.iter().find_map(|(open, close)| text.strip_prefix(*open)?.strip_suffix(*close))
}

/// Splits `name=value` or `name: value` where the name is one that the vendor's samples use, with or without `export`.
fn split_line(text: &str) -> Option<(Option<KeyHalf>, &str)> {
    let mut rest = text;
    for word in ["export ", "set ", "setx ", "const ", "$env:"] {
        rest = rest.strip_prefix(word).map_or(rest, str::trim_start);
    }
    // A line of JSON quotes its name; the separator is the first one after it.
    let at = rest.find(['=', ':'])?;
    let (name, value) = (&rest[..at], &rest[at + 1..]);
    match known_name(name)? {
        KnownName::ClientId => Some((Some(KeyHalf::ClientId), value)),
        KnownName::ClientSecret => Some((Some(KeyHalf::ClientSecret), value)),
        KnownName::TokenUrl | KnownName::ApiUrl => Some((None, value)),
    }
}

/// The names under which values are found in environments and files.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum KnownName {
    ClientId,
    ClientSecret,
    TokenUrl,
    ApiUrl,
}

/// Recognises `QUANTAPRICE_CLIENT_ID`, `client_id`, `clientId`, `Client ID` and their like.
pub(super) fn known_name(name: &str) -> Option<KnownName> {
    if name.len() > 64 {
        return None;
    }
    let bare: String = name.chars().filter(char::is_ascii_alphanumeric).map(|c| c.to_ascii_lowercase()).collect();
    match bare.strip_prefix("quantaprice").unwrap_or(&bare) {
        "clientid" => Some(KnownName::ClientId),
        "clientsecret" => Some(KnownName::ClientSecret),
        "tokenurl" | "tokenendpoint" | "accesstokenurl" => Some(KnownName::TokenUrl),
        "apiurl" | "apibase" | "apibaseurl" | "baseurl" => Some(KnownName::ApiUrl),
        _ => None,
    }
}

/// A character in words where its shape would not tell.
fn describe(c: char) -> String {
    match c {
        ' ' => "a space".to_owned(),
        '\t' => "a tab".to_owned(),
        '\n' | '\r' => "a line break".to_owned(),
        '\u{a0}' | '\u{202f}' => "a non-breaking space".to_owned(),
        _ if c.is_whitespace() => format!("a space of an unusual kind (U+{:04X})", u32::from(c)),
        _ if c.is_control() || is_invisible(c) => format!("an invisible character (U+{:04X})", u32::from(c)),
        // A look-alike, such as a Cyrillic а, is told by its number.
        _ if !c.is_ascii() => format!("“{c}” (U+{:04X})", u32::from(c)),
        _ => format!("“{c}”"),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use secrecy::ExposeSecret as _;

    use super::*;

    const ID: &str = "a1b2c3d4e5f6a1b2c3d4e5f6";
    const SECRET: &str = "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef";

    fn id(typed: &str) -> (String, Vec<FieldNote>) {
        let checked = check_client_id(typed).unwrap();
        (checked.value, checked.notes)
    }

    #[test]
    fn k5_documented_forms_are_accepted_without_a_note() {
        assert_eq!(id(ID), (ID.to_owned(), vec![]));
        assert_eq!(id(&ID.to_uppercase()).0, ID.to_uppercase());
        let secret = check_client_secret(SECRET).unwrap();
        assert_eq!(secret.value.expose_secret(), SECRET);
        assert_eq!(secret.notes, []);
    }

    #[test]
    fn k5_white_space_around_is_removed_and_said() {
        assert_eq!(id(&format!("  {ID}\r\n")), (ID.to_owned(), vec![FieldNote::TrimmedSpace]));
        assert_eq!(id(&format!("\u{a0}{ID}\u{200b}")), (ID.to_owned(), vec![FieldNote::TrimmedInvisible]));
        assert_eq!(id(&format!("\u{feff}\"{ID}\" ")).1.len(), 3);
    }

    #[test]
    fn k5_a_wrong_character_is_named_with_its_position() {
        let problem = check_client_id("a1b2c3g4e5f6a1b2c3d4e5f6").unwrap_err();
        assert_eq!(problem.to_string(), "Character 7 is “g”: only 0–9 and a–f.");
        let cyrillic = check_client_id("\u{430}1b2c3d4e5f6a1b2c3d4e5f6").unwrap_err();
        assert_eq!(cyrillic.to_string(), "Character 1 is “\u{430}” (U+0430): only 0–9 and a–f.");
        let inside = check_client_id("a1b2\u{200b}c3d4e5f6a1b2c3d4e5f6").unwrap_err();
        assert_eq!(inside, FieldProblem::WrongCharacter { position: 5, found: '\u{200b}' });
        assert!(inside.to_string().contains("invisible"));
    }

    #[test]
    fn k5_lengths_are_counted() {
        assert_eq!(
            check_client_id(&ID[..23]).unwrap_err().to_string(),
            "23 of 24 characters: the end or the beginning is missing."
        );
        assert_eq!(
            check_client_secret(&format!("{SECRET}0")).unwrap_err(),
            FieldProblem::TooLong { found: 65, wanted: 64 }
        );
        assert_eq!(check_client_id(" \u{a0}\t").unwrap_err(), FieldProblem::Empty);
    }

    #[test]
    fn k5_a_secret_pasted_as_an_id_is_recognised_and_the_reverse() {
        assert_eq!(check_client_id(SECRET).unwrap_err(), FieldProblem::SecretPastedAsId);
        assert_eq!(check_client_secret(&format!("'{ID}'")).unwrap_err(), FieldProblem::IdPastedAsSecret);
        assert_eq!(check_client_id("client_secret=oops").unwrap_err(), FieldProblem::SecretPastedAsId);
    }

    #[test]
    fn k5_a_pasted_line_gives_its_value() {
        for line in [
            format!("client_id={ID}"),
            format!("QUANTAPRICE_CLIENT_ID={ID}"),
            format!("export QUANTAPRICE_CLIENT_ID=\"{ID}\""),
            format!("  \"clientId\": \"{ID}\","),
            format!("Client ID: {ID}"),
            format!("$env:QUANTAPRICE_CLIENT_ID = '{ID}'"),
            format!("const CLIENT_ID = \"{ID}\";"),
        ] {
            let (value, notes) = id(&line);
            assert_eq!(value, ID, "{line}");
            assert!(notes.contains(&FieldNote::TakenFromLine), "{line}");
        }
    }

    #[test]
    fn k1_a_problem_with_a_secret_never_repeats_it() {
        let wrong = SECRET.replace("f0", "zq");
        let problem = check_client_secret(&wrong).unwrap_err();
        assert_eq!(problem, FieldProblem::WrongCharacter { position: 16, found: 'z' });
        assert!(!format!("{problem:?} {problem}").contains("0123"));
        let checked = check_client_secret(SECRET).unwrap();
        assert!(!format!("{checked:?}").contains("0123"));
    }

    #[test]
    fn h2_plain_http_is_for_loopback_only() {
        for good in [
            "https://login.quantaprice.com/oauth2/token",
            "http://localhost:8080/x",
            "http://127.0.0.1:1/x",
            "http://127.9.9.9",
            "http://[::1]:9/x",
        ] {
            assert!(check_url(good).is_ok(), "{good}");
        }
        for bad in [
            "http://login.quantaprice.com/x",
            "http://127.0.0.1.example.com",
            "http://localhost.example.com",
            "http://192.168.0.1",
            "http://0.0.0.0",
            "http://[::ffff:127.0.0.1]",
        ] {
            assert_eq!(check_url(bad).unwrap_err(), UrlProblem::HttpToAnotherComputer, "{bad}");
        }
    }

    #[test]
    fn h7_each_fault_of_a_url_has_its_sentence_and_none_repeats_the_url() {
        let faults = [
            ("login.quantaprice.com/oauth2/token", UrlProblem::NoScheme),
            ("localhost:8080", UrlProblem::NoScheme),
            ("ftp://example.com", UrlProblem::OtherScheme),
            ("https://user:canary@example.com", UrlProblem::UserInfo),
            ("https://@example.com", UrlProblem::UserInfo),
            ("https:///path", UrlProblem::NoHost),
            ("https://example.com/#canary", UrlProblem::Fragment),
            ("https://exa mple.com", UrlProblem::Character { position: 12, found: ' ' }),
            ("https:\\\\example.com", UrlProblem::Character { position: 7, found: '\\' }),
            ("https://example.com:99999", UrlProblem::Invalid(url::ParseError::InvalidPort)),
        ];
        for (text, fault) in faults {
            let found = check_url(text).unwrap_err();
            assert_eq!(found, fault, "{text}");
            assert!(!found.to_string().contains("canary"));
        }
        assert_eq!(check_api_url("https://a.example/v1?x=1").unwrap_err(), UrlProblem::Query.into());
        assert_eq!(
            check_token_url("QUANTAPRICE_TOKEN_URL=https://a.example/t?p=1 ").unwrap().0.as_str(),
            "https://a.example/t?p=1"
        );
    }

    #[test]
    fn names_are_trimmed_short_and_visible() {
        assert_eq!(check_name("  Acme prod ").unwrap().value, "Acme prod");
        assert_eq!(check_name(" ").unwrap_err(), FieldProblem::Empty);
        assert_eq!(check_name(&"x".repeat(61)).unwrap_err(), FieldProblem::NameTooLong { found: 61 });
        assert!(matches!(check_name("a\u{202e}b").unwrap_err(), FieldProblem::NameCharacter { position: 2, .. }));
        assert!(check_name("👩‍🔧 test").is_ok());
    }

    proptest! {
        #[test]
        fn k5_no_text_makes_a_check_crash_and_what_passes_has_the_form(text in ".*") {
            if let Ok(id) = check_client_id(&text) { prop_assert!(is_hex(&id.value, 24)); }
            if let Ok(secret) = check_client_secret(&text) { prop_assert!(is_hex(secret.value.expose_secret(), 64)); }
            if let Ok((url, _)) = check_token_url(&text) { prop_assert!(url.scheme() == "https" || is_loopback(&url)); }
            if let Ok(name) = check_name(&text) { prop_assert!(!name.value.is_empty()); }
        }

        #[test]
        fn k5_a_good_value_survives_any_wrapping(
            value in "[0-9a-f]{24}", before in "[ \t\u{a0}\u{200b}\u{feff}]{0,3}", after in "[ \r\n\u{2009}\u{200d}]{0,3}",
        ) {
            prop_assert_eq!(check_client_id(&format!("{before}{value}{after}")).unwrap().value, value.clone());
            prop_assert_eq!(check_client_id(&format!("{before}\"{value}\"{after}")).unwrap().value, value);
        }
    }
}
