//! One line a price, or one line for a SKU without a price, for spreadsheets.
//!
//! Owns the columns. Refuses cells that a spreadsheet would run: every text passes through
//! [`harmless`](super::super::formula::harmless), while amounts and numbers of our own stay numbers.

use std::borrow::Cow;
use std::io::{self, Write};

use super::super::amount::Amount;
use super::super::formula::harmless;
use super::super::lookup::Lookup;
use super::super::price::Price;

/// The columns in their order.
pub const COLUMNS: [&str; 20] = [
    "sku",
    "outcome",
    "http_status",
    "elapsed_ms",
    "token_generation",
    "amount",
    "kind",
    "currency",
    "price_list",
    "price_list_name",
    "vat_mode",
    "quantity_from",
    "unit",
    "valid_from",
    "valid_to",
    "sku_in_body",
    "read_from",
    "error_kind",
    "error",
    "notes",
];

/// Writes the line of column names.
pub fn write_csv_header(out: &mut impl Write) -> io::Result<()> {
    write_records(out, std::iter::once(COLUMNS.map(Cow::Borrowed)))
}

/// Writes the lines of one lookup.
pub fn write_csv(out: &mut impl Write, lookup: &Lookup) -> io::Result<()> {
    if lookup.prices.is_empty() {
        write_records(out, std::iter::once(record(lookup, None)))
    } else {
        write_records(out, lookup.prices.iter().map(|price| record(lookup, Some(price))))
    }
}

fn write_records<'a>(out: &mut impl Write, records: impl Iterator<Item = [Cow<'a, str>; 20]>) -> io::Result<()> {
    let mut writer = csv::WriterBuilder::new().from_writer(out);
    for record in records {
        writer.write_record(record.iter().map(|cell| cell.as_bytes()))?;
    }
    writer.flush()
}

fn record<'a>(lookup: &'a Lookup, price: Option<&'a Price>) -> [Cow<'a, str>; 20] {
    let text = |get: fn(&Price) -> Option<&str>| harmless(price.and_then(get).unwrap_or_default());
    let error = lookup.error.as_ref();
    [
        harmless(&lookup.sku),
        lookup.outcome.code().into(),
        number(lookup.http_status),
        number(Some(lookup.elapsed.as_millis())),
        number(lookup.token_generation),
        price.map_or("", |price| price.amount.as_str()).into(),
        text(|price| price.kind.as_deref()),
        text(|price| price.currency.as_deref()),
        text(|price| price.price_list.as_deref()),
        text(|price| price.price_list_name.as_deref()),
        text(|price| price.vat_mode.as_deref()),
        price.and_then(|price| price.quantity_from.as_deref()).map_or("".into(), number_or_text),
        text(|price| price.unit.as_deref()),
        text(|price| price.valid_from.as_deref()),
        text(|price| price.valid_to.as_deref()),
        text(|price| price.sku.as_deref()),
        text(|price| Some(&price.path)),
        error.map_or("", |error| error.kind.code()).into(),
        error.map_or(Cow::Borrowed(""), |error| harmless(&error.to_string()).into_owned().into()),
        harmless(&lookup.notes.join(" ")).into_owned().into(),
    ]
}

fn number<'a>(number: Option<impl ToString>) -> Cow<'a, str> {
    number.map_or_else(String::new, |number| number.to_string()).into()
}

fn number_or_text(text: &str) -> Cow<'_, str> {
    if Amount::parse(text).is_ok() { text.into() } else { harmless(text) }
}

#[cfg(test)]
mod tests {
    use super::super::tests::{lookup, written};
    use super::*;

    #[test]
    fn p6_one_line_a_price_and_one_for_a_sku_without() {
        let body = r#"{"currency":"EUR","breaks":[{"from":1,"price":12.10},{"from":10,"price":"-3"}]}"#;
        let lookups = [lookup("00012", 200, body), lookup("a,\"b\"", 404, "{}")];
        assert_eq!(
            written(write_csv, &lookups),
            format!(
                "{}\n{}\n{}\n",
                "00012,priced,200,84,7,12.10,price,EUR,,,,1,,,,,breaks[0].price,,,",
                "00012,priced,200,84,7,-3,price,EUR,,,,10,,,,,breaks[1].price,,,",
                "\"a,\"\"b\"\"\",unknown_sku,404,84,7,,,,,,,,,,,,,,,",
            )
        );
    }

    #[test]
    fn the_header_names_the_columns_and_every_line_has_them_all() {
        let mut header = Vec::new();
        write_csv_header(&mut header).unwrap();
        assert_eq!(String::from_utf8(header).unwrap(), format!("{}\n", COLUMNS.join(",")));
        let line = written(write_csv, &[lookup("A", 200, "<html>")]);
        let mut reader = csv::ReaderBuilder::new().has_headers(false).from_reader(line.as_bytes());
        assert_eq!(reader.records().next().unwrap().unwrap().len(), COLUMNS.len());
    }

    #[test]
    fn p4_every_line_of_a_price_carries_what_a_person_is_told_beside_it() {
        let body = r#"{"items":[{"sku":"B","price":1},{"sku":"B","price":2}],"total":3}"#;
        let text = written(write_csv, &[lookup("A", 200, body)]);
        let mut reader = csv::ReaderBuilder::new().has_headers(false).from_reader(text.as_bytes());
        let rows: Vec<_> = reader.records().map(Result::unwrap).collect();
        assert_eq!(rows.len(), 2);
        for row in rows {
            let notes = row.get(COLUMNS.iter().position(|column| *column == "notes").unwrap()).unwrap();
            assert!(notes.contains("names the SKU “B”, and you asked for “A”"), "{notes}");
            assert!(notes.contains("it sent 2 of 3 entries"), "{notes}");
        }
    }

    #[test]
    fn p6_no_text_cell_runs_in_a_spreadsheet() {
        let body = r#"{"price":-3,"currency":"=cmd|' /C calc'!A0","price_list":"@x","valid_from":"\t=1","unit":"+1"}"#;
        let text = written(write_csv, &[lookup("-1+1", 200, body)]);
        let mut reader = csv::ReaderBuilder::new().has_headers(false).from_reader(text.as_bytes());
        let record = reader.records().next().unwrap().unwrap();
        let cell = |name| record.get(COLUMNS.iter().position(|column| *column == name).unwrap()).unwrap().to_owned();
        assert_eq!(cell("amount"), "-3");
        assert_eq!(cell("sku"), "'-1+1");
        assert_eq!(cell("currency"), "'=cmd|' /C calc'!A0");
        assert_eq!((cell("price_list"), cell("valid_from")), ("'@x".to_owned(), "'\t'=1".to_owned()));
    }

    #[test]
    fn p6_no_cell_runs_when_a_spreadsheet_parts_the_line_by_another_separator() {
        let body =
            r#"{"price":-3,"currency":"x;=cmd|' /C calc'!A0;y","price_list":"a\t@x,=1","unit":"a;\"=1\"|+1\n=2"}"#;
        let text = written(write_csv, &[lookup("A;-1+1|\"=2\"", 200, body)]);
        for separator in [',', ';', '\t', '|'] {
            for cell in text.split([separator, '\n']) {
                let start = cell.trim_start_matches(['"', ' ']);
                assert!(cell == "-3" || !start.starts_with(['=', '+', '-', '@']), "{separator:?}: {cell}");
            }
        }
    }
}
