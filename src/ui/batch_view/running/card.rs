//! The card of a run: how far it is, what it waits for, how many lookups run at once. What does not fit beside goes beneath.

use egui::{Frame, Margin, TextStyle, Ui};
use jiff::{SignedDuration, Timestamp};

use super::says;
use crate::app::batch::{BatchAction, Running, standing_words};
use crate::app::{Action, App};
use crate::batch::gate::MOST_AT_ONCE;
use crate::batch::{Progress, Standing};
use crate::history::Kept;
use crate::lists::preflight::grouped;
use crate::prices::Outcome;
use crate::token::status::countdown;
use crate::ui::at_right::at_right;
use crate::ui::icon::{self, Icon};
use crate::ui::theme::{self, Palette, space};
use crate::ui::widgets::{Button, Tone, card, elided, progress_bar};
use crate::ui::words;

/// The name of the list is left out where it would have less room than this, in points.
const LEAST_SOURCE: f32 = 72.0;
/// Both buttons for how many run at once, with the space around them, in points.
const STEPS: f32 = 72.0;

pub(super) fn show(ui: &mut Ui, app: &App, running: &Running, progress: &Progress, actions: &mut Vec<Action>) {
    card(ui, |ui| {
        Frame::new().inner_margin(Margin::symmetric(16, 12)).show(ui, |ui| {
            ui.set_min_width(ui.available_width());
            ui.spacing_mut().item_spacing.y = space::S;
            how_far(ui, running, progress);
            bar(ui, progress);
            at_work(ui, progress, actions);
            for (icon, tone, text) in remarks(app, running) {
                ui.horizontal_wrapped(|ui| {
                    ui.spacing_mut().item_spacing.x = 6.0;
                    icon::show(ui, icon, icon::SMALL, tone.ink(Palette::of(ui)));
                    ui.label(theme::small(text).color(tone.ink(Palette::of(ui))));
                });
            }
        });
    });
}

/// How wide a text is, in points.
fn width(ui: &Ui, text: &str, style: &TextStyle) -> f32 {
    let font = style.resolve(ui.style());
    ui.painter().layout_no_wrap(text.to_owned(), font, Palette::of(ui).text).size().x
}

/// How many of how many, from where, how fast, and how long still.
fn how_far(ui: &mut Ui, running: &Running, progress: &Progress) {
    let palette = Palette::of(ui);
    let (answered, of) = (grouped(progress.answered), format!("of {} SKUs", grouped(progress.count)));
    let pace = pace(progress);
    let right: f32 = pace.iter().map(|(text, style)| width(ui, text, &style.text_style()) + space::S).sum();
    let left = width(ui, &answered, &theme::title_style()) + width(ui, &of, &TextStyle::Body) + 2.0 * space::S;
    let spare = ui.available_width() - left - right;
    ui.horizontal(|ui| {
        ui.spacing_mut().item_spacing.x = space::S;
        ui.label(theme::title(answered));
        ui.label(theme::body(of).color(palette.text2));
        let room = spare - icon::SMALL - space::XS - 2.0 * space::S;
        if room >= LEAST_SOURCE {
            ui.add_space(space::XS);
            icon::show(ui, Icon::FileText, icon::SMALL, palette.muted);
            elided(ui, &running.run.header().source, &theme::small_style(), palette.text2, room);
        }
        if spare >= 0.0 {
            at_right(ui, "batch-pace", |ui| words_of_pace(ui, &pace));
        }
    });
    if spare < 0.0 {
        ui.horizontal(|ui| words_of_pace(ui, &pace));
    }
}

/// How a word of the pace is written.
#[derive(Clone, Copy)]
enum Weight {
    Plain,
    Faint,
    Strong,
}

impl Weight {
    fn text_style(self) -> TextStyle {
        match self {
            Self::Plain | Self::Faint => theme::small_style(),
            Self::Strong => theme::small_strong_style(),
        }
    }
}

/// *6.7 a second · 1:08 left* while it runs, else how it stands.
fn pace(progress: &Progress) -> Vec<(String, Weight)> {
    let mut words = Vec::new();
    if let Some(pace) = progress.a_second {
        words.push((format!("{} a second", says::rate(pace)), Weight::Plain));
    }
    if let (Some(left), Standing::Running) = (progress.time_left, &progress.standing) {
        if progress.a_second.is_some() {
            words.push(("·".to_owned(), Weight::Faint));
        }
        words.extend([(countdown(left), Weight::Strong), ("left".to_owned(), Weight::Plain)]);
    } else if progress.standing != Standing::Running {
        let mut standing = standing_words(progress).to_owned();
        standing[..1].make_ascii_uppercase();
        words.push((standing, Weight::Strong));
    }
    words
}

fn words_of_pace(ui: &mut Ui, words: &[(String, Weight)]) {
    let palette = Palette::of(ui);
    ui.spacing_mut().item_spacing.x = space::S;
    for (text, weight) in words {
        ui.label(match weight {
            Weight::Plain => theme::small(text).color(palette.text2),
            Weight::Faint => theme::small(text).color(palette.muted),
            Weight::Strong => theme::small_strong(text),
        });
    }
}

/// The bar: a part for each outcome, as long as its share of the list.
fn bar(ui: &mut Ui, progress: &Progress) {
    let whole = progress.count.max(1) as f32;
    let parts: Vec<_> = Outcome::ALL
        .into_iter()
        .map(|outcome| (words::outcome(outcome).1, progress.counts.of(outcome) as f32 / whole))
        .filter(|(_, share)| *share > 0.0)
        .collect();
    let name = format!("{} of {} SKUs looked up", grouped(progress.answered), grouped(progress.count));
    progress_bar(ui, &name, &parts);
}

/// What the run does or waits for, how often the token changed, and how many lookups run at once.
fn at_work(ui: &mut Ui, progress: &Progress, actions: &mut Vec<Action>) {
    let small = theme::small_style();
    let hold = progress.hold.filter(|_| progress.standing == Standing::Running);
    // To the nearest second: a frame is never quite on time.
    let half = SignedDuration::from_millis(500);
    let until = hold.and_then(|hold| Timestamp::now().checked_add(hold).ok()?.checked_add(half).ok());
    let text = says::sentence(progress, until.map(words::time_of_day).as_deref());
    let renewals = match progress.renewals {
        0 => "No token renewal so far".to_owned(),
        1 => "1 token renewal".to_owned(),
        many => format!("{many} token renewals"),
    };
    let at_once = at_once(progress);
    let mark = if hold.is_some() { icon::SMALL + space::S } else { 0.0 };
    let said = mark + width(ui, &text, &small);
    let renewed = width(ui, &renewals, &small) + width(ui, "·", &small) + 2.0 * space::S;
    let steps = if progress.standing.is_ended() { 0.0 } else { width(ui, &at_once, &small) + STEPS + space::L };
    let room = ui.available_width();
    let says_renewals = said + renewed + steps <= room;
    let is_one_line = said + steps <= room;
    let line = |ui: &mut Ui| {
        let palette = Palette::of(ui);
        ui.spacing_mut().item_spacing.x = space::S;
        let ink = if hold.is_some() { palette.warn } else { palette.text2 };
        if hold.is_some() {
            icon::show(ui, Icon::Hourglass, icon::SMALL, ink);
        }
        ui.label(theme::small(text).color(ink));
        if says_renewals {
            ui.label(theme::small("·").color(palette.muted));
            ui.label(theme::small(renewals).color(palette.text2));
        }
    };
    if progress.standing.is_ended() {
        ui.horizontal_wrapped(line);
    } else if is_one_line {
        ui.horizontal(|ui| {
            line(ui);
            stepper(ui, progress, &at_once, actions);
        });
    } else {
        ui.horizontal_wrapped(line);
        ui.horizontal(|ui| stepper(ui, progress, &at_once, actions));
    }
}

fn at_once(progress: &Progress) -> String {
    let (allowed, wish) = (progress.gate.allowed, progress.gate.at_once);
    if allowed < wish {
        format!("{allowed} of {wish} at once, since the server is busy")
    } else {
        format!("{wish} at once")
    }
}

/// How many lookups run at once, to be changed while they do.
fn stepper(ui: &mut Ui, progress: &Progress, text: &str, actions: &mut Vec<Action>) {
    let palette = Palette::of(ui);
    let wish = progress.gate.at_once;
    at_right(ui, "batch-at-once", |ui| {
        ui.spacing_mut().item_spacing.x = space::XS;
        let less = Button::ghost("Fewer at once").icon_only(Icon::Minus).compact();
        let less = less.blocked((wish <= 1).then_some("One lookup at a time is the least."));
        if ui.add(less).clicked() {
            actions.push(Action::Batch(BatchAction::SetAtOnce(wish - 1)));
        }
        ui.label(theme::small(text).color(palette.text2));
        let more = Button::ghost("More at once").icon_only(Icon::Plus).compact();
        let more = more.blocked((wish >= MOST_AT_ONCE).then_some("64 lookups at once are the most."));
        if ui.add(more).clicked() {
            actions.push(Action::Batch(BatchAction::SetAtOnce(wish + 1)));
        }
    });
}

/// What else has to be known of the run.
fn remarks(app: &App, running: &Running) -> Vec<(Icon, Tone, String)> {
    let header = running.run.header();
    let mut remarks = Vec::new();
    if app.is_other_key(&header.profile) {
        let text = format!("This run keeps to the key “{}” ({}).", header.profile_name, header.environment.label());
        remarks.push((Icon::KeyRound, Tone::Info, text));
    }
    if !header.parameters.is_empty() {
        let parameters: Vec<_> = header.parameters.iter().map(|(name, value)| format!("{name}={value}")).collect();
        remarks.push((Icon::SlidersHorizontal, Tone::Neutral, format!("With {}", parameters.join(", "))));
    }
    if let Kept::ThisRun { because } = &running.kept {
        let text = match because {
            Some(error) => format!("This run is not kept on disk and ends with the program. {error}"),
            None => "The history is off: this run is not kept on disk and ends with the program.".to_owned(),
        };
        remarks.push((Icon::TriangleAlert, Tone::Warn, text));
    }
    remarks
}
