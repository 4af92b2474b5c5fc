//! Finds each price's counterpart.
//!
//! SKUs are matched byte for byte. Among the prices of a SKU, a counterpart has the same price list, currency and quantity break; where
//! that fits several, kind, unit, further fields, the VAT mode and the dates of validity tell them apart, one after the other. One that is
//! left over on each side is the other's counterpart, changed. Where several are, that is said to be ambiguous, and none is picked.

use std::sync::Arc;

use compact_str::CompactString;
use rustc_hash::FxHashMap;

use super::difference::other_fields_differ;
use super::key::{self, Step};
use super::pair::{At, Pair, Verdict, Why};
use crate::batch::{Answered, Rows, RunHeader};
use crate::prices::{Outcome, Price};

/// One run of the two. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Side {
    pub header: RunHeader,
    /// The list that was asked.
    pub skus: Arc<[CompactString]>,
    pub rows: Rows,
}

/// Two runs and how they match.
#[derive(Debug, Clone)]
pub struct Comparison {
    pub left: Side,
    pub right: Side,
    pub pairs: Vec<Pair>,
    counts: [usize; Verdict::ALL.len()],
    /// The most digits after the point that an amount of either side has.
    pub digits: u8,
    pub named: Named,
    has_two_currencies: bool,
}

/// Which of the things that tell prices apart any price of either side names.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Named {
    /// Another kind than a plain `price`, which says nothing.
    pub kind: bool,
    pub vat_mode: bool,
    pub unit: bool,
}

impl Named {
    fn see(&mut self, price: &Price) {
        self.kind |= price.kind.as_deref().is_some_and(|kind| kind != "price");
        self.vat_mode |= price.vat_mode.is_some();
        self.unit |= price.unit.is_some();
    }
}

impl Comparison {
    pub fn count(&self, verdict: Verdict) -> usize {
        self.counts[verdict as usize]
    }

    /// Whether a row has a price in one currency beside one in another.
    pub fn has_two_currencies(&self) -> bool {
        self.has_two_currencies
    }

    /// Whether the sides are known to have been read by different field maps: what differs can then come from the reading.
    pub fn is_read_differently(&self) -> bool {
        let maps = (&self.left.header.field_map, &self.right.header.field_map);
        matches!(maps, (Some(left), Some(right)) if left != right)
    }

    /// The side's answer that a place is in.
    pub fn left_of(&self, pair: &Pair) -> Option<&Arc<Answered>> {
        self.left.rows.get(pair.left?.place as usize)
    }

    pub fn right_of(&self, pair: &Pair) -> Option<&Arc<Answered>> {
        self.right.rows.get(pair.right?.place as usize)
    }

    pub fn left_price(&self, pair: &Pair) -> Option<&Price> {
        self.left_of(pair)?.prices.get(pair.left?.price? as usize)
    }

    pub fn right_price(&self, pair: &Pair) -> Option<&Price> {
        self.right_of(pair)?.prices.get(pair.right?.price? as usize)
    }

    /// The SKU of a row, as the lists have it.
    pub fn sku(&self, pair: &Pair) -> &str {
        pair.left
            .and_then(|at| self.left.skus.get(at.place as usize))
            .or_else(|| pair.right.and_then(|at| self.right.skus.get(at.place as usize)))
            .map_or("", CompactString::as_str)
    }
}

/// Compares two runs. Takes time that grows with their lengths: for a task, not for a frame.
pub fn compare(left: Side, right: Side) -> Comparison {
    let pairs = {
        let (lefts, rights) = (Index::of(&left), Index::of(&right));
        let mut matcher = Matcher { left: &left, right: &right, pairs: Vec::with_capacity(left.skus.len()) };
        for (place, sku) in left.skus.iter().enumerate() {
            if lefts.first(sku) == Some(place) {
                matcher.sku(lefts.places(sku), rights.places(sku));
            }
        }
        for (place, sku) in right.skus.iter().enumerate() {
            if rights.first(sku) == Some(place) && lefts.first(sku).is_none() {
                matcher.sku(&[], rights.places(sku));
            }
        }
        matcher.pairs.shrink_to_fit();
        matcher.pairs
    };
    let mut counts = [0; Verdict::ALL.len()];
    for pair in &pairs {
        counts[pair.verdict as usize] += 1;
    }
    let (mut digits, mut named) = (0, Named::default());
    for (_, answered) in [&left, &right].into_iter().flat_map(|side| side.rows.answered()) {
        for price in &answered.prices {
            let fraction = price.amount.as_str().split_once('.').map_or(0, |(_, digits)| digits.len().min(8) as u8);
            digits = digits.max(fraction);
            named.see(price);
        }
    }
    let has_two_currencies = pairs.iter().any(|pair| pair.why == Why::Currency);
    Comparison { left, right, pairs, counts, digits, named, has_two_currencies }
}

/// Where each SKU stands in a list.
struct Index<'a>(FxHashMap<&'a str, Places>);

/// Nearly always one.
#[derive(Debug)]
enum Places {
    One([u32; 1]),
    Several(Vec<u32>),
}

impl<'a> Index<'a> {
    fn of(side: &'a Side) -> Self {
        let mut index: FxHashMap<&str, Places> = FxHashMap::default();
        index.reserve(side.skus.len());
        for (place, sku) in side.skus.iter().enumerate() {
            let place = u32::try_from(place).unwrap_or(u32::MAX);
            index
                .entry(sku.as_str())
                .and_modify(|places| match places {
                    Places::One([first]) => *places = Places::Several(vec![*first, place]),
                    Places::Several(places) => places.push(place),
                })
                .or_insert(Places::One([place]));
        }
        Self(index)
    }

    fn places(&self, sku: &str) -> &[u32] {
        match self.0.get(sku) {
            None => &[],
            Some(Places::One(place)) => place,
            Some(Places::Several(places)) => places,
        }
    }

    fn first(&self, sku: &str) -> Option<usize> {
        self.places(sku).first().map(|place| *place as usize)
    }
}

/// What one side says of a SKU.
#[derive(Clone, Copy)]
struct Said<'a> {
    place: u32,
    answered: Option<&'a Answered>,
}

impl<'a> Said<'a> {
    /// Whether this side's prices are known, if only that there are none.
    fn known(self) -> Option<&'a Answered> {
        self.answered.filter(|answered| !matches!(answered.outcome, Outcome::Failed | Outcome::Forbidden))
    }

    fn prices(self) -> &'a [Price] {
        self.answered.map_or(&[], |answered| &answered.prices)
    }

    fn whole(self) -> At {
        At { place: self.place, price: None }
    }

    fn at(self, price: usize) -> At {
        At { place: self.place, price: u32::try_from(price).ok() }
    }
}

struct Matcher<'a> {
    left: &'a Side,
    right: &'a Side,
    pairs: Vec<Pair>,
}

impl<'a> Matcher<'a> {
    fn sku(&mut self, left: &[u32], right: &[u32]) {
        let (a, b) = (said(self.left, left), said(self.right, right));
        match (a, b) {
            (Ok(Some(a)), Ok(Some(b))) => self.both(a, b),
            (Ok(Some(a)), Ok(None)) => self.one_side(a, Hand::Left, None, Verdict::NotComparable, Why::NotAsked),
            (Ok(None), Ok(Some(b))) => self.one_side(b, Hand::Right, None, Verdict::NotComparable, Why::NotAsked),
            // The first of each stands for all of them, and for what they say none does.
            _ => {
                let whole = |places: &[u32]| places.first().map(|place| At { place: *place, price: None });
                self.push(whole(left), whole(right), Verdict::NotComparable, Why::Repeated);
            }
        }
    }

    fn both(&mut self, a: Said<'a>, b: Said<'a>) {
        match (a.known(), b.known()) {
            (Some(left), Some(right)) => match (left.prices.is_empty(), right.prices.is_empty()) {
                (true, true) => {
                    let verdict = if left.outcome == right.outcome { Verdict::Neither } else { Verdict::Different };
                    self.push(Some(a.whole()), Some(b.whole()), verdict, Why::Outcome);
                }
                (false, true) => self.one_side(a, Hand::Left, Some(b.whole()), Verdict::OnlyLeft, Why::Prices),
                (true, false) => self.one_side(b, Hand::Right, Some(a.whole()), Verdict::OnlyRight, Why::Prices),
                (false, false) => self.prices(a, b),
            },
            (_, None) => self.one_side(a, Hand::Left, Some(b.whole()), Verdict::NotComparable, Why::Unanswered),
            (None, _) => self.one_side(b, Hand::Right, Some(a.whole()), Verdict::NotComparable, Why::Unanswered),
        }
    }

    /// A row for each price of a side, or one for its answer, beside what the other side has.
    fn one_side(&mut self, said: Said<'a>, hand: Hand, beside: Option<At>, verdict: Verdict, why: Why) {
        let places: Vec<At> = match said.prices().len() {
            0 => vec![said.whole()],
            prices => (0..prices).map(|price| said.at(price)).collect(),
        };
        for at in places {
            match hand {
                Hand::Left => self.push(Some(at), beside, verdict, why),
                Hand::Right => self.push(beside, Some(at), verdict, why),
            }
        }
    }

    fn prices(&mut self, a: Said<'a>, b: Said<'a>) {
        let (left, right) = (a.prices(), b.prices());
        let mut found = matched(left, right);
        other_currencies(left, right, &mut found);
        // In the order of the left body; what is only in the right one comes after it, in its own order.
        found.sort_by_key(|(left, right, ..)| (left.is_none(), *left, *right));
        for (l, r, verdict, why) in found {
            let (l, r) = (l.map(|price| a.at(price)), r.map(|price| b.at(price)));
            // The other side's answer stands beside a price without a counterpart, so that its status can be looked at.
            self.push(l.or(Some(a.whole())), r.or(Some(b.whole())), verdict, why);
        }
    }

    fn push(&mut self, left: Option<At>, right: Option<At>, verdict: Verdict, why: Why) {
        self.pairs.push(Pair { left, right, verdict, why });
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Hand {
    Left,
    Right,
}

/// A SKU stands in the list several times, and its answers are not the same.
struct Contradiction;

/// What a side says of a SKU. Where it stands in the list several times, the same answer counts once.
fn said<'a>(side: &'a Side, places: &[u32]) -> Result<Option<Said<'a>>, Contradiction> {
    let Some((first, others)) = places.split_first() else { return Ok(None) };
    let of = |place: u32| Said { place, answered: side.rows.get(place as usize).map(|answered| &**answered) };
    let first = of(*first);
    let same = |other: &u32| match (first.answered, of(*other).answered) {
        (Some(a), Some(b)) => a.outcome == b.outcome && a.prices == b.prices,
        (None, None) => true,
        _ => false,
    };
    if others.iter().all(same) { Ok(Some(first)) } else { Err(Contradiction) }
}

type Found = Vec<(Option<usize>, Option<usize>, Verdict, Why)>;

/// Matches the prices of a SKU: by list, currency and quantity, and where these fit several, by whatever else tells them apart.
fn matched(left: &[Price], right: &[Price]) -> Found {
    let mut found = Found::with_capacity(left.len());
    let all = split(left, right, (0..left.len()).collect(), (0..right.len()).collect(), Step::Usual);
    pairs(left, right, &all.pairs, &mut found);
    only(&all.lefts, &all.rights, &mut found);
    for (l, r) in all.several {
        let lefts: Vec<&Price> = l.iter().map(|index| &left[*index]).collect();
        let rights: Vec<&Price> = r.iter().map(|index| &right[*index]).collect();
        tell(left, right, l, r, &key::finer(&lefts, &rights), &mut found);
    }
    found
}

/// Tells several prices on each side apart by the steps, one after the other.
fn tell(left: &[Price], right: &[Price], l: Vec<usize>, r: Vec<usize>, steps: &[Step<'_>], found: &mut Found) {
    let Some((step, deeper)) = steps.split_first() else { return ambiguous(left, right, &l, &r, found) };
    let parts = split(left, right, l, r, *step);
    pairs(left, right, &parts.pairs, found);
    for (l, r) in parts.several {
        tell(left, right, l, r, deeper, found);
    }
    match (&parts.lefts[..], &parts.rights[..]) {
        // One that is left over on each side has changed in this.
        ([one], [other]) => pairs(left, right, &[(*one, *other)], found),
        ([_, ..], [_, ..]) if step.can_change() => tell(left, right, parts.lefts, parts.rights, deeper, found),
        (lefts, rights) => only(lefts, rights, found),
    }
}

/// What one step makes of prices.
#[derive(Default)]
struct Parts {
    /// One on each side.
    pairs: Vec<(usize, usize)>,
    /// More than one on a side, and at least one on the other.
    several: Vec<(Vec<usize>, Vec<usize>)>,
    /// Without any on the other side.
    lefts: Vec<usize>,
    rights: Vec<usize>,
}

fn split(left: &[Price], right: &[Price], mut l: Vec<usize>, mut r: Vec<usize>, step: Step<'_>) -> Parts {
    l.sort_by(|a, b| key::compare(&left[*a], &left[*b], step));
    r.sort_by(|a, b| key::compare(&right[*a], &right[*b], step));
    let (mut l, mut r) = (&l[..], &r[..]);
    let mut parts = Parts::default();
    while let Some(smallest) = smallest(left, right, l, r, step) {
        let is_of = |price: &Price| key::compare(price, smallest, step).is_eq();
        let (of_left, rest) = l.split_at(l.iter().take_while(|index| is_of(&left[**index])).count());
        let (of_right, others) = r.split_at(r.iter().take_while(|index| is_of(&right[**index])).count());
        (l, r) = (rest, others);
        match (of_left, of_right) {
            ([one], [other]) => parts.pairs.push((*one, *other)),
            (of_left, []) => parts.lefts.extend(of_left),
            ([], of_right) => parts.rights.extend(of_right),
            (of_left, of_right) => parts.several.push((of_left.to_vec(), of_right.to_vec())),
        }
    }
    parts
}

fn pairs(left: &[Price], right: &[Price], pairs: &[(usize, usize)], found: &mut Found) {
    found.extend(pairs.iter().map(|(one, other)| {
        let (verdict, why) = judge(&left[*one], &right[*other]);
        (Some(*one), Some(*other), verdict, why)
    }));
}

fn only(lefts: &[usize], rights: &[usize], found: &mut Found) {
    found.extend(lefts.iter().map(|one| (Some(*one), None, Verdict::OnlyLeft, Why::Prices)));
    found.extend(rights.iter().map(|one| (None, Some(*one), Verdict::OnlyRight, Why::Prices)));
}

fn smallest<'a>(left: &'a [Price], right: &'a [Price], l: &[usize], r: &[usize], step: Step<'_>) -> Option<&'a Price> {
    match (l.first().map(|index| &left[*index]), r.first().map(|index| &right[*index])) {
        (Some(a), Some(b)) => Some(if key::compare(a, b, step).is_le() { a } else { b }),
        (a, b) => a.or(b),
    }
}

/// Nothing tells these prices apart. Where both sides say the very same, that is the same; else nobody knows which is which.
fn ambiguous(left: &[Price], right: &[Price], l: &[usize], r: &[usize], found: &mut Found) {
    let by_amount = |prices: &[Price], indexes: &[usize]| {
        let mut indexes = indexes.to_vec();
        indexes.sort_by(|a, b| prices[*a].amount.compare(&prices[*b].amount));
        indexes
    };
    let (ordered, others) = (by_amount(left, l), by_amount(right, r));
    let same = |(a, b): (&usize, &usize)| judge(&left[*a], &right[*b]).0 == Verdict::Same;
    if ordered.len() == others.len() && ordered.iter().zip(&others).all(same) {
        let pairs = ordered.into_iter().zip(others);
        found.extend(pairs.map(|(a, b)| (Some(a), Some(b), Verdict::Same, Why::Prices)));
        return;
    }
    found.extend(l.iter().map(|one| (Some(*one), None, Verdict::NotComparable, Why::Ambiguous)));
    found.extend(r.iter().map(|one| (None, Some(*one), Verdict::NotComparable, Why::Ambiguous)));
}

/// Two prices that stand for the same.
fn judge(left: &Price, right: &Price) -> (Verdict, Why) {
    if key::word(left.vat_mode.as_deref(), right.vat_mode.as_deref()).is_ne() {
        (Verdict::NotComparable, Why::VatMode)
    } else if key::word(left.kind.as_deref(), right.kind.as_deref()).is_ne() {
        (Verdict::NotComparable, Why::Kind)
    } else if key::word(left.unit.as_deref(), right.unit.as_deref()).is_ne() {
        (Verdict::NotComparable, Why::Unit)
    } else if left.amount.compare(&right.amount).is_ne() || other_fields_differ(left, right) {
        (Verdict::Different, Why::Prices)
    } else {
        (Verdict::Same, Why::Prices)
    }
}

/// A price without a counterpart on either side, of the same list and quantity, is one in another currency.
fn other_currencies(left: &[Price], right: &[Price], found: &mut Found) {
    let only = |found: &Found, wanted: Verdict| -> Vec<usize> {
        (0..found.len()).filter(|index| found[*index].2 == wanted).collect()
    };
    let (lefts, rights) = (only(found, Verdict::OnlyLeft), only(found, Verdict::OnlyRight));
    if lefts.is_empty() || rights.is_empty() || lefts.len() * rights.len() > 10_000 {
        return;
    }
    let fits = |l: usize, r: usize, found: &Found| {
        let (Some(a), Some(b)) = (found[l].0, found[r].1) else { return false };
        key::word(left[a].currency.as_deref(), right[b].currency.as_deref()).is_ne()
            && key::but_for_currency(&left[a], &right[b])
    };
    let mut gone = Vec::new();
    for l in &lefts {
        let mut counterparts = rights.iter().filter(|r| fits(*l, **r, found));
        let (Some(r), None) = (counterparts.next(), counterparts.next()) else { continue };
        let mut back = lefts.iter().filter(|other| fits(**other, *r, found));
        if let (Some(_), None) = (back.next(), back.next()) {
            gone.push((*l, *r));
        }
    }
    for (l, r) in &gone {
        found[*l] = (found[*l].0, found[*r].1, Verdict::NotComparable, Why::Currency);
    }
    let mut index = 0;
    found.retain(|_| {
        index += 1;
        !gone.iter().any(|(_, r)| *r == index - 1)
    });
}
