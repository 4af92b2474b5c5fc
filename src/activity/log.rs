//! The log: the newest events within a limit of bytes, written from any thread, read by the window without waiting.
//!
//! One idea: events lie in segments of [`SEGMENT_EVENTS`] slots that are filled from the front and never changed afterwards,
//! and the list of segments is published whole through an [`ArcSwap`]. A reader loads the list and sees a still picture, so
//! it takes no lock and holds nobody up. Writers take turns in one short critical section in which nothing waits; whoever
//! needs a new segment lets go of the oldest ones. Nobody has to read for memory to stay within the limit.

use std::collections::{HashMap, VecDeque};
use std::ops::Range;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};

use arc_swap::ArcSwap;

use super::event::{Event, ProfileTag};

/// So many bytes of events are kept unless said otherwise.
pub const LIMIT: usize = 8 * 1024 * 1024;
/// The most events of one segment.
const SEGMENT_EVENTS: usize = 256;
/// A segment takes no more than this part of the limit, so that little goes at once when the oldest has to go.
const SEGMENT_PART: usize = 32;

/// A handle to the log; cheap to clone.
#[derive(Clone)]
pub struct ActivityLog {
    shared: Arc<Shared>,
}

struct Shared {
    limit: usize,
    segments: ArcSwap<Vec<Arc<Segment>>>,
    writer: Mutex<Writer>,
    names: Mutex<HashMap<String, ProfileTag>>,
}

struct Segment {
    /// The number of the event in the first slot.
    first: u64,
    slots: Box<[OnceLock<Arc<Event>>]>,
    /// How many slots are filled. Grows only after its slot is.
    filled: AtomicUsize,
}

struct Writer {
    /// The segments with the bytes of their events, the oldest first. The last one is being filled.
    segments: VecDeque<(Arc<Segment>, usize)>,
    next: u64,
    bytes: usize,
}

/// A still picture of the log.
#[derive(Clone)]
pub struct Snapshot {
    segments: Arc<Vec<Arc<Segment>>>,
    numbers: Range<u64>,
}

impl Default for ActivityLog {
    fn default() -> Self {
        Self::with_limit(LIMIT)
    }
}

impl ActivityLog {
    pub fn new() -> Self {
        Self::default()
    }

    /// A log that keeps `limit` bytes of events.
    pub fn with_limit(limit: usize) -> Self {
        let first = Arc::new(Segment::starting_at(1));
        let writer = Writer { segments: VecDeque::from([(Arc::clone(&first), 0)]), next: 1, bytes: 0 };
        let segments = ArcSwap::from_pointee(vec![first]);
        Self { shared: Arc::new(Shared { limit, segments, writer: Mutex::new(writer), names: Mutex::default() }) }
    }

    /// A log that keeps nothing, for a program in which nobody reads one.
    pub fn none() -> Self {
        Self::with_limit(0)
    }

    /// Whether what is recorded is kept. Where it is not, nothing need be written down.
    pub fn is_kept(&self) -> bool {
        self.shared.limit > 0
    }

    /// Adds an event and gives it its number. Never waits for a reader; what has to go for it goes outside of the lock.
    pub fn record(&self, mut event: Event) {
        if !self.is_kept() {
            return;
        }
        let size = event.size();
        let gone = {
            let mut writer = lock(&self.shared.writer);
            event.number = writer.next;
            writer.next += 1;
            let gone = self.make_room(&mut writer, size);
            writer.bytes += size;
            if let Some((segment, bytes)) = writer.segments.back_mut() {
                *bytes += size;
                segment.push(event);
            }
            gone
        };
        drop(gone);
    }

    /// Opens a segment where the last one is full, and lets go of the oldest as far as the limit wants it.
    fn make_room(&self, writer: &mut Writer, size: usize) -> Vec<Arc<Segment>> {
        let largest = self.shared.limit / SEGMENT_PART;
        let is_full = writer
            .segments
            .back()
            .is_none_or(|(last, bytes)| last.len() == SEGMENT_EVENTS || (*bytes > 0 && bytes + size > largest));
        if is_full {
            let number = writer.next - 1;
            writer.segments.push_back((Arc::new(Segment::starting_at(number)), 0));
        }
        let mut gone = Vec::new();
        while writer.segments.len() > 1 && writer.bytes + size > self.shared.limit {
            if let Some((segment, bytes)) = writer.segments.pop_front() {
                writer.bytes -= bytes;
                gone.push(segment);
            }
        }
        if is_full || !gone.is_empty() {
            let list = writer.segments.iter().map(|(segment, _)| Arc::clone(segment)).collect();
            self.shared.segments.store(Arc::new(list));
        }
        gone
    }

    /// What the log holds now. Takes no lock.
    pub fn snapshot(&self) -> Snapshot {
        let segments = self.shared.segments.load_full();
        let start = segments.first().map_or(1, |segment| segment.first);
        let end = segments.last().map_or(start, |segment| segment.first + segment.len() as u64);
        Snapshot { segments, numbers: start..end }
    }

    /// Says what a profile is called, for the events to come.
    pub fn call(&self, id: &str, name: &str) {
        let mut names = lock(&self.shared.names);
        if names.get(id).is_none_or(|tag| *tag.name != *name) {
            names.insert(id.to_owned(), ProfileTag { id: id.into(), name: name.into() });
        }
    }

    /// Forgets what a profile is called; the events that name it stay.
    pub fn forget_name(&self, id: &str) {
        lock(&self.shared.names).remove(id);
    }

    /// The profile of this id, as it is called now.
    pub fn profile(&self, id: &str) -> Option<ProfileTag> {
        lock(&self.shared.names).get(id).cloned()
    }
}

impl Segment {
    fn starting_at(first: u64) -> Self {
        let slots = std::iter::repeat_with(OnceLock::new).take(SEGMENT_EVENTS).collect();
        Self { first, slots, filled: AtomicUsize::new(0) }
    }

    fn len(&self) -> usize {
        self.filled.load(Ordering::Acquire)
    }

    /// Fills the next slot. Only one writer at a time calls this.
    fn push(&self, event: Event) {
        let at = self.filled.load(Ordering::Relaxed);
        if let Some(slot) = self.slots.get(at)
            && slot.set(Arc::new(event)).is_ok()
        {
            self.filled.store(at + 1, Ordering::Release);
        }
    }
}

impl Snapshot {
    /// The numbers of the events that are held; the newest is the last.
    pub fn numbers(&self) -> Range<u64> {
        self.numbers.clone()
    }

    pub fn len(&self) -> usize {
        (self.numbers.end - self.numbers.start) as usize
    }

    pub fn is_empty(&self) -> bool {
        self.numbers.is_empty()
    }

    /// The event of this number, if it is held.
    pub fn get(&self, number: u64) -> Option<&Arc<Event>> {
        if !self.numbers.contains(&number) {
            return None;
        }
        let after = self.segments.partition_point(|segment| segment.first <= number);
        let segment = self.segments.get(after.checked_sub(1)?)?;
        segment.slots.get((number - segment.first) as usize)?.get()
    }

    /// All events, the oldest first.
    pub fn iter(&self) -> impl Iterator<Item = &Arc<Event>> {
        self.numbers().filter_map(|number| self.get(number))
    }
}

/// A panic while a lock is held leaves at worst an event out; so poison is ignored.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use jiff::Timestamp;

    use super::super::event::{EventReason, Kind};
    use super::*;

    fn event(subject: &str) -> Event {
        Event::new(Kind::Price, EventReason::Lookup, Timestamp::UNIX_EPOCH, subject)
    }

    fn held_bytes(snapshot: &Snapshot) -> usize {
        snapshot.iter().map(|event| event.size()).sum()
    }

    #[test]
    fn events_keep_their_order_and_numbers() {
        let log = ActivityLog::new();
        assert!(log.snapshot().is_empty());
        for number in 1..=1000 {
            log.record(event(&number.to_string()));
        }
        let snapshot = log.snapshot();
        assert_eq!(snapshot.numbers(), 1..1001);
        assert!(snapshot.iter().all(|event| *event.subject == event.number.to_string()));
        assert_eq!(snapshot.get(777).unwrap().number, 777);
        assert!(snapshot.get(0).is_none() && snapshot.get(1001).is_none());
    }

    #[test]
    fn a_day_without_a_reader_stays_within_the_limit_and_the_oldest_go_first() {
        let limit = 256 * 1024;
        let log = ActivityLog::with_limit(limit);
        for number in 1..=50_000_u64 {
            log.record(event(&"x".repeat((number % 700) as usize)));
            if number % 500 == 0 {
                let bytes = log.shared.writer.lock().unwrap().bytes;
                assert!(bytes <= limit, "{bytes} after {number}");
            }
        }
        let snapshot = log.snapshot();
        assert_eq!(snapshot.numbers().end, 50_001);
        let bytes = held_bytes(&snapshot);
        assert!(bytes <= limit && bytes > limit * 9 / 10, "{bytes} of {limit}");
        let still: u64 = snapshot.iter().map(|event| event.number).sum();
        assert_eq!(still, snapshot.numbers().sum::<u64>(), "none is missing in between");
    }

    #[test]
    fn an_event_larger_than_a_segment_or_than_the_log_is_taken() {
        let log = ActivityLog::with_limit(1000);
        for _ in 0..10 {
            log.record(event(&"x".repeat(400)));
        }
        let snapshot = log.snapshot();
        assert_eq!(snapshot.numbers().end, 11);
        assert_eq!(snapshot.get(10).unwrap().number, 10);
        assert!(snapshot.len() <= 2, "{}", snapshot.len());
    }

    #[test]
    fn a_log_that_nobody_reads_keeps_nothing() {
        let log = ActivityLog::none();
        log.record(event("first"));
        assert!(log.snapshot().is_empty() && !log.is_kept() && ActivityLog::new().is_kept());
    }

    #[test]
    fn a_snapshot_stands_still_while_the_log_goes_on() {
        let log = ActivityLog::with_limit(100_000);
        log.record(event("first"));
        let before = log.snapshot();
        for _ in 0..5000 {
            log.record(event("later"));
        }
        assert_eq!(before.numbers(), 1..2);
        assert_eq!(&*before.get(1).unwrap().subject, "first");
        assert!(log.snapshot().get(1).is_none(), "the log itself has let go of it");
    }

    #[test]
    fn many_writers_lose_nothing_and_a_reader_sees_no_gap() {
        let log = ActivityLog::with_limit(64 * 1024 * 1024);
        std::thread::scope(|scope| {
            for _ in 0..4 {
                scope.spawn(|| (0..10_000).for_each(|_| log.record(event("x"))));
            }
            for _ in 0..200 {
                let snapshot = log.snapshot();
                assert_eq!(snapshot.iter().count(), snapshot.len());
                std::thread::sleep(Duration::from_micros(50));
            }
        });
        let snapshot = log.snapshot();
        assert_eq!(snapshot.len(), 40_000);
        assert!(snapshot.iter().zip(1..).all(|(event, number)| event.number == number));
    }

    #[test]
    fn a_profile_keeps_the_name_that_it_had() {
        let log = ActivityLog::new();
        log.call("p1", "Retail");
        let before = log.profile("p1").unwrap();
        log.call("p1", "Retail EU");
        assert_eq!((&*before.name, &*log.profile("p1").unwrap().name), ("Retail", "Retail EU"));
        log.forget_name("p1");
        assert!(log.profile("p1").is_none());
    }
}
