//! What a SKU cost over time: recorded prices that belong together, as lines with names.
//!
//! Owns what makes two prices the same one at two times: all that the answer says of them but the amount, and all that was asked.
//! A line is named by what tells it from the others, and by nothing else. Pure, and made once. A place on a plot is a float, since a
//! pixel is one; what is said of a point is the amount as the server wrote it (P2).

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use compact_str::CompactString;
use jiff::Timestamp;

use super::entry::Recorded;
use crate::compare::as_of::is_parameter as is_as_of;
use crate::prices::Price;

/// More lines than this cannot be told apart.
const MOST: usize = 8;
/// Further fields that change with the amount, so that they tell no line from another. Lower case, letters only.
const GO_WITH_THE_AMOUNT: [&str; 4] = ["changedat", "updatedat", "discountpercent", "discountpercentage"];

/// The recorded prices of a SKU, ready to be drawn.
#[derive(Debug)]
pub struct OverTime {
    pub sku: CompactString,
    /// The line with the most points first.
    pub lines: Vec<Line>,
    /// How many further lines there are.
    pub left_out: usize,
    /// What the answers say of all these prices, such as `EUR, from 1`.
    pub common: String,
    /// From the first time to the last, in seconds since 1970; nothing where no price was recorded.
    pub span: Option<(f64, f64)>,
}

/// One price over time.
#[derive(Debug)]
pub struct Line {
    /// Unlike that of every other line.
    pub name: String,
    /// The oldest first.
    pub points: Vec<Recorded>,
    /// For each point its time, in seconds since 1970, and its amount; one beyond all floats stands at 0.
    pub places: Vec<[f64; 2]>,
}

/// What can tell one line from another. The order is that of names.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
enum Aspect {
    PriceList,
    PriceListName,
    Currency,
    Quantity,
    Unit,
    VatMode,
    Kind,
    Further(CompactString),
    Parameter(String),
    ValidFrom,
    ValidTo,
    Environment,
    Address,
    Profile,
    /// Of several prices in one answer that are alike in all else, the second and those after it.
    Position,
}

type Meaning = BTreeMap<Aspect, String>;

impl OverTime {
    /// From prices of one SKU, the oldest first.
    pub fn of(sku: CompactString, recorded: Vec<Recorded>) -> Self {
        let span = recorded.first().zip(recorded.last()).map(|(first, last)| (seconds(first.at), seconds(last.at)));
        let mut lines: Vec<(Meaning, Vec<Recorded>)> = Vec::new();
        let mut known: HashMap<Meaning, usize> = HashMap::new();
        let mut answer = None;
        let mut alike: HashMap<Meaning, usize> = HashMap::new();
        for one in recorded {
            if answer.replace((one.run, one.at)) != Some((one.run, one.at)) {
                alike.clear();
            }
            let mut meaning = meaning(&one);
            let before = alike.entry(meaning.clone()).or_default();
            *before += 1;
            if *before > 1 {
                meaning.insert(Aspect::Position, before.to_string());
            }
            let index = *known.entry(meaning).or_insert_with_key(|meaning| {
                lines.push((meaning.clone(), Vec::new()));
                lines.len() - 1
            });
            lines[index].1.push(one);
        }
        lines.sort_by_key(|(_, points)| std::cmp::Reverse(points.len()));
        let left_out = lines.len().saturating_sub(MOST);
        lines.truncate(MOST);
        let (common, names) = named(&lines);
        let lines = lines.into_iter().zip(names).map(|((_, points), name)| {
            let places = points.iter().map(|one| [seconds(one.at), height(&one.price)]).collect();
            Line { name, points, places }
        });
        Self { sku, lines: lines.collect(), left_out, common, span }
    }

    /// The places of the lines in `lines`, those of one currency together: amounts of two never share an axis.
    pub fn by_currency(&self) -> Vec<(Option<&str>, Vec<usize>)> {
        let mut groups: Vec<(Option<&str>, Vec<usize>)> = Vec::new();
        for (index, line) in self.lines.iter().enumerate() {
            let currency = line.points.first().and_then(|one| one.price.currency.as_deref());
            match groups.iter_mut().find(|(of, _)| *of == currency) {
                Some((_, lines)) => lines.push(index),
                None => groups.push((currency, vec![index])),
            }
        }
        groups
    }

    /// Whether some prices were asked for as of another moment than that of asking.
    pub fn has_as_of(&self) -> bool {
        let mut points = self.lines.iter().flat_map(|line| &line.points);
        points.any(|one| one.header.parameters.iter().any(|(name, _)| is_as_of(name)))
    }

    /// Whether there are two times to draw a line between.
    pub fn is_over_time(&self) -> bool {
        self.span.is_some_and(|(from, to)| from < to)
    }
}

/// Everything that a price and its question say but the amount.
fn meaning(one: &Recorded) -> Meaning {
    let price = &one.price;
    let mut meaning = Meaning::new();
    let said = [
        (Aspect::PriceList, &price.price_list),
        (Aspect::PriceListName, &price.price_list_name),
        (Aspect::Currency, &price.currency),
        (Aspect::Quantity, &price.quantity_from),
        (Aspect::Unit, &price.unit),
        (Aspect::VatMode, &price.vat_mode),
        (Aspect::ValidFrom, &price.valid_from),
        (Aspect::ValidTo, &price.valid_to),
    ];
    meaning.extend(said.into_iter().filter_map(|(aspect, value)| Some((aspect, value.as_ref()?.to_string()))));
    if let Some(kind) = price.kind.as_deref().filter(|kind| *kind != "price") {
        meaning.insert(Aspect::Kind, kind.to_owned());
    }
    for (name, value) in &price.further {
        let letters: String = name.chars().filter(char::is_ascii_alphabetic).collect();
        if !GO_WITH_THE_AMOUNT.contains(&letters.to_ascii_lowercase().as_str()) {
            meaning.insert(Aspect::Further(name.clone()), value.to_string());
        }
    }
    for (name, value) in &one.header.parameters {
        let values = meaning.entry(Aspect::Parameter(name.clone())).or_default();
        if !values.is_empty() {
            values.push('&');
        }
        values.push_str(value);
    }
    meaning.insert(Aspect::Environment, one.header.environment.label().to_owned());
    meaning.insert(Aspect::Address, one.header.api_url.clone());
    meaning.insert(Aspect::Profile, one.header.profile.as_str().to_owned());
    meaning
}

/// What all lines have in common, and the name of each.
fn named(lines: &[(Meaning, Vec<Recorded>)]) -> (String, Vec<String>) {
    let meanings: Vec<&Meaning> = lines.iter().map(|(meaning, _)| meaning).collect();
    let telling = telling(&meanings);
    let common: Vec<String> = match meanings.first() {
        None => Vec::new(),
        Some(first) => first
            .iter()
            .filter(|(aspect, value)| {
                // What was asked, and of whom, stands above the plot.
                !matches!(aspect, Aspect::Parameter(_) | Aspect::Environment | Aspect::Address | Aspect::Profile)
                    && meanings.iter().all(|meaning| meaning.get(aspect) == Some(value))
            })
            .map(|(aspect, value)| present(aspect, value))
            .collect(),
    };
    if let [_] = lines {
        let name = if common.is_empty() { "Price".to_owned() } else { common.join(", ") };
        return (String::new(), vec![name]);
    }
    let mut used = HashSet::new();
    let names = lines.iter().map(|(meaning, points)| {
        let parts = telling.iter().map(|aspect| match (aspect, meaning.get(aspect), points.first()) {
            (Aspect::Profile, Some(_), Some(one)) => one.header.profile_name.clone(),
            (aspect, Some(value), _) => present(aspect, value),
            (aspect, None, _) => absent(aspect),
        });
        let name = parts.collect::<Vec<_>>().join(", ");
        // Two profiles can have one name.
        let same = (2..).map(|number| format!("{name} ({number})"));
        let name = std::iter::once(name.clone()).chain(same).find(|name| !used.contains(name)).unwrap_or(name);
        used.insert(name.clone());
        name
    });
    (common.join(", "), names.collect())
}

/// The first aspects by which all of these differ; one that tells apart nothing more is left out.
fn telling(meanings: &[&Meaning]) -> Vec<Aspect> {
    let all: BTreeSet<&Aspect> = meanings.iter().flat_map(|meaning| meaning.keys()).collect();
    let mut telling: Vec<Aspect> = Vec::new();
    let mut told_apart = 1;
    for aspect in all {
        telling.push(aspect.clone());
        let kinds = meanings.iter().map(|meaning| telling.iter().map(|aspect| meaning.get(aspect)).collect::<Vec<_>>());
        let count = kinds.collect::<HashSet<_>>().len();
        if count > told_apart {
            told_apart = count;
        } else {
            telling.pop();
        }
    }
    telling
}

fn present(aspect: &Aspect, value: &str) -> String {
    match aspect {
        Aspect::Quantity => format!("from {value}"),
        Aspect::Unit => format!("per {value}"),
        Aspect::ValidFrom => format!("valid from {value}"),
        Aspect::ValidTo => format!("valid to {value}"),
        Aspect::Further(name) => format!("{name} {value}"),
        Aspect::Parameter(name) => format!("{name}={value}"),
        Aspect::Position => format!("no. {value}"),
        _ => value.to_owned(),
    }
}

/// The same where other lines have it and this one has not.
fn absent(aspect: &Aspect) -> String {
    match aspect {
        Aspect::PriceList => "no price list".to_owned(),
        Aspect::PriceListName => "no list name".to_owned(),
        Aspect::Currency => "no currency".to_owned(),
        Aspect::Quantity => "any quantity".to_owned(),
        Aspect::Unit => "no unit".to_owned(),
        Aspect::VatMode => "no VAT mode".to_owned(),
        Aspect::Kind => "price".to_owned(),
        Aspect::ValidFrom => "no first day".to_owned(),
        Aspect::ValidTo => "no last day".to_owned(),
        Aspect::Further(name) => format!("no {name}"),
        Aspect::Parameter(name) => format!("no {name}"),
        Aspect::Position => "no. 1".to_owned(),
        Aspect::Environment | Aspect::Address | Aspect::Profile => String::new(),
    }
}

/// What an axis for these lines begins and ends with: never the same, so that it has marks to name.
pub fn heights<'a>(lines: impl Iterator<Item = &'a Line>) -> (f64, f64) {
    let all = lines.flat_map(|line| line.places.iter().map(|[_, height]| *height));
    let (least, most) = all.fold((f64::MAX, f64::MIN), |(least, most), height| (least.min(height), most.max(height)));
    if least > most {
        return (0.0, 1.0);
    }
    let margin = ((most - least) * 0.15).max(most.abs().max(least.abs()) * 0.02).max(0.01);
    (least - margin, most + margin)
}

/// Round heights between these two, about so many, and the decimals that they are named with.
pub fn marks((least, most): (f64, f64), about: f64) -> (Vec<f64>, f64, usize) {
    let rough = ((most - least) / about.max(1.0)).max(1e-9);
    let power = rough.log10().floor();
    let unit = 10f64.powf(power);
    let step =
        [1.0, 2.0, 5.0].into_iter().map(|factor| factor * unit).find(|step| *step >= rough).unwrap_or(10.0 * unit);
    // A power of ten is a little off on some systems, which must not cost the first or the last mark.
    let counts = (least / step - 1e-6).ceil() as i64..=(most / step + 1e-6).floor() as i64;
    let decimals = (-step.log10().floor()).clamp(0.0, 9.0) as usize;
    (counts.map(|count| count as f64 * step).collect(), step, decimals)
}

fn seconds(at: Timestamp) -> f64 {
    at.as_millisecond() as f64 / 1e3
}

fn height(price: &Price) -> f64 {
    price.amount.as_str().parse().ok().filter(|height: &f64| height.is_finite()).unwrap_or(0.0)
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::super::record::tests::header;
    use super::*;
    use crate::batch::{RunHeader, RunId};
    use crate::keys::{Environment, ProfileId};
    use crate::prices::Answer;

    fn recorded(hour: i64, header: &RunHeader, body: &str) -> Vec<Recorded> {
        let answer = Answer::read("A", 200, None, body.as_bytes());
        let at = Timestamp::from_second(hour * 3600).unwrap();
        let header = Arc::new(header.clone());
        let one = |price| Recorded { run: RunId(hour), at, header: Arc::clone(&header), price };
        answer.prices.into_iter().map(one).collect()
    }

    fn plain() -> RunHeader {
        RunHeader { parameters: Vec::new(), profile: ProfileId::try_from("a".to_owned()).unwrap(), ..header(1) }
    }

    fn drawn(recorded: Vec<Recorded>) -> (String, Vec<(String, Vec<String>)>) {
        let over_time = OverTime::of("A".into(), recorded);
        let lines = over_time
            .lines
            .into_iter()
            .map(|line| (line.name, line.points.iter().map(|one| one.price.amount.to_string()).collect()));
        (over_time.common, lines.collect())
    }

    fn names(recorded: Vec<Recorded>) -> Vec<String> {
        drawn(recorded).1.into_iter().map(|(name, _)| name).collect()
    }

    #[test]
    fn prices_of_another_list_currency_or_quantity_are_lines_of_their_own() {
        let of = |amount: &str| {
            format!(
                r#"[{{"price":{amount},"currency":"EUR","min_qty":1}},{{"price":9,"currency":"EUR","min_qty":10}},{{"price":120,"currency":"SEK","min_qty":1}}]"#
            )
        };
        let all = [recorded(0, &plain(), &of("12.10")), recorded(1, &plain(), &of("12.50"))].concat();
        let lines = drawn(all).1;
        let expected =
            [("EUR, from 1", ["12.10", "12.50"]), ("EUR, from 10", ["9", "9"]), ("SEK, from 1", ["120", "120"])];
        assert_eq!(lines, expected.map(|(name, points)| (name.to_owned(), points.map(str::to_owned).to_vec())));
    }

    #[test]
    fn amounts_of_two_currencies_share_no_axis_and_an_axis_is_never_without_height() {
        let body = r#"[{"price":9.90,"currency":"EUR","min_qty":1},{"price":120,"currency":"SEK","min_qty":1},{"price":9.90,"currency":"EUR","min_qty":10}]"#;
        let over_time = OverTime::of("A".into(), [recorded(0, &plain(), body), recorded(1, &plain(), body)].concat());
        let groups = over_time.by_currency();
        assert_eq!(groups, [(Some("EUR"), vec![0, 2]), (Some("SEK"), vec![1])]);
        let (least, most) = heights(groups[0].1.iter().map(|index| &over_time.lines[*index]));
        assert!(least < 9.9 && 9.9 < most && most - least < 2.0, "{least} to {most}");
        assert_eq!(heights([].into_iter()), (0.0, 1.0));
        let named = |least, most| {
            let (marks, _, decimals) = marks((least, most), 3.0);
            marks.into_iter().map(|mark| format!("{mark:.decimals$}")).collect::<Vec<_>>()
        };
        assert_eq!(named(132.3, 137.7), ["134", "136"]);
        assert_eq!(named(11.858, 12.342), ["12.0", "12.2"]);
        assert_eq!(named(-0.01, 0.01), ["-0.01", "0.00", "0.01"]);
        assert_eq!(named(9.4, 13.0), ["10", "12"]);
    }

    #[test]
    fn a_moment_that_was_asked_for_is_known_in_any_spelling() {
        for (name, expected) in [("asOf", true), ("asof", true), ("tax_area", false)] {
            let header = RunHeader { parameters: vec![(name.into(), "2026-12-01".into())], ..plain() };
            assert_eq!(
                OverTime::of("A".into(), recorded(0, &header, r#"{"price":1}"#)).has_as_of(),
                expected,
                "{name}"
            );
        }
    }

    #[test]
    fn every_difference_in_meaning_makes_another_line_and_names_it() {
        let body = |more: &str| format!(r#"{{"sku":"A","price":1,"currency":"EUR"{more}}}"#);
        for (one, other, expected) in [
            (r#","unit":"PCE""#, r#","unit":"BOX""#, ["per PCE", "per BOX"]),
            (r#","unit":"PCE""#, "", ["per PCE", "no unit"]),
            (
                r#","valid_from":"2026-01-01""#,
                r#","valid_from":"2026-07-01""#,
                ["valid from 2026-01-01", "valid from 2026-07-01"],
            ),
            (r#","valid_to":"2026-06-30""#, "", ["valid to 2026-06-30", "no last day"]),
            (r#","pricelist_name":"Retail""#, r#","pricelist_name":"Project""#, ["Retail", "Project"]),
            (r#","tax_area":"SE""#, r#","tax_area":"DE""#, ["tax_area SE", "tax_area DE"]),
            (r#","vat_mode":"NET""#, r#","vat_mode":"GROSS""#, ["NET", "GROSS"]),
        ] {
            let all = [recorded(0, &plain(), &body(one)), recorded(1, &plain(), &body(other))].concat();
            assert_eq!(names(all), expected, "{one} {other}");
        }
    }

    #[test]
    fn every_difference_in_the_question_makes_another_line_and_names_it() {
        let body = r#"{"price":1,"currency":"EUR"}"#;
        let parameter =
            |name: &str, value: &str| RunHeader { parameters: vec![(name.into(), value.into())], ..plain() };
        for (one, other, expected) in [
            (parameter("asOf", "2026-12-01"), plain(), ["asOf=2026-12-01", "no asOf"]),
            (parameter("tax_area", "SE"), parameter("tax_area", "DE"), ["tax_area=SE", "tax_area=DE"]),
            (plain(), RunHeader { environment: Environment::Staging, ..plain() }, ["Production", "Staging"]),
            (
                plain(),
                RunHeader { api_url: "https://b.example/".into(), ..plain() },
                ["https://api.quantaprice.com/api/v1", "https://b.example/"],
            ),
            (
                plain(),
                RunHeader { profile: ProfileId::try_from("b".to_owned()).unwrap(), ..plain() },
                ["Acme Production", "Acme Production (2)"],
            ),
        ] {
            let all = [recorded(0, &one, body), recorded(1, &other, body)].concat();
            assert_eq!(names(all), expected);
        }
    }

    #[test]
    fn what_is_the_same_everywhere_is_in_no_name_and_one_line_says_all() {
        let body = |list: &str, unit: &str| {
            format!(
                r#"{{"pricelist":"{list}","pricelist_name":"{list} name","price":1,"currency":"EUR","unit":"{unit}"}}"#
            )
        };
        let all = [recorded(0, &plain(), &body("A", "PCE")), recorded(1, &plain(), &body("B", "PCE"))].concat();
        let (common, lines) = drawn(all);
        assert_eq!(common, "EUR, per PCE");
        assert_eq!(
            lines.iter().map(|(name, _)| name.as_str()).collect::<Vec<_>>(),
            ["A", "B"],
            "the name tells no more than the code"
        );
        let (common, lines) = drawn(recorded(0, &plain(), &body("A", "PCE")));
        assert_eq!((common.as_str(), lines[0].0.as_str()), ("", "A, A name, EUR, per PCE"));
    }

    #[test]
    fn what_changes_with_the_amount_and_the_order_of_parameters_cut_no_line() {
        let body = |amount: &str, at: &str| format!(r#"{{"price":{amount},"currency":"EUR","updated_at":"{at}"}}"#);
        let asked = |names: [&str; 2]| RunHeader {
            parameters: names.map(|name| (name.to_owned(), "1".to_owned())).to_vec(),
            ..plain()
        };
        let all = [
            recorded(0, &asked(["a", "b"]), &body("12.10", "2026-01-01")),
            recorded(1, &asked(["b", "a"]), &body("1e2", "2026-02-01")),
        ];
        assert_eq!(drawn(all.concat()).1, [("EUR".to_owned(), vec!["12.10".to_owned(), "1e2".to_owned()])]);
    }

    #[test]
    fn prices_of_one_answer_never_stand_on_one_line() {
        let body = |one: &str, other: &str| format!(r#"[{{"price":{one}}},{{"price":{other}}}]"#);
        let all = [recorded(0, &plain(), &body("1", "2")), recorded(1, &plain(), &body("3", "4"))].concat();
        let expected = [("no. 1", ["1", "3"]), ("no. 2", ["2", "4"])];
        assert_eq!(drawn(all).1, expected.map(|(name, points)| (name.to_owned(), points.map(str::to_owned).to_vec())));
    }

    #[test]
    fn lines_beyond_those_that_can_be_told_apart_are_counted() {
        let body: Vec<String> = (0..11).map(|number| format!(r#"{{"price":1,"min_qty":{number}}}"#)).collect();
        let over_time = OverTime::of("A".into(), recorded(0, &plain(), &format!("[{}]", body.join(","))));
        assert_eq!((over_time.lines.len(), over_time.left_out, over_time.is_over_time()), (MOST, 11 - MOST, false));
    }
}
