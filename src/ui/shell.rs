//! The frame around the views: which view stands where at which width, and what happens at the end of a frame.

use std::time::Duration;

use egui::{
    Align, Area, CentralPanel, Context, Frame, Id, Key, KeyboardShortcut, Layout, Margin, Modifiers, Order, Panel, Ui,
    UiBuilder,
};

use super::activity_view::{self, ActivityState};
use super::icon::Icon;
use super::palette_view::{self, PaletteState};
use super::prices_view::{self, PricesState};
use super::scrolled::GUTTER;
use super::theme::{Palette, space};
use super::token_panel::{self, Room};
use super::token_view::{self, TokenState};
use super::top_bar::{self, Width};
use super::widgets::{Button, Tab as TabWord, Tone, notice, tabs};
use super::{batch_view, drill_bar, keys_panel, questions, status_bar};
use crate::app::{Action, App, Drawer, Focus, KeyForm, PricesMode, Question, Tab};
use crate::clipboard;
use crate::keys::ThemeChoice;

/// Below this width the left column is narrower, in points.
const MEDIUM: f32 = 1080.0;
/// Below this width the left column is a drawer.
const NARROW: f32 = 760.0;
/// Below this height the token's ring is small.
const LOW: f32 = 640.0;
/// Below this height there is no status bar.
const LOWEST: f32 = 480.0;

/// What views remember between frames that no other part needs to know.
#[derive(Default)]
pub struct Views {
    prices: PricesState,
    token: TokenState,
    activity: ActivityState,
    questions: questions::States,
    palette: PaletteState,
}

/// Draws one frame: takes in what finished, shows it, applies what was asked for.
pub fn show(ui: &mut Ui, app: &mut App, views: &mut Views) {
    app.poll();
    if app.asks_before_closing() && ui.input(|input| input.viewport().close_requested()) {
        ui.ctx().send_viewport_cmd(egui::ViewportCommand::CancelClose);
        app.ask_before_closing();
    }
    let mut actions = Vec::new();
    shortcuts(ui.ctx(), app, &mut actions);
    let mut form = std::mem::take(&mut app.form);
    let mut search = std::mem::take(&mut app.search);

    let size = ui.available_size();
    let width = match size.x {
        x if x < NARROW => Width::Narrow,
        x if x < MEDIUM => Width::Medium,
        _ => Width::Wide,
    };
    let column = if width == Width::Wide { 320.0 } else { 264.0 };
    top_bar::show(ui, app, width, column, &mut actions);
    // A token on the clipboard is said at any height.
    if size.y >= LOWEST || app.clipboard.shown() != clipboard::Shown::Nothing {
        status_bar::show(ui, app, &mut actions);
    }
    let room = if size.y < LOW { Room::Low } else { Room::Full };
    if width == Width::Narrow {
        if app.drawer == Drawer::Open {
            let beside = drawer(ui, column, |ui| left_column(ui, app, width, room, &mut form, &mut actions));
            if beside == Clicked::Beside && app.question.is_none() {
                actions.push(Action::ToggleDrawer);
            }
        }
    } else {
        let left = Panel::left("left-column").exact_size(column).resizable(false).frame(column_frame(ui));
        left.show(ui, |ui| left_column(ui, app, width, room, &mut form, &mut actions));
    }
    centre(ui, app, width, &mut search, views, &mut actions);
    questions::show(ui, app, &mut form, &mut views.questions, &mut actions);
    let results = (app.question == Some(Question::Palette)).then(|| prices_view::results(app, &views.prices)).flatten();
    palette_view::show(ui.ctx(), app, &search, results, &mut views.palette, &mut actions);
    batch_view::drop::take(ui, app, &mut actions);
    keys_panel::forget_what_was_typed(ui.ctx());

    app.form = form;
    // What was typed into the field meanwhile stays; focus can be asked for by an action below.
    app.search = search;
    for action in actions {
        app.apply(action);
    }
    send_out(ui.ctx(), app);
    wake_later(ui.ctx(), app);
}

fn column_frame(ui: &Ui) -> Frame {
    Frame::new().fill(Palette::of(ui).panel).inner_margin(Margin::symmetric(0, 12))
}

/// Where the pointer was pressed, as the drawer sees it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Clicked {
    Beside,
    Elsewhere,
}

/// The left column over the centre of a narrow window, so that the centre keeps its width.
fn drawer(ui: &Ui, width: f32, contents: impl FnOnce(&mut Ui)) -> Clicked {
    let palette = Palette::of(ui);
    let rect = ui.available_rect_before_wrap().with_max_x(ui.max_rect().left() + width);
    let area = Area::new(Id::unique("drawer")).order(Order::Middle).fixed_pos(rect.min).constrain(false);
    area.show(ui.ctx(), |ui| {
        ui.scope_builder(UiBuilder::new().max_rect(rect), |ui| {
            ui.set_clip_rect(rect);
            let frame = column_frame(ui);
            frame.show(ui, |ui| {
                ui.set_min_size(rect.size() - frame.total_margin().sum());
                contents(ui);
            });
            ui.painter().vline(rect.right() - 0.5, rect.y_range(), (1.0, palette.control));
        });
    });
    let beside = ui.available_rect_before_wrap().with_min_x(rect.right());
    let at = ui.input(|input| input.pointer.interact_pos().filter(|_| input.pointer.any_click()));
    // A list that hangs out of the drawer is a part of it.
    let is_beside = at.is_some_and(|at| beside.contains(at)) && !egui::Popup::is_any_open(ui.ctx());
    if is_beside { Clicked::Beside } else { Clicked::Elsewhere }
}

fn left_column(ui: &mut Ui, app: &App, width: Width, room: Room, form: &mut KeyForm, actions: &mut Vec<Action>) {
    let margin = if width == Width::Wide { 16 } else { 12 };
    let frame = Frame::new().inner_margin(Margin { left: margin, right: margin, top: 12, bottom: 0 });
    Panel::bottom("token-status").frame(frame).show(ui, |ui| token_panel::show(ui, app, room, actions));
    let beside_bar = Margin { left: margin, right: margin - GUTTER, ..Margin::ZERO };
    CentralPanel::no_frame()
        .frame(Frame::new().inner_margin(beside_bar))
        .show(ui, |ui| keys_panel::show(ui, app, form, actions));
}

fn centre(
    ui: &mut Ui,
    app: &App,
    width: Width,
    search: &mut crate::app::Search,
    views: &mut Views,
    actions: &mut Vec<Action>,
) {
    let palette = Palette::of(ui);
    let side = if width == Width::Wide { 24 } else { 16 };
    let bar = Frame::new().fill(palette.panel).inner_margin(Margin::symmetric(8, 0));
    Panel::top("tabs").exact_size(super::theme::height::TABS).frame(bar).show(ui, |ui| {
        const TABS: [Tab; 3] = [Tab::Prices, Tab::Token, Tab::Activity];
        let words = [
            TabWord { icon: Icon::Tags, word: "Prices" },
            TabWord { icon: Icon::ShieldCheck, word: "Token" },
            TabWord { icon: Icon::Activity, word: "Activity" },
        ];
        let mut chosen = TABS.iter().position(|tab| *tab == app.tab).unwrap_or(0);
        ui.horizontal(|ui| {
            if tabs(ui, &mut chosen, &words).changed() {
                actions.push(Action::Show(TABS[chosen]));
            }
        });
    });
    let frame =
        Frame::new().fill(palette.canvas).inner_margin(Margin { left: side, right: side - GUTTER, top: 16, bottom: 0 });
    CentralPanel::no_frame().frame(frame).show(ui, |ui| {
        if let Some(text) = &app.notice {
            ui.horizontal_top(|ui| {
                // The button first, at the right: a long notice must not push it out of the window.
                ui.with_layout(Layout::right_to_left(Align::Min), |ui| {
                    ui.add_space(f32::from(GUTTER));
                    if ui.add(Button::ghost("Dismiss").icon_only(Icon::X).compact()).clicked() {
                        actions.push(Action::DismissNotice);
                    }
                    ui.with_layout(Layout::top_down(Align::LEFT), |ui| {
                        notice(ui, Tone::Warn, Icon::TriangleAlert, text, None);
                    });
                });
            });
            ui.add_space(space::S);
        }
        drill_bar::show(ui, app, actions);
        if app.tab != Tab::Activity {
            views.activity.put_away();
        }
        match app.tab {
            Tab::Prices => prices_view::show(ui, app, search, &mut views.prices, actions),
            Tab::Token => token_view::show(ui, app, &mut views.token, actions),
            Tab::Activity => activity_view::show(ui, app, &mut views.activity, actions),
        }
        views.token.follow(ui.ctx(), app.tab);
    });
}

/// Ctrl+K opens the command palette, Ctrl+L goes to the SKU, Ctrl+1 to Ctrl+3 to the tabs, Escape stops a lookup.
fn shortcuts(ctx: &Context, app: &mut App, actions: &mut Vec<Action>) {
    let pressed = |key| ctx.input_mut(|input| input.consume_shortcut(&KeyboardShortcut::new(Modifiers::COMMAND, key)));
    if app.question.is_some() {
        return;
    }
    if pressed(Key::K) {
        actions.push(Action::Ask(Question::Palette));
    }
    if pressed(Key::L) {
        app.search.focus = Focus::Take;
        // The field selects nothing by itself where it has the keyboard already.
        if ctx.memory(|memory| memory.has_focus(prices_view::sku_id())) {
            prices_view::select_all(ctx, &app.search.sku);
        }
        actions.push(Action::ShowPrices(PricesMode::Single));
    }
    if pressed(Key::Num1) {
        actions.push(Action::Show(Tab::Prices));
    }
    if pressed(Key::Num2) {
        actions.push(Action::Show(Tab::Token));
    }
    if pressed(Key::Num3) {
        actions.push(Action::Show(Tab::Activity));
    }
    if app.desk().is_some_and(crate::app::Desk::is_running) && ctx.input(|input| input.key_pressed(Key::Escape)) {
        actions.push(Action::CancelLookUp);
    }
}

/// Does what the actions want of the world outside.
fn send_out(ctx: &Context, app: &mut App) {
    let outbox = std::mem::take(&mut app.outbox);
    if let Some(text) = outbox.copy {
        ctx.copy_text(text);
    }
    if let Some(url) = outbox.open_url {
        ctx.open_url(egui::OpenUrl::new_tab(url));
    }
    if outbox.attention.is_some() && !ctx.input(|input| input.focused) {
        let look = egui::UserAttentionType::Informational;
        ctx.send_viewport_cmd(egui::ViewportCommand::RequestUserAttention(look));
    }
    if outbox.close.is_some() {
        ctx.send_viewport_cmd(egui::ViewportCommand::Close);
    }
    if let Some(theme) = outbox.theme_changed {
        choose_theme(ctx, theme);
    }
}

/// Asks for the next frame at the moment when a text on screen changes by itself, and not before.
fn wake_later(ctx: &Context, app: &App) {
    let token = app.status().and_then(|status| status.changes_in());
    let is_waiting = app.key_work().is_some()
        || app.is_token_work()
        || app.connection.is_running()
        || app.export.is_gathering()
        || app.export.is_saving()
        || app.desk().is_some_and(crate::app::Desk::is_running)
        || app.status().is_some_and(|status| status.fetching.is_some());
    let run = batch_view::changes_in(app);
    let work = is_waiting.then_some(Duration::from_millis(250));
    let shown = app.desk().and_then(|desk| desk.shown.as_ref());
    let wait = shown.and_then(|shown| shown.lookup.wait_left(jiff::Timestamp::now())).filter(|left| !left.is_zero());
    let wait = wait.map(|left| Duration::from_nanos(u64::from(left.subsec_nanos()) + 1));
    let copied = app.clipboard.changes_in();
    if let Some(delay) = token.into_iter().chain(work).chain(wait).chain(copied).chain(run).min() {
        ctx.request_repaint_after(delay);
    }
}

/// Sets the theme that the user chose.
pub fn choose_theme(ctx: &Context, theme: ThemeChoice) {
    ctx.set_theme(match theme {
        ThemeChoice::System => egui::ThemePreference::System,
        ThemeChoice::Light => egui::ThemePreference::Light,
        ThemeChoice::Dark => egui::ThemePreference::Dark,
    });
}
