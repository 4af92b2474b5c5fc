//! The *Prices* tab: the SKU, its further query parameters, and beneath them whatever there is to show.

use std::sync::Arc;
use std::time::Duration;

use egui::text::{CCursor, CCursorRange};
use egui::text_edit::TextEditState;
use egui::{Align, Id, Key, Layout, Role, Sense, TextStyle, Ui, WidgetInfo};

use super::icon::{self, Icon};
use super::theme::{self, Palette, space};
use super::widgets::{Button, Field, Tone, card, card_body, elided, notice, segmented, spinner};
use super::{batch_view, compare_view, export_menu, history_view, result_card, scrolled, welcome};
use crate::app::history::Opened;
use crate::app::{Action, App, Desk, Focus, PricesMode, Search, Tab, save};
use crate::prices::client::{MOST_TRIES, Progress};
use crate::prices::{PriceQuery, curl, query};
use crate::results::View;
use crate::sheet::Sheet as _;
use crate::token::error::secs;

/// The id of the SKU's text, so that a new profile or a shortcut can give it the keyboard.
pub fn sku_id() -> Id {
    Id::unique("sku")
}

/// Where the keyboard is after a way here that leads to no field: behind the modes, so that Tab goes on with what is beneath them.
pub fn landing_id() -> Id {
    Id::unique("prices-landing")
}

/// The results that can be exported now: those on screen or else those of the batch.
pub fn results(app: &App, state: &PricesState) -> Option<(&'static str, save::Offer)> {
    let is_on_screen = |mode| app.tab == Tab::Prices && app.prices_mode == mode;
    let of_run = |header, corrections, view: Option<&Arc<View>>| {
        let view = view.filter(|view| !view.is_empty())?;
        Some(export_menu::offer_of_run(header, corrections, view))
    };
    if is_on_screen(PricesMode::History)
        && let Some(Opened::Run(run)) = &app.past.opened
        && let Some(offer) = of_run(&run.header, None, state.history.results().view())
    {
        return Some(("Export results…", offer));
    }
    if is_on_screen(PricesMode::Compare)
        && let Some(offer) = state.compare.on_screen(app)
    {
        return Some(("Export the comparison…", offer));
    }
    let running = app.batch.running()?;
    let offer = of_run(running.run.header(), running.corrections.as_ref(), state.batch.results().view())?;
    Some((if is_on_screen(PricesMode::Batch) { "Export results…" } else { "Export the batch's results…" }, offer))
}

/// What this view remembers between frames.
#[derive(Default)]
pub struct PricesState {
    pub result: result_card::ResultState,
    pub batch: batch_view::State,
    pub compare: compare_view::State,
    pub history: history_view::State,
}

/// Draws the tab. `search` is the app's own, taken out for the frame.
pub fn show(ui: &mut Ui, app: &App, search: &mut Search, state: &mut PricesState, actions: &mut Vec<Action>) {
    ui.spacing_mut().item_spacing.y = space::S;
    modes(ui, app, actions);
    batch_view::offer::show(ui, app, actions);
    match app.prices_mode {
        PricesMode::Single => single(ui, app, search, state, actions),
        PricesMode::Batch => batch_view::show(ui, app, search, &mut state.batch, actions),
        PricesMode::Compare => compare_view::show(ui, app, search, &mut state.compare, actions),
        PricesMode::History => history_view::show(ui, app, &mut state.history, actions),
    }
}

fn modes(ui: &mut Ui, app: &App, actions: &mut Vec<Action>) {
    let words = PricesMode::ALL.map(PricesMode::label);
    let mut chosen = PricesMode::ALL.iter().position(|mode| *mode == app.prices_mode).unwrap_or(0);
    ui.horizontal(|ui| {
        if segmented(ui, &mut chosen, &words).changed() {
            actions.push(Action::ShowPrices(PricesMode::ALL[chosen]));
        }
        // Only while the keyboard is there: it is no stop on the way of Tab.
        if ui.memory(|memory| memory.has_focus(landing_id())) {
            let at = egui::Rect::from_min_size(ui.cursor().min, egui::Vec2::ZERO);
            let landing = ui.interact(at, landing_id(), Sense::focusable_noninteractive());
            landing.widget_info(|| WidgetInfo::labeled(Role::Label, true, app.prices_mode.label()));
        }
        if app.prices_mode == PricesMode::Batch {
            batch_view::running::buttons(ui, app, actions);
        }
    });
    ui.add_space(space::XS);
}

/// One SKU.
fn single(ui: &mut Ui, app: &App, search: &mut Search, state: &mut PricesState, actions: &mut Vec<Action>) {
    scrolled::column(ui, |ui| {
        recent(ui, app, actions);
        search_row(ui, app, search, actions);
        request_row(ui, app, search, actions);
        ui.add_space(space::S);
        if app.active_profile().is_none() {
            welcome::show(ui, app, actions);
            return;
        }
        match app.desk() {
            Some(desk) => answer(ui, app, desk, &search.sku, state, actions),
            None => nothing_yet(ui),
        }
        ui.add_space(space::L);
    });
}

/// The SKUs looked up last with this key, as buttons that put them into the field.
fn recent(ui: &mut Ui, app: &App, actions: &mut Vec<Action>) {
    let skus = app.active_profile().map_or(&[][..], |profile| &profile.recent_skus);
    if skus.is_empty() {
        return;
    }
    ui.horizontal(|ui| {
        ui.label(theme::caption("Recent").color(Palette::of(ui).muted));
        for sku in skus {
            // A row of its own size: what does not fit is in the next window's width.
            let wide = 12.0 + 8.0 * sku.chars().count() as f32 + 12.0;
            if ui.available_width() < wide {
                break;
            }
            let button = Button::secondary(sku).compact().mono();
            if ui.add(button.tooltip("Put it into the field; Enter looks it up")).clicked() {
                actions.push(Action::PutSku(sku.clone()));
            }
        }
    });
}

fn search_row(ui: &mut Ui, app: &App, search: &mut Search, actions: &mut Vec<Action>) {
    let is_running = app.desk().is_some_and(Desk::is_running);
    let blocked = why_not(app, &search.sku);
    let is_narrow = ui.available_width() < 560.0;
    ui.horizontal_top(|ui| {
        ui.spacing_mut().item_spacing.x = space::S;
        // In reading order, which is the order of Tab and of screen readers. So the field comes before what stands at its
        // right, and takes the room that this left in the frame before.
        let beside = Id::unique("beside-sku");
        let before = ui.data(|data| data.get_temp::<f32>(beside)).unwrap_or(248.0);
        let room = (ui.available_width() - before).max(0.0);
        ui.vertical(|ui| {
            ui.set_width(room);
            sku_field(ui, app, search, actions);
        });
        let from = ui.min_rect().right();
        let one_more = Button::ghost("Parameter");
        let one_more = if is_narrow { one_more.icon_only(Icon::SlidersHorizontal) } else { one_more.icon(Icon::Plus) };
        parameters(ui, search, one_more);
        if is_running {
            if ui.add(Button::secondary("Cancel").icon(Icon::X)).clicked() {
                actions.push(Action::CancelLookUp);
            }
        } else if ui.add(Button::primary("Look up").icon(Icon::Search).blocked(blocked)).clicked() {
            actions.push(Action::LookUp);
        }
        let now = ui.min_rect().right() - from;
        if (now - before).abs() > 0.5 {
            ui.data_mut(|data| data.insert_temp(beside, now));
            ui.ctx().request_discard("What stands beside the SKU has another width now.");
        }
    });
    parameter_row(ui, search);
}

fn sku_field(ui: &mut Ui, app: &App, search: &mut Search, actions: &mut Vec<Action>) {
    // Before the field takes in what was typed in this frame, and not over the fingers of somebody who types in it already.
    if std::mem::take(&mut search.focus) == Focus::Take && !ui.memory(|memory| memory.has_focus(sku_id())) {
        ui.memory_mut(|memory| memory.request_focus(sku_id()));
        select_all(ui.ctx(), &search.sku);
    }
    let field = Field::new("SKU", &mut search.sku).label_width(32.0).mono().hint("PRODUCT-001").id(sku_id());
    let response = field.error(search.problem.as_deref()).show(ui);
    if response.changed() {
        search.problem = None;
    }
    if response.lost_focus() && ui.input(|input| input.key_pressed(Key::Enter)) {
        // Judged anew: in a slow frame the SKU and Enter come together.
        match why_not(app, &search.sku) {
            None => actions.push(Action::LookUp),
            Some(_) if app.active_profile().is_none() => {
                search.problem = Some("Choose or add a key first, or start the sandbox.".to_owned());
            }
            Some(why) => search.problem = Some(why.to_owned()),
        }
        // The next SKU is typed or pasted right away, over this one.
        response.request_focus();
        select_all(ui.ctx(), &search.sku);
    }
}

/// Why nothing can be looked up now, if nothing can.
fn why_not(app: &App, sku: &str) -> Option<&'static str> {
    if app.active_profile().is_none() {
        Some("A lookup needs a key, or the sandbox.")
    } else if sku.trim().is_empty() {
        Some("Type a SKU first.")
    } else {
        None
    }
}

/// The parameters, each a button that leaves it out, and the button for one more.
pub(super) fn parameters(ui: &mut Ui, search: &mut Search, one_more: Button<'_>) {
    let mut removed = None;
    for (index, (name, value)) in search.parameters.iter().enumerate() {
        let word = format!("{name}={value}");
        let button = Button::secondary(&word).trailing(Icon::X).mono().tooltip("Leave this parameter out");
        if ui.add(button).clicked() {
            removed = Some(index);
        }
    }
    if let Some(index) = removed {
        search.parameters.remove(index);
    }
    ui.add_space(space::S);
    let one_more = one_more.tooltip("Add a query parameter, such as tax_area=SE or currency=EUR");
    if ui.add(one_more).clicked() {
        search.new_parameter = Some(String::new());
    }
    ui.add_space(space::S);
}

/// Selects what stands in the SKU's field, so that typing or pasting replaces it.
pub fn select_all(ctx: &egui::Context, sku: &str) {
    let mut state = TextEditState::load(ctx, sku_id()).unwrap_or_default();
    let end = CCursor::new(sku.chars().count());
    state.cursor.set_char_range(Some(CCursorRange::two(CCursor::new(0), end)));
    state.store(ctx, sku_id());
}

/// The parameter being typed.
pub(super) fn parameter_row(ui: &mut Ui, search: &mut Search) {
    let Some(text) = &mut search.new_parameter else { return };
    let id = Id::unique("new-parameter");
    // A half-typed parameter is judged once there is an equals sign to judge by.
    let problem = query::parse_parameter(text).err().filter(|_| text.contains('=')).map(|error| error.to_string());
    let mut done = false;
    let mut dropped = false;
    ui.horizontal_top(|ui| {
        ui.add_space(32.0 + space::S);
        let field = Field::new("Parameter", text).label_width(72.0).mono().hint("name=value").width(280.0).id(id);
        let response = field.error(problem.as_deref()).show(ui);
        let enter = response.lost_focus() && ui.input(|input| input.key_pressed(Key::Enter));
        done |= enter;
        done |= ui.add(Button::secondary("Add").icon(Icon::Check)).clicked();
        dropped |= ui.add(Button::ghost("Leave out").icon(Icon::X)).clicked();
        dropped |= response.lost_focus() && ui.input(|input| input.key_pressed(Key::Escape));
        if ui.memory(|memory| memory.focused().is_none()) && !done {
            response.request_focus();
        }
    });
    if dropped {
        search.new_parameter = None;
    } else if let (true, Ok(parameter)) = (done, query::parse_parameter(text)) {
        search.parameters.push(parameter);
        search.new_parameter = None;
        search.focus = Focus::Take;
    }
}

/// The request that *Look up* sends, and the way to send it from elsewhere.
fn request_row(ui: &mut Ui, app: &App, search: &Search, actions: &mut Vec<Action>) {
    let palette = Palette::of(ui);
    let Some(profile) = app.active_profile() else {
        if search.problem.is_some() {
            return;
        }
        ui.horizontal(|ui| {
            ui.add_space(32.0 + space::S);
            ui.label(theme::caption("A lookup needs a key, or the sandbox.").color(palette.muted));
        });
        return;
    };
    let query = PriceQuery::new(search.sku.clone(), search.parameters.clone());
    let request = query.as_ref().ok().and_then(|query| query.url(&profile.api_url).ok());
    ui.horizontal(|ui| {
        ui.add_space(32.0 + space::S);
        ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
            let blocked = request.is_none().then_some("Type a SKU first.");
            let button = Button::ghost("Copy as cURL").icon(Icon::Copy).compact().blocked(blocked);
            let button = button.tooltip("With $TOKEN in place of the token");
            if ui.add(button).clicked()
                && let Some(Ok(text)) = query.as_ref().ok().map(|query| curl::as_curl(query, &profile.api_url))
            {
                actions.push(Action::Copy { text, what: "cURL command copied, with $TOKEN in place of the token." });
            }
            ui.with_layout(Layout::left_to_right(Align::Center), |ui| {
                let text = match &request {
                    Some(url) => format!("GET {url}"),
                    None => format!("GET {}/prices?sku=…", profile.api_url.as_str().trim_end_matches('/')),
                };
                let room = ui.available_width();
                elided(ui, &text, &TextStyle::Name("mono-small".into()), palette.muted, room);
            });
        });
    });
}

fn answer(ui: &mut Ui, app: &App, desk: &Desk, sku: &str, state: &mut PricesState, actions: &mut Vec<Action>) {
    if let Some(time) = desk.running_for() {
        under_way(ui, desk, time);
        ui.add_space(space::S);
    }
    if let Some(broken) = desk.broken {
        notice(ui, Tone::Err, Icon::CircleX, &broken.to_string(), None);
    }
    match &desk.shown {
        Some(shown) => result_card::show(ui, app, shown, sku, &mut state.result, actions),
        None if !desk.is_running() => nothing_yet(ui),
        None => {}
    }
}

/// What a lookup is waiting for, and how long; the old answer keeps its place beneath.
fn under_way(ui: &mut Ui, desk: &Desk, time: Duration) {
    let palette = Palette::of(ui);
    let sku = desk.asked.as_ref().map_or("", |query| query.sku());
    let what = match desk.progress() {
        Some(Progress::Waiting { until, next_try }) => {
            let left = secs(until.saturating_duration_since(tokio::time::Instant::now()));
            format!("The API asks to wait. Try {next_try} of {MOST_TRIES} starts in {left} s.")
        }
        Some(Progress::Token) | None if time > Duration::from_secs(2) => {
            format!("Waiting for a token, or for the keychain, for {} s.", time.as_secs())
        }
        Some(Progress::Price) if time > Duration::from_secs(2) => {
            format!("The API is slow: {} s so far, given up after 30 s.", time.as_secs())
        }
        Some(Progress::Price) => "Asking the API…".to_owned(),
        Some(Progress::Token) | None => "Getting a token…".to_owned(),
    };
    card(ui, |ui| {
        card_body(ui, |ui| {
            ui.horizontal(|ui| {
                spinner(ui, icon::BODY, "Looking up");
                ui.label(theme::body_strong(format!("Looking up {sku}")));
                ui.label(theme::small(what).color(palette.text2));
            });
        });
    });
}

fn nothing_yet(ui: &mut Ui) {
    let palette = Palette::of(ui);
    ui.add_space(space::XXL);
    ui.vertical_centered(|ui| {
        icon::show(ui, Icon::Tags, icon::LARGE, palette.muted);
        ui.label(theme::heading("No price looked up yet"));
        ui.label(
            theme::small("Type a SKU above and press Enter. Leading zeros and spaces are kept.").color(palette.text2),
        );
    });
}
