//! The token-status widget: the ring, the state in words, the expiry, and the four buttons.

use std::time::Duration;

use egui::{Align, Layout, Ui, vec2};

use super::icon::Icon;
use super::theme::{self, Palette, height, space};
use super::widgets::{Button, Chip, Ring, RingCentre, RingFill, RingSize, Tone, key_value, notice};
use super::words::{self, StateWords};
use crate::app::action::Question;
use crate::app::{Action, App};
use crate::http::Reading;
use crate::token::error::secs;
use crate::token::status::countdown;
use crate::token::{AccessToken, State, Status};

/// How much room there is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Room {
    /// The large ring with the expiry beside it.
    Full,
    /// The small ring; the expiry in UTC is in its tooltip.
    Low,
}

/// Draws the widget.
pub fn show(ui: &mut Ui, app: &App, room: Room, actions: &mut Vec<Action>) {
    let has_key = app.active_profile().is_some();
    let status = app.status();
    let state = words::state(has_key, status.as_ref());
    ui.spacing_mut().item_spacing.y = space::S;
    ui.spacing_mut().interact_size.y = height::TAG;
    match room {
        Room::Full => full(ui, app, &state, status.as_ref()),
        Room::Low => low(ui, &state, status.as_ref()),
    }
    finding(ui, app, room, status.as_ref(), actions);
    // Ids of their own: what stands above changes with the token's state, and must not take the keyboard's focus away.
    let own_ids = egui::UiBuilder::new().scope_id(egui::Id::unique("token-buttons"));
    ui.scope_builder(own_ids, |ui| buttons(ui, app, status.as_ref(), actions));
}

fn full(ui: &mut Ui, app: &App, state: &StateWords, status: Option<&Status>) {
    ui.horizontal(|ui| {
        ui.label(theme::body_strong("Token status"));
        ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
            ui.add(Chip::new(state.tone, state.icon, state.word));
        });
    });
    ui.horizontal_top(|ui| {
        ui.spacing_mut().item_spacing.x = space::L;
        ring(ui, state, status, RingSize::Large);
        ui.vertical(|ui| {
            ui.spacing_mut().item_spacing.y = space::XS;
            ui.set_max_width(ui.available_width());
            ui.set_min_height(96.0);
            ui.add_space(space::S);
            explain(ui, app, status);
        });
    });
}

fn low(ui: &mut Ui, state: &StateWords, status: Option<&Status>) {
    ui.horizontal(|ui| {
        ui.spacing_mut().item_spacing.x = space::L;
        let response = ring(ui, state, status, RingSize::Small);
        if let Some(token) = status.and_then(|status| status.token.as_deref()) {
            let at = token.expires_at();
            response.on_hover_text(format!("Expires {} ({})", words::time_of_day(at), words::in_utc(at)));
        }
        ui.vertical(|ui| {
            ui.spacing_mut().item_spacing.y = space::XS;
            ui.label(theme::body_strong("Token status"));
            ui.add(Chip::new(state.tone, state.icon, state.word).time(state.time.as_deref()).plain());
            if let Some(token) = status.and_then(|status| status.token.as_deref()) {
                key_value(ui, "Expires", &words::time_of_day(token.expires_at()));
            }
        });
    });
}

fn ring(ui: &mut Ui, state: &StateWords, status: Option<&Status>, size: RingSize) -> egui::Response {
    let name = match status.filter(|_| state.time.is_some()) {
        Some(status) => format!("Token status: {}, {}", state.word, words::spoken(status.left)),
        None => format!("Token status: {}", state.word),
    };
    let token = status.and_then(|status| status.token.as_deref());
    let is_fetching = status.is_some_and(|status| status.state == State::Fetching);
    let (fill, soft_mark, stale_mark) = match (token, status) {
        _ if is_fetching => (RingFill::Turning, None, None),
        (Some(token), Some(status)) => {
            let part = |span: Duration| span.as_secs_f32() / token.lifetime().as_secs_f32().max(f32::MIN_POSITIVE);
            (RingFill::Left(part(status.left)), Some(part(token.soft_lead())), Some(part(token.stale_lead())))
        }
        _ => (RingFill::Empty, None, None),
    };
    let centre = match &state.time {
        Some(time) if !is_fetching => RingCentre::Time { time, caption: "left" },
        _ => RingCentre::Icon(state.icon),
    };
    ui.add(Ring::new(&name, state.tone, fill, centre).marks(soft_mark, stale_mark).size(size))
}

/// What the state means for the user, beside the ring.
fn explain(ui: &mut Ui, app: &App, status: Option<&Status>) {
    let palette = Palette::of(ui);
    let Some(profile) = app.active_profile() else {
        ui.label(
            theme::small("Save a key, or start the sandbox. The first lookup then fetches a token.")
                .color(palette.text2),
        );
        return;
    };
    let state = status.map_or(State::NoToken, |status| status.state);
    let token = status.and_then(|status| status.token.as_deref());
    let note = |ui: &mut Ui, text: &str| ui.label(theme::small(text).color(palette.text2));
    match (state, token, status) {
        (State::Valid | State::Refreshing | State::Stale, Some(token), _) => expiry(ui, token),
        // Said here and not in a row of its own, which would move the buttons under the pointer.
        (State::NoToken, ..) if app.is_token_work() => {
            note(ui, "Waiting for the system keychain.");
        }
        (State::Fetching, ..) => {
            note(ui, "Asking for a token.");
        }
        (State::Expired, Some(token), _) => {
            key_value(ui, "Expired", &words::time_of_day(token.expires_at()));
            note(ui, "The next lookup fetches a new one.");
        }
        (State::KeyRefused, _, Some(status)) => {
            if let Some((_, at)) = &status.failure {
                key_value(ui, "Refused at", &words::time_of_day(*at));
            }
            note(ui, "Nothing is sent by itself until the key changes or you ask again.");
        }
        (State::Unreachable, _, Some(status)) => {
            let next = match secs(status.next_try) {
                0 => "The next lookup tries again.".to_owned(),
                secs => format!("Next try possible in {secs} s."),
            };
            note(ui, &next);
        }
        (State::Rejected, _, Some(status)) => {
            if let Some((generation, at)) = status.rejected {
                key_value(ui, "API said 401 at", &words::time_of_day(at));
                note(ui, &format!("Token #{generation} is dropped; the next lookup fetches a new one."));
            }
        }
        _ if app.is_for_this_run(profile) => {
            note(ui, "The first lookup fetches a token. The key is kept in memory for this run only.");
        }
        _ => {
            note(ui, "The first lookup fetches a token. All lookups share it, and it renews itself in use.");
        }
    }
}

fn expiry(ui: &mut Ui, token: &AccessToken) {
    let palette = Palette::of(ui);
    key_value(ui, "Expires", &words::time_of_day(token.expires_at()));
    ui.label(theme::caption(words::in_utc(token.expires_at())).color(palette.muted));
    ui.add_space(space::XS);
    if token.soft_lead() > token.stale_lead() {
        let text = format!("Renewed from {} left on", countdown(token.soft_lead()));
        mark(
            ui,
            Tone::Warn,
            &text,
            "From then on, the next lookup has the token renewed in the background and does not wait for it. Without a lookup nothing is renewed. The moment differs a little from token to token, so that programs do not all ask at once.",
        );
    }
    let text = format!("Last {}: lookups wait", countdown(token.stale_lead()));
    mark(
        ui,
        Tone::Err,
        &text,
        "So short before its end the token may die on the way, so a lookup waits for the new one.",
    );
}

/// A line of the legend: the mark on the ring, and what happens there.
fn mark(ui: &mut Ui, tone: Tone, text: &str, detail: &str) {
    let palette = Palette::of(ui);
    ui.horizontal(|ui| {
        ui.spacing_mut().interact_size.y = 0.0;
        ui.spacing_mut().item_spacing.x = space::XS;
        let (rect, _) = ui.allocate_exact_size(vec2(4.0, 14.0), egui::Sense::hover());
        ui.painter().rect_filled(egui::Rect::from_center_size(rect.center(), vec2(2.5, 12.0)), 0.0, tone.ink(palette));
        ui.label(theme::caption(text).color(palette.text2)).on_hover_text(detail);
    });
}

fn buttons(ui: &mut Ui, app: &App, status: Option<&Status>, actions: &mut Vec<Action>) {
    let has_key = app.active_profile().is_some();
    let has_token = status.is_some_and(|status| !status.left.is_zero());
    let is_busy = app.is_token_work() || status.is_some_and(|status| status.fetching.is_some());
    let no_key = (!has_key).then_some("Choose or save a key first.");
    let busy = is_busy.then_some("A token request is under way.");
    let no_token = (!has_token).then_some("There is no token yet.");
    let in_memory = status.is_some_and(|status| status.token.is_some() || status.fetching.is_some());
    let half = ((ui.available_width() - space::S) / 2.0).floor();
    let get = no_key.or(busy).or(has_token.then_some("There is a valid token. “Refresh now” fetches a new one."));
    let refresh = no_key.or(busy).or(no_token);
    let forget = no_key.or((!in_memory).then_some("There is no token to forget."));
    ui.spacing_mut().item_spacing = vec2(space::S, space::S);
    let mut add = |ui: &mut Ui, word: &str, icon: Icon, blocked: Option<&str>, action: Action| {
        if ui.add(Button::secondary(word).icon(icon).compact().width(half).blocked(blocked)).clicked() {
            actions.push(action);
        }
    };
    ui.horizontal(|ui| {
        add(ui, "Get token", Icon::KeyRound, get, Action::GetToken);
        add(ui, "Refresh now", Icon::RefreshCw, refresh, Action::RefreshToken);
    });
    ui.horizontal(|ui| {
        add(ui, "Forget token", Icon::Eraser, forget, Action::ForgetToken);
        add(ui, "Copy token", Icon::Copy, no_key.or(no_token), Action::Ask(Question::CopyToken));
    });
}

/// What is to be known of the token: why there is none, or by whose clock it lives. It stands above the buttons, which keep
/// their place at the bottom.
fn finding(ui: &mut Ui, app: &App, room: Room, status: Option<&Status>, actions: &mut Vec<Action>) {
    let palette = Palette::of(ui);
    let Some(profile) = app.active_profile() else { return };
    let clock = app.server_clock();
    let by_server = status.zip(clock.offset()).and_then(|(status, offset)| {
        let left = status.left_by_server(offset, jiff::Timestamp::now())?;
        Some(format!("{} by the server, {} by this PC", countdown(left), countdown(status.left)))
    });
    if let Some(text) = by_server {
        let detail = "The exp in the token and the expires_in of the reply differ. This program goes by the second.";
        notice(ui, Tone::Warn, Icon::Clock, &text, None).on_hover_text(detail);
    }
    if let Some(verdict) = app.token_verdict() {
        let (icon, tone) = words::verdict(&verdict);
        // The four buttons stand right beneath it.
        let is_below = |action: &Action| matches!(action, Action::GetToken | Action::RefreshToken);
        let offer = app.offer(&verdict, None).filter(|(_, action)| !is_below(action));
        said(ui, room, (tone, icon), &verdict.why, &verdict.advice, verdict.doubt().as_deref());
        if let (Some((word, action)), Room::Full) = (offer, room)
            && ui.add(Button::secondary(word).icon(words::remedy(&verdict)).compact()).clicked()
        {
            actions.push(action);
        }
    } else if let Some(problem) = app.problem_of(profile) {
        said(ui, room, (Tone::Err, Icon::CircleX), &problem.why, &problem.advice, None);
    } else if let Reading::Unbelievable { date } = clock {
        let text = format!("The server's clock says {}: it tells nothing.", words::day(date));
        ui.label(theme::caption(text).color(palette.muted));
    }
}

/// Why, and beneath it what to do, where there is room.
fn said(ui: &mut Ui, room: Room, look: (Tone, Icon), why: &str, advice: &str, doubt: Option<&str>) {
    let palette = Palette::of(ui);
    let more = doubt.map(|doubt| format!("\n\n{doubt}")).unwrap_or_default();
    notice(ui, look.0, look.1, why, None).on_hover_text(format!("{advice}{more}"));
    if room == Room::Full {
        ui.add(egui::Label::new(theme::caption(advice).color(palette.text2)).wrap());
    }
}
