//! The one page of a bundle that a person reads: every fact of the JSON files, with its own look and nothing from outside.
//!
//! Refuses scripts, links, pictures and fonts from anywhere, and says so to the browser. Every text is escaped, and characters that
//! would hide or turn text show as their code points.

use std::fmt::Write as _;

use jiff::Timestamp;
use serde_json::Value;

use super::files::Material;
use crate::inspect::visible::{LONGEST, visible};

/// So many events are on the page; all of them are in the file beside it.
pub const MOST_EVENTS: usize = 1000;
/// The deepest nesting that is laid out; what is deeper stands there as JSON.
const DEEPEST: usize = 6;

const STYLE: &str = "
:root { color-scheme: light dark; --line: #d5dbe3; --muted: #5b6675; --card: #fff; --bg: #f4f6f9; --ok: #0b7a4b; --err: #b3261e }
@media (prefers-color-scheme: dark) {
  :root { --line: #2b3340; --muted: #9aa6b6; --card: #1a202b; --bg: #10141b; --ok: #57d9a3; --err: #ff8a80 }
}
body { font: 14px/1.45 system-ui, 'IBM Plex Sans', sans-serif; margin: 0; background: var(--bg) }
main { max-width: 1080px; margin: 0 auto; padding: 24px }
h1 { font-size: 22px; margin: 0 0 4px }
h2 { font-size: 16px; margin: 0 0 8px }
p { margin: 0 0 8px }
.muted { color: var(--muted) }
.ok { color: var(--ok) }
.err { color: var(--err) }
section { background: var(--card); border: 1px solid var(--line); border-radius: 8px; padding: 16px; margin: 16px 0; overflow-x: auto }
table { border-collapse: collapse; width: 100% }
th, td { text-align: left; vertical-align: top; padding: 4px 12px 4px 0; overflow-wrap: anywhere }
th { font-weight: 600; white-space: nowrap; overflow-wrap: normal }
th[scope=row] { width: 160px; font-weight: 400; color: var(--muted) }
td table { margin: -4px 0 }
.rows th, .rows td { border-top: 1px solid var(--line); padding: 6px 12px 6px 0 }
.rows thead th { border-top: 0; color: var(--muted) }
.number { white-space: nowrap; font-variant-numeric: tabular-nums }
pre { margin: 4px 0; white-space: pre-wrap; overflow-wrap: anywhere; font: 12px/1.45 ui-monospace, 'IBM Plex Mono', monospace }
hr { border: 0; border-top: 1px solid var(--line); margin: 8px 0 }
summary { cursor: pointer }
";

/// The sections of the page in the order in which a reader wants them.
const ORDER: [&str; 8] = ["profile", "check", "token", "network", "clock", "keychain", "program", "settings"];

/// The page.
pub fn page(material: &Material, sections: &[(&str, Value)], events: &[Value]) -> String {
    let mut out = String::with_capacity(64 * 1024);
    let profile = material.profile.as_ref();
    let about =
        profile.map_or("no profile".to_owned(), |profile| format!("{} ({})", profile.name, profile.environment));
    let _infallible = write!(
        out,
        "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'\">\n\
         <meta name=\"viewport\" content=\"width=device-width\">\n\
         <title>Support bundle of {about}</title>\n<style>{STYLE}</style>\n</head>\n<body>\n<main>\n\
         <h1>Support bundle</h1>\n<p>About {about}. Made {created} by Quantaprice Explorer {version}.</p>\n\
         <p class=\"muted\">No client secret and no access token is in it: it was searched for each of them before it was \
         written. Business data such as SKUs and prices may be in the activity.</p>\n",
        about = text(&about),
        created = text(&moment(material.now)),
        version = env!("CARGO_PKG_VERSION"),
    );
    for (name, value) in ORDER.iter().filter_map(|wanted| sections.iter().find(|(name, _)| name == wanted)) {
        if *name == "check" {
            check(&mut out, material);
        } else {
            section(&mut out, title(name), |out| values(out, value, 0));
        }
        if *name == "token" {
            // Before the facts that seldom matter.
            activity(&mut out, events);
        }
    }
    out.push_str("</main>\n</body>\n</html>\n");
    out
}

fn title(name: &str) -> &str {
    match name {
        "program" => "Program and platform",
        "profile" => "Profile",
        "token" => "Token: state and claims, never the token itself",
        "network" => "Proxy and trust",
        "clock" => "Clock",
        "keychain" => "Keychain",
        "settings" => "Settings",
        other => other,
    }
}

fn section(out: &mut String, title: &str, contents: impl FnOnce(&mut String)) {
    let _infallible = write!(out, "<section>\n<h2>{}</h2>\n", text(title));
    contents(out);
    out.push_str("\n</section>\n");
}

/// Any JSON as tables in tables.
fn values(out: &mut String, value: &Value, depth: usize) {
    match value {
        Value::Null => out.push_str("<span class=\"muted\">–</span>"),
        Value::Bool(true) => out.push_str("yes"),
        Value::Bool(false) => out.push_str("no"),
        Value::Object(object) if depth < DEEPEST && !object.is_empty() => {
            out.push_str("<table>");
            for (name, value) in object {
                let _infallible = write!(out, "<tr><th scope=\"row\">{}</th><td>", text(&name.replace('_', " ")));
                values(out, value, depth + 1);
                if let Some(time) = numeric_date(name, value) {
                    let _infallible = write!(out, " <span class=\"muted\">{}</span>", text(&time));
                }
                out.push_str("</td></tr>");
            }
            out.push_str("</table>");
        }
        Value::Array(items) if depth < DEEPEST && !items.is_empty() => {
            for (index, item) in items.iter().enumerate() {
                if index > 0 && item.is_object() {
                    out.push_str("<hr>");
                } else if index > 0 {
                    out.push_str("<br>");
                }
                values(out, item, depth + 1);
            }
        }
        Value::String(words) => match words.parse::<Timestamp>() {
            Ok(at) => out.push_str(&text(&moment(at))),
            Err(_) => out.push_str(&text(words)),
        },
        other => out.push_str(&text(&other.to_string())),
    }
}

/// The time that a claim of a token names in seconds (RFC 7519 s2).
fn numeric_date(name: &str, value: &Value) -> Option<String> {
    let is_time = matches!(name, "exp" | "iat" | "nbf");
    value.as_i64().filter(|_| is_time).and_then(|secs| Timestamp::from_second(secs).ok()).map(moment)
}

fn moment(at: Timestamp) -> String {
    at.strftime("%-d %b %Y, %H:%M:%S UTC").to_string()
}

fn check(out: &mut String, material: &Material) {
    section(out, "Last connection check", |out| {
        let Some(check) = &material.check else {
            out.push_str("<p class=\"muted\">The connection was not checked in this run.</p>");
            return;
        };
        let _infallible = write!(
            out,
            "<p>{} <span class=\"muted\">{}, {} ms</span></p>\n<table class=\"rows\"><thead><tr><th>Host</th><th>Step</th>\
             <th>State</th><th>Time</th><th>Finding</th></tr></thead><tbody>",
            text(&check.summary()),
            text(&moment(check.started)),
            check.took.as_millis(),
        );
        for (leg, step) in check.legs.iter().flat_map(|leg| leg.steps.iter().map(move |step| (leg, step))) {
            let class = match step.state {
                crate::connection::StepState::Done => "ok",
                crate::connection::StepState::Failed => "err",
                _ => "muted",
            };
            let time = step.took.map(|_| step.took()).unwrap_or_default();
            let _infallible = write!(
                out,
                "<tr><td>{}</td><td>{}</td><td class=\"{class}\">{}</td><td class=\"number\">{}</td><td>{}",
                text(&leg.host),
                text(step.kind.label()),
                text(step.state.label()),
                text(&time),
                text(&step.finding),
            );
            for line in step
                .advice
                .iter()
                .cloned()
                .chain(step.facts.iter().map(|fact| format!("{}: {}", fact.name, fact.value)))
            {
                let _infallible = write!(out, "<br><span class=\"muted\">{}</span>", text(&line));
            }
            out.push_str("</td></tr>\n");
        }
        out.push_str("</tbody></table>");
    });
}

fn activity(out: &mut String, events: &[Value]) {
    section(out, "Activity, the newest first", |out| {
        if events.is_empty() {
            out.push_str("<p class=\"muted\">Nothing was sent in this run.</p>");
            return;
        }
        if events.len() > MOST_EVENTS {
            let _infallible = write!(
                out,
                "<p class=\"muted\">The newest {MOST_EVENTS} of {} events; all of them are in activity.json.</p>",
                events.len()
            );
        }
        out.push_str(
            "<table class=\"rows\"><thead><tr><th>Time (UTC)</th><th>Kind</th><th>What</th><th>Reason</th><th>Profile</th>\
             <th>Outcome</th><th>HTTP</th><th>ms</th></tr></thead><tbody>",
        );
        for event in events.iter().rev().take(MOST_EVENTS) {
            row(out, event);
        }
        out.push_str("</tbody></table>");
    });
}

fn row(out: &mut String, event: &Value) {
    let word = |name: &str| text(event[name].as_str().unwrap_or_default());
    let number = |name: &str| event[name].as_u64().map(|number| number.to_string()).unwrap_or_default();
    let time = event["at"].as_str().unwrap_or_default().get(..19).unwrap_or_default().replace('T', " ");
    let _infallible = write!(
        out,
        "<tr><td class=\"number\">{}</td><td>{}</td><td><strong>{}</strong>",
        text(&time),
        word("kind"),
        word("subject")
    );
    if event["sentence"].as_str().is_some_and(|sentence| !sentence.is_empty()) {
        let _infallible = write!(out, "<br><span class=\"muted\">{}</span>", word("sentence"));
    }
    let traffic = &event["traffic"];
    if let Some(request) = traffic["request"].as_str() {
        let _infallible = write!(out, "<details><summary>Request and answer</summary><pre>{}</pre>", lines(request));
        if let Some(response) = traffic["response"].as_str() {
            let _infallible = write!(out, "<pre>{}</pre>", lines(response));
        }
        out.push_str("</details>");
    }
    let _infallible = writeln!(
        out,
        "</td><td>{}</td><td>{}</td><td>{}</td><td class=\"number\">{}</td><td class=\"number\">{}</td></tr>",
        word("reason"),
        word("profile"),
        word("outcome"),
        number("http_status"),
        number("took_ms")
    );
}

/// Text of several lines.
fn lines(words: &str) -> String {
    let lines: Vec<String> = words.lines().map(|line| text(line.trim_end_matches('\r'))).collect();
    lines.join("\n")
}

/// Text on one line, fit for a page.
fn text(words: &str) -> String {
    escaped(&visible(words, LONGEST).text)
}

/// With the signs that mean something in HTML replaced.
pub(super) fn escaped(words: &str) -> String {
    let mut out = String::with_capacity(words.len());
    for c in words.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            _ => out.push(c),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn whatever_a_server_writes_stays_text() {
        let mut out = String::new();
        values(&mut out, &json!({"<script>": ["\"><img src=x onerror='alert(1)'>", "a\u{202e}b"]}), 0);
        assert!(!out.contains("<script>") && !out.contains("<img"), "{out}");
        assert!(out.contains("&lt;script&gt;") && out.contains("a&lt;U+202E&gt;b"), "{out}");
    }

    #[test]
    fn deep_nesting_ends_as_json() {
        let deep = (0..50).fold(json!("x"), |inner, _| json!({ "a": inner }));
        let mut out = String::new();
        values(&mut out, &deep, 0);
        assert_eq!(out.matches("<table>").count(), DEEPEST);
        assert!(out.contains("{&quot;a&quot;:"), "{out}");
    }
}
