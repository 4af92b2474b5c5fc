//! Filters and sorts compared rows behind the window: the newest wish wins, and what is seen stays until the new rows are ready.

use std::sync::Arc;

use crate::app::compare::Shown;
use crate::compare::{Columns, View, Wish};
use crate::sheet::Keyed;
use crate::task::Spawner;
use crate::ui::grid::{Behind, Brought, GridState, Seen, drop_behind};

/// What is seen, and the work on what is to be seen next.
#[derive(Default)]
pub struct Arranger {
    work: Behind<View>,
    /// What was asked for last, and of which comparison.
    asked: Option<(u64, Wish)>,
    seen: Option<Arc<View>>,
    /// What is to be seen as soon as it is known where the chosen rows stand in it.
    next: Option<Arc<View>>,
    versions: u64,
}

impl Arranger {
    /// The rows on screen; nothing before the first are ready.
    pub fn seen(&self) -> Option<&Arc<View>> {
        self.seen.as_ref()
    }

    pub fn is(&self, wish: &Wish) -> Seen {
        match &self.seen {
            Some(seen) if seen.wish() == wish => Seen::AsWished,
            _ => self.work.not_as_wished(),
        }
    }

    /// Takes finished work in, and starts what is wished for. Rows of an earlier comparison are let go of at once.
    pub fn update(&mut self, shown: &Shown, wish: &Wish, grid: &mut GridState, spawner: &Spawner) {
        if let Some(Ok(view)) = self.work.take() {
            drop_behind(spawner, self.next.replace(Arc::new(view)));
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
        self.versions += 1;
        let (comparison, wished, version) = (Arc::clone(&shown.comparison), wish.clone(), self.versions);
        self.work.start(spawner, move |stop| View::new(comparison, wished, version, stop));
        self.asked = Some((shown.number, wish.clone()));
    }
}
