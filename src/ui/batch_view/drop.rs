//! Files over the window: what would happen if they were dropped, and what does when they are.

use egui::{Align2, Area, Context, CornerRadius, Id, Order, StrokeKind, Ui, vec2};

use crate::app::lists::ListAction;
use crate::app::{Action, App};
use crate::ui::icon::{self, Icon};
use crate::ui::theme::{self, Palette, radius, space};

const READY: (&str, &str) = ("Drop the list here", "It opens in Batch. Nothing is sent.");
const BUSY: (&str, &str) = ("A batch is under way", "Stop it or let it finish, then drop the list.");

/// Opens dropped files in the batch view, wherever in the window they fell; while one hovers, says so.
pub fn take(ui: &Ui, app: &App, actions: &mut Vec<Action>) {
    if app.question.is_some() {
        return;
    }
    let dropped: Vec<_> =
        ui.input(|input| input.raw.dropped_files.iter().map(|file| file.path().to_path_buf()).collect());
    if !dropped.is_empty() {
        actions.push(Action::List(ListAction::OpenDropped(dropped)));
    } else if ui.input(|input| !input.raw.hovered_files.is_empty()) {
        hint(ui.ctx(), if app.batch.is_under_way() { BUSY } else { READY });
    }
}

fn hint(ctx: &Context, (heading, text): (&str, &str)) {
    let screen = ctx.content_rect();
    Area::new(Id::unique("drop-a-list")).order(Order::Foreground).fixed_pos(screen.min).interactable(false).show(
        ctx,
        |ui| {
            let palette = Palette::of(ui);
            let corner = CornerRadius::same(radius::CARD);
            ui.painter().rect_filled(screen, CornerRadius::ZERO, palette.backdrop);
            let plate = Align2::CENTER_CENTER.align_size_within_rect(vec2(360.0, 120.0), screen);
            ui.painter().rect(plate, corner, palette.card, (2.0, palette.accent), StrokeKind::Inside);
            ui.scope_builder(egui::UiBuilder::new().max_rect(plate.shrink(space::L)), |ui| {
                ui.vertical_centered(|ui| {
                    icon::show(ui, Icon::FileDown, icon::LARGE, palette.accent);
                    ui.label(theme::heading(heading));
                    ui.label(theme::small(text).color(palette.text2));
                });
            });
        },
    );
}
