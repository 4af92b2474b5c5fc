//! What can be chosen about a file. The names of the choices stand in the settings file as well.

use serde::{Deserialize, Serialize};

/// The format of the file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Format {
    /// RFC 4180. What is absent and what is empty look the same.
    Csv,
    /// One JSON object a row; what is absent is null.
    Ndjson,
    /// For spreadsheets: texts are typed as texts, so that no leading zero is lost when it is opened.
    #[default]
    Xlsx,
}

impl Format {
    pub const ALL: [Self; 3] = [Self::Xlsx, Self::Csv, Self::Ndjson];

    pub fn label(self) -> &'static str {
        match self {
            Self::Xlsx => "XLSX",
            Self::Csv => "CSV",
            Self::Ndjson => "NDJSON",
        }
    }

    /// The ending of the file's name, without the point.
    pub fn extension(self) -> &'static str {
        match self {
            Self::Xlsx => "xlsx",
            Self::Csv => "csv",
            Self::Ndjson => "ndjson",
        }
    }
}

/// What parts the cells of a CSV line.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Separator {
    #[default]
    Comma,
    /// What Excel takes where the decimal point is a comma.
    Semicolon,
    Tab,
}

impl Separator {
    pub const ALL: [Self; 3] = [Self::Comma, Self::Semicolon, Self::Tab];

    pub fn label(self) -> &'static str {
        match self {
            Self::Comma => "Comma ,",
            Self::Semicolon => "Semicolon ;",
            Self::Tab => "Tab",
        }
    }

    pub(super) fn byte(self) -> u8 {
        match self {
            Self::Comma => b',',
            Self::Semicolon => b';',
            Self::Tab => b'\t',
        }
    }
}

/// Whether a CSV begins with the mark that tells Excel that it is UTF-8.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum ByteOrderMark {
    #[default]
    Without,
    With,
}

/// What ends a line of a CSV.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum LineEnd {
    /// As RFC 4180 has it.
    #[default]
    CrLf,
    Lf,
}

impl LineEnd {
    pub const ALL: [Self; 2] = [Self::CrLf, Self::Lf];

    pub fn label(self) -> &'static str {
        match self {
            Self::CrLf => "CRLF (Windows)",
            Self::Lf => "LF (Unix)",
        }
    }
}

/// Whether a receipt goes with the file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum WithReceipt {
    #[default]
    With,
    Without,
}

/// All that can be chosen.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Options {
    pub format: Format,
    pub separator: Separator,
    pub mark: ByteOrderMark,
    pub line_end: LineEnd,
    pub receipt: WithReceipt,
}
