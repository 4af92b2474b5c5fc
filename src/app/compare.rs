//! The window's part of two runs side by side: what is asked or taken from the history, how far it is, and what came of it.
//!
//! Each side that is asked is a run of its own, under its own key and session, so that no token goes to the other side's hosts (H3, T19),
//! and is kept in the history like any other. The comparison itself is made in a task.

use std::sync::Arc;

use compact_str::CompactString;
use futures_util::FutureExt;
use jiff::Timestamp;
use tokio::time::Instant;

use super::App;
use crate::batch::{
    Ask, Halt, Limits, Plan, Progress, Repeats, Rows, Run, RunHeader, RunId, RunKind, RunState, Standing,
};
use crate::compare::{AsOf, Comparison, Side, as_of, compare};
use crate::history::{Entry, History, LoadedRun, RunJournal, Search, Which};
use crate::keys::{Profile, ProfileId};
use crate::lists::SkuList;
use crate::prices::Body;
use crate::task::{Broken, Task};

/// So many earlier runs are offered.
const MOST_EARLIER: usize = 50;

/// What a view can ask for here.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum CompareAction {
    Start(Box<[Wanted; 2]>),
    /// End both runs, and compare what is there.
    Stop,
    /// Go on after a halt, with the keys as they are now.
    GoOn,
    /// List the runs of the history that can be a side.
    ListEarlier,
    /// Fetch the bodies of a row's two answers.
    FetchBodies([Option<(RunId, usize)>; 2]),
    DismissProblem,
}

/// One side as it was chosen.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Wanted {
    /// Look the list up now, under this key, as of this moment.
    Ask(ProfileId, AsOf),
    /// A run of the history.
    Earlier(RunId),
}

/// All that a comparison is made of, so that it can be told whether the choices have changed since.
#[derive(Debug, Clone)]
pub struct Chosen {
    sides: [Wanted; 2],
    /// As they go with both sides.
    parameters: Vec<(String, String)>,
    /// The list that is asked, where one is.
    skus: Option<Arc<[CompactString]>>,
}

impl Chosen {
    pub fn new(sides: [Wanted; 2], parameters: &[(String, String)], list: Option<SkuList>) -> Self {
        let asks = |side: &Wanted| matches!(side, Wanted::Ask(..));
        let parameters = if sides.iter().any(asks) { shared(parameters) } else { Vec::new() };
        // Against an earlier run that run's list is asked, whichever is open.
        let skus = list.filter(|_| sides.iter().all(asks)).map(|list| list.skus);
        Self { sides, parameters, skus }
    }

    /// Whether the same would be compared. Quick: a list is known by where it lies, not by what is in it.
    pub fn is_like(&self, other: &Self) -> bool {
        let is_same_list = match (&self.skus, &other.skus) {
            (Some(one), Some(other)) => Arc::ptr_eq(one, other),
            (None, None) => true,
            _ => false,
        };
        self.sides == other.sides && self.parameters == other.parameters && is_same_list
    }
}

/// The parameters that go with both sides: all but a moment, since each side's field says that.
pub fn shared(parameters: &[(String, String)]) -> Vec<(String, String)> {
    parameters.iter().filter(|(name, _)| !as_of::is_parameter(name)).cloned().collect()
}

/// The comparison of the window, and the way to one.
#[derive(Default)]
pub struct Compare {
    begin: Task<Result<[Begun; 2], String>>,
    sides: Option<[Running; 2]>,
    work: Task<(Comparison, [RunId; 2])>,
    /// What came of the last one; it stays until the next is ready.
    pub shown: Option<Shown>,
    /// What the one under way is made of.
    started: Option<Chosen>,
    /// What the one that is shown is made of.
    pub chosen: Option<Chosen>,
    number: u64,
    /// Why there is no comparison.
    pub problem: Option<String>,
    list: Task<Vec<Entry>>,
    /// The runs of the history that can be a side; nothing before they were listed.
    pub earlier: Option<Vec<Entry>>,
    fetch: Task<Bodies>,
    wanted: Option<[Option<(RunId, usize)>; 2]>,
    pub fetched: Option<Bodies>,
}

/// A comparison, and the runs it is of.
pub struct Shown {
    pub comparison: Arc<Comparison>,
    pub ids: [RunId; 2],
    /// Counts up with every comparison, so that views know one from the next.
    pub number: u64,
}

/// The bodies of one row, left and right: the body, or why there is none.
pub struct Bodies {
    pub of: [Option<(RunId, usize)>; 2],
    pub bodies: [Result<Body, String>; 2],
}

enum Begun {
    Asked { journal: RunJournal, plan: Plan },
    Loaded(LoadedRun),
}

enum Running {
    Asked { run: Run, id: RunId },
    Loaded { side: Box<Side>, id: RunId },
}

impl Running {
    fn is_ended(&self) -> bool {
        match self {
            Self::Asked { run, .. } => run.progress(Instant::now()).standing.is_ended(),
            Self::Loaded { .. } => true,
        }
    }

    fn side(&self) -> (Side, RunId) {
        match self {
            Self::Asked { run, id } => {
                (Side { header: run.header().clone(), skus: Arc::clone(run.skus()), rows: run.snapshot() }, *id)
            }
            Self::Loaded { side, id } => ((**side).clone(), *id),
        }
    }
}

/// How far a side is that is being asked.
pub struct SideProgress<'a> {
    pub header: &'a RunHeader,
    pub progress: Progress,
}

impl Compare {
    /// How far the sides are that are being asked.
    pub fn progress(&self) -> Vec<SideProgress<'_>> {
        let sides = self.sides.iter().flatten();
        let asked = sides.filter_map(|side| match side {
            Running::Asked { run, .. } => {
                Some(SideProgress { header: run.header(), progress: run.progress(Instant::now()) })
            }
            Running::Loaded { .. } => None,
        });
        asked.collect()
    }

    /// The runs of the sides that are being asked.
    pub(super) fn runs(&self) -> impl Iterator<Item = &Run> {
        self.sides.iter().flatten().filter_map(|side| match side {
            Running::Asked { run, .. } => Some(run),
            Running::Loaded { .. } => None,
        })
    }

    /// Why a side waits for the user, if one does.
    pub fn halt(&self) -> Option<(String, Halt)> {
        self.progress().into_iter().find_map(|side| match &side.progress.standing {
            Standing::Paused(Some(halt)) => Some((side.header.profile_name.clone(), halt.clone())),
            _ => None,
        })
    }

    /// Whether anything is on the way.
    pub fn is_busy(&self) -> bool {
        self.begin.is_running() || self.sides.is_some() || self.work.is_running()
    }

    /// Whether the sides are being fetched or asked, which can be stopped.
    pub fn is_asking(&self) -> bool {
        self.begin.is_running() || self.sides.is_some()
    }

    /// Whether these bodies are on their way or there.
    pub fn has_asked_for(&self, of: [Option<(RunId, usize)>; 2]) -> bool {
        self.wanted == Some(of)
    }
}

impl App {
    pub(super) fn apply_to_compare(&mut self, action: CompareAction) {
        match action {
            CompareAction::Start(wanted) => self.start_comparison(*wanted),
            CompareAction::Stop => {
                self.compare.begin.cancel();
                for side in self.compare.sides.iter().flatten() {
                    if let Running::Asked { run, .. } = side {
                        run.stop();
                    }
                }
            }
            CompareAction::GoOn => self.go_on_comparing(),
            CompareAction::ListEarlier => {
                let history = self.past.kept.clone();
                self.compare.list.start(&self.spawner, async move {
                    // Asked of the database, so that no number of single lookups since pushes a run out.
                    let lists = Search { which: Which::Lists, ..Search::default() };
                    history.find(lists, MOST_EARLIER).await.map(|found| found.entries).unwrap_or_default()
                });
            }
            CompareAction::FetchBodies(of) => self.fetch_bodies(of),
            CompareAction::DismissProblem => self.compare.problem = None,
        }
    }

    fn start_comparison(&mut self, wanted: [Wanted; 2]) {
        if self.compare.is_busy() {
            return;
        }
        let mut headers = Vec::new();
        for side in &wanted {
            let Wanted::Ask(id, as_of) = side else {
                headers.push(None);
                continue;
            };
            let Some(profile) = self.settings.profile(id).cloned() else {
                self.compare.problem = Some("A key that was chosen is not there any more. Choose another.".into());
                return;
            };
            self.note_use(&profile.id);
            headers.push(Some(header(&profile, &self.search.parameters, as_of)));
        }
        self.compare.problem = None;
        let (history, list) = (self.past.kept.clone(), self.list.ready());
        self.compare.started = Some(Chosen::new(wanted.clone(), &self.search.parameters, list.clone()));
        let limits = Limits { at_once: self.batch.at_once(), a_second: None };
        self.compare.begin.start(&self.spawner, async move {
            let mut loaded = [None, None];
            for (slot, side) in loaded.iter_mut().zip(&wanted) {
                if let Wanted::Earlier(run) = side {
                    *slot = Some(history.load_run(*run).await.map_err(|error| error.to_string())?);
                }
            }
            // Against an earlier run its own list is asked, so that each SKU has a counterpart.
            let earlier = loaded.iter().flatten().next();
            let earlier = earlier.map(|run| SkuList {
                skus: Arc::clone(&run.skus),
                origins: None,
                source: run.header.source.clone(),
            });
            let list = earlier.or(list).ok_or("There is no list yet. Open or paste one first.")?;
            let [left, right] = loaded;
            let mut headers = headers.into_iter();
            let mut next = || headers.next().flatten();
            let left = begun(&history, left, next(), &list, limits).await?;
            let right = begun(&history, right, next(), &list, limits).await?;
            Ok([left, right])
        });
    }

    pub(super) fn go_on_comparing(&mut self) {
        let Some(sides) = &self.compare.sides else { return };
        let mut problem = None;
        for side in sides {
            if let Running::Asked { run, .. } = side
                && matches!(run.progress(Instant::now()).standing, Standing::Paused(_))
            {
                match self.opener(run.header()) {
                    Ok(opener) => run.go_on(opener),
                    Err(why) => problem = Some(why),
                }
            }
        }
        self.compare.problem = problem;
    }

    fn fetch_bodies(&mut self, of: [Option<(RunId, usize)>; 2]) {
        self.compare.wanted = Some(of);
        let history = self.past.kept.clone();
        self.compare.fetch.start(&self.spawner, async move {
            let [left, right] = of;
            let bodies = [body(&history, left).await, body(&history, right).await];
            Bodies { of, bodies }
        });
    }

    pub(super) fn poll_compare(&mut self) {
        if let Some(answer) = self.compare.list.take() {
            self.compare.earlier = Some(answer.unwrap_or_default());
        }
        if let Some(Ok(bodies)) = self.compare.fetch.take() {
            self.compare.fetched = Some(bodies);
        }
        match self.compare.begin.take() {
            None => {}
            Some(Ok(Ok([left, right]))) => {
                let sides = self.run_side(left).and_then(|left| Ok([left, self.run_side(right)?]));
                match sides {
                    Ok(sides) => self.compare.sides = Some(sides),
                    Err(problem) => self.compare.problem = Some(problem),
                }
            }
            Some(Ok(Err(problem))) => self.compare.problem = Some(problem),
            Some(Err(broken)) => self.compare.problem = Some(broken.to_string()),
        }
        let is_ended = self.compare.sides.as_ref().is_some_and(|sides| sides.iter().all(Running::is_ended));
        if is_ended && let Some(sides) = self.compare.sides.take() {
            self.match_sides(&sides);
            // A finished run is let go of where no frame waits.
            self.spawner.runtime().spawn_blocking(move || drop(sides));
        }
        match self.compare.work.take() {
            None => {}
            Some(Ok((comparison, ids))) => {
                self.compare.number += 1;
                let shown = Shown { comparison: Arc::new(comparison), ids, number: self.compare.number };
                let before = self.compare.shown.replace(shown);
                self.compare.chosen = self.compare.started.take();
                self.spawner.runtime().spawn_blocking(move || drop(before));
                // The two runs are in the history now, and can be sides of the next comparison.
                self.apply_to_compare(CompareAction::ListEarlier);
            }
            Some(Err(broken)) => self.compare.problem = Some(Broken::to_string(&broken)),
        }
    }

    fn run_side(&self, begun: Begun) -> Result<Running, String> {
        match begun {
            Begun::Loaded(run) => {
                let side = Side { header: run.header, skus: run.skus, rows: run.rows };
                Ok(Running::Loaded { side: Box::new(side), id: run.id })
            }
            Begun::Asked { journal, plan } => {
                let opener = self.opener(&plan.header)?;
                let (id, rows) = (journal.id(), Rows::new(plan.skus.len()));
                let (runtime, spawner) = (self.spawner.runtime().clone(), self.spawner.clone());
                let changed = Arc::new(move || spawner.wake());
                let run = Run::start(runtime, self.explorer.clone(), opener, plan, Arc::new(journal), rows, changed);
                Ok(Running::Asked { run, id })
            }
        }
    }

    fn match_sides(&mut self, sides: &[Running; 2]) {
        for side in sides {
            if let Running::Asked { run, .. } = side
                && let Standing::Ended(RunState::Stopped, Some(halt)) = run.progress(Instant::now()).standing
            {
                self.compare.problem = Some(format!("{} {}", halt.why, halt.advice));
            }
        }
        let [(left, left_id), (right, right_id)] = [sides[0].side(), sides[1].side()];
        let runtime = self.spawner.runtime().clone();
        self.compare.work.start(&self.spawner, async move {
            let work = runtime.spawn_blocking(move || (compare(left, right), [left_id, right_id]));
            work.map(|done| done.unwrap_or_else(|panicked| std::panic::resume_unwind(panicked.into_panic()))).await
        });
    }
}

async fn begun(
    history: &History,
    loaded: Option<LoadedRun>,
    header: Option<RunHeader>,
    list: &SkuList,
    limits: Limits,
) -> Result<Begun, String> {
    if let Some(run) = loaded {
        return Ok(Begun::Loaded(run));
    }
    let header = header.ok_or("Choose a key for each side.")?;
    let header = RunHeader { source: list.source.clone(), count: list.skus.len(), ..header };
    let journal = history.begin_run(header.clone(), Arc::clone(&list.skus)).await.map_err(|error| error.to_string())?;
    let skus = Arc::clone(&list.skus);
    // The same SKU twice in a list is asked once: two answers at two moments would only be compared with each other.
    let plan = Plan { header, skus, limits, ask: Ask::Open, repeats: Repeats::AskOnce };
    Ok(Begun::Asked { journal, plan })
}

/// The header of a side that is asked; its list is known later.
///
/// The moment is what the side's field says and nothing else: a date among the shared parameters would make of “now” another day.
fn header(profile: &Profile, parameters: &[(String, String)], moment: &AsOf) -> RunHeader {
    let mut parameters = shared(parameters);
    parameters.extend(moment.sent().map(|sent| (as_of::PARAMETER.to_owned(), sent)));
    RunHeader { parameters, ..RunHeader::of(RunKind::Comparison, profile, Timestamp::now()) }
}

async fn body(history: &History, at: Option<(RunId, usize)>) -> Result<Body, String> {
    let (run, place) = at.ok_or("This side was not asked for it.")?;
    match history.body(run, place).await {
        Ok(Some(body)) => Ok(body),
        Ok(None) => Err("No body came, or it is not kept any more.".to_owned()),
        Err(error) => Err(error.to_string()),
    }
}
