//! The keys panel: the list of profiles, and the form in which one is entered, tested, replaced and deleted.
//!
//! A secret being typed is this view's: when its field is left it turns to dots, and what egui could undo is wiped (K7).

use egui::{Align, Frame, Id, Layout, Margin, Ui, vec2};

use super::at_right::at_right;
use super::icon::{self, Icon};
use super::theme::{self, Palette, height, space};
use super::widgets::{
    Button, Choice, Choosing, Field as TextField, ListRow, Offer, SecretField, Select, Tone, card, inline_link, notice,
    read_only_row, spinner, wipe_undo,
};
use super::{scrolled, words};
use crate::app::action::Question;
use crate::app::field_map::FieldMapAction;
use crate::app::{Action, App, FormMessage, KeyForm};
use crate::keys::{Environment, Field, FieldProblem, Profile, SecretPlace};

/// The width of the labels of the form, in points.
const LABEL: f32 = 80.0;
/// The id of the secret's text, so that its undo history can be wiped from anywhere.
pub fn secret_id() -> Id {
    Id::unique("client-secret")
}

/// The id of the client ID's text. A secret is often pasted there by mistake.
fn client_id_id() -> Id {
    Id::unique("client-id")
}

/// Forgets what can be undone in the fields that may have held a secret, unless it is being typed right now (K7). Called in every
/// frame, since there are many ways out of a field, and some take the field itself away.
pub fn forget_what_was_typed(ctx: &egui::Context) {
    for id in [secret_id(), client_id_id()] {
        if !ctx.memory(|memory| memory.has_focus(id)) {
            wipe_undo(ctx, id);
        }
    }
}

/// Draws the panel. `form` is the app's own, taken out for the frame.
pub fn show(ui: &mut Ui, app: &App, form: &mut KeyForm, actions: &mut Vec<Action>) {
    ui.spacing_mut().item_spacing.y = space::S;
    ui.spacing_mut().interact_size.y = height::COMPACT;
    header(ui, actions);
    scrolled::column(ui, |ui| {
        list(ui, app, actions);
        ui.add_space(space::XS);
        // What is typed while a key is saved or tested would be neither.
        ui.add_enabled_ui(app.key_work().is_none(), |ui| fields(ui, app, form, actions));
        buttons(ui, app, form, actions);
        work(ui, app, actions);
        message(ui, app, form, actions);
        advice(ui, app, actions);
        ui.add_space(space::S);
    });
}

fn header(ui: &mut Ui, actions: &mut Vec<Action>) {
    let gutter = Margin { right: scrolled::GUTTER, ..Margin::ZERO };
    Frame::new().inner_margin(gutter).show(ui, |ui| {
        ui.horizontal(|ui| {
            ui.label(theme::body_strong("Keys"));
            ui.spacing_mut().item_spacing.x = space::L;
            at_right(ui, "keys-header-right", |ui| {
                if ui.add(Button::ghost("Import…").icon(Icon::Download).compact()).clicked() {
                    actions.push(Action::Ask(Question::Import));
                }
                if ui.add(Button::ghost("New").icon(Icon::Plus).compact()).clicked() {
                    actions.push(Action::NewKey);
                }
            });
        })
    });
}

fn list(ui: &mut Ui, app: &App, actions: &mut Vec<Action>) {
    let palette = Palette::of(ui);
    card(ui, |ui| {
        if app.profiles().is_empty() {
            ui.horizontal(|ui| {
                ui.add_space(space::M);
                icon::show(ui, Icon::KeyRound, icon::BODY, palette.text2);
                ui.add_space(space::XS);
                ui.vertical(|ui| {
                    ui.add_space(space::S);
                    ui.label(theme::small_strong("No keys yet"));
                    ui.label(theme::small("Fill in the form, or import a file.").color(palette.text2));
                    ui.add_space(space::S);
                });
            });
        }
        for profile in app.profiles() {
            let status = app.status_of(profile);
            let state = words::state(true, status.as_ref());
            let note = row_note(app, profile);
            let accessible_name = format!("{}, {}, {}", profile.name, profile.environment.label(), state.word);
            let is_chosen = app.active.as_ref() == Some(&profile.id);
            let row = ListRow {
                tone: state.tone,
                icon: state.icon,
                name: &profile.name,
                note: note.as_deref(),
                env: words::environment(profile.environment),
                choosing: if is_chosen { Choosing::Chosen } else { Choosing::NotChosen },
                accessible_name: &accessible_name,
            };
            if ui.add(row).clicked() && !is_chosen {
                actions.push(Action::Select(profile.id.clone()));
            }
        }
    });
}

fn row_note(app: &App, profile: &Profile) -> Option<String> {
    if app.drill().is_some() && app.sandbox_profile().is_some_and(|sandbox| sandbox.id == profile.id) {
        return Some("drill".into());
    }
    if app.is_for_this_run(profile) && profile.environment != Environment::Sandbox {
        return Some("this run".into());
    }
    match profile.key_age_advice(jiff::Timestamp::now()) {
        Some(crate::keys::Advice::Remove { unused_days }) => Some(format!("{unused_days} d unused")),
        _ => None,
    }
}

fn fields(ui: &mut Ui, app: &App, form: &mut KeyForm, actions: &mut Vec<Action>) {
    let report = form.check(app.profiles());
    let problem = |form: &KeyForm, field: Field| {
        // Swapped values are said once, with the button that swaps them.
        let problem = report.problem(field).filter(|problem| **problem != FieldProblem::Swapped)?;
        // What another field demands of this one is said at once: nobody would come here to look.
        let is_demanded = matches!(problem, FieldProblem::SecretNeededForNewHost | FieldProblem::SecretNeededForNewId);
        (is_demanded || form.touched.has(field)).then(|| problem.to_string())
    };
    let mut left = Vec::new();
    let mut note = |field: Field, response: &egui::Response| {
        if response.lost_focus() {
            left.push(field);
        }
    };

    let error = problem(form, Field::Name);
    let row = TextField::new("Profile name", &mut form.draft.name).label_width(LABEL).hint("Retail EU").compact();
    note(Field::Name, &row.id(Id::unique("profile-name")).error(error.as_deref()).show(ui));

    environment(ui, form);

    let error = problem(form, Field::ClientId);
    let is_secret =
        matches!(report.problem(Field::ClientId), Some(FieldProblem::SecretPastedAsId | FieldProblem::Swapped));
    let response = if is_secret {
        // A secret stays one in the wrong field.
        let row = SecretField::new("Client ID", &mut *form.draft.client_id).label_width(LABEL);
        row.compact().id(client_id_id()).error(error.as_deref()).show(ui)
    } else {
        let row = TextField::new("Client ID", &mut *form.draft.client_id).label_width(LABEL);
        let row = row.hint("24 hex characters").mono_small().compact().id(client_id_id());
        row.error(error.as_deref()).show(ui)
    };
    note(Field::ClientId, &response);
    said(ui, &report, Field::ClientId);

    let saved = form.editing.as_ref().and_then(|id| app.settings.profile(id));
    match saved.and_then(|profile| profile.secret.as_ref()).filter(|_| !form.replacing) {
        // A secret typed for another host or ID stays in sight until it is saved.
        Some(record) if report.problem(Field::ClientSecret).is_none() && form.draft.client_secret.is_empty() => {
            let (value, fingerprint) = match record.place {
                SecretPlace::Keychain => (format!("Saved {} ·", words::day(record.saved)), record.fingerprint.as_str()),
                SecretPlace::Memory => ("This run only ·".to_owned(), record.fingerprint.as_str()),
            };
            read_only_row(ui, "Client secret", LABEL, height::COMPACT, &value, fingerprint);
        }
        _ => {
            let error = problem(form, Field::ClientSecret);
            let hint = if form.replacing { "The new secret" } else { "64 hex characters" };
            let row = SecretField::new("Client secret", &mut *form.draft.client_secret).label_width(LABEL).hint(hint);
            let response = row.compact().id(secret_id()).error(error.as_deref()).show(ui);
            note(Field::ClientSecret, &response);
            if response.lost_focus() {
                wipe_undo(ui.ctx(), secret_id());
            }
            said(ui, &report, Field::ClientSecret);
        }
    }
    for field in left {
        // An empty field that is only passed through is not yet wrong.
        let is_empty = match field {
            Field::Name => form.draft.name.is_empty(),
            Field::ClientId => form.draft.client_id.is_empty(),
            Field::ClientSecret => form.draft.client_secret.is_empty(),
            _ => false,
        };
        if !is_empty {
            form.touched.mark(field);
        }
    }
    if report.is_swapped() {
        let offer = Offer { word: "Swap them", icon: Icon::ArrowUpDown };
        if notice(
            ui,
            Tone::Warn,
            Icon::TriangleAlert,
            "Client ID and client secret are in each other's field.",
            Some(offer),
        )
        .clicked()
        {
            actions.push(Action::SwapIdAndSecret);
        }
    }
    urls(ui, form, &report);
}

/// What was put right in a field by itself.
fn said(ui: &mut Ui, report: &crate::keys::DraftReport, field: Field) {
    let palette = Palette::of(ui);
    for note in report.notes(field) {
        ui.horizontal(|ui| {
            ui.add_space(LABEL + space::S);
            ui.add(egui::Label::new(theme::caption(note.to_string()).color(palette.muted)).wrap());
        });
    }
}

fn environment(ui: &mut Ui, form: &mut KeyForm) {
    let choices = Environment::ALL.map(|environment| Choice { word: environment.label(), env: None });
    let mut chosen = Environment::ALL.iter().position(|environment| *environment == form.draft.environment);
    Select::new("Environment").label_width(LABEL).compact().show(ui, &mut chosen, &choices);
    if let Some(environment) = chosen.and_then(|index| Environment::ALL.get(index)) {
        form.draft.environment = *environment;
    }
}

fn urls(ui: &mut Ui, form: &mut KeyForm, report: &crate::keys::DraftReport) {
    let palette = Palette::of(ui);
    let fields = [Field::TokenUrl, Field::ApiUrl, Field::CaFile];
    let has_problem = fields.iter().any(|field| report.problem(*field).is_some());
    ui.horizontal(|ui| {
        let icon = if form.urls_open { Icon::ChevronDown } else { Icon::ChevronRight };
        if ui.add(Button::ghost("URLs and CA file").icon(icon).compact()).clicked() {
            form.urls_open = !form.urls_open;
        }
        ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
            let defaults = crate::keys::Draft::new();
            let is_default = form.draft.token_url == defaults.token_url && form.draft.api_url == defaults.api_url;
            let word = if is_default { "Vendor defaults" } else { "Own URLs" };
            ui.label(theme::caption(word).color(palette.muted));
        });
    });
    if !form.urls_open && !has_problem {
        return;
    }
    let problem = |field: Field| report.problem(field).map(ToString::to_string);
    let mut is_changed = false;
    let focus = form.focus.take();
    let mut row = |name: &str, text: &mut String, hint: &str, field: Field| {
        let error = problem(field);
        let row = TextField::new(name, text).label_width(LABEL).hint(hint).compact().mono();
        let response = row.id(Id::unique(name)).error(error.as_deref()).show(ui);
        if focus == Some(field) {
            response.request_focus();
            response.scroll_to_me(None);
        }
        is_changed |= response.changed();
    };
    row("Token URL", &mut form.draft.token_url, crate::keys::profile::DEFAULT_TOKEN_URL, Field::TokenUrl);
    row("API URL", &mut form.draft.api_url, crate::keys::profile::DEFAULT_API_URL, Field::ApiUrl);
    row("CA file", &mut form.draft.ca_file, "Path of a PEM file, if needed", Field::CaFile);
    if is_changed {
        form.suit_environment_to_urls();
    }
}

fn buttons(ui: &mut Ui, app: &App, form: &KeyForm, actions: &mut Vec<Action>) {
    let saved = form.editing.as_ref().and_then(|id| app.settings.profile(id));
    let is_changed = form.is_changed(app.profiles());
    let busy = app.key_work().map(|(what, _)| what);
    let is_new = saved.is_none();
    let nothing = if is_new { "Fill in the form first." } else { "Nothing was changed." };
    let swapped = form.check(app.profiles()).is_swapped().then_some("Swap client ID and client secret first.");
    let save = busy.or((!is_changed).then_some(nothing)).or(swapped);
    let test = busy.or((is_new && !is_changed).then_some("Fill in the form first.")).or(swapped);
    let replace = busy.or(is_new.then_some("A new key has no saved secret yet."));
    let delete = busy.or(is_new.then_some("This key is not saved."));
    let half = ((ui.available_width() - space::S) / 2.0).floor();
    // The words come first where there is no room for both.
    let with_icon = |button: Button<'static>, icon: Icon| if half < 130.0 { button } else { button.icon(icon) };
    ui.spacing_mut().item_spacing = vec2(space::S, space::S);
    ui.horizontal(|ui| {
        let button = with_icon(Button::secondary("Save key"), Icon::Save).compact().width(half).blocked(save);
        if ui.add(button).clicked() {
            // The field is gone before the answer comes; what egui could undo goes now (K7).
            wipe_undo(ui.ctx(), secret_id());
            actions.push(Action::SaveKey);
        }
        let button = with_icon(Button::secondary("Test key"), Icon::PlugZap).compact().width(half).blocked(test);
        if ui.add(button).clicked() {
            actions.push(Action::TestKey);
        }
    });
    ui.horizontal(|ui| {
        if form.replacing {
            let button =
                with_icon(Button::secondary("Keep old secret"), Icon::Undo2).compact().width(half).blocked(busy);
            if ui.add(button).clicked() {
                wipe_undo(ui.ctx(), secret_id());
                actions.push(Action::CancelReplace);
            }
        } else {
            let button = with_icon(Button::secondary("Replace secret…"), Icon::RotateCcw).compact().width(half);
            if ui.add(button.blocked(replace)).clicked() {
                actions.push(Action::ReplaceSecret);
            }
        }
        let button = with_icon(Button::danger("Delete key"), Icon::Trash2).compact().width(half).blocked(delete);
        if ui.add(button).clicked() {
            actions.push(Action::Ask(Question::Delete));
        }
    });
    check_button(ui, app, saved, actions);
}

/// The check needs a key that can be used; what was typed and not saved is no part of it.
fn check_button(ui: &mut Ui, app: &App, saved: Option<&Profile>, actions: &mut Vec<Action>) {
    let blocked = match saved {
        None => Some("Save the key first."),
        Some(_) if app.key_work().is_some() => Some("Wait until the key is tested or saved."),
        Some(_) => None,
    };
    let button = Button::secondary("Check connection").icon(Icon::Stethoscope).compact().width(ui.available_width());
    let button = button.tooltip("Proxy, DNS, TCP, TLS, token and price, step by step, with the saved key");
    if ui.add(button.blocked(blocked)).clicked() {
        actions.push(Action::CheckConnection);
    }
}

fn work(ui: &mut Ui, app: &App, actions: &mut Vec<Action>) {
    let Some((what, time)) = app.key_work() else { return };
    let palette = Palette::of(ui);
    ui.horizontal(|ui| {
        spinner(ui, icon::SMALL, what);
        let text = match time.as_secs() {
            0..2 => format!("{what}…"),
            secs => format!("{what}: {secs} s. A password prompt may be waiting."),
        };
        ui.add(egui::Label::new(theme::caption(text).color(palette.text2)).wrap());
    });
    if time.as_secs() >= 2 && ui.add(Button::secondary("Cancel").icon(Icon::X).compact()).clicked() {
        actions.push(Action::CancelKeyWork);
    }
}

fn message(ui: &mut Ui, app: &App, form: &KeyForm, actions: &mut Vec<Action>) {
    let last_seen = Id::unique("last-form-message");
    let Some(message) = &form.message else {
        ui.data_mut(|data| data.remove::<String>(last_seen));
        if form.editing.is_some() && app.status().is_none() {
            ui.label(theme::caption("Not tested in this run.").color(Palette::of(ui).muted));
        }
        return;
    };
    let palette = Palette::of(ui);
    let top = ui.cursor().min;
    let (tone, icon, text, next) = match message {
        FormMessage::Saved => (Tone::Ok, Icon::CircleCheck, "Saved in the system keychain.".to_owned(), None),
        FormMessage::KeptForThisRun => {
            (Tone::Warn, Icon::Clock, "Kept in memory. It is gone when the window closes.".to_owned(), None)
        }
        FormMessage::Deleted(name) => (Tone::Ok, Icon::CircleCheck, format!("“{name}” is deleted."), None),
        FormMessage::Works(lifetime) => {
            let text = format!("The key works. Its tokens live {}.", words::spoken(*lifetime));
            (Tone::Ok, Icon::CircleCheck, text, None)
        }
        FormMessage::Imported { note } => {
            let text = format!("Imported into the form. Nothing is saved yet.{}", spaced(note.as_deref()));
            (Tone::Info, Icon::Info, text, None)
        }
        FormMessage::Keychain { error, .. } => {
            (Tone::Err, Icon::CircleX, error.to_string(), Some(error.next_step().to_string()))
        }
        FormMessage::Token(verdict) => (Tone::Err, Icon::CircleX, verdict.why.clone(), Some(verdict.advice.clone())),
        FormMessage::NotReplaced(verdict) => {
            let text = format!("The new secret was not saved, and the old one stays. {}", verdict.why);
            (Tone::Err, Icon::CircleX, text, Some(verdict.advice.clone()))
        }
        FormMessage::ReadOnly => {
            let text = "Not saved: this program cannot write its settings, so the key would be lost at the next start.";
            let next = "Keep it for this run, or mend what the message at the start named, and start again.";
            (Tone::Err, Icon::CircleX, text.to_owned(), Some(next.to_owned()))
        }
        FormMessage::NotWritten(why) => {
            (Tone::Err, Icon::CircleX, format!("Kept for this run, and not saved. {why}"), None)
        }
        FormMessage::Other(text) => (Tone::Err, Icon::CircleX, text.clone(), None),
    };
    let said = notice(ui, tone, icon, &text, None);
    if let FormMessage::Keychain { error, .. } = message
        && let Some(detail) = error.detail()
    {
        said.on_hover_text(detail);
    } else if let FormMessage::Token(verdict) | FormMessage::NotReplaced(verdict) = message {
        said.on_hover_text(verdict.in_full());
    }
    if let Some(next) = next {
        ui.add(egui::Label::new(theme::caption(next).color(palette.text2)).wrap());
    }
    if let FormMessage::Token(verdict) | FormMessage::NotReplaced(verdict) = message
        && let Some((word, action)) = app.offer_in_form(form, verdict)
        && ui.add(Button::secondary(word).icon(words::remedy(verdict)).compact()).clicked()
    {
        actions.push(action);
    }
    if matches!(message, FormMessage::Keychain { can_keep: true, .. } | FormMessage::ReadOnly)
        && ui.add(Button::secondary("Keep for this run only").icon(Icon::Clock).compact()).clicked()
    {
        wipe_undo(ui.ctx(), secret_id());
        actions.push(Action::KeepForThisRun);
    }
    // With the URLs open or in a low window the message stands below what is in sight, so a new one is brought there.
    if ui.data(|data| data.get_temp::<String>(last_seen)).as_ref() != Some(&text) {
        ui.data_mut(|data| data.insert_temp(last_seen, text));
        ui.scroll_to_rect(egui::Rect::from_min_max(top, ui.min_rect().max), None);
    }
}

fn spaced(note: Option<&str>) -> String {
    note.map(|note| format!(" {note}")).unwrap_or_default()
}

/// The vendor's advice about the chosen key, or where its secret rests.
fn advice(ui: &mut Ui, app: &App, actions: &mut Vec<Action>) {
    let palette = Palette::of(ui);
    if app.active_profile().is_some_and(|profile| !profile.field_map.is_empty()) {
        let offer = Offer { word: "Change it", icon: Icon::ArrowRight };
        if notice(ui, Tone::Info, Icon::MapPin, "Prices are read by a field map.", Some(offer)).clicked() {
            actions.push(Action::FieldMap(FieldMapAction::Open));
        }
    }
    let advice = app.active_profile().and_then(|profile| profile.key_age_advice(jiff::Timestamp::now()));
    let Some(advice) = advice else {
        ui.horizontal(|ui| {
            icon::show(ui, Icon::Lock, icon::SMALL, palette.muted);
            ui.label(theme::caption("Secrets rest in the system keychain only.").color(palette.muted));
        });
        let offer = Offer { word: "Account Portal", icon: Icon::ExternalLink };
        if inline_link(ui, offer).clicked() {
            actions.push(Action::OpenPortal);
        }
        return;
    };
    let text = match advice {
        crate::keys::Advice::Rotate { age_days } => format!("{age_days} days old. Rotate it in the"),
        crate::keys::Advice::Remove { unused_days } => format!("Unused for {unused_days} days. Revoke it in the"),
    };
    let offer = Offer { word: "Account Portal", icon: Icon::ExternalLink };
    if notice(ui, Tone::Warn, Icon::TriangleAlert, &text, Some(offer)).on_hover_text(advice.to_string()).clicked() {
        actions.push(Action::OpenPortal);
    }
}
