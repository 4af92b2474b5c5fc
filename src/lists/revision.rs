//! A list after the proposals that the user took, and what is still suspected of it.
//!
//! An edit touches what its proposals listed when they were taken, and nothing else (P1): what it uncovers is proposed anew.
//! The original is never changed: a revision is made from it anew with every edit, so taking one back is leaving it out.

use std::sync::Arc;

use compact_str::CompactString;
use rustc_hash::FxHashMap;

use super::corrections::{Corrections, Fate, is_short_enough};
use super::damage::{Found, Kind, Mend, detect, proposal};
use super::mend::suspicions;
use super::origins::Origins;
use super::pattern::Pattern;
use super::reading::{Item, Stored};
use super::{ListError, SkuList, Watch, reveal};

/// Proposals that were taken together, as they stood side by side.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Edit(pub Vec<Kind>);

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
    /// What each edit came to: how many SKUs each of its kinds changed or left out.
    pub done: Vec<Vec<(Kind, usize)>>,
    /// What became of the SKUs of the file.
    pub corrections: Arc<Corrections>,
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
    // The place in the original of each SKU, once it is another than its own.
    let mut parents: Option<Vec<u32>> = None;
    for Edit(kinds) in edits {
        let after = apply(&items, kinds, &pattern, watch)?;
        items = Arc::new(after.items);
        pattern = Pattern::of(&items);
        parents = Some(match parents {
            Some(before) => after.parents.iter().map(|parent| before[*parent as usize]).collect(),
            None => after.parents,
        });
        done.push(kinds.iter().copied().zip(after.counts).collect());
    }
    watch.go_on()?;
    let found = detect(&items, &pattern, watch)?;
    let (duplicates, repeated) = duplicates(&items, watch)?;
    let secrets = found.iter().find(|found| found.kind == Kind::Secret).map_or(&[][..], |found| &found.places);
    let fate = |place: usize| {
        if secrets.binary_search(&(place as u32)).is_ok() || !is_short_enough(&items[place].sku) {
            Fate::LeftOut
        } else if repeats == Repeats::Once && repeated[place] {
            Fate::Repeated
        } else {
            Fate::Asked
        }
    };
    let asked = items.iter().enumerate().filter(|(place, _)| fate(*place) == Fate::Asked);
    let parent = |place: usize| parents.as_ref().map_or(place, |parents| parents[place] as usize);
    let origins = Origins::of(asked.clone().map(|(place, item)| (item, &original[parent(place)]))).map(Arc::new);
    let skus: Arc<[CompactString]> = asked.map(|(_, item)| item.sku.clone()).collect();
    watch.go_on()?;
    let corrections = Corrections::of(&done, original, &items, parent, fate);
    let mut source = source.to_owned();
    if !corrections.is_empty() {
        // The history keeps these words with the run.
        source = format!("{source} ({})", corrections.in_words());
    }
    let (list, corrections) = (SkuList { skus, origins, source }, Arc::new(corrections));
    Ok(Revision { items, pattern: Arc::new(pattern), found, done, corrections, duplicates, list })
}

/// A list after one edit.
struct After {
    items: Vec<Item>,
    /// For each of them, its place before.
    parents: Vec<u32>,
    /// For each kind, how many SKUs it changed or left out.
    counts: Vec<usize>,
}

/// Takes the proposals of these kinds. Each SKU is changed by the kinds that it was under before, one after the other, so that nothing
/// happens to it that was not proposed.
fn apply(items: &[Item], kinds: &[Kind], pattern: &Pattern, watch: &Watch) -> Result<After, ListError> {
    /// So many SKUs are looked at between two looks at whether to stop.
    const STEP: usize = 16 * 1024;
    let room = items.len();
    let (mut after, mut parents) = (Vec::with_capacity(room), Vec::with_capacity(room));
    let mut counts = vec![0; kinds.len()];
    let mut listed = vec![false; kinds.len()];
    for (place, item) in items.iter().enumerate() {
        if place.is_multiple_of(STEP) {
            watch.go_on()?;
        }
        listed.fill(false);
        suspicions(item, pattern, &mut |kind, _mend| {
            if let Some(at) = kinds.iter().position(|one| *one == kind) {
                listed[at] = true;
            }
        });
        if !listed.contains(&true) {
            parents.push(place as u32);
            after.push(item.clone());
            continue;
        }
        let mut now = vec![item.clone()];
        for (at, kind) in kinds.iter().enumerate().filter(|(at, _)| listed[*at]) {
            let [one] = &now[..] else { break };
            // It is a text now, and was looked at.
            let text = |sku| Item { sku, stored: Stored::Text, ..*item };
            now = match proposal(one, *kind, pattern) {
                Some(Mend::LeaveOut) => Vec::new(),
                Some(Mend::Change(sku)) => vec![text(sku)],
                Some(Mend::Split(skus)) => skus.into_iter().map(text).collect(),
                Some(Mend::Look) | None => continue,
            };
            counts[at] += 1;
        }
        parents.extend(std::iter::repeat_n(place as u32, now.len()));
        after.append(&mut now);
    }
    Ok(After { items: after, parents, counts })
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
        let edits: Vec<_> = edits.iter().map(|kind| Edit(vec![*kind])).collect();
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
        assert_eq!(
            (skus(&spaces), &spaces.done[..]),
            (vec!["'A-1", "1.23E+10", "B-2"], &[vec![(Kind::Spaces, 2)]][..])
        );
        // What one proposal uncovers, the next one sees.
        let both = revised(&list, &[Kind::Spaces, Kind::Quotes, Kind::Scientific], Repeats::Keep);
        assert_eq!((skus(&both), both.items[1].row), (vec!["A-1", "B-2"], 4));
        assert!(both.found.is_empty());
        assert_eq!(skus(&revised(&list, &[], Repeats::Keep)), [" 'A-1", "1.23E+10", "B-2 "]);
    }

    #[test]
    fn p1_proposals_taken_together_touch_only_what_they_listed() {
        let list = original(&["00012", "00123", "01234", "17", " 42"]);
        let before = revised(&list, &[], Repeats::Keep);
        let shown: Vec<_> = before.found.iter().map(|found| (found.kind, found.places.clone())).collect();
        assert_eq!(shown, [(Kind::Spaces, vec![4]), (Kind::LeadingZeros, vec![3])]);
        let together = Edit(vec![Kind::Spaces, Kind::LeadingZeros]);
        let after = revise(&list, "list.csv", &[together], Repeats::Keep, &Watch::default()).unwrap();
        assert_eq!(skus(&after), ["00012", "00123", "01234", "00017", "42"]);
        assert_eq!(after.done, [[(Kind::Spaces, 1), (Kind::LeadingZeros, 1)]]);
        // What was uncovered is proposed anew.
        assert_eq!((after.found[0].kind, &after.found[0].places[..]), (Kind::LeadingZeros, &[4][..]));
    }

    #[test]
    fn p1_a_line_is_split_and_what_its_parts_are_is_proposed_anew() {
        let list = original(&["• A-100, A-200", "A-300"]);
        let together = |kinds: &[Kind]| {
            revise(&list, "list.csv", &[Edit(kinds.to_vec())], Repeats::Keep, &Watch::default()).unwrap()
        };
        let stripped = together(&[Kind::Several, Kind::Bullet]);
        assert_eq!(skus(&stripped), ["A-100, A-200", "A-300"]);
        let both = revised(&list, &[Kind::Bullet, Kind::Several], Repeats::Keep);
        assert_eq!(skus(&both), ["A-100", "A-200", "A-300"]);
        assert_eq!(both.items.iter().map(|item| item.row).collect::<Vec<_>>(), [2, 2, 3]);
        assert_eq!(both.corrections.each[0].in_words(), "“• A-100, A-200” was looked up as A-100 | A-200");
    }

    #[test]
    fn what_was_changed_or_left_out_is_told_with_its_line() {
        let list = original(&[" A-1", "1.23E+10", "B-2", "A-1", &"0f".repeat(32)]);
        let corrections = revised(&list, &[Kind::Spaces, Kind::Scientific], Repeats::Once).corrections;
        let each: Vec<_> = corrections.each.iter().map(|one| (one.row, one.in_words())).collect();
        assert_eq!(each[0], (2, "“‹space›A-1” was looked up as A-1".to_owned()));
        assert_eq!(each[1], (3, "“1.23E+10” was left out".to_owned()));
        assert_eq!((each[2].0, each.len(), corrections.repeats), (6, 3, 1));
        // K1: not even here.
        assert!(!each[2].1.contains("0f0f"), "{each:?}");
        assert_eq!(corrections.in_words(), "trimmed 1, left out 1, never sent 1, repeats left out 1");
        let list = revised(&list, &[Kind::Spaces], Repeats::Keep).list;
        assert_eq!(list.source, "list.csv (trimmed 1, never sent 1)");
    }

    #[test]
    fn a_long_list_of_corrections_is_cut_and_says_so() {
        let skus: Vec<String> = (0..1500).map(|number| format!(" A-{number}")).collect();
        let skus: Vec<&str> = skus.iter().map(String::as_str).collect();
        let corrections = revised(&original(&skus), &[Kind::Spaces], Repeats::Keep).corrections;
        assert_eq!((corrections.touched, corrections.each.len(), corrections.unlisted()), (1500, 1000, 500));
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
