//! Questions that stand in front of the window: deleting a key, copying a token, importing a key. Escape answers no.

use egui::{Align, Id, Layout, Modal, Ui};

use super::bundle_view::{self, BundleState};
use super::connection_view;
use super::export_menu;
use super::field_map_view::{self, FieldMapState};
use super::icon::{self, Icon};
use super::scrolled;
use super::theme::{self, Palette, space};
use super::widgets::{Button, Field, Tone, card_frame, notice, spinner};
use crate::app::action::Question;
use crate::app::{Action, App, KeyForm};

/// The width of the button beside the path, in points.
const READ_IT: f32 = 80.0;

/// What the larger ones remember between frames.
#[derive(Default)]
pub struct States {
    bundle: BundleState,
    export: export_menu::State,
    field_map: FieldMapState,
}

/// Draws the open question, if there is one.
pub fn show(ui: &mut Ui, app: &App, form: &mut KeyForm, states: &mut States, actions: &mut Vec<Action>) {
    // The palette has a place and a frame of its own.
    let Some(question) = app.question.filter(|question| *question != Question::Palette) else { return };
    let palette = Palette::of(ui);
    // What scrolls keeps its bar in the margin, so that it ends where everything else ends.
    let scrolls = matches!(question, Question::Connection | Question::FieldMap);
    let right = if scrolls { 20 - scrolled::GUTTER } else { 20 };
    let frame = card_frame(palette).inner_margin(egui::Margin { right, ..egui::Margin::same(20) });
    let modal = Modal::new(Id::unique("question")).frame(frame).backdrop_color(egui::Color32::from_black_alpha(140));
    let response = modal.show(ui.ctx(), |ui| {
        let width = match question {
            Question::Connection => connection_view::WIDTH,
            Question::Bundle => bundle_view::WIDTH,
            Question::Save => export_menu::WIDTH,
            Question::FieldMap => field_map_view::WIDTH,
            _ => 440.0,
        };
        ui.set_width(width.min(ui.ctx().content_rect().width() - 48.0));
        ui.spacing_mut().item_spacing.y = space::S;
        match question {
            Question::Delete => delete(ui, app, actions),
            Question::CopyToken => copy_token(ui, actions),
            Question::Import => import(ui, app, form, actions),
            Question::Connection => connection_view::show(ui, app, actions),
            Question::Bundle => bundle_view::show(ui, app, &mut states.bundle, actions),
            Question::Save => export_menu::show(ui, app, &mut states.export, actions),
            Question::FieldMap => field_map_view::show(ui, app, &mut states.field_map, actions),
            Question::ClearHistory => super::history_view::removing::clear(ui, app, actions),
            Question::RemoveEntry(run) => super::history_view::removing::entry(ui, app, run, actions),
            Question::LowerLimit(limit_mb) => super::history_view::removing::lower_limit(ui, app, limit_mb, actions),
            Question::Leave => super::batch_view::running::leave(ui, app, actions),
            Question::Palette => {}
        }
    });
    if response.should_close() {
        actions.push(Action::CloseQuestion);
    }
}

fn delete(ui: &mut Ui, app: &App, actions: &mut Vec<Action>) {
    let Some(profile) = app.active_profile() else {
        actions.push(Action::CloseQuestion);
        return;
    };
    ui.label(theme::heading(format!("Delete the key “{}”?", profile.name)));
    let text = if app.rests_in_keychain(profile) {
        "Its secret is removed from the system keychain. The vendor never shows a secret twice, so it cannot be read again; the key itself stays valid until it is revoked in the Account Portal."
    } else {
        "It is kept in memory only, and is gone at once."
    };
    ui.label(theme::small(text).color(Palette::of(ui).text2));
    foot(ui, |ui| {
        // The harmless answer is the first that Tab comes to.
        if ui.add(Button::secondary("Keep it")).clicked() {
            actions.push(Action::CloseQuestion);
        }
        if ui.add(Button::danger("Delete this key").icon(Icon::Trash2)).clicked() {
            actions.push(Action::DeleteKey);
        }
    });
}

fn copy_token(ui: &mut Ui, actions: &mut Vec<Action>) {
    ui.label(theme::heading("Copy the access token?"));
    let text = "It works like a password: whoever has it can ask for prices with this key's permissions until it expires. Do not paste it into a ticket.";
    ui.label(theme::small(text).color(Palette::of(ui).text2));
    let text = "Other programs can read the clipboard. The token is kept out of clipboard history where the system can, and cleared after 45 seconds or when this window is closed.";
    ui.label(theme::small(text).color(Palette::of(ui).text2));
    foot(ui, |ui| {
        if ui.add(Button::primary("Copy it").icon(Icon::Copy)).clicked() {
            actions.push(Action::CopyToken);
        }
        if ui.add(Button::secondary("Leave it")).clicked() {
            actions.push(Action::CloseQuestion);
        }
    });
}

fn import(ui: &mut Ui, app: &App, form: &mut KeyForm, actions: &mut Vec<Action>) {
    let palette = Palette::of(ui);
    ui.label(theme::heading("Import a key"));
    let text = "From a .env file or a JSON file with client_id and client_secret. The values go into the form; nothing is saved yet.";
    ui.label(theme::small(text).color(palette.text2));
    if app.is_choosing_file() {
        ui.horizontal(|ui| {
            spinner(ui, icon::SMALL, "Waiting for the file dialog");
            ui.label(
                theme::small("Waiting for the file. No dialog? Cancel, and type the path below.").color(palette.text2),
            );
        });
    }
    ui.horizontal(|ui| {
        let busy = app.is_choosing_file().then_some("The file dialog is open.");
        if ui.add(Button::secondary("Choose file…").icon(Icon::FolderOpen).blocked(busy)).clicked() {
            actions.push(Action::ChooseImportFile);
        }
        let missing =
            app.environment.is_none().then_some("QUANTAPRICE_CLIENT_ID and QUANTAPRICE_CLIENT_SECRET are not set.");
        if ui.add(Button::secondary("From the environment").icon(Icon::Terminal).blocked(missing)).clicked() {
            actions.push(Action::ImportEnvironment);
        }
    });
    ui.label(theme::caption("If no dialog opens on this system, type the path:").color(palette.muted));
    ui.horizontal_top(|ui| {
        let room = ui.available_width() - READ_IT - ui.spacing().item_spacing.x;
        let field = Field::new("File path", &mut form.import_path).label_unseen().mono().hint("/home/you/key.env");
        let response = field.width(room).id(Id::unique("import-path")).show(ui);
        let enter = response.lost_focus() && ui.input(|input| input.key_pressed(egui::Key::Enter));
        let blocked = form.import_path.trim().is_empty().then_some("Type a path first.");
        if (ui.add(Button::secondary("Read it").width(READ_IT).blocked(blocked)).clicked() || enter)
            && blocked.is_none()
        {
            actions.push(Action::ImportFile(form.import_path.clone()));
        }
    });
    if let Some(crate::app::FormMessage::Other(text)) = &form.message {
        notice(ui, Tone::Err, Icon::CircleX, text, None);
    }
    foot(ui, |ui| {
        if ui.add(Button::secondary("Cancel")).clicked() {
            actions.push(Action::CloseQuestion);
        }
    });
}

pub(super) fn foot(ui: &mut Ui, buttons: impl FnOnce(&mut Ui)) {
    ui.add_space(space::S);
    // Of its own height: a row that is centred takes all the room beneath it, also that of a larger question before.
    let size = egui::vec2(ui.available_width(), theme::height::CONTROL);
    ui.allocate_ui_with_layout(size, Layout::right_to_left(Align::Center), buttons);
}
