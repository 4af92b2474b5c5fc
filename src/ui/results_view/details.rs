//! All that is known of one row: its price, what went wrong, and the body that it was read from.

use std::sync::Arc;

use egui::{Align, Id, Layout, Margin, Rect, ScrollArea, Ui, vec2};

use super::BodyKnown;
use crate::app::Action;
use crate::app::desk::tree_of;
use crate::batch::{Answered, Rows};
use crate::prices::{Body, Outcome};
use crate::results::{ColumnId, Found, RowKey};
use crate::task::{Spawner, Task};
use crate::ui::icon::{self, Icon};
use crate::ui::theme::{self, Palette, space};
use crate::ui::widgets::{
    Button, Chip, Field, Tone, body_text, body_tree, card_body, card_frame, elided, header_row, notice, rule,
    segmented, spinner, tip,
};
use crate::ui::words;

/// What is remembered of the open row.
#[derive(Default)]
pub struct Details {
    /// 0 is the tree, 1 the text.
    face: usize,
    find: String,
    tree: Tree,
}

impl Details {
    /// Lets go of the body; how it is looked at stays.
    pub fn forget_body(&mut self) {
        self.tree = Tree::default();
    }
}

/// The body of the open row as a tree, made behind the window.
#[derive(Default)]
struct Tree {
    /// Which body it is, or will be, of.
    of: Option<Arc<str>>,
    task: Task<Option<serde_json::Value>>,
    made: Option<serde_json::Value>,
}

impl Tree {
    fn update(&mut self, body: &Body, spawner: &Spawner) {
        let is_this = self.of.as_ref().is_some_and(|text| Arc::ptr_eq(text, body.text()));
        // A body that was fetched again is equal, and its tree holds. It is taken, so that megabytes are compared once and not in each
        // frame.
        let before = if is_this { None } else { self.of.replace(Arc::clone(body.text())) };
        if !is_this && before.as_deref() != Some(&**body.text()) {
            self.made = None;
            let (body, runtime) = (body.clone(), spawner.runtime().clone());
            self.task
                .start(spawner, async move { runtime.spawn_blocking(move || tree_of(&body)).await.ok().flatten() });
        }
        if let Some(Ok(made)) = self.task.take() {
            self.made = made;
        }
    }
}

/// The row that is open.
pub struct Open<'a> {
    pub key: RowKey,
    pub rows: &'a Rows,
    pub answered: &'a Answered,
    pub found: &'a Found,
    pub body: BodyKnown,
}

/// Whether the pane stays.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Pane {
    Stays,
    Closes,
}

/// Draws the pane in `rect`.
pub fn show(
    ui: &mut Ui,
    rect: Rect,
    open: &Open<'_>,
    details: &mut Details,
    spawner: &Spawner,
    actions: &mut Vec<Action>,
) -> Pane {
    let mut pane = Pane::Stays;
    card_frame(Palette::of(ui)).show(ui, |ui| {
        ui.set_min_size(rect.size() - vec2(2.0, 2.0));
        ui.set_max_size(rect.size() - vec2(2.0, 2.0));
        ui.spacing_mut().item_spacing.y = 0.0;
        pane = head(ui, open);
        let facts_height = (rect.height() * 0.5 - 44.0).max(72.0);
        ScrollArea::vertical().id_salt("facts").max_height(facts_height).auto_shrink([false, true]).show(ui, |ui| {
            facts(ui, open);
        });
        rule(ui);
        body(ui, open, details, spawner, actions);
    });
    pane
}

fn head(ui: &mut Ui, open: &Open<'_>) -> Pane {
    let palette = Palette::of(ui);
    let room = ui.available_width();
    let closed = header_row(
        ui,
        44.0,
        |ui| {
            let room = (room - 190.0).max(64.0);
            elided(ui, &open.answered.sku, &egui::TextStyle::Monospace, palette.text, room);
            let (icon, tone) = words::outcome(open.answered.outcome);
            ui.add(Chip::new(tone, icon, open.answered.outcome.label()));
        },
        |ui| ui.add(Button::ghost("Close details").icon_only(Icon::X).compact()).clicked(),
    );
    if closed { Pane::Closes } else { Pane::Stays }
}

fn facts(ui: &mut Ui, open: &Open<'_>) {
    let answered = open.answered;
    card_body(ui, |ui| {
        if let Some(error) = &answered.error {
            let tone = if answered.outcome == Outcome::Forbidden { Tone::Deny } else { Tone::Err };
            notice(ui, tone, words::outcome(answered.outcome).0, &error.message, None);
            ui.add(egui::Label::new(theme::small(error.hint.as_str()).color(Palette::of(ui).text2)).wrap());
        }
        for note in &answered.notes {
            notice(ui, Tone::Warn, Icon::Info, note, None);
        }
        ui.spacing_mut().item_spacing.y = space::XS;
        ui.spacing_mut().interact_size.y = 18.0;
        let price = open.key.price();
        if answered.prices.len() > 1 {
            let which = price.map_or(0, |price| price + 1);
            fact(ui, "Price", &format!("{which} of {}", answered.prices.len()), Face::Words);
        }
        for column in open.found.offered() {
            let face = match column {
                ColumnId::Amount => Face::Strong,
                ColumnId::ReadFrom | ColumnId::SkuInBody => Face::Mono,
                ColumnId::Position
                | ColumnId::Sku
                | ColumnId::Outcome
                | ColumnId::Detail
                | ColumnId::ErrorKind
                | ColumnId::Error
                | ColumnId::Notes => continue,
                _ => Face::Words,
            };
            let cell = column.cell(open.rows, open.key.place as usize, answered, price);
            let value = cell.plain();
            if !value.is_empty() {
                fact(ui, column.label(), &value, face);
            }
        }
        fact(
            ui,
            "Asked at",
            &format!("{}, {}", words::time_of_day(answered.started), words::day(answered.started)),
            Face::Words,
        );
    });
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Face {
    Words,
    Strong,
    Mono,
}

fn fact(ui: &mut Ui, name: &str, value: &str, face: Face) {
    let palette = Palette::of(ui);
    let style = match face {
        Face::Words => theme::small_style(),
        Face::Strong => theme::small_strong_style(),
        Face::Mono => theme::mono_small_style(),
    };
    ui.horizontal(|ui| {
        ui.spacing_mut().item_spacing.x = space::S;
        ui.allocate_ui_with_layout(vec2(88.0, 18.0), Layout::left_to_right(Align::Center), |ui| {
            ui.set_min_width(88.0);
            elided(ui, name, &theme::small_style(), palette.text2, 88.0);
        });
        let room = ui.available_width();
        elided(ui, value, &style, palette.text, room);
    });
}

fn body(ui: &mut Ui, open: &Open<'_>, details: &mut Details, spawner: &Spawner, actions: &mut Vec<Action>) {
    let palette = Palette::of(ui);
    let body = match &open.body {
        BodyKnown::There(body) => body,
        BodyKnown::Unasked | BodyKnown::Fetching => {
            card_body(ui, |ui| {
                ui.horizontal(|ui| {
                    spinner(ui, icon::BODY, "Fetching the body");
                    ui.label(theme::small("Fetching the body…").color(palette.text2));
                });
            });
            return;
        }
        BodyKnown::NotKept(why) => {
            card_body(ui, |ui| ui.add(egui::Label::new(theme::small(&**why).color(palette.text2)).wrap()));
            return;
        }
    };
    details.tree.update(body, spawner);
    let is_json = body.is_json();
    let wide = ui.available_width() > 560.0;
    let Details { face, find, tree } = details;
    let shown_face = if is_json { *face } else { 1 };
    header_row(
        ui,
        44.0,
        |ui| {
            if is_json {
                segmented(ui, face, &["Tree", "Text"]);
            } else {
                ui.label(theme::small_strong("Response body"));
            }
            tip(
                ui.label(theme::caption(words::size(body.size())).color(palette.muted)),
                "The size of the response body",
            );
        },
        |ui| {
            if ui.add(Button::ghost("Copy body").icon_only(Icon::Copy).compact()).clicked() {
                actions.push(Action::Copy { text: body.text().to_string(), what: "Body copied." });
            }
            if is_json && shown_face == 0 {
                let width = if wide { 220.0 } else { 116.0 };
                let find = Field::new("Find in this body", find).label_unseen().icon(Icon::Search);
                find.hint("Find").compact().width(width).id(Id::unique("find-in-row-body")).show(ui);
            }
        },
    );
    ui.push_id(("row-body", open.key.bits()), |ui| {
        let frame = egui::Frame::new().inner_margin(Margin::symmetric(8, 4));
        frame.show(ui, |ui| match &tree.made {
            Some(tree) if shown_face == 0 => {
                let drawn = body_tree(ui, tree, find);
                if !find.is_empty() && drawn.hits == 0 {
                    ui.label(theme::caption("Not found in the body.").color(palette.muted));
                }
            }
            _ => _ = body_text(ui, body.text()),
        });
    });
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_equal_body_that_was_fetched_again_is_compared_once_and_its_tree_holds() {
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).build().unwrap();
        let spawner = Spawner::new(runtime.handle().clone(), || {});
        let body = |text: &str| Body::read(text.as_bytes(), None).unwrap();
        let (first, again, other) = (body(r#"{"price":1}"#), body(r#"{"price":1}"#), body(r#"{"price":2}"#));
        let mut tree = Tree::default();
        let started = std::time::Instant::now();
        while tree.made.is_none() {
            tree.update(&first, &spawner);
            assert!(started.elapsed() < std::time::Duration::from_secs(20), "the tree never came");
        }
        tree.update(&again, &spawner);
        assert!(tree.of.as_ref().is_some_and(|of| Arc::ptr_eq(of, again.text())));
        assert!(tree.made.is_some());
        tree.update(&other, &spawner);
        assert!(tree.of.as_ref().is_some_and(|of| Arc::ptr_eq(of, other.text())));
    }
}
