//! Why a run ends before its questions do: a failure that is not of the SKU, so that every further one would fare the same.
//!
//! Owns which failed rows are no answers, and so are not written where a later run can ask for them (P5). The rule is the one by
//! which a run in the window pauses: [`batch::halt`](crate::batch::halt). Asks for nothing and writes nothing.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};

use super::stream::{OnFailure, Promise};
use crate::batch::halt::{CONNECTION_FAILURES, Meaning};
use crate::prices::{Lookup, LookupErrorKind, Outcome};

/// What ended a run early.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Early {
    pub cause: Cause,
    /// What the lookup that ended it was for.
    pub sku: String,
    /// What happened, in one or two sentences.
    pub why: String,
    /// What to do.
    pub advice: String,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Cause {
    /// The key is refused.
    Key,
    /// The last lookups did not reach the API, or it refused more, however late they were asked again.
    Connection,
    /// `--fail-fast`, where the failed row is left to the next run.
    FailFast,
}

/// What becomes of a finished lookup's row.
#[derive(Debug, PartialEq, Eq)]
pub enum Fate {
    /// It is written.
    Write,
    /// It is written after these, which were held back: the connection is there again.
    WriteAfter(Vec<Held>),
    /// It is written, and no further SKU is asked for.
    WriteLast,
    /// It waits for what comes of the next ones.
    Hold,
    /// It is not written, and no further SKU is asked for.
    LeaveOut,
}

/// A row that is held back.
#[derive(Debug, PartialEq, Eq)]
pub struct Held {
    pub place: u64,
    pub row: Box<[u8]>,
    /// So many SKUs had been asked for by then: only what was asked for later can say that the connection is there again.
    asked: u64,
}

/// Looks at every finished lookup of a run.
pub struct Judge {
    on_failure: OnFailure,
    promise: Promise,
    /// Whether rows are held back: all that is looked at where all goes well.
    holds: AtomicBool,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    held: Vec<Held>,
    /// Failures of the connection since the last lookup that reached the API.
    streak: usize,
    /// Of the last of them.
    last: Option<Early>,
    early: Option<Early>,
}

impl Judge {
    pub fn new(on_failure: OnFailure, promise: Promise) -> Self {
        Self { on_failure, promise, holds: AtomicBool::new(false), state: Mutex::default() }
    }

    /// What becomes of the `row` at a place; `asked` says how many SKUs have been asked for.
    pub fn fate(&self, place: u64, lookup: &Lookup, row: &[u8], asked: impl FnOnce() -> u64) -> Fate {
        let error = match &lookup.error {
            Some(error) if lookup.outcome == Outcome::Failed => error,
            _ if self.holds.load(Ordering::Acquire) => return self.reached(place),
            _ => return Fate::Write,
        };
        let early = |cause| {
            let (why, advice) = (error.message.clone(), error.hint.clone());
            Early { cause, sku: lookup.sku.clone(), why, advice }
        };
        match (Meaning::of(lookup), self.promise, self.on_failure) {
            (Meaning::Key, promise, _) => {
                self.state().early.get_or_insert_with(|| early(Cause::Key));
                if promise == Promise::Fast { Fate::WriteLast } else { Fate::LeaveOut }
            }
            (_, Promise::Fast, OnFailure::Stop) => Fate::WriteLast,
            (_, Promise::Resumable, OnFailure::Stop) => {
                self.state().early.get_or_insert_with(|| early(Cause::FailFast));
                Fate::LeaveOut
            }
            (Meaning::Connection | Meaning::TooFast, Promise::Resumable, _) => {
                let asked = asked();
                let mut state = self.state();
                self.holds.store(true, Ordering::Release);
                state.held.push(Held { place, row: row.into(), asked });
                state.streak += 1;
                state.last = Some(early(Cause::Connection));
                if state.streak < CONNECTION_FAILURES && state.early.is_none() {
                    return Fate::Hold;
                }
                let last = state.last.take();
                state.early = state.early.take().or(last);
                Fate::LeaveOut
            }
            // What was never sent says nothing about the connection.
            _ if error.kind == LookupErrorKind::InvalidQuery => Fate::Write,
            _ if self.holds.load(Ordering::Acquire) => self.reached(place),
            _ => Fate::Write,
        }
    }

    /// The API was reached: what had failed before that was asked for was an accident, and stands. Not once the run ends early: that
    /// decision holds.
    fn reached(&self, place: u64) -> Fate {
        let mut state = self.state();
        if state.early.is_some() {
            return Fate::Write;
        }
        state.streak = 0;
        let (stand, held) = std::mem::take(&mut state.held).into_iter().partition(|held| held.asked <= place);
        state.held = held;
        if state.held.is_empty() {
            state.last = None;
            self.holds.store(false, Ordering::Release);
        }
        Fate::WriteAfter(stand)
    }

    /// What ended the run early. Where the last lookups did not reach the API, it ends so: the next run asks for them.
    pub fn end(&self) -> Option<Early> {
        let mut state = self.state();
        let last = state.last.take();
        state.early.take().or(last)
    }

    /// No change under this lock can be left half made; so poison is ignored.
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use jiff::Timestamp;

    use super::*;
    use crate::prices::{LookupError, LookupErrorKind as Kind, PriceQuery};

    fn failed(kind: Kind) -> Lookup {
        let query = PriceQuery::new("A", Vec::new()).unwrap();
        Lookup::failed(&query, LookupError::new(kind, "Why.", "Advice."), Timestamp::UNIX_EPOCH)
    }

    fn priced() -> Lookup {
        Lookup { outcome: Outcome::Priced, error: None, ..failed(Kind::Network) }
    }

    fn held(places: &[u64]) -> Vec<Held> {
        places.iter().map(|place| Held { place: *place, row: b"row".as_slice().into(), asked: place + 2 }).collect()
    }

    /// Where the next SKU was asked for as well.
    fn judged(judge: &Judge, place: u64, lookup: &Lookup) -> Fate {
        judge.fate(place, lookup, b"row", || place + 2)
    }

    fn cause(judge: &Judge) -> Option<Cause> {
        judge.end().map(|early| early.cause)
    }

    #[test]
    fn p5_a_refused_key_ends_every_run_and_is_no_answer_where_a_later_run_asks_again() {
        for (promise, fate) in [(Promise::Fast, Fate::WriteLast), (Promise::Resumable, Fate::LeaveOut)] {
            let judge = Judge::new(OnFailure::GoOn, promise);
            assert_eq!(judged(&judge, 0, &priced()), Fate::Write);
            assert_eq!(judged(&judge, 1, &failed(Kind::KeyRefused)), fate);
            assert_eq!(cause(&judge), Some(Cause::Key));
        }
    }

    #[test]
    fn p5_a_lost_connection_is_told_from_an_accident_by_what_follows() {
        let judge = Judge::new(OnFailure::GoOn, Promise::Resumable);
        assert_eq!(judged(&judge, 4, &failed(Kind::Network)), Fate::Hold);
        assert_eq!(judged(&judge, 3, &failed(Kind::Timeout)), Fate::Hold);
        assert_eq!(judged(&judge, 5, &failed(Kind::InvalidQuery)), Fate::Write, "nothing was sent for it");
        assert_eq!(judged(&judge, 6, &failed(Kind::ServerError)), Fate::WriteAfter(held(&[4, 3])));
        assert_eq!(judged(&judge, 7, &priced()), Fate::Write);
        for (place, fate) in [(8, Fate::Hold), (9, Fate::Hold), (10, Fate::LeaveOut), (11, Fate::LeaveOut)] {
            assert_eq!(judged(&judge, place, &failed(Kind::Network)), fate);
        }
        assert_eq!(judged(&judge, 12, &priced()), Fate::Write, "what was held back stays so");
        assert_eq!(cause(&judge), Some(Cause::Connection));
    }

    #[test]
    fn p5_what_was_asked_for_before_a_failure_does_not_say_that_the_connection_is_there_again() {
        let judge = Judge::new(OnFailure::GoOn, Promise::Resumable);
        assert_eq!(judged(&judge, 4, &failed(Kind::Network)), Fate::Hold);
        assert_eq!(judged(&judge, 5, &priced()), Fate::WriteAfter(held(&[])));
        assert_eq!(judged(&judge, 6, &priced()), Fate::WriteAfter(held(&[4])));
        assert_eq!((judged(&judge, 7, &priced()), judge.end()), (Fate::Write, None));
    }

    #[test]
    fn p5_failures_of_the_connection_at_the_end_of_a_list_are_asked_for_again() {
        let judge = Judge::new(OnFailure::GoOn, Promise::Resumable);
        assert_eq!(judged(&judge, 0, &failed(Kind::Network)), Fate::Hold);
        assert_eq!(cause(&judge), Some(Cause::Connection));
        let judge = Judge::new(OnFailure::GoOn, Promise::Fast);
        assert_eq!(judged(&judge, 0, &failed(Kind::Network)), Fate::Write);
        assert_eq!(judge.end(), None);
    }

    #[test]
    fn h6_p5_a_server_that_keeps_asking_to_wait_ends_the_run_and_fails_no_row() {
        let judge = Judge::new(OnFailure::GoOn, Promise::Resumable);
        for (place, fate) in [(0, Fate::Hold), (1, Fate::Hold), (2, Fate::LeaveOut)] {
            assert_eq!(judged(&judge, place, &failed(Kind::RateLimited)), fate);
        }
        assert_eq!(cause(&judge), Some(Cause::Connection));
    }

    #[test]
    fn p5_the_row_that_trips_fail_fast_is_left_to_the_next_run() {
        for (promise, fate, ended) in
            [(Promise::Fast, Fate::WriteLast, None), (Promise::Resumable, Fate::LeaveOut, Some(Cause::FailFast))]
        {
            let judge = Judge::new(OnFailure::Stop, promise);
            assert_eq!(judged(&judge, 0, &failed(Kind::ErrorReply)), fate);
            assert_eq!(cause(&judge), ended);
        }
    }
}
