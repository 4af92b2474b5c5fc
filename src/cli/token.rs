//! `token`: fetches a token and shows its state and claims. The token itself is never written.

use std::borrow::Cow;
use std::io::Write;

use serde_json::{Map, Value, json};

use super::args::{Shared, Token as Arguments, TokenFormat};
use super::{FAILED, Failure, OK, credentials};
use crate::explorer::Explorer;
use crate::inspect::jwt::{self, Json, PartFault};
use crate::token::error::secs;
use crate::token::status::countdown;
use crate::token::{AccessToken, FetchError, Status, TokenError};

pub async fn run(explorer: &Explorer, shared: &Shared, arguments: &Arguments) -> Result<u8, Failure> {
    let opened = credentials::open(explorer, shared).await?;
    let answer = opened.session.source.get().await;
    let status = opened.session.source.status();
    let error = answer.as_ref().err();
    let mut out = std::io::stdout().lock();
    match arguments.format {
        TokenFormat::Json => {
            let mut report = report(&status, error);
            report.insert("profile".into(), json!(opened.profile.name));
            writeln!(out, "{}", Value::Object(report))?;
        }
        TokenFormat::Text => write_text(&mut out, &opened.profile.name, &status, error)?,
    }
    out.flush()?;
    Ok(if error.is_none() { OK } else { FAILED })
}

fn report(status: &Status, error: Option<&TokenError>) -> Map<String, Value> {
    let token = status.token.as_deref();
    let decoded = token.and_then(header_and_claims);
    let mut report = Map::new();
    report.insert("state".into(), json!(status.state));
    report.insert("generation".into(), json!(token.map(AccessToken::generation)));
    report.insert("seconds_left".into(), json!(token.map(|_| status.left.as_secs())));
    report.insert("lifetime_seconds".into(), json!(token.map(|token| token.lifetime().as_secs())));
    report.insert("expires_at".into(), json!(token.map(AccessToken::expires_at)));
    report.insert("is_jwt".into(), json!(token.map(|_| decoded.is_some())));
    report.insert("header".into(), json!(decoded.as_ref().map(|(header, _)| header)));
    report.insert("claims".into(), json!(decoded.as_ref().map(|(_, claims)| claims)));
    let error = error.map(|error| json!({"message": error.to_string(), "hint": what_to_do(error)}));
    report.insert("error".into(), error.unwrap_or(Value::Null));
    report
}

fn write_text(out: &mut impl Write, name: &str, status: &Status, error: Option<&TokenError>) -> std::io::Result<()> {
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
        match header_and_claims(token) {
            Some((header, claims)) => {
                write_object(out, "Header", &header)?;
                write_object(out, "Claims", &claims)?;
            }
            None => writeln!(out, "Claims      none to read: the token is opaque, not a JWT")?,
        }
    }
    if let Some(error) = error {
        writeln!(out, "Why         {error}")?;
        writeln!(out, "What to do  {}", what_to_do(error))?;
    }
    Ok(())
}

/// The hint, with the wait in it: no countdown runs here to which it could point.
fn what_to_do(error: &TokenError) -> Cow<'static, str> {
    match (error.cause(), error.next_try()) {
        (Some(FetchError::RateLimited { .. }), Some(wait)) => format!("Try again in {} s.", secs(wait)).into(),
        _ => error.hint().into(),
    }
}

/// The readable parts of a JWT; nothing when the token is opaque, which RFC 6749 s1.4 allows, or one of them is broken.
fn header_and_claims(token: &AccessToken) -> Option<(Map<String, Value>, Map<String, Value>)> {
    let decoded = jwt::decode(token.secret().clone()).ok()?;
    let object = |part: &Result<Json, PartFault>| serde_json::from_str(part.as_ref().ok()?.root().raw()).ok();
    Some((object(&decoded.header)?, object(&decoded.payload)?))
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
