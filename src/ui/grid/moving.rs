//! Takes the choice of rows along when rows move.
//!
//! Where a million chosen rows stand in a new order is looked up behind the window. Until that is known the old order stays on screen,
//! whole and with what is chosen in it, so that no frame shows the rows of one order with the choice of another.

use std::sync::Arc;

use super::GridState;
use super::selection::Selection;
use crate::sheet::Keyed;
use crate::task::{Spawner, Task};

/// The way from one order to the next, while it is looked up.
#[derive(Default)]
pub(super) struct Moving {
    task: Task<Option<Selection>>,
    way: Option<Way>,
}

/// The versions of two sheets, and the state of the choice.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Way {
    from: u64,
    to: u64,
    changes: u64,
}

/// Whether the next order can be drawn.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Brought {
    /// It can, and the choice is that of its rows from now on.
    There,
    /// The old one is to be drawn, and this is to be asked again in the next frame.
    OnTheWay,
}

impl GridState {
    /// Takes the choice from the sheet on screen to the next one. To be asked in each frame until it is there.
    pub fn bring(&mut self, from: &Arc<dyn Keyed>, to: &Arc<dyn Keyed>, spawner: &Spawner) -> Brought {
        let way = Way { from: from.version(), to: to.version(), changes: self.selection.changes() };
        let moved = self.moving.task.take();
        let begun = self.moving.way.take_if(|_| moved.is_some());
        if way.from == way.to || self.selection.is_nowhere() {
            self.moving = Moving::default();
            return self.arrive(to);
        }
        match moved {
            Some(Ok(Some(selection))) if begun == Some(way) => {
                self.selection = selection;
                return self.arrive(to);
            }
            // The user chose something else meanwhile.
            Some(Ok(Some(_))) | None => {}
            // It broke inside the program: rather nothing chosen than the wrong rows.
            Some(Ok(None) | Err(_)) => {
                self.selection = Selection::default();
                return self.arrive(to);
            }
        }
        // What was begun for an earlier state comes to its end first, so that keys held down pile up no work.
        if !self.moving.task.is_running() {
            let (selection, from, to) = (self.selection.clone(), Arc::clone(from), Arc::clone(to));
            let runtime = spawner.runtime().clone();
            let work = move || selection.moved(&*from, &*to);
            self.moving.task.start(spawner, async move { runtime.spawn_blocking(work).await.ok() });
            self.moving.way = Some(way);
        }
        Brought::OnTheWay
    }

    fn arrive(&mut self, to: &Arc<dyn Keyed>) -> Brought {
        self.selection.see(to.len());
        self.version = Some(to.version());
        Brought::There
    }
}

#[cfg(test)]
mod tests {
    use std::time::{Duration, Instant};

    use super::super::selection::Reach;
    use super::*;
    use crate::sheet::{Cell, Head, Sheet};

    /// The numbers up to this one, from above in odd versions.
    struct Numbers(u64, u64);

    impl Sheet for Numbers {
        fn heads(&self) -> &[Head] {
            &[]
        }

        fn len(&self) -> usize {
            usize::try_from(self.0).unwrap()
        }

        fn cell(&self, _row: usize, _column: usize) -> Cell<'_> {
            Cell::Absent
        }
    }

    impl Keyed for Numbers {
        fn key(&self, row: usize) -> u64 {
            if self.1.is_multiple_of(2) { row as u64 } else { self.0 - 1 - row as u64 }
        }

        fn version(&self) -> u64 {
            self.1
        }
    }

    fn until_there(state: &mut GridState, from: &Arc<dyn Keyed>, to: &Arc<dyn Keyed>, spawner: &Spawner) {
        let started = Instant::now();
        while state.bring(from, to, spawner) == Brought::OnTheWay {
            assert!(started.elapsed() < Duration::from_secs(20), "it never came");
            std::thread::sleep(Duration::from_millis(1));
        }
    }

    #[test]
    fn the_choice_comes_with_the_new_order_and_not_before() {
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).build().unwrap();
        let spawner = Spawner::new(runtime.handle().clone(), || {});
        let sheet = |version| -> Arc<dyn Keyed> { Arc::new(Numbers(1000, version)) };
        let (first, second, third) = (sheet(0), sheet(1), sheet(2));
        let mut state = GridState::default();
        assert_eq!(state.bring(&first, &second, &spawner), Brought::There, "nothing is chosen");
        state.selection.go(&*first, 3, Reach::Only);
        assert_eq!(state.bring(&first, &second, &spawner), Brought::OnTheWay);
        assert!(state.selection.contains(3), "the old order keeps its choice");
        // What is chosen while it is on its way comes along as well.
        state.selection.go(&*first, 5, Reach::Toggle);
        until_there(&mut state, &first, &second, &spawner);
        assert_eq!(state.selection.chosen().collect::<Vec<_>>(), [994, 996]);
        until_there(&mut state, &second, &third, &spawner);
        assert_eq!((state.selection.chosen().collect::<Vec<_>>(), state.selection.cursor()), (vec![3, 5], Some(5)));
    }
}
