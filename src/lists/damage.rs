//! The damage detector: what spreadsheets, word processors and keyboards do to SKUs on their way into a list.
//!
//! Owns the suspicions, each with a proposal. Changes nothing: [`super::revision`] does, when a user says so. A SKU may be under
//! several suspicions; each is judged by itself, against what is usual in the list. One pass, a constant amount of work a letter.

use compact_str::CompactString;

use super::mend::suspicions;
use super::pattern::Pattern;
use super::reading::Item;
use super::{ListError, Watch, reveal};

/// What seems to have happened to a SKU, in the order in which proposals are listed: the gravest first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Kind {
    /// A client secret or a token, pasted by mistake.
    Secret,
    /// A header taken for a SKU.
    Header,
    /// Longer than any SKU.
    TooLong,
    /// Letters that could not be read in the chosen encoding.
    Unreadable,
    /// `#N/A` and its like, where a formula found nothing.
    SheetError,
    /// A SKU that a spreadsheet took for a date.
    Date,
    /// `1.23E+10`: digits that are gone.
    Scientific,
    /// More digits than a spreadsheet keeps.
    LongNumber,
    /// Control characters, line breaks among them.
    Control,
    /// Non-breaking and zero-width spaces, soft hyphens, byte order marks.
    Invisible,
    /// Several SKUs on one line, with commas, semicolons or spaces between them.
    Several,
    /// A bullet, a number or a quote mark before it, or a separator behind it, as in mails and chats.
    Bullet,
    /// Words between SKUs, such as a greeting.
    Words,
    /// White space at the ends.
    Spaces,
    /// Quotes around it, or an apostrophe before it.
    Quotes,
    /// Letters of another script that look like Latin ones.
    LookAlike,
    /// A letter O in place of a zero, and its like.
    LetterForDigit,
    /// `.0` behind a whole number.
    TrailingZero,
    /// Narrower than the other numbers.
    LeadingZeros,
    /// A number in a spreadsheet's cell.
    StoredNumber,
}

/// What is proposed for a SKU.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Mend {
    Change(CompactString),
    /// These stand in its place, each a SKU.
    Split(Vec<CompactString>),
    /// What it was cannot be restored.
    LeaveOut,
    /// Nobody can tell what it was; it may well be right.
    Look,
}

impl Kind {
    pub const ALL: [Self; 20] = [
        Self::Secret,
        Self::Header,
        Self::TooLong,
        Self::Unreadable,
        Self::SheetError,
        Self::Date,
        Self::Scientific,
        Self::LongNumber,
        Self::Control,
        Self::Invisible,
        Self::Several,
        Self::Bullet,
        Self::Words,
        Self::Spaces,
        Self::Quotes,
        Self::LookAlike,
        Self::LetterForDigit,
        Self::TrailingZero,
        Self::LeadingZeros,
        Self::StoredNumber,
    ];

    /// What is suspected, after a number of SKUs: “3 SKUs …”.
    pub const fn says(self, count: usize) -> &'static str {
        let one = count == 1;
        match self {
            Self::Secret if one => "looks like a client secret or a token, and is never sent",
            Self::Secret => "look like client secrets or tokens, and are never sent",
            Self::Header if one => "looks like the name of a column",
            Self::Header => "look like names of a column",
            Self::TooLong if one => "is too long to be a SKU, and is never sent",
            Self::TooLong => "are too long to be SKUs, and are never sent",
            Self::Unreadable if one => "has letters that could not be read; try another encoding first",
            Self::Unreadable => "have letters that could not be read; try another encoding first",
            Self::SheetError if one => "is an error of a spreadsheet",
            Self::SheetError => "are errors of a spreadsheet",
            Self::Date if one => "was made a date by a spreadsheet",
            Self::Date => "were made dates by a spreadsheet",
            Self::Scientific if one => "was rounded by a spreadsheet; its digits are lost",
            Self::Scientific => "were rounded by a spreadsheet; their digits are lost",
            Self::LongNumber if one => "is a number with more than 15 digits; a spreadsheet loses the last ones",
            Self::LongNumber => "are numbers with more than 15 digits; a spreadsheet loses the last ones",
            Self::Control if one => "has control characters in it",
            Self::Control => "have control characters in them",
            Self::Invisible if one => "has spaces or marks in it that cannot be seen",
            Self::Invisible => "have spaces or marks in them that cannot be seen",
            Self::Several if one => "looks like several SKUs on one line",
            Self::Several => "look like several SKUs on one line",
            Self::Bullet if one => "has a bullet, a number or a quote mark before it, or a separator behind it",
            Self::Bullet => "have a bullet, a number or a quote mark before them, or a separator behind them",
            Self::Words if one => "looks like words, not like a SKU",
            Self::Words => "look like words, not like SKUs",
            Self::Spaces if one => "has a space at its start or end",
            Self::Spaces => "have a space at the start or end",
            Self::Quotes if one => "has quotes around it or an apostrophe before it",
            Self::Quotes => "have quotes around them or an apostrophe before them",
            Self::LookAlike if one => "has letters of another script that look like Latin ones",
            Self::LookAlike => "have letters of another script that look like Latin ones",
            Self::LetterForDigit if one => "has a letter in place of a digit, or a digit in place of a letter",
            Self::LetterForDigit => "have a letter in place of a digit, or a digit in place of a letter",
            Self::TrailingZero if one => "has “.0” behind a whole number",
            Self::TrailingZero => "have “.0” behind a whole number",
            Self::LeadingZeros if one => "may have lost leading zeros",
            Self::LeadingZeros => "may have lost leading zeros",
            Self::StoredNumber if one => "is stored as a number; leading zeros may be lost",
            Self::StoredNumber => "are stored as numbers; leading zeros may be lost",
        }
    }

    /// What [`super::revise`] does for it, on a button; nothing where it can do nothing.
    pub const fn remedy(self) -> Option<&'static str> {
        match self {
            Self::Secret
            | Self::Header
            | Self::TooLong
            | Self::Unreadable
            | Self::SheetError
            | Self::Date
            | Self::Scientific
            | Self::Words => Some("Leave out"),
            Self::Several => Some("Split"),
            Self::LongNumber | Self::StoredNumber => None,
            Self::Control | Self::Invisible => Some("Clean"),
            Self::Spaces => Some("Trim"),
            Self::Bullet | Self::Quotes | Self::TrailingZero => Some("Strip"),
            Self::LookAlike | Self::LetterForDigit => Some("Correct"),
            Self::LeadingZeros => Some("Pad"),
        }
    }

    /// What was done, once it is: “Trimmed 3 SKUs”.
    pub const fn done(self) -> &'static str {
        match self {
            Self::Control | Self::Invisible => "Cleaned",
            Self::Spaces => "Trimmed",
            Self::Bullet | Self::Quotes | Self::TrailingZero => "Stripped",
            Self::Several => "Split",
            Self::LookAlike | Self::LetterForDigit => "Corrected",
            Self::LeadingZeros => "Padded",
            Self::LongNumber | Self::StoredNumber => "Kept",
            _ => "Left out",
        }
    }
}

/// One suspicion, and the SKUs that are under it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Found {
    pub kind: Kind,
    /// The places in the list, in order, counted from 0.
    pub places: Vec<u32>,
}

/// How one SKU is, and what is proposed; fit to be shown.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Example {
    /// The row in the file, counted from 1.
    pub row: u32,
    pub before: String,
    /// Nothing where it is left out, or left alone.
    pub after: Option<String>,
}

/// So many letters of a SKU are shown.
const SHOWN: usize = 48;
/// Of several SKUs on one line so many are shown.
const PARTS: usize = 3;
/// So many SKUs are looked at between two looks at whether to stop.
const STEP: usize = 16 * 1024;

/// Looks through a list. Kinds that nothing is under are left out; the gravest comes first.
///
/// # Errors
/// Only if `watch` stopped it.
pub fn detect(items: &[Item], pattern: &Pattern, watch: &Watch) -> Result<Vec<Found>, ListError> {
    let mut places: [Vec<u32>; Kind::ALL.len()] = std::array::from_fn(|_| Vec::new());
    for (place, item) in items.iter().enumerate() {
        if place.is_multiple_of(STEP) {
            watch.go_on()?;
        }
        suspicions(item, pattern, &mut |kind, _mend| places[kind as usize].push(place as u32));
    }
    let found = Kind::ALL.into_iter().zip(places).filter(|(_, places)| !places.is_empty());
    Ok(found.map(|(kind, places)| Found { kind, places }).collect())
}

/// What is proposed for one SKU under one suspicion; nothing where it is not under it.
pub fn proposal(item: &Item, kind: Kind, pattern: &Pattern) -> Option<Mend> {
    let mut found = None;
    suspicions(item, pattern, &mut |suspected, mend| {
        if suspected == kind {
            found = Some(mend());
        }
    });
    found
}

/// One SKU before and after, to be shown.
pub fn example(item: &Item, kind: Kind, pattern: &Pattern) -> Example {
    let show = if kind == Kind::LookAlike { reveal::shown_with_scripts } else { reveal::shown };
    let after = match proposal(item, kind, pattern) {
        Some(Mend::Change(sku)) => Some(reveal::shown(&sku, SHOWN)),
        Some(Mend::Split(skus)) => {
            let first: Vec<_> = skus.iter().take(PARTS).map(|sku| reveal::shown(sku, SHOWN / 2)).collect();
            let more = if skus.len() > PARTS { " | …" } else { "" };
            Some(format!("{} SKUs: {}{more}", skus.len(), first.join(" | ")))
        }
        Some(Mend::LeaveOut | Mend::Look) | None => None,
    };
    Example { row: item.row, before: show(&item.sku, SHOWN), after }
}

/// The number before a fraction of zeros, as in `1001.0`.
pub(super) fn trailing_zeros(sku: &str) -> Option<&str> {
    let (whole, fraction) = sku.split_once(['.', ','])?;
    let digits = |text: &str| !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
    (digits(whole) && digits(fraction) && fraction.len() <= 2 && fraction.bytes().all(|b| b == b'0')).then_some(whole)
}

/// Whether a text is a date as spreadsheets write one that they made themselves: `1-Mar`, `Mar-01`, `01.03.2026`.
pub(super) fn date(sku: &str) -> bool {
    const MONTHS: [&str; 16] = [
        "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec", "Mrz", "Mai", "Okt", "Dez",
    ];
    let bytes = sku.as_bytes();
    if bytes.len() < 5 || bytes.len() > 10 {
        return false;
    }
    let figure = |text: &str, longest: usize| {
        !text.is_empty() && text.len() <= longest && text.bytes().all(|b| b.is_ascii_digit())
    };
    let mut parts = sku.split(['-', '.', '/']);
    match (parts.next(), parts.next(), parts.next(), parts.next()) {
        (Some(first), Some(second), None, None) => {
            (MONTHS.contains(&first) && figure(second, 2)) || (figure(first, 2) && MONTHS.contains(&second))
        }
        (Some(day), Some(month), Some(year), None) => {
            figure(day, 2)
                && year.len() >= 2
                && figure(year, 4)
                && (MONTHS.contains(&month) || (figure(month, 2) && year.len() == 4))
        }
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::super::Stored;
    use super::*;

    fn items(skus: &[&str]) -> Vec<Item> {
        let item =
            |(place, sku): (usize, &&str)| Item { sku: (*sku).into(), row: place as u32 + 1, stored: Stored::Text };
        skus.iter().enumerate().map(item).collect()
    }

    /// What is suspected of the last SKU, with what it would become.
    fn last(skus: &[&str]) -> Vec<(Kind, Option<String>)> {
        let items = items(skus);
        let pattern = Pattern::of(&items);
        let last = items.last().unwrap();
        let found = detect(&items, &pattern, &Watch::default()).unwrap();
        let of_last = found.iter().filter(|found| found.places.last() == Some(&(items.len() as u32 - 1)));
        of_last
            .map(|found| match proposal(last, found.kind, &pattern).unwrap() {
                Mend::Change(sku) => (found.kind, Some(sku.into())),
                Mend::Split(skus) => (found.kind, Some(skus.join("|"))),
                Mend::LeaveOut | Mend::Look => (found.kind, None),
            })
            .collect()
    }

    fn changes(kind: Kind, after: &str) -> Vec<(Kind, Option<String>)> {
        vec![(kind, Some(after.to_owned()))]
    }

    #[test]
    fn rounded_numbers_cannot_be_restored() {
        for sku in ["1.23E+10", "1,23E+10", "4E+12", "1.5e10", "-1.2E-05"] {
            assert_eq!(last(&["A-1", sku]), [(Kind::Scientific, None)], "{sku}");
        }
        for sku in ["12E5", "1E+", "E+10", "1.2.3E+10", "A1.23E+10"] {
            assert_eq!(last(&["A-1", sku]), [], "{sku}");
        }
    }

    #[test]
    fn lost_zeros_are_told_by_the_common_width() {
        assert_eq!(last(&["00012", "00123", "01234", "42"]), changes(Kind::LeadingZeros, "00042"));
        // No width is common.
        assert_eq!(last(&["1", "12", "123", "1234", "7"]), []);
        assert_eq!(last(&["10", "11", "12", "7"]), []);
        // Wider than usual, nothing is lost.
        assert_eq!(last(&["00012", "00123", "01234", "123456"]), []);
    }

    #[test]
    fn what_cannot_be_seen_is_found() {
        assert_eq!(last(&["KABEL\u{a0}3"]), changes(Kind::Invisible, "KABEL 3"));
        assert_eq!(last(&["\u{feff}A-1\u{200b}"]), changes(Kind::Invisible, "A-1"));
        assert_eq!(last(&["CHA\u{ad}IR"]), changes(Kind::Invisible, "CHAIR"));
        assert_eq!(last(&[" A-1\t"]), [(Kind::Control, Some(" A-1".into())), (Kind::Spaces, Some("A-1".into()))]);
        assert_eq!(last(&["A-1\nB-2"]), changes(Kind::Control, "A-1 B-2"));
        // Joined emoji are one letter, and a space inside is a part of the SKU.
        assert_eq!(last(&["👩‍🔧"]), []);
        assert_eq!(last(&["KABEL 3×1,5 m"]), []);
    }

    #[test]
    fn look_alike_letters_are_found_among_latin_ones_only() {
        assert_eq!(last(&["РRODUCT-001"]), changes(Kind::LookAlike, "PRODUCT-001"));
        assert_eq!(last(&["ＡＢ-12"]), changes(Kind::LookAlike, "AB-12"));
        assert_eq!(last(&["A-1", "A-2", "A–3"]), changes(Kind::LookAlike, "A-3"));
        assert_eq!(last(&["МОСКВА", "РОЗА-1", "СОР-12"]), []);
        assert_eq!(last(&["Größe-1"]), []);
    }

    #[test]
    fn a_letter_o_is_told_by_the_shape_of_its_neighbours() {
        let usual = ["PRODUCT-001", "PRODUCT-002", "PRODUCT-017", "PRODUCT-020"];
        let with = |sku| [&usual[..], &[sku]].concat();
        assert_eq!(last(&with("PRODUCT-O19")), changes(Kind::LetterForDigit, "PRODUCT-019"));
        assert_eq!(last(&with("PR0DUCT-019")), changes(Kind::LetterForDigit, "PRODUCT-019"));
        assert_eq!(last(&with("PRODUCT-OAK")), []);
        // Where both shapes are usual, neither is wrong.
        assert_eq!(last(&["A-O1", "A-O2", "A-O3", "A-01", "A-02", "A-03", "A-O4"]), []);
    }

    #[test]
    fn quotes_and_apostrophes_around_a_sku_are_found() {
        for (sku, after) in
            [("\"A-1\"", "A-1"), ("'00123", "00123"), ("“A-1”", "A-1"), ("=\"00123\"", "00123"), ("'A-1'", "A-1")]
        {
            assert_eq!(last(&[sku]), changes(Kind::Quotes, after), "{sku}");
        }
        assert_eq!(last(&["5\" pipe"]), []);
        assert_eq!(last(&["\""]), []);
        assert_eq!(last(&["=1+1"]), []);
    }

    #[test]
    fn bullets_numbers_and_quote_marks_of_mails_and_chats_are_found() {
        for sku in [
            "• A-100",
            "•A-100",
            "- A-100",
            "* A-100",
            "1) A-100",
            "12. A-100",
            "> A-100",
            ">> - A-100",
            "A-100,",
            "A-100 ;",
        ] {
            let found = last(&["A-099", sku]);
            assert!(found.contains(&(Kind::Bullet, Some("A-100".into()))), "{sku}: {found:?}");
        }
        for sku in ["-A100", "*A100*", "1.5", "12.A", "(1)A", "-", "•", "1)", ">", "+49 30"] {
            assert!(last(&["A-099", sku]).iter().all(|(kind, _)| *kind != Kind::Bullet), "{sku}");
        }
    }

    #[test]
    fn several_skus_on_a_line_are_found() {
        for (line, parts) in [
            ("PRODUCT-001, PRODUCT-002, 00012345", "PRODUCT-001|PRODUCT-002|00012345"),
            ("PRODUCT-001;PRODUCT-002;", "PRODUCT-001|PRODUCT-002"),
            ("PRODUCT-001,PRODUCT-002", "PRODUCT-001|PRODUCT-002"),
            ("00012345, 00012346", "00012345|00012346"),
            ("PRODUCT-001 PRODUCT-002  00012345", "PRODUCT-001|PRODUCT-002|00012345"),
        ] {
            assert!(last(&[line]).contains(&(Kind::Several, Some(parts.to_owned()))), "{line}: {:?}", last(&[line]));
        }
        for line in
            ["KABEL 3×1,5 m", "1,234,567", "1234,56", "1234,5678", "LAMP, RED", "KABEL 5 m", "A,B", "AB-100 200x300"]
        {
            assert!(last(&[line]).iter().all(|(kind, _)| *kind != Kind::Several), "{line}");
        }
    }

    #[test]
    fn words_between_skus_are_found_and_words_that_are_skus_are_not() {
        let skus = ["PRODUCT-001", "PRODUCT-002", "• PRODUCT-003"];
        let with = |sku| [&skus[..], &[sku]].concat();
        for words in ["Thanks! Anna", "Thanks!", "Hi, can you check these please:", "Can you check PRODUCT-009 today"] {
            assert!(last(&with(words)).contains(&(Kind::Words, None)), "{words}");
        }
        for sku in ["CHAIR", "KABEL 3×1,5 m", "PRODUCT 004", "A-B-C"] {
            assert!(last(&with(sku)).iter().all(|(kind, _)| *kind != Kind::Words), "{sku}");
        }
        assert_eq!(last(&["RED CHAIR", "BLUE CHAIR", "GREEN TABLE"]), []);
    }

    #[test]
    fn a_decimal_point_behind_whole_numbers_is_found() {
        assert_eq!(last(&["1001.0", "1002.0", "1003.0"]), changes(Kind::TrailingZero, "1003"));
        // Where others have a fraction, it is a part of the SKU.
        assert_eq!(last(&["1.5", "2.5", "3.0"]), []);
    }

    #[test]
    fn what_is_no_sku_is_proposed_to_be_left_out() {
        assert_eq!(last(&["Article no."]), [(Kind::Header, None)]);
        assert_eq!(last(&["A-1", "#N/A"]), [(Kind::SheetError, None)]);
        assert_eq!(last(&["A-1", "A-2", "1-Mar"]), [(Kind::Date, None)]);
        assert_eq!(last(&["A-1", "A-2", "01.03.2026"]), [(Kind::Date, None)]);
        assert_eq!(last(&["A-1", "A\u{fffd}1"]), [(Kind::Unreadable, None)]);
        assert_eq!(last(&["A-1", &"x".repeat(2000)]), [(Kind::TooLong, None)]);
        assert_eq!(last(&["A-1", &"0f".repeat(32)]), [(Kind::Secret, None)]);
        assert_eq!(last(&["PRODUCT-001", "1-MARS", "v1.2.3"]), []);
    }

    #[test]
    fn a_number_in_a_cell_is_told_from_a_text() {
        let mut items = items(&["00012", "00123", "01234", "42"]);
        items[3].stored = Stored::Number;
        let found = detect(&items, &Pattern::of(&items), &Watch::default()).unwrap();
        let kinds: Vec<_> = found.iter().map(|found| (found.kind, found.places.clone())).collect();
        assert_eq!(kinds, [(Kind::LeadingZeros, vec![3]), (Kind::StoredNumber, vec![3])]);
    }

    #[test]
    fn an_example_shows_what_cannot_be_seen_and_hides_a_secret() {
        let items = items(&["A\u{a0}1", &"0f".repeat(32)]);
        let pattern = Pattern::of(&items);
        let seen = example(&items[0], Kind::Invisible, &pattern);
        assert_eq!((seen.before.as_str(), seen.after.as_deref()), ("A‹no-break space›1", Some("A 1")));
        assert!(!example(&items[1], Kind::Secret, &pattern).before.contains("0f0f"));
    }

    proptest::proptest! {
        #[test]
        fn no_text_is_too_strange_and_no_proposal_is_empty(skus in proptest::collection::vec(".{1,12}|[0-9OIl.'\" -]{1,8}", 1..30)) {
            let skus: Vec<&str> = skus.iter().map(String::as_str).collect();
            let items = items(&skus);
            let pattern = Pattern::of(&items);
            for found in detect(&items, &pattern, &Watch::default()).unwrap() {
                for place in found.places {
                    let item = &items[place as usize];
                    if let Some(Mend::Change(after)) = proposal(item, found.kind, &pattern) {
                        proptest::prop_assert!(after != item.sku, "{:?} of {:?}", found.kind, item.sku);
                        proptest::prop_assert!(!after.trim().is_empty(), "{:?} of {:?}", found.kind, item.sku);
                    }
                }
            }
        }
    }
}
