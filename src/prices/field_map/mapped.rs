//! A field map laid over one body: which values are amounts by it, and what belongs to each of them.
//!
//! Owns the one rule by which a field is joined to a price: both stand in the same entry of every list that both places lead
//! through. So it is looked for from the innermost value that is on the way to both, and is taken only if it is one value.

use std::borrow::Cow;
use std::ops::ControlFlow;

use rustc_hash::FxHashSet;

use super::super::json::{Kind, Node, Tree};
use super::super::reader::single;
use super::{ByMap, FieldMap, MappedField, Miss, Pointer};

/// The map of one body.
pub struct Mapped<'a> {
    /// Where the map says that the amount stands, if this body has it there.
    amount: Option<&'a Pointer>,
    /// The amounts by the map, and all that they stand in, by [`Node::index`].
    leading: FxHashSet<u32>,
    others: Vec<Other<'a>>,
    prices: usize,
    by_map: ByMap,
}

/// A field beside the amount.
struct Other<'a> {
    field: MappedField,
    pointer: &'a Pointer,
    /// What was found last: from which value, by the segments behind which number, and what.
    last: Option<(u32, usize, Found<'a>)>,
    found: usize,
    null: usize,
    several: usize,
}

#[derive(Clone)]
pub enum Found<'a> {
    Nothing,
    /// `null` or a blank text: the body says that there is none.
    Null,
    One(Cow<'a, str>),
    Several,
}

impl<'a> Mapped<'a> {
    pub fn of(map: &'a FieldMap, tree: Tree<'a>) -> Self {
        let mut mapped = Self {
            amount: None,
            leading: FxHashSet::default(),
            others: Vec::new(),
            prices: 0,
            by_map: ByMap::default(),
        };
        for (field, pointer) in map.iter() {
            if field == MappedField::Amount {
                mapped.find_amounts(pointer, tree);
            } else {
                mapped.others.push(Other { field, pointer, last: None, found: 0, null: 0, several: 0 });
            }
        }
        mapped
    }

    fn find_amounts(&mut self, pointer: &'a Pointer, tree: Tree<'a>) {
        // Never breaks off.
        _ = pointer.each(tree.root(), 0, &mut |node| {
            if !matches!(node.kind(), Kind::Object | Kind::Array) {
                self.amount = Some(pointer);
                let mut at = Some(node);
                while let Some(node) = at.filter(|node| self.leading.insert(node.index())) {
                    at = node.parent();
                }
            }
            ControlFlow::Continue(())
        });
        match self.amount {
            Some(_) => self.by_map.used.push(MappedField::Amount),
            None => self.by_map.miss(MappedField::Amount, pointer, Miss::Absent),
        }
    }

    /// Whether the map leads to a value, as an amount or as something that holds one.
    pub fn leads_to(&self, node: Node<'_>) -> bool {
        self.leading.contains(&node.index())
    }

    /// Whether a single value is to be passed over, since the map says that the amounts are elsewhere.
    pub fn passes_over(&self, node: Node<'_>) -> bool {
        self.amount.is_some() && !self.leads_to(node)
    }

    /// Shows `take` what the map names for the amount at `node`.
    pub fn name(&mut self, node: Node<'a>, mut take: impl FnMut(MappedField, Found<'a>)) {
        self.prices += 1;
        let mut way = vec![node];
        while let Some(holder) = way.last().and_then(|node| node.parent()) {
            way.push(holder);
        }
        way.reverse();
        for other in &mut self.others {
            let found = other.beside(&way);
            match found {
                Found::Nothing => {}
                Found::Null => other.null += 1,
                Found::One(_) => other.found += 1,
                Found::Several => other.several += 1,
            }
            take(other.field, found);
        }
    }

    /// What is to be said, once all prices were found.
    pub fn finish(mut self, unreadable: usize) -> ByMap {
        if let Some(pointer) = self.amount.filter(|_| self.prices == 0 && unreadable == 0) {
            self.by_map.miss(MappedField::Amount, pointer, Miss::Empty);
        }
        let of = self.prices;
        for other in self.others {
            let missing = of - other.found - other.null - other.several;
            if other.found > 0 {
                self.by_map.used.push(other.field);
            }
            let how = match (missing, other.several) {
                _ if of == 0 => continue,
                (_, 1..) => Miss::Several,
                (0, _) => continue,
                (missing, _) if missing == of => Miss::Absent,
                (missing, _) => Miss::Partly { missing, of },
            };
            self.by_map.miss(other.field, other.pointer, how);
        }
        self.by_map
    }
}

impl<'a> Other<'a> {
    /// The value that belongs to the last value of `way`, which leads to it from the root.
    fn beside(&mut self, way: &[Node<'a>]) -> Found<'a> {
        // The amount itself holds nothing, so the way back from it begins one before.
        let most = way.len().saturating_sub(1).min(self.pointer.depth());
        let shared =
            way.windows(2).take(most).enumerate().take_while(|(at, pair)| self.pointer.leads(*at, pair[0], pair[1]));
        let shared = shared.count().min(way.len().saturating_sub(2));
        let Some(from) = way.get(shared) else { return Found::Nothing };
        if let Some((index, at, found)) = &self.last
            && (*index, *at) == (from.index(), shared)
        {
            return found.clone();
        }
        let mut found = Found::Nothing;
        // Where it breaks off, there are several.
        _ = self.pointer.each(*from, shared, &mut |node| match (single(node), &found) {
            (None, Found::Nothing) if !matches!(node.kind(), Kind::Object | Kind::Array) => {
                found = Found::Null;
                ControlFlow::Continue(())
            }
            (None, _) => ControlFlow::Continue(()),
            (Some(text), Found::Nothing | Found::Null) => {
                found = Found::One(text);
                ControlFlow::Continue(())
            }
            (Some(_), _) => {
                found = Found::Several;
                ControlFlow::Break(())
            }
        });
        self.last = Some((from.index(), shared, found.clone()));
        found
    }
}
