//! The answer to a lookup: the verdict where it failed, the prices that the body names, and the whole body.

use std::sync::Arc;

use egui::{Align, Layout, Ui};

use super::icon::{self, Icon};
use super::theme::{self, Palette, space};
use super::widgets::{
    Button, Cell, CellAlign, Chip, Column, Field, Offer, Table, Taken, Tone, Verdict, body_text, body_tree, card,
    card_body, card_header, elided, facts, header_row, notice, rule, segmented,
};
use super::words;
use crate::activity::Event;
use crate::app::field_map::FieldMapAction;
use crate::app::{Action, App, Named, Overview, Shown, Tab};
use crate::prices::field_map::READ_BY_MAP;
use crate::prices::lookup::LookupErrorKind;
use crate::prices::{Lookup, LookupError, Outcome, Price, price};
use crate::verdict::Remedy;

/// What this card remembers between frames.
#[derive(Default)]
pub struct ResultState {
    /// 0 is the tree, 1 the text.
    face: usize,
    find: String,
    /// Whether the body is open, once the user said so; until then the window's size decides.
    open: Option<bool>,
    /// Whether the body was asked for and has yet to be scrolled to.
    reveal: Reveal,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
enum Reveal {
    Due,
    #[default]
    Done,
}

/// In a window less wide or high than this, in points, the body is folded at first.
const FOLDS_BELOW: f32 = 640.0;

/// The least height of the body's part, in points; it takes what the window has left.
const BODY_HEIGHT: f32 = 160.0;
/// So many rows of prices are shown before they scroll.
const TABLE_HEIGHT: f32 = 420.0;

/// The words that lead to the field map.
const NAME_FIELDS: &str = "Name the price fields…";

/// The head of the column with a price's place in the body.
const READ_FROM: &str = "Read from";

/// Draws the answer; `sku` is what stands in the field above, which may have moved on.
pub fn show(ui: &mut Ui, app: &App, shown: &Shown, sku: &str, state: &mut ResultState, actions: &mut Vec<Action>) {
    let lookup = &shown.lookup;
    if let Some(error) = &lookup.error {
        verdict(ui, app, lookup, error, state, actions);
        ui.add_space(space::S);
        // A single step says no more than the verdict.
        if shown.trail.len() > 1 {
            how_we_know(ui, &shown.trail, actions);
            ui.add_space(space::S);
        }
        if let Some(verdict) = error.verdict.as_deref().filter(|verdict| !verdict.ruled_out.is_empty()) {
            ruled_out(ui, verdict);
            ui.add_space(space::S);
        }
    }
    card(ui, |ui| {
        head(ui, shown, (sku != lookup.sku).then_some("Earlier answer"));
        if let Some(article) = &shown.article {
            line(ui, article);
        }
        if lookup.outcome == Outcome::ZeroPrice {
            line(ui, "The server says that the price is 0. That is a price, not a missing one.");
        }
        for text in &lookup.notes {
            card_body(ui, |ui| note(ui, text, Some(actions)));
            rule(ui);
        }
        if lookup.prices.is_empty() {
            no_prices(ui, shown, actions);
        } else {
            prices(ui, shown);
        }
        if lookup.body.is_some() {
            body(ui, shown, state, actions);
        }
    });
}

/// What a person should know about an answer. That it was read by a field map is no warning, and leads to the map.
pub fn note(ui: &mut Ui, text: &str, actions: Option<&mut Vec<Action>>) {
    if !text.starts_with(READ_BY_MAP) {
        notice(ui, Tone::Warn, Icon::Info, text, None);
        return;
    }
    let offer = Offer { word: "Change the map", icon: Icon::ArrowRight };
    let shown = notice(ui, Tone::Info, Icon::MapPin, text, actions.is_some().then_some(offer));
    if let Some(actions) = actions.filter(|_| shown.clicked()) {
        actions.push(Action::FieldMap(FieldMapAction::Open));
    }
}

/// A line of text beneath the head.
fn line(ui: &mut Ui, text: &str) {
    egui::Frame::new().inner_margin(egui::Margin::symmetric(12, 6)).show(ui, |ui| {
        ui.add(egui::Label::new(theme::small(text).color(Palette::of(ui).text2)).wrap());
    });
    rule(ui);
}

fn verdict(
    ui: &mut Ui,
    app: &App,
    lookup: &Lookup,
    error: &LookupError,
    state: &mut ResultState,
    actions: &mut Vec<Action>,
) {
    let (tone, icon) = match lookup.outcome {
        Outcome::Forbidden => (Tone::Deny, Icon::Lock),
        _ => (Tone::Err, Icon::OctagonX),
    };
    let verdict = error.verdict.as_deref();
    let again = || ("Look up again", Action::LookUpAgain(lookup.sku.clone()));
    let offered = verdict.and_then(|verdict| app.offer(verdict, Some(&lookup.sku)));
    let shows_body = lookup.body.is_some() && verdict.is_some_and(|verdict| verdict.remedy == Some(Remedy::ShowBody));
    let icon_of_offer = verdict.filter(|_| shows_body || offered.is_some()).map_or(Icon::RefreshCw, words::remedy);
    let (word, action) = offered.unwrap_or_else(again);
    let word = if shows_body { Remedy::ShowBody.label() } else { word };
    let main = Offer { word, icon: icon_of_offer };
    // A revoked key needs a new one, and the way to a new key leads through the Account Portal.
    let (elsewhere, there) = match (error.kind, &action) {
        (LookupErrorKind::KeyRefused, _) => (Offer { word: "Add another key", icon: Icon::Plus }, Action::NewKey),
        (_, Action::LookUpAgain(_)) => (Offer { word: "Account Portal", icon: Icon::ExternalLink }, Action::OpenPortal),
        _ => (Offer { word: "Look up again", icon: Icon::RefreshCw }, again().1),
    };
    let others = [elsewhere, Offer { word: "Copy this finding", icon: Icon::Copy }];
    let hint = lookup.hint(jiff::Timestamp::now()).unwrap_or_default();
    let why = verdict.map_or(&error.message, |verdict| &verdict.why);
    let notes: Vec<String> =
        verdict.map(|verdict| verdict.said_sentence().into_iter().chain(verdict.doubt()).collect()).unwrap_or_default();
    match Verdict::new(tone, icon, why, &hint).notes(&notes).main(main).others(&others).show(ui) {
        Some(Taken::Main) if shows_body => {
            state.open = Some(true);
            state.reveal = Reveal::Due;
        }
        Some(Taken::Main) => actions.push(action),
        Some(Taken::Other(0)) => actions.push(there),
        Some(Taken::Other(_)) => {
            actions.push(Action::Copy { text: finding(app, lookup, error), what: "Finding copied." });
        }
        None => {}
    }
}

/// The steps that led to the verdict, as the activity log has them.
fn how_we_know(ui: &mut Ui, trail: &[Arc<Event>], actions: &mut Vec<Action>) {
    card(ui, |ui| {
        card_header(ui, "How we know", |ui| {
            if ui.add(Button::link("Open in Activity").icon(Icon::ArrowRight).compact()).clicked() {
                actions.push(Action::Show(Tab::Activity));
            }
        });
        let columns = [
            Column::new("Time", 64.0),
            Column::new("What happened", 210.0),
            Column::new("HTTP", 40.0),
            Column::new("Meaning", 220.0).grows(),
        ];
        Table::new("how-we-know", &columns).show(ui, trail.len(), |row| {
            let event = &trail[row];
            let token = event.generation.map(|generation| format!(", token #{generation}")).unwrap_or_default();
            let what = format!("{}: {}{token}", event.kind.label(), event.reason.label().to_lowercase());
            let status = event.status().map_or_else(String::new, |status| status.to_string());
            let remark = event.remark();
            let meaning = if remark.is_empty() { event.outcome.label().to_owned() } else { remark };
            vec![
                Cell::new(words::time_of_day(event.at)).secondary(),
                Cell::new(what),
                Cell::new(status),
                Cell::new(meaning).secondary(),
            ]
        });
    });
}

/// What need not be looked into, side by side where there is room.
fn ruled_out(ui: &mut Ui, verdict: &crate::verdict::Verdict) {
    let palette = Palette::of(ui);
    card(ui, |ui| {
        card_header(ui, "Ruled out", |_| {});
        card_body(ui, |ui| {
            let columns = if ui.available_width() > FOLDS_BELOW { verdict.ruled_out.len().max(3) } else { 1 };
            ui.columns(columns, |columns| {
                let count = columns.len();
                for (index, row) in verdict.ruled_out.iter().enumerate() {
                    columns[index % count].horizontal_top(|ui| {
                        ui.spacing_mut().item_spacing.x = space::S;
                        ui.spacing_mut().interact_size.y = 0.0;
                        icon::show(ui, Icon::CircleCheck, icon::BODY, Tone::Ok.ink(palette));
                        ui.vertical(|ui| {
                            ui.spacing_mut().item_spacing.y = 0.0;
                            ui.label(theme::small_strong(row.name));
                            ui.add(egui::Label::new(theme::small(row.fact.as_str()).color(palette.text2)).wrap());
                        });
                    });
                }
            });
        });
    });
}

/// The finding as text for a ticket. It holds no secret: errors never do.
fn finding(app: &App, lookup: &Lookup, error: &LookupError) -> String {
    let (name, environment) =
        app.active_profile().map_or(("", ""), |profile| (profile.name.as_str(), profile.environment.label()));
    let status = lookup.http_status.map_or_else(|| "no reply".to_owned(), |status| format!("HTTP {status}"));
    let token =
        lookup.token_generation.map_or_else(|| "no token".to_owned(), |generation| format!("token #{generation}"));
    let ruled_out = error.verdict.iter().flat_map(|verdict| &verdict.ruled_out);
    let ruled_out: Vec<String> = ruled_out.map(|row| format!("Ruled out: {}. {}.\n", row.name, row.fact)).collect();
    let ruled_out = ruled_out.concat();
    let drill = app.drill_mark();
    format!(
        "{drill}SKU {sku}, key “{name}” ({environment}), {at}\n{outcome}: {message}\n{hint}\n{status}, {token}, {took}\n{ruled_out}",
        sku = lookup.sku,
        at = lookup.started.strftime("%Y-%m-%d %H:%M:%S UTC"),
        outcome = lookup.outcome.label(),
        message = error.message,
        hint = error.hint,
        took = lookup.took(),
    )
}

/// `earlier` says that the answer belongs to another SKU than the field above.
fn head(ui: &mut Ui, shown: &Shown, earlier: Option<&str>) {
    let palette = Palette::of(ui);
    let lookup = &shown.lookup;
    let status = lookup.http_status.map(|status| format!("HTTP {status}"));
    let time = lookup.took();
    let token = lookup.token_generation.map(|generation| format!("Token #{generation}"));
    let at = words::time_of_day(lookup.started);
    let room = ui.available_width();
    let mut parts = Vec::from_iter(earlier);
    parts.extend([status.as_deref().unwrap_or(no_status(lookup)), &time]);
    if room > 640.0 {
        parts.extend(token.as_deref());
        parts.push(&at);
    }
    header_row(
        ui,
        52.0,
        |ui| {
            elided(ui, &lookup.sku, &theme::mono_title_style(), palette.text, (room * 0.4).max(120.0));
            let (icon, tone) = words::outcome(lookup.outcome);
            ui.add(Chip::new(tone, icon, lookup.outcome.label()));
            if room > 560.0 && !lookup.prices.is_empty() {
                ui.label(theme::small(summary(lookup.prices.len(), shown.overview.price_lists)).color(palette.text2));
            }
        },
        |ui| {
            facts(ui, &parts).on_hover_text("Tokens are numbered in the order in which this run fetched them.");
        },
    );
}

/// What stands in place of a status: a price request that was never sent is not one without a reply.
fn no_status(lookup: &Lookup) -> &'static str {
    if lookup.token_generation.is_none() { "No price request sent" } else { "No reply" }
}

fn summary(prices: usize, lists: usize) -> String {
    let count = if prices == 1 { "1 price".to_owned() } else { format!("{prices} prices") };
    match lists {
        0 => count,
        1 => format!("{count} in 1 price list"),
        lists => format!("{count} in {lists} price lists"),
    }
}

/// The way to the editor of the field map, where the map can make a difference.
fn name_fields(ui: &mut Ui, button: Button<'_>, actions: &mut Vec<Action>) {
    let button = button.compact().tooltip("Say where amount and currency stand in the answers for this key");
    if ui.add(button).clicked() {
        actions.push(Action::FieldMap(FieldMapAction::Open));
    }
}

fn no_prices(ui: &mut Ui, shown: &Shown, actions: &mut Vec<Action>) {
    let lookup = &shown.lookup;
    // A note says that the answer leaves something open; then nothing is stated that it does not say.
    let text = match (lookup.outcome, lookup.notes.is_empty()) {
        (Outcome::NoPrice, true) => "The server knows the SKU and names no price for it. That is not a price of zero.",
        (Outcome::NoPrice, false) => "The answer holds no price for this SKU. That is not a price of zero.",
        (Outcome::UnknownSku, true) => {
            "The server does not know this SKU. Check its spelling, leading zeros and spaces."
        }
        (Outcome::UnknownSku, false) => "Nothing came back. Check the SKU's spelling, leading zeros and spaces.",
        (Outcome::Forbidden, _) => "The server did not say whether this SKU has a price.",
        (Outcome::Failed, _) => "No answer about a price.",
        (Outcome::Priced | Outcome::ZeroPrice, _) => return,
    };
    card_body(ui, |ui| {
        ui.label(theme::small(text).color(Palette::of(ui).text2));
        if offers_fields_here(shown) {
            let text = "Is the price there under a name that is not recognised? Say once where it stands.";
            ui.label(theme::small(text).color(Palette::of(ui).text2));
            name_fields(ui, Button::secondary(NAME_FIELDS).icon(Icon::MapPin), actions);
        }
    });
}

/// Whether the editor is offered where the prices would be, and so not beside the body.
fn offers_fields_here(shown: &Shown) -> bool {
    shown.lookup.outcome == Outcome::NoPrice && shown.lookup.can_be_reread()
}

/// A column of the table, and what it shows of a price.
struct PriceColumn {
    head: &'static str,
    width: f32,
    align: CellAlign,
    /// The highest gives way first.
    drops: Option<u8>,
    cell: for<'a> fn(&'a Price) -> Cell<'a>,
}

fn prices(ui: &mut Ui, shown: &Shown) {
    let prices = &shown.lookup.prices;
    let Overview { fraction_digits, list_names, kinds, units, .. } = shown.overview;
    let mut columns = vec![
        PriceColumn {
            head: "Price list",
            width: 112.0,
            align: CellAlign::Left,
            drops: None,
            cell: |price| optional(price.price_list.as_deref()).strong(),
        },
        PriceColumn {
            head: "From qty",
            width: 60.0,
            align: CellAlign::Right,
            drops: None,
            cell: |price| optional(price.quantity_from.as_deref()),
        },
        PriceColumn {
            head: "Amount",
            width: 80.0,
            align: CellAlign::Decimal { fraction_digits },
            drops: None,
            cell: |price| Cell::new(price.amount.as_str()).amount(),
        },
        PriceColumn {
            head: "Currency",
            width: 58.0,
            align: CellAlign::Left,
            drops: None,
            cell: |price| optional(price.currency.as_deref()),
        },
    ];
    // Columns that only some bodies name; where none does, there is nothing to show and nothing is hidden.
    if kinds == Named::Somewhere {
        columns.push(PriceColumn {
            head: "Kind",
            width: 72.0,
            align: CellAlign::Left,
            drops: None,
            cell: |price| optional(price.kind.as_deref()),
        });
    }
    columns.push(PriceColumn {
        head: "VAT",
        width: 56.0,
        align: CellAlign::Left,
        drops: None,
        cell: |price| optional(price.vat_mode.as_deref()),
    });
    if units == Named::Somewhere {
        columns.push(PriceColumn {
            head: "Unit",
            width: 48.0,
            align: CellAlign::Left,
            drops: Some(1),
            cell: |price| optional(price.unit.as_deref()),
        });
    }
    if list_names == Named::Somewhere {
        columns.push(PriceColumn {
            head: "List name",
            width: 104.0,
            align: CellAlign::Left,
            drops: Some(4),
            cell: |price| optional(price.price_list_name.as_deref()).secondary(),
        });
    }
    columns.push(PriceColumn {
        head: "Valid from",
        width: 84.0,
        align: CellAlign::Left,
        drops: Some(2),
        cell: |price| date(price.valid_from.as_deref()),
    });
    columns.push(PriceColumn {
        head: "Valid to",
        width: 88.0,
        align: CellAlign::Left,
        drops: Some(3),
        cell: |price| date(price.valid_to.as_deref()),
    });
    columns.push(PriceColumn {
        head: READ_FROM,
        width: 142.0,
        align: CellAlign::Left,
        drops: Some(5),
        cell: |price| Cell::new(place(&price.path)).mono_small().muted(),
    });
    let shown: Vec<Column<'_>> = columns
        .iter()
        .enumerate()
        .map(|(index, column)| {
            let shown = Column::new(column.head, column.width).align(column.align);
            let shown = column.drops.map_or(shown.clone(), |order| shown.drops(order));
            if index == 0 { shown.grows() } else { shown }
        })
        .collect();
    let mut hidden = Table::hidden(&shown, ui.available_width());
    // Where a price was read from is nothing that the body says, and the body shows it.
    hidden.retain(|head| *head != READ_FROM);
    let table = Table::new("prices", &shown).grouped().max_height(TABLE_HEIGHT);
    table.show(ui, prices.len(), |row| columns.iter().map(|column| (column.cell)(&prices[row])).collect());
    if !hidden.is_empty() {
        let text = format!("Not shown for lack of room: {}. Widen the window.", hidden.join(", "));
        card_body(ui, |ui| ui.label(theme::caption(text).color(Palette::of(ui).muted)));
    }
}

/// The object that an amount was read from; the name of its field says little and takes room.
fn place(path: &str) -> &str {
    path.rsplit_once('.').map_or(path, |(object, _field)| object)
}

fn optional(text: Option<&str>) -> Cell<'_> {
    text.map_or_else(Cell::absent, Cell::new)
}

/// A date with its month in letters; a text that is no date as the server wrote it.
pub fn date(text: Option<&str>) -> Cell<'_> {
    let Some(text) = text else { return Cell::new("not set").muted() };
    match price::day(text) {
        Some(day) => Cell::new(day.strftime("%-d %b %Y").to_string()).secondary(),
        None => Cell::new(text).secondary(),
    }
}

fn body(ui: &mut Ui, shown: &Shown, state: &mut ResultState, actions: &mut Vec<Action>) {
    let Some(body) = &shown.lookup.body else { return };
    let palette = Palette::of(ui);
    let tree = shown.tree.as_ref();
    if tree.is_none() {
        state.face = 1;
    }
    rule(ui);
    let wide = ui.available_width() > 560.0;
    let very_wide = ui.available_width() > 800.0;
    let is_revealed = std::mem::replace(&mut state.reveal, Reveal::Done) == Reveal::Due;
    let top = ui.cursor().min;
    let ResultState { face, find, open, .. } = state;
    let is_open = open.unwrap_or(ui.ctx().content_rect().size().min_elem() >= FOLDS_BELOW);
    let has_find = is_open && tree.is_some() && *face == 0 && wide;
    header_row(
        ui,
        44.0,
        |ui| {
            let chevron = if is_open { Icon::ChevronDown } else { Icon::ChevronRight };
            if ui.add(Button::ghost("Response body").icon(chevron).compact()).clicked() {
                *open = Some(!is_open);
            }
            if is_open && tree.is_some() {
                segmented(ui, face, &["Tree", "Text"]);
            }
            ui.label(theme::caption(words::size(body.size())).color(palette.muted));
        },
        |ui| {
            if ui.add(Button::secondary("Copy body").icon(Icon::Copy).compact()).clicked() {
                actions.push(Action::Copy { text: body.text().to_string(), what: "Body copied." });
            }
            if shown.lookup.can_be_reread() && !offers_fields_here(shown) {
                let button = Button::secondary(NAME_FIELDS);
                let button = if very_wide { button.icon(Icon::MapPin) } else { button.icon_only(Icon::MapPin) };
                name_fields(ui, button, actions);
            }
            if has_find {
                ui.with_layout(Layout::left_to_right(Align::Center), |ui| {
                    ui.add_space((ui.available_width() - 220.0).max(0.0));
                    let find = Field::new("Find in body", find).label_unseen().icon(Icon::Search);
                    find.hint("Find in body").compact().width(220.0).id(egui::Id::unique("find-in-body")).show(ui);
                });
            }
        },
    );
    if !is_open {
        return;
    }
    ui.push_id(("body", shown.number), |ui| {
        card_body(ui, |ui| {
            let left = ui.clip_rect().bottom() - ui.cursor().top() - space::XXL;
            ui.set_max_height(left.max(BODY_HEIGHT));
            match tree {
                Some(tree) if state.face == 0 => {
                    let drawn = body_tree(ui, tree, &state.find);
                    if !state.find.is_empty() && drawn.hits == 0 {
                        ui.label(theme::caption("Not found in the body.").color(palette.muted));
                    }
                }
                _ => {
                    body_text(ui, body.text());
                }
            }
        });
    });
    if is_revealed {
        ui.scroll_to_rect(egui::Rect::from_min_max(top, ui.min_rect().max), None);
    }
}
