//! The results table over 100,000 rows: what a frame costs, what sorting and filtering take behind it, and how many bytes a row is. And
//! over a million of them, what choosing costs.
//!
//! The view of the program on made-up answers, which are read from bodies by the program's own reader. A frame is egui's run and
//! tessellation, timed by the clock on a thread that never waits, so the figure is its CPU time or more. Bytes are those asked of
//! the allocator and not given back.

#![expect(clippy::unwrap_used, reason = "a benchmark that cannot be set up has to end")]

#[path = "../tests/support/answers.rs"]
mod answers;
mod counting;
#[path = "support/events.rs"]
mod events;
mod support;

use std::process::ExitCode;
use std::sync::Arc;
use std::time::{Duration, Instant};

use egui::{Context, Event, Key, Modifiers, Pos2, RawInput, Rect, pos2, vec2};
use events::{click, key, wheel};
use quantaprice_explorer::app::Action;
use quantaprice_explorer::batch::{Rows, Shared};
use quantaprice_explorer::prices::Body;
use quantaprice_explorer::results::{Arranged, ColumnId, Outcomes, Sort, Stop, Towards, Wish};
use quantaprice_explorer::sheet::Sheet as _;
use quantaprice_explorer::task::Spawner;
use quantaprice_explorer::ui::grid::{Grid, Reach, Selection};
use quantaprice_explorer::ui::results_view::{self, BodyKnown, Results, ResultsState};
use quantaprice_explorer::ui::theme;
use support::{Report, Times, millis, time};

#[global_allocator]
static ALLOCATED: counting::Counting = counting::Counting;

const SKUS: usize = 100_000;
/// Of the longest list there can be. Its answers are those of the first thousands, again and again.
const MOST_SKUS: usize = 1_000_000;
const FRAMES: usize = 400;
const WARM_UP: usize = 40;
const LIMIT_MS: f64 = 4.0;
const LIMIT_BYTES: f64 = 1024.0;

fn main() -> ExitCode {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
    let mut report = Report::default();

    let before = counting::held();
    let rows = answers::rows(SKUS);
    let answers = counting::held() - before;
    let wish = Wish {
        text: "product".to_owned(),
        outcomes: Outcomes::default(),
        sort: Sort { column: ColumnId::Amount, towards: Towards::Descending },
    };
    let arranged = Arranged::new(rows.clone(), wish.clone(), None, &Stop::default()).unwrap();
    let all = counting::held() - before;
    let table_rows = arranged.all() as f64;

    report.heading(&format!("Memory of {SKUS} SKUs in {table_rows} rows, bodies left out"));
    report.note("The answers", format!("{:.0} B a row", answers as f64 / table_rows), "");
    let bytes = all as f64 / table_rows;
    report.held("With an order and a filter", format!("{bytes:.0} B a row"), "", bytes, LIMIT_BYTES);
    drop(arranged);

    report.heading("Behind the window, a whole arrangement");
    behind(&rows, &mut report);

    report.heading(&format!("One frame of 912×640 over {table_rows} rows"));
    frames(&runtime, &rows, &mut report);

    let mut most = Rows::new(MOST_SKUS);
    (0..MOST_SKUS).for_each(|place| most.set(place, Arc::clone(rows.get(place % 12_000).unwrap())));
    drop(rows);
    report.heading(&format!("One frame of 912×640 over {MOST_SKUS} SKUs, choosing rows"));
    choosing(&runtime, &most, &mut report);
    report.end()
}

fn behind(rows: &Rows, report: &mut Report) {
    let sorted = |column, towards| Wish { sort: Sort { column, towards }, ..Wish::default() };
    let words = Wish { text: "product pl-retail".to_owned(), ..Wish::default() };
    for (what, wish) in [
        ("In the order of the list", Wish::default()),
        ("Filtered by two words", words.clone()),
        ("Sorted by amount", sorted(ColumnId::Amount, Towards::Descending)),
        ("Sorted by SKU", sorted(ColumnId::Sku, Towards::Ascending)),
        ("Sorted by detail", sorted(ColumnId::Detail, Towards::Ascending)),
    ] {
        report.note(what, millis(time(|| Arranged::new(rows.clone(), wish.clone(), None, &Stop::default()))), "");
    }
    let first = Arranged::new(rows.clone(), words.clone(), None, &Stop::default()).unwrap();
    let mut grown = rows.clone();
    grown.set(SKUS / 2, answers::at(0, &mut Shared::default()));
    let again = || Arranged::new(grown.clone(), words.clone(), Some(&first), &Stop::default());
    report.note("Filtered, after one answer more", millis(time(again)), "");
}

fn frames(runtime: &tokio::runtime::Runtime, rows: &Rows, report: &mut Report) {
    let mut view = View::open(runtime, rows.clone());
    view.time("The order of the list", report);
    view.click_head("Amount");
    view.click_head("Amount");
    view.type_into_filter("product");
    view.until_arranged();
    view.time("Sorted by amount, filtered", report);
    view.does = Does::Roams;
    view.time("The same, the pointer moving over it", report);
    view.does = Does::Scrolls;
    view.time("The same, scrolled in each frame", report);
    view.does = Does::Nothing;
    view.ctx.enable_accesskit();
    view.time("The same, with a screen reader", report);
    view.ctx.disable_accesskit();
    view.ctx.memory_mut(|memory| memory.request_focus(Grid::id("Results")));
    view.draw(vec![key(Key::A, Modifiers::COMMAND)]);
    view.time("All rows chosen", report);
    view.draw(vec![key(Key::Home, Modifiers::NONE), key(Key::Enter, Modifiers::NONE)]);
    view.does = Does::Steps;
    view.time("A row open, the keyboard going down", report);
    view.does = Does::Grows;
    view.time("An answer more in each frame", report);
}

fn choosing(runtime: &tokio::runtime::Runtime, rows: &Rows, report: &mut Report) {
    let mut view = View::open(runtime, rows.clone());
    view.ctx.memory_mut(|memory| memory.request_focus(Grid::id("Results")));
    view.draw(vec![key(Key::Home, Modifiers::NONE)]);
    view.does = Does::ChoosesAll;
    view.time("All and none of them, in turns (Ctrl+A, Escape)", report);
    view.does = Does::ChoosesRanges;
    view.time("Ranges of all and of one, in turns (Shift+End, Shift+Home)", report);
    view.does = Does::Nothing;
    view.draw(vec![key(Key::Home, Modifiers::NONE)]);
    view.draw(vec![key(Key::End, Modifiers::SHIFT)]);
    view.time("All chosen as a range", report);
    let at = view.place_of("#");
    view.click(at);
    let (mut times, started) = (Times::default(), Instant::now());
    let is_new = |view: &View| {
        let wish = &view.state.view().unwrap().arranged().wish;
        wish.sort == Sort { column: ColumnId::Position, towards: Towards::Descending }
    };
    let mut rest = 100;
    while rest > 0 {
        let frame = Instant::now();
        drop(view.draw(Vec::new()));
        times.push(frame.elapsed());
        rest -= usize::from(is_new(&view));
        assert!(started.elapsed() < Duration::from_mins(1), "the new order never came");
        // As a window that waits for the next refresh of the screen.
        std::thread::sleep(Duration::from_millis(8));
    }
    let (longest, median) = (times.at(1.0), times.median());
    let beside = format!("the longest {}, on screen after {}", millis(longest), millis(started.elapsed()));
    report.held(
        "While another order of all chosen ones is made and shown",
        millis(median),
        beside,
        median.as_secs_f64() * 1e3,
        LIMIT_MS,
    );
    let state = &view.state;
    let (sheet, next) = (Arc::clone(state.view().unwrap()), Arc::clone(state.view().unwrap()));
    let mut selection = Selection::default();
    selection.go(&*sheet, 0, Reach::Only);
    selection.go(&*sheet, sheet.len() - 1, Reach::UpTo);
    let moved = time(|| selection.moved(&*sheet, &*next));
    report.note("Behind it: carrying the choice over", millis(moved), format!("{} rows", selection.len()));
}

/// The view without the system's part.
struct View {
    ctx: Context,
    rows: Rows,
    state: ResultsState,
    spawner: Spawner,
    shared: Shared,
    body: Body,
    started: Instant,
    frame: usize,
    does: Does,
}

/// What happens in each frame.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Does {
    Nothing,
    Roams,
    Scrolls,
    Steps,
    Grows,
    ChoosesAll,
    ChoosesRanges,
}

impl View {
    fn open(runtime: &tokio::runtime::Runtime, rows: Rows) -> Self {
        let ctx = Context::default();
        theme::install(&ctx);
        let mut view = Self {
            ctx,
            rows,
            state: ResultsState::default(),
            spawner: Spawner::new(runtime.handle().clone(), || {}),
            shared: Shared::default(),
            body: Body::keep(answers::reply(0).1.as_bytes(), None).0,
            started: Instant::now(),
            frame: 0,
            does: Does::Nothing,
        };
        view.until_arranged();
        view
    }

    fn until_arranged(&mut self) {
        let started = Instant::now();
        while self.state.view().is_none() || started.elapsed() < Duration::from_secs(2) {
            self.draw(Vec::new());
            std::thread::sleep(Duration::from_millis(5));
        }
    }

    fn draw(&mut self, mut events: Vec<Event>) -> Vec<egui::ClippedPrimitive> {
        self.frame += 1;
        let step = self.frame as f32;
        if self.does == Does::Roams {
            events.push(Event::PointerMoved(pos2((step * 37.0) % 912.0, (step * 13.0) % 640.0)));
        }
        if self.does == Does::Scrolls {
            events.extend(wheel(pos2(400.0, 400.0)));
        }
        if self.does == Does::Steps {
            events.push(key(Key::ArrowDown, Modifiers::NONE));
        }
        let is_even = self.frame.is_multiple_of(2);
        match self.does {
            Does::ChoosesAll if is_even => events.push(key(Key::A, Modifiers::COMMAND)),
            Does::ChoosesAll => events.push(key(Key::Escape, Modifiers::NONE)),
            Does::ChoosesRanges if is_even => events.push(key(Key::End, Modifiers::SHIFT)),
            Does::ChoosesRanges => events.push(key(Key::Home, Modifiers::SHIFT)),
            _ => {}
        }
        if self.does == Does::Grows {
            self.rows.set(self.frame % SKUS, answers::at(self.frame % SKUS, &mut self.shared));
        }
        let input = RawInput {
            screen_rect: Some(Rect::from_min_size(Pos2::ZERO, vec2(912.0, 640.0))),
            time: Some(self.started.elapsed().as_secs_f64()),
            focused: true,
            events,
            ..RawInput::default()
        };
        let Self { ctx, rows, state, spawner, body, .. } = self;
        let mut output = ctx.run_ui(input, |ui| {
            let results = Results {
                name: "Results",
                run: 1,
                rows,
                body: &|_, _| BodyKnown::There(body.clone()),
                fetch_body: &|place, _| Action::PutSku(place.to_string()),
            };
            let mut actions = Vec::new();
            results_view::show(ui, spawner, &results, state, &mut actions, |_, _, _| {});
        });
        output.textures_delta.clear();
        ctx.tessellate(output.shapes, output.pixels_per_point)
    }

    /// The middle of the part of this name, as the accessibility tree tells.
    fn place_of(&mut self, name: &str) -> Pos2 {
        self.ctx.enable_accesskit();
        let place = self.ctx.clone();
        self.draw(Vec::new());
        let input = RawInput {
            screen_rect: Some(Rect::from_min_size(Pos2::ZERO, vec2(912.0, 640.0))),
            time: Some(self.started.elapsed().as_secs_f64()),
            focused: true,
            ..RawInput::default()
        };
        let Self { rows, state, spawner, .. } = self;
        let output = place.run_ui(input, |ui| {
            let results = Results {
                name: "Results",
                run: 1,
                rows,
                body: &|_, _| BodyKnown::Unasked,
                fetch_body: &|place, _| Action::PutSku(place.to_string()),
            };
            results_view::show(ui, spawner, &results, state, &mut Vec::new(), |_, _, _| {});
        });
        self.ctx.disable_accesskit();
        let update = output.platform_output.accesskit_update.clone().unwrap();
        output.drop_without_applying_deltas();
        let is_it = |node: &egui::accesskit::Node| node.label() == Some(name);
        let bounds = update.nodes.iter().find(|(_, node)| is_it(node)).unwrap().1.bounds().unwrap();
        pos2((bounds.x0 + bounds.x1) as f32 / 2.0, (bounds.y0 + bounds.y1) as f32 / 2.0)
    }

    fn click(&mut self, at: Pos2) {
        for event in click(at) {
            self.draw(vec![event]);
        }
    }

    fn click_head(&mut self, name: &str) {
        let at = self.place_of(name);
        self.click(at);
        self.until_arranged();
    }

    fn type_into_filter(&mut self, text: &str) {
        let at = self.place_of("Filter rows");
        self.click(at);
        self.draw(vec![Event::Text(text.to_owned())]);
    }

    fn time(&mut self, what: &str, report: &mut Report) {
        let mut times = Times::default();
        for number in 0..WARM_UP + FRAMES {
            let started = Instant::now();
            let triangles = self.draw(Vec::new());
            let time = started.elapsed();
            drop(triangles);
            if number >= WARM_UP {
                times.push(time);
            }
        }
        let view = Arc::clone(self.state.view().unwrap());
        let beside = format!("90th percentile {}, {} rows", millis(times.at(0.9)), view.arranged().len());
        let median = times.median();
        report.held(what, millis(median), beside, median.as_secs_f64() * 1e3, LIMIT_MS);
    }
}
