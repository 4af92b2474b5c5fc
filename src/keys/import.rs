//! API keys out of `.env` files, JSON files and environment variables, to fill the form with.
//!
//! It never sets an environment variable, keeps no copy of a secret, and leaves the checking to [`super::check`]. Its
//! errors name places in a file, never what stands there.

use std::fmt;
use std::io::{self, Read as _};
use std::path::{Path, PathBuf};

use serde_json::Value;
use zeroize::{Zeroize as _, Zeroizing};

use super::check::{KnownName, known_name};

/// The largest file that is read, in bytes.
pub const FILE_LIMIT: u64 = 1024 * 1024;

/// Environment variable with the client ID.
pub const CLIENT_ID_VARIABLE: &str = "QUANTAPRICE_CLIENT_ID";
/// Environment variable with the client secret.
pub const CLIENT_SECRET_VARIABLE: &str = "QUANTAPRICE_CLIENT_SECRET";
/// Environment variable with the token endpoint.
pub const TOKEN_URL_VARIABLE: &str = "QUANTAPRICE_TOKEN_URL";
/// Environment variable with the base of the API.
pub const API_URL_VARIABLE: &str = "QUANTAPRICE_API_URL";

/// What was found, unchecked. A value that is missing was not there or was empty.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Imported {
    /// The public half of the key. Wiped too: people mix the halves up.
    pub client_id: Option<Zeroizing<String>>,
    /// The secret half of the key.
    pub client_secret: Option<Zeroizing<String>>,
    /// The token endpoint.
    pub token_url: Option<String>,
    /// The base of the API.
    pub api_url: Option<String>,
    /// How many further keys the file holds. The first one was taken.
    pub further_keys: usize,
    /// How many lines could not be read and were passed over.
    pub unread_lines: usize,
}

impl fmt::Debug for Imported {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Imported")
            .field("client_id", &self.client_id.is_some())
            .field("client_secret", &self.client_secret.is_some())
            .field("token_url", &self.token_url.is_some())
            .field("api_url", &self.api_url.is_some())
            .field("further_keys", &self.further_keys)
            .field("unread_lines", &self.unread_lines)
            .finish()
    }
}

impl Imported {
    /// Whether neither half of a key was found.
    pub fn has_no_key(&self) -> bool {
        self.client_id.is_none() && self.client_secret.is_none()
    }

    /// Both halves of the key, or which one is missing.
    pub fn require_both(&self) -> Result<(&str, &str), ImportError> {
        match (&self.client_id, &self.client_secret) {
            (Some(id), Some(secret)) => Ok((id, secret)),
            (None, None) => Err(ImportError::NoKey),
            (Some(_), None) => Err(ImportError::OnlyOne { found: "client ID", missing: "client secret" }),
            (None, Some(_)) => Err(ImportError::OnlyOne { found: "client secret", missing: "client ID" }),
        }
    }

    /// What was passed over, one sentence each; nothing when nothing was.
    pub fn passed_over(&self) -> Option<String> {
        let keys = match self.further_keys {
            0 => None,
            1 => Some("The file holds 1 more key; only the first was taken.".to_owned()),
            many => Some(format!("The file holds {many} more keys; only the first was taken.")),
        };
        let lines = match self.unread_lines {
            0 => None,
            1 => Some("1 line was not understood.".to_owned()),
            many => Some(format!("{many} lines were not understood.")),
        };
        let sentences: Vec<_> = keys.into_iter().chain(lines).collect();
        (!sentences.is_empty()).then(|| sentences.join(" "))
    }

    fn set(&mut self, name: KnownName, value: &str) {
        let value = value.trim();
        if value.is_empty() {
            return;
        }
        match name {
            KnownName::ClientId => _ = self.client_id.get_or_insert_with(|| Zeroizing::new(value.to_owned())),
            KnownName::ClientSecret => _ = self.client_secret.get_or_insert_with(|| Zeroizing::new(value.to_owned())),
            KnownName::TokenUrl => _ = self.token_url.get_or_insert_with(|| value.to_owned()),
            KnownName::ApiUrl => _ = self.api_url.get_or_insert_with(|| value.to_owned()),
        }
    }

    /// Takes from `other` what is missing here.
    fn fill(&mut self, other: Self) {
        self.client_id = self.client_id.take().or(other.client_id);
        self.client_secret = self.client_secret.take().or(other.client_secret);
        self.token_url = self.token_url.take().or(other.token_url);
        self.api_url = self.api_url.take().or(other.api_url);
    }
}

/// Why nothing was imported.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ImportError {
    /// No such file.
    #[error("There is no file {}. Check the path.", .0.display())]
    NotFound(PathBuf),
    /// The path leads to a folder or a device.
    #[error("{} is not a file. Choose a .env or JSON file.", .0.display())]
    NotAFile(PathBuf),
    /// The system did not let the file be read.
    #[error("{} could not be read ({reason}). Check who may read it.", path.display())]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// The kind of failure.
        reason: io::ErrorKind,
    },
    /// No key file is this large.
    #[error("The file is larger than 1 MiB, so it is not a key file. Choose a .env or JSON file.")]
    TooLarge,
    /// The bytes are not text.
    #[error("The file is not text. Choose a .env or JSON file.")]
    Binary,
    /// The file looks like JSON and is none.
    #[error("The JSON is broken at line {line}, column {column}. Correct it or paste the two values by hand.")]
    BrokenJson {
        /// Line, from 1.
        line: usize,
        /// Column, from 1.
        column: usize,
    },
    /// Neither half of a key was found.
    #[error(
        "Neither a client ID nor a client secret was found. They are called {CLIENT_ID_VARIABLE} and {CLIENT_SECRET_VARIABLE}, or client_id and client_secret."
    )]
    NoKey,
    /// One half of the key is missing.
    #[error("Only the {found} was found; the {missing} is missing. Add it by hand.")]
    OnlyOne {
        /// The half that is there.
        found: &'static str,
        /// The half that is not.
        missing: &'static str,
    },
}

/// Reads a key out of a file. Blocks; call it off the UI thread.
///
/// At least one half of a key is there when this succeeds; [`Imported::require_both`] says whether both are.
pub fn from_file(path: &Path) -> Result<Imported, ImportError> {
    let unreadable = |error: io::Error| match error.kind() {
        io::ErrorKind::NotFound => ImportError::NotFound(path.to_owned()),
        io::ErrorKind::IsADirectory => ImportError::NotAFile(path.to_owned()),
        reason => ImportError::Unreadable { path: path.to_owned(), reason },
    };
    // Asked before opening: to open a named pipe would wait for somebody to write into it.
    let about = std::fs::metadata(path).map_err(unreadable)?;
    if !about.is_file() {
        return Err(ImportError::NotAFile(path.to_owned()));
    }
    if about.len() > FILE_LIMIT {
        return Err(ImportError::TooLarge);
    }
    let file = std::fs::File::open(path).map_err(unreadable)?;
    // Room for all of it at once, so that growing leaves no unwiped copy behind.
    let mut bytes = Zeroizing::new(Vec::with_capacity(about.len() as usize + 2));
    file.take(FILE_LIMIT + 1).read_to_end(&mut bytes).map_err(unreadable)?;
    from_bytes(&bytes)
}

/// Reads a key out of the bytes of a file.
pub fn from_bytes(bytes: &[u8]) -> Result<Imported, ImportError> {
    if bytes.len() as u64 > FILE_LIMIT {
        return Err(ImportError::TooLarge);
    }
    from_text(&decode(bytes)?)
}

/// Reads a key out of JSON, which begins with a brace or a bracket, or else out of lines as in a `.env` file.
pub fn from_text(text: &str) -> Result<Imported, ImportError> {
    let text = text.trim_start_matches('\u{feff}');
    let imported = if text.trim_start().starts_with(['{', '[']) { from_json(text)? } else { from_env_text(text) };
    if imported.has_no_key() { Err(ImportError::NoKey) } else { Ok(imported) }
}

/// Reads the variables of the environment through `lookup`, for example `|name| std::env::var(name).ok()`.
pub fn from_environment(lookup: impl Fn(&str) -> Option<String>) -> Imported {
    let mut imported = Imported::default();
    let variables = [
        (CLIENT_ID_VARIABLE, KnownName::ClientId),
        (CLIENT_SECRET_VARIABLE, KnownName::ClientSecret),
        (TOKEN_URL_VARIABLE, KnownName::TokenUrl),
        (API_URL_VARIABLE, KnownName::ApiUrl),
    ];
    for (variable, name) in variables {
        if let Some(value) = lookup(variable).map(Zeroizing::new) {
            imported.set(name, &value);
        }
    }
    imported
}

/// UTF-8 with or without its mark, or UTF-16 with one, which Windows tools still write.
fn decode(bytes: &[u8]) -> Result<Zeroizing<String>, ImportError> {
    let wide = |rest: &[u8], join: fn([u8; 2]) -> u16| {
        let units = Zeroizing::new(rest.chunks_exact(2).map(|pair| join([pair[0], pair[1]])).collect::<Vec<_>>());
        String::from_utf16(&units).map(Zeroizing::new).map_err(|_| ImportError::Binary)
    };
    let text = match bytes {
        [0xff, 0xfe, rest @ ..] => wide(rest, u16::from_le_bytes)?,
        [0xfe, 0xff, rest @ ..] => wide(rest, u16::from_be_bytes)?,
        _ => Zeroizing::new(std::str::from_utf8(bytes).map_err(|_| ImportError::Binary)?.to_owned()),
    };
    if text.contains('\0') { Err(ImportError::Binary) } else { Ok(text) }
}

fn from_env_text(text: &str) -> Imported {
    let mut imported = Imported::default();
    for line in dotenvy::from_read_iter(text.as_bytes()) {
        match line {
            Ok((name, value)) => {
                let value = Zeroizing::new(value);
                if let Some(name) = known_name(&name) {
                    imported.set(name, &value);
                }
            }
            // The error holds the whole line, which may be the secret's: it is counted, wiped and never shown.
            Err(error) => {
                imported.unread_lines += 1;
                if let dotenvy::Error::LineParse(mut line, _) = error {
                    line.zeroize();
                }
            }
        }
    }
    imported
}

fn from_json(text: &str) -> Result<Imported, ImportError> {
    let mut value: Value = serde_json::from_str(text)
        .map_err(|error| ImportError::BrokenJson { line: error.line(), column: error.column() })?;
    let mut found = Vec::new();
    collect(&value, &mut found);
    wipe(&mut value);

    // An object that holds a whole key comes before halves that are scattered over the file.
    let whole = |one: &Imported| one.client_id.is_some() && one.client_secret.is_some();
    let keys = found.iter().filter(|one| whole(one)).count();
    let first = found.iter().position(whole).unwrap_or(0);
    let mut imported = if found.is_empty() { Imported::default() } else { found.remove(first) };
    let has_whole = whole(&imported);
    for other in found {
        if has_whole {
            // Another object may still tell the URLs, but not half of another key.
            imported.fill(Imported { client_id: None, client_secret: None, ..other });
        } else {
            imported.fill(other);
        }
    }
    imported.further_keys = keys.saturating_sub(1);
    Ok(imported)
}

/// One entry for each object, at any depth, that has a known name in it.
fn collect(value: &Value, found: &mut Vec<Imported>) {
    match value {
        Value::Object(members) => {
            let mut here = Imported::default();
            for (name, member) in members {
                if let (Some(name), Value::String(text)) = (known_name(name), member) {
                    here.set(name, text);
                }
            }
            if here != Imported::default() {
                found.push(here);
            }
            for member in members.values() {
                collect(member, found);
            }
        }
        Value::Array(items) => {
            // A list of named values, as Postman and Bruno write environments.
            let mut here = Imported::default();
            for item in items {
                let text = |names: [&str; 2]| names.iter().find_map(|name| item.get(name)).and_then(Value::as_str);
                if let (Some(name), Some(text)) =
                    (text(["key", "name"]).and_then(known_name), text(["value", "currentValue"]))
                {
                    here.set(name, text);
                }
            }
            if here != Imported::default() {
                found.push(here);
            }
            for item in items {
                collect(item, found);
            }
        }
        _ => {}
    }
}

fn wipe(value: &mut Value) {
    match value {
        Value::String(text) => text.zeroize(),
        Value::Array(items) => items.iter_mut().for_each(wipe),
        Value::Object(members) => members.values_mut().for_each(wipe),
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn both(imported: &Imported) -> (&str, &str) {
        imported.require_both().unwrap()
    }

    #[test]
    fn a_dotenv_file_gives_the_key_and_the_urls() {
        let text = "\u{feff}# comment\nexport QUANTAPRICE_CLIENT_ID=\"abc\"\r\nQUANTAPRICE_CLIENT_SECRET='def' # note\n\
                    QUANTAPRICE_API_URL=https://a.example\nOTHER=1\n";
        let imported = from_text(text).unwrap();
        assert_eq!(both(&imported), ("abc", "def"));
        assert_eq!(imported.api_url.as_deref(), Some("https://a.example"));
        assert_eq!(imported.token_url, None);
        assert!(std::env::var_os("QUANTAPRICE_CLIENT_SECRET").is_none(), "the process's environment is left alone");
    }

    #[test]
    fn k1_a_broken_line_is_counted_and_not_shown() {
        let imported = from_text("this is = not a line\nCLIENT_ID=abc\nCLIENT_SECRET='canary\n").unwrap();
        assert_eq!(imported.unread_lines, 2);
        assert_eq!(imported.passed_over().unwrap(), "2 lines were not understood.");
        assert!(!format!("{imported:?}").contains("canary"));
        assert_eq!(
            imported.require_both().unwrap_err().to_string(),
            "Only the client ID was found; the client secret is missing. Add it by hand."
        );
    }

    #[test]
    fn json_is_read_in_its_usual_shapes() {
        for text in [
            r#"{"client_id":"abc","client_secret":"def"}"#,
            r#"{"clientId":"abc","clientSecret":"def","expires":1}"#,
            r#"{"QUANTAPRICE_CLIENT_ID":"abc","QUANTAPRICE_CLIENT_SECRET":"def"}"#,
            r#"{"quantaprice":{"credentials":{"client_id":"abc","client_secret":"def"}}}"#,
            r#"[{"client_id":"abc","client_secret":"def"}]"#,
            r#"{"values":[{"key":"client_id","value":"abc"},{"key":"client_secret","value":"def","type":"secret"}]}"#,
            r#"{"client_id":"","auth":{"client_id":"abc","client_secret":"def"}}"#,
        ] {
            assert_eq!(both(&from_text(text).unwrap()), ("abc", "def"), "{text}");
        }
    }

    #[test]
    fn halves_of_different_keys_are_never_joined() {
        let text = r#"{"old":{"client_id":"zzz"},"staging":{"client_id":"abc","client_secret":"def"},
            "production":{"client_id":"ghi","client_secret":"jkl","token_url":"https://t.example"}}"#;
        let imported = from_text(text).unwrap();
        assert_eq!(both(&imported), ("abc", "def"));
        assert_eq!(imported.further_keys, 1);
    }

    #[test]
    fn broken_json_names_the_place_only() {
        let error = from_text("{\"client_secret\":\n \"canary\",,}").unwrap_err();
        assert_eq!(error, ImportError::BrokenJson { line: 2, column: 11 });
        assert!(!error.to_string().contains("canary"));
    }

    #[test]
    fn files_that_cannot_be_read_say_why() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("key.env");
        assert_eq!(from_file(&path).unwrap_err(), ImportError::NotFound(path.clone()));
        assert_eq!(from_file(folder.path()).unwrap_err(), ImportError::NotAFile(folder.path().to_owned()));
        for (bytes, error) in [
            (vec![b'x'; 1024 * 1024 + 1], ImportError::TooLarge),
            (b"\x89PNG\r\n".to_vec(), ImportError::Binary),
            (b"A=\0".to_vec(), ImportError::Binary),
            (b"A=1\n".to_vec(), ImportError::NoKey),
            (Vec::new(), ImportError::NoKey),
        ] {
            std::fs::write(&path, bytes).unwrap();
            assert_eq!(from_file(&path).unwrap_err(), error);
        }
        std::fs::write(&path, "client_id=abc\nclient_secret=def").unwrap();
        assert_eq!(both(&from_file(&path).unwrap()), ("abc", "def"));
    }

    #[test]
    fn utf16_files_of_windows_tools_are_read() {
        for (mark, order) in [([0xff, 0xfe], u16::to_le_bytes as fn(u16) -> [u8; 2]), ([0xfe, 0xff], u16::to_be_bytes)]
        {
            let mut bytes = mark.to_vec();
            bytes.extend("CLIENT_ID=abc\r\nCLIENT_SECRET=def\r\n".encode_utf16().flat_map(order));
            assert_eq!(both(&from_bytes(&bytes).unwrap()), ("abc", "def"));
        }
    }

    #[test]
    fn the_environment_is_asked_through_the_closure() {
        let imported = from_environment(|name| match name {
            CLIENT_ID_VARIABLE => Some(" abc ".to_owned()),
            CLIENT_SECRET_VARIABLE => Some(String::new()),
            TOKEN_URL_VARIABLE => Some("http://127.0.0.1:1/t".to_owned()),
            _ => None,
        });
        assert_eq!(imported.client_id.as_deref().map(String::as_str), Some("abc"));
        assert_eq!(imported.client_secret, None, "an empty variable is an unset one");
        assert_eq!(imported.token_url.as_deref(), Some("http://127.0.0.1:1/t"));
        assert!(from_environment(|_| None).has_no_key());
    }

    proptest! {
        #[test]
        fn no_bytes_make_an_import_crash(bytes in proptest::collection::vec(any::<u8>(), 0..200), text in ".*") {
            _ = from_bytes(&bytes);
            _ = from_text(&text);
        }
    }
}
