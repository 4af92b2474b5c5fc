//! The editor of a key's field map, in front of the window: the body at the left, where a click on a value names its place, the fields
//! at the right, and beneath them what would be read.

use egui::{Align, Frame, Id, Layout, Margin, ScrollArea, Ui, UiBuilder, vec2};

use super::at_right::at_right;
use super::icon::{self, Icon};
use super::scrolled::GUTTER;
use super::theme::{self, Palette, space};
use super::widgets::{
    Button, Cell, CellAlign, Chip, Column, Field, Table, Tone, TreeStep, body_tree_to_pick, card, card_body, notice,
    rule, segmented, spinner,
};
use super::{result_card, words};
use crate::app::field_map::{FieldMapAction, Places, Preview};
use crate::app::{Action, App};
use crate::prices::field_map::{Pointer, Step};
use crate::prices::{FieldMap, MappedField, Price};

/// The width of the panel, in points.
pub const WIDTH: f32 = 1040.0;
/// Below this width body and fields take turns.
const NARROW: f32 = 660.0;
/// The room that heading, rule, foot and margins take of the window's height.
const AROUND: f32 = 200.0;
/// The width of the fields' labels.
const LABEL: f32 = 88.0;
/// So many points of the preview's table are shown before it scrolls.
const TABLE_HEIGHT: f32 = 220.0;

/// What the view remembers between frames.
#[derive(Default)]
pub struct FieldMapState {
    /// Which opening of the editor it is about.
    number: u64,
    places: Places,
    /// The field that a click in the body goes to, by its number in [`MappedField::ALL`].
    target: usize,
    find: String,
    /// In a narrow window: 0 shows the fields, 1 the body.
    face: usize,
}

/// Draws the panel's inside.
pub fn show(ui: &mut Ui, app: &App, state: &mut FieldMapState, actions: &mut Vec<Action>) {
    let Some(profile) = app.active_profile() else {
        actions.push(Action::CloseQuestion);
        return;
    };
    if state.number != app.field_map.number {
        let places = Places::of(&profile.field_map);
        *state = FieldMapState { number: app.field_map.number, places, ..FieldMapState::default() };
    }
    // The fields scroll, and their bar stands in the gutter beside them.
    let beside_bar = Frame::new().inner_margin(Margin { right: GUTTER, ..Margin::ZERO });
    beside_bar.show(ui, |ui| header(ui, &profile.name));

    let before = state.places.clone();
    let height = (ui.ctx().content_rect().height() - AROUND).max(120.0);
    if ui.available_width() < NARROW {
        segmented(ui, &mut state.face, &["Fields", "Body"]);
        let height = (height - 36.0).max(84.0);
        if state.face == 0 {
            ui.allocate_ui(vec2(ui.available_width(), height), |ui| fields(ui, app, state, height));
        } else if beside_bar.show(ui, |ui| body(ui, app, state, height)).inner {
            state.face = 0;
        }
    } else {
        side_by_side(ui, app, state, height);
    }
    if state.places != before {
        actions.push(Action::FieldMap(FieldMapAction::Preview(state.places.clone())));
    }
    beside_bar.show(ui, |ui| foot(ui, &profile.field_map, state, actions));
}

fn header(ui: &mut Ui, profile: &str) {
    let palette = Palette::of(ui);
    ui.set_width(ui.available_width());
    ui.spacing_mut().item_spacing.y = space::S;
    ui.horizontal(|ui| {
        ui.spacing_mut().item_spacing.x = space::M;
        ui.label(theme::heading("Name the price fields"));
        ui.add(egui::Label::new(theme::small(profile).color(palette.text2)).truncate());
    });
    let rule_text = "Click a value in the body, or type its place: a JSON Pointer, such as /items/*/price. “*” or “-” stands for each entry of a list. Fields left empty are read by their usual names.";
    ui.add(egui::Label::new(theme::caption(rule_text).color(palette.text2)).wrap());
}

fn side_by_side(ui: &mut Ui, app: &App, state: &mut FieldMapState, height: f32) {
    let room = ui.available_rect_before_wrap();
    let room = room.with_max_y(room.top() + height);
    let (left, right) = room.split_left_right_at_fraction(0.46);
    ui.allocate_rect(room, egui::Sense::hover());
    part(ui, "field-map-body", left.with_max_x(left.right() - space::L), |ui| {
        body(ui, app, state, height);
    });
    part(ui, "field-map-fields", right, |ui| fields(ui, app, state, height));
}

fn part(ui: &mut Ui, name: &str, rect: egui::Rect, contents: impl FnOnce(&mut Ui)) {
    let builder = UiBuilder::new().scope_id(Id::unique(name)).max_rect(rect).layout(Layout::top_down(Align::Min));
    ui.scope_builder(builder, contents);
}

/// The body; true when a value in it was chosen.
fn body(ui: &mut Ui, app: &App, state: &mut FieldMapState, height: f32) -> bool {
    let palette = Palette::of(ui);
    let shown = app.desk().and_then(|desk| desk.shown.as_ref());
    let mut chosen = false;
    card(ui, |ui| {
        ui.set_height((height - 2.0).max(48.0));
        let Some((shown, tree)) = shown.and_then(|shown| Some((shown, shown.tree.as_ref()?))) else {
            card_body(ui, |ui| {
                ui.label(theme::small_strong("No body to choose from"));
                let text = "Close this and look a SKU up: its answer is shown here, and a click on a value names its place. Places can be typed all the same.";
                ui.add(egui::Label::new(theme::small(text).color(palette.text2)).wrap());
            });
            return;
        };
        Frame::new().inner_margin(Margin::symmetric(12, 8)).show(ui, |ui| {
            ui.spacing_mut().item_spacing.y = space::XS;
            let target = MappedField::ALL.get(state.target).map_or("", |field| field.label());
            ui.horizontal(|ui| {
                ui.spacing_mut().interact_size.y = 16.0;
                ui.label(theme::caption("A click on a value fills in").color(palette.text2));
                ui.label(theme::small_strong(target).color(palette.text));
            });
            let find = Field::new("Find in body", &mut state.find).label_unseen().icon(Icon::Search);
            find.hint("Find in body").compact().id(Id::unique("find-in-mapped-body")).show(ui);
        });
        rule(ui);
        ui.add_space(space::XS);
        ui.push_id(("field-map-tree", state.number, shown.number), |ui| {
            let drawn = body_tree_to_pick(ui, tree, &state.find);
            if let Some(place) = drawn.picked.and_then(|steps| Pointer::to_each(&steps_of(steps)))
                && let Some(text) = state.places.0.get_mut(state.target)
            {
                place.as_str().clone_into(text);
                chosen = true;
            }
        });
    });
    chosen
}

fn steps_of(steps: Vec<TreeStep>) -> Vec<Step> {
    let step = |step| match step {
        TreeStep::Member(name) => Step::Member(name),
        TreeStep::Entry(index) => Step::Entry(index),
    };
    steps.into_iter().map(step).collect()
}

/// The fields, and what would be read by them.
fn fields(ui: &mut Ui, app: &App, state: &mut FieldMapState, height: f32) {
    let area = ScrollArea::vertical().id_salt(("field-map", state.number)).auto_shrink([false, false]);
    area.max_height(height).show(ui, |ui| {
        Frame::new().inner_margin(Margin { right: GUTTER, ..Margin::ZERO }).show(ui, |ui| {
            ui.set_width(ui.available_width());
            ui.spacing_mut().item_spacing.y = space::XS;
            let errors = state.places.parse().err().unwrap_or_default();
            for (index, field) in MappedField::ALL.into_iter().enumerate() {
                let Some(text) = state.places.0.get_mut(index) else { continue };
                let error = errors.iter().find(|(wrong, _)| *wrong == field).map(|(_, error)| error.to_string());
                let row = Field::new(field.label(), text).label_width(LABEL).mono().compact().hint(hint(field));
                let row = row.error(error.as_deref()).id(Id::unique(("field-map-place", index)));
                if row.show(ui).has_focus() {
                    state.target = index;
                }
            }
            ui.add_space(space::S);
            preview(ui, app, errors.is_empty());
        });
    });
}

const fn hint(field: MappedField) -> &'static str {
    match field {
        MappedField::Amount => "/items/*/price",
        MappedField::Currency => "/items/*/currency",
        _ => "by its usual names",
    }
}

fn preview(ui: &mut Ui, app: &App, is_right: bool) {
    let palette = Palette::of(ui);
    let editor = &app.field_map;
    ui.horizontal(|ui| {
        ui.spacing_mut().interact_size.y = 22.0;
        ui.label(theme::small_strong("What would be read"));
        if editor.is_reading() {
            spinner(ui, icon::SMALL, "Reading the body");
        }
        if let Some(Preview { answer, .. }) = editor.shown.as_ref().filter(|_| is_right) {
            let (icon, tone) = words::outcome(answer.outcome);
            ui.add(Chip::new(tone, icon, answer.outcome.label()));
            let count = answer.prices.len();
            let words = if count == 1 { "1 price".to_owned() } else { format!("{count} prices") };
            ui.label(theme::caption(words).color(palette.text2));
        }
    });
    if let Some(problem) = &editor.problem {
        notice(ui, Tone::Err, Icon::CircleX, problem, None);
    }
    if !is_right {
        ui.label(theme::caption("Correct the place above first.").color(palette.text2));
        return;
    }
    let Some(preview) = &editor.shown else {
        if !editor.is_reading() {
            ui.label(theme::caption("Nothing yet: there is no body to read.").color(palette.text2));
        }
        return;
    };
    for note in &preview.answer.notes {
        result_card::note(ui, note, None);
    }
    if let Some(error) = &preview.answer.error {
        notice(ui, Tone::Err, Icon::CircleX, &error.message, None);
    }
    if !preview.answer.prices.is_empty() {
        card(ui, |ui| prices(ui, preview));
    }
}

fn prices(ui: &mut Ui, preview: &Preview) {
    let Preview { answer, fields, overview, .. } = preview;
    let column = |(index, field): (usize, &MappedField)| {
        let (head, width) = head(*field);
        let column = Column::new(head, width);
        let column = if index + 1 == fields.len() { column.grows() } else { column };
        match field {
            MappedField::Amount => column.align(CellAlign::Decimal { fraction_digits: overview.fraction_digits }),
            MappedField::QuantityFrom => column.align(CellAlign::Right).drops(2),
            MappedField::Currency => column,
            MappedField::PriceList => column.drops(1),
            MappedField::VatMode => column.drops(3),
            MappedField::ValidFrom => column.drops(4),
            MappedField::ValidTo => column.drops(5),
        }
    };
    let columns: Vec<Column<'_>> = fields.iter().enumerate().map(column).collect();
    let table = Table::new("field-map-preview", &columns).max_height(TABLE_HEIGHT);
    table.show(ui, answer.prices.len(), |row| fields.iter().map(|field| cell(&answer.prices[row], *field)).collect());
}

/// A column's head, and its width in points.
const fn head(field: MappedField) -> (&'static str, f32) {
    match field {
        MappedField::Amount => ("Amount", 84.0),
        MappedField::Currency => ("Currency", 60.0),
        MappedField::PriceList => ("Price list", 104.0),
        MappedField::QuantityFrom => ("From qty", 58.0),
        MappedField::VatMode => ("VAT", 52.0),
        MappedField::ValidFrom => ("Valid from", 84.0),
        MappedField::ValidTo => ("Valid to", 84.0),
    }
}

fn cell(price: &Price, field: MappedField) -> Cell<'_> {
    match (price.of_field(field), field) {
        (None, _) => Cell::absent(),
        (Some(text), MappedField::Amount) => Cell::new(text).amount(),
        (Some(text), MappedField::ValidFrom | MappedField::ValidTo) => result_card::date(Some(text)),
        (Some(text), _) => Cell::new(text),
    }
}

fn foot(ui: &mut Ui, saved: &FieldMap, state: &FieldMapState, actions: &mut Vec<Action>) {
    ui.set_width(ui.available_width());
    ui.add_space(space::XS);
    let blocked = match state.places.parse() {
        Err(_) => Some("Correct the place that is marked first."),
        Ok(map) if map.is_empty() => Some("Name at least one field. “Forget the map” takes all of them away."),
        Ok(map) if map == *saved => Some("Nothing has changed."),
        Ok(_) => None,
    };
    ui.horizontal(|ui| {
        ui.spacing_mut().item_spacing.x = space::S;
        if ui.add(Button::primary("Save for this key").icon(Icon::Check).blocked(blocked)).clicked() {
            actions.push(Action::FieldMap(FieldMapAction::Save(state.places.clone())));
        }
        let none = saved.is_empty().then_some("This key has no field map.");
        if ui.add(Button::secondary("Forget the map").icon(Icon::Eraser).blocked(none)).clicked() {
            actions.push(Action::FieldMap(FieldMapAction::Forget));
        }
        at_right(ui, "field-map-foot-right", |ui| {
            if ui.add(Button::secondary("Close")).clicked() {
                actions.push(Action::CloseQuestion);
            }
        });
    });
}
