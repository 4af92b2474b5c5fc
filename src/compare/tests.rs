//! Matching, verdicts and words, over answers that are read from bodies as a server would send them.

use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use proptest::prelude::*;

use super::difference::{change, in_words, side_words};
use super::*;
use crate::batch::{Answered, Rows, RunHeader, RunKind, Shared};
use crate::keys::{Environment, ProfileId};
use crate::prices::{Answer, Lookup};
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
    comparison.pairs.iter().map(|pair| (pair.verdict, in_words(comparison, pair, &sides))).collect()
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
fn p3_two_answers_without_a_price_are_compared_by_their_outcomes() {
    let (unknown, no_price) = ((404, "{}"), (200, r#"{"sku":"A","name":"Drill"}"#));
    let of = |left, right| said(&compared(&[("A", Some(left))], &[("A", Some(right))])).remove(0);
    assert_eq!(of(unknown, unknown), (Verdict::Same, "Same: unknown SKU on both sides".to_owned()));
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

#[test]
fn p6_the_sheet_has_what_the_filter_leaves_and_differences_come_first() {
    let left = [("00012", Some((200, r#"{"price":12.10,"currency":"EUR"}"#))), ("B", Some((200, r#"{"price":1}"#)))];
    let right = [("00012", Some((200, r#"{"price":13,"currency":"EUR"}"#))), ("B", Some((200, r#"{"price":1}"#)))];
    let comparison = Arc::new(compared(&left, &right));
    let view = View::new(Arc::clone(&comparison), Wish::default(), 1);
    assert_eq!(view.len(), 1);
    let cells: Vec<String> = (0..view.heads().len()).map(|column| view.cell(0, column).plain().into_owned()).collect();
    assert_eq!(cells, ["00012", "", "", "12.10", "13", "EUR", "Amount +0.90 (+7.4 %)", "0.90", "7.4"]);
    assert_eq!(view.cell(0, 3), Cell::Decimal("12.10".into()));
    let all = View::new(Arc::clone(&comparison), Wish::all(), 2);
    assert_eq!(all.len(), 2);
    let none = View::new(comparison, Wish { text: "0001 ".into(), ..Wish::all() }, 3);
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

/// For each SKU: which one, its prices by list, currency, quantity and amount, and what is answered without one.
type Drawn = Vec<(usize, Vec<(u8, u8, u8, u8)>, u8)>;

fn any_side() -> impl Strategy<Value = Drawn> {
    let price = (0_u8..3, 0_u8..2, 0_u8..3, 0_u8..4);
    proptest::collection::vec((0_usize..5, proptest::collection::vec(price, 0..5), 0_u8..6), 0..6)
}

fn made(environment: Environment, list: &Drawn) -> Side {
    let texts: Vec<(String, u16, String)> = list
        .iter()
        .map(|(sku, prices, kind)| {
            let rows: Vec<String> = prices
                .iter()
                .map(|(list, currency, quantity, amount)| {
                    let currency = ["EUR", "SEK"][usize::from(*currency)];
                    format!(
                        r#"{{"price_list":"PL-{list}","currency":"{currency}","min_quantity":{quantity},"price":"{amount}.50"}}"#
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
            prop_assert!(matches!(pair.verdict, Verdict::Same | Verdict::NotComparable));
            let is_known = !matches!(pair.why, Why::Unanswered | Why::Repeated);
            prop_assert!(!is_known || pair.verdict == Verdict::Same);
        }
    }
}
