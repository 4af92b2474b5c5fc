//! One lookup of a run: asked for, judged, and written down.
//!
//! Owns what an answer means for the run: whether it counts, is asked again later, or pauses the run. When it is asked is the
//! driver's, and what the journal takes is the run's.

use std::panic::AssertUnwindSafe;
use std::sync::{Arc, PoisonError};

use futures_util::FutureExt;
use jiff::Timestamp;
use tokio::time::Instant;

use super::super::answered::Answered;
use super::super::gate::{Mood, Pass};
use super::super::halt::{
    CONNECTION_FAILURES, FORGOTTEN_AGAIN, Halt, HaltCause, Meaning, TOO_FAST_AGAIN, TOO_FAST_FAILURES, TOO_FAST_PAUSE,
};
use super::super::queue::Twins;
use super::{Shared, Unkept};
use crate::prices::client::{self, Progress as Step};
use crate::prices::{Lookup, LookupError, LookupErrorKind, Outcome, PriceQuery};
use crate::verdict::Cause;

/// One lookup, from its start until its answer is written down.
pub(super) async fn look_up(shared: Arc<Shared>, pass: Pass, place: usize, twins: Arc<Twins>) {
    let work = AssertUnwindSafe(look_up_and_keep(&shared, &pass, place, &twins));
    if work.catch_unwind().await.is_err() {
        shared.control().again.push(place);
        shared.halt(Halt::broken());
    }
    let mut control = shared.control();
    control.under_way.remove(&place);
    drop(control);
    shared.nudge.changed();
    drop(pass);
}

async fn look_up_and_keep(shared: &Shared, pass: &Pass, place: usize, twins: &Twins) {
    if place >= shared.plan.skus.len() {
        // A damaged history may hold more rows than the list has: there is nothing to ask for them.
        return;
    }
    let Some(lookup) = asked(shared, pass, place).await else {
        // Cut off: it stays open, and is asked when the run is taken up again.
        return shared.control().again.push(place);
    };
    pass.answered(Mood::of(&lookup));
    if is_asked_again(shared, &lookup, place) || has_lost_its_token(shared, &lookup, place) {
        return;
    }
    let halt = judge(shared, &lookup, place, twins);
    if let Some(halt) = halt {
        let is_answer = halt.cause != HaltCause::Key;
        shared.halt(halt);
        if !is_answer {
            // Nothing was sent for it, or nothing that says anything about it.
            return;
        }
    }
    let mut lookup = lookup;
    let body = lookup.body.take();
    let answered = {
        let mut sentences = shared.sentences.lock().unwrap_or_else(PoisonError::into_inner);
        Arc::new(Answered::of(lookup, &mut sentences))
    };
    // The first place comes last: as long as it is open, the SKU is asked for again after a sudden end.
    let mut places = twins.after(place);
    places.insert(0, place);
    for place in places.into_iter().rev() {
        let unkept = Unkept { place, answered: Arc::clone(&answered), body: body.clone() };
        if let Err(error) = shared.keep(unkept).await {
            shared.halt(Halt::of_journal(error));
        }
    }
}

/// Asks for the SKU at a place; nothing when it was cut off.
async fn asked(shared: &Shared, pass: &Pass, place: usize) -> Option<Lookup> {
    let started = Timestamp::now();
    let sku = shared.plan.skus.get(place)?.to_string();
    let session = shared.control().session.clone()?;
    let query = match PriceQuery::new(sku.clone(), shared.plan.header.parameters.clone()) {
        Ok(query) => query,
        Err(error) => return Some(Lookup::invalid(sku, &error, started)),
    };
    let tell = |step: Step| {
        if let Step::Waiting { until, .. } = step {
            pass.asked_to_wait(until);
            shared.nudge.changed();
        }
    };
    let asking = AssertUnwindSafe(client::look_up(&shared.explorer, &session, &query, tell)).catch_unwind();
    let mut cut = shared.cut.subscribe();
    tokio::select! {
        answer = asking => Some(answer.unwrap_or_else(|_panic| {
            let halt = Halt::broken();
            let error = LookupError::new(LookupErrorKind::Unreadable, halt.why, "Retry it; report it if it happens again.");
            Lookup::failed(&query, error, started)
        })),
        _ = cut.wait_for(|cut| *cut) => None,
    }
}

/// Whether the server found the run too fast, so that the SKU is asked again later (H6). A server that finds it too fast however
/// slow it is halts it, and a SKU that is refused again and again while others are answered stands as failed.
fn is_asked_again(shared: &Shared, lookup: &Lookup, place: usize) -> bool {
    let error = lookup.error.as_ref().filter(|_| Meaning::of(lookup) == Meaning::TooFast);
    let gate = shared.gate.state();
    let mut control = shared.control();
    let Some(error) = error else {
        control.too_fast = 0;
        return false;
    };
    // The last of a crowd says nothing yet about how one alone fares; but there is only one such.
    control.too_fast += usize::from(gate.allowed == 1 && gate.inside == 1);
    let is_hopeless = control.too_fast >= TOO_FAST_FAILURES;
    let times = control.refusals.entry(place).or_default();
    *times += 1;
    if *times > TOO_FAST_AGAIN && !is_hopeless {
        return false;
    }
    control.again.push(place);
    drop(control);
    if error.retry_after.is_none() {
        shared.gate.hold_until(Instant::now() + TOO_FAST_PAUSE);
    }
    if is_hopeless {
        shared.halt(Halt::of_error(HaltCause::TooFast, error));
    }
    true
}

/// Whether somebody forgot the token while the lookup waited for it, so that the SKU is asked again with a new one. That says nothing
/// about the connection; but a token that is forgotten again and again does.
fn has_lost_its_token(shared: &Shared, lookup: &Lookup, place: usize) -> bool {
    let verdict = lookup.error.as_ref().and_then(|error| error.verdict.as_ref());
    if verdict.is_none_or(|verdict| verdict.cause != Cause::TokenForgotten) {
        return false;
    }
    let mut control = shared.control();
    let times = control.forgotten.entry(place).or_default();
    *times += 1;
    if *times > FORGOTTEN_AGAIN {
        return false;
    }
    control.again.push(place);
    // Its source may be closed for good.
    control.session = None;
    true
}

/// What a lookup means for the run: a reason to pause, or none.
fn judge(shared: &Shared, lookup: &Lookup, place: usize, twins: &Twins) -> Option<Halt> {
    let error = lookup.error.as_ref().filter(|_| lookup.outcome == Outcome::Failed);
    let has_answers = {
        let counts = shared.rows().counts();
        counts.all() > counts.of(Outcome::Failed)
    };
    let meaning = match Meaning::of(lookup) {
        // An API that answered others is there: it, or a gateway before it, has trouble with this SKU.
        Meaning::Connection if has_answers && is_not_found(lookup) => Meaning::Answer,
        meaning => meaning,
    };
    let mut control = shared.control();
    match (meaning, error) {
        (Meaning::Key, Some(error)) => {
            control.again.push(place);
            Some(Halt::of_error(HaltCause::Key, error))
        }
        // It stands as failed from now on, or the run would halt over it for ever.
        (Meaning::Connection, Some(_)) if control.second_try.contains(&place) => None,
        (Meaning::Connection, Some(error)) => {
            control.streak.push(place);
            if control.streak.len() < CONNECTION_FAILURES && control.halt.is_none() {
                return None;
            }
            // They stand as failed, with the reason, and are asked again when the run goes on.
            let streak = std::mem::take(&mut control.streak);
            control.left += streak.iter().map(|place| twins.answers(*place)).sum::<usize>();
            control.second_try.extend(&streak);
            control.again.extend(streak);
            Some(Halt::of_error(HaltCause::Connection, error))
        }
        _ => {
            control.streak.clear();
            None
        }
    }
}

/// Whether the server itself refused the address; a web page in place of an answer can be from whoever is in between.
fn is_not_found(lookup: &Lookup) -> bool {
    let kind = lookup.error.as_ref().map(|error| error.kind);
    kind == Some(LookupErrorKind::WrongAddress) && lookup.http_status.is_some_and(|status| (400..500).contains(&status))
}
