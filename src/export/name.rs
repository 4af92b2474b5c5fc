//! The name that is proposed for a file: `prices-Retail-EU-2026-11-24.csv`; and where a name that somebody typed leads.

use std::path::{Path, PathBuf};

use jiff::civil::Date;

use super::format::Format;
use super::receipt::ReceiptFacts;

/// A profile's name takes no more letters than this.
const LONGEST: usize = 40;

/// What, whose, and the day, in letters that every file system takes.
pub fn suggested_name(facts: &ReceiptFacts, day: Date, format: Format) -> String {
    let mut parts = vec![plain(&facts.what).to_lowercase()];
    let mut add = |part: String| {
        if !parts.contains(&part) {
            parts.push(part);
        }
    };
    for run in &facts.runs {
        add(plain(&run.profile_name));
    }
    // Two keys of one name are told apart by their environments.
    if let [left, right] = &facts.runs[..]
        && left.profile_name == right.profile_name
    {
        add(left.environment.label().to_owned());
        add(right.environment.label().to_owned());
    }
    parts.push(day.to_string());
    parts.retain(|part| !part.is_empty());
    format!("{}.{}", parts.join("-"), format.extension())
}

/// Where a typed path leads: a bare name into the usual folder, and not to wherever the program was started; and a name without an
/// extension gets the format's own.
pub fn place(typed: &Path, usual: &Path, format: Format) -> PathBuf {
    let mut path = usual.join(typed);
    let is_extension = |end: &str| !end.is_empty() && end.chars().all(|c| c.is_ascii_alphabetic());
    let has_one = path.extension().and_then(|end| end.to_str()).is_some_and(is_extension);
    // A path that names a folder is left alone, for whoever writes to say so.
    let ends_with_name =
        path.file_name().is_some() && !typed.to_string_lossy().ends_with(['/', '\\']) && !path.is_dir();
    if ends_with_name && !has_one {
        let mut name = path.file_name().unwrap_or_default().to_owned();
        name.push(".");
        name.push(format.extension());
        path.set_file_name(name);
    }
    path
}

/// Letters and digits of any script; whatever is between them is one hyphen.
fn plain(text: &str) -> String {
    let words: Vec<&str> = text.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty()).collect();
    words.join("-").chars().take(LONGEST).collect::<String>().trim_end_matches('-').to_owned()
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;
    use crate::batch::{RunHeader, RunKind};
    use crate::keys::{Environment, ProfileId};

    fn facts(what: &str, names: &[(&str, Environment)]) -> ReceiptFacts {
        let run = |(name, environment): &(&str, Environment)| RunHeader {
            kind: RunKind::Batch,
            started: jiff::Timestamp::UNIX_EPOCH,
            profile: ProfileId::random(),
            profile_name: (*name).to_owned(),
            environment: *environment,
            api_url: "https://api.example".to_owned(),
            token_url: String::new(),
            client_id: String::new(),
            field_map: None,
            parameters: Vec::new(),
            source: String::new(),
            count: 0,
        };
        ReceiptFacts {
            what: what.to_owned(),
            runs: names.iter().map(run).collect(),
            view: Vec::new(),
            corrections: None,
        }
    }

    #[test]
    fn a_bare_name_gets_the_usual_folder_and_the_formats_extension() {
        let usual = tempfile::tempdir().unwrap();
        let usual = usual.path();
        let placed = |typed: &str| place(Path::new(typed), usual, Format::Csv);
        assert_eq!(placed("kunde-antwort"), usual.join("kunde-antwort.csv"));
        assert_eq!(placed("prices-1.5"), usual.join("prices-1.5.csv"));
        assert_eq!(placed("kunde.txt"), usual.join("kunde.txt"));
        let whole = usual.join("deep").join("a");
        assert_eq!(place(&whole, Path::new("elsewhere"), Format::Xlsx), usual.join("deep").join("a.xlsx"));
        // A folder is no name.
        assert_eq!(place(usual, Path::new("elsewhere"), Format::Csv), usual);
        assert_eq!(placed("deep/"), usual.join("deep/"));
    }

    #[test]
    fn a_name_says_what_whose_and_when() {
        use Environment::{Production, Staging};
        let name = |facts: ReceiptFacts| suggested_name(&facts, date(2026, 11, 24), Format::Csv);
        assert_eq!(name(facts("Prices", &[("Retail EU", Production)])), "prices-Retail-EU-2026-11-24.csv");
        assert_eq!(name(facts("Prices", &[("../Ärger: 2/3\n", Production)])), "prices-Ärger-2-3-2026-11-24.csv");
        assert_eq!(name(facts("Prices", &[("///", Production)])), "prices-2026-11-24.csv");
        assert_eq!(
            name(facts("Comparison", &[("Retail EU", Production), ("Nordics", Staging)])),
            "comparison-Retail-EU-Nordics-2026-11-24.csv"
        );
        assert_eq!(
            name(facts("Comparison", &[("Retail EU", Production), ("Retail EU", Staging)])),
            "comparison-Retail-EU-Production-Staging-2026-11-24.csv"
        );
    }
}
