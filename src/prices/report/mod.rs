//! Lookups written out for the command line: one at a time, as soon as each is there.
//!
//! Owns the three formats. Refuses to hold back or to reorder: what is given is written.

mod ndjson;
mod csv;
mod table;

pub use self::csv::{COLUMNS, write_csv, write_csv_header};
pub use self::ndjson::write_ndjson;
pub use self::table::write_table;

#[cfg(test)]
pub(in crate::prices) mod tests {
    use std::io;
    use std::time::Duration;

    use jiff::Timestamp;

    use super::super::answer::Answer;
    use super::super::lookup::Lookup;

    /// The lookup of a reply.
    pub fn lookup(sku: &str, status: u16, body: &str) -> Lookup {
        let answer = Answer::read(sku, status, None, body.as_bytes());
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

    /// What a writer writes of these lookups.
    pub fn written(write: fn(&mut Vec<u8>, &Lookup) -> io::Result<()>, lookups: &[Lookup]) -> String {
        let mut out = Vec::new();
        for lookup in lookups {
            write(&mut out, lookup).unwrap();
        }
        String::from_utf8(out).unwrap()
    }
}
