//! The field map of a key: where in a body of this server its user says that amount, currency and the like stand.
//!
//! Owns which fields can be named, what a map says, and the words about how a body was read by it. Refuses to be more than a
//! map: reading is the [`reader`](super::reader)'s, which goes by it before its own table. A map holds names of fields and
//! numbers of entries, and no secret.

mod mapped;
mod pointer;

use std::collections::BTreeMap;
use std::fmt;

use serde::{Deserialize, Serialize};

pub(super) use mapped::{Found, Mapped};
pub use pointer::{LONGEST, Pointer, PointerError, Step};

use super::shown::one_line;

/// What can be named.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum MappedField {
    Amount,
    Currency,
    PriceList,
    QuantityFrom,
    VatMode,
    ValidFrom,
    ValidTo,
}

impl MappedField {
    pub const ALL: [Self; 7] = [
        Self::Amount,
        Self::Currency,
        Self::PriceList,
        Self::QuantityFrom,
        Self::VatMode,
        Self::ValidFrom,
        Self::ValidTo,
    ];

    /// The word on screen.
    pub const fn label(self) -> &'static str {
        match self {
            Self::Amount => "Amount",
            Self::Currency => "Currency",
            Self::PriceList => "Price list",
            Self::QuantityFrom => "From quantity",
            Self::VatMode => "VAT mode",
            Self::ValidFrom => "Valid from",
            Self::ValidTo => "Valid to",
        }
    }

    /// The word inside a sentence.
    const fn word(self) -> &'static str {
        match self {
            Self::Amount => "amount",
            Self::Currency => "currency",
            Self::PriceList => "price list",
            Self::QuantityFrom => "from quantity",
            Self::VatMode => "VAT mode",
            Self::ValidFrom => "valid from",
            Self::ValidTo => "valid to",
        }
    }
}

/// The named fields of one key's answers. Empty, it changes nothing.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(transparent)]
pub struct FieldMap(BTreeMap<MappedField, Pointer>);

impl FieldMap {
    /// A map of texts as they are typed; a blank text names nothing.
    ///
    /// # Errors
    /// Each field whose text is no pointer.
    pub fn parse<'t>(
        texts: impl IntoIterator<Item = (MappedField, &'t str)>,
    ) -> Result<Self, Vec<(MappedField, PointerError)>> {
        let (mut map, mut errors) = (Self::default(), Vec::new());
        for (field, text) in texts {
            if text.trim().is_empty() {
                continue;
            }
            match Pointer::parse(text) {
                Ok(pointer) => map.set(field, Some(pointer)),
                Err(error) => errors.push((field, error)),
            }
        }
        if errors.is_empty() { Ok(map) } else { Err(errors) }
    }

    pub fn get(&self, field: MappedField) -> Option<&Pointer> {
        self.0.get(&field)
    }

    pub fn set(&mut self, field: MappedField, pointer: Option<Pointer>) {
        match pointer {
            Some(pointer) => self.0.insert(field, pointer),
            None => self.0.remove(&field),
        };
    }

    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// What is named, in the order of [`MappedField::ALL`].
    pub fn iter(&self) -> impl Iterator<Item = (MappedField, &Pointer)> {
        self.0.iter().map(|(field, pointer)| (*field, pointer))
    }
}

/// How a body was read by a field map.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ByMap {
    /// The fields of which at least one value stands where the map says.
    pub used: Vec<MappedField>,
    pub missed: Vec<Missed>,
}

/// A field that was not read where the map says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Missed {
    pub field: MappedField,
    /// Where the map says that it stands, fit for a sentence.
    pub place: String,
    pub how: Miss,
}

/// What was found in its place.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Miss {
    /// Nothing in the whole body, or an object or a list.
    Absent,
    /// An amount's place that holds `null`, `true`, `false` or a blank text throughout.
    Empty,
    /// Nothing for so many prices, of so many.
    Partly { missing: usize, of: usize },
    /// Several values for one price.
    Several,
}

/// How every note begins that says what was read by a map.
pub const READ_BY_MAP: &str = "Read by your field map: ";

impl ByMap {
    pub(super) fn miss(&mut self, field: MappedField, pointer: &Pointer, how: Miss) {
        self.missed.push(Missed { field, place: one_line(pointer.as_str()), how });
    }

    /// Whether an amount stands where the map says, if only as `null`.
    pub fn names_amount(&self) -> bool {
        self.used.contains(&MappedField::Amount)
    }

    /// What a person should know about it, one sentence each.
    pub fn notes(&self) -> impl Iterator<Item = String> {
        let is_empty =
            |field: &MappedField| self.missed.iter().any(|miss| (miss.field, miss.how) == (*field, Miss::Empty));
        let words: Vec<&str> = self.used.iter().filter(|field| !is_empty(field)).map(|field| field.word()).collect();
        let used = (!words.is_empty()).then(|| format!("{READ_BY_MAP}{}.", words.join(", ")));
        used.into_iter().chain(self.missed.iter().map(Missed::to_string))
    }
}

impl fmt::Display for Missed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { field, place, how } = self;
        write!(f, "Your field map has the {} at {place}, ", field.word())?;
        match (how, field) {
            (Miss::Absent, MappedField::Amount) => {
                f.write_str("and this body has no value there: prices were looked for by their usual names.")
            }
            (Miss::Absent, _) => f.write_str("and this body has no value there: it was looked for by its usual names."),
            (Miss::Empty, _) => {
                f.write_str("and this body holds no number there: that is no price, and not a price of zero.")
            }
            (Miss::Partly { missing, of }, _) => write!(
                f,
                "and this body has no value there for {missing} of {of} prices: there it was looked for by its usual names."
            ),
            (Miss::Several, _) => f.write_str(
                "and this body has several values there for one price: none of them was taken. Name the one that belongs to the price.",
            ),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn typed_texts_become_a_map_and_each_bad_one_is_named() {
        let map = FieldMap::parse([(MappedField::Amount, "/a"), (MappedField::Currency, " ")]).unwrap();
        assert_eq!(
            map.iter().map(|(field, at)| (field, at.as_str())).collect::<Vec<_>>(),
            [(MappedField::Amount, "/a")]
        );
        let errors = FieldMap::parse([(MappedField::Amount, "a"), (MappedField::ValidTo, "/~")]).unwrap_err();
        assert_eq!(
            errors,
            [(MappedField::Amount, PointerError::NoSlash), (MappedField::ValidTo, PointerError::Escape { at: 2 })]
        );
    }

    #[test]
    fn a_map_survives_the_settings_file() {
        let texts = MappedField::ALL.map(|field| (field, "/a~1b/*/c"));
        let map = FieldMap::parse(texts).unwrap();
        let text = toml::to_string(&map).unwrap();
        assert!(text.contains("quantity_from = \"/a~1b/*/c\""), "{text}");
        assert_eq!(toml::from_str::<FieldMap>(&text).unwrap(), map);
        let error = toml::from_str::<FieldMap>("amount = \"/a~2\"").unwrap_err();
        assert!(error.to_string().contains("Character 3"), "{error}");
    }
}
