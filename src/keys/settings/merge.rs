//! Joins the changes of two running programs. Pure.

use super::{Settings, VERSION};
use crate::keys::profile::Profile;

/// What comes of `base` when both `mine` and `theirs` changed it, as two windows do.
///
/// Profiles are joined by id. One that was added on either side stays; one that was removed on one side goes, unless the
/// other side changed it meanwhile; where both changed the same thing, mine wins.
#[must_use]
pub fn merge(base: &Settings, mine: &Settings, theirs: &Settings) -> Settings {
    let mut profiles: Vec<Profile> = Vec::new();
    for profile in &mine.profiles {
        let kept = match (base.profile(&profile.id), theirs.profile(&profile.id)) {
            (Some(before), Some(other)) if before == profile => Some(other),
            (Some(before), None) if before == profile => None,
            _ => Some(profile),
        };
        profiles.extend(kept.cloned());
    }
    for profile in &theirs.profiles {
        if mine.profile(&profile.id).is_some() {
            continue;
        }
        let removed_by_me = base.profile(&profile.id).is_some_and(|before| before == profile);
        if !removed_by_me {
            profiles.push(profile.clone());
        }
    }

    let active = if mine.active == base.active { &theirs.active } else { &mine.active };
    Settings {
        version: VERSION,
        active: active.clone().filter(|id| profiles.iter().any(|profile| profile.id == *id)),
        theme: if mine.theme == base.theme { theirs.theme } else { mine.theme },
        history: if mine.history == base.history { theirs.history } else { mine.history },
        export: if mine.export == base.export { theirs.export } else { mine.export },
        profiles,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::keys::profile::tests::profile;
    use crate::keys::settings::ThemeChoice;

    fn names(settings: &Settings) -> Vec<&str> {
        settings.profiles.iter().map(|profile| profile.name.as_str()).collect()
    }

    #[test]
    fn profiles_added_on_both_sides_are_kept() {
        let mut base = Settings::default();
        base.put(profile("old"));
        let (mut mine, mut theirs) = (base.clone(), base.clone());
        mine.put(profile("mine"));
        theirs.put(profile("theirs"));
        assert_eq!(names(&merge(&base, &mine, &theirs)), ["old", "mine", "theirs"]);
    }

    #[test]
    fn a_removed_profile_stays_away_unless_it_was_changed_meanwhile() {
        let mut base = Settings::default();
        base.put(profile("a"));
        base.put(profile("b"));
        let mut mine = base.clone();
        mine.profiles.clear();
        let mut theirs = base.clone();
        theirs.profiles[1].name = "b renamed".to_owned();
        assert_eq!(names(&merge(&base, &mine, &theirs)), ["b renamed"]);
        assert_eq!(names(&merge(&base, &theirs, &mine)), ["b renamed"]);
    }

    #[test]
    fn each_side_keeps_what_only_it_changed() {
        let mut base = Settings::default();
        base.put(profile("a"));
        base.put(profile("b"));
        let (mut mine, mut theirs) = (base.clone(), base.clone());
        mine.profiles[0].name = "a2".to_owned();
        mine.theme = ThemeChoice::Dark;
        theirs.history.limit_mb = 100;
        theirs.profiles[1].name = "b2".to_owned();
        theirs.active = Some(base.profiles[0].id.clone());
        let both = merge(&base, &mine, &theirs);
        assert_eq!(names(&both), ["a2", "b2"]);
        assert_eq!((both.theme, &both.active), (ThemeChoice::Dark, &theirs.active));
        assert_eq!(both.history, theirs.history);
    }

    #[test]
    fn without_another_side_mine_comes_out_unchanged() {
        let mut base = Settings::default();
        base.put(profile("a"));
        let mut mine = base.clone();
        mine.put(profile("b"));
        mine.active = Some(mine.profiles[1].id.clone());
        assert_eq!(merge(&base, &mine, &base), mine);
    }
}
