//! What one full frame of the window costs, and how often it draws while nobody touches it.
//!
//! The views of the program on its real state, with the sandbox behind it; egui runs and tessellates as it does for the
//! window, and only the graphics card's part is missing. A frame is timed by the clock on a thread that never waits, so the
//! figure is its CPU time or more. Between frames nothing is kept warm on purpose.

#![expect(clippy::unwrap_used, reason = "a benchmark that cannot be set up has to end")]

#[path = "support/no_secrets.rs"]
mod no_secrets;
mod support;

use std::process::ExitCode;
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::time::{Duration, Instant};

use egui::{Context, Event, Key, Pos2, RawInput, Rect, pos2, vec2};
use no_secrets::NoSecrets;
use quantaprice_explorer::activity::{ActivityLog, Event as Logged, EventOutcome, EventReason, Kind, Leads};
use quantaprice_explorer::app::{Action, App, Desk, Opening, Start, Tab};
use quantaprice_explorer::clipboard::Clipboard;
use quantaprice_explorer::explorer::Explorer;
use quantaprice_explorer::http::Traffic;
use quantaprice_explorer::keys::{Keychain, Settings};
use quantaprice_explorer::prices::Outcome;
use quantaprice_explorer::task::Spawner;
use quantaprice_explorer::token::Reason;
use quantaprice_explorer::ui::{shell, theme};
use support::{Report, Times, millis};

/// Frames that are measured in each state, after so many that are not.
const FRAMES: usize = 400;
const WARM_UP: usize = 40;
const LIMIT_MS: f64 = 2.0;
/// The limit with [`EVENTS`] in the activity log.
const ACTIVITY_LIMIT_MS: f64 = 4.0;
const EVENTS: u32 = 100_000;
/// The time from one event to the next on the timeline, and how many lie between two tokens: four hours in all.
const PACE_MS: u64 = 144;
const TOKEN_EACH: u32 = 1_000;
/// How long an idle window is watched.
const WATCHED: Duration = Duration::from_secs(10);
/// A state that is not reached by then will not be.
const PATIENCE: Duration = Duration::from_secs(30);

fn main() -> ExitCode {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
    let mut report = Report::default();

    report.heading("One frame of 1280×800, egui's run and tessellation");
    let mut first = Window::open(&runtime, Opening::SavedKeys);
    first.until("the keychain has answered", |app| app.keychain_state.is_some());
    first.time_frames("First start, no key", &mut report);

    let mut priced = Window::open(&runtime, Opening::Sandbox);
    priced.until("the sandbox runs", |app| app.active_profile().is_some());
    priced.look_up("PRODUCT-001");
    priced.time_frames("A price, with the countdown", &mut report);
    priced.pointer = Pointer::Roams;
    priced.time_frames("The same, the pointer moving over it", &mut report);
    priced.pointer = Pointer::Away;
    priced.ctx.enable_accesskit();
    priced.time_frames("The same, with a screen reader", &mut report);
    priced.ctx.disable_accesskit();

    let mut large = Window::open(&runtime, Opening::Sandbox);
    large.until("the sandbox runs", |app| app.active_profile().is_some());
    large.look_up("LARGE-001");
    large.time_frames("A body of 2 MB", &mut report);
    large.pointer = Pointer::Roams;
    large.time_frames("The same, the pointer moving over it", &mut report);

    report.heading(&format!("The same with {EVENTS} events in the activity log"));
    activity(&runtime, &mut report);
    timeline(&runtime, &mut report);

    report
        .heading(&format!("Frames of an idle window in {} s, the SKU's field having the keyboard", WATCHED.as_secs()));
    let seconds = WATCHED.as_secs_f64();
    let frames = f64::from(priced.frames_when_idle());
    // One more than seconds: the watch may begin and end just before a second does.
    report.held("With a countdown", frames, "one a second", frames, seconds + 1.0);
    let frames = f64::from(first.frames_when_idle());
    report.held("Without", frames, "none", frames, 0.0);
    report.end()
}

/// The *Activity* tab over a full log: at rest, while it grows, and while somebody types into the filter.
fn activity(runtime: &tokio::runtime::Runtime, report: &mut Report) {
    let mut window = Window::open(runtime, Opening::SavedKeys);
    window.until("the keychain has answered", |app| app.keychain_state.is_some());
    let log = window.app.activity().clone();
    (0..EVENTS).for_each(|number| log.record(logged(number)));
    assert!(log.snapshot().len() >= EVENTS as usize, "the log let some go");
    window.app.apply(Action::Show(Tab::Activity));
    window.limit_ms = ACTIVITY_LIMIT_MS;
    window.time_frames("The list", report);
    window.pointer = Pointer::Roams;
    window.time_frames("The same, the pointer moving over it", report);
    window.pointer = Pointer::Away;
    window.ctx.enable_accesskit();
    window.time_frames("The same, with a screen reader", report);
    window.ctx.disable_accesskit();
    window.before_frame = Some(Box::new(move |number| log.record(logged(number))));
    window.time_frames("An event more in each frame", report);
    window.before_frame = None;
    for _ in 0..60 {
        window.events.push(press(Key::Tab));
        window.draw();
        if window.ctx.memory(|memory| memory.has_focus(egui::Id::unique("activity-filter"))) {
            break;
        }
    }
    window.types = true;
    window.time_frames("A letter typed into the filter in each frame", report);
}

/// The timeline over a full log: its events lie in the last hours, so that all of them are in sight.
fn timeline(runtime: &tokio::runtime::Runtime, report: &mut Report) {
    let mut window = Window::open(runtime, Opening::SavedKeys);
    window.until("the keychain has answered", |app| app.keychain_state.is_some());
    let log = window.app.activity().clone();
    let start = jiff::Timestamp::now().saturating_sub(Duration::from_millis(u64::from(EVENTS) * PACE_MS)).unwrap();
    (0..EVENTS).for_each(|number| log.record(dated(start, number)));
    assert!(log.snapshot().len() >= EVENTS as usize, "the log let some go");
    window.app.apply(Action::Show(Tab::Activity));
    window.limit_ms = ACTIVITY_LIMIT_MS;
    window.time_frames("The timeline open, one hour in sight", report);
    window.pointer = Pointer::Roams;
    window.time_frames("The same, the pointer moving over it", report);
    window.click("Everything");
    window.time_frames("The same, all events in sight", report);
    window.pointer = Pointer::Away;
    window.ctx.enable_accesskit();
    window.time_frames("The same, with a screen reader", report);
    window.ctx.disable_accesskit();
    window.before_frame = Some(Box::new(move |number| log.record(dated(start, EVENTS + number))));
    window.time_frames("An event more in each frame", report);
}

/// Events come one after the other, of each outcome, with a token of an hour now and then.
fn dated(start: jiff::Timestamp, number: u32) -> Logged {
    let at = start.saturating_add(Duration::from_millis(u64::from(number) * PACE_MS)).unwrap();
    if number.is_multiple_of(TOKEN_EACH) {
        let reason = EventReason::Token(Reason::SoftRefresh);
        let mut event = Logged::new(Kind::Token, reason, at, &format!("Token #{number}"));
        event.generation = Some(u64::from(number));
        event.lifetime = Some(Duration::from_hours(1));
        event.leads = Some(Box::new(Leads { soft: Duration::from_mins(5), stale: Duration::from_mins(1) }));
        return event;
    }
    let outcomes = [Outcome::Priced, Outcome::NoPrice, Outcome::UnknownSku, Outcome::Forbidden, Outcome::Failed];
    let outcome = outcomes[number as usize % outcomes.len()];
    let mut event = logged(number);
    event.at = at;
    event.outcome = EventOutcome::Answered(outcome);
    event
}

fn logged(number: u32) -> Logged {
    let at = jiff::Timestamp::UNIX_EPOCH;
    let mut event = Logged::new(Kind::Price, EventReason::Lookup, at, &format!("PRODUCT-{number}"));
    event.outcome = EventOutcome::Answered(Outcome::Priced);
    event.traffic = Some(Traffic {
        request: "GET https://api.example.com/api/v1/prices?sku=PRODUCT-001".into(),
        response: Some("HTTP 200\ncontent-type: application/json\n\n[]".into()),
        status: Some(200),
        sent: 0,
        received: 2,
    });
    event
}

fn press(key: Key) -> Event {
    Event::Key { key, physical_key: None, pressed: true, repeat: false, modifiers: egui::Modifiers::NONE }
}

/// The window without the system's part: its state, its views, and the egui that runs them.
struct Window {
    ctx: Context,
    app: App,
    views: shell::Views,
    started: Instant,
    frame: usize,
    pointer: Pointer,
    /// What comes in with the next frame.
    events: Vec<Event>,
    /// Whether a letter is typed in each frame.
    types: bool,
    /// Done before each frame, with its number.
    before_frame: Option<Box<dyn Fn(u32)>>,
    limit_ms: f64,
    /// When egui wants the next frame, as it tells the window's event loop.
    wanted: Receiver<Instant>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Pointer {
    Away,
    Roams,
}

impl Window {
    fn open(runtime: &tokio::runtime::Runtime, opening: Opening) -> Self {
        let ctx = Context::default();
        theme::install(&ctx);
        let (want, wanted) = channel();
        ctx.set_request_repaint_callback(move |info| {
            // A wish for "never" does not fit the clock, and is none.
            if let Some(at) = Instant::now().checked_add(info.delay) {
                let _closed = want.send(at);
            }
        });
        let (for_tasks, for_tokens) = (ctx.clone(), ctx.clone());
        let app = App::new(Start {
            history: quantaprice_explorer::history::History::in_memory(),
            spawner: Spawner::new(runtime.handle().clone(), move || for_tasks.request_repaint()),
            // A log that lets nothing go, whatever is put into it.
            explorer: Explorer {
                activity: ActivityLog::with_limit(usize::MAX),
                ..Explorer::new(move || for_tokens.request_repaint())
            },
            keychain: Keychain::with_backend(|| Box::new(NoSecrets)),
            clipboard: Clipboard::new(|| {}),
            store: None,
            settings: Settings::default(),
            settings_notice: None,
            environment: None,
            profile: None,
            opening,
        });
        let views = shell::Views::default();
        Self {
            ctx,
            app,
            views,
            started: Instant::now(),
            frame: 0,
            pointer: Pointer::Away,
            events: Vec::new(),
            types: false,
            before_frame: None,
            limit_ms: LIMIT_MS,
            wanted,
        }
    }

    /// Draws one frame and returns the triangles, so that nobody leaves them out.
    fn draw(&mut self) -> Vec<egui::ClippedPrimitive> {
        self.frame += 1;
        let mut events = std::mem::take(&mut self.events);
        if self.pointer == Pointer::Roams {
            events.push(Event::PointerMoved(self.roaming()));
        }
        if self.types {
            // One filter after the other that nothing is like, so that all has to be looked at.
            events.push(if self.frame.is_multiple_of(2) { Event::Text("q".into()) } else { press(Key::Backspace) });
        }
        if let Some(before) = &self.before_frame {
            before(self.frame as u32);
        }
        let input = self.input(events);
        let Self { ctx, app, views, .. } = self;
        let mut output = ctx.run_ui(input, |ui| shell::show(ui, app, views));
        // The graphics card's part is missing, so nobody takes the letters that came new.
        output.textures_delta.clear();
        ctx.tessellate(output.shapes, output.pixels_per_point)
    }

    /// The middle of the part of this name, in points.
    fn place_of(&mut self, name: &str) -> Pos2 {
        let input = self.input(Vec::new());
        let Self { ctx, app, views, .. } = self;
        let output = ctx.run_ui(input, |ui| shell::show(ui, app, views));
        let update = output.platform_output.accesskit_update.unwrap();
        let is_it = |node: &egui::accesskit::Node| node.label() == Some(name);
        let (_, node) = update.nodes.iter().find(|(_, node)| is_it(node)).unwrap();
        let bounds = node.bounds().unwrap();
        pos2((bounds.x0 + bounds.x1) as f32 / 2.0, (bounds.y0 + bounds.y1) as f32 / 2.0)
    }

    fn input(&self, events: Vec<Event>) -> RawInput {
        RawInput {
            screen_rect: Some(Rect::from_min_size(Pos2::ZERO, vec2(1280.0, 800.0))),
            time: Some(self.started.elapsed().as_secs_f64()),
            focused: true,
            events,
            ..RawInput::default()
        }
    }

    /// Somewhere else each frame, over all of the window in the course of a measurement.
    fn roaming(&self) -> Pos2 {
        let step = self.frame as f32;
        pos2((step * 37.0) % 1280.0, (step * 13.0) % 800.0)
    }

    /// Presses what is called so, wherever it is: the accessibility tree tells.
    fn click(&mut self, name: &str) {
        self.ctx.enable_accesskit();
        let at = self.place_of(name);
        self.ctx.disable_accesskit();
        let button = |pressed| Event::PointerButton {
            pos: at,
            button: egui::PointerButton::Primary,
            pressed,
            modifiers: egui::Modifiers::NONE,
        };
        let roams = std::mem::replace(&mut self.pointer, Pointer::Away);
        for events in [vec![Event::PointerMoved(at)], vec![button(true)], vec![button(false)]] {
            self.events = events;
            self.draw();
        }
        self.pointer = roams;
    }

    /// Draws frames until the state is reached.
    fn until(&mut self, what: &str, is_reached: impl Fn(&App) -> bool) {
        let started = Instant::now();
        while !is_reached(&self.app) {
            assert!(started.elapsed() < PATIENCE, "waited in vain until {what}");
            self.draw();
            std::thread::sleep(Duration::from_millis(5));
        }
    }

    fn look_up(&mut self, sku: &str) {
        sku.clone_into(&mut self.app.search.sku);
        self.app.apply(Action::LookUp);
        let is_there = |desk: &Desk| !desk.is_running() && desk.shown.is_some();
        self.until("the price is there", move |app| app.desk().is_some_and(is_there));
        let shown = self.app.desk().and_then(|desk| desk.shown.as_ref()).unwrap();
        assert!(!shown.lookup.prices.is_empty(), "{:?}", shown.lookup.error);
    }

    fn time_frames(&mut self, what: &str, report: &mut Report) {
        let mut times = Times::default();
        for number in 0..WARM_UP + FRAMES {
            let started = Instant::now();
            let triangles = self.draw();
            let time = started.elapsed();
            drop(triangles);
            if number >= WARM_UP {
                times.push(time);
            }
        }
        let beside = format!("90th percentile {}", millis(times.at(0.9)));
        let median = times.median();
        report.held(what, millis(median), beside, median.as_secs_f64() * 1e3, self.limit_ms);
    }

    /// Draws whenever egui wants a frame, as the window's event loop does, and counts the frames of [`WATCHED`].
    fn frames_when_idle(&mut self) -> u32 {
        // What an earlier measurement left moving comes to rest first.
        let mut at = None;
        self.run_for(Duration::from_secs(2), &mut at);
        self.run_for(WATCHED, &mut at)
    }

    fn run_for(&mut self, time: Duration, at: &mut Option<Instant>) -> u32 {
        let end = Instant::now() + time;
        let mut frames = 0;
        loop {
            let until = at.unwrap_or(end).min(end);
            match self.wanted.recv_timeout(until.saturating_duration_since(Instant::now())) {
                Ok(wish) => *at = Some(at.map_or(wish, |earlier| earlier.min(wish))),
                Err(RecvTimeoutError::Timeout) if Instant::now() >= end => return frames,
                Err(_) => {
                    *at = None;
                    self.draw();
                    frames += 1;
                }
            }
        }
    }
}
