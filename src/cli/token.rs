//! `token`: fetches a token and shows its state and claims. The token itself is never written.

use std::io::Write;

use serde_json::{Map, Value, json};

use super::args::{Shared, Token as Arguments, TokenFormat};
use super::{FAILED, Failure, OK, credentials};
use crate::explorer::Explorer;
use crate::http::{Offset, Reading};
use crate::inspect::summary;
use crate::token::Status;
use crate::token::status::countdown;
use crate::verdict::{Evidence, Step, Verdict, judge};

pub async fn run(explorer: &Explorer, shared: &Shared, arguments: &Arguments) -> Result<u8, Failure> {
    let opened = credentials::open(explorer, shared).await?;
    let answer = opened.session.source.get().await;
    let status = opened.session.source.status();
    let session = &opened.session;
    let around = explorer.around(&session.source, &session.api_url, Step::Token);
    let clock = around.token_clock;
    let verdict = answer.as_ref().err().map(|error| judge(&Evidence::from(error).with(around)));
    let error = verdict.as_ref();
    let mut out = std::io::stdout().lock();
    match arguments.format {
        TokenFormat::Json => {
            let mut report = report(&status, clock, error);
            report.insert("profile".into(), json!(opened.profile.name));
            writeln!(out, "{}", Value::Object(report))?;
        }
        TokenFormat::Text => write_text(&mut out, &opened.profile.name, &status, clock, error)?,
    }
    out.flush()?;
    Ok(if error.is_none() { OK } else { FAILED })
}

fn report(status: &Status, clock: Reading, error: Option<&Verdict>) -> Map<String, Value> {
    let mut report = summary::summary(status);
    report.insert("server_clock_ahead_seconds".into(), json!(clock.offset().map(seconds)));
    let error = error.map(|verdict| json!({"message": verdict.in_full(), "hint": verdict.advice}));
    report.insert("error".into(), error.unwrap_or(Value::Null));
    report
}

/// The bounds of an offset.
fn seconds(offset: Offset) -> [f64; 2] {
    [offset.least().as_secs_f64(), offset.most().as_secs_f64()]
}

fn write_text(
    out: &mut impl Write,
    name: &str,
    status: &Status,
    clock: Reading,
    error: Option<&Verdict>,
) -> std::io::Result<()> {
    writeln!(out, "Key         {name}")?;
    writeln!(out, "State       {}", status.state.label())?;
    if let Some(token) = &status.token {
        writeln!(out, "Time left   {} of {}", countdown(status.left), countdown(token.lifetime()))?;
        let expires = token.expires_at().to_zoned(jiff::tz::TimeZone::system());
        writeln!(
            out,
            "Expires     {} ({} UTC)",
            expires.strftime("%-d %b %Y %H:%M:%S"),
            token.expires_at().strftime("%H:%M:%S")
        )?;
        match summary::header_and_claims(token.secret()) {
            Some((header, claims)) => {
                write_object(out, "Header", &header)?;
                write_object(out, "Claims", &claims)?;
            }
            None => writeln!(out, "Claims      none to read: the token is opaque, not a JWT")?,
        }
    }
    if let Some(offset) = clock.offset() {
        writeln!(out, "Clock       this PC's is {}, by the token endpoint's", offset.in_words())?;
    }
    if let Some(verdict) = error {
        writeln!(out, "Why         {}", verdict.in_full())?;
        writeln!(out, "What to do  {}", verdict.advice)?;
    }
    Ok(())
}

fn write_object(out: &mut impl Write, title: &str, object: &Map<String, Value>) -> std::io::Result<()> {
    writeln!(out, "{title}")?;
    for (name, value) in object {
        let value = match value {
            Value::String(text) => crate::http::error_body::clean(text),
            other => other.to_string(),
        };
        let time = match name.as_str() {
            "exp" | "iat" | "nbf" => value.parse().ok().and_then(|secs| jiff::Timestamp::from_second(secs).ok()),
            _ => None,
        };
        let time = time.map(|time| format!("  ({time})")).unwrap_or_default();
        writeln!(out, "  {:<10} {value}{time}", crate::http::error_body::clean(name))?;
    }
    Ok(())
}
