//! The name that is proposed for a file: `prices-Retail-EU-2026-11-24.csv`.

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
        ReceiptFacts { what: what.to_owned(), runs: names.iter().map(run).collect(), view: Vec::new() }
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
