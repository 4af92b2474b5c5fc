//! A run: how far it is, what it waits for, what can be done with it, and beneath that its answers.

use egui::{Frame, Margin, Ui, UiBuilder};

use super::super::at_right::at_right;
use super::super::export_menu;
use super::super::icon::{self, Icon};
use super::super::questions::foot;
use super::super::results_view::{self, BodyKnown, Results, ResultsState};
use super::super::scrolled::GUTTER;
use super::super::theme::{self, Palette, space};
use super::super::widgets::{Button, Offer, Taken, Tone, Verdict, card, elided, progress_bar};
use super::super::words;
use crate::app::batch::{BatchAction, Running, standing_words};
use crate::app::history::HistoryAction;
use crate::app::{Action, App};
use crate::batch::gate::MOST_AT_ONCE;
use crate::batch::{HaltCause, Progress, RunState, Standing};
use crate::history::{AnswerId, Kept};
use crate::lists::preflight::grouped;
use crate::prices::Outcome;
use crate::token::error::secs;
use crate::token::status::countdown;

/// With less room than this, in points, buttons show their icons alone.
const ROOM_FOR_WORDS: f32 = 560.0;
/// With less room than this, in points, the list's source is left out of the first line.
const ROOM_FOR_SOURCE: f32 = 560.0;

/// Draws the run. Where the view scrolls, its answers are `height` points high; else they take what is left.
pub fn show(
    ui: &mut Ui,
    app: &App,
    running: &Running,
    results: &mut ResultsState,
    height: Option<f32>,
    actions: &mut Vec<Action>,
) {
    let progress = running.run.progress(tokio::time::Instant::now());
    progress_card(ui, app, running, &progress, actions);
    ui.add_space(space::S);
    if halted(ui, &progress, actions) {
        ui.add_space(space::S);
    }
    let id = running.id;
    let shown = Results {
        name: "Batch",
        run: id.0.cast_unsigned(),
        rows: &running.rows,
        body: &|place, answered| body(app, AnswerId::of(id, place, answered)),
        fetch_body: &|place, answered| Action::History(HistoryAction::FetchBody(AnswerId::of(id, place, answered))),
    };
    let mut room = ui.available_rect_before_wrap();
    if let Some(height) = height {
        room.set_height(height);
    }
    ui.scope_builder(UiBuilder::new().max_rect(room), |ui| {
        results_view::show(ui, &app.spawner, &shown, results, actions, |ui, view, actions| {
            export_menu::of_run(ui, running.run.header(), view, actions);
        });
    });
}

/// What is known of the body of an answer: the history has it.
fn body(app: &App, answer: AnswerId) -> BodyKnown {
    if app.past.is_fetching(answer) {
        return BodyKnown::Fetching;
    }
    match app.past.fetched(answer) {
        None => BodyKnown::Unasked,
        Some(Ok(Some(body))) => BodyKnown::There(body.clone()),
        Some(Ok(None)) => BodyKnown::NotKept("No body came, or it is not kept any more.".into()),
        Some(Err(error)) => BodyKnown::NotKept(error.to_string().into()),
    }
}

/// What can be done with the run, at the right of the modes.
pub fn buttons(ui: &mut Ui, app: &App, actions: &mut Vec<Action>) {
    let Some(progress) = app.batch.progress() else { return };
    let is_wide = ui.available_width() >= ROOM_FOR_WORDS - 120.0;
    let (is_ended, failed) = (progress.standing.is_ended(), progress.counts.of(Outcome::Failed));
    let is_stopping = progress.standing == Standing::Stopping;
    at_right(ui, "batch-buttons", |ui| {
        ui.spacing_mut().item_spacing.x = space::S;
        let mut button = |word: &str, icon: Icon, blocked: Option<&str>, action: BatchAction| {
            let button = Button::secondary(word).blocked(blocked);
            let button = if is_wide { button.icon(icon) } else { button.icon_only(icon) };
            if ui.add(button).clicked() {
                actions.push(Action::Batch(action));
            }
        };
        let why = (!is_ended).then_some("Stop the run first, or let it finish.");
        button("New batch", Icon::FolderOpen, why, BatchAction::Close);
        let why = match failed {
            _ if is_stopping => Some("The run is stopping."),
            0 => Some("No lookup has failed."),
            _ => None,
        };
        button("Retry failed", Icon::RotateCcw, why, BatchAction::RetryFailed);
        match &progress.standing {
            Standing::Running => button("Pause", Icon::Pause, None, BatchAction::Pause),
            Standing::Paused(_) => button("Resume", Icon::Play, None, BatchAction::GoOn),
            Standing::Stopping => button("Resume", Icon::Play, Some("The run is stopping."), BatchAction::GoOn),
            Standing::Ended(..) => {
                let why = (progress.answered >= progress.count).then_some("Every SKU has an answer.");
                button("Resume", Icon::Play, why, BatchAction::GoOn);
            }
        }
        let why = (is_ended || is_stopping).then_some("The run has been stopped, or has ended.");
        button("Stop", Icon::Square, why, BatchAction::Stop);
        // Where the cards beneath end.
        ui.add_space(f32::from(GUTTER) - space::S);
    });
}

fn progress_card(ui: &mut Ui, app: &App, running: &Running, progress: &Progress, actions: &mut Vec<Action>) {
    card(ui, |ui| {
        Frame::new().inner_margin(Margin::symmetric(16, 12)).show(ui, |ui| {
            ui.set_min_width(ui.available_width());
            ui.spacing_mut().item_spacing.y = space::S;
            first_line(ui, running, progress);
            bar(ui, progress);
            second_line(ui, progress, actions);
            for (icon, tone, text) in remarks(app, running) {
                ui.horizontal_wrapped(|ui| {
                    ui.spacing_mut().item_spacing.x = 6.0;
                    icon::show(ui, icon, icon::SMALL, tone.ink(Palette::of(ui)));
                    ui.label(theme::small(text).color(tone.ink(Palette::of(ui))));
                });
            }
        });
    });
}

/// How many of how many, from where, how fast, and how long still.
fn first_line(ui: &mut Ui, running: &Running, progress: &Progress) {
    let palette = Palette::of(ui);
    let header = running.run.header();
    ui.horizontal(|ui| {
        ui.spacing_mut().item_spacing.x = space::S;
        let is_wide = ui.available_width() >= ROOM_FOR_SOURCE;
        ui.label(theme::title(grouped(progress.answered)));
        ui.label(theme::body(format!("of {} SKUs", grouped(progress.count))).color(palette.text2));
        if is_wide {
            ui.add_space(space::XS);
            icon::show(ui, Icon::FileText, icon::SMALL, palette.muted);
            let room = (ui.available_width() - 200.0).max(60.0);
            elided(ui, &header.source, &theme::small_style(), palette.text2, room);
        }
        at_right(ui, "batch-pace", |ui| {
            ui.spacing_mut().item_spacing.x = space::S;
            if let Some(pace) = progress.a_second {
                ui.label(theme::small(format!("{} a second", rate(pace))).color(palette.text2));
            }
            if let (Some(left), Standing::Running) = (progress.time_left, &progress.standing) {
                if progress.a_second.is_some() {
                    ui.label(theme::small("·").color(palette.muted));
                }
                ui.label(theme::small_strong(countdown(left)));
                ui.label(theme::small("left").color(palette.text2));
            } else if progress.standing != Standing::Running {
                let mut words = standing_words(progress).to_owned();
                words[..1].make_ascii_uppercase();
                ui.label(theme::small_strong(words));
            }
        });
    });
}

/// The bar: a part for each outcome, as long as its share of the list.
fn bar(ui: &mut Ui, progress: &Progress) {
    let whole = progress.count.max(1) as f32;
    let parts: Vec<_> = Outcome::ALL
        .into_iter()
        .map(|outcome| (words::outcome(outcome).1, progress.counts.of(outcome) as f32 / whole))
        .filter(|(_, share)| *share > 0.0)
        .collect();
    let name = format!("{} of {} SKUs looked up", grouped(progress.answered), grouped(progress.count));
    progress_bar(ui, &name, &parts);
}

/// What the run waits for, how often the token changed, and how many lookups run at once.
fn second_line(ui: &mut Ui, progress: &Progress, actions: &mut Vec<Action>) {
    let palette = Palette::of(ui);
    ui.horizontal(|ui| {
        ui.spacing_mut().item_spacing.x = space::S;
        let has_room = ui.available_width() >= ROOM_FOR_WORDS;
        if let (Some(hold), false) = (progress.hold, progress.standing.is_ended()) {
            icon::show(ui, Icon::Hourglass, icon::SMALL, palette.warn);
            ui.label(theme::small(format!("Waits {} s, as the server asks", secs(hold))).color(palette.warn));
        } else {
            let text = sentence(progress);
            ui.label(theme::small(text).color(palette.text2));
        }
        let renewals = match progress.renewals {
            0 => "No token renewal so far".to_owned(),
            1 => "1 token renewal".to_owned(),
            many => format!("{many} token renewals"),
        };
        if has_room {
            ui.label(theme::small("·").color(palette.muted));
            ui.label(theme::small(renewals).color(palette.text2));
        }
        if !progress.standing.is_ended() {
            stepper(ui, progress, actions);
        }
    });
}

fn sentence(progress: &Progress) -> String {
    let open = progress.count.saturating_sub(progress.answered);
    match &progress.standing {
        Standing::Running if progress.under_way == 0 => "Opening the key…".to_owned(),
        Standing::Running => format!("{} under way", progress.under_way),
        Standing::Paused(_) if progress.under_way > 0 => {
            format!("Paused: {} under way are finished first", progress.under_way)
        }
        Standing::Paused(_) => format!("Paused: {} still to ask", grouped(progress.left)),
        Standing::Stopping => format!("Stopping: {} under way", progress.under_way),
        Standing::Ended(RunState::Finished, _) => match progress.counts.of(Outcome::Failed) {
            0 => "Every SKU has an answer".to_owned(),
            failed => format!("Every SKU was asked for; {} failed", grouped(failed)),
        },
        Standing::Ended(..) => format!("{} were not asked for; Resume asks for them", grouped(open)),
    }
}

/// How many lookups run at once, to be changed while they do.
fn stepper(ui: &mut Ui, progress: &Progress, actions: &mut Vec<Action>) {
    let palette = Palette::of(ui);
    let wish = progress.gate.at_once;
    at_right(ui, "batch-at-once", |ui| {
        ui.spacing_mut().item_spacing.x = space::XS;
        let less = Button::ghost("Fewer at once").icon_only(Icon::Minus).compact();
        let less = less.blocked((wish <= 1).then_some("One lookup at a time is the least."));
        if ui.add(less).clicked() {
            actions.push(Action::Batch(BatchAction::SetAtOnce(wish - 1)));
        }
        let text = if progress.gate.allowed < wish {
            format!("{} of {wish} at once, since the server is busy", progress.gate.allowed)
        } else {
            format!("{wish} at once")
        };
        ui.label(theme::small(text).color(palette.text2));
        let more = Button::ghost("More at once").icon_only(Icon::Plus).compact();
        let more = more.blocked((wish >= MOST_AT_ONCE).then_some("64 lookups at once are the most."));
        if ui.add(more).clicked() {
            actions.push(Action::Batch(BatchAction::SetAtOnce(wish + 1)));
        }
    });
}

/// What else has to be known of the run.
fn remarks(app: &App, running: &Running) -> Vec<(Icon, Tone, String)> {
    let header = running.run.header();
    let mut remarks = Vec::new();
    if app.is_other_key(&header.profile) {
        let text = format!("This run keeps to the key “{}” ({}).", header.profile_name, header.environment.label());
        remarks.push((Icon::KeyRound, Tone::Info, text));
    }
    if !header.parameters.is_empty() {
        let parameters: Vec<_> = header.parameters.iter().map(|(name, value)| format!("{name}={value}")).collect();
        remarks.push((Icon::SlidersHorizontal, Tone::Neutral, format!("With {}", parameters.join(", "))));
    }
    if let Kept::ThisRun { because } = &running.kept {
        let text = match because {
            Some(error) => format!("This run is not kept on disk and ends with the program. {error}"),
            None => "The history is off: this run is not kept on disk and ends with the program.".to_owned(),
        };
        remarks.push((Icon::TriangleAlert, Tone::Warn, text));
    }
    remarks
}

/// Why the run paused by itself; says whether there was something to say.
fn halted(ui: &mut Ui, progress: &Progress, actions: &mut Vec<Action>) -> bool {
    let Some(halt) = progress.standing.halt() else { return false };
    let (icon, tone) = match (&halt.verdict, halt.cause) {
        (Some(verdict), _) => words::verdict(verdict),
        (None, HaltCause::Journal) => (Icon::HardDrive, Tone::Err),
        (None, _) => (Icon::CircleX, Tone::Err),
    };
    let verdict = Verdict::new(tone, icon, &halt.why, &halt.advice);
    let verdict = if progress.standing.is_ended() {
        verdict
    } else {
        verdict.main(Offer { word: "Resume the run", icon: Icon::Play })
    };
    if verdict.show(ui) == Some(Taken::Main) {
        actions.push(Action::Batch(BatchAction::GoOn));
    }
    true
}

/// What the status bar says of the run.
pub fn in_status_bar(app: &App) -> Option<(Icon, String)> {
    let progress = app.batch.progress()?;
    let icon = match &progress.standing {
        Standing::Running => Icon::RefreshCw,
        Standing::Paused(None) | Standing::Stopping => Icon::Pause,
        Standing::Paused(Some(_)) | Standing::Ended(_, Some(_)) => Icon::TriangleAlert,
        Standing::Ended(..) => Icon::Check,
    };
    let (done, of) = (grouped(progress.answered), grouped(progress.count));
    Some((icon, format!("Batch {}, {done} of {of}", standing_words(&progress))))
}

/// The question before the window closes over a run.
pub fn leave(ui: &mut Ui, app: &App, actions: &mut Vec<Action>) {
    ui.label(theme::heading("Close while a batch is under way?"));
    let is_kept = app.batch.running().is_none_or(|running| running.kept == Kept::OnDisk);
    let text = if is_kept {
        "What is looked up so far is kept. At the next start you can resume the run where it is cut off."
    } else {
        "This run is not kept on disk: its answers are lost when the window closes."
    };
    ui.label(theme::small(text).color(Palette::of(ui).text2));
    foot(ui, |ui| {
        if ui.add(Button::secondary("Close the window")).clicked() {
            actions.push(Action::Batch(BatchAction::Leave));
        }
        if ui.add(Button::primary("Keep it open")).clicked() {
            actions.push(Action::CloseQuestion);
        }
    });
}

/// A rate with as many digits as tell something.
fn rate(a_second: f64) -> String {
    match a_second {
        rate if rate < 10.0 => format!("{rate:.1}"),
        rate => grouped(rate.round() as usize),
    }
}
