//! The preview of a support bundle, in front of the window: every file, byte for byte, and where it is to be saved.

use egui::{Align, Id, Key, Layout, Ui, UiBuilder, vec2};

use super::icon::{self, Icon};
use super::theme::{self, Palette, space};
use super::widgets::{Button, Choice, Choosing, Field, MenuRow, Select, Tone, body_text, card, notice, spinner};
use super::words;
use crate::app::export::Prepared;
use crate::app::{Action, App};
use crate::bundle::File;

/// The width of the panel, in points.
pub const WIDTH: f32 = 860.0;
/// The width of the list of files.
const LIST: f32 = 232.0;
/// Below this width the list of files is a drop-down.
const NARROW: f32 = 660.0;
/// The room that everything but the preview takes of the window's height.
const AROUND: f32 = 330.0;
const SAVE_HERE: f32 = 100.0;
/// The width of the path's label.
const LABEL: f32 = 56.0;

/// What the view remembers between frames.
#[derive(Default)]
pub struct BundleState {
    /// Which bundle it is about.
    number: u64,
    chosen: usize,
    path: String,
}

/// Draws the panel's inside.
pub fn show(ui: &mut Ui, app: &App, state: &mut BundleState, actions: &mut Vec<Action>) {
    let palette = Palette::of(ui);
    let export = &app.export;
    ui.label(theme::heading("Support bundle"));
    if export.is_gathering() {
        ui.horizontal(|ui| {
            spinner(ui, icon::SMALL, "Gathering the facts");
            ui.label(theme::small("Gathering the facts, and looking for secrets in them…").color(palette.text2));
        });
    }
    if let Some(prepared) = &export.prepared {
        if state.number != export.number {
            let path = prepared.suggested.display().to_string();
            *state = BundleState { number: export.number, chosen: 0, path };
        }
        let files = prepared.bundle.files.len();
        let text = format!(
            "A zip of {files} files, shown here as they will be written. Client secrets and tokens were searched for and none is in it. SKUs, prices and the activity of every key are."
        );
        ui.label(theme::small(text).color(palette.text2));
        preview(ui, prepared, state);
    }
    messages(ui, app);
    if export.prepared.is_some() {
        path_row(ui, app, state, actions);
    }
    foot(ui, app, actions);
}

fn preview(ui: &mut Ui, prepared: &Prepared, state: &mut BundleState) {
    let files = &prepared.bundle.files;
    state.chosen = state.chosen.min(files.len().saturating_sub(1));
    let height = (ui.ctx().content_rect().height() - AROUND).max(72.0);
    if ui.available_width() < NARROW {
        let labels: Vec<String> = files.iter().map(label).collect();
        let choices: Vec<Choice<'_>> = labels.iter().map(|label| Choice::from(label.as_str())).collect();
        let mut chosen = Some(state.chosen);
        if Select::new("File").label_width(40.0).compact().show(ui, &mut chosen, &choices).changed() {
            state.chosen = chosen.unwrap_or(0);
        }
        contents(ui, files, state, height - 40.0);
        return;
    }
    let room = ui.available_rect_before_wrap();
    let room = room.with_max_y(room.top() + height);
    let (left, right) = room.split_left_right_at_x(room.left() + LIST);
    ui.allocate_rect(room, egui::Sense::hover());
    part(ui, "bundle-files", left.with_max_x(left.right() - space::M), |ui| {
        egui::ScrollArea::vertical().id_salt("bundle-files").auto_shrink([false, false]).show(ui, |ui| {
            // Beside the bar, which comes where the list is longer than the preview is high.
            ui.set_max_width(ui.available_width() - f32::from(super::scrolled::GUTTER));
            ui.spacing_mut().item_spacing.y = 0.0;
            for (index, file) in files.iter().enumerate() {
                let choosing = if index == state.chosen { Choosing::Chosen } else { Choosing::NotChosen };
                let size = words::size(file.bytes.len());
                if MenuRow::new(&file.name).option(choosing).shortcut(&size).show(ui).clicked() {
                    state.chosen = index;
                }
            }
        });
    });
    part(ui, "bundle-contents", right, |ui| contents(ui, files, state, height));
}

fn part(ui: &mut Ui, name: &str, rect: egui::Rect, contents: impl FnOnce(&mut Ui)) {
    let builder = UiBuilder::new().scope_id(Id::unique(name)).max_rect(rect).layout(Layout::top_down(Align::Min));
    ui.scope_builder(builder, contents);
}

fn label(file: &File) -> String {
    format!("{}, {}", file.name, words::size(file.bytes.len()))
}

fn contents(ui: &mut Ui, files: &[File], state: &BundleState, height: f32) {
    let Some(file) = files.get(state.chosen) else { return };
    card(ui, |ui| {
        ui.set_height((height - 2.0).max(48.0));
        ui.add_space(space::S);
        ui.push_id((state.number, state.chosen), |ui| body_text(ui, file.text()));
    });
}

fn messages(ui: &mut Ui, app: &App) {
    let palette = Palette::of(ui);
    if let Some((sentence, hint)) = &app.export.problem {
        notice(ui, Tone::Err, Icon::CircleX, sentence, None);
        if !hint.is_empty() {
            ui.add(egui::Label::new(theme::caption(hint).color(palette.text2)).wrap());
        }
    }
    if let Some(path) = &app.export.saved {
        notice(ui, Tone::Ok, Icon::CircleCheck, &format!("Saved as {}.", path.display()), None);
    }
}

fn path_row(ui: &mut Ui, app: &App, state: &mut BundleState, actions: &mut Vec<Action>) {
    ui.horizontal_top(|ui| {
        ui.spacing_mut().item_spacing.x = space::S;
        let room = ui.available_width() - LABEL - SAVE_HERE - 2.0 * space::S;
        let field = Field::new("Save as", &mut state.path).label_width(LABEL).mono();
        let response = field.width(room).id(Id::unique("bundle-path")).show(ui);
        let enter = response.lost_focus() && ui.input(|input| input.key_pressed(Key::Enter));
        let blocked = if app.export.is_saving() {
            Some("It is being saved.")
        } else {
            state.path.trim().is_empty().then_some("Type a path first.")
        };
        let button = Button::secondary("Save here").width(SAVE_HERE).blocked(blocked);
        if (ui.add(button).clicked() || enter) && blocked.is_none() {
            actions.push(Action::SaveBundleAs(state.path.clone()));
        }
    });
}

fn foot(ui: &mut Ui, app: &App, actions: &mut Vec<Action>) {
    let palette = Palette::of(ui);
    let export = &app.export;
    ui.add_space(space::XS);
    ui.horizontal(|ui| {
        ui.spacing_mut().item_spacing = vec2(space::S, 0.0);
        if export.prepared.is_some() {
            let busy = export.is_saving().then_some("It is being saved.");
            if ui.add(Button::primary("Save…").icon(Icon::Save).blocked(busy)).clicked() {
                actions.push(Action::SaveBundle);
            }
        }
        if export.is_saving() {
            spinner(ui, icon::SMALL, "Saving");
            ui.label(theme::caption("No dialog? Close this, and save with the path.").color(palette.text2));
        }
        super::at_right::at_right(ui, "bundle-foot-right", |ui| {
            if ui.add(Button::secondary("Close")).clicked() {
                actions.push(Action::CloseQuestion);
            }
        });
    });
}
