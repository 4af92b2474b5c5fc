//! The *Token* tab: what the current token says of itself, whether that fits, and a box to inspect any other token.
//!
//! Owns the pasted token while the tab is open: it is wiped when the tab or the profile is left, undo history included, and
//! reaches neither a log nor the accessibility tree. Nothing here is sent anywhere.

mod paste_box;
mod shown;

use egui::{Context, Ui};
use jiff::Timestamp;

use self::paste_box::PasteBox;
use self::shown::{Subject, Token};
use super::icon::{self, Icon};
use super::scrolled;
use super::theme::{self, Palette, space};
use super::widgets::{Button, Tone, notice};
use crate::app::{Action, App, Tab};
use crate::inspect::{Granted, Inspection, NotAJwt, Surroundings};
use crate::keys::ProfileId;

/// What the tab remembers while it is open.
#[derive(Default)]
pub struct TokenState {
    profile: Option<ProfileId>,
    /// The current token, remembered by its number so that it is read once.
    current: Option<(u64, Result<Token, NotAJwt>)>,
    pasted: PasteBox,
    /// The key file that the signatures were last checked with.
    checked_with: u64,
}

impl TokenState {
    /// Forgets every token when another tab than this is open.
    pub fn follow(&mut self, ctx: &Context, open: Tab) {
        if open != Tab::Token {
            self.current = None;
            self.pasted.wipe(ctx);
        }
    }

    fn tokens(&mut self) -> impl Iterator<Item = &mut Token> {
        let current = self.current.as_mut().and_then(|(_, read)| read.as_mut().ok());
        current.into_iter().chain(self.pasted.token())
    }
}

/// Draws the tab.
pub fn show(ui: &mut Ui, app: &App, state: &mut TokenState, actions: &mut Vec<Action>) {
    if state.profile != app.active {
        // A token and the keys of one environment are not held against another's.
        state.current = None;
        state.pasted.wipe(ui.ctx());
        if state.profile.is_some() {
            actions.push(Action::ForgetKeyFile);
        }
        state.profile.clone_from(&app.active);
    }
    let keys = app.inspector.keys.as_ref().map(|(_, keys)| keys);
    let token = app.status().and_then(|status| status.token);
    let number = token.as_ref().map(|token| token.generation());
    if state.current.as_ref().map(|(number, _)| *number) != number {
        state.current = token.as_ref().map(|token| {
            let read = Inspection::of(token.secret().clone()).map(|read| Token::new(read, keys));
            (token.generation(), read)
        });
    }
    if state.checked_with != app.inspector.number {
        state.checked_with = app.inspector.number;
        state.tokens().for_each(|token| token.check_signature(keys));
    }
    let now = Timestamp::now();
    let profile = app.active_profile();
    let around = Surroundings {
        now,
        token_url: profile.map(|profile| &profile.token_url),
        api_url: profile.map(|profile| &profile.api_url),
        granted: None,
        clock: None,
    };
    scrolled::column(ui, |ui| {
        state.pasted.show(ui, app, actions);
        ui.add_space(space::L);
        if let Some(token) = state.pasted.token() {
            token.show(ui, &Subject { name: "the pasted token", salt: "pasted" }, &around);
        }
        match (&token, &mut state.current) {
            (Some(token), Some((_, Ok(read)))) => {
                let granted = Granted { requested_at: token.requested_at(), expires_in: token.lifetime() };
                let name = format!("token #{}", token.generation());
                let clock = app.server_clock().offset();
                let around = Surroundings { granted: Some(granted), clock, ..around };
                read.show(ui, &Subject { name: &name, salt: "current" }, &around);
            }
            (Some(_), Some((_, Err(fault)))) => {
                notice(ui, Tone::Info, Icon::Info, &fault.to_string(), None);
            }
            _ => empty(ui, app, actions),
        }
    });
    let changes_in = state.tokens().filter_map(|token| token.changes_in(now)).min();
    if let Some(delay) = changes_in {
        ui.ctx().request_repaint_after(delay);
    }
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
