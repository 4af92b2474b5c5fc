//! How the list was read, to be corrected: sheet, separator, encoding, header and column, over the first rows of the table.

use egui::{Align, Layout, Ui, vec2};

use super::{Fold, State};
use crate::app::lists::{ListAction, Opened};
use crate::app::{Action, App};
use crate::lists::headings::{Header, letters};
use crate::lists::preflight::grouped;
use crate::lists::reading::Form;
use crate::lists::{Delimiter, TextEncoding};
use crate::ui::theme::{self, Palette, space};
use crate::ui::widgets::{
    Cell, CellAlign, Choice, Column, RowSize, Select, Stripes, Table, TableClicked, card, card_body, header_row,
};

/// So many columns are shown side by side.
const COLUMNS: usize = 8;

pub(super) fn show(ui: &mut Ui, app: &App, opened: &Opened, state: &mut State, actions: &mut Vec<Action>) {
    let brings = std::mem::take(&mut state.brings_columns);
    if state.columns(opened) == Fold::Closed {
        return;
    }
    let top = ui.cursor().min;
    card(ui, |ui| {
        header_row(
            ui,
            44.0,
            |ui| {
                ui.label(theme::small_strong("Column and format"));
            },
            |ui| {
                let rows = opened.reading.preview.len();
                let text = match rows {
                    1 => "The first row".to_owned(),
                    many => format!("The first {} rows", grouped(many)),
                };
                ui.label(theme::caption(text).color(Palette::of(ui).muted));
            },
        );
        card_body(ui, |ui| {
            ui.add_enabled_ui(!app.list.is_opening(), |ui| form(ui, opened, actions));
        });
        preview(ui, opened, actions);
        ui.add_space(space::XS);
    });
    if brings {
        // It opens below the proposals, and so perhaps out of sight.
        ui.scroll_to_rect(egui::Rect::from_min_max(top, ui.cursor().min), None);
    }
    ui.add_space(space::S);
}

fn form(ui: &mut Ui, opened: &Opened, actions: &mut Vec<Action>) {
    let reading = &opened.reading;
    let mut send = |action| actions.push(Action::List(action));
    ui.horizontal_wrapped(|ui| {
        ui.spacing_mut().item_spacing = vec2(space::M, space::S);
        if let Form::Workbook { sheets, sheet } = &reading.form {
            let words: Vec<&str> = sheets.iter().map(String::as_str).collect();
            if let Some(sheet) = choice(ui, "Sheet", 180.0, Some(*sheet), &words) {
                send(ListAction::ChooseSheet(sheet));
            }
        }
        let words: Vec<&str> = reading.columns.iter().map(String::as_str).collect();
        if let Some(column) = choice(ui, "Column with the SKUs", 200.0, Some(reading.column), &words) {
            send(ListAction::ChooseColumn(column));
        }
        let is_header = usize::from(reading.header == Header::Absent);
        if let Some(header) =
            choice(ui, "First row", 160.0, Some(is_header), &["Names the columns", "Is a SKU already"])
        {
            send(ListAction::SetHeader(if header == 0 { Header::FirstRow } else { Header::Absent }));
        }
        if let Form::Text { encoding, delimiter } = &reading.form {
            let words = Delimiter::ALL.map(Delimiter::label);
            let at = Delimiter::ALL.iter().position(|known| known == delimiter);
            if let Some(index) = choice(ui, "Separator", 160.0, at, &words) {
                send(ListAction::SetDelimiter(Delimiter::ALL[index]));
            }
            let mut known = TextEncoding::ALL.to_vec();
            if !known.contains(encoding) {
                known.push(*encoding);
            }
            let words: Vec<&str> = known.iter().map(|encoding| encoding.label()).collect();
            let at = known.iter().position(|known| known == encoding);
            if let Some(index) = choice(ui, "Encoding", 220.0, at, &words) {
                send(ListAction::SetEncoding(known[index]));
            }
        }
    });
}

/// A box to choose from, beneath its name.
fn choice(ui: &mut Ui, name: &str, width: f32, chosen: Option<usize>, words: &[&str]) -> Option<usize> {
    ui.allocate_ui_with_layout(vec2(width, 48.0), Layout::top_down(Align::LEFT), |ui| {
        ui.spacing_mut().item_spacing.y = space::XS;
        ui.label(theme::caption(name).color(Palette::of(ui).muted));
        let choices: Vec<Choice<'_>> = words.iter().map(|word| Choice::from(*word)).collect();
        let mut now = chosen;
        let changed = Select::new(name).compact().width(width).show(ui, &mut now, &choices).changed();
        now.filter(|_| changed && now != chosen)
    })
    .inner
}

/// The first rows. A click on a head chooses its column.
fn preview(ui: &mut Ui, opened: &Opened, actions: &mut Vec<Action>) {
    let reading = &opened.reading;
    let mut shown: Vec<usize> = (0..reading.columns.len().min(COLUMNS)).collect();
    if !shown.contains(&reading.column) && !shown.is_empty() {
        // The chosen one is always in sight.
        shown.pop();
        shown.push(reading.column);
    }
    let names: Vec<String> = shown.iter().map(|column| head(opened, *column)).collect();
    let mut columns = vec![Column::new("Row", 64.0).align(CellAlign::Right)];
    for (place, name) in names.iter().enumerate() {
        let column = Column::new(name, 168.0).sorts();
        let column = if shown[place] == reading.column { column.grows() } else { column.drops(place as u8 + 1) };
        columns.push(column);
    }
    let table = Table::new("preview", &columns).row_size(RowSize::Dense).stripes(Stripes::Zebra).max_height(230.0);
    let clicked = table.show(ui, reading.preview.len(), |index| {
        let (row, cells) = &reading.preview[index];
        let is_head = reading.header == Header::FirstRow && index == 0;
        let mut line = vec![Cell::new(grouped(*row as usize)).muted()];
        line.extend(shown.iter().map(|column| {
            let text = cells.get(*column).map_or("", String::as_str);
            let cell = if text.is_empty() { Cell::absent() } else { Cell::new(text).mono() };
            if is_head || *column != reading.column { cell.muted() } else { cell }
        }));
        line
    });
    if let Some(TableClicked::Head(place)) = clicked
        && let Some(column) = place.checked_sub(1).and_then(|place| shown.get(place))
        && *column != reading.column
    {
        actions.push(Action::List(ListAction::ChooseColumn(*column)));
    }
}

fn head(opened: &Opened, column: usize) -> String {
    let name = opened.reading.columns.get(column).cloned().unwrap_or_else(|| letters(column));
    if column == opened.reading.column { format!("{name} ✓") } else { name }
}
