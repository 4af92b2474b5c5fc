//! The window's part of what was looked up before: what is listed, what is open, and what was asked to change.
//!
//! Owns the answers of the history as the views see them. Each is asked for in a task, and what is shown stays until the next one is
//! there. The list is asked for again when the history has changed and somebody sees it.

use std::sync::Arc;
use std::time::Duration;

use compact_str::CompactString;
use jiff::tz::TimeZone;
use tokio::time::Instant;

use super::batch::BatchAction;
use super::{Action, App, PricesMode, Question, Shown, Tab};
use crate::batch::{RunHeader, RunId, RunKind};
use crate::history::{AnswerId, Entry, Found, History, HistoryError, Keeping, LoadedRun, OverTime, Search, Size};
use crate::keys::{Profile, ProfileId};
use crate::prices::{Body, Lookup};
use crate::task::{Broken, Spawner, Task};

/// So many entries are listed at first, and so many more at each wish.
const PAGE: usize = 100;
/// A search waits so long for the next letter.
const TYPING: Duration = Duration::from_millis(200);
/// A list that changes by itself is asked for again this long after the last time, at the soonest.
const REFRESH: Duration = Duration::from_secs(1);

/// What a view can ask for here.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum HistoryAction {
    /// List what these words find; all of it without words.
    Search(String),
    /// List more of it.
    More,
    Open(RunId),
    /// Back to the list.
    Close,
    Delete(RunId),
    /// Ask for the rest of a run that was cut off or stopped.
    Resume(RunId),
    /// Draw what this SKU of the open run cost over time.
    ShowOverTime(CompactString),
    HideOverTime,
    /// Fetch the body of an answer.
    FetchBody(AnswerId),
    /// Remove everything, after the question was answered.
    Clear,
    Keep(Keeping),
    /// In megabytes.
    SetLimit(u32),
    DismissProblem,
}

/// The history, and what the window knows of it.
pub struct Past {
    /// The handle for everything else that keeps or asks.
    pub kept: History,
    /// What the list is of.
    pub words: String,
    most: usize,
    find: Task<Result<Listed, HistoryError>>,
    /// The changes of the history that the list knows of; nothing before it was asked for.
    seen: Option<u64>,
    /// When the list was asked for last.
    searched: Option<Instant>,
    /// What is listed; nothing before the first answer.
    pub listed: Option<Listed>,
    open: Task<Result<Opened, HistoryError>>,
    pub opened: Option<Opened>,
    draw: Task<Result<OverTime, HistoryError>>,
    /// What a SKU of the open run cost over time, where that was asked for.
    pub over_time: Option<OverTime>,
    body: Task<Fetched>,
    /// The body that was fetched last.
    fetched: Option<Fetched>,
    fetching: Option<AnswerId>,
    change: Task<Result<&'static str, HistoryError>>,
    /// What went wrong last.
    pub problem: Option<String>,
}

/// The list and what stands around it.
pub struct Listed {
    pub found: Found,
    pub size: Size,
}

/// What is open.
pub enum Opened {
    Run(Arc<LoadedRun>),
    Lookup(Box<OpenedLookup>),
}

/// A lookup of one SKU, with the prices that were recorded of it.
pub struct OpenedLookup {
    pub entry: Entry,
    pub shown: Shown,
    pub over_time: OverTime,
}

/// The body of an answer, or why there is none.
struct Fetched {
    of: AnswerId,
    body: Result<Option<Body>, HistoryError>,
}

impl Past {
    pub(super) fn new(kept: History) -> Self {
        Self {
            kept,
            words: String::new(),
            most: PAGE,
            find: Task::default(),
            seen: None,
            searched: None,
            listed: None,
            open: Task::default(),
            opened: None,
            draw: Task::default(),
            over_time: None,
            body: Task::default(),
            fetched: None,
            fetching: None,
            change: Task::default(),
            problem: None,
        }
    }

    /// The entry that is open, and whether an answer for it is under way.
    pub fn is_opening(&self) -> bool {
        self.open.is_running()
    }

    pub fn is_searching(&self) -> bool {
        self.find.is_running()
    }

    /// Whether a SKU's recorded prices are being read.
    pub fn is_drawing(&self) -> bool {
        self.draw.is_running()
    }

    pub fn is_changing(&self) -> bool {
        self.change.is_running()
    }

    /// Whether this body is on its way.
    pub fn is_fetching(&self, answer: AnswerId) -> bool {
        self.fetching == Some(answer)
    }

    /// The body of this very answer, if it is the one that was fetched last.
    pub fn fetched(&self, answer: AnswerId) -> Option<&Result<Option<Body>, HistoryError>> {
        self.fetched.as_ref().filter(|fetched| fetched.of == answer).map(|fetched| &fetched.body)
    }

    fn search(&mut self, spawner: &Spawner, wait: Duration) {
        self.seen = Some(self.kept.changes());
        self.searched = Some(Instant::now() + wait);
        let (kept, words, most) = (self.kept.clone(), self.words.clone(), self.most);
        self.find.start(spawner, async move {
            tokio::time::sleep(wait).await;
            // Reading the system's time zone may take a file.
            let found = kept.find(Search::read(&words, &TimeZone::system()), most).await?;
            Ok(Listed { found, size: kept.size().await? })
        });
    }

    fn open(&mut self, spawner: &Spawner, run: RunId) {
        let kept = self.kept.clone();
        self.open.start(spawner, async move { open(&kept, run).await });
    }

    fn draw(&mut self, spawner: &Spawner, sku: CompactString) {
        let Some(Opened::Run(run)) = &self.opened else { return };
        let (kept, profile) = (self.kept.clone(), run.header.profile.clone());
        self.draw.start(spawner, async move { over_time(&kept, sku, profile).await });
    }

    /// Lets go of what is open.
    fn close(&mut self) {
        self.open.cancel();
        self.draw.cancel();
        (self.opened, self.over_time) = (None, None);
    }

    fn fetch(&mut self, spawner: &Spawner, of: AnswerId) {
        let kept = self.kept.clone();
        self.fetching = Some(of);
        self.body.start(spawner, async move { Fetched { of, body: kept.body_of(of).await } });
    }

    fn say<T>(&mut self, answer: Result<Result<T, HistoryError>, Broken>) -> Option<T> {
        match answer {
            Ok(Ok(answer)) => return Some(answer),
            Ok(Err(error)) => self.problem = Some(error.to_string()),
            Err(broken) => self.problem = Some(broken.to_string()),
        }
        None
    }
}

async fn open(kept: &History, run: RunId) -> Result<Opened, HistoryError> {
    let entry = kept.entry(run).await?;
    if entry.header.kind != RunKind::Single {
        return Ok(Opened::Run(Arc::new(kept.load_run(run).await?)));
    }
    let (entry, lookup) = kept.lookup(run, 0).await?;
    let over_time = over_time(kept, lookup.sku.as_str().into(), entry.header.profile.clone()).await?;
    // A body can be large, and its tree is made of all of it.
    let shown = tokio::task::spawn_blocking(move || Shown::of(lookup)).await.map_err(|_panic| HistoryError::Broken)?;
    // As the result card tells one body from the next.
    let shown = Shown { number: run.0.unsigned_abs(), ..shown };
    Ok(Opened::Lookup(Box::new(OpenedLookup { entry, shown, over_time })))
}

async fn over_time(kept: &History, sku: CompactString, profile: ProfileId) -> Result<OverTime, HistoryError> {
    let recorded = kept.prices_of(sku.to_string(), profile).await?;
    tokio::task::spawn_blocking(move || OverTime::of(sku, recorded)).await.map_err(|_panic| HistoryError::Broken)
}

/// What the history keeps beside a lookup under a profile.
pub(super) fn header(profile: &Profile, lookup: &Lookup) -> RunHeader {
    let header = RunHeader::of(RunKind::Single, profile, lookup.started);
    RunHeader { parameters: lookup.parameters.clone(), count: 1, ..header }
}

impl App {
    pub(super) fn apply_to_history(&mut self, action: HistoryAction) {
        let spawner = self.spawner.clone();
        let past = &mut self.past;
        match action {
            HistoryAction::Search(words) => {
                past.words = words;
                past.most = PAGE;
                past.search(&spawner, TYPING);
            }
            HistoryAction::More => {
                past.most += PAGE;
                past.search(&spawner, Duration::ZERO);
            }
            HistoryAction::Open(run) => past.open(&spawner, run),
            HistoryAction::Close => past.close(),
            HistoryAction::ShowOverTime(sku) => past.draw(&spawner, sku),
            HistoryAction::HideOverTime => {
                past.draw.cancel();
                past.over_time = None;
            }
            HistoryAction::FetchBody(answer) => past.fetch(&spawner, answer),
            HistoryAction::Delete(run) => {
                past.close();
                let kept = past.kept.clone();
                past.change
                    .start(&spawner, async move { kept.delete_run(run).await.map(|()| "Removed from the history.") });
            }
            HistoryAction::Clear => {
                self.question = None;
                past.close();
                let kept = past.kept.clone();
                past.change.start(&spawner, async move {
                    Ok(match kept.clear().await? {
                        0 => "History cleared.",
                        _ => "History cleared, but for what is under way.",
                    })
                });
            }
            HistoryAction::Keep(keeping) => {
                let before = std::mem::replace(&mut self.settings.history.keep, keeping);
                past.kept.set_keeping(keeping);
                let has_some = past.listed.as_ref().is_some_and(|listed| listed.size.entries > 0);
                if before == Keeping::OnDisk && keeping == Keeping::ThisRun && has_some {
                    self.question = Some(Question::ClearHistory);
                }
                self.save_settings();
            }
            HistoryAction::SetLimit(limit_mb) => {
                self.settings.history.limit_mb = limit_mb;
                past.kept.set_limit(self.settings.history.limit());
                self.save_settings();
            }
            HistoryAction::Resume(run) => self.resume_from_history(run),
            HistoryAction::DismissProblem => past.problem = None,
        }
    }

    pub(super) fn poll_history(&mut self) {
        let past = &mut self.past;
        if let Some(news) = past.kept.news() {
            past.problem = Some(news.to_string());
            self.notice = Some(news.to_string());
        }
        if let Some(answer) = past.change.take()
            && let Some(done) = past.say(answer)
        {
            self.done = Some(done);
        }
        if let Some(answer) = past.find.take() {
            let listed = past.say(answer);
            past.listed = listed.or(past.listed.take());
        }
        if let Some(answer) = past.open.take() {
            past.opened = past.say(answer);
            past.draw.cancel();
            (past.fetched, past.over_time) = (None, None);
        }
        if let Some(answer) = past.draw.take() {
            past.over_time = past.say(answer);
        }
        if let Some(answer) = past.body.take() {
            past.fetching = None;
            past.fetched = past.say(answer.map(Ok));
        }
        let is_seen = self.tab == Tab::Prices && self.prices_mode == PricesMode::History;
        if is_seen && !past.find.is_running() && past.seen != Some(past.kept.changes()) {
            let since = past.searched.map_or(REFRESH, |searched| searched.elapsed());
            past.search(&self.spawner, REFRESH.saturating_sub(since));
        }
    }

    /// Goes on with a run of the history where batches are run.
    fn resume_from_history(&mut self, run: RunId) {
        self.past.close();
        self.apply(Action::ShowPrices(PricesMode::Batch));
        self.apply(Action::Batch(BatchAction::Resume(run)));
    }
}
