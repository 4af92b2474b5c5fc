//! How far a server's clock is from this PC's, by the `Date` of its replies (RFC 9110 s6.6.1): an interval, never one figure.
//!
//! `Date` names a whole second, and the server wrote it at some instant between sending and receiving. So the offset, which is
//! the server's time less this PC's, lies between `Date` less the time of receipt and `Date` + 1 s less the time of sending.
//! Several replies narrow it down: the true offset is in every interval. Pure: reads no clock.
//!
//! What is not believed: a `Date` from before this program was written tells nothing, whatever this PC's clock says. If the two
//! are more than a day apart, one of them is wrong, and the header alone cannot say which: then the offset is in doubt, unless
//! this PC's own clock is the one that stands before this program's time. Refuses to decide anything about tokens (T10, T11).

use jiff::{SignedDuration, Timestamp};

/// The first day of the year in which this program was written: no clock that is right shows less. Seconds since 1970.
const OLDEST_RIGHT_TIME: i64 = 1_767_225_600;
/// Beyond this, the two clocks cannot both be right, and it is not known which is.
const DOUBTFUL_FROM: SignedDuration = SignedDuration::from_hours(24);
/// A difference below this is nobody's trouble.
const MATTERS_FROM: SignedDuration = SignedDuration::from_secs(2);
/// If wall clock and monotonic clock moved apart by this much, the wall clock was set.
const SET_FROM: SignedDuration = SignedDuration::from_secs(1);
/// What is too little to be said of an offset.
const UNSAID: SignedDuration = SignedDuration::from_millis(100);
/// So many replies are remembered unread; the next one has them read. Reading is not for the way of a lookup.
const MOST_UNREAD: usize = 32;
/// The longest of the three spellings of a date has 33 letters (RFC 9110 s5.6.7).
const LONGEST_DATE: usize = 40;

/// The server's time less this PC's, as far as it is known.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Offset {
    least: SignedDuration,
    most: SignedDuration,
}

impl Offset {
    /// What one reply tells.
    fn of(date: Timestamp, sent: Timestamp, received: Timestamp) -> Self {
        let least = date.duration_since(received);
        let most = date.duration_since(sent).saturating_add(SignedDuration::from_secs(1));
        Self { least, most: most.max(least) }
    }

    /// An offset that is known to lie between two bounds.
    pub fn between(least: SignedDuration, most: SignedDuration) -> Self {
        Self { least: least.min(most), most: least.max(most) }
    }

    /// What both tell; nothing when they contradict each other.
    pub(crate) fn and(self, other: Self) -> Option<Self> {
        let (least, most) = (self.least.max(other.least), self.most.min(other.most));
        (least <= most).then_some(Self { least, most })
    }

    /// The least that the server can be ahead of this PC; negative when it is behind.
    pub fn least(self) -> SignedDuration {
        self.least
    }

    /// The most that the server can be ahead of this PC.
    pub fn most(self) -> SignedDuration {
        self.most
    }

    pub fn middle(self) -> SignedDuration {
        self.least.saturating_add(self.most.saturating_sub(self.least) / 2)
    }

    /// A whole minute if one is possible, since clocks are seldom wrong by a minute and a second; the middle otherwise.
    pub fn roundest(self) -> SignedDuration {
        const MINUTE: i64 = 60;
        let (least, most) =
            if self.middle().is_negative() { (-self.most, -self.least) } else { (self.least, self.most) };
        let minutes = most.as_secs() / MINUTE;
        let whole = SignedDuration::from_secs(minutes * MINUTE);
        if minutes > 0 && whole >= least { whole } else { self.middle() }
    }

    /// How far the truth can be from what [`length`] says of [`Self::roundest`], in whole seconds.
    pub fn give_or_take_secs(self) -> u64 {
        let (least, most) =
            if self.middle().is_negative() { (-self.most, -self.least) } else { (self.least, self.most) };
        let said = SignedDuration::from_secs(i64::try_from(said_secs(self.roundest())).unwrap_or(i64::MAX));
        whole_secs(most.saturating_sub(said).max(said.saturating_sub(least)))
    }

    /// Whether the clocks surely differ by two seconds or more.
    pub fn matters(self) -> bool {
        self.least >= MATTERS_FROM || self.most <= -MATTERS_FROM
    }

    /// This offset less another one: how far one server is ahead of another.
    #[must_use]
    pub fn ahead_of(self, other: Self) -> Self {
        Self { least: self.least.saturating_sub(other.most), most: self.most.saturating_sub(other.least) }
    }

    /// This PC's clock in words: `6 min slow (±1 s)`, `right (±1 s)`.
    pub fn in_words(self) -> String {
        if !self.matters() {
            return format!("right (±{} s)", whole_secs(self.most.abs().max(self.least.abs())));
        }
        let direction = if self.middle().is_positive() { "slow" } else { "fast" };
        format!("{} {direction} (±{})", length(self.roundest()), rounded_up(self.give_or_take_secs()))
    }
}

/// Rounded up, and at least one. A tenth of a second does not make one more, since nobody sets a clock by it.
fn whole_secs(span: SignedDuration) -> u64 {
    let secs = span.saturating_sub(UNSAID).max(SignedDuration::ZERO);
    (secs.as_secs().unsigned_abs() + u64::from(secs.subsec_nanos() > 0)).max(1)
}

/// A number of seconds in one unit in which it is a short one.
fn rounded_up(secs: u64) -> String {
    match secs {
        0..600 => format!("{secs} s"),
        600..36_000 => format!("{} min", secs.div_ceil(60)),
        36_000..864_000 => format!("{} h", secs.div_ceil(3600)),
        _ => format!("{} days", secs.div_ceil(86_400)),
    }
}

/// A span in words, its smallest unit rounded: `45 s`, `6 min`, `2 h 5 min`, `3 days`.
pub fn length(span: SignedDuration) -> String {
    let secs = nearest_secs(span);
    let two = |count: u64, unit: &str, rest: u64, small: &str| match rest {
        0 => format!("{count} {unit}"),
        rest => format!("{count} {unit} {rest} {small}"),
    };
    match secs {
        0..60 => format!("{secs} s"),
        60..3600 => two(secs / 60, "min", secs % 60, "s"),
        3600..172_800 => two(secs / 3600, "h", secs / 60 % 60, "min"),
        172_800..63_072_000 => format!("{} days", secs / DAY),
        _ => format!("{} years", secs / YEAR),
    }
}

const DAY: u64 = 86_400;
const YEAR: u64 = 31_557_600;

fn nearest_secs(span: SignedDuration) -> u64 {
    u64::try_from((span.as_millis().unsigned_abs() + 500) / 1000).unwrap_or(u64::MAX)
}

/// The seconds of what [`length`] says, which leaves small units away.
fn said_secs(span: SignedDuration) -> u64 {
    let secs = nearest_secs(span);
    let unit = match secs {
        0..3600 => 1,
        3600..172_800 => 60,
        172_800..63_072_000 => DAY,
        _ => YEAR,
    };
    secs - secs % unit
}

/// What is known of a server's clock.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Reading {
    /// No reply with a readable `Date` yet, or none since this PC's clock was set.
    #[default]
    Unknown,
    Known(Offset),
    /// The two clocks are more than a day apart, and either may be the wrong one.
    Doubtful(Offset),
    /// The server names a time at which this program did not exist yet, so its `Date` tells nothing.
    Unbelievable {
        date: Timestamp,
    },
}

impl Reading {
    /// The offset, where it is believed.
    pub fn offset(self) -> Option<Offset> {
        match self {
            Self::Known(offset) => Some(offset),
            _ => None,
        }
    }
}

/// The `Date` of one reply, and when it came.
#[derive(Clone)]
struct Sample {
    date: [u8; LONGEST_DATE],
    length: usize,
    sent: Timestamp,
    received: Timestamp,
    epoch: Timestamp,
}

/// The clock of one server.
#[derive(Clone, Default)]
pub struct ServerClock {
    unread: Vec<Sample>,
    known: Option<Known>,
    unbelievable: Option<Timestamp>,
}

#[derive(Clone, Copy)]
struct Known {
    offset: Offset,
    /// The reading of the wall clock when the monotonic one stood at zero: it moves only when the wall clock is set.
    epoch: Timestamp,
}

impl ServerClock {
    /// Remembers the `Date` of a reply. `epoch` is the time of receipt less the reading of the monotonic clock.
    pub fn note(&mut self, date: &str, sent: Timestamp, received: Timestamp, epoch: Timestamp) {
        let mut held = [0; LONGEST_DATE];
        let Some(place) = held.get_mut(..date.len()) else { return };
        place.copy_from_slice(date.as_bytes());
        if self.unread.len() == MOST_UNREAD {
            self.read_all();
        }
        self.unread.push(Sample { date: held, length: date.len(), sent, received, epoch });
    }

    /// What is known at `now`, with the `epoch` as it is now.
    pub fn reading(&mut self, now: Timestamp, epoch: Timestamp) -> Reading {
        self.read_all();
        if let Some(known) = self.known.filter(|known| is_set(known.epoch, epoch)) {
            tracing::debug!(moved_by = %epoch.duration_since(known.epoch), "this PC's clock was set");
            self.known = None;
        }
        match (self.known, self.unbelievable) {
            (Some(Known { offset, .. }), _) => {
                let is_pc_absurd = now.as_second() < OLDEST_RIGHT_TIME;
                let is_far = offset.middle().abs() > DOUBTFUL_FROM;
                if is_far && !is_pc_absurd { Reading::Doubtful(offset) } else { Reading::Known(offset) }
            }
            (None, Some(date)) => Reading::Unbelievable { date },
            (None, None) => Reading::Unknown,
        }
    }

    fn read_all(&mut self) {
        for sample in std::mem::take(&mut self.unread) {
            self.read(&sample);
        }
    }

    fn read(&mut self, sample: &Sample) {
        let text = std::str::from_utf8(&sample.date[..sample.length]).unwrap_or_default();
        let Some(date) = httpdate::parse_http_date(text).ok().and_then(|date| Timestamp::try_from(date).ok()) else {
            return;
        };
        if date.as_second() < OLDEST_RIGHT_TIME {
            self.unbelievable = Some(date);
            return;
        }
        self.unbelievable = None;
        let told = Offset::of(date, sample.sent, sample.received);
        let before = self.known.filter(|known| !is_set(known.epoch, sample.epoch));
        // If both cannot be true, the server's clock was set: the newest reply is right.
        let offset = before.and_then(|before| before.offset.and(told)).unwrap_or(told);
        self.known = Some(Known { offset, epoch: sample.epoch });
    }
}

pub(super) fn is_set(before: Timestamp, after: Timestamp) -> bool {
    after.duration_since(before).abs() > SET_FROM
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const NOON: i64 = 1_795_521_600;

    fn at(millis: i64) -> Timestamp {
        Timestamp::from_millisecond(NOON * 1000 + millis).unwrap()
    }

    /// The `Date` that a server writes whose clock is `ahead` ms ahead, at `millis` after noon of this PC.
    fn date(millis: i64, ahead: i64) -> String {
        httpdate::fmt_http_date(at(millis + ahead).into())
    }

    /// A reply that the server wrote in the middle of its way.
    fn note(clock: &mut ServerClock, sent: i64, round_trip: i64, ahead: i64) {
        clock.note(&date(sent + round_trip / 2, ahead), at(sent), at(sent + round_trip), at(0));
    }

    fn known(clock: &mut ServerClock) -> Offset {
        match clock.reading(at(0), at(0)) {
            Reading::Known(offset) => offset,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn one_reply_bounds_the_offset_by_a_second_and_the_round_trip() {
        let mut clock = ServerClock::default();
        note(&mut clock, 400, 200, 360_000);
        let offset = known(&mut clock);
        assert_eq!(offset.least().as_millis(), 359_400);
        assert_eq!(offset.most().as_millis(), 360_600);
        assert_eq!(offset.in_words(), "6 min slow (±1 s)");
        assert!(offset.matters());
    }

    #[test]
    fn a_whole_minute_that_is_possible_is_what_is_said() {
        let words = |least: i64, most: i64| {
            Offset::between(SignedDuration::from_millis(least), SignedDuration::from_millis(most)).in_words()
        };
        assert_eq!(words(359_000, 360_100), "6 min slow (±1 s)");
        assert_eq!(words(360_000, 361_100), "6 min slow (±1 s)");
        assert_eq!(words(-361_100, -359_990), "6 min fast (±1 s)");
        assert_eq!(words(360_700, 361_700), "6 min 1 s slow (±1 s)");
        assert_eq!(words(44_600, 45_500), "45 s slow (±1 s)");
        // What is left and right of it is measured from what is said.
        assert_eq!(words(40_000, 70_000), "1 min slow (±20 s)");
        assert_eq!(words(-70_000, -40_000), "1 min fast (±20 s)");
        assert_eq!(words(7_240_000, 7_241_000), "2 h slow (±41 s)");
        assert_eq!(words(250_000_000, 250_001_000), "2 days slow (±22 h)");
    }

    #[test]
    fn replies_at_other_moments_narrow_it_down() {
        let mut clock = ServerClock::default();
        for sent in [0, 1_300, 2_600, 3_900, 5_200, 6_500, 7_800, 9_100] {
            note(&mut clock, sent, 20, -3_250);
        }
        let offset = known(&mut clock);
        assert!(offset.least().as_millis() <= -3_250 && -3_250 <= offset.most().as_millis());
        assert!(offset.most().saturating_sub(offset.least()).as_millis() < 400, "{offset:?}");
        assert_eq!(offset.in_words(), "3 s fast (±1 s)");
    }

    #[test]
    fn below_two_seconds_the_clock_is_right() {
        let mut clock = ServerClock::default();
        note(&mut clock, 0, 100, 1_400);
        assert_eq!(known(&mut clock).in_words(), "right (±2 s)");
    }

    #[test]
    fn a_slow_reply_says_less() {
        let mut clock = ServerClock::default();
        note(&mut clock, 0, 29_000, 10_000);
        assert!(!known(&mut clock).matters());
        assert_eq!(known(&mut clock).in_words(), "right (±25 s)");
    }

    #[test]
    fn replies_that_contradict_start_again_from_the_newest() {
        let mut clock = ServerClock::default();
        note(&mut clock, 0, 10, 0);
        note(&mut clock, 5_000, 10, -360_000);
        assert_eq!(known(&mut clock).in_words(), "6 min fast (±1 s)");
    }

    #[test]
    fn a_pc_clock_that_was_set_forgets_what_was_known() {
        let mut clock = ServerClock::default();
        note(&mut clock, 0, 10, 360_000);
        assert_eq!(clock.reading(at(0), at(800)), clock.reading(at(0), at(0)), "drift is not setting");
        assert_eq!(clock.reading(at(0), at(360_000)), Reading::Unknown);
        // A reply after the change counts from then on, and is not held against the old ones.
        note(&mut clock, 0, 10, 360_000);
        clock.note(&date(1_000, 0), at(1_000), at(1_010), at(360_000));
        assert_eq!(clock.reading(at(0), at(360_000)).offset().unwrap().in_words(), "right (±1 s)");
    }

    #[test]
    fn a_date_from_1970_garbage_or_none_tells_nothing() {
        for text in ["", "soon", "0", "Tue, 99 Nov 2026 12:00:00 GMT", &"x".repeat(500)] {
            let mut clock = ServerClock::default();
            clock.note(text, at(0), at(10), at(0));
            assert_eq!(clock.reading(at(0), at(0)), Reading::Unknown, "{text}");
        }
        let mut clock = ServerClock::default();
        clock.note("Thu, 01 Jan 1970 00:00:00 GMT", at(0), at(10), at(0));
        assert_eq!(clock.reading(at(0), at(0)), Reading::Unbelievable { date: Timestamp::UNIX_EPOCH });
        assert_eq!(clock.reading(at(0), at(0)).offset(), None);
        note(&mut clock, 0, 10, 0);
        assert_eq!(known(&mut clock).in_words(), "right (±1 s)");
    }

    #[test]
    fn years_apart_is_in_doubt_unless_this_pc_is_the_absurd_one() {
        let year = 365 * 86_400_000;
        let mut clock = ServerClock::default();
        note(&mut clock, 0, 10, 4 * year);
        assert!(
            matches!(clock.reading(at(0), at(0)), Reading::Doubtful(offset) if offset.in_words().starts_with("3 years slow"))
        );
        let mut clock = ServerClock::default();
        let pc = Timestamp::from_second(946_684_800).unwrap();
        clock.note(&date(0, 0), pc, pc, pc);
        let Reading::Known(offset) = clock.reading(pc, pc) else { panic!() };
        assert!(offset.in_words().starts_with("26 years slow"), "{}", offset.in_words());
    }

    #[test]
    fn many_unread_replies_take_no_more_room() {
        let mut clock = ServerClock::default();
        for number in 0..1_000 {
            note(&mut clock, number * 10, 4, 60_000);
        }
        assert!(clock.unread.len() <= MOST_UNREAD);
        assert_eq!(known(&mut clock).in_words(), "1 min slow (±1 s)");
    }

    proptest! {
        #[test]
        fn what_is_said_never_excludes_the_truth(least in -9_000_000_i64..9_000_000, span in 0_i64..400_000, part in 0_i64..=100) {
            let millis = SignedDuration::from_millis;
            let offset = Offset::between(millis(least), millis(least + span));
            let truth = millis(least + span * part / 100);
            let said = SignedDuration::from_secs(i64::try_from(said_secs(offset.roundest())).unwrap());
            let said = if offset.middle().is_negative() { -said } else { said };
            let give_or_take = i128::from(offset.give_or_take_secs()) * 1000;
            prop_assert!((truth - said).abs().saturating_sub(UNSAID).as_millis() <= give_or_take, "{}", offset.in_words());
        }

        #[test]
        fn the_true_offset_is_never_excluded(
            ahead in -80_000_000_i64..80_000_000,
            ways in prop::collection::vec((0_i64..3_600_000, 0_i64..30_000, 0_i64..=100), 1..40),
        ) {
            let mut clock = ServerClock::default();
            for (sent, round_trip, part) in ways {
                clock.note(&date(sent + round_trip * part / 100, ahead), at(sent), at(sent + round_trip), at(0));
            }
            let offset = known(&mut clock);
            prop_assert!(offset.least().as_millis() <= i128::from(ahead) && i128::from(ahead) <= offset.most().as_millis());
        }

        #[test]
        fn no_header_makes_it_panic(text in any::<String>(), sent in any::<i32>(), received in any::<i32>()) {
            let mut clock = ServerClock::default();
            let second = |second: i32| Timestamp::from_second(i64::from(second)).unwrap();
            clock.note(&text, second(sent), second(received), second(0));
            _ = clock.reading(Timestamp::MAX, Timestamp::MIN);
        }
    }
}
