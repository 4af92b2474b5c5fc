//! How the answers of `--resume` are asked for: with which key, where, and with which parameters; in a file beside theirs.
//!
//! Owns that file and its comparison, so that no answers to different questions stand in one file. Holds no secret.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::args::Shared;
use crate::batch::journal::bare;
use crate::keys::Profile;
use crate::whole_file::{Existing, NotWritten, Readers, write_whole};

/// What has to be the same for answers to go together.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Asked {
    client_id: String,
    token_url: String,
    api_url: String,
    /// As `name=value`, in their order.
    parameters: Vec<String>,
    field_map: Value,
}

/// Why a file of answers is not gone on with.
#[derive(Debug, thiserror::Error)]
pub enum AskedError {
    #[error(
        "It is not known with which key and parameters the answers in {} were asked for, since {} cannot be read. Name another \
         file for the answers.", answers.display(), told.display()
    )]
    Unknown { answers: PathBuf, told: PathBuf },
    #[error(
        "The answers in {} were asked for otherwise, so new ones would not go together with them.{differences} Give the earlier \
         command again, or name another file.", answers.display()
    )]
    Otherwise { answers: PathBuf, differences: String },
    #[error("{0} {hint}", hint = .0.hint())]
    NotWritten(#[from] NotWritten),
}

impl Asked {
    pub fn of(shared: &Shared, profile: &Profile, parameters: &[(String, String)]) -> Self {
        // The sandbox has another key and another port in each run, and the same prices.
        let (client_id, token_url, api_url) = if shared.sandbox {
            ("sandbox".to_owned(), "sandbox".to_owned(), "sandbox".to_owned())
        } else {
            (profile.client_id.clone(), bare(&profile.token_url), bare(&profile.api_url))
        };
        Self {
            client_id,
            token_url,
            api_url,
            parameters: parameters.iter().map(|(name, value)| format!("{name}={value}")).collect(),
            field_map: serde_json::to_value(&profile.field_map).unwrap_or_default(),
        }
    }

    /// Writes this down where a file of answers begins.
    ///
    /// # Errors
    /// [`AskedError::NotWritten`].
    pub fn tell(&self, answers: &Path) -> Result<(), AskedError> {
        let fill = |file: &mut std::fs::File| Ok(serde_json::to_writer_pretty(file, self)?);
        Ok(write_whole(&beside(answers), Existing::Replace, Readers::AsUsual, fill)?)
    }

    /// Compares this with how the answers that are there were asked for.
    ///
    /// # Errors
    /// [`AskedError::Otherwise`] with what differs, or [`AskedError::Unknown`].
    pub fn compare(&self, answers: &Path) -> Result<(), AskedError> {
        let told = beside(answers);
        let text = std::fs::read(&told).ok();
        let Some(then) = text.and_then(|text| serde_json::from_slice::<Self>(&text).ok()) else {
            return Err(AskedError::Unknown { answers: answers.to_path_buf(), told });
        };
        let parameters = |asked: &Self| match asked.parameters.as_slice() {
            [] => "none".to_owned(),
            some => some.join(" "),
        };
        let mut differences = String::new();
        for (what, then, now) in [
            ("parameters", parameters(&then), parameters(self)),
            ("client ID", then.client_id, self.client_id.clone()),
            ("API URL", then.api_url, self.api_url.clone()),
            ("Token URL", then.token_url, self.token_url.clone()),
        ] {
            if then != now {
                // Writing to a String cannot fail.
                let _ = write!(differences, " The {what} then: {then}; now: {now}.");
            }
        }
        if then.field_map != self.field_map {
            differences.push_str(" The field map of the key has changed.");
        }
        if differences.is_empty() {
            return Ok(());
        }
        Err(AskedError::Otherwise { answers: answers.to_path_buf(), differences })
    }
}

/// `answers.ndjson.run.json` beside `answers.ndjson`.
fn beside(answers: &Path) -> PathBuf {
    let mut name = answers.file_name().unwrap_or_default().to_owned();
    name.push(".run.json");
    answers.with_file_name(name)
}
