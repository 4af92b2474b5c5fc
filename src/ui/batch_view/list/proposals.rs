//! What looks damaged, with a proposal for each kind and what it would do; duplicates; and the way back.

use egui::{Align, Layout, Ui};

use super::State;
use crate::app::lists::{ListAction, Opened, Step};
use crate::app::{Action, App};
use crate::lists::corrections::summed;
use crate::lists::damage::{Found, Kind, example};
use crate::lists::preflight::grouped;
use crate::lists::revision::Repeats;
use crate::ui::icon::{self, Icon};
use crate::ui::theme::{self, Palette, space};
use crate::ui::widgets::{
    Button, Cell, CellAlign, Column, RowSize, Stripes, Table, Tone, card, header_row, rule, segmented,
};

/// So many SKUs of a kind are shown before and after.
const EXAMPLES: usize = 2;
/// Below this width the buttons stand beneath their proposal, in points.
const NARROW: f32 = 720.0;
/// The buttons stand beneath each other, whatever their words.
const REMEDY: f32 = 152.0;
const LEAVE: f32 = 92.0;

pub(super) fn show(ui: &mut Ui, app: &App, opened: &Opened, state: &mut State, actions: &mut Vec<Action>) {
    let found: Vec<&Found> = opened.proposals().collect();
    let duplicates = &opened.revision.duplicates;
    card(ui, |ui| {
        let count = found.len() + usize::from(duplicates.extra > 0);
        head(ui, app, opened, &found, count, actions);
        let mut is_first = true;
        for found in found {
            if !std::mem::take(&mut is_first) {
                rule(ui);
            }
            proposal(ui, app, opened, found, state, actions);
        }
        if duplicates.extra > 0 {
            if !is_first {
                rule(ui);
            }
            repeated(ui, opened, actions);
        }
        if count == 0 {
            padded(ui, |ui| {
                ui.horizontal(|ui| {
                    let palette = Palette::of(ui);
                    icon::show(ui, Icon::CircleCheck, icon::SMALL, palette.ok);
                    let left = opened.steps().iter().any(|step| matches!(step, Step::Left(_)));
                    let text = if left { "Nothing else looks damaged." } else { "No SKU looks damaged." };
                    ui.label(theme::small(text).color(palette.text2));
                });
            });
        }
    });
    ui.add_space(space::S);
}

fn head(ui: &mut Ui, app: &App, opened: &Opened, found: &[&Found], count: usize, actions: &mut Vec<Action>) {
    let title = match count {
        0 => "Checked before anything is sent".to_owned(),
        1 => "1 thing to look at before anything is sent".to_owned(),
        many => format!("{many} things to look at before anything is sent"),
    };
    let is_narrow = ui.available_width() < NARROW;
    let busy = app.list.is_busy().then_some("The list is being worked on.");
    header_row(
        ui,
        44.0,
        |ui| {
            ui.label(theme::small_strong(if is_narrow && count > 0 { "To look at" } else { &title }));
        },
        |ui| {
            ui.spacing_mut().item_spacing.x = space::S;
            if !opened.steps().is_empty() {
                let last = opened.steps().last().map(undoes).unwrap_or_default();
                let button = Button::secondary("Undo").icon(Icon::Undo2).compact().blocked(busy).tooltip(&last);
                if ui.add(button).clicked() {
                    actions.push(Action::List(ListAction::Undo));
                }
            }
            if found.iter().filter(|found| found.kind.remedy().is_some()).count() > 1 {
                let button = Button::secondary("Apply all").icon(Icon::CheckCheck).compact().blocked(busy);
                if ui.add(button.tooltip("Take every proposal below; Undo takes them back together")).clicked() {
                    actions.push(Action::List(ListAction::ApplyAll));
                }
            }
            if let (Some(done), false) = (done(opened), is_narrow) {
                ui.label(theme::caption(done).color(Palette::of(ui).text2));
            }
        },
    );
}

/// What *Undo* takes back.
fn undoes(step: &Step) -> String {
    match step {
        Step::Left(kind) => format!("Look again at the SKUs that {}", kind.says(2)),
        Step::Took(kinds) if kinds.len() == 1 => "Take the last proposal back".to_owned(),
        Step::Took(kinds) => format!("Take the last {} proposals back", kinds.len()),
    }
}

/// What the proposals that were taken last came to: *Left out 1 SKU, cleaned 15, padded 50.*
fn done(opened: &Opened) -> Option<String> {
    let counts = summed(opened.revision.done.last()?.iter());
    let ((word, count), others) = counts.split_first()?;
    let skus = if *count == 1 { "SKU" } else { "SKUs" };
    let mut text = format!("{word} {} {skus}", grouped(*count));
    for (word, count) in others {
        text = format!("{text}, {} {}", word.to_lowercase(), grouped(*count));
    }
    Some(format!("{text}."))
}

fn padded<R>(ui: &mut Ui, contents: impl FnOnce(&mut Ui) -> R) -> R {
    let frame = egui::Frame::new().inner_margin(egui::Margin::symmetric(12, 10));
    let shown = frame.show(ui, |ui| {
        ui.set_min_width(ui.available_width());
        ui.spacing_mut().item_spacing.y = space::XS;
        contents(ui)
    });
    shown.inner
}

/// Whether a kind is more than a remark.
pub(super) fn is_warning(kind: Kind) -> bool {
    tone(kind).0 != Tone::Info
}

fn tone(kind: Kind) -> (Tone, Icon) {
    match kind {
        Kind::Secret => (Tone::Err, Icon::ShieldAlert),
        Kind::StoredNumber | Kind::LongNumber => (Tone::Info, Icon::Info),
        _ => (Tone::Warn, Icon::TriangleAlert),
    }
}

fn proposal(ui: &mut Ui, app: &App, opened: &Opened, found: &Found, state: &mut State, actions: &mut Vec<Action>) {
    let is_unfolded = state.unfolded == Some(found.kind);
    padded(ui, |ui| {
        let is_narrow = ui.available_width() < NARROW;
        let buttons = |ui: &mut Ui, state: &mut State, actions: &mut Vec<Action>| {
            ui.spacing_mut().item_spacing.x = space::S;
            offers(ui, app, found, is_unfolded, state, actions);
        };
        if is_narrow {
            said(ui, opened, found);
            ui.horizontal_wrapped(|ui| buttons(ui, state, actions));
        } else {
            ui.horizontal_top(|ui| {
                const BUTTONS: f32 = REMEDY + LEAVE + 96.0 + 3.0 * space::S;
                let room = ui.available_width() - BUTTONS;
                ui.allocate_ui_with_layout(egui::vec2(room, 0.0), Layout::top_down(Align::LEFT), |ui| {
                    ui.set_min_width(room);
                    said(ui, opened, found);
                });
                buttons(ui, state, actions);
            });
        }
        if is_unfolded {
            ui.add_space(space::XS);
            rows(ui, opened, found);
        }
    });
}

/// What is suspected, and of which SKUs for example.
fn said(ui: &mut Ui, opened: &Opened, found: &Found) {
    let palette = Palette::of(ui);
    let (tone, icon) = tone(found.kind);
    let count = found.places.len();
    ui.horizontal_top(|ui| {
        ui.spacing_mut().item_spacing.x = space::S;
        ui.spacing_mut().interact_size.y = 18.0;
        icon::show(ui, icon, icon::SMALL, tone.ink(palette));
        ui.vertical(|ui| {
            ui.spacing_mut().item_spacing.y = space::XS;
            let skus = if count == 1 { "1 SKU".to_owned() } else { format!("{} SKUs", grouped(count)) };
            let text = format!("{skus} {}.", found.kind.says(count));
            ui.add(egui::Label::new(theme::small(text).color(palette.text)).wrap());
            for place in found.places.iter().take(EXAMPLES) {
                let Some(item) = opened.revision.items.get(*place as usize) else { continue };
                let example = example(item, found.kind, &opened.revision.pattern);
                ui.horizontal_wrapped(|ui| {
                    ui.spacing_mut().item_spacing.x = 6.0;
                    ui.spacing_mut().interact_size.y = 16.0;
                    ui.label(theme::mono_small(example.before).color(palette.text2));
                    let after = match (example.after, found.kind.remedy()) {
                        (Some(after), _) => Some(theme::mono_small(after).color(palette.text)),
                        (None, Some(_)) => Some(theme::caption("left out").color(palette.text)),
                        (None, None) => None,
                    };
                    if let Some(after) = after {
                        icon::show(ui, Icon::ArrowRight, icon::TINY, palette.muted);
                        ui.label(after);
                    }
                    ui.label(theme::caption(format!("row {}", grouped(example.row as usize))).color(palette.muted));
                });
            }
        });
    });
}

/// *Apply*, under the word of what it does; *Leave as is*; *Show rows*.
fn offers(ui: &mut Ui, app: &App, found: &Found, is_unfolded: bool, state: &mut State, actions: &mut Vec<Action>) {
    let count = found.places.len();
    if let Some(remedy) = found.kind.remedy() {
        let word = if count == 1 { format!("{remedy} it") } else { format!("{remedy} {}", grouped(count)) };
        let word = if remedy == "Leave out" && count == 1 { "Leave it out".to_owned() } else { word };
        let busy = app.list.is_busy().then_some("The list is being worked on.");
        if ui.add(Button::secondary(&word).icon(Icon::Check).compact().width(REMEDY).blocked(busy)).clicked() {
            actions.push(Action::List(ListAction::Apply(found.kind)));
        }
    }
    let secret = (found.kind == Kind::Secret).then_some("It is never sent, whatever you choose.");
    if ui.add(Button::secondary("Leave as is").compact().width(LEAVE).blocked(secret)).clicked() {
        actions.push(Action::List(ListAction::LeaveAsIs(found.kind)));
    }
    let (word, icon) = if is_unfolded { ("Hide rows", Icon::ChevronUp) } else { ("Show rows", Icon::ChevronDown) };
    if ui.add(Button::ghost(word).trailing(icon).compact()).clicked() {
        state.unfolded = (!is_unfolded).then_some(found.kind);
    }
}

/// Every SKU of a kind, before and after.
fn rows(ui: &mut Ui, opened: &Opened, found: &Found) {
    let columns = [
        Column::new("Row", 72.0).align(CellAlign::Right),
        Column::new("In the list", 240.0).grows(),
        Column::new("Proposed", 240.0),
    ];
    let table = Table::new("suspicious", &columns).row_size(RowSize::Dense).stripes(Stripes::Zebra).max_height(236.0);
    table.show(ui, found.places.len(), |index| {
        let Some(item) = found.places.get(index).and_then(|place| opened.revision.items.get(*place as usize)) else {
            return vec![Cell::absent(), Cell::absent(), Cell::absent()];
        };
        let example = example(item, found.kind, &opened.revision.pattern);
        let after = match (example.after, found.kind.remedy()) {
            (Some(after), _) => Cell::new(after).mono(),
            (None, Some(_)) => Cell::new("left out").secondary(),
            (None, None) => Cell::new("look at it").secondary(),
        };
        vec![Cell::new(grouped(example.row as usize)).muted(), Cell::new(example.before).mono(), after]
    });
}

fn repeated(ui: &mut Ui, opened: &Opened, actions: &mut Vec<Action>) {
    let palette = Palette::of(ui);
    let duplicates = &opened.revision.duplicates;
    padded(ui, |ui| {
        ui.horizontal_wrapped(|ui| {
            ui.spacing_mut().item_spacing.x = space::S;
            icon::show(ui, Icon::Copy, icon::SMALL, Tone::Info.ink(palette));
            let such_as = duplicates.example.as_ref().map(|(sku, rows)| {
                let rows: Vec<_> = rows.iter().map(|row| grouped(*row as usize)).collect();
                format!(", such as {sku} in rows {}", rows.join(", "))
            });
            let many = match duplicates.repeated {
                1 => "1 SKU stands".to_owned(),
                many => format!("{} SKUs stand", grouped(many)),
            };
            let (rows, those) = match duplicates.extra {
                1 => ("1 row repeats".to_owned(), "it"),
                many => (format!("{} rows repeat", grouped(many)), "them"),
            };
            let text = format!(
                "{many} in the list more than once{}. {rows} a SKU from above; without {those} there are {}.",
                such_as.unwrap_or_default(),
                grouped(duplicates.unique)
            );
            ui.label(theme::small(text));
        });
        let mut chosen = usize::from(opened.repeats() == Repeats::Once);
        if segmented(ui, &mut chosen, &["Look up every time", "Look up once"]).changed() {
            let repeats = if chosen == 1 { Repeats::Once } else { Repeats::Keep };
            actions.push(Action::List(ListAction::Repeats(repeats)));
        }
    });
}
