//! The command palette: what can be done now, found by typing, chosen with the arrows, done with Enter. Escape closes it.
//!
//! The field keeps the keyboard all the while, and names the chosen row to screen readers. It does nothing of its own: a command
//! is a list of actions, as the buttons send them.

mod commands;

use egui::{
    Align2, Area, Color32, Context, CornerRadius, CursorIcon, EventFilter, Frame, Id, Key, Margin, Modal, Modifiers,
    Rect, Response, Role, ScrollArea, Sense, TextEdit, Ui, WidgetInfo, pos2, vec2,
};

use self::commands::{Command, Results};
use super::icon::{self, Icon};
use super::prices_view;
use super::theme::{self, Palette, height, radius, space};
use super::widgets::{EnvTag, card_frame, key_cap, rule};
use crate::app::{Action, App, Question, Search};

/// In points, where the window is that wide.
const WIDTH: f32 = 600.0;
const TOP: f32 = 88.0;
const ROW: f32 = 36.0;
const FIELD: f32 = 52.0;
const FOOT: f32 = 36.0;
const LONGEST_LIST: f32 = 372.0;
/// So many rows does a page go.
const PAGE: usize = 8;

/// What the palette remembers while it is open.
#[derive(Default)]
pub struct PaletteState {
    typed: String,
    chosen: usize,
    stage: Stage,
    /// What had the keyboard before.
    before: Option<Id>,
    /// What is to be done once it is closed.
    run: Vec<Action>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
enum Stage {
    #[default]
    Closed,
    Open,
}

/// Draws the palette, if it is open.
/// `results` can be exported.
pub fn show(
    ctx: &Context,
    app: &App,
    search: &Search,
    results: Option<Results>,
    state: &mut PaletteState,
    actions: &mut Vec<Action>,
) {
    if app.question != Some(Question::Palette) {
        // One frame later: while a modal is open, egui takes the keyboard from everything behind it.
        if state.stage == Stage::Open {
            let PaletteState { before, run, .. } = std::mem::take(state);
            // What had the keyboard is not there any more where another view comes.
            let goes = run.iter().any(|action| matches!(action, Action::ShowPrices(_)));
            if let Some(before) = if goes { Some(prices_view::landing_id()) } else { before } {
                ctx.memory_mut(|memory| memory.request_focus(before));
            }
            actions.extend(run);
            ctx.request_repaint();
        }
        return;
    }
    if state.stage == Stage::Closed {
        let before = ctx.memory(egui::Memory::focused);
        *state = PaletteState { stage: Stage::Open, before, ..PaletteState::default() };
    }
    let list = commands::filtered(commands::available(app, search, results), &state.typed, app);
    let whole = ctx.content_rect();
    let top = if whole.height() < 560.0 { space::L } else { TOP };
    let id = Id::unique("palette");
    let area: Area = Modal::default_area(id).anchor(Align2::CENTER_TOP, vec2(0.0, top));
    let palette = Palette::of_theme(ctx.theme());
    let frame = card_frame(palette).stroke((1.0, palette.control)).corner_radius(CornerRadius::same(radius::PALETTE));
    let frame = frame.shadow(ctx.global_style().visuals.popup_shadow);
    let modal = Modal::new(id).area(area).frame(frame).backdrop_color(Color32::from_black_alpha(140));
    let longest = (whole.height() - top - space::L - FIELD - FOOT - 4.0).clamp(ROW, LONGEST_LIST);
    let shown = modal.show(ctx, |ui| {
        ui.set_width(WIDTH.min(whole.width() - 2.0 * space::L));
        ui.spacing_mut().item_spacing = vec2(space::S, 0.0);
        let moved = keys(ui, state, list.len());
        let run_by_key = ui.input_mut(|input| input.consume_key(Modifiers::NONE, Key::Enter));
        let field = field(ui, state);
        rule(ui);
        let clicked = rows(ui, &list, state.chosen, moved, longest, field.id);
        rule(ui);
        foot(ui, &list);
        clicked.or_else(|| run_by_key.then_some(state.chosen))
    });
    let closes = ctx.input_mut(|input| input.consume_key(Modifiers::COMMAND, Key::K)) || shown.should_close();
    let command = shown.inner.and_then(|index| list.into_iter().nth(index));
    if command.is_some() || closes {
        state.run = command.map(|command| command.actions).unwrap_or_default();
        ctx.memory_mut(|memory| memory.surrender_focus(field_id()));
        actions.push(Action::CloseQuestion);
        ctx.request_repaint();
    }
}

fn field_id() -> Id {
    Id::unique("palette-field")
}

fn row_id(index: usize) -> Id {
    Id::unique(("palette-row", index))
}

/// Whether the chosen row is to be brought into sight.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Moved {
    Yes,
    No,
}

/// The keys that choose a row. The field never sees them.
fn keys(ui: &Ui, state: &mut PaletteState, rows: usize) -> Moved {
    let before = state.chosen;
    let last = rows.saturating_sub(1);
    let count = |key| ui.input_mut(|input| input.count_and_consume_key(Modifiers::NONE, key));
    let (down, up) = (count(Key::ArrowDown), count(Key::ArrowUp));
    let (pages_down, pages_up) = (count(Key::PageDown), count(Key::PageUp));
    if rows > 0 {
        // The arrows go round, pages do not.
        let step = (down + rows - up % rows) % rows;
        state.chosen = (state.chosen.min(last) + step) % rows;
        state.chosen = (state.chosen + PAGE * pages_down).min(last).saturating_sub(PAGE * pages_up);
    }
    if state.chosen == before { Moved::No } else { Moved::Yes }
}

fn field(ui: &mut Ui, state: &mut PaletteState) -> Response {
    let palette = Palette::of(ui);
    let size = vec2(ui.available_width(), FIELD);
    let builder = |rect| egui::UiBuilder::new().max_rect(rect).layout(egui::Layout::left_to_right(egui::Align::Center));
    let (rect, _) = ui.allocate_exact_size(size, Sense::hover());
    ui.scope_builder(builder(rect.shrink2(vec2(20.0, 0.0))), |ui| {
        icon::show(ui, Icon::Search, icon::BODY, palette.text2);
        ui.add_space(space::XS);
        let room = ui.available_width() - 39.0;
        // None of these is to move the keyboard elsewhere.
        let own = EventFilter { tab: true, horizontal_arrows: true, vertical_arrows: true, escape: true };
        let edit = TextEdit::singleline(&mut state.typed)
            .id(field_id())
            .event_filter(own)
            .align(Align2::LEFT_CENTER)
            .frame(Frame::NONE)
            .desired_width(room)
            .font(egui::TextStyle::Heading)
            .char_limit(256)
            .hint_text(theme::body("Find or run…").color(palette.muted));
        let response = ui.add(edit);
        if !response.has_focus() {
            response.request_focus();
            ui.ctx().request_repaint();
        }
        if response.changed() {
            state.chosen = 0;
        }
        ui.ctx().accesskit_node_builder(response.id, |node| node.set_label("Find or run"));
        key_cap(ui, "Esc");
        response
    })
    .inner
}

/// Draws the rows with a heading over each group; returns the one that was clicked.
fn rows(ui: &mut Ui, list: &[Command], chosen: usize, moved: Moved, longest: f32, field: Id) -> Option<usize> {
    let palette = Palette::of(ui);
    let mut clicked = None;
    ScrollArea::vertical().max_height(longest).show(ui, |ui| {
        Frame::new().inner_margin(Margin { left: 8, right: 8, top: 4, bottom: 8 }).show(ui, |ui| {
            ui.set_width(ui.available_width());
            if list.is_empty() {
                ui.add_space(space::M);
                ui.vertical_centered(|ui| {
                    ui.label(theme::small("Nothing like it can be done now.").color(palette.text2));
                });
                ui.add_space(space::S);
            }
            let mut group = None;
            for (index, command) in list.iter().enumerate() {
                let is_first = index == 0;
                if group != Some(command.group) {
                    group = Some(command.group);
                    ui.add_space(space::S);
                    ui.horizontal(|ui| {
                        ui.spacing_mut().interact_size.y = 20.0;
                        ui.add_space(space::M);
                        ui.label(theme::caption(command.group.label()).color(palette.muted));
                    });
                }
                let response = row(ui, index, command, index == chosen);
                if index == chosen {
                    ui.ctx().accesskit_node_builder(field, |node| {
                        node.set_active_descendant(response.id.accesskit_id());
                    });
                    if moved == Moved::Yes {
                        let above = if is_first { 40.0 } else { 0.0 };
                        ui.scroll_to_rect(response.rect.with_min_y(response.rect.top() - above), None);
                    }
                }
                if response.clicked() {
                    clicked = Some(index);
                }
            }
        });
    });
    clicked
}

fn row(ui: &mut Ui, index: usize, command: &Command, is_chosen: bool) -> Response {
    let palette = Palette::of(ui);
    let (rect, _) = ui.allocate_exact_size(vec2(ui.available_width(), ROW), Sense::hover());
    // It is clicked, and never has the keyboard: the field keeps that.
    let response = ui.interact(rect, row_id(index), Sense::CLICK);
    response.widget_info(|| WidgetInfo::selected(Role::ListBoxOption, true, is_chosen, &command.word));
    ui.ctx().accesskit_node_builder(response.id, |node| {
        node.set_selected(is_chosen);
        if !command.hint.is_empty() {
            node.set_description(command.hint.as_str());
        }
    });
    let painter = ui.painter();
    let fill = match (is_chosen, response.hovered()) {
        (true, _) => palette.select,
        (false, true) => palette.raised,
        (false, false) => Color32::TRANSPARENT,
    };
    painter.rect_filled(rect, CornerRadius::same(radius::CONTROL), fill);
    let y = rect.center().y;
    let ink = if is_chosen { palette.accent } else { palette.text2 };
    let left = rect.left() + space::M;
    icon::paint(painter, pos2(left + icon::BODY / 2.0, y), command.icon, icon::BODY, ink);
    let mut right = rect.right() - space::M;
    if let Some(env) = command.env {
        let tag = EnvTag::new(env);
        let width = tag.width_in(ui);
        let at = Rect::from_min_size(pos2(right - width, y - height::TAG / 2.0), vec2(width, height::TAG));
        EnvTag::new(env).paint_at(ui, at);
        right -= width + space::S;
    }
    if let Some(key) = command.key {
        for cap in [key, modifier(ui)] {
            right = paint_cap(ui, right, y, cap) - 6.0;
        }
        let keys = format!("{}+{key}", modifier(ui));
        ui.ctx().accesskit_node_builder(response.id, |node| node.set_keyboard_shortcut(keys));
    }
    let style = if is_chosen { theme::body_strong_style() } else { egui::TextStyle::Body };
    let at = left + icon::BODY + space::M;
    let end = text(ui, at, y, &command.word, &style, palette.text, right - at);
    let at = end + space::M;
    if right - at > 48.0 {
        // Smaller letters on the same line.
        text(ui, at, y - 1.0, &command.hint, &theme::small_style(), palette.text2, right - at);
    }
    response.on_hover_cursor(CursorIcon::PointingHand)
}

/// Paints one line, cut with … where it does not fit; returns where it ends.
fn text(ui: &Ui, x: f32, y: f32, text: &str, style: &egui::TextStyle, ink: Color32, room: f32) -> f32 {
    let mut job = egui::text::LayoutJob::simple_singleline(text.to_owned(), style.resolve(ui.style()), ink);
    job.wrap = egui::text::TextWrapping::truncate_at_width(room.max(0.0));
    let galley = ui.painter().layout_job(job);
    let end = x + galley.size().x;
    let at = pos2(x, (y - galley.size().y / 2.0).round());
    ui.painter().galley(at, galley, ink);
    end
}

/// Paints a key with its right edge here; returns its left edge.
fn paint_cap(ui: &Ui, right: f32, y: f32, key: &str) -> f32 {
    let palette = Palette::of(ui);
    let font = egui::TextStyle::Small.resolve(ui.style());
    let galley = ui.painter().layout_no_wrap(key.to_owned(), font, palette.text2);
    let width = (galley.size().x + 12.0).ceil();
    let rect = Rect::from_min_size(pos2(right - width, y - 9.0), vec2(width, 18.0));
    let edge = egui::StrokeKind::Inside;
    ui.painter().rect_stroke(rect, CornerRadius::same(radius::TAG), (1.0, palette.control), edge);
    ui.painter().galley(rect.center() - galley.size() / 2.0, galley, palette.text2);
    rect.left()
}

/// What the key beside the letter is called on this system.
pub fn modifier(ui: &Ui) -> &'static str {
    if ui.ctx().os().is_mac() { "Cmd" } else { "Ctrl" }
}

fn foot(ui: &mut Ui, list: &[Command]) {
    let palette = Palette::of(ui);
    let (rect, _) = ui.allocate_exact_size(vec2(ui.available_width(), FOOT), Sense::hover());
    let layout = egui::Layout::left_to_right(egui::Align::Center);
    let builder = egui::UiBuilder::new().max_rect(rect.shrink2(vec2(20.0, 0.0))).layout(layout);
    ui.scope_builder(builder, |ui| {
        ui.spacing_mut().item_spacing.x = 6.0;
        let say = |ui: &mut Ui, text: &str| _ = ui.label(theme::caption(text).color(palette.text2));
        key_cap(ui, "↑");
        key_cap(ui, "↓");
        say(ui, "choose");
        ui.add_space(space::S);
        key_cap(ui, "Enter");
        say(ui, "run");
        ui.with_layout(egui::Layout::right_to_left(egui::Align::Center), |ui| {
            let count = list.len();
            say(ui, &if count == 1 { "1 command".to_owned() } else { format!("{count} commands") });
        });
    });
}
