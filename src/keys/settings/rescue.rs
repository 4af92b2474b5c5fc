//! Gets out of a settings file what can be read, when the file as a whole cannot. Pure.

use toml::{Table, Value};

use super::Settings;
use crate::keys::profile::Profile;

/// What was read, and how many profiles were not.
pub(super) struct Rescued {
    pub settings: Settings,
    pub lost: usize,
}

/// The version that a file says it has; none if it says none or cannot be read that far.
pub(super) fn version_of(text: &str) -> Option<i64> {
    toml::from_str::<Table>(text).ok()?.get("version")?.as_integer()
}

/// Reads each value and each profile on its own, so that one fault costs one of them.
pub(super) fn rescue(text: &str) -> Rescued {
    let mut settings = Settings::default();
    let blocks = if let Ok(mut table) = toml::from_str::<Table>(text) {
        let profiles = table.remove("profiles");
        read_head(table, &mut settings);
        match profiles {
            Some(Value::Array(blocks)) => blocks,
            _ => Vec::new(),
        }
    } else {
        let (head, blocks) = cut(text);
        // Values stand on lines of their own; a broken line costs itself only.
        for line in head.lines() {
            if let Ok(table) = toml::from_str(line) {
                read_head(table, &mut settings);
            }
        }
        blocks.iter().map(|block| read_block(block)).collect()
    };
    let found = blocks.len();
    settings.profiles = blocks.into_iter().filter_map(read_profile).collect();
    let lost = found - settings.profiles.len();
    Rescued { settings: settings.tidy(), lost }
}

/// A field map that cannot be read costs the map, and not the key.
fn read_profile(mut block: Value) -> Option<Profile> {
    if let Ok(profile) = block.clone().try_into() {
        return Some(profile);
    }
    block.as_table_mut()?.remove("field_map")?;
    block.try_into().ok()
}

fn read_head(mut table: Table, settings: &mut Settings) {
    if let Some(active) = table.remove("active") {
        settings.active = active.try_into().ok();
    }
    if let Some(theme) = table.remove("theme") {
        settings.theme = theme.try_into().unwrap_or_default();
    }
}

/// The text up to the first profile, and the text of each profile.
fn cut(text: &str) -> (String, Vec<String>) {
    let mut head = String::new();
    let mut blocks: Vec<String> = Vec::new();
    for line in text.lines() {
        if line.trim_start().starts_with("[[profiles]]") {
            blocks.push(String::new());
        }
        let part = blocks.last_mut().unwrap_or(&mut head);
        part.push_str(line);
        part.push('\n');
    }
    (head, blocks)
}

/// One profile's text as a value. One that cannot be read becomes a value that is no profile, and so is counted as lost.
fn read_block(block: &str) -> Value {
    let profile = toml::from_str::<Table>(block).ok().and_then(|mut table| match table.remove("profiles") {
        Some(Value::Array(mut one)) => one.pop(),
        _ => None,
    });
    profile.unwrap_or(Value::Boolean(false))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::keys::profile::tests::profile;
    use crate::keys::settings::ThemeChoice;
    use crate::prices::{FieldMap, MappedField};

    fn three() -> (Settings, String) {
        let mut settings = Settings { theme: ThemeChoice::Dark, ..Settings::default() };
        for name in ["a", "b", "c"] {
            settings.put(profile(name));
        }
        settings.profiles[0].remember_sku("007");
        settings.active = Some(settings.profiles[2].id.clone());
        let text = toml::to_string_pretty(&settings).unwrap();
        (settings, text)
    }

    #[test]
    fn one_profile_with_a_wrong_value_costs_that_profile_only() {
        let (settings, text) = three();
        let broken = text.replacen("staging", "no such thing", 1);
        let rescued = rescue(&broken);
        assert_eq!(rescued.lost, 1);
        assert_eq!(rescued.settings.profiles, settings.profiles[1..]);
        assert_eq!((rescued.settings.theme, rescued.settings.active), (settings.theme, settings.active));
    }

    #[test]
    fn a_field_map_that_cannot_be_read_costs_the_map_only() {
        let (mut settings, _) = three();
        let map = FieldMap::parse([(MappedField::Amount, "/items/*/price")]).unwrap();
        settings.profiles.iter_mut().for_each(|profile| profile.field_map = map.clone());
        let text = toml::to_string_pretty(&settings).unwrap();
        assert_eq!(toml::from_str::<Settings>(&text).unwrap(), settings);
        for (part, wrong) in [("/items/*/price", "items"), ("amount", "not_a_field")] {
            let rescued = rescue(&text.replacen(part, wrong, 1));
            assert_eq!(rescued.lost, 0, "{wrong}");
            let mut expected = settings.profiles.clone();
            expected[0].field_map = FieldMap::default();
            assert_eq!(rescued.settings.profiles, expected, "{wrong}");
        }
    }

    #[test]
    fn a_broken_line_costs_what_it_stands_in() {
        let (settings, text) = three();
        let rescued = rescue(&text.replace("name = \"b\"", "name = \"b"));
        assert_eq!(rescued.lost, 1);
        assert_eq!(rescued.settings.profiles, [settings.profiles[0].clone(), settings.profiles[2].clone()]);
        assert_eq!(rescued.settings.theme, ThemeChoice::Dark);

        let rescued = rescue(&text.replace("theme = \"dark\"", "theme = = dark"));
        assert_eq!((rescued.lost, rescued.settings.profiles.len()), (0, 3));
        assert_eq!(rescued.settings.theme, ThemeChoice::System);
    }

    #[test]
    fn a_file_that_was_cut_off_gives_the_profiles_before_the_cut() {
        let (settings, text) = three();
        let cut = &text[..text.rfind("[[profiles]]").unwrap() + 40];
        let rescued = rescue(cut);
        assert_eq!(rescued.settings.profiles, settings.profiles[..2]);
        assert_eq!(rescued.lost, 1);
    }

    #[test]
    fn a_profile_with_a_url_that_must_not_be_used_is_not_taken() {
        let (_, text) = three();
        let rescued = rescue(&text.replacen("https://login", "http://login", 1));
        assert_eq!((rescued.lost, rescued.settings.profiles.len()), (1, 2));
    }
}
