//! The list that a run is to be made of: where it comes from, its column, what looks damaged, and what the run will take.
//!
//! Owns what is being typed and which rows are unfolded. Reads nothing and changes no SKU: it sends [`ListAction`]s.

mod columns;
mod empty;
mod proposals;

use std::num::NonZeroUsize;

use egui::{Key, Ui};

use crate::app::lists::{ListAction, Opened};
use crate::app::{Action, App, Search};
use crate::lists::damage::Kind;
use crate::lists::preflight::grouped;
use crate::lists::reading::Form;
use crate::ui::icon::{self, Icon};
use crate::ui::theme::{self, Palette, space};
use crate::ui::widgets::{Button, Offer, Tone, card, card_body, elided, notice, progress_bar, spinner};
use crate::ui::{prices_view, scrolled};

/// What this view remembers between frames.
#[derive(Default)]
pub struct State {
    typed: String,
    path: String,
    /// The kind whose rows are unfolded.
    unfolded: Option<Kind>,
    /// Whether another list can be pasted or opened by its path.
    another: Fold,
    /// What the user made of the part with column and format.
    columns: Option<Fold>,
    /// Whether that part was opened just now, perhaps below the fold.
    brings_columns: bool,
    /// The list that those above are about.
    number: u64,
}

/// Whether a part is unfolded.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
enum Fold {
    #[default]
    Closed,
    Open,
}

impl Fold {
    fn turned(self) -> Self {
        if self == Self::Open { Self::Closed } else { Self::Open }
    }

    fn icon(self) -> Icon {
        match self {
            Self::Open => Icon::ChevronUp,
            Self::Closed => Icon::ChevronDown,
        }
    }
}

impl State {
    /// Whether column and format are shown. Where there is a column or a sheet to choose they are, until they are folded.
    fn columns(&self, opened: &Opened) -> Fold {
        let has_sheets = matches!(&opened.reading.form, Form::Workbook { sheets, .. } if sheets.len() > 1);
        let usual = if opened.reading.columns.len() > 1 || has_sheets { Fold::Open } else { Fold::Closed };
        self.columns.unwrap_or(usual)
    }
}

/// Draws the list, or the ways to get one.
pub fn show(ui: &mut Ui, app: &App, search: &mut Search, state: &mut State, actions: &mut Vec<Action>) {
    if state.number != app.list.number() {
        *state = State { number: app.list.number(), ..State::default() };
    }
    scrolled::column(ui, |ui| {
        problem(ui, app, actions);
        if app.list.is_opening() {
            under_way(ui, app, actions);
        }
        match app.list.shown() {
            Some(opened) => {
                empty::take_another(ui, state, actions);
                summary(ui, app, search, opened, state, actions);
                if state.another == Fold::Open {
                    empty::another(ui, state, actions);
                }
                proposals::show(ui, app, opened, state, actions);
                columns::show(ui, app, opened, state, actions);
            }
            None => empty::show(ui, app, state, actions),
        }
        ui.add_space(space::L);
    });
    if app.list.is_busy() && ui.input(|input| input.key_pressed(Key::Escape)) {
        actions.push(Action::List(ListAction::CancelReading));
    }
}

/// The same beside an ended run: how the next list comes in, how far it is, and what is wrong with it. It takes the run's place.
pub(super) fn beside_run(ui: &mut Ui, app: &App, actions: &mut Vec<Action>) {
    empty::take_list(ui, actions);
    problem(ui, app, actions);
    if app.list.is_opening() {
        under_way(ui, app, actions);
    } else if app.has_list_behind_run()
        && let Some(opened) = app.list.shown()
    {
        // Only a run that the history does not have stays before a new list.
        let text = format!(
            "“{}” is read. Export this run if you need it, since it is not kept; then press New batch to see the list.",
            opened.reading.source
        );
        notice(ui, Tone::Warn, Icon::TriangleAlert, &text, None);
        ui.add_space(space::XS);
    }
}

fn problem(ui: &mut Ui, app: &App, actions: &mut Vec<Action>) {
    if let Some(aside) = app.list.aside() {
        let offer = Offer { word: "Dismiss", icon: Icon::X };
        if notice(ui, Tone::Info, Icon::Info, aside, Some(offer)).clicked() {
            actions.push(Action::List(ListAction::DismissProblem));
        }
        ui.add_space(space::XS);
    }
    let (tone, icon, text) = match (app.list.problem(), app.list.has_no_file(), app.list.shown()) {
        (Some(problem), ..) => (Tone::Err, Icon::CircleX, problem),
        (None, true, None) => {
            (Tone::Info, Icon::Info, "No file was chosen. Did no dialog open? Type the path of the file.")
        }
        (None, true, Some(_)) => (
            Tone::Info,
            Icon::Info,
            "No file was chosen. Did no dialog open? Drop the file here, or press Paste or path.",
        ),
        (None, false, _) => return,
    };
    let offer = Offer { word: "Dismiss", icon: Icon::X };
    if notice(ui, tone, icon, text, Some(offer)).clicked() {
        actions.push(Action::List(ListAction::DismissProblem));
    }
    ui.add_space(space::XS);
}

/// A file that is being chosen or read.
fn under_way(ui: &mut Ui, app: &App, actions: &mut Vec<Action>) {
    card(ui, |ui| {
        card_body(ui, |ui| {
            let part = app.list.part();
            let word = if part.is_some() { "Reading the list" } else { "Waiting for a file" };
            ui.horizontal(|ui| {
                spinner(ui, icon::BODY, word);
                ui.label(theme::small(format!("{word}…")));
                if ui.add(Button::secondary("Cancel reading").icon(Icon::X).compact()).clicked() {
                    actions.push(Action::List(ListAction::CancelReading));
                }
            });
            if let Some(part) = part {
                progress_bar(ui, &format!("{word}: {:.0} %", part * 100.0), &[(Tone::Info, part)]);
            } else {
                let hint = "No dialog? Cancel, and type the path of the file.";
                ui.label(theme::caption(hint).color(Palette::of(ui).text2));
            }
        });
    });
    ui.add_space(space::S);
}

/// How many SKUs there are, where from, and what a run over them will take.
fn summary(ui: &mut Ui, app: &App, search: &mut Search, opened: &Opened, state: &mut State, actions: &mut Vec<Action>) {
    let palette = Palette::of(ui);
    let count = opened.revision.list.skus.len();
    let at_once = NonZeroUsize::new(app.batch.at_once().into()).unwrap_or(NonZeroUsize::MIN);
    card(ui, |ui| {
        egui::Frame::new().inner_margin(egui::Margin::same(16)).show(ui, |ui| {
            ui.set_min_width(ui.available_width());
            ui.spacing_mut().item_spacing.y = space::S;
            ui.horizontal(|ui| {
                ui.label(theme::title(grouped(count)));
                ui.label(theme::body(if count == 1 { "SKU" } else { "SKUs" }).color(palette.text2));
                ui.add_space(space::XS);
                icon::show(ui, Icon::FileText, icon::SMALL, palette.muted);
                let room = ui.available_width();
                elided(ui, &opened.reading.source, &theme::small_style(), palette.text2, room);
            });
            let mut facts = vec![app.preflight(count, at_once).sentence()];
            facts.extend(empty_cells(opened.reading.empty));
            line(ui, Icon::Clock, &format!("{}.", facts.join(". ")));
            ui.spacing_mut().item_spacing.y = space::XS;
            for note in &opened.reading.notes {
                line(ui, Icon::Info, note);
            }
            ui.add_space(space::XS);
            sent_along(ui, search);
            warnings(ui, opened);
            ui.horizontal_wrapped(|ui| {
                super::start_button(ui, app, actions);
                let busy = app.list.is_opening().then_some("A list is being read.");
                if ui.add(Button::secondary("Open list…").icon(Icon::FolderOpen).blocked(busy)).clicked() {
                    actions.push(Action::List(ListAction::ChooseFile));
                }
                let another = Button::secondary("Paste or path").icon(Icon::ClipboardPaste);
                let another = another.trailing(state.another.icon()).tooltip("Another list, pasted or by its path");
                if ui.add(another).clicked() {
                    state.another = state.another.turned();
                }
                let fold = state.columns(opened);
                let button = Button::secondary("Column and format").icon(Icon::Columns3).trailing(fold.icon());
                if ui.add(button).clicked() {
                    state.columns = Some(fold.turned());
                    state.brings_columns = fold == Fold::Closed;
                }
                if ui.add(Button::ghost("Clear list").icon(Icon::Eraser)).clicked() {
                    actions.push(Action::List(ListAction::Clear));
                }
                if app.list.is_busy() && !app.list.is_opening() {
                    spinner(ui, icon::BODY, "Working on the list");
                }
            });
        });
    });
    ui.add_space(space::S);
}

/// What looks damaged, in short: the proposals may stand below the fold, and the button that sends does not.
fn warnings(ui: &mut Ui, opened: &Opened) {
    let palette = Palette::of(ui);
    let said: Vec<_> = opened.proposals().filter(|found| proposals::is_warning(found.kind)).collect();
    let Some(first) = said.first() else { return };
    let count = first.places.len();
    let skus = if count == 1 { "1 SKU".to_owned() } else { format!("{} SKUs", grouped(count)) };
    let more = match said.len() - 1 {
        0 => String::new(),
        1 => " One more thing is below.".to_owned(),
        more => format!(" {more} more things are below."),
    };
    ui.horizontal(|ui| {
        ui.spacing_mut().interact_size.y = 18.0;
        ui.spacing_mut().item_spacing.x = 6.0;
        icon::show(ui, Icon::TriangleAlert, icon::SMALL, palette.warn);
        let text = format!("Look first: {skus} {}.{more}", first.kind.says(count));
        ui.add(egui::Label::new(theme::small(text).color(palette.text)).wrap());
    });
}

/// The query parameters that go with each SKU; they are those of the *Single* view.
fn sent_along(ui: &mut Ui, search: &mut Search) {
    ui.horizontal_wrapped(|ui| {
        let words = if search.parameters.is_empty() { "No parameter goes with the SKUs" } else { "Sent with each SKU" };
        ui.label(theme::small(words).color(Palette::of(ui).text2));
        prices_view::parameters(ui, search, Button::ghost("Parameter").icon(Icon::Plus).compact());
    });
    prices_view::parameter_row(ui, search);
}

fn empty_cells(count: usize) -> Option<String> {
    match count {
        0 => None,
        1 => Some("1 empty cell was passed over".to_owned()),
        many => Some(format!("{} empty cells were passed over", grouped(many))),
    }
}

fn line(ui: &mut Ui, icon: Icon, text: &str) {
    let palette = Palette::of(ui);
    ui.scope(|ui| {
        // A row of text, not of controls.
        ui.spacing_mut().interact_size.y = 18.0;
        ui.spacing_mut().item_spacing.x = 6.0;
        ui.horizontal(|ui| {
            icon::show(ui, icon, icon::SMALL, palette.muted);
            ui.add(egui::Label::new(theme::small(text).color(palette.text2)).wrap());
        });
    });
}
