//! Finds the token in whatever was pasted: the token alone, an `Authorization` header, a cURL line, a token reply.
//!
//! Owns the decision where the token begins and ends, and says what was left out. Refuses to judge the token itself, which is
//! [`super::jwt`]'s, and never quotes what was pasted: it may be a password.

use std::collections::BTreeSet;

use secrecy::SecretString;
use zeroize::Zeroizing;

use crate::invisible::is_invisible;

/// The longest paste that is looked at, in bytes. The token cache takes no token above 16 KiB (T13); this is for the curious.
pub const LONGEST: usize = 1024 * 1024;

/// A token, and what stood around it.
pub struct Found {
    pub token: SecretString,
    /// What was left out, in the order of this type.
    pub dropped: Vec<Dropped>,
}

/// What was left out to get at the token.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Dropped {
    Curl,
    TokenReply,
    Address,
    Header,
    Scheme,
    Quotes,
    LineBreaks,
    Spaces,
    Hidden,
    Rest,
    SecondToken,
}

impl Dropped {
    /// The thing, as it stands in a list.
    pub fn label(self) -> &'static str {
        match self {
            Self::Curl => "the cURL command",
            Self::TokenReply => "the JSON around it",
            Self::Address => "the address around it",
            Self::Header => "the header's name",
            Self::Scheme => "the word “Bearer”",
            Self::Quotes => "quotation marks",
            Self::LineBreaks => "line breaks",
            Self::Spaces => "white space",
            Self::Hidden => "invisible characters",
            Self::Rest => "what followed it",
            Self::SecondToken => "a second token",
        }
    }
}

impl Found {
    /// What was left out, as a sentence; nothing when the token stood alone.
    pub fn dropped_sentence(&self) -> Option<String> {
        let names: Vec<_> = self.dropped.iter().map(|dropped| dropped.label()).collect();
        let (last, others) = names.split_last()?;
        Some(if others.is_empty() {
            format!("Left out: {last}.")
        } else {
            format!("Left out: {} and {last}.", others.join(", "))
        })
    }
}

/// Why there is no token in a paste.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum PasteFault {
    #[error("There is nothing to read. Paste a token, an Authorization header or a cURL line.")]
    Empty,
    #[error("The paste has {bytes} bytes; more than 1 MiB is not looked at. Paste the token alone.")]
    TooLong { bytes: usize },
    #[error(
        "The Authorization header does not use the scheme Bearer, so it holds a password or a key rather than a token. Take it out of wherever you copied it from."
    )]
    OtherScheme,
    #[error("The cURL line has no Authorization header and no --oauth2-bearer. Copy the whole line.")]
    CurlWithoutToken,
    #[error("The Authorization header ends before its token. Copy the whole header.")]
    NoToken,
    #[error("A placeholder stands where the token belongs, such as $TOKEN. Copy the token itself.")]
    Placeholder,
    #[error("The token was shortened with dots (“...”) where it was copied. Copy the whole token.")]
    Shortened,
}

/// Finds the token.
pub fn find(text: &str) -> Result<Found, PasteFault> {
    if text.len() > LONGEST {
        return Err(PasteFault::TooLong { bytes: text.len() });
    }
    let mut dropped = BTreeSet::new();
    let trimmed = text.trim_matches(|c: char| c.is_whitespace() || is_invisible(c));
    if trimmed.is_empty() {
        return Err(PasteFault::Empty);
    }
    if trimmed.len() < text.len() {
        let is_broken = |c| matches!(c, '\n' | '\r');
        let outside = [
            &text[..trimmed.as_ptr() as usize - text.as_ptr() as usize],
            &text[text.len() - trailing(text, trimmed)..],
        ];
        if outside.iter().any(|piece| piece.contains(is_broken)) {
            dropped.insert(Dropped::LineBreaks);
        }
        if outside.iter().any(|piece| piece.contains(|c: char| c.is_whitespace() && !is_broken(c))) {
            dropped.insert(Dropped::Spaces);
        }
        if outside.iter().any(|piece| piece.contains(is_invisible)) {
            dropped.insert(Dropped::Hidden);
        }
    }
    let token = locate(trimmed, &mut dropped)?;
    if token.is_empty() {
        return Err(PasteFault::NoToken);
    }
    if is_placeholder(&token) {
        return Err(PasteFault::Placeholder);
    }
    if token.contains("...") || token.contains('…') {
        return Err(PasteFault::Shortened);
    }
    Ok(Found { token: SecretString::from(token.as_str()), dropped: dropped.into_iter().collect() })
}

/// How many bytes of `text` stand behind `inside`, which is a piece of it.
fn trailing(text: &str, inside: &str) -> usize {
    text.len() - (inside.as_ptr() as usize - text.as_ptr() as usize) - inside.len()
}

fn locate(text: &str, dropped: &mut BTreeSet<Dropped>) -> Result<Zeroizing<String>, PasteFault> {
    let lower = Zeroizing::new(text.to_ascii_lowercase());
    let is_curl = lower.strip_prefix("curl").is_some_and(|rest| {
        let rest = rest.strip_prefix(".exe").unwrap_or(rest);
        rest.starts_with(|c: char| c.is_whitespace())
    });
    if let Some(after) = option_value(&lower, "--oauth2-bearer") {
        dropped.insert(Dropped::Curl);
        return Ok(word(&text[after..], dropped));
    }
    if let Some(after) = header_value(&lower) {
        dropped.insert(if is_curl { Dropped::Curl } else { Dropped::Header });
        let value = text[after..].trim_start_matches(is_space_or_quote);
        let Some(token) = after_scheme(value) else {
            return if value.is_empty() { Err(PasteFault::NoToken) } else { other_value(value, dropped) };
        };
        dropped.insert(Dropped::Scheme);
        if header_value(&lower[after..]).is_some() {
            dropped.insert(Dropped::SecondToken);
        }
        return Ok(word(token, dropped));
    }
    if is_curl {
        return Err(PasteFault::CurlWithoutToken);
    }
    if let Some(after) = json_member(&lower, "access_token") {
        dropped.insert(Dropped::TokenReply);
        return Ok(word(&text[after..], dropped));
    }
    if let Some(at) = lower.find("access_token=") {
        dropped.insert(Dropped::Address);
        return Ok(word(&text[at + "access_token=".len()..], dropped));
    }
    let unquoted = text.trim_start_matches(is_space_or_quote);
    if let Some(token) = after_scheme(unquoted) {
        dropped.insert(Dropped::Scheme);
        return Ok(word(token, dropped));
    }
    Ok(word(text, dropped))
}

/// A header without `Bearer`: some tools show the bare token there, and anything else is a password.
fn other_value(value: &str, dropped: &mut BTreeSet<Dropped>) -> Result<Zeroizing<String>, PasteFault> {
    let token = word(value, dropped);
    if token.eq_ignore_ascii_case("bearer") {
        return Err(PasteFault::NoToken);
    }
    if token.starts_with("eyJ") || is_placeholder(&token) { Ok(token) } else { Err(PasteFault::OtherScheme) }
}

/// Where the value of a command line option begins.
fn option_value(lower: &str, option: &str) -> Option<usize> {
    let at = lower.find(option)? + option.len();
    let parting = lower[at..].chars().next().filter(|c| c.is_whitespace() || *c == '=')?;
    Some(at + parting.len_utf8())
}

/// Where the value of an `Authorization` header begins, in any of the spellings of tools: `Authorization: …`,
/// `"Authorization" = "…"`, `'authorization': '…'`.
fn header_value(lower: &str) -> Option<usize> {
    const NAME: &str = "authorization";
    let mut from = 0;
    while let Some(at) = lower[from..].find(NAME) {
        let after = from + at + NAME.len();
        // `Proxy-Authorization` is for somebody else.
        let is_own_word = !lower[..from + at].ends_with(|c: char| c.is_ascii_alphanumeric() || c == '-' || c == '_');
        let rest = lower[after..].trim_start_matches(is_space_or_quote);
        if is_own_word && rest.starts_with([':', '=']) {
            return Some(lower.len() - rest.len() + 1);
        }
        from = after;
    }
    None
}

/// Where the text of a JSON member begins.
fn json_member(lower: &str, name: &str) -> Option<usize> {
    let quoted = format!("\"{name}\"");
    let after = lower.find(&quoted)? + quoted.len();
    let rest = lower[after..].trim_start().strip_prefix(':')?;
    Some(lower.len() - rest.len())
}

/// What stands after the scheme `Bearer`, which is written in any case (RFC 9110 s11.1).
fn after_scheme(value: &str) -> Option<&str> {
    let (scheme, rest) = value.split_at_checked("bearer".len())?;
    let is_scheme =
        scheme.eq_ignore_ascii_case("bearer") && rest.starts_with(|c: char| c.is_whitespace() || c == ':' || c == '+');
    is_scheme.then(|| rest.trim_start_matches(|c: char| is_space_or_quote(c) || c == ':' || c == '+'))
}

/// The token that begins here. It ends at a quotation mark or whatever else no token holds; a line break inside it is one of
/// an e-mail or a terminal if only letters of tokens stand on the next line.
fn word(text: &str, dropped: &mut BTreeSet<Dropped>) -> Zeroizing<String> {
    let start = text.trim_start_matches(is_space_or_quote);
    if text[..text.len() - start.len()].contains(is_quote) {
        dropped.insert(Dropped::Quotes);
    }
    // Never more than there is, so that no copy of the secret is left behind when the string grows.
    let mut token = Zeroizing::new(String::with_capacity(start.len()));
    let mut rest = start;
    loop {
        let end = rest.find(|c: char| c.is_whitespace() || is_invisible(c) || is_end(c)).unwrap_or(rest.len());
        token.push_str(&rest[..end]);
        rest = &rest[end..];
        let Some(next) = rest.chars().next() else { return token };
        if is_invisible(next) {
            dropped.insert(Dropped::Hidden);
            rest = &rest[next.len_utf8()..];
            continue;
        }
        // A shell continues a line with a backslash, Windows with a caret.
        let joined = rest.strip_prefix(['\\', '^']).filter(|after| after.starts_with(['\n', '\r'])).unwrap_or(rest);
        let line = joined.trim_start_matches(char::is_whitespace);
        let gap = &joined[..joined.len() - line.len()];
        if line.is_empty() || gap.is_empty() || !gap.contains(['\n', '\r']) || !goes_on(line, &token) {
            break;
        }
        dropped.insert(Dropped::LineBreaks);
        rest = line;
    }
    if rest.starts_with(is_quote) {
        dropped.insert(Dropped::Quotes);
    }
    let left = rest.trim_start_matches(|c: char| is_space_or_quote(c) || is_invisible(c) || is_end(c));
    if !left.is_empty() {
        dropped.insert(Dropped::Rest);
    }
    token
}

/// Whether a line is the next piece of a token that was broken over lines: nothing but letters of tokens, up to its end or
/// to a closing quotation mark.
fn goes_on(line: &str, so_far: &str) -> bool {
    let piece_end = line.find(|c: char| !is_token_char(c)).unwrap_or(line.len());
    let piece = &line[..piece_end];
    let after = line[piece_end..].chars().next();
    // A token that has its three parts may end here, and `Accept` on the next line may be anything but a piece of it.
    let is_whole = so_far.bytes().filter(|byte| *byte == b'.').count() >= 2 && !so_far.ends_with('.');
    let is_another = piece.starts_with("eyJ") && is_whole;
    !piece.is_empty()
        && !is_another
        && !piece.starts_with('-')
        && after.is_none_or(|c| matches!(c, '\n' | '\r' | '\\' | '^') || is_quote(c))
}

fn is_token_char(c: char) -> bool {
    c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.' | '=' | '+' | '/' | '~')
}

fn is_end(c: char) -> bool {
    is_quote(c) || matches!(c, ',' | ';' | ')' | ']' | '\\' | '^' | '|' | '&' | '#')
}

fn is_quote(c: char) -> bool {
    matches!(c, '"' | '\'' | '`' | '“' | '”' | '„' | '‘' | '’' | '«' | '»')
}

fn is_space_or_quote(c: char) -> bool {
    c.is_whitespace() || is_quote(c) || matches!(c, '\\' | '^')
}

/// `$TOKEN`, `${TOKEN}`, `{{token}}`, `<token>`, `%TOKEN%`, `•••`, `***`, `[hidden]`, `your_access_token`.
fn is_placeholder(token: &str) -> bool {
    let stars = token.chars().filter(|c| matches!(c, '*' | '•' | '●' | 'x' | 'X')).count();
    token.starts_with(['$', '<', '%', '[', '{'])
        || (stars > 0 && stars == token.chars().count())
        || token
            .get(..5)
            .is_some_and(|start| start.eq_ignore_ascii_case("your_") || start.eq_ignore_ascii_case("your-"))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use secrecy::ExposeSecret;

    use super::Dropped::{
        Address, Curl, Header, Hidden, LineBreaks, Quotes, Rest, Scheme, SecondToken, Spaces, TokenReply,
    };
    use super::*;

    const TOKEN: &str = "eyJhbGciOiJSUzI1NiJ9.eyJpc3MiOiJ4In0.c2lnbmF0dXJl";

    #[track_caller]
    fn assert_found(text: &str, dropped: &[Dropped]) {
        let found = find(text).unwrap_or_else(|fault| panic!("{fault}: {text}"));
        assert_eq!(found.token.expose_secret(), TOKEN, "{text}");
        assert_eq!(found.dropped, dropped, "{text}");
    }

    fn fault(text: &str) -> PasteFault {
        find(text).err().unwrap_or_else(|| panic!("a token was found in {text}"))
    }

    #[test]
    fn a_bare_token_is_taken_as_it_is() {
        assert_found(TOKEN, &[]);
        assert_eq!(find(TOKEN).unwrap().dropped_sentence(), None);
    }

    #[test]
    fn what_surrounds_it_is_left_out_and_said() {
        assert_found(&format!("  {TOKEN}\n"), &[LineBreaks, Spaces]);
        assert_found(&format!("\"{TOKEN}\""), &[Quotes]);
        assert_found(&format!("“{TOKEN}”"), &[Quotes]);
        assert_found(&format!("\u{feff}{TOKEN}\u{200b}"), &[Hidden]);
        assert_found(&format!("bearer {TOKEN}"), &[Scheme]);
        assert_found(&format!("{TOKEN} is the token"), &[Rest]);
        let found = find(&format!("Authorization: Bearer {TOKEN}\n")).unwrap();
        assert_eq!(
            found.dropped_sentence().as_deref(),
            Some("Left out: the header's name, the word “Bearer” and line breaks.")
        );
    }

    #[test]
    fn a_header_is_read_in_the_spellings_of_tools() {
        assert_found(&format!("Authorization: Bearer {TOKEN}"), &[Header, Scheme]);
        assert_found(&format!("authorization:bearer   {TOKEN}\nAccept: */*"), &[Header, Scheme, Rest]);
        assert_found(&format!("\"Authorization\": \"Bearer {TOKEN}\","), &[Header, Scheme, Quotes]);
        assert_found(&format!("'authorization' = 'BEARER {TOKEN}'"), &[Header, Scheme, Quotes]);
        assert_found(&format!("Proxy-Authorization: Basic eDp5\nAuthorization: Bearer {TOKEN}"), &[Header, Scheme]);
    }

    #[test]
    fn a_curl_line_is_read_with_any_quotes_and_options() {
        for line in [
            format!(
                "curl -X GET \"https://api/v1/prices?sku=A\" \\\n-H \"Authorization: Bearer {TOKEN}\" \\\n-H \"Accept: */*\""
            ),
            format!("curl 'https://api' --header 'authorization: Bearer {TOKEN}' --compressed"),
            format!("curl.exe https://api -H ^\"Authorization: Bearer {TOKEN}^\""),
        ] {
            let found = find(&line).unwrap_or_else(|fault| panic!("{fault}: {line}"));
            assert_eq!(found.token.expose_secret(), TOKEN, "{line}");
            assert!(found.dropped.contains(&Curl) && found.dropped.contains(&Scheme), "{:?}", found.dropped);
        }
        assert_found(&format!("curl --oauth2-bearer {TOKEN} https://api"), &[Curl, Rest]);
        assert_found(&format!("curl https://api --oauth2-bearer='{TOKEN}'"), &[Curl, Quotes]);
        assert_eq!(fault("curl https://api -d grant_type=client_credentials"), PasteFault::CurlWithoutToken);
        assert_eq!(fault("curl https://api -H 'Authorization: Basic dXNlcjpwYXNz'"), PasteFault::OtherScheme);
    }

    #[test]
    fn white_space_of_other_scripts_parts_an_option_from_its_value() {
        assert_found(&format!("curl --oauth2-bearer\u{3000}{TOKEN}"), &[Curl]);
        assert_found(&format!("Authorization\u{3000}:\u{a0}Bearer\u{3000}{TOKEN}"), &[Header, Scheme]);
    }

    #[test]
    fn a_token_reply_and_an_address_are_read() {
        assert_found(&format!(r#"{{"access_token": "{TOKEN}", "expires_in": 3600}}"#), &[TokenReply, Quotes, Rest]);
        assert_found(&format!("https://app/#access_token={TOKEN}&state=7"), &[Address, Rest]);
    }

    #[test]
    fn a_token_broken_over_lines_is_put_together_and_the_next_header_is_not() {
        let broken = format!("{}\n{}\r\n  {}", &TOKEN[..15], &TOKEN[15..30], &TOKEN[30..]);
        assert_found(&broken, &[LineBreaks]);
        assert_found(&format!("Authorization: Bearer {broken}\nHost: x"), &[Header, Scheme, LineBreaks, Rest]);
        assert_found(&format!("{}\u{ad}{}", &TOKEN[..9], &TOKEN[9..]), &[Hidden]);
    }

    #[test]
    fn of_two_tokens_the_first_is_taken_and_the_second_is_said() {
        let two = format!("Authorization: Bearer {TOKEN}\nAuthorization: Bearer eyJ9.e30.c2ln");
        assert_found(&two, &[Header, Scheme, Rest, SecondToken]);
        assert_found(&format!("{TOKEN}\neyJ9.e30.c2ln"), &[Rest]);
    }

    #[test]
    fn what_is_no_token_is_named_and_never_quoted() {
        assert_eq!(fault(" \n\u{feff}"), PasteFault::Empty);
        assert_eq!(fault("Authorization:"), PasteFault::NoToken);
        assert_eq!(fault("Authorization: Bearer "), PasteFault::NoToken);
        for text in ["$TOKEN", "Bearer ${TOKEN}", "Authorization: Bearer {{token}}", "••••••", "<token>", "your_token"]
        {
            assert_eq!(fault(text), PasteFault::Placeholder, "{text}");
        }
        assert_eq!(fault("Bearer eyJhbGciOiJSUzI1NiIs..."), PasteFault::Shortened);
        assert_eq!(fault("Authorization: Basic aHVudGVyMjpodW50ZXIy"), PasteFault::OtherScheme);
        assert!(!PasteFault::OtherScheme.to_string().contains("aHVudGVy"));
        assert_eq!(fault(&"a".repeat(LONGEST + 1)), PasteFault::TooLong { bytes: LONGEST + 1 });
        let longest = "a".repeat(LONGEST);
        assert_eq!(find(&longest).unwrap().token.expose_secret().len(), LONGEST);
    }

    proptest! {
        #[test]
        fn no_text_makes_it_panic_and_a_token_is_always_a_piece_of_the_text(text in any::<String>()) {
            if let Ok(found) = find(&text) {
                let token = found.token.expose_secret();
                prop_assert!(!token.is_empty() && token.len() <= text.len());
                prop_assert!(!token.contains(char::is_whitespace));
            }
        }

        #[test]
        fn pieces_of_headers_and_commands_in_any_order_do_not_make_it_panic(
            pieces in prop::collection::vec(prop::sample::select(vec![
                "curl ", "-H ", "\"", "'", "Authorization", ":", "=", " ", "Bearer ", "eyJ9", ".", "\n", "\\\n", "^", "é",
                "--oauth2-bearer", "access_token=", "\"access_token\"", "\u{feff}", "…", "+", "$X",
            ]), 0..24)
        ) {
            _ = find(&pieces.concat());
        }
    }
}
