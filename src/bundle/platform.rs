//! The machine and the program, as far as a fault may hang on them. Names no person: a home folder goes by `~`.

use jiff::tz::TimeZone;
use serde_json::{Value, json};

/// What the program runs on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Platform {
    /// `Debian GNU/Linux 12 (bookworm)`, where the system says so.
    pub system: Option<String>,
    pub kernel: Option<String>,
    /// `wayland`, `x11`, or what else the session calls itself.
    pub session: Option<String>,
    pub desktop: Option<String>,
    pub locale: Option<String>,
    pub time_zone: Option<String>,
}

impl Platform {
    /// Asks the system. Reads files, so not for a frame.
    pub fn read() -> Self {
        let variable = |name: &str| std::env::var(name).ok().filter(|value| !value.is_empty());
        let first = |names: &[&str]| names.iter().find_map(|name| variable(name));
        let release = std::fs::read_to_string("/etc/os-release").unwrap_or_default();
        let kernel = std::fs::read_to_string("/proc/sys/kernel/osrelease").ok();
        let display = |name: &str, word: &str| variable(name).map(|_| word.to_owned());
        let session = variable("XDG_SESSION_TYPE")
            .or_else(|| display("WAYLAND_DISPLAY", "wayland"))
            .or_else(|| display("DISPLAY", "x11"));
        Self {
            system: pretty_name(&release),
            kernel: kernel.map(|text| text.trim().to_owned()),
            session,
            desktop: first(&["XDG_CURRENT_DESKTOP", "DESKTOP_SESSION"]),
            locale: first(&["LC_ALL", "LC_MESSAGES", "LANG"]),
            time_zone: TimeZone::system().iana_name().map(str::to_owned),
        }
    }

    pub fn to_json(&self) -> Value {
        json!({
            "os": std::env::consts::OS,
            "architecture": std::env::consts::ARCH,
            "system": self.system,
            "kernel": self.kernel,
            "session": self.session,
            "desktop": self.desktop,
            "locale": self.locale,
            "time_zone": self.time_zone,
        })
    }
}

fn pretty_name(release: &str) -> Option<String> {
    let value = release.lines().find_map(|line| line.strip_prefix("PRETTY_NAME="))?;
    Some(value.trim_matches('"').to_owned())
}

/// The program, and what it was built with.
pub fn program() -> Value {
    json!({
        "name": env!("CARGO_PKG_NAME"),
        "version": env!("CARGO_PKG_VERSION"),
        "built_for": env!("BUILT_FOR"),
        "rust": env!("BUILT_WITH_RUST"),
        "egui": env!("BUILT_WITH_EGUI"),
        "reqwest": env!("BUILT_WITH_REQWEST"),
        "rustls": env!("BUILT_WITH_RUSTLS"),
        "keyring": env!("BUILT_WITH_KEYRING"),
        "tokio": env!("BUILT_WITH_TOKIO"),
    })
}

/// A path with the user's home folder, which often bears the user's name, as `~`.
pub fn without_home(path: &std::path::Path, home: Option<&std::path::Path>) -> String {
    match home.and_then(|home| path.strip_prefix(home).ok()) {
        Some(rest) => std::path::Path::new("~").join(rest).display().to_string(),
        None => path.display().to_string(),
    }
}

/// The same of a text that may name paths: of a fault's sentence, or of what a server wrote.
pub fn home_hidden(text: &str, home: &std::path::Path) -> Option<String> {
    let home = home.to_str()?.trim_end_matches(['/', '\\']);
    if home.is_empty() {
        return None;
    }
    // As it is, and as Rust quotes it.
    let quoted = home.replace('\\', "\\\\");
    let hidden = named_home(text, home);
    if quoted == home {
        return hidden;
    }
    named_home(hidden.as_deref().unwrap_or(text), &quoted).or(hidden)
}

fn named_home(text: &str, home: &str) -> Option<String> {
    let is_name = |c: char| c.is_alphanumeric() || matches!(c, '_' | '-');
    let mut out = String::new();
    let (mut copied, mut from) = (0, 0);
    while let Some(at) = text[from..].find(home).map(|at| from + at) {
        from = at + home.len();
        // Neither the folder of another person nor a part of another path, such as a URL's.
        if text[..at].ends_with(is_name) || text[from..].starts_with(is_name) {
            continue;
        }
        out.push_str(&text[copied..at]);
        out.push('~');
        copied = from;
    }
    (copied > 0).then(|| out + &text[copied..])
}

/// The same of every text in a value.
pub fn hide_home(value: &mut serde_json::Value, home: &std::path::Path) {
    use serde_json::Value;
    match value {
        Value::String(text) => {
            if let Some(hidden) = home_hidden(text, home) {
                *text = hidden;
            }
        }
        Value::Array(values) => values.iter_mut().for_each(|value| hide_home(value, home)),
        Value::Object(members) => members.values_mut().for_each(|value| hide_home(value, home)),
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;

    #[test]
    fn the_system_is_named_as_it_names_itself() {
        let release = "ID=debian\nPRETTY_NAME=\"Debian GNU/Linux 12 (bookworm)\"\n";
        assert_eq!(pretty_name(release).as_deref(), Some("Debian GNU/Linux 12 (bookworm)"));
        assert_eq!(pretty_name("ID=x"), None);
        let program = program();
        assert!(["rust", "egui", "rustls"].iter().all(|name| program[*name] != "unknown"), "{program}");
    }

    #[test]
    fn a_home_folder_names_nobody() {
        let home = Path::new("/home/erika");
        let expected = Path::new("~").join("ca.pem").display().to_string();
        assert_eq!(without_home(Path::new("/home/erika/ca.pem"), Some(home)), expected);
        assert_eq!(without_home(Path::new("/etc/ca.pem"), Some(home)), "/etc/ca.pem");
    }

    #[test]
    fn a_home_folder_in_a_sentence_names_nobody() {
        let hidden = |text: &str, home: &str| {
            let mut value = serde_json::json!({"fault": [text]});
            hide_home(&mut value, Path::new(home));
            value["fault"][0].as_str().unwrap().to_owned()
        };
        let home = "/home/erika";
        assert_eq!(
            hidden("The CA file /home/erika/ca.pem cannot be used: x.", home),
            "The CA file ~/ca.pem cannot be used: x."
        );
        assert_eq!(hidden("file:///home/erika/a, “/home/erika”", home), "file://~/a, “~”");
        for other in ["/home/erika2/a", "https://host/home/erika/a", "/home/eri", ""] {
            assert_eq!(hidden(other, home), other);
        }
        assert_eq!(hidden("/a /b", "/"), "/a /b");
        let windows = r"C:\Users\erika";
        assert_eq!(hidden(r"No C:\Users\erika\ca.pem", windows), r"No ~\ca.pem");
        assert_eq!(hidden(r#"No "C:\\Users\\erika\\ca.pem""#, windows), r#"No "~\\ca.pem""#);
    }
}
