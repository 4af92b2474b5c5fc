//! A list after the proposals that the user took, and what is still suspected of it.
//!
//! The original is never changed: a revision is made from it anew with every edit, so taking one back is leaving it out.

use std::sync::Arc;

use compact_str::CompactString;
use rustc_hash::FxHashMap;

use super::damage::{Found, Kind, Mend, detect, proposal};
use super::pattern::Pattern;
use super::reading::{Item, Stored};
use super::{LONGEST_SKU, ListError, SkuList, Watch, reveal};

/// One proposal that was taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Edit(pub Kind);

/// What is done with SKUs that stand in the list more than once.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum Repeats {
    /// Each is looked up as often as it stands there.
    #[default]
    Keep,
    /// Each is looked up once, where it stands first.
    Once,
}

/// SKUs that stand in a list more than once.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Duplicates {
    /// How many different SKUs there are.
    pub unique: usize,
    /// How many of them stand there more than once.
    pub repeated: usize,
    /// How many places they take beyond the first.
    pub extra: usize,
    /// The first one that is repeated, fit to be shown, and its rows, up to three.
    pub example: Option<(String, Vec<u32>)>,
}

/// A list after edits.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Revision {
    /// The SKUs, before duplicates are left out.
    pub items: Arc<Vec<Item>>,
    pub pattern: Arc<Pattern>,
    /// What is suspected of them.
    pub found: Vec<Found>,
    /// What each edit came to: how many SKUs it changed or left out.
    pub done: Vec<(Kind, usize)>,
    pub duplicates: Duplicates,
    /// What is looked up. Without secrets: they are never sent and never written down (K1). Without what is too long: of such a
    /// cell only the beginning was kept, and nobody asked for that (P1).
    pub list: SkuList,
}

/// Makes the list that the edits come to.
///
/// # Errors
/// Only if `watch` stopped it.
pub fn revise(
    original: &Arc<Vec<Item>>,
    source: &str,
    edits: &[Edit],
    repeats: Repeats,
    watch: &Watch,
) -> Result<Revision, ListError> {
    let mut items = Arc::clone(original);
    let mut pattern = Pattern::of(&items);
    let mut done = Vec::new();
    for &Edit(kind) in edits {
        watch.go_on()?;
        let (after, count) = apply(&items, kind, &pattern);
        items = Arc::new(after);
        pattern = Pattern::of(&items);
        done.push((kind, count));
    }
    watch.go_on()?;
    let found = detect(&items, &pattern, watch)?;
    let (duplicates, repeated) = duplicates(&items, watch)?;
    let secrets = found.iter().find(|found| found.kind == Kind::Secret).map_or(&[][..], |found| &found.places);
    let is_asked = |place: usize| {
        secrets.binary_search(&(place as u32)).is_err()
            && items[place].sku.len() <= LONGEST_SKU
            && (repeats == Repeats::Keep || !repeated[place])
    };
    let asked = items.iter().enumerate().filter(|(place, _)| is_asked(*place));
    let skus: Arc<[CompactString]> = asked.map(|(_, item)| item.sku.clone()).collect();
    let list = SkuList { skus, source: source.to_owned() };
    Ok(Revision { items, pattern: Arc::new(pattern), found, done, duplicates, list })
}

fn apply(items: &[Item], kind: Kind, pattern: &Pattern) -> (Vec<Item>, usize) {
    let (mut after, mut count) = (Vec::with_capacity(items.len()), 0);
    for item in items {
        match proposal(item, kind, pattern) {
            Some(Mend::LeaveOut) => count += 1,
            Some(Mend::Change(sku)) => {
                count += 1;
                // It is a text now, and was looked at.
                after.push(Item { sku, stored: Stored::Text, ..*item });
            }
            Some(Mend::Look) | None => after.push(item.clone()),
        }
    }
    (after, count)
}

/// Counts what stands there more than once, and marks all but the first of each.
fn duplicates(items: &[Item], watch: &Watch) -> Result<(Duplicates, Vec<bool>), ListError> {
    let mut seen: FxHashMap<&str, (u32, bool)> = FxHashMap::default();
    seen.reserve(items.len());
    let mut marked = vec![false; items.len()];
    let mut duplicates = Duplicates::default();
    let mut first: Option<(&str, Vec<u32>)> = None;
    for (place, item) in items.iter().enumerate() {
        if place.is_multiple_of(65_536) {
            watch.go_on()?;
        }
        let sku = item.sku.as_str();
        match seen.entry(sku) {
            std::collections::hash_map::Entry::Vacant(free) => {
                free.insert((item.row, false));
                duplicates.unique += 1;
            }
            std::collections::hash_map::Entry::Occupied(mut known) => {
                let (row, repeats) = known.get_mut();
                duplicates.repeated += usize::from(!std::mem::replace(repeats, true));
                duplicates.extra += 1;
                marked[place] = true;
                let (example, rows) = first.get_or_insert_with(|| (sku, vec![*row]));
                if *example == sku && rows.len() < 3 {
                    rows.push(item.row);
                }
            }
        }
    }
    duplicates.example = first.map(|(sku, rows)| (reveal::shown(sku, 48), rows));
    Ok((duplicates, marked))
}

#[cfg(test)]
mod tests {
    use super::super::{Source, Wish, read};
    use super::*;

    fn original(skus: &[&str]) -> Arc<Vec<Item>> {
        let item =
            |(place, sku): (usize, &&str)| Item { sku: (*sku).into(), row: place as u32 + 2, stored: Stored::Text };
        Arc::new(skus.iter().enumerate().map(item).collect())
    }

    fn revised(original: &Arc<Vec<Item>>, edits: &[Kind], repeats: Repeats) -> Revision {
        let edits: Vec<_> = edits.iter().copied().map(Edit).collect();
        revise(original, "list.csv", &edits, repeats, &Watch::default()).unwrap()
    }

    fn skus(revision: &Revision) -> Vec<&str> {
        revision.list.skus.iter().map(CompactString::as_str).collect()
    }

    #[test]
    fn p1_without_an_edit_every_sku_is_as_it_was() {
        let list = original(&[" A\u{a0}1", "1.23E+10", "\"B\"", "A-1", "A-1"]);
        let revision = revised(&list, &[], Repeats::Keep);
        assert_eq!(skus(&revision), [" A\u{a0}1", "1.23E+10", "\"B\"", "A-1", "A-1"]);
        assert!(Arc::ptr_eq(&revision.items, &list));
    }

    #[test]
    fn an_edit_changes_its_kind_alone_and_is_taken_back_by_leaving_it_out() {
        let list = original(&[" 'A-1", "1.23E+10", "B-2 "]);
        let spaces = revised(&list, &[Kind::Spaces], Repeats::Keep);
        assert_eq!((skus(&spaces), &spaces.done[..]), (vec!["'A-1", "1.23E+10", "B-2"], &[(Kind::Spaces, 2)][..]));
        // What one proposal uncovers, the next one sees.
        let both = revised(&list, &[Kind::Spaces, Kind::Quotes, Kind::Scientific], Repeats::Keep);
        assert_eq!((skus(&both), both.items[1].row), (vec!["A-1", "B-2"], 4));
        assert!(both.found.is_empty());
        assert_eq!(skus(&revised(&list, &[], Repeats::Keep)), [" 'A-1", "1.23E+10", "B-2 "]);
    }

    #[test]
    fn duplicates_are_counted_and_left_out_on_demand_only() {
        let list = original(&["A", "B", "A", "C", "B", "A"]);
        let kept = revised(&list, &[], Repeats::Keep);
        let Duplicates { unique, repeated, extra, example } = kept.duplicates;
        assert_eq!((unique, repeated, extra, kept.list.skus.len()), (3, 2, 3, 6));
        assert_eq!(example, Some(("A".into(), vec![2, 4, 7])));
        assert_eq!(skus(&revised(&list, &[], Repeats::Once)), ["A", "B", "C"]);
    }

    #[test]
    fn k1_a_secret_in_a_list_is_never_looked_up() {
        let list = original(&["A", &"0f".repeat(32)]);
        assert_eq!(skus(&revised(&list, &[], Repeats::Keep)), ["A"]);
    }

    #[test]
    fn p1_a_cell_that_was_cut_is_never_looked_up() {
        let source = Source::of("a.txt", format!("A-1\n{}\nA-2\n", "x".repeat(5000)).into_bytes());
        let read = read(&source, &Wish::default(), &Watch::default()).unwrap();
        // No proposal makes a SKU of what is left of it either.
        for kind in [None, Some(Kind::Spaces), Some(Kind::TooLong)] {
            let revision = revised(&read.items, kind.as_slice(), Repeats::Keep);
            assert_eq!(skus(&revision), ["A-1", "A-2"], "{kind:?}");
        }
        let found = revised(&read.items, &[], Repeats::Keep).found;
        assert_eq!((found[0].kind, &found[0].places[..]), (Kind::TooLong, &[1][..]));
        assert!(found[0].kind.says(1).ends_with("is never sent"));
    }

    #[test]
    fn padding_a_stored_number_settles_both_suspicions() {
        let mut list = original(&["00012", "00123", "01234", "42"]);
        Arc::make_mut(&mut list)[3].stored = Stored::Number;
        let revision = revised(&list, &[Kind::LeadingZeros], Repeats::Keep);
        assert_eq!(skus(&revision)[3], "00042");
        assert!(revision.found.is_empty());
    }
}
