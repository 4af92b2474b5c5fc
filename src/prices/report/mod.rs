//! Lookups written out for the command line: one at a time, as soon as each is there.
//!
//! Owns the three formats. Refuses to hold back or to reorder: what is given is written.

use std::io::{self, Write};

use super::lookup::Lookup;

mod ndjson;
mod csv;
mod table;

pub use self::csv::{COLUMNS, write_csv, write_csv_head};
pub use self::ndjson::write_ndjson;
pub use self::table::write_table;

/// How lookups are written out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// For a person at a terminal.
    Table,
    /// One JSON object a line and SKU.
    Ndjson,
    /// One line a price, for a spreadsheet.
    Csv,
}

impl Format {
    /// Writes what stands before the first lookup.
    pub fn write_head(self, out: &mut impl Write) -> io::Result<()> {
        match self {
            Self::Csv => write_csv_head(out),
            Self::Table | Self::Ndjson => Ok(()),
        }
    }

    /// Writes one lookup.
    pub fn write(self, out: &mut impl Write, lookup: &Lookup) -> io::Result<()> {
        match self {
            Self::Table => write_table(out, lookup),
            Self::Ndjson => write_ndjson(out, lookup),
            Self::Csv => write_csv(out, lookup),
        }
    }
}

#[cfg(test)]
pub(super) mod tests {
    use std::time::Duration;

    use jiff::Timestamp;

    use super::super::answer::Answer;
    use super::*;

    /// The lookup of a reply.
    pub fn lookup(sku: &str, status: u16, body: &str) -> Lookup {
        let answer = Answer::read(sku, status, None, body.into());
        Lookup {
            sku: sku.to_owned(),
            parameters: vec![],
            outcome: answer.outcome,
            http_status: Some(status),
            started: Timestamp::UNIX_EPOCH,
            elapsed: Duration::from_micros(84_900),
            token_generation: Some(7),
            prices: answer.prices,
            notes: answer.notes,
            body: Some(answer.body),
            error: answer.error,
        }
    }

    pub fn written(format: Format, lookups: &[Lookup]) -> String {
        let mut out = Vec::new();
        format.write_head(&mut out).unwrap();
        for lookup in lookups {
            format.write(&mut out, lookup).unwrap();
        }
        String::from_utf8(out).unwrap()
    }
}
