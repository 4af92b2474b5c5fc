//! How a verdict is known: what was sent for a lookup and what came of it, from the activity log. Found once, with the answer.

use std::sync::Arc;

use crate::activity::{ActivityLog, Event, Kind};
use crate::prices::Lookup;

/// So many steps are shown; a lookup has no more than a few.
const LONGEST: usize = 6;
/// So far back the log is looked through, for a program that does much else at the same time. In events.
const LOOKED_THROUGH: usize = 300;

/// The steps of a lookup that failed, the oldest first; none for one that did not.
pub fn of(lookup: &Lookup, profile: &str, log: &ActivityLog) -> Vec<Arc<Event>> {
    if lookup.error.is_none() {
        return Vec::new();
    }
    let held = log.snapshot();
    let newest_first = held.numbers().rev().take(LOOKED_THROUGH).filter_map(|number| held.get(number));
    let is_of_lookup = |event: &&Arc<Event>| {
        let is_step = match event.kind {
            Kind::Token => true,
            Kind::Price => *event.subject == *lookup.sku,
            Kind::Keychain | Kind::Check | Kind::Note => false,
        };
        is_step && event.at >= lookup.started && event.profile.as_ref().is_some_and(|tag| *tag.id == *profile)
    };
    let mut steps: Vec<_> = newest_first.filter(is_of_lookup).take(LONGEST).cloned().collect();
    steps.reverse();
    steps
}
