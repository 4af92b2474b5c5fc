//! The chosen row: both prices field by field, and both bodies.

use egui::{Rect, ScrollArea, TextStyle, Ui, vec2};

use crate::app::compare::{CompareAction, Shown};
use crate::app::{Action, App};
use crate::batch::Answered;
use crate::compare::{Pair, View, difference};
use crate::ui::icon::{self, Icon};
use crate::ui::theme::{self, Palette, space};
use crate::ui::widgets::{Button, EnvTag, Tone, body_text, card_body, card_frame, elided, header_row, spinner};
use crate::ui::words;

/// What is remembered of the open row.
#[derive(Default)]
pub struct Details {
    face: Face,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
enum Face {
    #[default]
    Fields,
    Bodies,
}

/// Whether the pane stays.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Pane {
    Stays,
    Closes,
}

/// Draws the row that `key` names, in `rect`.
#[expect(clippy::too_many_arguments, reason = "each is a plain value of the row being drawn")]
pub fn show(
    ui: &mut Ui,
    rect: Rect,
    app: &App,
    shown: &Shown,
    view: &View,
    key: u64,
    details: &mut Details,
    actions: &mut Vec<Action>,
) -> Pane {
    let Some(pair) = view.pair_of_key(key) else { return Pane::Closes };
    let mut pane = Pane::Stays;
    card_frame(Palette::of(ui)).show(ui, |ui| {
        ui.set_min_size(rect.size() - vec2(2.0, 2.0));
        ui.set_max_size(rect.size() - vec2(2.0, 2.0));
        ui.spacing_mut().item_spacing.y = 0.0;
        pane = head(ui, view, pair, details);
        match details.face {
            Face::Fields => {
                ScrollArea::vertical().id_salt("compared-fields").auto_shrink([false, false]).show(ui, |ui| {
                    ui.columns(2, |columns| {
                        side(&mut columns[0], view, pair, 0);
                        side(&mut columns[1], view, pair, 1);
                    });
                });
            }
            Face::Bodies => bodies(ui, app, shown, pair, actions),
        }
    });
    pane
}

fn head(ui: &mut Ui, view: &View, pair: &Pair, details: &mut Details) -> Pane {
    let palette = Palette::of(ui);
    let comparison = view.comparison();
    let (left, right) = (comparison.left_price(pair), comparison.right_price(pair));
    let room = ui.available_width();
    header_row(
        ui,
        40.0,
        |ui| {
            elided(ui, comparison.sku(pair), &TextStyle::Monospace, palette.text, room * 0.3);
            if let Some(price) = left.or(right) {
                let list = price.price_list.as_deref().or(price.price_list_name.as_deref()).unwrap_or("No list named");
                let from = price.quantity_from.as_deref().map_or_else(String::new, |from| format!(", from {from}"));
                ui.label(theme::small_strong(format!("{list}{from}")));
            }
            if room > 560.0 && left.is_some() && right.is_some() {
                let fields = difference::fields(left, right).iter().filter(|field| field.differs()).count();
                let amount = usize::from(
                    left.zip(right).is_some_and(|(left, right)| left.amount.compare(&right.amount).is_ne()),
                );
                let said = match fields + amount {
                    0 => "no field differs".to_owned(),
                    1 => "1 field differs".to_owned(),
                    many => format!("{many} fields differ"),
                };
                ui.label(theme::caption(said).color(palette.muted));
            }
        },
        |ui| {
            let closed = ui.add(Button::ghost("Close details").icon_only(Icon::X).compact()).clicked();
            let (word, other) = match details.face {
                Face::Fields => ("Both bodies", Face::Bodies),
                Face::Bodies => ("Fields", Face::Fields),
            };
            if ui.add(Button::ghost(word).icon(Icon::Columns2).compact()).clicked() {
                details.face = other;
            }
            if closed { Pane::Closes } else { Pane::Stays }
        },
    )
}

fn side(ui: &mut Ui, view: &View, pair: &Pair, index: usize) {
    let palette = Palette::of(ui);
    let comparison = view.comparison();
    let (run, answered, price) = match index {
        0 => (&comparison.left, comparison.left_of(pair), comparison.left_price(pair)),
        _ => (&comparison.right, comparison.right_of(pair), comparison.right_price(pair)),
    };
    let answered = answered.map(|answered| &**answered);
    card_body(ui, |ui| {
        ui.spacing_mut().item_spacing.y = space::XS;
        ui.horizontal(|ui| {
            ui.add(EnvTag::new(words::environment(run.header.environment)));
            let said = answered.map_or_else(|| "not answered".to_owned(), how);
            let text = format!("{} · {said}", run.header.profile_name);
            let room = ui.available_width();
            elided(ui, &text, &TextStyle::Small, palette.text2, room);
        });
        let Some(price) = price else {
            ui.label(theme::small_strong(difference::outcome(answered)));
            if let Some(error) = answered.and_then(|answered| answered.error.as_ref()) {
                ui.add(egui::Label::new(theme::caption(format!("{} {}", error.message, error.hint))).wrap());
            }
            return;
        };
        let (left, right) = (comparison.left_price(pair), comparison.right_price(pair));
        let differs = left.zip(right).is_some_and(|(left, right)| left.amount.compare(&right.amount).is_ne());
        fact(ui, "Amount", price.amount.as_str(), Mark::of(differs && index == 1));
        for field in difference::fields(left, right) {
            let value = if index == 0 { field.left } else { field.right };
            let both = left.is_some() && right.is_some();
            fact(ui, field.name, value.unwrap_or("–"), Mark::of(both && index == 1 && field.differs()));
        }
        fact(ui, "Read from", &price.path, Mark::None);
    });
}

fn how(answered: &Answered) -> String {
    let status = answered.http_status.map_or_else(|| "no reply".to_owned(), |status| format!("HTTP {status}"));
    let token = answered.token_generation.map_or_else(String::new, |number| format!(" · token #{number}"));
    format!("{status} · {} ms{token}", answered.elapsed.as_millis())
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Mark {
    None,
    Differs,
}

impl Mark {
    fn of(differs: bool) -> Self {
        if differs { Self::Differs } else { Self::None }
    }
}

fn fact(ui: &mut Ui, name: &str, value: &str, mark: Mark) {
    let palette = Palette::of(ui);
    ui.spacing_mut().interact_size.y = 18.0;
    ui.horizontal(|ui| {
        ui.spacing_mut().item_spacing.x = space::S;
        ui.allocate_ui_with_layout(vec2(88.0, 18.0), egui::Layout::left_to_right(egui::Align::Center), |ui| {
            ui.set_min_width(88.0);
            elided(ui, name, &theme::small_style(), palette.text2, 88.0);
        });
        let ink = if mark == Mark::Differs { Tone::Warn.ink(palette) } else { palette.text };
        let room = ui.available_width() - icon::SMALL - space::S;
        elided(ui, value, &theme::small_style(), ink, room);
        if mark == Mark::Differs {
            icon::show(ui, Icon::EqualNot, icon::SMALL, ink);
        }
    });
}

fn bodies(ui: &mut Ui, app: &App, shown: &Shown, pair: &Pair, actions: &mut Vec<Action>) {
    let [left, right] = shown.ids;
    let of = [pair.left.map(|at| (left, at.place as usize)), pair.right.map(|at| (right, at.place as usize))];
    if !app.compare.has_asked_for(of) {
        actions.push(Action::Compare(CompareAction::FetchBodies(of)));
    }
    let Some(fetched) = app.compare.fetched.as_ref().filter(|fetched| fetched.of == of) else {
        card_body(ui, |ui| {
            spinner(ui, icon::BODY, "Fetching the bodies");
        });
        return;
    };
    ui.columns(2, |columns| {
        for (index, (ui, body)) in columns.iter_mut().zip(&fetched.bodies).enumerate() {
            ui.push_id(("compared-body", index, pair.left.map(|at| at.place)), |ui| match body {
                Ok(body) => _ = body_text(ui, body.text()),
                Err(why) => {
                    card_body(ui, |ui| ui.add(egui::Label::new(theme::small(why)).wrap()));
                }
            });
        }
    });
}
