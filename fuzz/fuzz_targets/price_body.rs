//! Any bytes as the body of a price reply, with any texts as the places of a field map: nothing is invented, with a map or without.

#![no_main]

use libfuzzer_sys::fuzz_target;
use quantaprice_explorer::prices::field_map::{Pointer, PointerError};
use quantaprice_explorer::prices::{Answer, FieldMap, MappedField, Outcome};

fuzz_target!(|input: (&[u8], u16, [&str; 3])| {
    let (bytes, status, places) = input;
    let fields = [MappedField::Amount, MappedField::Currency, MappedField::ValidTo];
    let mut map = FieldMap::default();
    for (field, place) in fields.into_iter().zip(places) {
        match Pointer::parse(place) {
            Ok(pointer) => {
                assert_eq!(Pointer::parse(pointer.as_str()).as_ref(), Ok(&pointer));
                map.set(field, Some(pointer));
            }
            Err(PointerError::Escape { at }) => assert_eq!(place.chars().nth(at - 1), Some('~')),
            Err(error) => assert!(!error.to_string().is_empty()),
        }
    }
    for map in [None, Some(&map)] {
        let answer = Answer::read_by(map, "A", status, None, bytes);
        assert_eq!(answer.error.is_some(), matches!(answer.outcome, Outcome::Failed | Outcome::Forbidden));
        for price in &answer.prices {
            let written = &answer.body.text()[price.span.clone()];
            let is_plain = !written.contains('\\');
            assert!(!is_plain || written.trim_matches('"').trim() == price.amount.as_str(), "{written}");
        }
        for note in &answer.notes {
            assert!(!note.contains(|c: char| c.is_control() || matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')));
        }
    }
});
