//! Pictures of every part in every state, dark and light, compared with the ones in `tests/snapshots`.
//! After a wanted change, run with `UPDATE_SNAPSHOTS=1` and look at the pictures.

mod support;

use egui::{Rect, Theme, Ui, UiBuilder, pos2, vec2};
use quantaprice_explorer::ui::icon::Icon;
use quantaprice_explorer::ui::theme::{self, Palette};
use quantaprice_explorer::ui::widgets::{
    Button, Chip, EnvTag, EnvTone, Look, Ring, RingCentre, RingFill, RingSize, Tone,
};

/// Draws `contents` at a place of the window, so that the picture has the mock-up's grid.
fn at<R>(ui: &mut Ui, x: f32, y: f32, w: f32, h: f32, contents: impl FnOnce(&mut Ui) -> R) -> R {
    let rect = Rect::from_min_size(pos2(x, y), vec2(w, h));
    ui.scope_builder(UiBuilder::new().max_rect(rect).layout(egui::Layout::left_to_right(egui::Align::Center)), contents)
        .inner
}

fn card(ui: &mut Ui, x: f32, y: f32, w: f32, h: f32, title: &str) {
    let p = Palette::of(ui);
    let rect = Rect::from_min_size(pos2(x, y), vec2(w, h));
    ui.painter().rect(rect, 8.0, p.card, (1.0, p.line), egui::StrokeKind::Inside);
    at(ui, x + 16.0, y + 12.0, w - 32.0, 20.0, |ui| ui.label(theme::small_strong(title)));
}

struct State {
    word: &'static str,
    time: Option<&'static str>,
    icon: Icon,
    tone: Tone,
    fill: RingFill,
    hint: &'static str,
}

fn token_states() -> [State; 10] {
    let state = |word, time, icon, tone, fill, hint| State { word, time, icon, tone, fill, hint };
    [
        state("No key", None, Icon::CircleDashed, Tone::Neutral, RingFill::Empty, "Nothing to fetch with"),
        state("No token", None, Icon::Circle, Tone::Neutral, RingFill::Empty, "Fetched at first use"),
        state("Fetching", None, Icon::LoaderCircle, Tone::Info, RingFill::Turning, "Asking for a token"),
        state("Valid", Some("53:48"), Icon::CircleCheck, Tone::Ok, RingFill::Left(0.897), "Served from the cache"),
        state("Refreshing", Some("4:29"), Icon::RefreshCw, Tone::Info, RingFill::Left(0.075), "Old token still serves"),
        state(
            "Stale",
            Some("0:48"),
            Icon::Hourglass,
            Tone::Warn,
            RingFill::Left(0.013),
            "Lookups wait for the new one",
        ),
        state("Expired", Some("0:00"), Icon::TimerOff, Tone::Warn, RingFill::Left(0.0), "Next lookup fetches"),
        state("Rejected", None, Icon::ShieldX, Tone::Err, RingFill::Empty, "The API said 401"),
        state("Key refused", None, Icon::OctagonX, Tone::Err, RingFill::Empty, "Nothing sent by itself"),
        state("Unreachable", None, Icon::WifiOff, Tone::Warn, RingFill::Empty, "Next try in 8 s"),
    ]
}

fn parts(ui: &mut Ui) {
    let p = Palette::of(ui);
    ui.ctx().layer_painter(egui::LayerId::background()).rect_filled(ui.ctx().content_rect(), 0.0, p.canvas);

    card(ui, 24.0, 16.0, 1232.0, 174.0, "Token states: word, icon, ring");
    for (i, state) in token_states().iter().enumerate() {
        let (column, row) = ((i % 5) as f32, (i / 5) as f32);
        let (x, y) = (41.0 + 242.8 * column, 57.0 + 66.0 * row);
        at(ui, x, y, 52.0, 52.0, |ui| {
            let centre = match state.time {
                Some(time) => RingCentre::Time { time, caption: "left" },
                None => RingCentre::Icon(state.icon),
            };
            let mut ring = Ring::new(state.word, state.tone, state.fill, centre).size(RingSize::Small).on(p.card);
            if state.time.is_some() {
                ring = ring.marks(Some(0.078), Some(0.017));
            }
            ui.add(ring);
        });
        at(ui, x + 64.0, y + 6.0, 180.0, 22.0, |ui| {
            ui.add(Chip::new(state.tone, state.icon, state.word).time(state.time));
        });
        at(ui, x + 64.0, y + 30.0, 180.0, 16.0, |ui| ui.label(theme::caption(state.hint).color(p.text2)));
    }

    card(ui, 24.0, 202.0, 754.0, 78.0, "Outcomes of a lookup");
    at(ui, 41.0, 243.0, 720.0, 22.0, |ui| {
        for (tone, icon, word) in [
            (Tone::Ok, Icon::CircleCheck, "Priced"),
            (Tone::Warn, Icon::CircleDot, "Zero price"),
            (Tone::Neutral, Icon::CircleMinus, "No price"),
            (Tone::Info, Icon::CircleQuestionMark, "Unknown SKU"),
            (Tone::Deny, Icon::Lock, "Forbidden"),
            (Tone::Err, Icon::CircleX, "Failed"),
        ] {
            ui.add(Chip::new(tone, icon, word));
        }
    });

    card(ui, 790.0, 202.0, 466.0, 78.0, "Environments");
    at(ui, 807.0, 243.0, 440.0, 20.0, |ui| {
        for tone in [EnvTone::Production, EnvTone::Staging, EnvTone::Development, EnvTone::Sandbox] {
            ui.add(EnvTag::new(tone));
        }
    });

    card(ui, 24.0, 292.0, 754.0, 236.0, "Buttons");
    let looks = [
        (Look::Rest, "Rest"),
        (Look::Hovered, "Hovered"),
        (Look::Pressed, "Pressed"),
        (Look::Focused, "Focused"),
        (Look::Disabled, "Disabled"),
    ];
    for (i, (look, word)) in looks.into_iter().enumerate() {
        let x = 125.0 + 127.3 * i as f32;
        let x = x.round();
        at(ui, x, 335.0, 120.0, 16.0, |ui| ui.label(theme::caption(word).color(p.muted)));
        at(ui, x, 357.0, 120.0, 32.0, |ui| {
            ui.add(Button::primary("Look up").icon(Icon::Search).drawn_as(look));
        });
        at(ui, x, 397.0, 120.0, 32.0, |ui| {
            ui.add(Button::secondary("Test key").icon(Icon::PlugZap).drawn_as(look));
        });
        at(ui, x, 437.0, 120.0, 32.0, |ui| {
            ui.add(Button::ghost("Export").icon(Icon::Upload).drawn_as(look));
        });
        at(ui, x, 477.0, 120.0, 32.0, |ui| {
            ui.add(Button::danger("Delete key").icon(Icon::Trash2).drawn_as(look));
        });
    }
    for (i, word) in ["Primary", "Secondary", "Ghost", "Danger"].into_iter().enumerate() {
        at(ui, 41.0, 357.0 + 40.0 * i as f32, 80.0, 32.0, |ui| ui.label(theme::small(word).color(p.text2)));
    }
    card(ui, 790.0, 292.0, 466.0, 236.0, "Fields");
}

#[test]
fn parts_look_as_drawn_in_dark() {
    support::harness([1280.0, 800.0], 1.0, Theme::Dark, parts).snapshot("parts-dark");
}

#[test]
fn parts_look_as_drawn_in_light() {
    support::harness([1280.0, 800.0], 1.0, Theme::Light, parts).snapshot("parts-light");
}
