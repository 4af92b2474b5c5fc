//! The *Token* tab: what the current token says of itself. For display only; the signature is not checked here.

use egui::Ui;
use serde_json::{Map, Value};

use super::icon::{self, Icon};
use super::theme::{self, Palette, space};
use super::widgets::{Button, Cell, Column, Table, Tone, card, card_header, notice};
use super::{scrolled, words};
use crate::app::{Action, App};
use crate::http::error_body::clean;
use crate::token::claims::{self, Claims};

/// The decoded token, remembered by its number so that it is decoded once.
#[derive(Default)]
pub struct TokenState {
    decoded: Option<(u64, Option<Claims>)>,
}

/// Draws the tab.
pub fn show(ui: &mut Ui, app: &App, state: &mut TokenState, actions: &mut Vec<Action>) {
    scrolled::column(ui, |ui| {
        let Some(token) = app.status().and_then(|status| status.token) else {
            state.decoded = None;
            empty(ui, app, actions);
            return;
        };
        let generation = token.generation();
        if state.decoded.as_ref().is_none_or(|(decoded, _)| *decoded != generation) {
            state.decoded = Some((generation, claims::read(token.secret())));
        }
        let title = format!("Claims of token #{generation}");
        let Some((_, Some(decoded))) = &state.decoded else {
            let text = "This token is opaque: it is not a JWT, so there is nothing to read in it. That is allowed.";
            notice(ui, Tone::Info, Icon::Info, text, None);
            return;
        };
        table(ui, &title, "claims", &decoded.claims);
        ui.add_space(space::L);
        table(ui, "Header", "header", &decoded.header);
        ui.add_space(space::L);
    });
}

fn empty(ui: &mut Ui, app: &App, actions: &mut Vec<Action>) {
    let palette = Palette::of(ui);
    ui.add_space(space::XXL);
    ui.vertical_centered(|ui| {
        icon::show(ui, Icon::ShieldQuestionMark, icon::LARGE, palette.muted);
        ui.label(theme::heading("No token to look into"));
        let text = "Its claims will be listed here: who it is for, when it was issued, when it dies.";
        ui.label(theme::small(text).color(palette.text2));
        ui.add_space(space::S);
        let blocked = app.active_profile().is_none().then_some("Choose or save a key first.");
        if ui.add(Button::secondary("Get a token").icon(Icon::KeyRound).blocked(blocked)).clicked() {
            actions.push(Action::GetToken);
        }
    });
}

fn table(ui: &mut Ui, title: &str, salt: &str, object: &Map<String, Value>) {
    let columns =
        [Column::new("Name", 140.0), Column::new("Value", 220.0).grows(), Column::new("Meaning", 400.0).drops(1)];
    let rows: Vec<(String, String, String)> = object
        .iter()
        .map(|(name, value)| {
            let text = match value {
                Value::String(text) => clean(text),
                other => clean(&other.to_string()),
            };
            (clean(name), text, meaning(name, value))
        })
        .collect();
    card(ui, |ui| {
        card_header(ui, title, |_| {});
        Table::new(salt, &columns).show(ui, rows.len(), |row| {
            let (name, value, meaning) = &rows[row];
            vec![
                Cell::new(name.as_str()).strong(),
                Cell::new(value.as_str()).mono(),
                Cell::new(meaning.as_str()).secondary(),
            ]
        });
    });
}

/// A registered claim in words (RFC 7519 s4.1); times in local time and UTC.
fn meaning(name: &str, value: &Value) -> String {
    let time = || {
        let secs = value.as_i64()?;
        let at = jiff::Timestamp::from_second(secs).ok()?;
        Some(format!("{} {} ({})", words::day(at), words::time_of_day(at), words::in_utc(at)))
    };
    match name {
        "exp" => time().map_or("Expires; not a readable time".into(), |time| format!("Expires {time}")),
        "iat" => time().map_or("Issued; not a readable time".into(), |time| format!("Issued {time}")),
        "nbf" => time().map_or("Valid from; not a readable time".into(), |time| format!("Valid from {time}")),
        "iss" => "Issuer".into(),
        "aud" => "Audience: who it is for".into(),
        "sub" => "Subject: whose it is".into(),
        "jti" => "Number of the token at its issuer".into(),
        "scope" => "Permissions".into(),
        "alg" => "Algorithm of the signature".into(),
        "kid" => "Key that signed it".into(),
        "typ" => "Kind of token".into(),
        _ => String::new(),
    }
}
