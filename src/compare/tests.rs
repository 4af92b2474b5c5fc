//! Matching, verdicts and words, over answers that are read from bodies as a server would send them.

use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use proptest::prelude::*;

use super::difference::{self, Signs, change, in_words, side_words};
use super::view::Column;
use super::*;
use crate::batch::{Answered, Rows, RunHeader, RunKind, Shared};
use crate::keys::{Environment, ProfileId};
use crate::prices::{Answer, Lookup};
use crate::results::{Stop, Towards};
use crate::sheet::{Cell, Sheet};

type Reply<'a> = Option<(u16, &'a str)>;

fn answered(sku: &str, (status, body): (u16, &str)) -> Arc<Answered> {
    let answer = Answer::read(sku, status, None, body.as_bytes());
    let lookup = Lookup {
        sku: sku.to_owned(),
        parameters: vec![],
        outcome: answer.outcome,
        http_status: Some(status),
        started: Timestamp::UNIX_EPOCH,
        elapsed: Duration::ZERO,
        token_generation: Some(1),
        prices: answer.prices,
        notes: answer.notes,
        body: Some(answer.body),
        error: answer.error,
    };
    Arc::new(Answered::of(lookup, &mut Shared::default()))
}

fn side(environment: Environment, list: &[(&str, Reply<'_>)]) -> Side {
    let mut rows = Rows::new(list.len());
    for (place, (sku, reply)) in list.iter().enumerate() {
        if let Some(reply) = reply {
            rows.set(place, answered(sku, *reply));
        }
    }
    let header = RunHeader {
        kind: RunKind::Comparison,
        started: Timestamp::UNIX_EPOCH,
        profile: ProfileId::random(),
        profile_name: "Retail EU".to_owned(),
        environment,
        api_url: "https://api.example/v1".to_owned(),
        token_url: String::new(),
        client_id: String::new(),
        field_map: None,
        parameters: Vec::new(),
        source: "a test".to_owned(),
        count: list.len(),
    };
    Side { header, skus: list.iter().map(|(sku, _)| (*sku).into()).collect(), rows }
}

fn compared(left: &[(&str, Reply<'_>)], right: &[(&str, Reply<'_>)]) -> Comparison {
    compare(side(Environment::Production, left), side(Environment::Staging, right))
}

/// One SKU with these bodies: verdicts and words.
fn bodies(left: &str, right: &str) -> Vec<(Verdict, String)> {
    said(&compared(&[("A", Some((200, left)))], &[("A", Some((200, right)))]))
}

fn said(comparison: &Comparison) -> Vec<(Verdict, String)> {
    let sides = side_words(&comparison.left, &comparison.right);
    comparison.pairs.iter().map(|pair| (pair.verdict, in_words(comparison, pair, &sides, Signs::Plain))).collect()
}

fn list(code: &str, currency: &str, vat: &str, breaks: &[(&str, &str)]) -> String {
    let breaks: Vec<String> =
        breaks.iter().map(|(from, price)| format!(r#"{{"from":{from},"price":{price}}}"#)).collect();
    format!(
        r#"{{"pricelist":{{"code":"{code}","currency_code":"{currency}","vat_mode":"{vat}"}},"breaks":[{}]}}"#,
        breaks.join(",")
    )
}

fn items(lists: &[String]) -> String {
    format!(r#"{{"items":[{}]}}"#, lists.join(","))
}

#[test]
fn p2_prices_are_matched_by_list_currency_and_quantity_whatever_their_order() {
    let left = items(&[
        list("PL-RETAIL", "EUR", "GROSS", &[("1", "12.10"), ("10", "11.50")]),
        list("PL-PROJECT", "EUR", "GROSS", &[("1", "9")]),
    ]);
    let right = items(&[
        list("PL-PROJECT", "EUR", "GROSS", &[("1.0", "9.00")]),
        list("PL-RETAIL", "EUR", "GROSS", &[("10", "11.20"), ("1", "12.1"), ("100", "10")]),
    ]);
    assert_eq!(
        bodies(&left, &right),
        [
            (Verdict::Same, "Same".to_owned()),
            (Verdict::Different, "Amount -0.30 (-2.6 %)".to_owned()),
            (Verdict::Same, "Same".to_owned()),
            (Verdict::OnlyRight, "Only in Staging".to_owned()),
        ]
    );
}

#[test]
fn another_vat_mode_or_currency_is_not_comparable() {
    let of = |currency, vat| items(&[list("PL", currency, vat, &[("1", "109.00")])]);
    assert_eq!(
        bodies(&of("SEK", "NET"), &of("SEK", "GROSS")),
        [(Verdict::NotComparable, "VAT mode NET → GROSS".to_owned())]
    );
    assert_eq!(
        bodies(&of("SEK", "NET"), &of("EUR", "NET")),
        [(Verdict::NotComparable, "Currency SEK → EUR".to_owned())]
    );
    // With the same currency on both sides beside it, the other one is only there.
    let both = items(&[list("PL", "SEK", "NET", &[("1", "109.00")]), list("PL", "EUR", "NET", &[("1", "9")])]);
    let verdicts: Vec<Verdict> = bodies(&of("SEK", "NET"), &both).iter().map(|(verdict, _)| *verdict).collect();
    assert_eq!(verdicts, [Verdict::Same, Verdict::OnlyRight]);
}

#[test]
fn a_price_from_zero_has_no_percentage_and_other_dates_are_named() {
    assert_eq!(
        bodies(r#"{"price":"0.00","currency":"EUR"}"#, r#"{"price":"5","currency":"EUR"}"#),
        [(Verdict::Different, "Amount +5.00 (from zero)".to_owned())]
    );
    assert_eq!(
        bodies(r#"{"price":1,"valid_from":"2026-09-01"}"#, r#"{"price":1,"valid_from":"2026-12-01"}"#),
        [(Verdict::Different, "Valid from 2026-09-01 → 2026-12-01".to_owned())]
    );
}

#[test]
fn p2_a_price_is_told_from_its_like_though_a_further_field_changed_with_it() {
    let different = |words: &str| (Verdict::Different, words.to_owned());
    let of = |net: &str, gross: &str, more: &str| {
        format!(r#"{{"currency":"SEK","net_price":"{net}","gross_price":"{gross}",{more}}}"#)
    };
    assert_eq!(
        bodies(&of("100.00", "125.00", r#""discount_percent":5"#), &of("95.00", "118.75", r#""discount_percent":10"#)),
        [
            different("Amount -5.00 (-5.0 %); discount_percent 5 → 10"),
            different("Amount -6.25 (-5.0 %); discount_percent 5 → 10"),
        ]
    );
    assert_eq!(
        bodies(&of("100", "119", r#""vat_rate":19"#), &of("100", "120", r#""vat_rate":20"#)),
        [different("vat_rate 19 → 20"), different("Amount +1 (+0.84 %); vat_rate 19 → 20")]
    );
    // The VAT modes tell them apart where there are no kinds.
    let modes = |rate: u8| {
        let one = |mode: &str, price: u8| format!(r#"{{"price":{price},"vat_mode":"{mode}","vat_rate":{rate}}}"#);
        format!("[{},{}]", one("NET", 100), one("GROSS", 119))
    };
    assert_eq!(bodies(&modes(19), &modes(20)), vec![different("vat_rate 19 → 20"); 2]);
    // A tax area stays, the discount changes, and the tax areas pair.
    let areas = |discounts: [u8; 2]| {
        let one =
            |area: &str, discount: u8| format!(r#"{{"price":5,"tax_area":"{area}","discount_percent":{discount}}}"#);
        format!("[{},{}]", one("SE", discounts[0]), one("DE", discounts[1]))
    };
    assert_eq!(
        bodies(&areas([5, 10]), &areas([10, 20])),
        [different("discount_percent 5 → 10"), different("discount_percent 10 → 20")]
    );
}

#[test]
fn what_is_left_over_is_paired_one_to_one_only() {
    let areas = |areas: &[&str]| {
        let prices: Vec<String> =
            areas.iter().map(|area| format!(r#"{{"price":5,"currency":"EUR","tax_area":"{area}"}}"#)).collect();
        format!("[{}]", prices.join(","))
    };
    let verdicts =
        |left: &[&str], right: &[&str]| bodies(&areas(left), &areas(right)).iter().map(|row| row.0).collect::<Vec<_>>();
    assert_eq!(verdicts(&["SE", "DE"], &["FI", "DE"]), [Verdict::Different, Verdict::Same]);
    assert_eq!(verdicts(&["SE", "DE"], &["DE", "SE", "FI"]), [Verdict::Same, Verdict::Same, Verdict::OnlyRight]);
    assert_eq!(verdicts(&["SE", "DE"], &["FI", "NO"]), [Verdict::NotComparable; 4]);
    let packs = |units: [&str; 2]| units.map(|unit| format!(r#"{{"price":5,"unit":"{unit}"}}"#)).join(",");
    let of = |units| format!("[{}]", packs(units));
    let rows: Vec<Verdict> = bodies(&of(["pc", "box"]), &of(["kg", "m"])).iter().map(|row| row.0).collect();
    assert_eq!(rows, [Verdict::OnlyLeft, Verdict::OnlyLeft, Verdict::OnlyRight, Verdict::OnlyRight]);
}

#[test]
fn when_a_record_was_touched_is_no_difference_of_its_price() {
    let of = |at: &str, sku: &str| format!(r#"{{{sku}"price":1,"tax_area":"SE","updated_at":"{at}"}}"#);
    let same = [(Verdict::Same, "Same".to_owned())];
    assert_eq!(bodies(&of("2026-11-20", r#""sku":"A","#), &of("2026-11-24", "")), same);
    let other = of("2026-11-24", "").replace("SE", "DE");
    assert_eq!(bodies(&of("2026-11-20", ""), &other), [(Verdict::Different, "tax_area SE → DE".to_owned())]);
}

#[test]
fn prices_that_nothing_tells_apart_are_never_picked_from() {
    let two = |a: &str, b: &str| items(&[list("PL", "EUR", "NET", &[("1", a)]), list("PL", "EUR", "NET", &[("1", b)])]);
    let one = items(&[list("PL", "EUR", "NET", &[("1", "5")])]);
    let verdicts =
        |left: &str, right: &str| bodies(left, right).iter().map(|(verdict, _)| *verdict).collect::<Vec<_>>();
    assert_eq!(verdicts(&two("5", "6"), &one), [Verdict::NotComparable; 3]);
    assert_eq!(verdicts(&two("5", "6"), &two("6", "5")), [Verdict::Same; 2]);
    assert_eq!(verdicts(&two("5", "6"), &two("6", "7")), [Verdict::NotComparable; 4]);
    let dated = |a: &str, b: &str| {
        format!(
            r#"[{{"price":1,"currency":"EUR","valid_from":"{a}"}},{{"price":2,"currency":"EUR","valid_from":"{b}"}}]"#
        )
    };
    assert_eq!(verdicts(&dated("2026-01-01", "2026-06-01"), &dated("2026-01-01", "2026-06-01")), [Verdict::Same; 2]);
}

#[test]
fn p3_failed_and_forbidden_are_never_only_in_the_other() {
    let priced = (200, r#"{"price":7.5}"#);
    let against = |reply: Reply<'_>| {
        let comparison = compared(&[("A", Some(priced))], &[("A", reply)]);
        said(&comparison).remove(0)
    };
    let words = |verdict, words: &str| (verdict, words.to_owned());
    assert_eq!(against(Some((404, "{}"))), words(Verdict::OnlyLeft, "Only in Production; Staging: unknown SKU"));
    assert_eq!(against(Some((200, r#"{"sku":"A","name":"Drill"}"#))), words(Verdict::OnlyLeft, "Only in Production"));
    assert_eq!(against(Some((503, ""))), words(Verdict::NotComparable, "Staging: failed"));
    assert_eq!(against(Some((403, "{}"))), words(Verdict::NotComparable, "Staging: forbidden"));
    assert_eq!(against(None), words(Verdict::NotComparable, "Staging: not answered"));
    let missing = compared(&[("A", Some(priced))], &[("B", Some(priced))]);
    assert_eq!(
        said(&missing),
        [
            words(Verdict::NotComparable, "Not in the list of Staging"),
            words(Verdict::NotComparable, "Not in the list of Production"),
        ]
    );
}

#[test]
fn p3_two_answers_without_a_price_are_never_the_same_price() {
    let (unknown, no_price) = ((404, "{}"), (200, r#"{"sku":"A","name":"Drill"}"#));
    let of = |left, right| said(&compared(&[("A", Some(left))], &[("A", Some(right))])).remove(0);
    assert_eq!(of(unknown, unknown), (Verdict::Neither, "No price on either side: unknown SKU".to_owned()));
    assert_eq!(of(no_price, unknown), (Verdict::Different, "Outcome no price → unknown SKU".to_owned()));
}

#[test]
fn p1_a_sku_that_a_list_has_twice_counts_once_unless_its_answers_contradict_each_other() {
    let (five, six) = (Some((200, r#"{"price":5}"#)), Some((200, r#"{"price":6}"#)));
    let twice = compared(&[("A", five), ("B", five), ("A", five)], &[("A", five), ("B", five)]);
    assert_eq!(twice.count(Verdict::Same), 2);
    let contradicts = compared(&[("A", five), ("A", six)], &[("A", five)]);
    assert_eq!(contradicts.count(Verdict::NotComparable), 1);
    assert!(said(&contradicts)[0].1.contains("more than once"));
    // Byte for byte: neither case nor zeros nor spaces are taken away.
    let other = compared(&[("a", five), ("01", five), ("X ", five)], &[("A", five), ("1", five), ("X", five)]);
    assert_eq!(other.count(Verdict::NotComparable), 6);
}

fn viewed(comparison: &Arc<Comparison>, wish: Wish) -> View {
    View::new(Arc::clone(comparison), wish, 1, &Stop::default()).unwrap()
}

/// The cells of a column from above.
fn cells(view: &View, column: Column) -> Vec<String> {
    (0..view.len()).map(|row| view.value(row, column).plain().into_owned()).collect()
}

/// One SKU a row, with a price on each side or none.
fn changes() -> Arc<Comparison> {
    let rows: [(&str, Option<&str>, Option<&str>); 7] = [
        ("A", Some("100"), Some("99.5")),
        ("B", Some("1"), Some("1.10")),
        ("C", Some("5"), None),
        ("D", Some("0"), Some("2")),
        ("E", Some("10"), Some("9.7")),
        ("F", Some("1e3"), Some("1002")),
        ("G", None, Some("3")),
    ];
    let body = |amount: Option<&str>| format!(r#"{{"sku":"x","price":{},"currency":"EUR"}}"#, amount.unwrap_or("null"));
    let bodies: Vec<(&str, String, String)> = rows.iter().map(|(sku, l, r)| (*sku, body(*l), body(*r))).collect();
    let left: Vec<(&str, Reply<'_>)> = bodies.iter().map(|(sku, body, _)| (*sku, Some((200, body.as_str())))).collect();
    let right: Vec<(&str, Reply<'_>)> =
        bodies.iter().map(|(sku, _, body)| (*sku, Some((200, body.as_str())))).collect();
    Arc::new(compared(&left, &right))
}

#[test]
fn p2_changes_are_sorted_by_value_and_what_is_absent_comes_last_both_ways() {
    let comparison = changes();
    let order = |column, towards| {
        let view = viewed(&comparison, Wish { order: Order::By(column, towards), ..Wish::all() });
        cells(&view, Column::Sku).concat()
    };
    // -0.5, 0.10, 2 (from zero), -0.3, 2; C and G have no change.
    assert_eq!(order(Column::Change, Towards::Ascending), "AEBDFCG");
    assert_eq!(order(Column::Change, Towards::Descending), "DFBEACG", "equals keep the order of the lists");
    // -0.50 %, 10.0 %, none from zero, -3.0 %, 0.20 %.
    assert_eq!(order(Column::Percent, Towards::Ascending), "EAFBCDG");
    assert_eq!(order(Column::Percent, Towards::Descending), "BFAECDG");
    assert_eq!(order(Column::Left, Towards::Ascending), "DBCEAFG", "1e3 is a thousand");
    assert_eq!(order(Column::Right, Towards::Descending), "FAEGDBC");
    assert_eq!(order(Column::Sku, Towards::Descending), "GFEDCBA");
    // What is of one kind stands together: different, only left, only right.
    assert!(order(Column::WhatDiffers, Towards::Ascending).ends_with("CG"));
    assert!(order(Column::WhatDiffers, Towards::Descending).starts_with("GC"));
}

#[test]
fn a_head_sorts_up_then_down_then_not() {
    let mut order = Order::Lists;
    let mut orders = Vec::new();
    for column in [Column::Change, Column::Change, Column::Change, Column::Left, Column::Percent] {
        order = order.clicked(column);
        orders.push(order);
    }
    let (up, down) = (Towards::Ascending, Towards::Descending);
    let by = Order::By;
    let (change, left, percent) = (Column::Change, Column::Left, Column::Percent);
    assert_eq!(orders, [by(change, up), by(change, down), Order::Lists, by(left, up), by(percent, up)]);
}

#[test]
fn each_column_stands_where_its_number_says() {
    for (place, column) in Column::ALL.into_iter().enumerate() {
        assert_eq!(column as usize, place);
    }
}

#[test]
fn p4_what_tells_prices_apart_has_a_column_where_any_price_names_it() {
    let body = |net: &str, gross: &str| {
        format!(r#"{{"price_list":"PL","currency":"SEK","vat_mode":"NET","net_price":{net},"gross_price":{gross}}}"#)
    };
    let comparison = compared(&[("A", Some((200, &body("8.32", "9.90"))))], &[("A", Some((200, &body("8", "9.90"))))]);
    let view = viewed(&Arc::new(comparison), Wish::all());
    assert!(view.columns().contains(&Column::Kind) && view.columns().contains(&Column::VatMode));
    assert!(!view.columns().contains(&Column::Unit), "no price has one");
    assert_eq!(cells(&view, Column::Kind), ["net", "gross"]);
    let heads: Vec<&str> = view.heads().iter().map(|head| head.name.as_str()).collect();
    assert!(heads.contains(&"amount (Production)") && heads.contains(&"amount (Staging)"), "{heads:?}");
    let named = view.comparison().named;
    let mut columns = Columns::default();
    columns.toggle(Column::VatMode, named);
    columns.toggle(Column::Unit, named);
    let other = view.with_columns(columns);
    assert!(!other.columns().contains(&Column::VatMode) && other.columns().contains(&Column::Unit));
    assert_eq!(other.heads().len(), other.columns().len());
    for column in Column::ALL {
        if columns.shows(column, named) {
            columns.toggle(column, named);
        }
    }
    assert_eq!(columns.shown(named).count(), 1, "the last one stays");
}

#[test]
fn a_tile_shows_its_rows_alone_then_more_of_them_then_all_again() {
    let shown = |wish: &Wish| Verdict::ALL.into_iter().filter(|one| wish.shows(*one)).collect::<Vec<_>>();
    let mut wish = Wish::default();
    assert!(!wish.shows(Verdict::Neither) && !wish.shows(Verdict::Same));
    wish.toggle(Some(Verdict::Same));
    assert_eq!(shown(&wish), [Verdict::Same]);
    wish.toggle(Some(Verdict::Different));
    assert_eq!(shown(&wish), [Verdict::Different, Verdict::Same]);
    wish.toggle(Some(Verdict::Different));
    wish.toggle(Some(Verdict::Same));
    assert!(wish.is_all());
    wish.toggle(Some(Verdict::Neither));
    assert_eq!(shown(&wish), [Verdict::Neither]);
}

#[test]
fn all_words_of_a_filter_have_to_be_somewhere_in_the_row() {
    let comparison = changes();
    let found =
        |text: &str| cells(&viewed(&comparison, Wish { text: text.to_owned(), ..Wish::all() }), Column::Sku).concat();
    assert_eq!(found("-0.3"), "E");
    assert_eq!(found("−0.3"), "E", "the minus that is on screen");
    assert_eq!(found("EUR only"), "CG");
    assert_eq!(found("only production"), "C");
    assert_eq!(found("9.7 10"), "E");
    assert_eq!(found("no such thing"), "");
}

#[test]
fn what_nobody_waits_for_any_more_ends_early() {
    let stop = Stop::default();
    stop.stop();
    assert!(View::new(changes(), Wish::all(), 1, &stop).is_none());
}

#[test]
fn p6_a_change_has_a_minus_for_eyes_on_screen_and_a_hyphen_for_programs() {
    assert_eq!(["-0.30", "1.20", "0.0"].map(|number| Signs::OnScreen.write(number)), ["−0.30", "+1.20", "+0.0"]);
    assert_eq!(["-0.30", "1.20"].map(|number| Signs::Plain.write(number)), ["-0.30", "+1.20"]);
    let comparison = changes();
    let pair = &comparison.pairs[0];
    let sides = side_words(&comparison.left, &comparison.right);
    assert_eq!(in_words(&comparison, pair, &sides, Signs::OnScreen), "Amount −0.5 (−0.50 %)");
    let view = viewed(&comparison, Wish::all());
    let row: Vec<String> =
        [Column::WhatDiffers, Column::Change, Column::Percent].map(|column| cells(&view, column).swap_remove(0)).into();
    assert_eq!(row, ["Amount -0.5 (-0.50 %)", "-0.5", "-0.50"]);
    assert!(matches!(view.value(0, Column::Change), Cell::Decimal(_)), "a number in every export");
}

#[test]
fn p2_amounts_as_text_or_number_are_compared_by_value_and_null_is_no_price() {
    let of = |left: &str, right: &str| {
        let body = |amount: &str| format!(r#"{{"sku":"A","price":{amount},"currency":"EUR"}}"#);
        bodies(&body(left), &body(right)).remove(0)
    };
    let same = (Verdict::Same, "Same".to_owned());
    assert_eq!(of(r#""12.10""#, "12.1"), same);
    assert_eq!(of("1e2", r#""100.00""#), same);
    assert_eq!(of("0", r#""0.00""#), same);
    assert_eq!(of("12345678901234567890.01", "12345678901234567890.02").1, "Amount +0.01 (+0.000000000000000000081 %)");
    assert_eq!(of("null", "null"), (Verdict::Neither, "No price on either side".to_owned()));
    assert_eq!(of("0", "null"), (Verdict::OnlyLeft, "Only in Production".to_owned()), "nothing is not zero");
    assert_eq!(of("null", "0"), (Verdict::OnlyRight, "Only in Staging".to_owned()));
    // A decimal comma is no amount that is read, so nobody knows what this side has.
    assert_eq!(of(r#""12,10""#, "12.10"), (Verdict::NotComparable, "Production: failed".to_owned()));
}

#[test]
fn codes_are_the_same_in_any_case_and_quantities_by_value() {
    let one = items(&[list("PL", "EUR", "GROSS", &[("1", "5"), ("10", "4")])]);
    let other = items(&[list("PL", "eur", "gross", &[(r#""1.0""#, "5"), ("10.00", "4.00")])]);
    let same = (Verdict::Same, "Same".to_owned());
    assert_eq!(bodies(&one, &other), [same.clone(), same]);
    let comparison = compared(&[("A", Some((200, &one)))], &[("A", Some((200, &other)))]);
    for pair in &comparison.pairs {
        let fields = difference::fields(comparison.left_price(pair), comparison.right_price(pair));
        assert!(fields.iter().all(|field| !field.differs()), "{fields:?}");
    }
    // A price list is a name and not a code of a standard: in another case it is another one.
    let renamed = one.replace("PL", "pl");
    let verdicts: Vec<Verdict> = bodies(&one, &renamed).iter().map(|(verdict, _)| *verdict).collect();
    assert_eq!(verdicts, [Verdict::OnlyLeft, Verdict::OnlyLeft, Verdict::OnlyRight, Verdict::OnlyRight]);
}

#[test]
fn a_currency_or_vat_mode_that_one_side_does_not_name_is_not_guessed() {
    let with = |more: &str| format!(r#"{{"sku":"A","price":5{more}}}"#);
    let not_comparable = |words: &str| vec![(Verdict::NotComparable, words.to_owned())];
    assert_eq!(bodies(&with(""), &with(r#","currency":"EUR""#)), not_comparable("Currency none → EUR"));
    assert_eq!(bodies(&with(""), &with(r#","vat_mode":"NET""#)), not_comparable("VAT mode none → NET"));
}

#[test]
fn p4_every_price_of_a_huge_body_stands_in_a_row_of_its_own() {
    let prices: Vec<String> = (1..=70_000).map(|from| format!(r#"{{"from":{from},"price":1}}"#)).collect();
    let body = format!(r#"{{"currency":"EUR","breaks":[{}]}}"#, prices.join(","));
    let comparison = compared(&[("A", Some((200, &body)))], &[("A", Some((200, &body)))]);
    assert_eq!((comparison.pairs.len(), comparison.count(Verdict::Same)), (70_000, 70_000));
    assert!(comparison.pairs.iter().all(|pair| comparison.left_price(pair).is_some()));
}

#[test]
fn p6_the_sheet_has_what_the_filter_leaves_and_differences_come_first() {
    let left = [("00012", Some((200, r#"{"price":12.10,"currency":"EUR"}"#))), ("B", Some((200, r#"{"price":1}"#)))];
    let right = [("00012", Some((200, r#"{"price":13,"currency":"EUR"}"#))), ("B", Some((200, r#"{"price":1}"#)))];
    let comparison = Arc::new(compared(&left, &right));
    let view = viewed(&comparison, Wish::default());
    assert_eq!(view.len(), 1);
    let cells: Vec<String> = (0..view.heads().len()).map(|column| view.cell(0, column).plain().into_owned()).collect();
    assert_eq!(cells, ["00012", "", "", "12.10", "13", "0.90", "7.4", "EUR", "Amount +0.90 (+7.4 %)"]);
    assert_eq!(view.cell(0, 3), Cell::Decimal("12.10".into()));
    let all = viewed(&comparison, Wish::all());
    assert_eq!(all.len(), 2);
    let none = viewed(&comparison, Wish { text: "0001 ".into(), ..Wish::all() });
    assert_eq!(none.len(), 1);
}

#[test]
fn a_hundred_thousand_skus_a_side_are_matched_in_linear_time() {
    let skus: Vec<String> = (0..100_000).map(|number| format!("SKU-{number:06}")).collect();
    let body = items(&[list("PL", "EUR", "NET", &[("1", "5"), ("10", "4")])]);
    let one = answered("SKU", (200, &body));
    let of = |environment| {
        let mut rows = Rows::new(skus.len());
        (0..skus.len()).for_each(|place| rows.set(place, Arc::clone(&one)));
        Side { skus: skus.iter().map(|sku| sku.as_str().into()).collect(), rows, ..side(environment, &[]) }
    };
    let comparison = compare(of(Environment::Production), of(Environment::Staging));
    assert_eq!(comparison.count(Verdict::Same), 200_000);
}

/// One price: list, currency, quantity and amount; kind, unit, VAT mode and further fields, each of a few or none.
type DrawnPrice = ((u8, u8, u8, u8), (u8, u8, u8, u8, u8));
/// For each SKU: which one, its prices, and what is answered without one.
type Drawn = Vec<(usize, Vec<DrawnPrice>, u8)>;

fn any_side() -> impl Strategy<Value = Drawn> {
    let more = (0_u8..3, 0_u8..3, 0_u8..3, 0_u8..3, 0_u8..3);
    let price = ((0_u8..2, 0_u8..2, 0_u8..2, 0_u8..4), more);
    proptest::collection::vec((0_usize..5, proptest::collection::vec(price, 0..7), 0_u8..6), 0..6)
}

fn made(environment: Environment, list: &Drawn) -> Side {
    let texts: Vec<(String, u16, String)> = list
        .iter()
        .map(|(sku, prices, kind)| {
            let rows: Vec<String> = prices
                .iter()
                .map(|((list, currency, quantity, amount), (kind, unit, vat, area, discount))| {
                    let currency = ["EUR", "SEK"][usize::from(*currency)];
                    let name = ["price", "net_price", "gross_price"][usize::from(*kind)];
                    let unit = ["", r#","unit":"pc""#, r#","unit":"box""#][usize::from(*unit)];
                    let vat = ["", r#","vat_mode":"NET""#, r#","vat_mode":"GROSS""#][usize::from(*vat)];
                    let area = ["", r#","tax_area":"SE""#, r#","tax_area":"DE""#][usize::from(*area)];
                    format!(
                        r#"{{"price_list":"PL-{list}","currency":"{currency}","min_quantity":{quantity},"{name}":"{amount}.50","discount_percent":{discount}{unit}{vat}{area}}}"#
                    )
                })
                .collect();
            let status = match kind {
                0 => 404,
                1 => 503,
                2 => 403,
                _ => 200,
            };
            (format!("SKU-{sku}"), status, format!("[{}]", rows.join(",")))
        })
        .collect();
    let list: Vec<(&str, Reply<'_>)> =
        texts.iter().map(|(sku, status, body)| (sku.as_str(), Some((*status, body.as_str())))).collect();
    side(environment, &list)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(256))]

    #[test]
    fn swapped_sides_give_the_mirrored_verdicts_and_every_price_stands_once(a in any_side(), b in any_side()) {
        let (left, right) = (made(Environment::Production, &a), made(Environment::Staging, &b));
        let there = compare(left.clone(), right.clone());
        let back = compare(right, left);
        let rows = |comparison: &Comparison, mirrored: bool| {
            let mut rows: Vec<_> = comparison.pairs.iter().map(|pair| {
                let amount = change(comparison, pair).map(|change| change.absolute);
                let amount = amount.map(|text| match (mirrored, text.strip_prefix('-')) {
                    (false, _) => text,
                    (true, Some(positive)) => positive.to_owned(),
                    (true, None) => format!("-{text}"),
                });
                let (left, right, verdict) = if mirrored {
                    (pair.right, pair.left, pair.verdict.mirrored())
                } else {
                    (pair.left, pair.right, pair.verdict)
                };
                format!("{left:?} {right:?} {verdict:?} {amount:?}")
            }).collect();
            rows.sort();
            rows
        };
        prop_assert_eq!(rows(&there, false), rows(&back, true));
        let mut seen = std::collections::HashSet::new();
        for pair in &there.pairs {
            for (hand, at) in [("left", pair.left), ("right", pair.right)] {
                if let Some(at) = at.filter(|at| at.price.is_some()) {
                    prop_assert!(seen.insert((hand, at.place, at.price)), "a price stands twice");
                }
            }
        }
    }

    #[test]
    fn a_run_against_itself_is_the_same_wherever_it_can_be_told(a in any_side()) {
        let side = made(Environment::Production, &a);
        let comparison = compare(side.clone(), side);
        for pair in &comparison.pairs {
            prop_assert!(matches!(pair.verdict, Verdict::Same | Verdict::Neither | Verdict::NotComparable));
            let is_known = !matches!(pair.why, Why::Unanswered | Why::Repeated);
            prop_assert!(!is_known || pair.verdict != Verdict::NotComparable);
        }
    }
}
