//! What each name in a body means, and which meanings stand together in an object.
//!
//! Owns the one pass over all names, so that the walk of the [`reader`](super::reader) asks for them as often as it likes.
//! Refuses to judge: what a meaning comes to is the reader's.

use super::fields::{Field, field};
use super::json::{Node, Tree};

/// The meanings of a tree's names, by the index of the value that stands under each.
#[derive(Default)]
pub struct Meanings {
    of_values: Vec<Meaning>,
    /// How many names are those of amounts.
    pub amounts: usize,
}

#[derive(Clone, Copy, Default)]
struct Meaning {
    own: Option<Field>,
    members: Fields,
}

/// The meanings that stand directly in an object.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Fields(u64);

impl Meanings {
    pub fn of(tree: Tree<'_>) -> Self {
        let mut all = Self { of_values: vec![Meaning::default(); tree.size()], amounts: 0 };
        for node in tree.nodes() {
            let Some(own) = node.key().and_then(|key| field(&key)) else { continue };
            all.amounts += usize::from(own.names_amount());
            if let Some(meaning) = all.of_values.get_mut(node.index() as usize) {
                meaning.own = Some(own);
            }
            if let Some(holder) = node.parent().and_then(|parent| all.of_values.get_mut(parent.index() as usize)) {
                holder.members.insert(own);
            }
        }
        all
    }

    /// The meaning of the name under which a value stands.
    pub fn own(&self, node: Node<'_>) -> Option<Field> {
        self.of_values.get(node.index() as usize)?.own
    }

    /// The meanings of the names in an object.
    pub fn of_members(&self, node: Node<'_>) -> Fields {
        self.of_values.get(node.index() as usize).map_or(Fields::default(), |meaning| meaning.members)
    }
}

impl Fields {
    /// Above the bits of all fields.
    const TWICE: u64 = 1 << 63;

    fn insert(&mut self, field: Field) {
        let twice = if self.has(field) { Self::TWICE } else { 0 };
        self.0 |= Self::bit(field) | twice;
    }

    pub fn has(self, field: Field) -> bool {
        self.0 & Self::bit(field) != 0
    }

    /// Whether any of them stands there more than once.
    pub fn any_twice(self) -> bool {
        self.0 & Self::TWICE != 0
    }

    const fn bit(field: Field) -> u64 {
        1 << field as u8
    }
}

#[cfg(test)]
mod tests {
    use super::super::body::Body;
    use super::*;

    fn fields(text: &str) -> Fields {
        let body = Body::read(text.as_bytes(), None).unwrap();
        let tree = body.tree().unwrap();
        Meanings::of(tree).of_members(tree.root())
    }

    #[test]
    fn an_object_knows_what_stands_directly_in_it() {
        let found = fields(r#"{"sku":"A","price":1,"article":{"vat_mode":"NET"}}"#);
        assert!(found.has(Field::Sku) && found.has(Field::Price) && found.has(Field::Article));
        assert!(!found.has(Field::VatMode) && !found.any_twice());
        assert!(fields(r#"{"price":1,"Price":2}"#).any_twice());
    }

    #[test]
    fn every_meaning_has_a_bit_of_its_own() {
        // `Never` is the last of them.
        assert!((Field::Never as u8) < 63);
    }
}
