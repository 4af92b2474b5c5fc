//! Which rows are seen, and in what order.
//!
//! Owns filter and sort. It is work of up to a second on a million rows, so it is done behind the window and can be stopped. What
//! was made of an earlier state of the same run is used again: in the order of the list, only pieces that changed are looked at,
//! whatever the filter. Refuses to lose or to double a row: each price is one row, and so is each SKU without one.

use std::ops::Range;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use memchr::memmem::Finder;

use super::columns::{ColumnId, Found};
use super::ranking::{self, Ranked, rank};
use crate::batch::{Answered, Rows};
use crate::prices::Outcome;

/// What a row shows: the place of its SKU in the list, and which of its prices.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct RowKey {
    pub place: u32,
    /// Counted from 0; [`RowKey::NO_PRICE`] where there is none.
    price: u32,
}

impl RowKey {
    const NO_PRICE: u32 = u32::MAX;

    fn new(place: usize, price: Option<usize>) -> Self {
        Self { place: place as u32, price: price.map_or(Self::NO_PRICE, |price| price as u32) }
    }

    /// Which of the prices it is, counted from 0.
    pub fn price(self) -> Option<usize> {
        (self.price != Self::NO_PRICE).then_some(self.price as usize)
    }

    /// As one number, for widgets.
    pub fn bits(self) -> u64 {
        u64::from(self.place) << 32 | u64::from(self.price)
    }

    pub fn of_bits(bits: u64) -> Self {
        Self { place: (bits >> 32) as u32, price: bits as u32 }
    }
}

/// A set of outcomes; none stands for all.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Outcomes(u8);

impl Outcomes {
    pub fn is_empty(self) -> bool {
        self.0 == 0
    }

    pub fn contains(self, outcome: Outcome) -> bool {
        self.0 & (1 << outcome as u8) != 0
    }

    /// Takes an outcome in, or out if it is in.
    pub fn toggle(&mut self, outcome: Outcome) {
        self.0 ^= 1 << outcome as u8;
        if self.0.count_ones() as usize == Outcome::ALL.len() {
            self.0 = 0;
        }
    }

    fn lets(self, outcome: Outcome) -> bool {
        self.is_empty() || self.contains(outcome)
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Towards {
    #[default]
    Ascending,
    Descending,
}

/// What rows are sorted by. Equals keep the order of the list; what is absent comes last, whichever way.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sort {
    pub column: ColumnId,
    pub towards: Towards,
}

impl Default for Sort {
    /// The order of the list.
    fn default() -> Self {
        Self { column: ColumnId::Position, towards: Towards::Ascending }
    }
}

impl Sort {
    /// What a click on a head leads to: ascending, descending, and back to the order of the list.
    #[must_use]
    pub fn clicked(&self, column: &ColumnId) -> Self {
        let is_this = self.column == *column;
        match (is_this, self.towards) {
            (true, Towards::Ascending) => Self { column: column.clone(), towards: Towards::Descending },
            (true, Towards::Descending) if *column != ColumnId::Position => Self::default(),
            _ => Self { column: column.clone(), towards: Towards::Ascending },
        }
    }
}

/// What is to be seen.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Wish {
    /// Words, all of which a row has to hold somewhere, in either case.
    pub text: String,
    pub outcomes: Outcomes,
    pub sort: Sort,
}

impl Wish {
    /// Whether both let the same rows through.
    pub fn filters_as(&self, other: &Self) -> bool {
        self.outcomes == other.outcomes && self.text.split_whitespace().eq(other.text.split_whitespace())
    }

    /// Whether any row could be left out.
    pub fn filters(&self) -> bool {
        !self.outcomes.is_empty() || !self.text.trim().is_empty()
    }
}

/// Tells work that nobody waits for its answer any more. Clones share it.
#[derive(Debug, Clone, Default)]
pub struct Stop(Arc<AtomicBool>);

impl Stop {
    pub fn stop(&self) {
        self.0.store(true, Ordering::Relaxed);
    }

    pub fn is_stopped(&self) -> bool {
        self.0.load(Ordering::Relaxed)
    }
}

/// Rows as they are to be seen, and what they were made of.
#[derive(Debug, Clone, Default)]
pub struct Arranged {
    pub rows: Rows,
    pub wish: Wish,
    pub found: Found,
    pieces: Vec<Piece>,
    order: Order,
    all: usize,
}

/// What the filter lets through of one piece of the rows, in the order of the list.
#[derive(Debug, Clone)]
struct Piece {
    keys: Arc<[RowKey]>,
    /// How many rows there are without the filter.
    all: usize,
}

/// Parts one after the other; a part of the list's order is shared with the arrangement before.
#[derive(Debug, Clone, Default)]
struct Order {
    parts: Vec<Arc<[RowKey]>>,
    /// The number of the first row of each part.
    starts: Vec<usize>,
    len: usize,
}

impl Order {
    fn of(parts: impl Iterator<Item = Arc<[RowKey]>>) -> Self {
        let mut order = Self::default();
        for part in parts.filter(|part| !part.is_empty()) {
            order.starts.push(order.len);
            order.len += part.len();
            order.parts.push(part);
        }
        order
    }

    fn get(&self, row: usize) -> Option<RowKey> {
        let part = self.starts.partition_point(|start| *start <= row).checked_sub(1)?;
        self.parts[part].get(row - self.starts[part]).copied()
    }
}

impl Arranged {
    /// Arranges `rows`. What `before` was made of the same run makes it quick. Nothing when it was stopped.
    pub fn new(rows: Rows, wish: Wish, before: Option<&Self>, stop: &Stop) -> Option<Self> {
        let filter = Filter::new(&wish);
        // Rows of another run share no piece, but their columns are to be forgotten as well.
        let before =
            before.filter(|before| before.rows.number() == rows.number() && before.rows.version() <= rows.version());
        let mut found = before.map(|before| before.found.clone()).unwrap_or_default();
        found.see_origins(rows.origins().map(|origins| &**origins));
        let alike = before.filter(|before| before.wish.filters_as(&wish));
        let mut pieces = Vec::with_capacity(rows.pieces());
        let mut haystack = String::new();
        for piece in 0..rows.pieces() {
            if stop.is_stopped() {
                return None;
            }
            let seen = before.is_some_and(|before| rows.is_unchanged(piece, &before.rows));
            if let Some(kept) = alike.filter(|_| seen).and_then(|alike| alike.pieces.get(piece)) {
                pieces.push(kept.clone());
                continue;
            }
            let mut keys = Vec::new();
            let mut all = 0;
            for (place, answered) in rows.piece(piece) {
                all += answered.rows();
                if !seen {
                    found.see(answered);
                }
                filter.put(&rows, place, answered, &mut haystack, &mut keys);
            }
            pieces.push(Piece { keys: keys.into(), all });
        }
        let order = match wish.sort {
            Sort { column: ColumnId::Position, towards: Towards::Ascending } => {
                Order::of(pieces.iter().map(|piece| Arc::clone(&piece.keys)))
            }
            _ => Order::of(std::iter::once(sorted(&rows, &pieces, &wish.sort, stop)?)),
        };
        let all = pieces.iter().map(|piece| piece.all).sum();
        Some(Self { rows, wish, found, pieces, order, all })
    }

    /// How many rows the filter lets through.
    pub fn len(&self) -> usize {
        self.order.len
    }

    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// How many rows there are without the filter.
    pub fn all(&self) -> usize {
        self.all
    }

    /// The row that is seen at a place, counted from 0.
    pub fn key(&self, row: usize) -> Option<RowKey> {
        self.order.get(row)
    }

    /// The row, with its answer.
    pub fn row(&self, row: usize) -> Option<(RowKey, &Arc<Answered>)> {
        let key = self.key(row)?;
        Some((key, self.rows.get(key.place as usize)?))
    }
}

/// The rows of all pieces in the order that is wished for.
fn sorted(rows: &Rows, pieces: &[Piece], sort: &Sort, stop: &Stop) -> Option<Arc<[RowKey]>> {
    let mut ranked: Vec<(Option<Ranked>, RowKey)> =
        Vec::with_capacity(pieces.iter().map(|piece| piece.keys.len()).sum());
    for piece in pieces {
        if stop.is_stopped() {
            return None;
        }
        ranked.extend(piece.keys.iter().map(|key| {
            let place = key.place as usize;
            let rank = rows.get(place).and_then(|answered| rank(&sort.column, rows, place, answered, key.price()));
            (rank, *key)
        }));
    }
    ranking::sort(&mut ranked, sort.towards);
    (!stop.is_stopped()).then(|| ranked.into_iter().map(|(_, key)| key).collect())
}

/// The columns that the words of a filter are looked for in. Where a price was read from is not among them: `price` is in every
/// path.
const SEARCHED: [ColumnId; 15] = [
    ColumnId::Sku,
    ColumnId::Given,
    ColumnId::Outcome,
    ColumnId::Amount,
    ColumnId::Currency,
    ColumnId::PriceList,
    ColumnId::PriceListName,
    ColumnId::VatMode,
    ColumnId::QuantityFrom,
    ColumnId::Unit,
    ColumnId::ValidFrom,
    ColumnId::ValidTo,
    ColumnId::Detail,
    ColumnId::Http,
    ColumnId::Notes,
];

struct Filter {
    outcomes: Outcomes,
    words: Vec<Finder<'static>>,
}

impl Filter {
    fn new(wish: &Wish) -> Self {
        let text = wish.text.to_lowercase();
        Self {
            outcomes: wish.outcomes,
            words: text.split_whitespace().map(|word| Finder::new(word).into_owned()).collect(),
        }
    }

    /// Puts the rows of an answer that it lets through behind `keys`.
    fn put(&self, rows: &Rows, place: usize, answered: &Answered, haystack: &mut String, keys: &mut Vec<RowKey>) {
        if !self.outcomes.lets(answered.outcome) {
            return;
        }
        let prices = answered.prices.len();
        let all: Range<usize> = 0..prices.max(1);
        for row in all {
            let price = (row < prices).then_some(row);
            if self.words.is_empty() || self.holds(rows, place, answered, price, haystack) {
                keys.push(RowKey::new(place, price));
            }
        }
    }

    fn holds(
        &self,
        rows: &Rows,
        place: usize,
        answered: &Answered,
        price: Option<usize>,
        haystack: &mut String,
    ) -> bool {
        haystack.clear();
        for column in &SEARCHED {
            // Words hold no line break, so none is found across two cells.
            haystack.push_str(&column.cell(rows, place, answered, price).plain());
            haystack.push('\n');
        }
        haystack.push_str(answered.outcome.label());
        if haystack.is_ascii() {
            haystack.make_ascii_lowercase();
        } else {
            *haystack = haystack.to_lowercase();
        }
        self.words.iter().all(|word| word.find(haystack.as_bytes()).is_some())
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use jiff::Timestamp;
    use proptest::prelude::*;

    use super::*;
    use crate::batch::Rows;
    use crate::lists::Origins;
    use crate::prices::{Amount, Price};
    use crate::results::View;
    use crate::sheet::{Cell, Sheet as _};

    fn price(amount: &str, list: Option<&str>) -> Price {
        Price {
            amount: Amount::parse(amount).unwrap(),
            kind: Some("price".into()),
            currency: Some("EUR".into()),
            price_list: list.map(Into::into),
            price_list_name: None,
            vat_mode: None,
            quantity_from: None,
            unit: None,
            valid_from: None,
            valid_to: None,
            sku: None,
            path: "price".into(),
            further: vec![],
            span: 0..0,
        }
    }

    fn answered(sku: &str, outcome: Outcome, prices: Vec<Price>) -> Arc<Answered> {
        Arc::new(Answered {
            sku: sku.into(),
            outcome,
            http_status: Some(200),
            started: Timestamp::UNIX_EPOCH,
            elapsed: Duration::from_millis(84),
            token_generation: Some(1),
            prices: prices.into(),
            notes: Box::default(),
            error: None,
        })
    }

    fn rows(answers: Vec<Arc<Answered>>) -> Rows {
        let mut rows = Rows::new(answers.len());
        for (place, answered) in answers.into_iter().enumerate() {
            rows.set(place, answered);
        }
        rows
    }

    fn arranged(rows: &Rows, wish: Wish) -> Arranged {
        Arranged::new(rows.clone(), wish, None, &Stop::default()).unwrap()
    }

    fn by(column: ColumnId, towards: Towards) -> Wish {
        Wish { sort: Sort { column, towards }, ..Wish::default() }
    }

    /// SKU and amount of each row in the order in which it is seen.
    fn seen(arranged: &Arranged) -> Vec<(String, String)> {
        let columns = [ColumnId::Sku, ColumnId::Amount];
        let cell = |row: usize, column: &ColumnId| {
            let (key, answered) = arranged.row(row).unwrap();
            column.cell(&arranged.rows, key.place as usize, answered, key.price()).plain().into_owned()
        };
        (0..arranged.len()).map(|row| (cell(row, &columns[0]), cell(row, &columns[1]))).collect()
    }

    #[test]
    fn p4_several_prices_are_several_rows_and_a_sku_without_one_is_one() {
        let rows = rows(vec![
            answered("A", Outcome::Priced, vec![price("12.10", None), price("9", None)]),
            answered("B", Outcome::NoPrice, vec![]),
        ]);
        let all = arranged(&rows, Wish::default());
        assert_eq!(seen(&all), [("A".into(), "12.10".into()), ("A".into(), "9".into()), ("B".into(), String::new())]);
        assert_eq!((all.len(), all.all()), (3, 3));
        let keys: Vec<_> = (0..3).filter_map(|row| all.key(row)).map(|key| (key.place, key.price())).collect();
        assert_eq!(keys, [(0, Some(0)), (0, Some(1)), (1, None)]);
        assert!(
            keys.len() == 3 && (0..3).all(|row| RowKey::of_bits(all.key(row).unwrap().bits()) == all.key(row).unwrap())
        );
    }

    #[test]
    fn p2_amounts_are_sorted_by_value_and_what_is_absent_comes_last_both_ways() {
        let amounts = ["10", "9.5", "1e2", "-3", "0.1", "0.10000000000000000001"];
        let mut answers: Vec<_> =
            amounts.iter().map(|amount| answered(amount, Outcome::Priced, vec![price(amount, None)])).collect();
        answers.insert(2, answered("none", Outcome::NoPrice, vec![]));
        let rows = rows(answers);
        let order = |towards| {
            let arranged = arranged(&rows, by(ColumnId::Amount, towards));
            seen(&arranged).into_iter().map(|(sku, _)| sku).collect::<Vec<_>>()
        };
        assert_eq!(order(Towards::Ascending), ["-3", "0.1", "0.10000000000000000001", "9.5", "10", "1e2", "none"]);
        assert_eq!(order(Towards::Descending), ["1e2", "10", "9.5", "0.10000000000000000001", "0.1", "-3", "none"]);
    }

    #[test]
    fn a_column_that_no_row_has_is_not_offered_until_one_has() {
        let mut rows = Rows::new(2);
        rows.set(0, answered("A", Outcome::Priced, vec![price("1", None)]));
        let first = arranged(&rows, Wish::default());
        assert!(!first.found.has(&ColumnId::PriceList));
        let mut with_list = price("1", Some("PL-RETAIL"));
        with_list.further.push(("tax_area".into(), "SE".into()));
        rows.set(1, answered("B", Outcome::Priced, vec![with_list]));
        let second = Arranged::new(rows, Wish::default(), Some(&first), &Stop::default()).unwrap();
        assert!(second.found.has(&ColumnId::PriceList));
        let offered: Vec<_> = second.found.offered().collect();
        assert_eq!(offered.last(), Some(&ColumnId::Further("tax_area".into())));
    }

    #[test]
    fn p1_what_stands_in_the_file_has_a_column_is_found_by_the_filter_and_its_lines_sort() {
        let mut origins = Origins::default();
        origins.push(7, Some("123"));
        origins.push(3, None);
        let rows = rows(vec![answered("00123", Outcome::NoPrice, vec![]), answered("B", Outcome::NoPrice, vec![])]);
        assert!(!arranged(&rows, Wish::default()).found.has(&ColumnId::Line));
        let rows = rows.with_origins(Some(Arc::new(origins)));
        let by_line = arranged(&rows, by(ColumnId::Line, Towards::Ascending));
        assert_eq!(seen(&by_line).into_iter().map(|(sku, _)| sku).collect::<Vec<_>>(), ["B", "00123"]);
        let found = &by_line.found;
        assert!(found.has(&ColumnId::Given) && found.is_shown_at_first(&ColumnId::Given));
        assert!(found.has(&ColumnId::Line) && !found.is_shown_at_first(&ColumnId::Line));
        let view = View::new(Arc::new(by_line), vec![ColumnId::Line, ColumnId::Given]);
        assert_eq!((view.cell(0, 0), view.cell(0, 1)), (Cell::Integer(3), Cell::Absent));
        assert_eq!((view.cell(1, 0), view.cell(1, 1)), (Cell::Integer(7), Cell::text("123")));
    }

    #[test]
    fn only_what_changed_is_looked_at_again() {
        let mut rows = Rows::new(5000);
        for place in 0..5000 {
            rows.set(place, answered(&format!("S{place}"), Outcome::Priced, vec![price("1", None)]));
        }
        let wish = Wish { text: "s4".into(), ..Wish::default() };
        let first = arranged(&rows, wish.clone());
        rows.set(4500, answered("S4500", Outcome::Failed, vec![]));
        let second = Arranged::new(rows.clone(), wish.clone(), Some(&first), &Stop::default()).unwrap();
        let shared = first.pieces.iter().zip(&second.pieces).filter(|(a, b)| Arc::ptr_eq(&a.keys, &b.keys)).count();
        assert_eq!(shared, 4, "of five pieces one changed");
        assert_eq!(seen(&second), seen(&arranged(&rows, wish)));
    }

    #[test]
    fn stopped_work_gives_no_answer() {
        let stop = Stop::default();
        stop.stop();
        let rows = rows(vec![answered("A", Outcome::Priced, vec![])]);
        assert!(Arranged::new(rows, Wish::default(), None, &stop).is_none());
    }

    #[test]
    fn a_head_goes_up_down_and_back_to_the_list() {
        let mut sort = Sort::default();
        let mut ways = Vec::new();
        for _ in 0..3 {
            sort = sort.clicked(&ColumnId::Amount);
            ways.push((sort.column.clone(), sort.towards));
        }
        assert_eq!(
            ways,
            [
                (ColumnId::Amount, Towards::Ascending),
                (ColumnId::Amount, Towards::Descending),
                (ColumnId::Position, Towards::Ascending)
            ]
        );
        assert_eq!(Sort::default().clicked(&ColumnId::Position).towards, Towards::Descending);
    }

    /// Whether a row is to be seen, said in the plainest way.
    fn naive(view: &View, row: usize, wish: &Wish) -> bool {
        let (_, answered) = view.row(row).unwrap();
        let cells = (0..view.heads().len()).map(|column| view.cell(row, column).plain().to_lowercase());
        let mut cells: Vec<String> = cells.collect();
        cells.push(answered.outcome.label().to_lowercase());
        let words: Vec<String> = wish.text.split_whitespace().map(str::to_lowercase).collect();
        words.iter().all(|word| cells.iter().any(|cell| cell.contains(word.as_str())))
            && (wish.outcomes.is_empty() || wish.outcomes.contains(answered.outcome))
    }

    fn any_answer() -> impl Strategy<Value = Arc<Answered>> {
        let sku = prop::sample::select(vec!["A-1", "a-2", "B 10", "ÄÖ-3", "00012", "İ"]);
        let outcome = prop::sample::select(Outcome::ALL.to_vec());
        let amount = prop::sample::select(vec!["1", "1.0", "12.10", "-3", "1e2", "0"]);
        let list = prop::sample::select(vec![None, Some("PL-A"), Some("PL-b")]);
        (sku, outcome, prop::collection::vec((amount, list), 0..3)).prop_map(|(sku, outcome, prices)| {
            answered(sku, outcome, prices.into_iter().map(|(amount, list)| price(amount, list)).collect())
        })
    }

    fn any_wish() -> impl Strategy<Value = Wish> {
        let text = prop::sample::select(vec!["", "a", "pl-a 1", "ö", "PRICED eur", "zero price", "00", "200"]);
        let outcomes = prop::collection::vec(prop::sample::select(Outcome::ALL.to_vec()), 0..3);
        let column = prop::sample::select(ColumnId::NAMED.to_vec());
        let towards = prop::sample::select(vec![Towards::Ascending, Towards::Descending]);
        (text, outcomes, column, towards).prop_map(|(text, chosen, column, towards)| {
            let mut outcomes = Outcomes::default();
            for outcome in chosen {
                outcomes.toggle(outcome);
            }
            Wish { text: text.into(), outcomes, sort: Sort { column, towards } }
        })
    }

    proptest! {
        #[test]
        fn what_is_seen_agrees_with_the_plainest_way(answers in prop::collection::vec(any_answer(), 0..24), wish in any_wish()) {
            let rows = rows(answers);
            let everything = arranged(&rows, Wish::default());
            let all_cells = View::new(Arc::new(everything), SEARCHED.to_vec());
            let mut expected: Vec<RowKey> =
                (0..all_cells.len()).filter(|row| naive(&all_cells, *row, &wish)).filter_map(|row| all_cells.row_key(row)).collect();
            let ranked = |key: &RowKey| {
                let place = key.place as usize;
                rank(&wish.sort.column, &rows, place, rows.get(place).unwrap(), key.price())
            };
            expected.sort_by(|a, b| match (ranked(a), ranked(b), wish.sort.towards) {
                (Some(a), Some(b), Towards::Ascending) => a.cmp(&b),
                (Some(a), Some(b), Towards::Descending) => b.cmp(&a),
                (a, b, _) => a.is_none().cmp(&b.is_none()),
            });
            let arranged = arranged(&rows, wish);
            let keys: Vec<RowKey> = (0..arranged.len()).filter_map(|row| arranged.key(row)).collect();
            prop_assert_eq!(keys, expected);
        }

        #[test]
        fn answers_in_any_order_lead_to_the_same_as_all_at_once(
            answers in prop::collection::vec(any_answer(), 1..24), cut in 0_usize..24, wish in any_wish(),
        ) {
            let mut growing = Rows::new(answers.len());
            let cut = cut % answers.len();
            for (place, answered) in answers.iter().enumerate().skip(cut) {
                growing.set(place, Arc::clone(answered));
            }
            let first = arranged(&growing, wish.clone());
            for (place, answered) in answers.iter().enumerate().take(cut) {
                growing.set(place, Arc::clone(answered));
            }
            let second = Arranged::new(growing, wish.clone(), Some(&first), &Stop::default()).unwrap();
            let at_once = arranged(&rows(answers), wish);
            prop_assert_eq!(seen(&second), seen(&at_once));
            prop_assert_eq!(second.all(), at_once.all());
            prop_assert!(at_once.found.offered().all(|column| second.found.has(&column)));
        }
    }

    #[test]
    fn an_absent_cell_is_absent_and_never_zero() {
        let rows = rows(vec![answered("A", Outcome::NoPrice, vec![])]);
        let view = View::new(Arc::new(arranged(&rows, Wish::default())), vec![ColumnId::Amount, ColumnId::Currency]);
        assert_eq!((view.cell(0, 0), view.cell(0, 1), view.cell(1, 0)), (Cell::Absent, Cell::Absent, Cell::Absent));
    }
}
