//! The window's part of a run over a list: its start, its state, and what can be done with it.
//!
//! Owns the one run that the window has. It keeps the key that it was started with, whichever is chosen meanwhile, and opens it
//! anew whenever it goes on. Whatever asks, waits or reads is the run's own or a task's.

use std::sync::Arc;

use futures_util::FutureExt;
use jiff::Timestamp;
use tokio::time::Instant;

use super::{App, PricesMode, Question, Tab};
use crate::batch::gate::{MOST_AT_ONCE, USUAL_AT_ONCE};
use crate::batch::{
    Ask, HaltCause, Limits, Opener, Plan, Progress, Repeats, Rows, Run, RunHeader, RunId, RunKind, RunState, Standing,
};
use crate::history::{Entry, History, HistoryError, Kept, RunJournal, entry};
use crate::keys::ProfileId;
use crate::lists::Corrections;
use crate::task::Task;

/// What a view can ask for here.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BatchAction {
    /// Look up the list that is ready, with the chosen key.
    Start,
    Pause,
    /// Go on after a pause or a stop.
    GoOn,
    Stop,
    /// Ask again for the SKUs whose lookup failed.
    RetryFailed,
    /// How many lookups run at once, from now on.
    SetAtOnce(u16),
    /// Put an ended run away, to start another.
    Close,
    /// Take up a run of the history that was cut off or stopped.
    Resume(RunId),
    /// Do not offer the run that was cut off any more.
    NotNow,
    DismissProblem,
    /// Close the window although a run is under way.
    Leave,
}

/// The run of the window, and the way to one.
pub struct Batch {
    begin: Task<Result<Begun, HistoryError>>,
    running: Option<Running>,
    at_once: u16,
    unfinished: Task<Result<Vec<Entry>, HistoryError>>,
    /// A run that was cut off, to be taken up again.
    pub offer: Option<Entry>,
    /// Why a run could not be started.
    pub problem: Option<String>,
    /// Whether the window may close although a run is under way.
    pub(crate) may_leave: Leaving,
}

/// Whether the user was asked before a run is left alone.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) enum Leaving {
    #[default]
    Ask,
    Agreed,
}

/// A run, and what is known of it.
pub struct Running {
    pub run: Run,
    pub id: RunId,
    /// Whether it survives this program.
    pub kept: Kept,
    /// The answers so far.
    pub rows: Rows,
    /// What became of its list before it began; nothing of a run that was taken up again.
    pub corrections: Option<Arc<Corrections>>,
    /// Whether its last end or halt was told.
    told: Told,
    /// The number of the list that was shown when it began; another one came after it.
    list: u64,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Told {
    NotYet,
    Told,
}

/// A run that has its place in the history.
struct Begun {
    journal: RunJournal,
    plan: Plan,
    rows: Rows,
    corrections: Option<Arc<Corrections>>,
}

impl Default for Batch {
    fn default() -> Self {
        Self {
            begin: Task::default(),
            running: None,
            at_once: USUAL_AT_ONCE,
            unfinished: Task::default(),
            offer: None,
            problem: None,
            may_leave: Leaving::default(),
        }
    }
}

impl Batch {
    /// The run that is shown, under way or ended.
    pub fn running(&self) -> Option<&Running> {
        self.running.as_ref()
    }

    /// How far the run is now.
    pub fn progress(&self) -> Option<Progress> {
        self.running.as_ref().map(|running| running.run.progress(Instant::now()))
    }

    /// Whether a run is being begun.
    pub fn is_beginning(&self) -> bool {
        self.begin.is_running()
    }

    /// Whether a run is under way, a pause included.
    pub fn is_under_way(&self) -> bool {
        self.is_beginning() || self.progress().is_some_and(|progress| !progress.standing.is_ended())
    }

    /// How many lookups run at once.
    pub fn at_once(&self) -> u16 {
        self.progress().map_or(self.at_once, |progress| progress.gate.at_once)
    }

    fn take_in(&mut self) -> Option<News> {
        let running = self.running.as_mut()?;
        if running.run.version() != running.rows.version() {
            running.rows = running.run.snapshot();
        }
        let progress = running.run.progress(Instant::now());
        let is_news = progress.standing.is_ended() || progress.standing.halt().is_some();
        if !is_news {
            running.told = Told::NotYet;
            return None;
        }
        (std::mem::replace(&mut running.told, Told::Told) == Told::NotYet).then_some(News)
    }
}

/// The run came to an end or a halt, and somebody should look.
struct News;

impl App {
    pub(super) fn apply_to_batch(&mut self, action: BatchAction) {
        match action {
            BatchAction::Start => self.start_batch(),
            BatchAction::Resume(run) => self.resume_batch(run),
            BatchAction::Pause => {
                if let Some(running) = &self.batch.running {
                    running.run.pause();
                }
            }
            BatchAction::Stop => {
                if let Some(running) = &self.batch.running {
                    running.run.stop();
                }
            }
            BatchAction::GoOn => self.with_key(Run::go_on),
            BatchAction::RetryFailed => self.with_key(Run::retry_failed),
            BatchAction::SetAtOnce(at_once) => {
                self.batch.at_once = at_once.clamp(1, MOST_AT_ONCE);
                if let Some(running) = &self.batch.running {
                    running.run.set_at_once(self.batch.at_once);
                }
            }
            BatchAction::Close => {
                if !self.batch.is_under_way() {
                    self.put_run_away();
                }
            }
            BatchAction::NotNow => self.batch.offer = None,
            BatchAction::DismissProblem => self.batch.problem = None,
            BatchAction::Leave => {
                self.question = None;
                self.batch.may_leave = Leaving::Agreed;
                self.outbox.close = Some(());
            }
        }
    }

    /// Asks the history for runs that were cut off.
    pub(super) fn look_for_unfinished(&mut self) {
        let history = self.past.kept.clone();
        self.batch.unfinished.start(&self.spawner, async move { history.unfinished().await });
    }

    /// Takes in what happened to the run.
    pub(super) fn poll_batch(&mut self) {
        if let Some(answer) = self.batch.begin.take() {
            match answer {
                Ok(Ok(begun)) => self.batch_begun(begun),
                Ok(Err(error)) => self.batch.problem = Some(error.to_string()),
                Err(broken) => self.batch.problem = Some(broken.to_string()),
            }
        }
        if let Some(Ok(Ok(entries))) = self.batch.unfinished.take() {
            let is_cut_off = |entry: &Entry| entry.standing == entry::Standing::CutOff && entry.can_resume();
            self.batch.offer =
                entries.into_iter().find(|entry| is_cut_off(entry) && entry.header.kind == RunKind::Batch);
        }
        if self.batch.take_in().is_some() {
            self.outbox.attention = Some(());
        }
    }

    fn start_batch(&mut self) {
        if self.batch.is_under_way() {
            return;
        }
        let Some(list) = self.list.ready() else { return };
        let corrections = self.list.shown().map(|shown| Arc::clone(&shown.revision.corrections));
        let corrections = corrections.filter(|corrections| !corrections.is_empty());
        let Some(profile) = self.active_profile().cloned() else { return };
        self.note_use(&profile.id);
        let parameters = self.search.parameters.clone();
        let header = RunHeader::of(RunKind::Batch, &profile, Timestamp::now());
        let header = RunHeader { parameters, source: list.source, count: list.skus.len(), ..header };
        let history = self.past.kept.clone();
        let limits = Limits { at_once: self.batch.at_once, a_second: None };
        self.ready_for_run();
        self.batch.begin.start(&self.spawner, async move {
            let journal = history.begin_run(header.clone(), Arc::clone(&list.skus)).await?;
            let rows = Rows::new(list.skus.len());
            let plan = Plan { header, skus: list.skus, limits, ask: Ask::Open, repeats: Repeats::AskEach };
            Ok(Begun { journal, plan, rows, corrections })
        });
    }

    fn resume_batch(&mut self, run: RunId) {
        self.batch.offer = None;
        if self.batch.is_under_way() {
            self.batch.problem =
                Some("Another run is under way. Stop it or let it finish, then resume this one.".into());
            return;
        }
        let limits = Limits { at_once: self.batch.at_once, a_second: None };
        let history = self.past.kept.clone();
        self.ready_for_run();
        self.batch.begin.start(&self.spawner, async move { resumed(&history, run, limits).await });
    }

    fn ready_for_run(&mut self) {
        self.put_run_away();
        self.batch.problem = None;
        self.done = None;
        (self.tab, self.prices_mode) = (Tab::Prices, PricesMode::Batch);
    }

    /// Puts an ended run away that stands before a new list, unless its answers would be lost with it.
    pub(super) fn make_room_for_list(&mut self) {
        let is_kept = self.batch.running.as_ref().is_some_and(|running| running.kept == Kept::OnDisk);
        if is_kept && !self.batch.is_under_way() {
            self.put_run_away();
        }
    }

    /// Whether a list was read since the run that is shown began, and waits behind it.
    pub fn has_list_behind_run(&self) -> bool {
        self.batch.running.as_ref().is_some_and(|running| running.list != self.list.number())
    }

    /// Drops a run where no frame waits for it: a million answers take their time.
    fn put_run_away(&mut self) {
        if let Some(running) = self.batch.running.take() {
            self.spawner.runtime().spawn_blocking(move || drop(running));
        }
    }

    fn batch_begun(&mut self, begun: Begun) {
        let Begun { journal, plan, rows, corrections } = begun;
        let opener = match self.opener(&plan.header) {
            Ok(opener) => opener,
            Err(problem) => {
                self.batch.problem = Some(problem);
                return;
            }
        };
        let (id, kept) = (journal.id(), journal.kept().clone());
        let wake = self.spawner.clone();
        let run = Run::start(
            self.spawner.runtime().clone(),
            self.explorer.clone(),
            opener,
            plan,
            Arc::new(journal),
            rows.clone(),
            Arc::new(move || wake.wake()),
        );
        let (told, list) = (Told::NotYet, self.list.number());
        self.batch.running = Some(Running { run, id, kept, rows, corrections, told, list });
    }

    /// Does what needs the run's key, which may have changed since.
    fn with_key(&mut self, act: impl FnOnce(&Run, Opener)) {
        let Some(running) = &self.batch.running else { return };
        match self.opener(running.run.header()) {
            Ok(opener) => {
                act(&running.run, opener);
                self.batch.problem = None;
            }
            Err(problem) => self.batch.problem = Some(problem),
        }
    }

    /// What opens the key of a run, as it is now; or why it cannot be used.
    pub(super) fn opener(&self, header: &RunHeader) -> Result<Opener, String> {
        let name = &header.profile_name;
        let Some(profile) = self.settings.profile(&header.profile).cloned() else {
            return Err(format!(
                "The key “{name}” of this run is not there any more. Start a new run with another key."
            ));
        };
        if let Some(difference) = header.differs_from(&profile) {
            return Err(format!(
                "“{name}” {difference} now than when this run began, so its answers would not go together. Start a new run."
            ));
        }
        let (explorer, secret) = (self.explorer.clone(), self.secret_at(&profile));
        Ok(Arc::new(move || {
            let (explorer, profile, secret) = (explorer.clone(), profile.clone(), secret.clone());
            async move { explorer.open(&profile, &secret).await }.boxed()
        }))
    }

    /// Whether closing the window now has to be talked about.
    pub fn asks_before_closing(&self) -> bool {
        self.batch.may_leave == Leaving::Ask && self.batch.is_under_way()
    }

    /// Asks whether to close although a run is under way.
    pub(crate) fn ask_before_closing(&mut self) {
        self.question = Some(Question::Leave);
    }

    /// The profile of the run, where another is chosen.
    pub fn is_other_key(&self, id: &ProfileId) -> bool {
        self.active.as_ref() != Some(id)
    }
}

async fn resumed(history: &History, run: RunId, limits: Limits) -> Result<Begun, HistoryError> {
    let (loaded, journal) = history.resume_run(run).await?;
    // What failed stays as it is until it is asked to be retried.
    let plan = Plan { header: loaded.header, skus: loaded.skus, limits, ask: Ask::Open, repeats: Repeats::AskEach };
    Ok(Begun { journal, plan, rows: loaded.rows, corrections: None })
}

/// A run's standing in a few words, such as for the status bar.
pub fn standing_words(progress: &Progress) -> &'static str {
    match &progress.standing {
        Standing::Running if progress.hold.is_some() => "waits, as the server asks",
        Standing::Running => "running",
        Standing::Paused(None) if progress.under_way > 0 => "pausing",
        Standing::Paused(None) => "paused",
        Standing::Paused(Some(halt)) => match halt.cause {
            HaltCause::Key => "paused: the key does not work",
            HaltCause::Connection => "paused: the API cannot be reached",
            HaltCause::TooFast => "paused: the server asks to slow down",
            HaltCause::Journal => "paused: answers cannot be kept",
            HaltCause::Broken => "paused by a fault of the program",
        },
        Standing::Stopping => "stopping",
        Standing::Ended(RunState::Finished, _) => "finished",
        Standing::Ended(..) => "stopped",
    }
}
