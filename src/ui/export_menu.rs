//! *Export…*: the button that any table can have, and the dialog behind it: format, separator, receipt, and where to.

use std::fmt::Write;
use std::sync::Arc;

use egui::{Id, Key, Ui, vec2};

use super::grid::thousands;
use super::icon::{self, Icon};
use super::theme::{self, Palette, space};
use super::widgets::{Button, Field, Offer as Link, Tone, notice, progress_bar, segmented, spinner};
use crate::app::save::{Offer, OnScreen, SaveAction};
use crate::app::{Action, App};
use crate::batch::RunHeader;
use crate::export::{ByteOrderMark, Format, LineEnd, Options, ReceiptFacts, Separator, WithReceipt};
use crate::lists::Corrections;
use crate::prices::Outcome;
use crate::results::{Towards, View};
use crate::sheet::Sheet as _;

/// The width of the panel, in points.
pub const WIDTH: f32 = 620.0;
const LABEL: f32 = 76.0;
const SAVE_HERE: f32 = 100.0;

/// What the dialog remembers between frames.
#[derive(Default)]
pub struct State {
    /// Which offer it is about.
    number: u64,
    path: String,
    /// What was proposed last, as long as nobody typed over it.
    suggested: String,
}

/// The button in a table's header. `offer` is asked for the rows as they stand on screen once it is pressed; `blocked` says why there is
/// nothing to export.
pub fn button(ui: &mut Ui, blocked: Option<&str>, offer: impl FnOnce() -> Offer, actions: &mut Vec<Action>) {
    let button = Button::ghost("Export…").icon(Icon::Upload).compact().blocked(blocked);
    if ui.add(button.tooltip("These rows and columns as XLSX, CSV or NDJSON")).clicked() {
        actions.push(Action::Save(SaveAction::Offer(Box::new(offer()))));
    }
}

/// The same for the rows of one run, whose list had these corrections as far as they are known.
pub fn of_run(
    ui: &mut Ui,
    header: &RunHeader,
    corrections: Option<&Arc<Corrections>>,
    view: &Arc<View>,
    actions: &mut Vec<Action>,
) {
    let blocked = view.is_empty().then_some("There is no row to export.");
    button(ui, blocked, || offer_of_run(header, corrections, view), actions);
}

/// What that button offers.
pub fn offer_of_run(header: &RunHeader, corrections: Option<&Arc<Corrections>>, view: &Arc<View>) -> Offer {
    let wish = &view.arranged().wish;
    let mut seen = Vec::new();
    let outcomes: Vec<&str> =
        Outcome::ALL.into_iter().filter(|one| wish.outcomes.contains(*one)).map(Outcome::label).collect();
    if !outcomes.is_empty() {
        seen.push(("Outcomes".to_owned(), outcomes.join(", ")));
    }
    if !wish.text.trim().is_empty() {
        seen.push(("Filter".to_owned(), wish.text.trim().to_owned()));
    }
    let direction = match wish.sort.towards {
        Towards::Ascending => "ascending",
        Towards::Descending => "descending",
    };
    seen.push(("Sorted by".to_owned(), format!("{}, {direction}", wish.sort.column.label())));
    let (what, runs, corrections) = ("Prices".to_owned(), vec![header.clone()], corrections.cloned());
    let facts = ReceiptFacts { what, runs, view: seen, corrections };
    Offer { sheet: OnScreen(Arc::clone(view) as _), facts }
}

/// Draws the panel's inside.
pub fn show(ui: &mut Ui, app: &App, state: &mut State, actions: &mut Vec<Action>) {
    let palette = Palette::of(ui);
    let save = &app.save;
    let Some(offer) = save.offer() else {
        actions.push(Action::CloseQuestion);
        return;
    };
    if state.number != save.number {
        *state = State { number: save.number, ..State::default() };
    }
    follow(app, state);
    ui.label(theme::heading("Export the table"));
    let (rows, columns) = (offer.sheet.0.len(), offer.sheet.0.heads().len());
    let text = format!(
        "{} and {}, in the order on screen. Heads are short names, such as elapsed_ms.",
        count(rows, "row"),
        count(columns, "column")
    );
    ui.label(theme::small(text).color(palette.text2));
    let mut options = save.options;
    ui.add_enabled_ui(!save.is_saving(), |ui| choices(ui, &mut options));
    if options != save.options {
        actions.push(Action::Save(SaveAction::Choose(options)));
    }
    // The question whether to replace a file is about this path and format alone.
    let replaces = save.problem.as_ref().and_then(|problem| problem.replaces.as_ref());
    if replaces.is_some_and(|asked| asked.typed != state.path.trim() || asked.format != options.format) {
        actions.push(Action::Save(SaveAction::Withdraw));
    } else {
        messages(ui, app, actions);
    }
    path_row(ui, app, state, actions);
    foot(ui, app, actions);
}

/// The proposed path follows the format until somebody types another.
fn follow(app: &App, state: &mut State) {
    let Some(suggested) = app.save.suggested().map(|path| path.display().to_string()) else { return };
    if state.path == state.suggested {
        state.path.clone_from(&suggested);
    } else {
        let extension = app.save.options.format.extension();
        let known = Format::ALL.iter().find_map(|format| {
            let stem = state.path.strip_suffix(format.extension())?.strip_suffix('.')?;
            Some(stem.to_owned())
        });
        if let Some(stem) = known {
            state.path = format!("{stem}.{extension}");
        }
    }
    state.suggested = suggested;
}

fn choices(ui: &mut Ui, options: &mut Options) {
    let palette = Palette::of(ui);
    row(ui, "Format", |ui| {
        let mut chosen = Format::ALL.iter().position(|format| *format == options.format).unwrap_or(0);
        if segmented(ui, &mut chosen, &Format::ALL.map(Format::label)).changed() {
            options.format = Format::ALL[chosen];
        }
    });
    let about = match options.format {
        Format::Xlsx => {
            "For spreadsheets. SKUs are texts and keep their zeros; amounts are numbers that show the digits of the server, or texts where a spreadsheet would change them."
        }
        Format::Csv => {
            "Plain text. A spreadsheet that opens it by a double click can take zeros off SKUs, so XLSX is the safer choice there. What would run as a formula gets an apostrophe."
        }
        Format::Ndjson => "One JSON object a row, for programs. Amounts are strings, and what is absent is null.",
    };
    ui.horizontal(|ui| {
        ui.add_space(LABEL + space::S);
        ui.add(egui::Label::new(theme::caption(about).color(palette.muted)).wrap());
    });
    if options.format == Format::Csv {
        row(ui, "Separator", |ui| {
            let mut chosen = Separator::ALL.iter().position(|one| *one == options.separator).unwrap_or(0);
            if segmented(ui, &mut chosen, &Separator::ALL.map(Separator::label)).changed() {
                options.separator = Separator::ALL[chosen];
            }
        });
        row(ui, "Line ends", |ui| {
            let mut chosen = LineEnd::ALL.iter().position(|one| *one == options.line_end).unwrap_or(0);
            if segmented(ui, &mut chosen, &LineEnd::ALL.map(LineEnd::label)).changed() {
                options.line_end = LineEnd::ALL[chosen];
            }
            ui.add_space(space::S);
            // In the same row: at 400 points of height there is room for no further one.
            let mut with = options.mark == ByteOrderMark::With;
            if ui.checkbox(&mut with, theme::small("Byte order mark, for Excel")).changed() {
                options.mark = if with { ByteOrderMark::With } else { ByteOrderMark::Without };
            }
        });
    }
    row(ui, "Receipt", |ui| {
        let words = match options.format {
            Format::Xlsx => "Time, key, environment, parameters and version, in a second sheet",
            _ => "Time, key, environment, parameters and version, in a file beside it (.receipt.json)",
        };
        let mut with = options.receipt == WithReceipt::With;
        if ui.checkbox(&mut with, theme::small(words)).changed() {
            options.receipt = if with { WithReceipt::With } else { WithReceipt::Without };
        }
    });
}

fn row(ui: &mut Ui, label: &str, contents: impl FnOnce(&mut Ui)) {
    let palette = Palette::of(ui);
    ui.horizontal(|ui| {
        ui.spacing_mut().item_spacing.x = space::S;
        let (rect, _) = ui.allocate_exact_size(vec2(LABEL, 28.0), egui::Sense::hover());
        let at = ui.painter();
        let ink = palette.text2;
        if !label.is_empty() {
            let style = egui::TextStyle::Name("small".into());
            let font = style.resolve(ui.style());
            at.text(rect.left_center(), egui::Align2::LEFT_CENTER, label, font, ink);
        }
        contents(ui);
    });
}

fn messages(ui: &mut Ui, app: &App, actions: &mut Vec<Action>) {
    let palette = Palette::of(ui);
    if let Some(problem) = &app.save.problem {
        let link = problem.replaces.as_ref().map(|_path| Link { word: "Replace it", icon: Icon::Replace });
        let response = notice(ui, Tone::Err, Icon::CircleX, &problem.sentence, link);
        if problem.replaces.is_some() && response.clicked() {
            actions.push(Action::Save(SaveAction::Replace));
        }
        if !problem.hint.is_empty() {
            ui.add(egui::Label::new(theme::caption(&problem.hint).color(palette.text2)).wrap());
        }
    }
    if let Some(written) = &app.save.saved {
        let mut text = format!("{} saved as {}.", count(written.rows, "row"), written.path.display());
        if let Some(name) = written.receipt.as_ref().and_then(|path| path.file_name()) {
            // Writing to a String cannot fail.
            let _ = write!(text, " The receipt is beside it: {}.", name.to_string_lossy());
        }
        notice(ui, Tone::Ok, Icon::CircleCheck, &text, None);
    }
}

fn path_row(ui: &mut Ui, app: &App, state: &mut State, actions: &mut Vec<Action>) {
    ui.horizontal_top(|ui| {
        ui.spacing_mut().item_spacing.x = space::S;
        let room = ui.available_width() - LABEL - SAVE_HERE - 2.0 * space::S;
        let field = Field::new("Save as", &mut state.path).label_width(LABEL).mono();
        let response = field.width(room).id(Id::unique("export-path")).show(ui);
        let enter = response.lost_focus() && ui.input(|input| input.key_pressed(Key::Enter));
        let blocked = if app.save.is_saving() {
            Some("It is being saved.")
        } else {
            state.path.trim().is_empty().then_some("Type a path first.")
        };
        let button = Button::secondary("Save here").width(SAVE_HERE).blocked(blocked);
        if (ui.add(button).clicked() || enter) && blocked.is_none() {
            actions.push(Action::Save(SaveAction::SaveAs(state.path.clone())));
        }
    });
}

fn foot(ui: &mut Ui, app: &App, actions: &mut Vec<Action>) {
    let palette = Palette::of(ui);
    let save = &app.save;
    if let Some((done, all)) = save.progress() {
        let name = format!("{} of {} rows written", thousands(done as i64), thousands(all as i64));
        progress_bar(ui, &name, &[(Tone::Info, done as f32 / all.max(1) as f32)]);
        ui.label(theme::caption(name).color(palette.text2));
    }
    ui.add_space(space::XS);
    ui.horizontal(|ui| {
        ui.spacing_mut().item_spacing = vec2(space::S, 0.0);
        if save.is_saving() {
            let stopping = save.is_stopping().then_some("It is being stopped.");
            if ui.add(Button::secondary("Stop export").icon(Icon::X).blocked(stopping)).clicked() {
                actions.push(Action::Save(SaveAction::Stop));
            }
            spinner(ui, icon::SMALL, "Saving");
            if save.progress().is_none() {
                ui.label(theme::caption("No dialog? Stop, and save with the path.").color(palette.text2));
            }
        } else {
            if ui.add(Button::primary("Save…").icon(Icon::Save)).clicked() {
                actions.push(Action::Save(SaveAction::Save));
            }
            if let Some(written) = &save.saved
                && ui.add(Button::secondary("Copy path").icon(Icon::Copy)).clicked()
            {
                actions.push(Action::Copy { text: written.path.display().to_string(), what: "Path copied." });
            }
        }
        super::at_right::at_right(ui, "export-foot-right", |ui| {
            if ui.add(Button::secondary("Close")).clicked() {
                actions.push(Action::CloseQuestion);
            }
        });
    });
}

/// `1 row`, `1,200 rows`.
fn count(number: usize, word: &str) -> String {
    format!("{} {word}{}", thousands(number as i64), if number == 1 { "" } else { "s" })
}
