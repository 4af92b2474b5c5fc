//! What is compared: the list, a key or an earlier run for each side, and the moment that its prices are of.

use egui::{Id, Key, Rect, ScrollArea, Ui, pos2, vec2};
use jiff::tz::TimeZone;

use crate::app::compare::{Chosen, CompareAction, Wanted};
use crate::app::lists::ListAction;
use crate::app::{Action, App, Search};
use crate::batch::RunId;
use crate::compare::AsOf;
use crate::compare::as_of::{self, NotATime};
use crate::history::Entry;
use crate::keys::ProfileId;
use crate::ui::at_right::at_right;
use crate::ui::grid::thousands;
use crate::ui::icon::Icon;
use crate::ui::theme::{self, Palette, height, space};
use crate::ui::widgets::{Button, Choice, EnvTag, Field, Offer, Select, Tone, elided, notice, text_area};
use crate::ui::words;

/// The width of the button between the sides, in points.
const SWAP: f32 = 32.0;
const COMPARE: f32 = 116.0;
/// The most height of the box for SKUs, in points.
const PASTE: f32 = 132.0;
/// The room of the arrow in a box, in points.
const CHEVRON: f32 = 40.0;
/// From this width on, in points, a box has room for its environment's tag.
const ROOM_FOR_ENV: f32 = 220.0;
/// A side that is at least so wide has the name of its date beside it, in points.
const ROOM_FOR_NAME: f32 = 210.0;

/// What is chosen, between frames.
#[derive(Default)]
pub struct Choosing {
    sides: [Side; 2],
    has_begun: bool,
    paste: String,
    another: Another,
}

/// Whether another list is being chosen in place of the one there is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
enum Another {
    #[default]
    No,
    Chosen,
}

#[derive(Default, Clone)]
struct Side {
    of: Option<Of>,
    by: By,
    as_of: String,
}

/// Who chose a side's key or run.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
enum By {
    /// Nobody did; it follows what the rest of the choice suggests.
    #[default]
    Itself,
    User,
}

#[derive(Clone, PartialEq, Eq)]
enum Of {
    Key(ProfileId),
    Earlier(RunId),
}

impl Side {
    fn moment(&self) -> Result<AsOf, NotATime> {
        AsOf::read(&self.as_of, &TimeZone::system())
    }

    fn is_earlier(&self) -> bool {
        matches!(self.of, Some(Of::Earlier(_)))
    }

    fn wanted(&self) -> Option<Wanted> {
        match self.of.as_ref()? {
            Of::Key(id) => Some(Wanted::Ask(id.clone(), self.moment().ok()?)),
            Of::Earlier(run) => Some(Wanted::Earlier(*run)),
        }
    }
}

/// Draws the rows above the comparison.
pub fn show(ui: &mut Ui, app: &App, search: &mut Search, state: &mut Choosing, actions: &mut Vec<Action>) {
    if !state.has_begun {
        state.has_begun = true;
        actions.push(Action::Compare(CompareAction::ListEarlier));
    }
    at_first(app, state);
    list_row(ui, app, state);
    if state.another == Another::Chosen && app.list.shown().is_some() {
        paste(ui, app, state, actions);
    }
    list_problem(ui, app, actions);
    sent_along(ui, search);
    let earlier = app.compare.earlier.as_deref().unwrap_or_default();
    let labels: Vec<String> = earlier.iter().map(label).collect();
    let width = ((ui.available_width() - SWAP - COMPARE - 3.0 * space::S) / 2.0).max(120.0);
    ui.horizontal(|ui| {
        ui.spacing_mut().item_spacing.x = space::S;
        side_select(ui, app, "Left side", width, &mut state.sides[0], earlier, &labels);
        let swap = Button::ghost("Swap sides").icon_only(Icon::ArrowLeftRight).width(SWAP);
        if ui.add(swap.tooltip("Swap left and right")).clicked() {
            state.sides.swap(0, 1);
            state.sides.iter_mut().for_each(|side| side.by = By::User);
        }
        side_select(ui, app, "Right side", width, &mut state.sides[1], earlier, &labels);
        let button =
            Button::primary("Compare").icon(Icon::GitCompareArrows).width(COMPARE).blocked(why_not(app, state));
        if ui.add(button).clicked() {
            start(state, actions);
        }
    });
    let mut entered = false;
    ui.horizontal_top(|ui| {
        ui.spacing_mut().item_spacing.x = space::S;
        entered |= moment(ui, "Left as of", width, &mut state.sides[0]);
        ui.add_space(SWAP + space::S);
        entered |= moment(ui, "Right as of", width, &mut state.sides[1]);
    });
    // What was typed last can have changed what the right side follows.
    at_first(app, state);
    if entered && why_not(app, state).is_none() {
        start(state, actions);
    }
}

fn wanted(state: &Choosing) -> Option<[Wanted; 2]> {
    let [left, right] = &state.sides;
    Some([left.wanted()?, right.wanted()?])
}

fn start(state: &Choosing, actions: &mut Vec<Action>) {
    if let Some(wanted) = wanted(state) {
        actions.push(Action::Compare(CompareAction::Start(Box::new(wanted))));
    }
}

/// Whether what is chosen now is something else than what is shown.
pub fn has_changed(app: &App, search: &Search, state: &Choosing) -> bool {
    let (Some(chosen), Some(_)) = (&app.compare.chosen, &app.compare.shown) else { return false };
    // A date that is half typed is another one as well.
    let now = wanted(state).map(|sides| Chosen::new(sides, &search.parameters, app.list.ready()));
    now.is_none_or(|now| !now.is_like(chosen))
}

/// The chosen key at the left. At the right another where there is one, or the same where two moments are compared.
fn at_first(app: &App, state: &mut Choosing) {
    let is_there = |of: &Of| match of {
        Of::Key(id) => app.profiles().iter().any(|profile| profile.id == *id),
        Of::Earlier(_) => true,
    };
    for side in &mut state.sides {
        side.of = side.of.take().filter(is_there);
    }
    let key = |id: &ProfileId| Some(Of::Key(id.clone()));
    if state.sides[0].of.is_none() {
        state.sides[0].of = app.active_profile().and_then(|profile| key(&profile.id));
    }
    let [left, right] = &mut state.sides;
    if right.of.is_none() || right.by == By::Itself {
        let has_two_moments = left.as_of.trim() != right.as_of.trim();
        let other = app.profiles().iter().find(|profile| key(&profile.id) != left.of);
        right.of = match &left.of {
            Some(Of::Key(id)) if has_two_moments => key(id),
            _ => other.or(app.active_profile()).and_then(|profile| key(&profile.id)),
        };
    }
}

/// What is compared, and the way to another list.
fn list_row(ui: &mut Ui, app: &App, state: &mut Choosing) {
    let palette = Palette::of(ui);
    ui.horizontal(|ui| {
        let words = if state.sides.iter().any(Side::is_earlier) {
            "The SKUs of the earlier run are compared.".to_owned()
        } else {
            match app.list.ready() {
                Some(list) if list.skus.len() == 1 => format!("1 SKU from {}", list.source),
                Some(list) => format!("{} SKUs from {}", thousands(list.skus.len() as i64), list.source),
                None if app.list.is_busy() => "The list is being read…".to_owned(),
                None => "No list yet.".to_owned(),
            }
        };
        let room = ui.available_width() - 120.0;
        elided(ui, &words, &theme::small_style(), palette.text2, room);
        at_right(ui, "compare-list", |ui| {
            let none = app.list.shown().is_none().then_some("There is no list yet. Open or paste one below.");
            let change = Button::ghost("Change list…").icon(Icon::Pencil).compact().blocked(none);
            if ui.add(change.tooltip("Open or paste another list")).clicked() {
                state.another = match state.another {
                    Another::No => Another::Chosen,
                    Another::Chosen => Another::No,
                };
            }
        });
    });
}

/// Why another list could not be read.
fn list_problem(ui: &mut Ui, app: &App, actions: &mut Vec<Action>) {
    let Some(problem) = app.list.problem() else { return };
    let dismiss = Offer { word: "Dismiss", icon: Icon::X };
    if notice(ui, Tone::Err, Icon::CircleX, problem, Some(dismiss)).clicked() {
        actions.push(Action::List(ListAction::DismissProblem));
    }
}

/// The query parameters that go with both sides; they are those of the *Single* view. A moment is not among them.
fn sent_along(ui: &mut Ui, search: &mut Search) {
    if search.parameters.is_empty() {
        return;
    }
    let palette = Palette::of(ui);
    let mut removed = None;
    ui.horizontal_wrapped(|ui| {
        let is_shared = |(name, _): &(String, String)| !as_of::is_parameter(name);
        if search.parameters.iter().any(is_shared) {
            ui.label(theme::small("Sent with each SKU on both sides").color(palette.text2));
        }
        for (index, (name, value)) in search.parameters.iter().enumerate() {
            let word = format!("{name}={value}");
            if as_of::is_parameter(name) {
                let text = format!("{word} is not sent: the fields below say the date of each side.");
                ui.label(theme::small(text).color(palette.text2));
                continue;
            }
            let button = Button::secondary(&word).trailing(Icon::X).mono().compact();
            if ui.add(button.tooltip("Leave this parameter out")).clicked() {
                removed = Some(index);
            }
        }
    });
    if let Some(index) = removed {
        search.parameters.remove(index);
    }
}

fn side_select(ui: &mut Ui, app: &App, name: &str, width: f32, side: &mut Side, earlier: &[Entry], labels: &[String]) {
    let profiles = app.profiles();
    let keys = profiles
        .iter()
        .map(|profile| Choice { word: profile.name.as_str(), env: Some(words::environment(profile.environment)) });
    let runs = earlier
        .iter()
        .zip(labels)
        .map(|(entry, label)| Choice { word: label.as_str(), env: Some(words::environment(entry.header.environment)) });
    let choices: Vec<Choice<'_>> = keys.chain(runs).collect();
    let mut picked = side.of.as_ref().and_then(|of| match of {
        Of::Key(id) => profiles.iter().position(|profile| profile.id == *id),
        Of::Earlier(run) => earlier.iter().position(|entry| entry.id == *run).map(|index| profiles.len() + index),
    });
    let select = Select::new(name).icon(Icon::KeyRound).nothing("Choose a key or a run").width(width);
    let response = select.show(ui, &mut picked, &choices);
    // The environment of what is chosen is seen without opening the list.
    if let Some(env) = picked.and_then(|index| choices.get(index)?.env)
        && width >= ROOM_FOR_ENV
    {
        let badge = EnvTag::new(env);
        let extent = vec2(badge.width_in(ui), height::TAG);
        let corner = pos2(response.rect.right() - CHEVRON - extent.x, response.rect.center().y - extent.y / 2.0);
        badge.paint_at(ui, Rect::from_min_size(corner, extent));
    }
    if response.changed()
        && let Some(index) = picked
    {
        side.by = By::User;
        side.of = match profiles.get(index) {
            Some(profile) => Some(Of::Key(profile.id.clone())),
            None => earlier.get(index - profiles.len()).map(|entry| Of::Earlier(entry.id)),
        };
    }
}

/// `Run of 24 Nov 2026, 14:26:41: Retail EU, 1,200 SKUs`.
fn label(entry: &Entry) -> String {
    let header = &entry.header;
    format!(
        "Run of {}, {}: {}, {} SKUs",
        words::day(header.started),
        words::time_of_day(header.started),
        header.profile_name,
        thousands(header.count as i64)
    )
}

/// Draws a side's moment. Whether Enter was pressed in its field.
fn moment(ui: &mut Ui, name: &str, width: f32, side: &mut Side) -> bool {
    let palette = Palette::of(ui);
    let mut entered = false;
    ui.allocate_ui(vec2(width, 44.0), |ui| {
        ui.vertical(|ui| {
            ui.set_width(width);
            ui.spacing_mut().item_spacing.y = space::XS;
            if side.is_earlier() {
                ui.label(theme::caption("As it was answered then.").color(palette.muted));
                return;
            }
            let read = side.moment();
            let problem = read.as_ref().err().map(ToString::to_string);
            let field = Field::new(name, &mut side.as_of).compact().hint("now, or 2026-12-01T08:00");
            // A date beside its name would be cut in a narrow window.
            let field = if width < ROOM_FOR_NAME {
                ui.label(theme::caption(name).color(palette.text2));
                field.label_unseen()
            } else {
                field.label_width(76.0)
            };
            let response = field.error(problem.as_deref()).id(Id::unique(name)).show(ui);
            entered = response.lost_focus() && ui.input(|input| input.key_pressed(Key::Enter));
            if let Ok(AsOf::At(_)) = &read {
                let words = read.map(|moment| moment.in_words()).unwrap_or_default();
                elided(ui, &words, &egui::TextStyle::Small, palette.text2, width);
            }
        });
    });
    entered
}

/// Why nothing can be compared now, if nothing can.
fn why_not(app: &App, state: &Choosing) -> Option<&'static str> {
    let [left, right] = &state.sides;
    if app.compare.is_busy() {
        return Some("A comparison is under way.");
    }
    if left.of.is_none() || right.of.is_none() {
        return Some("Choose a key or an earlier run for each side.");
    }
    if left.moment().is_err() || right.moment().is_err() {
        return Some("Correct the date first.");
    }
    if left.of == right.of && (left.is_earlier() || left.moment() == right.moment()) {
        return Some("Both sides are the same. Choose another key, run or date.");
    }
    if left.is_earlier() || right.is_earlier() {
        return None;
    }
    app.list.why_not_ready()
}

/// A place for a list, or for another one. The box scrolls, so that what is beneath it stays in the window.
pub fn paste(ui: &mut Ui, app: &App, state: &mut Choosing, actions: &mut Vec<Action>) {
    ui.add_space(space::S);
    ScrollArea::vertical().id_salt("skus-to-compare").max_height(PASTE).auto_shrink([false, true]).show(ui, |ui| {
        text_area(ui, "SKUs to compare", &mut state.paste, "One SKU a line", 4);
    });
    ui.horizontal_wrapped(|ui| {
        let busy = app.list.is_opening().then_some("A list is being read.");
        let blocked = state.paste.trim().is_empty().then_some("Paste the SKUs first.");
        if ui.add(Button::secondary("Use these SKUs").icon(Icon::Check).blocked(blocked.or(busy))).clicked() {
            actions.push(Action::List(ListAction::Paste(std::mem::take(&mut state.paste))));
            state.another = Another::No;
        }
        if ui.add(Button::secondary("Open file…").icon(Icon::FolderOpen).blocked(busy)).clicked() {
            actions.push(Action::List(ListAction::ChooseFile));
            state.another = Another::No;
        }
    });
}
