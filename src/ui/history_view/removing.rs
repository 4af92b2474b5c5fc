//! The questions before something of the history goes for good: what goes, how much of it, and the way out first.

use egui::Ui;

use super::super::grid::thousands;
use super::super::icon::Icon;
use super::super::questions::foot;
use super::super::theme::{self, Palette};
use super::super::widgets::Button;
use super::super::words;
use super::named;
use crate::app::history::{HistoryAction, Opened};
use crate::app::{Action, App};
use crate::batch::RunId;
use crate::history::Keeping;
use crate::keys::settings::HistoryChoice;

/// Whether to remove everything.
pub fn clear(ui: &mut Ui, app: &App, actions: &mut Vec<Action>) {
    let entries = app.past.listed.as_ref().map_or(0, |listed| listed.size.entries);
    let text = match entries {
        0 => "All lookups and runs with their answers are removed for good.".to_owned(),
        1 => "The one lookup or run in it is removed for good, with its answers.".to_owned(),
        entries => {
            format!("All {} lookups and runs are removed for good, with their answers.", thousands(entries as i64))
        }
    };
    let stays = "The recent SKUs of all keys go with them. A run that is under way stays. Keys and settings stay.";
    ask(ui, "Clear the history?", &[&text, stays], "Clear history", HistoryAction::Clear, actions);
}

/// Whether to remove one entry.
pub fn entry(ui: &mut Ui, app: &App, run: RunId, actions: &mut Vec<Action>) {
    let (title, text) = match &app.past.opened {
        Some(Opened::Run(loaded)) if loaded.id == run => {
            let source = loaded.header.source.as_str();
            let title = if source.is_empty() {
                "Remove this run?".to_owned()
            } else {
                format!("Remove the run “{source}”?")
            };
            let text = match loaded.rows.counts().all() {
                0 => "It is removed for good. It has no answer yet.".to_owned(),
                1 => "It is removed for good, with its one answer.".to_owned(),
                answers => format!("It is removed for good, with its {} answers.", thousands(answers as i64)),
            };
            (title, text)
        }
        Some(Opened::Lookup(lookup)) if lookup.entry.id == run => {
            let title = format!("Remove the lookup of “{}”?", lookup.shown.lookup.sku);
            (title, "It is removed for good, with its answer.".to_owned())
        }
        // It was closed meanwhile.
        _ => return actions.push(Action::CloseQuestion),
    };
    ask(ui, &title, &[&text], "Remove it", HistoryAction::Delete(run), actions);
}

/// Whether to have a limit that is less than what there is.
pub fn lower_limit(ui: &mut Ui, app: &App, limit_mb: u32, actions: &mut Vec<Action>) {
    let Some(listed) = &app.past.listed else { return actions.push(Action::CloseQuestion) };
    let shown = |bytes: u64| words::size(usize::try_from(bytes).unwrap_or(usize::MAX));
    let size = listed.size;
    let limit = HistoryChoice { limit_mb, ..HistoryChoice::default() }.limit();
    let entries =
        if size.entries == 1 { "one entry".to_owned() } else { format!("{} entries", thousands(size.entries as i64)) };
    let text = format!(
        "Its {entries} take {}, so about {} go for good: the bodies of the oldest entries first and, if that is not \
         enough, the oldest entries themselves with all their answers.",
        shown(size.bytes),
        shown(size.bytes.saturating_sub(limit))
    );
    let stays = "The latest entry stays, and so do runs that are under way or can be resumed.";
    let title = format!("Keep only {} of history?", named(limit_mb));
    let off = "The history is off: this is about what was kept on disk before.";
    let mut texts = vec![text.as_str(), stays];
    if app.settings.history.keep == Keeping::ThisRun {
        texts.push(off);
    }
    ask(ui, &title, &texts, "Remove what is over", HistoryAction::LowerLimit(limit_mb), actions);
}

fn ask(ui: &mut Ui, title: &str, texts: &[&str], word: &str, does: HistoryAction, actions: &mut Vec<Action>) {
    ui.label(theme::heading(title));
    for text in texts {
        ui.label(theme::small(*text).color(Palette::of(ui).text2));
    }
    foot(ui, |ui| {
        // The harmless answer is the first that Tab comes to.
        if ui.add(Button::secondary("Leave it")).clicked() {
            actions.push(Action::CloseQuestion);
        }
        if ui.add(Button::danger(word).icon(Icon::Trash2)).clicked() {
            actions.push(Action::History(does));
        }
    });
}
