//! A bar for each token, from its request to its expiry, and the row in which each stands.

use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;

use super::super::event::{Event, EventReason, Leads, ProfileTag};

/// One token.
#[derive(Debug, Clone)]
pub struct Bar {
    /// The number of the event that brought it.
    pub number: u64,
    pub generation: u64,
    pub reason: EventReason,
    pub profile: Option<Arc<str>>,
    /// Just before it was asked for (T10).
    pub at: Timestamp,
    pub lifetime: Duration,
    pub leads: Option<Leads>,
}

impl Bar {
    /// The token that an event brought, if it brought one.
    pub(super) fn of(event: &Event) -> Option<Self> {
        Some(Self {
            number: event.number,
            generation: event.generation?,
            reason: event.reason,
            profile: event.profile.as_ref().map(|ProfileTag { id, .. }| Arc::clone(id)),
            at: event.at,
            lifetime: event.lifetime?,
            leads: event.leads.as_deref().copied(),
        })
    }

    pub fn expires_at(&self) -> Timestamp {
        self.before_expiry(Duration::ZERO)
    }

    /// When so much of its life is left; not before it began.
    pub fn before_expiry(&self, lead: Duration) -> Timestamp {
        self.at.saturating_add(self.lifetime.saturating_sub(lead)).unwrap_or(Timestamp::MAX)
    }
}

/// A bar and where it stands.
#[derive(Debug, Clone, Copy)]
pub struct Placed<'a> {
    pub bar: &'a Bar,
    /// Counted from 0.
    pub row: usize,
    /// Where it ends in its row: at its expiry, or where it has to make room for a later one.
    pub until: Timestamp,
    pub standing: Standing,
}

/// Whether a later token of the same profile came.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Standing {
    Newest,
    Replaced,
}

/// Gives each bar the first of `rows` rows that is free at its start. Where none is, the bar that ends first makes room: so bars
/// of one row never lie over each other, however many tokens were fetched.
pub fn place<'a>(bars: impl IntoIterator<Item = &'a Bar>, rows: usize) -> Vec<Placed<'a>> {
    let mut bars: Vec<&Bar> = bars.into_iter().collect();
    bars.sort_by_key(|bar| bar.at);
    let mut placed: Vec<Placed<'a>> = Vec::with_capacity(bars.len());
    // The last bar of each row.
    let mut last: Vec<usize> = Vec::with_capacity(rows);
    for bar in bars {
        let free = last.iter().position(|&index| placed[index].until <= bar.at);
        let row = match free {
            Some(row) => row,
            None if last.len() < rows.max(1) => {
                last.push(0);
                last.len() - 1
            }
            None => {
                let first_to_end = (0..last.len()).min_by_key(|&row| placed[last[row]].until).unwrap_or(0);
                placed[last[first_to_end]].until = bar.at;
                first_to_end
            }
        };
        last[row] = placed.len();
        placed.push(Placed { bar, row, until: bar.expires_at(), standing: Standing::Replaced });
    }
    let mut seen: Vec<&Option<Arc<str>>> = Vec::new();
    for place in placed.iter_mut().rev() {
        if !seen.contains(&&place.bar.profile) {
            seen.push(&place.bar.profile);
            place.standing = Standing::Newest;
        }
    }
    placed
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::token;

    fn bar(number: u64, secs: i64, lifetime_secs: u64, profile: &str) -> Bar {
        Bar {
            number,
            generation: number,
            reason: EventReason::Token(token::Reason::FirstUse),
            profile: Some(profile.into()),
            at: Timestamp::from_second(secs).unwrap(),
            lifetime: Duration::from_secs(lifetime_secs),
            leads: None,
        }
    }

    fn rows(bars: &[Bar], rows: usize) -> Vec<(u64, usize, i64)> {
        let placed = place(bars, rows);
        placed.iter().map(|placed| (placed.bar.number, placed.row, placed.until.as_second())).collect()
    }

    #[test]
    fn tokens_that_overlap_stand_in_rows_of_their_own() {
        let bars = [bar(1, 0, 100, "a"), bar(2, 95, 100, "a"), bar(3, 190, 100, "a")];
        assert_eq!(rows(&bars, 3), [(1, 0, 100), (2, 1, 195), (3, 0, 290)]);
    }

    #[test]
    fn where_all_rows_are_taken_the_first_to_end_makes_room() {
        let bars = [bar(1, 0, 100, "a"), bar(2, 1, 100, "a"), bar(3, 2, 100, "a"), bar(4, 3, 10, "a")];
        assert_eq!(rows(&bars, 2), [(1, 0, 2), (2, 1, 3), (3, 0, 102), (4, 1, 13)]);
        assert_eq!(rows(&bars, 0).len(), 4, "one row there always is");
    }

    #[test]
    fn the_newest_token_of_each_profile_is_told_from_the_others() {
        let bars = [bar(1, 0, 100, "a"), bar(2, 10, 100, "b"), bar(3, 20, 100, "a")];
        let placed = place(&bars, 3);
        let standing: Vec<_> = placed.iter().map(|placed| placed.standing).collect();
        assert_eq!(standing, [Standing::Replaced, Standing::Newest, Standing::Newest]);
    }

    #[test]
    fn a_life_without_end_ends_with_time() {
        let mut bar = bar(1, 0, 100, "a");
        bar.lifetime = Duration::MAX;
        assert_eq!(bar.expires_at(), Timestamp::MAX);
        bar.lifetime = Duration::from_secs(5);
        assert_eq!(bar.before_expiry(Duration::from_secs(60)), bar.at);
    }
}
