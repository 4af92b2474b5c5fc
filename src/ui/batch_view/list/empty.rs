//! The ways to get a list, or another one. A paste of several lines becomes a list at once, without passing through a text field.

use std::path::PathBuf;

use egui::{Event, Id, Key, Ui};

use super::{Fold, State};
use crate::app::lists::ListAction;
use crate::app::{Action, App};
use crate::ui::icon::{self, Icon};
use crate::ui::theme::{self, Palette, space};
use crate::ui::widgets::{Button, Field, card, text_area};

/// Side by side the two ways need so much, in points.
const WIDE: f32 = 640.0;
/// Cards beside each other are as high as the one that says more, in points.
const SIDE_BY_SIDE: f32 = 196.0;
/// The name of the box for SKUs.
const PASTE: &str = "SKUs, one a line";

pub(super) fn show(ui: &mut Ui, app: &App, state: &mut State, actions: &mut Vec<Action>) {
    let palette = Palette::of(ui);
    if !ui.ctx().text_edit_focused()
        && let Some(text) = take_paste(ui, |_| true)
    {
        actions.push(Action::List(ListAction::Paste(text)));
    }
    ui.add_space(space::S);
    ui.label(theme::title("No list yet"));
    let text = "Open a list or paste one to look many SKUs up at once. Nothing is sent before you say so.";
    ui.add(egui::Label::new(theme::body(text).color(palette.text2)).wrap());
    ui.add_space(space::S);
    if ui.available_width() < WIDE {
        file(ui, 0.0, app, state, actions);
        ui.add_space(space::S);
        paste(ui, 0.0, state, actions);
    } else {
        ui.spacing_mut().item_spacing.x = space::L;
        ui.columns(2, |columns| {
            file(&mut columns[0], SIDE_BY_SIDE, app, state, actions);
            paste(&mut columns[1], SIDE_BY_SIDE, state, actions);
        });
    }
}

/// Takes a paste of several lines as a list, where it is not meant for a text field.
pub(super) fn take_list(ui: &Ui, actions: &mut Vec<Action>) {
    if !ui.ctx().text_edit_focused()
        && let Some(text) = take_paste(ui, is_list)
    {
        actions.push(Action::List(ListAction::Paste(text)));
    }
}

/// The same over a list. One line alone is no reason to give up a list: it goes into the box, to be looked at.
pub(super) fn take_another(ui: &Ui, state: &mut State, actions: &mut Vec<Action>) {
    take_list(ui, actions);
    if !ui.ctx().text_edit_focused()
        && let Some(text) = take_paste(ui, |_| true)
    {
        state.another = Fold::Open;
        state.typed = text;
    }
}

fn is_list(text: &str) -> bool {
    text.trim_end().contains(['\n', '\r'])
}

/// Another list in place of the one that is shown.
pub(super) fn another(ui: &mut Ui, state: &mut State, actions: &mut Vec<Action>) {
    inner(ui, 0.0, |ui| {
        ui.label(theme::heading("Another list"));
        let text =
            "It takes the place of this one once it is read. A file can be dropped anywhere on this window as well.";
        ui.add(egui::Label::new(theme::small(text).color(Palette::of(ui).text2)).wrap());
        ui.add_space(space::XS);
        path_row(ui, state, actions);
        paste_box(ui, state, actions);
    });
    ui.add_space(space::S);
}

fn inner(ui: &mut Ui, least_height: f32, contents: impl FnOnce(&mut Ui)) {
    card(ui, |ui| {
        egui::Frame::new().inner_margin(egui::Margin::same(20)).show(ui, |ui| {
            ui.set_min_size(egui::vec2(ui.available_width(), least_height));
            ui.spacing_mut().item_spacing = egui::vec2(space::S, space::S);
            contents(ui);
        });
    });
}

fn file(ui: &mut Ui, height: f32, app: &App, state: &mut State, actions: &mut Vec<Action>) {
    let palette = Palette::of(ui);
    inner(ui, height, |ui| {
        ui.label(theme::heading("Open a file"));
        let text = "CSV, TSV, text or a spreadsheet, up to a million SKUs. You choose the column.";
        ui.add(egui::Label::new(theme::small(text).color(palette.text2)).wrap());
        ui.add_space(space::XS);
        let busy = app.list.is_opening().then_some("A list is being read.");
        if ui.add(Button::primary("Open list…").icon(Icon::FolderOpen).blocked(busy)).clicked() {
            actions.push(Action::List(ListAction::ChooseFile));
        }
        ui.horizontal(|ui| {
            ui.spacing_mut().item_spacing.x = 6.0;
            icon::show(ui, Icon::FileDown, icon::SMALL, palette.muted);
            let hint = "Or drop a file anywhere on this window.";
            ui.add(egui::Label::new(theme::small(hint).color(palette.text2)).wrap());
        });
        ui.add_space(space::XS);
        path_row(ui, state, actions);
    });
}

/// A path by hand, for systems without a file dialog.
fn path_row(ui: &mut Ui, state: &mut State, actions: &mut Vec<Action>) {
    const OPEN: f32 = 64.0;
    ui.horizontal_top(|ui| {
        let room = ui.available_width() - OPEN - 32.0 - 2.0 * space::S;
        let field = Field::new("Path", &mut state.path).label_width(32.0).mono_small().hint("assortment.csv");
        let response = field.width(room).id(Id::unique("list-path")).show(ui);
        let enter = response.lost_focus() && ui.input(|input| input.key_pressed(Key::Enter));
        let path = state.path.trim().trim_matches('"');
        let blocked = path.is_empty().then_some("Type the path of a file first.");
        if (ui.add(Button::secondary("Open").width(OPEN).blocked(blocked)).clicked() || enter) && blocked.is_none() {
            actions.push(Action::List(ListAction::OpenPath(PathBuf::from(path))));
        }
    });
}

fn paste(ui: &mut Ui, height: f32, state: &mut State, actions: &mut Vec<Action>) {
    let palette = Palette::of(ui);
    inner(ui, height, |ui| {
        ui.label(theme::heading("Paste SKUs"));
        let text = "From a ticket, a mail or a spreadsheet. Several lines become a list at once.";
        ui.add(egui::Label::new(theme::small(text).color(palette.text2)).wrap());
        ui.add_space(space::XS);
        paste_box(ui, state, actions);
    });
}

fn paste_box(ui: &mut Ui, state: &mut State, actions: &mut Vec<Action>) {
    // The last frame's focus: the box is asked for it before it is drawn, so that it never sees a long paste.
    let focused = Id::unique("paste-a-list");
    let has_focus = ui.data(|data| data.get_temp::<Option<Id>>(focused)).flatten();
    let is_focused = has_focus.is_some_and(|id| ui.memory(|memory| memory.has_focus(id)));
    if is_focused && let Some(text) = take_paste(ui, is_list) {
        let typed = std::mem::take(&mut state.typed);
        let text = if typed.trim().is_empty() { text } else { format!("{typed}\n{text}") };
        actions.push(Action::List(ListAction::Paste(text)));
    }
    let response = text_area(ui, PASTE, &mut state.typed, "PRODUCT-001\nPRODUCT-002", 4);
    ui.data_mut(|data| data.insert_temp(focused, Some(response.id)));
    let blocked = state.typed.trim().is_empty().then_some("Paste or type a SKU first.");
    if ui.add(Button::secondary("Use these SKUs").icon(Icon::ClipboardPaste).blocked(blocked)).clicked() {
        actions.push(Action::List(ListAction::Paste(state.typed.clone())));
    }
}

/// Takes a paste out of this frame's events, where `wanted` takes its text.
fn take_paste(ui: &Ui, wanted: impl Fn(&str) -> bool) -> Option<String> {
    ui.input_mut(|input| {
        let mut pasted = None;
        input.events.retain_mut(|event| match event {
            Event::Paste(text) if !text.trim().is_empty() && wanted(text) => {
                pasted = Some(std::mem::take(text));
                false
            }
            _ => true,
        });
        pasted
    })
}
