//! The history's writing thread: the only one that changes its databases, and that opens them.
//!
//! Owns the queue. Answers that wait in it go into one transaction together, and all are acknowledged when it is committed; so the rate
//! of a run is not bound to that of commits. Never joined: it ends when nobody can ask it for anything any more.

use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::time::{Duration, Instant};

use tokio::sync::oneshot;

use super::database::{Share, Ticket, ToKeep};
use super::error::HistoryError;
use super::shelf::Shelf;
use crate::batch::{Answered, RunId};
use crate::prices::Body;

/// At most so many answers go into one transaction.
const GROUP: usize = 1024;

/// Answers wait so long for another program that is writing.
const PATIENCE: Duration = Duration::from_secs(60);

pub(super) enum Command {
    Keep(Keep),
    Do(Box<dyn FnOnce(&mut Shelf) + Send>),
}

/// An answer to be kept.
pub(super) struct Keep {
    pub run: RunId,
    pub ticket: Ticket,
    pub place: usize,
    pub answered: Arc<Answered>,
    pub body: Option<Body>,
    pub kept: oneshot::Sender<Result<(), HistoryError>>,
}

/// Starts the thread. Where the system gives none, nobody listens at the other end.
pub(super) fn start(shelf: Shelf) -> Sender<Command> {
    let (sender, receiver) = channel();
    let started = std::thread::Builder::new().name("history".to_owned()).spawn(move || serve(shelf, &receiver));
    if let Err(error) = started {
        tracing::error!(%error, "the history has no thread");
    }
    sender
}

fn serve(mut shelf: Shelf, commands: &Receiver<Command>) {
    let mut waiting: Option<Command> = None;
    // Whether something has to go to keep the history within its limit.
    let mut is_over = false;
    loop {
        let next = match waiting.take() {
            Some(command) => Ok(command),
            None if is_over => commands.recv_timeout(Duration::ZERO),
            None => commands.recv().map_err(|_gone| RecvTimeoutError::Disconnected),
        };
        match next {
            Ok(Command::Keep(first)) => {
                let mut group = vec![first];
                while group.len() < GROUP {
                    match commands.try_recv() {
                        Ok(Command::Keep(keep)) => group.push(keep),
                        Ok(other) => {
                            waiting = Some(other);
                            break;
                        }
                        Err(_) => break,
                    }
                }
                guarded(|| keep_all(&mut shelf, group));
            }
            Ok(Command::Do(work)) => guarded(|| work(&mut shelf)),
            Err(RecvTimeoutError::Timeout) => {}
            Err(RecvTimeoutError::Disconnected) => return,
        }
        is_over = false;
        guarded(|| is_over = shelf.tend());
    }
}

/// A fault in one command is that command's alone: whoever waits for it hears that it broke, and the thread goes on. An open
/// transaction rolls back on its way out.
fn guarded(work: impl FnOnce()) {
    if std::panic::catch_unwind(AssertUnwindSafe(work)).is_err() {
        tracing::error!("a command of the history panicked");
    }
}

fn keep_all(shelf: &mut Shelf, group: Vec<Keep>) {
    let (in_memory, on_disk): (Vec<_>, Vec<_>) = group.into_iter().partition(|keep| keep.run.0 < 0);
    for group in [in_memory, on_disk] {
        let Some(some) = group.first() else { continue };
        let kept = keep_group(shelf, some.run, &group);
        shelf.news.changed();
        // One run that is gone must not take the others with it.
        let one_by_one = matches!(kept, Err(HistoryError::Gone)) && group.len() > 1;
        for keep in group {
            let kept = if one_by_one { keep_group(shelf, keep.run, std::slice::from_ref(&keep)) } else { kept.clone() };
            // Nobody waits any more: it is kept all the same.
            _ = keep.kept.send(kept);
        }
    }
}

/// Keeps a group of answers that are in the same database as `run`.
fn keep_group(shelf: &mut Shelf, run: RunId, group: &[Keep]) -> Result<(), HistoryError> {
    let answers: Vec<ToKeep<'_>> = group
        .iter()
        .map(|keep| ToKeep {
            run: keep.run.0.abs(),
            ticket: keep.ticket,
            place: keep.place,
            answered: &keep.answered,
            body: keep.body.as_ref(),
        })
        .collect();
    let begun = Instant::now();
    let share = loop {
        match shelf.at(run, |database, _run| database.keep(&answers)) {
            // Another program empties a large history: a run under way waits for that, and does not end over it.
            Err(HistoryError::Locked { .. }) if begun.elapsed() < PATIENCE => {}
            kept => break kept?,
        }
    };
    if share == Share::Exceeded {
        shelf.news.put(HistoryError::BodiesLeftOut);
    }
    Ok(())
}
