//! What can be done now, as a list: each with its words, its shortcut and the actions that do it; and what a typed word leaves of
//! it. What cannot be done now is not in the list. It draws nothing.

use super::super::batch_view;
use super::super::icon::Icon;
use super::super::widgets::EnvTone;
use super::super::words;
use crate::app::batch::BatchAction;
use crate::app::drills::Drill;
use crate::app::field_map::FieldMapAction;
use crate::app::lists::ListAction;
use crate::app::save::{Offer, SaveAction};
use crate::app::{Action, App, Desk, PricesMode, Question, Search, Tab};
use crate::batch::Standing;
use crate::keys::ThemeChoice;
use crate::prices::Outcome;

/// Under which heading a command stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Group {
    Prices,
    Token,
    Profiles,
    GoTo,
    Keys,
    Help,
    Drills,
    Theme,
}

impl Group {
    pub const ALL: [Self; 8] =
        [Self::Prices, Self::Token, Self::Profiles, Self::GoTo, Self::Keys, Self::Help, Self::Drills, Self::Theme];

    pub const fn label(self) -> &'static str {
        match self {
            Self::Prices => "Prices",
            Self::Token => "Token",
            Self::Profiles => "Profiles",
            Self::GoTo => "Go to",
            Self::Keys => "Keys",
            Self::Help => "When something fails",
            Self::Drills => "Drills in the sandbox",
            Self::Theme => "Theme",
        }
    }
}

/// One thing that can be done now.
pub struct Command {
    pub group: Group,
    pub icon: Icon,
    pub word: String,
    /// What it does, in a few words.
    pub hint: String,
    /// The key that does it together with Ctrl, or Command on a Mac.
    pub key: Option<&'static str>,
    pub env: Option<EnvTone>,
    /// Carried out in this order.
    pub actions: Vec<Action>,
}

impl Command {
    fn new(group: Group, icon: Icon, word: impl Into<String>, action: Action) -> Self {
        let (word, hint) = (word.into(), String::new());
        Self { group, icon, word, hint, key: None, env: None, actions: vec![action] }
    }

    fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = hint.into();
        self
    }

    fn key(mut self, key: &'static str) -> Self {
        self.key = Some(key);
        self
    }

    /// How well it goes with the words: the less the better; `None` where one of them is missing.
    fn rank(&self, words: &[String]) -> Option<u8> {
        let word = self.word.to_lowercase();
        let hint = self.hint.to_lowercase();
        let group = self.group.label().to_lowercase();
        let one = |wanted: &String| {
            if word.starts_with(wanted.as_str()) {
                Some(0)
            } else if word.split_whitespace().any(|part| part.starts_with(wanted.as_str())) {
                Some(1)
            } else if word.contains(wanted.as_str()) {
                Some(2)
            } else if hint.contains(wanted.as_str()) || group.contains(wanted.as_str()) {
                Some(3)
            } else {
                None
            }
        };
        words.iter().map(one).try_fold(0, |worst, rank| rank.map(|rank| rank.max(worst)))
    }
}

/// The results that can be exported, with the words for it.
pub type Results = (&'static str, Offer);

/// All that can be done now.
pub fn available(app: &App, search: &Search, results: Option<Results>) -> Vec<Command> {
    let mut list = Vec::new();
    // What the view in sight is about comes first.
    if app.tab == Tab::Prices && app.prices_mode == PricesMode::Batch {
        batch(app, &mut list);
        prices(app, search, &mut list);
    } else {
        prices(app, search, &mut list);
        batch(app, &mut list);
    }
    if let Some((word, offer)) = results {
        let hint = "Rows and columns as on screen: XLSX, CSV, NDJSON";
        let export = Command::new(Group::Prices, Icon::Upload, word, Action::Save(SaveAction::Offer(Box::new(offer))));
        list.push(export.hint(hint));
    }
    token(app, &mut list);
    profiles(app, &mut list);
    for (tab, icon, word, key, hint) in [
        (Tab::Prices, Icon::Tags, "Prices", "1", "Look a SKU up"),
        (Tab::Token, Icon::ShieldCheck, "Token", "2", "Claims, checks, any other token"),
        (Tab::Activity, Icon::Activity, "Activity", "3", "Every request with its reason, timeline"),
    ] {
        if app.tab != tab {
            list.push(Command::new(Group::GoTo, icon, word, Action::Show(tab)).key(key).hint(hint));
        }
    }
    for (mode, icon, hint) in [
        (PricesMode::Single, Icon::Tag, "One SKU"),
        (PricesMode::Batch, Icon::ListChecks, "A list of SKUs"),
        (PricesMode::Compare, Icon::GitCompareArrows, "Two keys, two dates, or an earlier run"),
        (PricesMode::History, Icon::History, "What was looked up before"),
    ] {
        if app.tab != Tab::Prices || app.prices_mode != mode {
            list.push(Command::new(Group::GoTo, icon, mode.label(), Action::ShowPrices(mode)).hint(hint));
        }
    }
    keys(app, &mut list);
    if app.active_profile().is_some() {
        let check = Command::new(Group::Help, Icon::Stethoscope, "Check connection", Action::CheckConnection);
        list.push(check.hint("Proxy, DNS, TCP, TLS, token, price"));
    }
    let bundle = Command::new(Group::Help, Icon::Package, "Export support bundle…", Action::ExportBundle);
    list.push(bundle.hint("Without secrets; shown before it is written"));
    if app.is_on_sandbox() {
        if app.drill().is_some() {
            list.push(
                Command::new(Group::Drills, Icon::Undo2, "Back to normal", Action::EndDrill).hint("End the drill"),
            );
        }
        for drill in Drill::ALL.into_iter().filter(|drill| app.drill() != Some(*drill)) {
            let word = format!("Rehearse: {}", drill.label());
            list.push(Command::new(Group::Drills, Icon::FlaskConical, word, Action::Rehearse(drill)));
        }
    }
    for (theme, icon, word) in [
        (ThemeChoice::Light, Icon::Sun, "Light theme"),
        (ThemeChoice::Dark, Icon::Moon, "Dark theme"),
        (ThemeChoice::System, Icon::SunMoon, "The system's theme"),
    ] {
        if app.settings.theme != theme {
            list.push(Command::new(Group::Theme, icon, word, Action::SetTheme(theme)));
        }
    }
    list
}

/// What can be done with the list and its run.
fn batch(app: &App, list: &mut Vec<Command>) {
    let mut add = |icon, word: &str, action, hint: &str| {
        let mut command = Command::new(Group::Prices, icon, word, Action::Batch(action)).hint(hint);
        // What comes of it is to be seen.
        command.actions.push(Action::ShowPrices(PricesMode::Batch));
        list.push(command);
    };
    if let (None, Some(ready)) = (batch_view::why_not(app), app.list.ready()) {
        add(Icon::Play, &batch_view::start_word(ready.skus.len()), BatchAction::Start, "The list, in one batch");
    }
    if let (Some(cut_off), None) = (&app.batch.offer, app.batch.running()) {
        add(Icon::Play, "Resume the run that was cut off", BatchAction::Resume(cut_off.id), &cut_off.header.source);
    }
    let Some(progress) = app.batch.progress() else { return };
    let is_ended = progress.standing.is_ended();
    match progress.standing {
        Standing::Running => add(Icon::Pause, "Pause the batch", BatchAction::Pause, "Lets what is under way finish"),
        Standing::Paused(_) => add(Icon::Play, "Resume the batch", BatchAction::GoOn, "Goes on with the list"),
        Standing::Ended(..) if progress.answered < progress.count => {
            add(Icon::Play, "Resume the batch", BatchAction::GoOn, "Asks for what is still open");
        }
        Standing::Stopping | Standing::Ended(..) => {}
    }
    if !is_ended && progress.standing != Standing::Stopping {
        add(Icon::Square, "Stop the batch", BatchAction::Stop, "It can be resumed");
    }
    if progress.counts.of(Outcome::Failed) > 0 {
        add(Icon::RotateCcw, "Retry failed SKUs", BatchAction::RetryFailed, "Asks for the failed ones only");
    }
    if is_ended {
        add(Icon::FolderOpen, "New batch", BatchAction::Close, "Back to the list; the run stays in the history");
    }
}

fn prices(app: &App, search: &Search, list: &mut Vec<Command>) {
    let Some(profile) = app.active_profile() else { return };
    if app.desk().is_some_and(Desk::is_running) {
        let cancel = Command::new(Group::Prices, Icon::X, "Cancel the lookup", Action::CancelLookUp);
        list.push(cancel.hint("Escape does it, too"));
    } else if !search.sku.trim().is_empty() {
        let word = format!("Look up {}", search.sku.trim());
        list.push(
            Command::new(Group::Prices, Icon::Search, word, Action::LookUp).hint(format!("With {}", profile.name)),
        );
    }
    let fields =
        Command::new(Group::Prices, Icon::MapPin, "Name the price fields…", Action::FieldMap(FieldMapAction::Open));
    list.push(fields.hint("Where amount and currency stand in the answers"));
    let open =
        Command::new(Group::Prices, Icon::FolderOpen, "Open a list of SKUs…", Action::List(ListAction::ChooseFile));
    list.push(open.hint("CSV, TSV, text or XLSX, for Batch"));
    let mut type_one =
        Command::new(Group::Prices, Icon::Pencil, "Type a SKU", Action::ShowPrices(PricesMode::Single)).key("L");
    type_one.actions.push(Action::PutSku(search.sku.clone()));
    list.push(type_one);
    for sku in profile.recent_skus.iter().filter(|sku| **sku != search.sku).take(5) {
        let again =
            Command::new(Group::Prices, Icon::History, format!("Look up {sku}"), Action::LookUpAgain(sku.clone()));
        list.push(again.hint("Recent"));
    }
}

fn token(app: &App, list: &mut Vec<Command>) {
    if app.active_profile().is_none() {
        return;
    }
    let status = app.status();
    let status = status.as_ref();
    let has_token = status.is_some_and(|status| !status.left.is_zero());
    let is_fetching = status.is_some_and(|status| status.fetching.is_some());
    let is_busy = app.is_token_work() || is_fetching;
    let number = status.and_then(|status| status.token.as_ref()).map(|token| token.generation());
    let named = |what: &str| number.map_or_else(String::new, |number| format!("{what} token #{number}"));
    if !is_busy && !has_token {
        list.push(Command::new(Group::Token, Icon::KeyRound, "Get token", Action::GetToken));
    }
    if !is_busy && has_token {
        list.push(
            Command::new(Group::Token, Icon::RefreshCw, "Refresh now", Action::RefreshToken).hint(named("Renew")),
        );
    }
    if number.is_some() || is_fetching {
        let forget = Command::new(Group::Token, Icon::Eraser, "Forget token", Action::ForgetToken);
        list.push(forget.hint("Drops it and what is in flight"));
    }
    if has_token {
        let copy = Command::new(Group::Token, Icon::Copy, "Copy token…", Action::Ask(Question::CopyToken));
        list.push(copy.hint("Asks first"));
    }
}

fn profiles(app: &App, list: &mut Vec<Command>) {
    for profile in app.profiles().iter().filter(|profile| app.active.as_ref() != Some(&profile.id)) {
        let word = format!("Switch to {}", profile.name);
        let mut switch = Command::new(Group::Profiles, Icon::ArrowRightLeft, word, Action::Select(profile.id.clone()));
        switch.env = Some(words::environment(profile.environment));
        list.push(switch);
    }
    if app.sandbox_profile().is_none() && !app.is_sandbox_starting() {
        let start = Command::new(Group::Profiles, Icon::FlaskConical, "Start the sandbox", Action::StartSandbox);
        list.push(start.hint("Made-up prices, no network"));
    }
}

fn keys(app: &App, list: &mut Vec<Command>) {
    list.push(Command::new(Group::Keys, Icon::Plus, "New key", Action::NewKey).hint("An empty form"));
    let import = Command::new(Group::Keys, Icon::Download, "Import…", Action::Ask(Question::Import));
    list.push(import.hint("A .env or JSON file, or the environment"));
    if app.environment.is_some() {
        let word = "Use the key in the environment";
        list.push(Command::new(Group::Keys, Icon::Terminal, word, Action::UseEnvironmentKey));
    }
    if app.active_profile().is_some() && app.key_work().is_none() {
        list.push(Command::new(Group::Keys, Icon::PlugZap, "Test key", Action::TestKey));
        list.push(
            Command::new(Group::Keys, Icon::Trash2, "Delete key…", Action::Ask(Question::Delete)).hint("Asks first"),
        );
    }
    list.push(
        Command::new(Group::Keys, Icon::ExternalLink, "Account Portal", Action::OpenPortal).hint("In the browser"),
    );
}

/// What the typed words leave, the best first within each group, the group of the best first. What was typed can also be
/// looked up as a SKU.
pub fn filtered(mut list: Vec<Command>, typed: &str, app: &App) -> Vec<Command> {
    let typed = typed.trim();
    if typed.is_empty() {
        return list;
    }
    let words: Vec<String> = typed.split_whitespace().map(str::to_lowercase).collect();
    let mut ranked: Vec<(u8, Command)> =
        list.drain(..).filter_map(|command| command.rank(&words).map(|rank| (rank, command))).collect();
    let best = |group: Group| ranked.iter().filter(|(_, command)| command.group == group).map(|(rank, _)| *rank).min();
    let of_group = Group::ALL.map(|group| best(group).unwrap_or(u8::MAX));
    let place = |group: Group| (of_group[group as usize], group as usize);
    ranked.sort_by_key(|(rank, command)| (place(command.group), *rank));
    let mut list: Vec<Command> = ranked.into_iter().map(|(_, command)| command).collect();
    let is_new = list.iter().all(|command| !command.actions.contains(&Action::LookUpAgain(typed.to_owned())));
    if let Some(profile) = app.active_profile().filter(|_| is_new) {
        let action = Action::LookUpAgain(typed.to_owned());
        let as_sku = Command::new(Group::Prices, Icon::Search, format!("Look up “{typed}”"), action);
        list.push(as_sku.hint(format!("As a SKU, with {}", profile.name)));
    }
    list
}
