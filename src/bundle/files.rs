//! What goes into a bundle: the facts, and the files that are made of them. Pure: whatever is read is read before.

use std::path::PathBuf;

use jiff::Timestamp;
use serde_json::{Map, Value, json};

use super::platform::{self, Platform};
use crate::activity::{Event, Snapshot};
use crate::connection::Check;
use crate::connection::certificate::Certificate;
use crate::http::HttpError;
use crate::http::proxy::Route;
use crate::http::traffic::{shortened, without_values};
use crate::inspect::summary;
use crate::keys::{Profile, Settings};
use crate::token::Status;
use crate::verdict::{Around, Evidence, judge};

/// One file of a bundle, as it will be written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct File {
    pub name: String,
    pub bytes: Vec<u8>,
}

impl File {
    pub fn new(name: &str, bytes: Vec<u8>) -> Self {
        Self { name: name.to_owned(), bytes }
    }

    fn json(name: &str, value: &Value) -> Self {
        let mut bytes = serde_json::to_vec_pretty(value).unwrap_or_default();
        bytes.push(b'\n');
        Self::new(name, bytes)
    }

    /// The contents as text; all files of a bundle are text.
    pub fn text(&self) -> &str {
        std::str::from_utf8(&self.bytes).unwrap_or("This file is no text.")
    }
}

/// Everything that will be written, byte for byte.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Bundle {
    pub created: Timestamp,
    pub files: Vec<File>,
}

/// Where secrets rest on this system, and whether it answers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Keychain {
    pub kind: &'static str,
    /// Nothing while it was not asked; otherwise whether it answered, or the sentence for its fault.
    pub answer: Option<Result<(), String>>,
}

/// What a bundle is made of.
pub struct Material {
    pub now: Timestamp,
    pub platform: Platform,
    pub settings: Settings,
    /// The profile that the bundle is about; the one in use.
    pub profile: Option<Profile>,
    /// The state of its token, as far as one was asked for.
    pub status: Option<Status>,
    /// What else is known of this key, for the verdict on a failure.
    pub around: Around,
    pub events: Snapshot,
    pub check: Option<Check>,
    pub keychain: Keychain,
    /// The ways to the hosts of the profile.
    pub routes: Vec<(String, Result<Route, HttpError>)>,
    /// The certificates in the profile's CA file, or why they cannot be read.
    pub ca_file: Option<Result<Vec<Certificate>, String>>,
    /// What is trusted in place of the system's store, where a variable names it: variable and path.
    pub other_store: Option<(String, PathBuf)>,
    /// The user's home folder, which is not to be named.
    pub home: Option<PathBuf>,
    /// What is known of the server's clock.
    pub clock: Value,
}

impl Bundle {
    /// Makes the files. Takes time with the size of the log: not for a frame.
    pub fn of(material: &Material) -> Self {
        let mut sections = [
            ("program", json!({"program": platform::program(), "platform": material.platform.to_json()})),
            ("profile", profile(material)),
            ("token", token(material)),
            ("check", material.check.as_ref().map_or(Value::Null, Check::to_json)),
            ("network", network(material)),
            ("clock", material.clock.clone()),
            ("keychain", keychain(&material.keychain)),
            ("settings", settings(material)),
        ];
        let mut events: Vec<Value> = material.events.iter().map(|event| event_json(event)).collect();
        if let Some(home) = &material.home {
            let values = sections.iter_mut().map(|(_, value)| value).chain(&mut events);
            values.for_each(|value| platform::hide_home(value, home));
        }
        let page = super::page::page(material, &sections, &events);
        let mut files = vec![File::new("report.html", page.into_bytes())];
        files.extend(sections.iter().map(|(name, value)| File::json(&format!("{name}.json"), value)));
        files.push(File::json("activity.json", &Value::Array(events)));
        Self { created: material.now, files }
    }

    /// The bytes of all files together, before they are compressed.
    pub fn size(&self) -> usize {
        self.files.iter().map(|file| file.bytes.len()).sum()
    }
}

fn profile(material: &Material) -> Value {
    material.profile.as_ref().map_or(Value::Null, |profile| profile_json(profile, material))
}

fn profile_json(profile: &Profile, material: &Material) -> Value {
    let secret = profile.secret.as_ref().map(|secret| {
        json!({"saved": secret.saved, "place": secret.place, "fingerprint": secret.fingerprint, "revision": secret.revision})
    });
    let ca_file = profile.ca_file.as_ref().map(|path| platform::without_home(path, material.home.as_deref()));
    json!({
        "name": profile.name,
        "environment": profile.environment.label(),
        "client_id": shortened(&profile.client_id),
        "token_url": without_values(&profile.token_url),
        "api_url": without_values(&profile.api_url),
        "ca_file": ca_file,
        "created": profile.created,
        "last_used": profile.last_used,
        "recent_skus": profile.recent_skus.len(),
        "secret": secret,
    })
}

fn settings(material: &Material) -> Value {
    let settings = &material.settings;
    let profiles = settings.profiles.iter().map(|profile| profile_json(profile, material));
    json!({"version": settings.version, "theme": settings.theme, "profiles": profiles.collect::<Vec<_>>()})
}

fn token(material: &Material) -> Value {
    let Some(status) = &material.status else { return Value::Null };
    let mut token = summary::summary(status);
    let failure = status.failure.as_ref().map(|(error, at)| {
        let verdict = judge(&Evidence::from(&**error).with(material.around.clone()));
        json!({"at": at, "message": verdict.in_full(), "hint": verdict.advice})
    });
    token.insert("failure".into(), json!(failure));
    token.insert("next_try_seconds".into(), json!(status.next_try.as_secs()));
    let rejected = status.rejected.as_ref().map(|(generation, at)| json!({"generation": generation, "at": at}));
    token.insert("rejected_by_the_api".into(), json!(rejected));
    Value::Object(token)
}

fn network(material: &Material) -> Value {
    let routes: Map<String, Value> = material
        .routes
        .iter()
        .map(|(host, route)| {
            let way = match route {
                Ok(Route::Through(proxy)) => json!({"proxy": proxy.address(), "named_by": proxy.named_by}),
                Ok(Route::Direct(why)) => json!({"proxy": null, "why": why}),
                Err(error) => json!({"fault": error.to_string()}),
            };
            (host.clone(), way)
        })
        .collect();
    let ca_file = material.ca_file.as_ref().map(|read| match read {
        Ok(certificates) => {
            let all = certificates
                .iter()
                .map(|one| json!({"subject": one.subject, "issuer": one.issuer, "from": one.from, "until": one.until}));
            json!({"certificates": all.collect::<Vec<_>>()})
        }
        Err(fault) => json!({"fault": fault}),
    });
    let store = material.other_store.as_ref().map_or("the operating system's".to_owned(), |(variable, path)| {
        format!("{} ({variable})", platform::without_home(path, material.home.as_deref()))
    });
    json!({"routes": routes, "trust": {"store": store, "ca_file": ca_file}})
}

fn keychain(keychain: &Keychain) -> Value {
    let (answers, fault) = match &keychain.answer {
        None => (Value::Null, None),
        Some(Ok(())) => (Value::Bool(true), None),
        Some(Err(fault)) => (Value::Bool(false), Some(fault)),
    };
    json!({"kind": keychain.kind, "answers": answers, "fault": fault})
}

fn event_json(event: &Event) -> Value {
    let service = event.service.as_ref().map(|service| {
        json!({
            "requests_served": service.uses.as_ref().map(crate::token::Uses::count),
            "waited": service.waited,
            "longest_wait_ms": service.longest_wait.as_millis() as u64,
        })
    });
    let traffic = event.traffic.as_ref().map(|traffic| {
        json!({
            "request": traffic.request,
            "response": traffic.response,
            "sent_bytes": traffic.sent,
            "received_bytes": traffic.received,
        })
    });
    json!({
        "number": event.number,
        "at": event.at,
        "kind": event.kind.label(),
        "subject": event.subject,
        "reason": event.reason.label(),
        "why": event.reason.sentence(),
        "outcome": event.outcome.label(),
        "sentence": event.sentence,
        "profile": event.profile.as_ref().map(|profile| &profile.name),
        "took_ms": event.took.as_millis() as u64,
        "http_status": event.status(),
        "token_generation": event.generation,
        "token_lifetime_seconds": event.lifetime.map(|lifetime| lifetime.as_secs()),
        "service": service,
        "traffic": traffic,
    })
}
