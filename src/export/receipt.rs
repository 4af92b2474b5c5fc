//! The receipt: when, with which key, of which environment and host, with which parameters, by which version.
//!
//! Holds no secret: a run's header has none, and of its address only the host is told.

use std::sync::Arc;

use jiff::Timestamp;
use jiff::tz::TimeZone;
use serde_json::{Value, json};

use crate::batch::RunHeader;
use crate::http::host_of;
use crate::keys::Environment;
use crate::lists::Corrections;

/// What the caller knows of the rows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReceiptFacts {
    /// What the table is, in a word or two, such as `Prices` or `Comparison`; files are named after it.
    pub what: String,
    /// The run that the rows are of; of a comparison left and right.
    pub runs: Vec<RunHeader>,
    /// What narrows or orders the rows on screen, such as `("Filter", "Failed")`.
    pub view: Vec<(String, String)>,
    /// What became of the list before it was looked up; nothing where that is not known any more, or nothing was corrected.
    pub corrections: Option<Arc<Corrections>>,
}

/// A receipt, ready to be written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Receipt<'a> {
    pub facts: &'a ReceiptFacts,
    pub written: Timestamp,
    /// For times in the user's terms beside UTC.
    pub zone: TimeZone,
    /// The name of the file that it is about.
    pub file: String,
    pub rows: usize,
    pub columns: usize,
}

impl Receipt<'_> {
    /// As pairs of words, for a sheet of its own. An empty name continues the one above; a pair of two empty texts parts groups.
    pub fn lines(&self) -> Vec<(String, String)> {
        let mut lines: Vec<(String, String)> = Vec::new();
        let mut line = |name: &str, value: String| lines.push((name.to_owned(), value));
        line("What", self.facts.what.clone());
        line("Written", in_words(self.written, &self.zone));
        line("Rows", self.rows.to_string());
        line("Columns", self.columns.to_string());
        for (name, value) in &self.facts.view {
            line(name, value.clone());
        }
        line("Program", program());
        for (index, run) in self.facts.runs.iter().enumerate() {
            line("", String::new());
            if self.facts.runs.len() > 1 {
                line("Side", side(index).to_owned());
            }
            line("Profile", run.profile_name.clone());
            line("Environment", environment(run.environment).to_owned());
            line("API host", host(run));
            line("Asked", in_words(run.started, &self.zone));
            if run.parameters.is_empty() {
                line("Parameters", "none".to_owned());
            }
            for (place, (name, value)) in run.parameters.iter().enumerate() {
                line(if place == 0 { "Parameters" } else { "" }, format!("{name}={value}"));
            }
            line("List", run.source.clone());
            line("SKUs in the list", run.count.to_string());
        }
        if let Some(corrections) = &self.facts.corrections {
            line("", String::new());
            line("Corrected before asking", corrections.in_words());
            for one in &corrections.each {
                line(&format!("Line {}", one.row), one.in_words());
            }
            if corrections.unlisted() > 0 {
                line("Further lines", format!("{} more were changed or left out", corrections.unlisted()));
            }
        }
        lines
    }

    /// As one JSON object, for a file beside the data.
    pub fn json(&self) -> Value {
        let run = |(index, run): (usize, &RunHeader)| {
            let parameters: Vec<Value> =
                run.parameters.iter().map(|(name, value)| json!({"name": name, "value": value})).collect();
            let mut object = json!({
                "profile": run.profile_name,
                "environment": environment(run.environment),
                "api_host": host(run),
                "asked": run.started,
                "parameters": parameters,
                "list": run.source,
                "skus_in_list": run.count,
            });
            if self.facts.runs.len() > 1 {
                object["side"] = side(index).into();
            }
            object
        };
        let view: serde_json::Map<String, Value> =
            self.facts.view.iter().map(|(name, value)| (name.clone(), value.clone().into())).collect();
        let mut receipt = json!({
            "file": self.file,
            "what": self.facts.what,
            "written": self.written,
            "rows": self.rows,
            "columns": self.columns,
            "view": view,
            "runs": self.facts.runs.iter().enumerate().map(run).collect::<Vec<_>>(),
            "program": program(),
        });
        if let Some(corrections) = &self.facts.corrections {
            let each = corrections.each.iter();
            let each = each.map(|one| json!({"line": one.row, "as_given": one.given, "looked_up": one.asked}));
            receipt["corrections"] = json!({
                "in_words": corrections.in_words(),
                "skus": each.collect::<Vec<_>>(),
                "further_skus": corrections.unlisted(),
            });
        }
        receipt
    }
}

/// The name and version of this program.
fn program() -> String {
    format!("Quantaprice Explorer {}", env!("CARGO_PKG_VERSION"))
}

fn side(index: usize) -> &'static str {
    match index {
        0 => "left",
        _ => "right",
    }
}

fn host(run: &RunHeader) -> String {
    url::Url::parse(&run.api_url).map_or_else(|_| "unknown".to_owned(), |url| host_of(&url))
}

fn environment(environment: Environment) -> &'static str {
    environment.label()
}

/// `2026-11-24 15:26:41 +01:00 (14:26:41 UTC)`.
fn in_words(time: Timestamp, zone: &TimeZone) -> String {
    let local = time.to_zoned(zone.clone());
    format!("{} ({} UTC)", local.strftime("%Y-%m-%d %H:%M:%S %:z"), time.strftime("%H:%M:%S"))
}
