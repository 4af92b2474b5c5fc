//! The window's part of a run over a list: its start, its state, and what can be done with it.
//!
//! Owns the one run that the window has. It keeps the key that it was started with, whichever is chosen meanwhile, and opens it
//! anew whenever it goes on. Whatever asks, waits or reads is the run's own or a task's.

use std::sync::Arc;

use compact_str::CompactString;
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
use crate::lists::{Corrections, Origins};
use crate::origin;
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
    /// Begin a new run of what a run leaves open that cannot go on itself, with its key as it is now, or with the chosen one.
    StartOpen,
    /// Take up a run of the history that was cut off or stopped.
    Resume(RunId),
    /// Do not offer the run that was cut off any more.
    NotNow,
    DismissProblem,
    /// Close the window although a run is under way.
    Leave,
}

/// How the source of a list ends that is what an earlier run of it left open.
const OPEN_ONLY: &str = ", what was still open";

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
    /// What the run leaves open that the problem is about.
    left_over: Option<LeftOver>,
    /// Whether the window may close although a run is under way.
    pub(crate) may_leave: Leaving,
}

/// What the end of the program would cut off.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CutOff {
    Batch,
    /// One that is not kept on disk.
    UnkeptBatch,
    Comparison,
    Export,
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

/// What a new run can be made of after one that cannot go on.
struct LeftOver {
    header: RunHeader,
    skus: Arc<[CompactString]>,
    rows: Rows,
}

impl LeftOver {
    fn open(&self) -> usize {
        self.rows.len().saturating_sub(self.rows.counts().all())
    }
}

/// What goes on when a run of this key has to be paused for a change of the key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Paused {
    Nothing,
    /// The batch or a comparison was running.
    Running,
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
            left_over: None,
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

    /// How many SKUs are open of a run that cannot go on, where a new one can be made of them.
    pub fn left_over(&self) -> Option<usize> {
        self.left_over.as_ref().map(LeftOver::open).filter(|open| *open > 0 && !self.is_beginning())
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
            BatchAction::DismissProblem => (self.batch.problem, self.batch.left_over) = (None, None),
            BatchAction::StartOpen => self.start_open(),
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
            let begun = begun(&history, header, list.skus, list.origins, limits).await?;
            Ok(Begun { corrections, ..begun })
        });
    }

    fn start_open(&mut self) {
        let Some(left) = self.batch.left_over.take().filter(|left| left.open() > 0) else { return };
        let of_run = self.settings.profile(&left.header.profile);
        let Some(profile) = of_run.or(self.active_profile()).cloned() else { return };
        self.note_use(&profile.id);
        let LeftOver { header: before, skus, rows } = left;
        let header = RunHeader::of(RunKind::Batch, &profile, Timestamp::now());
        let source = match before.source.strip_suffix(OPEN_ONLY) {
            Some(source) => source,
            None => &before.source,
        };
        let header = RunHeader { parameters: before.parameters, source: format!("{source}{OPEN_ONLY}"), ..header };
        let history = self.past.kept.clone();
        let limits = Limits { at_once: self.batch.at_once(), a_second: None };
        let running = self.batch.running.take();
        self.ready_for_run();
        let runtime = self.spawner.runtime().clone();
        self.batch.begin.start(&self.spawner, async move {
            if let Some(running) = running {
                let Running { run, rows, .. } = running;
                run.end().await;
                runtime.spawn_blocking(move || drop(rows));
            }
            let open = runtime.spawn_blocking(move || {
                let origins = rows.origins().map(|origins| Arc::new(origins.at(rows.open())));
                (rows.open().filter_map(|place| skus.get(place).cloned()).collect::<Arc<[CompactString]>>(), origins)
            });
            let (skus, origins) = open.await.map_err(|_panic| HistoryError::Broken)?;
            let header = RunHeader { count: skus.len(), ..header };
            begun(&history, header, skus, origins, limits).await
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
        (self.batch.problem, self.batch.left_over) = (None, None);
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
        let Begun { journal, mut plan, rows, corrections } = begun;
        if self.settings.profile(&plan.header.profile).is_none() && origin::was_sandbox(&plan.header) {
            let Some(sandbox) = self.sandbox_profile() else {
                drop(journal);
                self.batch.problem = Some(
                    "This run is of the sandbox, which is not running. Start the sandbox, then resume the run.".into(),
                );
                // It can be taken up as soon as the sandbox runs.
                return self.look_for_unfinished();
            };
            // It has another key and another port in each run of the program, and the same prices.
            let now = RunHeader::of(plan.header.kind, sandbox, plan.header.started);
            let RunHeader { profile, profile_name, api_url, token_url, client_id, .. } = now;
            plan.header = RunHeader { profile, profile_name, api_url, token_url, client_id, ..plan.header };
        }
        let opener = match self.opener(&plan.header) {
            Ok(opener) => opener,
            Err(problem) => {
                let Plan { header, skus, .. } = plan;
                self.batch.left_over = Some(LeftOver { header, skus, rows });
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
                (self.batch.problem, self.batch.left_over) = (None, None);
            }
            Err(problem) => {
                let run = &running.run;
                let (header, skus) = (run.header().clone(), Arc::clone(run.skus()));
                self.batch.left_over = Some(LeftOver { header, skus, rows: run.snapshot() });
                self.batch.problem = Some(problem);
            }
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
                "“{name}” {difference} now than when this run began, so its answers would not go together. Change that back, \
                 or start a new run."
            ));
        }
        let (explorer, secret) = (self.explorer.clone(), self.secret_at(&profile));
        Ok(Arc::new(move || {
            let (explorer, profile, secret) = (explorer.clone(), profile.clone(), secret.clone());
            async move { explorer.open(&profile, &secret).await }.boxed()
        }))
    }

    /// Pauses what runs with a key that is about to be changed, so that nobody asks with the old one any more.
    pub(super) fn pause_runs_of(&mut self, id: &ProfileId) -> Paused {
        let mut paused = Paused::Nothing;
        let batch = self.batch.running.as_ref().map(|running| &running.run);
        for run in batch.into_iter().chain(self.compare.runs()) {
            let is_running = run.progress(Instant::now()).standing == Standing::Running;
            if run.header().profile == *id && is_running {
                run.pause();
                paused = Paused::Running;
            }
        }
        paused
    }

    /// Goes on with what was paused so, if it can with the key as it is now; else it says why not.
    pub(super) fn go_on_after(&mut self, paused: Paused, id: &ProfileId) {
        if paused == Paused::Nothing {
            return;
        }
        let is_paused = |running: &Running| {
            running.run.header().profile == *id
                && matches!(running.run.progress(Instant::now()).standing, Standing::Paused(None))
        };
        if self.batch.running.as_ref().is_some_and(is_paused) {
            self.with_key(Run::go_on);
        }
        self.go_on_comparing();
    }

    /// Whether closing the window now has to be talked about.
    pub fn asks_before_closing(&self) -> bool {
        self.batch.may_leave == Leaving::Ask && self.what_would_be_cut_off().is_some()
    }

    /// What closing the window would cut off.
    pub fn what_would_be_cut_off(&self) -> Option<CutOff> {
        if self.batch.is_under_way() {
            let is_kept = self.batch.running().is_none_or(|running| running.kept == Kept::OnDisk);
            Some(if is_kept { CutOff::Batch } else { CutOff::UnkeptBatch })
        } else if self.save.is_saving() {
            Some(CutOff::Export)
        } else if self.compare.is_busy() {
            Some(CutOff::Comparison)
        } else {
            None
        }
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

async fn begun(
    history: &History,
    header: RunHeader,
    skus: Arc<[CompactString]>,
    origins: Option<Arc<Origins>>,
    limits: Limits,
) -> Result<Begun, HistoryError> {
    let journal = history.begin_run_from(header.clone(), Arc::clone(&skus), origins.clone()).await?;
    let rows = Rows::new(skus.len()).with_origins(origins);
    let plan = Plan { header, skus, limits, ask: Ask::Open, repeats: Repeats::AskEach };
    Ok(Begun { journal, plan, rows, corrections: None })
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
