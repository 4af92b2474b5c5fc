//! Filters and sorts compared rows behind the window: the newest wish wins, and what is seen stays until the new rows are ready.

use std::sync::Arc;

use crate::app::compare::Shown;
use crate::compare::{Columns, View, Wish};
use crate::results::Stop;
use crate::sheet::Keyed;
use crate::task::{Spawner, Task};
use crate::ui::grid::{Brought, GridState};

/// What is seen, and the work on what is to be seen next.
#[derive(Default)]
pub struct Arranger {
    task: Task<Option<View>>,
    stop: Stop,
    /// What was asked for last, and of which comparison.
    asked: Option<(u64, Wish)>,
    seen: Option<Arc<View>>,
    /// What is to be seen as soon as it is known where the chosen rows stand in it.
    next: Option<Arc<View>>,
    versions: u64,
    end: End,
}

/// How the last work ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
enum End {
    #[default]
    Done,
    Broken,
}

/// Whether what is seen is what was wished for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Seen {
    AsWished,
    /// Another order or filter is on the way.
    Before,
    /// The work on it broke inside the program, and what is seen is what was seen before.
    Broken,
}

impl Arranger {
    /// The rows on screen; nothing before the first are ready.
    pub fn seen(&self) -> Option<&Arc<View>> {
        self.seen.as_ref()
    }

    pub fn is(&self, wish: &Wish) -> Seen {
        match &self.seen {
            Some(seen) if seen.wish() == wish => Seen::AsWished,
            _ if self.end == End::Broken && !self.task.is_running() => Seen::Broken,
            _ => Seen::Before,
        }
    }

    /// Takes finished work in, and starts what is wished for. Rows of an earlier comparison are let go of at once.
    pub fn update(&mut self, shown: &Shown, wish: &Wish, grid: &mut GridState, spawner: &Spawner) {
        if let Some(answer) = self.task.take() {
            match answer {
                Ok(Some(view)) => {
                    self.end = End::Done;
                    drop_behind(spawner, self.next.replace(Arc::new(view)));
                }
                // Nobody stops work whose answer is waited for, so this was a panic.
                Ok(None) | Err(_) => self.end = End::Broken,
            }
        }
        let is_of_another = |view: &mut Arc<View>| !Arc::ptr_eq(view.comparison(), &shown.comparison);
        for gone in [self.seen.take_if(is_of_another), self.next.take_if(is_of_another)].into_iter().flatten() {
            drop_behind(spawner, gone);
        }
        self.bring(grid, spawner);
        if self.asked.as_ref().is_none_or(|(number, asked)| *number != shown.number || asked != wish) {
            self.start(shown, wish, spawner);
        }
    }

    /// Shows the rows in sight with these columns.
    pub fn show_columns(&mut self, columns: Columns) {
        if let Some(seen) = &mut self.seen
            && !columns.shown(seen.comparison().named).eq(seen.columns().iter().copied())
        {
            *seen = Arc::new(seen.with_columns(columns));
        }
    }

    /// Puts the next rows on screen when what is chosen is known in them.
    fn bring(&mut self, grid: &mut GridState, spawner: &Spawner) {
        let Some(next) = &self.next else { return };
        let brought = match &self.seen {
            None => Brought::There,
            Some(seen) => {
                if !seen.wish().filters_as(next.wish()) {
                    grid.selection.forget_all();
                }
                let (from, to): (Arc<dyn Keyed>, Arc<dyn Keyed>) = (Arc::clone(seen) as _, Arc::clone(next) as _);
                grid.bring(&from, &to, spawner)
            }
        };
        if brought == Brought::There {
            let before = std::mem::replace(&mut self.seen, self.next.take());
            drop_behind(spawner, before);
        }
    }

    fn start(&mut self, shown: &Shown, wish: &Wish, spawner: &Spawner) {
        self.stop.stop();
        self.stop = Stop::default();
        self.versions += 1;
        let (comparison, version, stop) = (Arc::clone(&shown.comparison), self.versions, self.stop.clone());
        let (wished, runtime) = (wish.clone(), spawner.runtime().clone());
        let work = move || View::new(comparison, wished, version, &stop);
        self.task.start(spawner, async move { runtime.spawn_blocking(work).await.ok().flatten() });
        self.asked = Some((shown.number, wish.clone()));
    }
}

impl Drop for Arranger {
    fn drop(&mut self) {
        self.stop.stop();
    }
}

/// Lets go of something large where no frame waits for it.
fn drop_behind<T: Send + 'static>(spawner: &Spawner, thing: T) {
    spawner.runtime().spawn_blocking(move || drop(thing));
}
