//! A reply that is there already, read anew by another field map.
//!
//! Owns which replies can be: those that succeeded and whose body is JSON. Refuses to touch what has nothing to do with reading:
//! times, status, token and body stay.

use super::answer::Answer;
use super::client::TOKEN_HIDDEN;
use super::field_map::FieldMap;
use super::lookup::Lookup;

impl Lookup {
    /// Whether prices were looked for in its body, so that a field map can make a difference.
    pub fn can_be_reread(&self) -> bool {
        let is_success = self.http_status.is_some_and(|status| (200..300).contains(&status));
        is_success && self.body.as_ref().is_some_and(super::Body::is_json)
    }

    /// The same lookup by another map, or by none. One that cannot be read anew stays as it is.
    #[must_use]
    pub fn reread(self, map: Option<&FieldMap>) -> Self {
        let (Some(status), Some(body), true) = (self.http_status, self.body.clone(), self.can_be_reread()) else {
            return self;
        };
        let mut answer = Answer::of_body(map, &self.sku, status, body);
        // It is about how the body came, which is the client's to know.
        answer.notes.extend(self.notes.iter().find(|note| *note == TOKEN_HIDDEN).cloned());
        Self { outcome: answer.outcome, prices: answer.prices, notes: answer.notes, error: answer.error, ..self }
    }
}

#[cfg(test)]
mod tests {
    use super::super::field_map::{MappedField, READ_BY_MAP};
    use super::super::report::tests::lookup;
    use super::super::{Amount, Outcome};
    use super::*;

    #[test]
    fn a_reply_is_read_anew_and_back_again() {
        let map = FieldMap::parse([(MappedField::Amount, "/belopp")]).unwrap();
        let mut before = lookup("A", 200, r#"{"belopp":12.10}"#);
        before.notes.push(TOKEN_HIDDEN.to_owned());
        let after = before.clone().reread(Some(&map));
        assert_eq!((before.outcome, after.outcome), (Outcome::NoPrice, Outcome::Priced));
        assert_eq!(after.prices[0].amount, Amount::parse("12.10").unwrap());
        assert!(after.notes[0].starts_with(READ_BY_MAP) && after.notes[1] == TOKEN_HIDDEN, "{:?}", after.notes);
        let back = after.reread(None);
        assert_eq!((back.outcome, &back.notes), (before.outcome, &before.notes));
    }

    #[test]
    fn p3_what_is_no_answer_about_prices_stays_as_it_is() {
        let map = FieldMap::parse([(MappedField::Amount, "/belopp")]).unwrap();
        for (status, body) in [(404, r#"{"belopp":1}"#), (500, r#"{"belopp":1}"#), (200, "<html>")] {
            let before = lookup("A", status, body);
            let after = before.clone().reread(Some(&map));
            assert_eq!(
                (after.outcome, after.prices.len(), &after.error),
                (before.outcome, 0, &before.error),
                "{status}"
            );
        }
    }
}
