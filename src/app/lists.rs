//! The window's part of the list of SKUs that a run is to be made of: where it comes from, its column, and what is wrong with it.
//!
//! Owns the list that is shown and the plan that it was made by. Files are read and lists are revised in a task, and what is
//! shown stays until that is done, whatever comes of it. Each change is made to the plan that was last asked for.

use std::num::NonZeroUsize;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use super::{Action, App, PricesMode};
use crate::activity::{EventOutcome, Kind as EventKind};
use crate::lists::damage::Kind;
use crate::lists::headings::Header;
use crate::lists::preflight::{Pace, Preflight, TokenLife};
use crate::lists::revision::Repeats;
use crate::lists::{
    Delimiter, Edit, ListError, Reading, Revision, SkuList, Source, TextEncoding, Watch, Wish, read, revise,
};
use crate::task::Task;

/// How the names of lists end.
const LISTS: &[&str] = &["csv", "tsv", "tab", "txt", "list", "xlsx", "xlsm", "xls", "ods"];

/// What a view can ask for here.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ListAction {
    /// Ask for a file in the system's dialog.
    ChooseFile,
    /// Read the file at this path, as it was typed.
    OpenPath(PathBuf),
    /// Read the first of the files that were dropped.
    OpenDropped(Vec<PathBuf>),
    Paste(String),
    /// By its place in the table.
    ChooseColumn(usize),
    /// By its place in the workbook.
    ChooseSheet(usize),
    SetHeader(Header),
    SetDelimiter(Delimiter),
    SetEncoding(TextEncoding),
    /// Take the proposal of a kind.
    Apply(Kind),
    /// Take every proposal that is shown.
    ApplyAll,
    /// Leave the SKUs of a kind as they are, and say no more of it.
    LeaveAsIs(Kind),
    /// Take the last of these three back.
    Undo,
    Repeats(Repeats),
    /// Put the list away.
    Clear,
    CancelReading,
    DismissProblem,
}

/// One thing that the user decided about proposals.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Step {
    Took(Vec<Kind>),
    Left(Kind),
}

/// How a list is made from its source.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
struct Plan {
    wish: Wish,
    steps: Vec<Step>,
    repeats: Repeats,
}

impl Plan {
    fn edits(&self) -> Vec<Edit> {
        let taken = self.steps.iter().filter_map(|step| match step {
            Step::Took(kinds) => Some(Edit(kinds.clone())),
            Step::Left(_) => None,
        });
        taken.collect()
    }

    fn is_left(&self, kind: Kind) -> bool {
        self.steps.contains(&Step::Left(kind))
    }
}

/// A list that was read, and what it came to. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Opened {
    pub source: Source,
    plan: Plan,
    pub reading: Arc<Reading>,
    pub revision: Arc<Revision>,
}

impl Opened {
    /// What is suspected and not yet settled, with its places.
    pub fn proposals(&self) -> impl Iterator<Item = &crate::lists::damage::Found> {
        self.revision.found.iter().filter(|found| !self.plan.is_left(found.kind))
    }

    /// What was decided, in order.
    pub fn steps(&self) -> &[Step] {
        &self.plan.steps
    }

    pub fn repeats(&self) -> Repeats {
        self.plan.repeats
    }
}

/// What is under way.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
enum Doing {
    #[default]
    Nothing,
    /// The system's dialog is open, or a file is being read.
    Opening,
    /// The shown list is being read or revised anew.
    Changing,
}

/// The list of SKUs, and what is under way with it.
#[derive(Default)]
pub struct Lists {
    task: Task<Option<Result<Opened, ListError>>>,
    watch: Watch,
    doing: Doing,
    /// The plan of the work under way.
    wanted: Option<Plan>,
    shown: Option<Opened>,
    /// Why the last thing that was asked for did not happen.
    problem: Option<String>,
    /// Nothing came of the system's dialog: it was cancelled, or there is none on this system. The two look alike from here.
    no_file: bool,
    /// What was left undone of what was asked for, such as further files.
    aside: Option<String>,
    /// Counts up with every new list, so that views know one from the next.
    number: u64,
}

impl Lists {
    /// The list that is shown.
    pub fn shown(&self) -> Option<&Opened> {
        self.shown.as_ref()
    }

    /// Counts up with every new list.
    pub fn number(&self) -> u64 {
        self.number
    }

    pub fn problem(&self) -> Option<&str> {
        self.problem.as_deref()
    }

    /// Whether the system's dialog ended without a file.
    pub fn has_no_file(&self) -> bool {
        self.no_file
    }

    /// What was left undone of what was asked for.
    pub fn aside(&self) -> Option<&str> {
        self.aside.as_deref()
    }

    /// Whether a file is being chosen or read, or the list is being made anew.
    pub fn is_busy(&self) -> bool {
        self.task.is_running()
    }

    /// Whether another list is on its way.
    pub fn is_opening(&self) -> bool {
        self.is_busy() && self.doing == Doing::Opening
    }

    /// How far the reading is, from 0 to 1, where it is known.
    pub fn part(&self) -> Option<f32> {
        self.watch.part().filter(|_| self.is_busy())
    }

    /// What a run can be started with.
    pub fn ready(&self) -> Option<SkuList> {
        self.why_not_ready().is_none().then(|| self.shown.as_ref().map(|shown| shown.revision.list.clone()))?
    }

    /// Why no run can be started.
    pub fn why_not_ready(&self) -> Option<&'static str> {
        match &self.shown {
            _ if self.is_busy() => Some("The list is still being read."),
            None => Some("Open or paste a list first."),
            Some(shown) if shown.revision.list.skus.is_empty() => Some("No SKU is left in the list."),
            Some(_) => None,
        }
    }

    /// Takes in a list that was read.
    fn poll(&mut self) {
        let Some(answer) = self.task.take() else { return };
        let doing = std::mem::take(&mut self.doing);
        self.wanted = None;
        match answer {
            Ok(Some(Ok(opened))) => {
                self.number += u64::from(doing == Doing::Opening);
                self.shown = Some(opened);
                (self.problem, self.no_file) = (None, false);
            }
            Ok(None) => self.no_file = true,
            Ok(Some(Err(ListError::Cancelled))) => {}
            Ok(Some(Err(error))) => self.problem = Some(error.to_string()),
            Err(broken) => self.problem = Some(broken.to_string()),
        }
    }

    fn cancel(&mut self) {
        self.no_file = false;
        self.watch.stop();
        self.task.cancel();
        self.doing = Doing::Nothing;
        self.wanted = None;
    }

    /// The plan to change: the one under way, or the one that is shown; nothing while another list is on its way.
    fn plan(&self) -> Option<Plan> {
        if self.is_opening() {
            return None;
        }
        self.wanted.clone().or_else(|| Some(self.shown.as_ref()?.plan.clone()))
    }
}

impl App {
    /// Takes in a list that was read. An ended run makes room for it, where the history has its answers.
    pub(super) fn poll_list(&mut self) {
        let before = self.list.number;
        self.list.poll();
        if self.list.number != before {
            // What was said of an earlier list is no news over this one.
            self.batch.problem = None;
            self.make_room_for_list();
        }
    }

    pub(super) fn apply_to_list(&mut self, action: ListAction) {
        match action {
            ListAction::ChooseFile => self.choose_list(),
            ListAction::OpenPath(path) => self.open_list(path),
            ListAction::OpenDropped(paths) => self.open_dropped(paths),
            ListAction::Paste(text) => self.paste_list(text),
            ListAction::ChooseColumn(column) => self.reread(|plan| {
                plan.wish.column = Some(column);
                plan.steps.clear();
            }),
            ListAction::ChooseSheet(sheet) => self.reread(|plan| {
                *plan = Plan { wish: Wish { sheet: Some(sheet), ..Wish::default() }, ..Plan::default() };
            }),
            // The proposals that were taken so far were about another reading, perhaps of another column.
            ListAction::SetHeader(header) => self.reread(|plan| {
                plan.wish.header = Some(header);
                plan.steps.clear();
            }),
            ListAction::SetDelimiter(delimiter) => self.reread(|plan| {
                plan.wish.delimiter = Some(delimiter);
                (plan.wish.column, plan.wish.header) = (None, None);
                plan.steps.clear();
            }),
            ListAction::SetEncoding(encoding) => self.reread(|plan| {
                plan.wish.encoding = Some(encoding);
                plan.steps.clear();
            }),
            // What is on screen is not what a change under way will leave, and only what was seen can be agreed to (P1).
            ListAction::Apply(_) | ListAction::ApplyAll if self.list.is_busy() => {}
            ListAction::Apply(kind) => self.change(|plan| plan.steps.push(Step::Took(vec![kind]))),
            ListAction::ApplyAll => {
                let can_mend = |kind: &Kind| kind.remedy().is_some();
                let Some(shown) = self.list.shown() else { return };
                let kinds: Vec<_> = shown.proposals().map(|found| found.kind).filter(can_mend).collect();
                self.change(|plan| plan.steps.push(Step::Took(kinds)));
            }
            ListAction::LeaveAsIs(kind) => self.change(|plan| plan.steps.push(Step::Left(kind))),
            ListAction::Undo => self.change(|plan| _ = plan.steps.pop()),
            ListAction::Repeats(repeats) => self.change(|plan| plan.repeats = repeats),
            ListAction::Clear => {
                self.list.cancel();
                self.list.shown = None;
                (self.list.problem, self.list.aside) = (None, None);
            }
            ListAction::CancelReading => self.list.cancel(),
            ListAction::DismissProblem => {
                (self.list.problem, self.list.no_file, self.list.aside) = (None, false, None);
            }
        }
    }

    /// Takes the list of another part, such as one from history, as if it had been pasted.
    fn paste_list(&mut self, text: String) {
        self.read_list(std::future::ready(Some(())), move |_, ()| Ok(Source::pasted(text)));
    }

    fn choose_list(&mut self) {
        // The dialog is made here, on the main thread, as macOS wants it, and awaited in the task.
        let dialog = rfd::AsyncFileDialog::new()
            .set_title("Open a list of SKUs")
            .add_filter("Lists (CSV, TSV, text, spreadsheets)", LISTS)
            .add_filter("All files", &["*"])
            .pick_file();
        let path = async move { Some(dialog.await?.path().to_path_buf()) };
        self.read_list(path, |watch, path| Source::open(&path, watch));
    }

    /// One list at a time; what becomes of the other files is said.
    fn open_dropped(&mut self, paths: Vec<PathBuf>) {
        let count = paths.len();
        let Some(first) = paths.into_iter().next() else { return };
        let name = first.file_name().unwrap_or(first.as_os_str()).to_string_lossy().into_owned();
        self.open_list(first);
        if count > 1 && self.list.is_opening() {
            self.list.aside = Some(format!(
                "{count} files were dropped. Only “{}” was opened, since one list is looked up at a time.",
                crate::prices::shown::one_line(&name)
            ));
        }
    }

    fn open_list(&mut self, path: PathBuf) {
        self.read_list(std::future::ready(Some(path)), |watch, path| Source::open(&path, watch));
    }

    /// Opens another list. The one that is shown stays until the other one is there.
    fn read_list<T: Send + 'static>(
        &mut self,
        from: impl Future<Output = Option<T>> + Send + 'static,
        open: impl FnOnce(&Watch, T) -> Result<Source, ListError> + Send + 'static,
    ) {
        // A list can be compared as well as looked up; then it stays there.
        if self.prices_mode != PricesMode::Compare || self.batch.is_under_way() {
            self.apply(Action::ShowPrices(PricesMode::Batch));
        }
        if self.batch.is_under_way() {
            let problem =
                "A batch is under way, so no other list was opened. Stop it or let it finish, then open the list.";
            self.batch.problem = Some(problem.to_owned());
            return;
        }
        self.list.cancel();
        let watch = Watch::default();
        self.list.watch = watch.clone();
        self.list.doing = Doing::Opening;
        (self.list.problem, self.list.aside) = (None, None);
        let runtime = self.spawner.runtime().clone();
        self.list.task.start(&self.spawner, async move {
            let _guard = watch.guard();
            let from = from.await?;
            let inside = watch.clone();
            let work = runtime.spawn_blocking(move || make(open(&inside, from)?, Plan::default(), &inside));
            Some(work.await.unwrap_or_else(|panicked| std::panic::resume_unwind(panicked.into_panic())))
        });
    }

    /// Reads the shown list anew, by another plan.
    fn reread(&mut self, change: impl FnOnce(&mut Plan)) {
        self.work_on_list(change, |opened, plan, watch| make(opened.source, plan, watch));
    }

    /// Revises the shown list anew, by another plan.
    fn change(&mut self, change: impl FnOnce(&mut Plan)) {
        self.work_on_list(change, |opened, plan, watch| {
            // What is under way may have asked for another reading as well.
            if plan.wish == opened.plan.wish {
                made(opened.source, opened.reading, plan, watch)
            } else {
                make(opened.source, plan, watch)
            }
        });
    }

    fn work_on_list(
        &mut self,
        change: impl FnOnce(&mut Plan),
        work: impl FnOnce(Opened, Plan, &Watch) -> Result<Opened, ListError> + Send + 'static,
    ) {
        let (Some(mut plan), Some(opened)) = (self.list.plan(), self.list.shown.clone()) else { return };
        change(&mut plan);
        self.list.cancel();
        let watch = Watch::default();
        self.list.watch = watch.clone();
        self.list.doing = Doing::Changing;
        self.list.wanted = Some(plan.clone());
        self.list.problem = None;
        let runtime = self.spawner.runtime().clone();
        self.list.task.start(&self.spawner, async move {
            let _guard = watch.guard();
            let inside = watch.clone();
            let work = runtime.spawn_blocking(move || work(opened, plan, &inside));
            Some(work.await.unwrap_or_else(|panicked| std::panic::resume_unwind(panicked.into_panic())))
        });
    }

    /// What a run over `count` SKUs will take, by what was measured with the active profile.
    pub fn preflight(&self, count: usize, concurrency: NonZeroUsize) -> Preflight {
        let token = self.status().and_then(|status| {
            let token = status.token?;
            Some(TokenLife { left: status.left, lifetime: token.lifetime(), soft_lead: token.soft_lead() })
        });
        Preflight::of(count, Pace { median: self.usual_time(), concurrency }, token)
    }

    /// The median of the active profile's recent lookups.
    fn usual_time(&self) -> Option<Duration> {
        /// So many events back it is looked for, and so many lookups say enough.
        const EVENTS: u64 = 256;
        const ENOUGH: usize = 31;
        let id = self.active.as_ref()?.to_string();
        let events = self.activity().snapshot();
        let numbers = events.numbers();
        let from = numbers.start.max(numbers.end.saturating_sub(EVENTS));
        let recent = (from..numbers.end).rev().filter_map(|number| events.get(number));
        let answered = recent.filter(|event| {
            event.kind == EventKind::Price
                && matches!(event.outcome, EventOutcome::Answered(_))
                && event.profile.as_ref().is_some_and(|profile| *profile.id == *id)
        });
        let mut times: Vec<_> = answered.map(|event| event.took).take(ENOUGH).collect();
        let middle = times.len().checked_sub(1)? / 2;
        Some(*times.select_nth_unstable(middle).1)
    }
}

/// Reads and revises. Takes long for a long list.
fn make(source: Source, plan: Plan, watch: &Watch) -> Result<Opened, ListError> {
    let reading = Arc::new(read(&source, &plan.wish, watch)?);
    made(source, reading, plan, watch)
}

fn made(source: Source, reading: Arc<Reading>, plan: Plan, watch: &Watch) -> Result<Opened, ListError> {
    let revision = revise(&reading.items, &reading.source, &plan.edits(), plan.repeats, watch)?;
    Ok(Opened { source, plan, reading, revision: Arc::new(revision) })
}
