//! Two runs of 100,000 SKUs side by side: what a frame costs, what matching, filtering and sorting take behind it, and how many bytes a
//! row is.
//!
//! The view of the program on made-up answers, which are read from bodies by the program's own reader; a third of the prices differ. A
//! frame is egui's run and tessellation, timed by the clock on a thread that never waits, so the figure is its CPU time or more. Bytes
//! are those asked of the allocator and not given back.

#![expect(clippy::unwrap_used, reason = "a benchmark that cannot be set up has to end")]

#[path = "../tests/support/answers.rs"]
mod answers;
mod counting;
#[path = "support/events.rs"]
mod events;
#[path = "support/no_secrets.rs"]
mod no_secrets;
mod support;

use std::process::ExitCode;
use std::sync::Arc;
use std::time::{Duration, Instant};

use egui::{Context, Event, Key, Modifiers, Pos2, RawInput, Rect, pos2, vec2};
use events::{click, key, wheel};
use jiff::Timestamp;
use no_secrets::NoSecrets;
use quantaprice_explorer::app::compare::Shown;
use quantaprice_explorer::app::{App, Opening, Search, Start};
use quantaprice_explorer::batch::{Rows, RunHeader, RunId, RunKind, Shared};
use quantaprice_explorer::clipboard::Clipboard;
use quantaprice_explorer::compare::view::Column;
use quantaprice_explorer::compare::{Comparison, Order, Side, Verdict, View, Wish, compare};
use quantaprice_explorer::explorer::Explorer;
use quantaprice_explorer::history::History;
use quantaprice_explorer::keys::{Environment, Keychain, ProfileId, Settings};
use quantaprice_explorer::results::{Stop, Towards};
use quantaprice_explorer::task::Spawner;
use quantaprice_explorer::ui::grid::Grid;
use quantaprice_explorer::ui::{compare_view, theme};
use support::{Report, Times, millis, time};

#[global_allocator]
static ALLOCATED: counting::Counting = counting::Counting;

const SKUS: usize = 100_000;
const FRAMES: usize = 400;
const WARM_UP: usize = 40;
const LIMIT_MS: f64 = 4.0;
const LIMIT_BYTES: f64 = 1024.0;
/// What is not on screen by then will not be.
const PATIENCE: Duration = Duration::from_secs(30);

fn main() -> ExitCode {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
    let mut report = Report::default();

    let before = counting::held();
    let (left, right) = (side(Environment::Production, ""), side(Environment::Staging, "1"));
    let answers = counting::held() - before;
    let started = Instant::now();
    let comparison = Arc::new(compare(left.clone(), right.clone()));
    let first = started.elapsed();
    let view = viewed(&comparison, Order::By(Column::Change, Towards::Descending), "pl-retail");
    let all = counting::held() - before;
    let rows = comparison.pairs.len();

    report.heading(&format!("Memory of twice {SKUS} SKUs in {rows} compared rows, bodies left out"));
    report.note("Both sides' answers and lists", format!("{:.0} B a row", answers as f64 / rows as f64), "");
    let bytes = all as f64 / rows as f64;
    report.held("With the comparison, a filter and an order", format!("{bytes:.0} B a row"), "", bytes, LIMIT_BYTES);
    drop(view);

    report.heading("Behind the window");
    let differing = comparison.count(Verdict::Different);
    let matching = time(|| compare(left.clone(), right.clone()));
    report.note(
        "Matching both sides",
        millis(matching),
        format!("the first time {}, {differing} differ", millis(first)),
    );
    for (what, order, text) in [
        ("All rows in the order of the lists", Order::Lists, ""),
        ("Filtered by two words", Order::Lists, "product pl-retail"),
        ("Sorted by SKU", Order::By(Column::Sku, Towards::Ascending), ""),
        ("Sorted by change", Order::By(Column::Change, Towards::Descending), ""),
        ("Sorted by change in percent", Order::By(Column::Percent, Towards::Descending), ""),
        ("Sorted by what differs", Order::By(Column::WhatDiffers, Towards::Ascending), ""),
    ] {
        report.note(what, millis(time(|| viewed(&comparison, order, text))), "");
    }

    report.heading(&format!("One frame of 1120×640 over {rows} compared rows"));
    frames(&runtime, &comparison, &mut report);
    report.end()
}

/// A run over [`SKUS`] whose amounts of one kind have `digits` more.
fn side(environment: Environment, digits: &str) -> Side {
    let (mut rows, mut shared, mut skus) = (Rows::new(SKUS), Shared::default(), Vec::with_capacity(SKUS));
    for place in 0..SKUS {
        let sku = format!("{}-{place}", answers::LIST[place % answers::LIST.len()]);
        let (status, body) = answers::reply(place);
        let body = if place.is_multiple_of(3) { body.replace("12.10", &format!("12.10{digits}")) } else { body };
        let body = body.replace("7.5}", &format!("7.5{digits}}}")).replace("139.00", &format!("139.00{digits}"));
        rows.set(place, answers::answered(&sku, status, &body, 70 + (place as u64 * 37) % 90, &mut shared));
        skus.push(sku.into());
    }
    let header = RunHeader {
        kind: RunKind::Comparison,
        started: Timestamp::UNIX_EPOCH,
        profile: ProfileId::random(),
        profile_name: "Retail EU".to_owned(),
        environment,
        api_url: "https://api.example/v1".to_owned(),
        token_url: String::new(),
        client_id: String::new(),
        parameters: Vec::new(),
        source: "a benchmark".to_owned(),
        count: SKUS,
        field_map: None,
    };
    Side { header, skus: skus.into(), rows }
}

fn viewed(comparison: &Arc<Comparison>, order: Order, text: &str) -> View {
    let wish = Wish { order, text: text.to_owned(), ..Wish::all() };
    View::new(Arc::clone(comparison), wish, 1, &Stop::default()).unwrap()
}

fn frames(runtime: &tokio::runtime::Runtime, comparison: &Arc<Comparison>, report: &mut Report) {
    let mut window = Window::open(runtime, comparison);
    window.until_says("All: ");
    window.click("All: ");
    window.until_says(" rows");
    window.time("All rows in the order of the lists", report);
    window.click("Change");
    window.click("Change");
    window.until_says(" rows");
    window.time("Sorted by change", report);
    window.does = Does::Roams;
    window.time("The same, the pointer moving over it", report);
    window.does = Does::Scrolls;
    window.time("The same, scrolled in each frame", report);
    window.does = Does::Nothing;
    window.ctx.enable_accesskit();
    window.time("The same, with a screen reader", report);
    window.ctx.disable_accesskit();
    window.ctx.memory_mut(|memory| memory.request_focus(Grid::id("Comparison")));
    window.draw(vec![key(Key::Home, Modifiers::NONE)]);
    window.does = Does::Chooses;
    window.time("All rows and then one chosen, in turns", report);
    window.does = Does::Nothing;
    window.draw(vec![key(Key::End, Modifiers::SHIFT)]);
    window.does = Does::Types;
    let longest = window.time("A letter typed into the filter in each frame, all rows chosen", report);
    report.note("The longest of these frames", millis(longest), "");
    window.does = Does::Nothing;
    window.ctx.memory_mut(|memory| memory.request_focus(Grid::id("Comparison")));
    window.until_says(" rows");
    window.draw(vec![key(Key::Home, Modifiers::NONE), key(Key::Enter, Modifiers::NONE)]);
    window.does = Does::Steps;
    window.time("A row open, the keyboard going down", report);
}

/// The view without the system's part.
struct Window {
    ctx: Context,
    app: App,
    state: compare_view::State,
    search: Search,
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
    Chooses,
    Types,
    Steps,
}

impl Window {
    fn open(runtime: &tokio::runtime::Runtime, comparison: &Arc<Comparison>) -> Self {
        let ctx = Context::default();
        theme::install(&ctx);
        let mut app = App::new(Start {
            history: History::in_memory(),
            spawner: Spawner::new(runtime.handle().clone(), || {}),
            explorer: Explorer::new(|| {}),
            keychain: Keychain::with_backend(|| Box::new(NoSecrets)),
            clipboard: Clipboard::new(|| {}),
            store: None,
            settings: Settings::default(),
            settings_notice: None,
            environment: None,
            profile: None,
            opening: Opening::SavedKeys,
        });
        app.compare.shown = Some(Shown { comparison: Arc::clone(comparison), ids: [RunId(1), RunId(2)], number: 1 });
        let state = compare_view::State::default();
        Self { ctx, app, search: Search::default(), state, started: Instant::now(), frame: 0, does: Does::Nothing }
    }

    fn draw(&mut self, mut events: Vec<Event>) -> Vec<egui::ClippedPrimitive> {
        self.frame += 1;
        let step = self.frame as f32;
        let is_even = self.frame.is_multiple_of(2);
        match self.does {
            Does::Nothing => {}
            Does::Roams => events.push(Event::PointerMoved(pos2((step * 37.0) % 1120.0, (step * 13.0) % 640.0))),
            Does::Scrolls => events.extend(wheel(pos2(400.0, 500.0))),
            Does::Chooses if is_even => events.push(key(Key::End, Modifiers::SHIFT)),
            Does::Chooses => events.push(key(Key::Home, Modifiers::NONE)),
            Does::Types => {
                self.ctx.memory_mut(|memory| memory.request_focus(egui::Id::unique("filter-compared")));
                events.push(if is_even { Event::Text("p".into()) } else { key(Key::Backspace, Modifiers::NONE) });
            }
            Does::Steps => events.push(key(Key::ArrowDown, Modifiers::NONE)),
        }
        let mut output = self.run(events);
        output.textures_delta.clear();
        self.ctx.tessellate(output.shapes, output.pixels_per_point)
    }

    fn run(&mut self, events: Vec<Event>) -> egui::FullOutput {
        let input = RawInput {
            screen_rect: Some(Rect::from_min_size(Pos2::ZERO, vec2(1120.0, 640.0))),
            time: Some(self.started.elapsed().as_secs_f64()),
            focused: true,
            events,
            ..RawInput::default()
        };
        let Self { ctx, app, search, state, .. } = self;
        app.poll();
        ctx.run_ui(input, |ui| compare_view::show(ui, app, search, state, &mut Vec::new()))
    }

    /// The middle of the part of this name, as the accessibility tree tells. With a space at its end it is how a name begins, and with
    /// one at its beginning it is in a count of rows that are all there.
    fn place_of(&mut self, name: &str) -> Option<Pos2> {
        self.ctx.enable_accesskit();
        self.draw(Vec::new());
        let output = self.run(Vec::new());
        self.ctx.disable_accesskit();
        let update = output.platform_output.accesskit_update.clone().unwrap();
        output.drop_without_applying_deltas();
        let is_called = |text: &str| match (name.strip_suffix(' '), name.strip_prefix(' ')) {
            (Some(_), _) => text.starts_with(name),
            (_, Some(_)) => text.contains(" of ") && text.contains(name) && !text.ends_with('…'),
            _ => text == name,
        };
        let is_it = |node: &egui::accesskit::Node| [node.label(), node.value()].into_iter().flatten().any(is_called);
        let bounds = update.nodes.iter().find(|(_, node)| is_it(node))?.1.bounds()?;
        Some(pos2((bounds.x0 + bounds.x1) as f32 / 2.0, (bounds.y0 + bounds.y1) as f32 / 2.0))
    }

    /// Waits until a part is called so; of a count of rows, until no other order is on its way.
    fn until_says(&mut self, text: &str) {
        let started = Instant::now();
        loop {
            std::thread::sleep(Duration::from_millis(20));
            if self.place_of(text).is_some() {
                return;
            }
            assert!(started.elapsed() < PATIENCE, "“{text}” never came");
        }
    }

    fn click(&mut self, name: &str) {
        let at = self.place_of(name).unwrap();
        for event in click(at) {
            self.draw(vec![event]);
        }
    }

    /// Returns the longest.
    fn time(&mut self, what: &str, report: &mut Report) -> Duration {
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
        let beside = format!("90th percentile {}", millis(times.at(0.9)));
        let median = times.median();
        report.held(what, millis(median), beside, median.as_secs_f64() * 1e3, LIMIT_MS);
        times.at(1.0)
    }
}
