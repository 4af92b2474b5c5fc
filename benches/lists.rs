//! What a list of a million SKUs costs from bytes to proposals: reading, the damage detector with duplicates, and taking a proposal.
//! Plain SKUs, SKUs with everything wrong, and the largest CSV file that is read. divan counts the allocations.

#![expect(clippy::unwrap_used, reason = "a benchmark that cannot be set up has to end")]

use std::fmt::Write as _;

use divan::{AllocProfiler, Bencher};
use quantaprice_explorer::lists::damage::Kind;
use quantaprice_explorer::lists::revision::Repeats;
use quantaprice_explorer::lists::{Edit, LARGEST_FILE, MOST_SKUS, Reading, Source, Watch, Wish, read, revise};

#[global_allocator]
static ALLOCATOR: AllocProfiler = AllocProfiler::system();

fn main() {
    divan::main();
}

/// SKUs as they should be.
fn plain() -> Source {
    let mut text = String::new();
    for number in 0..MOST_SKUS {
        writeln!(text, "PRODUCT-{number:07}").unwrap();
    }
    Source::of("plain.txt", text.into_bytes())
}

/// SKUs with each kind of damage by turns.
fn damaged() -> Source {
    const FORMS: [&str; 8] =
        ["PRODUCT-O", " PRODUCT-", "PRODUCT\u{a0}", "\u{420}RODUCT-", "'", "1.23E+1", "", "\u{200b}A-"];
    let mut text = String::new();
    for number in 0..MOST_SKUS {
        writeln!(text, "{}{number}", FORMS[number % FORMS.len()]).unwrap();
    }
    Source::of("damaged.txt", text.into_bytes())
}

/// A file as large as is read, with three columns and a million rows.
fn largest() -> Source {
    let mut text = String::from("sku,name,note\n");
    let note = "x".repeat(200);
    let mut number = 0;
    while (text.len() as u64) < LARGEST_FILE - 256 {
        writeln!(text, "{number:08},\"A thing, with a name\",{note}").unwrap();
        number += 1;
    }
    Source::of("largest.csv", text.into_bytes())
}

fn reading(source: &Source) -> Reading {
    read(source, &Wish::default(), &Watch::default()).unwrap()
}

/// A list by the name under which it is measured.
type Made = (&'static str, fn() -> Source);

const SOURCES: [Made; 3] = [("plain", plain), ("damaged", damaged), ("largest", largest)];

fn source(name: &str) -> Source {
    SOURCES.iter().find(|(known, _)| *known == name).unwrap().1()
}

#[divan::bench(args = ["plain", "damaged", "largest"], sample_count = 5, sample_size = 1)]
fn read_the_list(bencher: Bencher<'_, '_>, name: &str) {
    let source = source(name);
    bencher.bench_local(|| reading(&source));
}

#[divan::bench(args = ["plain", "damaged"], sample_count = 5, sample_size = 1)]
fn look_for_damage_and_duplicates(bencher: Bencher<'_, '_>, name: &str) {
    let reading = reading(&source(name));
    bencher.bench_local(|| revise(&reading.items, "list", &[], Repeats::Keep, &Watch::default()));
}

#[divan::bench(args = ["damaged"], sample_count = 5, sample_size = 1)]
fn take_a_proposal(bencher: Bencher<'_, '_>, name: &str) {
    let reading = reading(&source(name));
    bencher
        .bench_local(|| revise(&reading.items, "list", &[Edit(vec![Kind::Spaces])], Repeats::Once, &Watch::default()));
}
