//! A table: numbers at the right, amounts on their decimal point, groups by the first column, columns that
//! give way where the window is narrow, arrow keys from row to row. Only the rows in sight are built, so length costs nothing.
//! It sorts and filters nothing: the caller's rows come in the caller's order.

use std::borrow::Cow;

use egui::{
    Color32, CornerRadius, CursorIcon, EventFilter, Id, Key, Modifiers, Rect, Response, Role, ScrollArea, Sense,
    StrokeKind, TextStyle, Ui, WidgetInfo, pos2, vec2,
};

use super::paint;
use super::tone::Tone;
use crate::ui::icon::{self, Icon};
use crate::ui::theme::{self, Palette, height, radius, space};

/// How the cells of a column stand.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CellAlign {
    Left,
    Right,
    /// On the decimal point, with room for this many digits after it.
    Decimal {
        fraction_digits: u8,
    },
}

/// One column.
#[must_use]
#[derive(Debug, Clone)]
pub struct Column<'a> {
    head: &'a str,
    align: CellAlign,
    width: f32,
    grows: bool,
    drops: Option<u8>,
    sorts: bool,
}

impl<'a> Column<'a> {
    /// A column of `width` points, at the left, that never gives way.
    pub fn new(head: &'a str, width: f32) -> Self {
        Self { head, align: CellAlign::Left, width, grows: false, drops: None, sorts: false }
    }

    pub fn align(mut self, align: CellAlign) -> Self {
        self.align = align;
        self
    }

    /// Takes the width that is left over.
    pub fn grows(mut self) -> Self {
        self.grows = true;
        self
    }

    /// Gives way where the room is short; the highest number goes first.
    pub fn drops(mut self, order: u8) -> Self {
        self.drops = Some(order);
        self
    }

    /// A click on the head is told to the caller.
    pub fn sorts(mut self) -> Self {
        self.sorts = true;
        self
    }
}

/// One cell.
#[must_use]
#[derive(Debug, Clone)]
pub struct Cell<'a> {
    text: Cow<'a, str>,
    remark: Cow<'a, str>,
    icon: Option<Icon>,
    ink: Ink,
    face: Face,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Ink {
    Value,
    Secondary,
    Muted,
    Toned(Tone),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Face {
    Words,
    Strong,
    Amount,
    Mono,
    MonoSmall,
}

impl<'a> Cell<'a> {
    pub fn new(text: impl Into<Cow<'a, str>>) -> Self {
        Self { text: text.into(), remark: Cow::Borrowed(""), icon: None, ink: Ink::Value, face: Face::Words }
    }

    /// A dash in muted, for what is absent. Never a zero.
    pub fn absent() -> Self {
        Self::new("–").muted()
    }

    /// Further words after the text, as a secondary value.
    pub fn remark(mut self, words: impl Into<Cow<'a, str>>) -> Self {
        self.remark = words.into();
        self
    }

    /// An icon before the text, in its colour.
    pub fn icon(mut self, icon: Icon) -> Self {
        self.icon = Some(icon);
        self
    }

    pub fn tone(mut self, tone: Tone) -> Self {
        self.ink = Ink::Toned(tone);
        self
    }

    /// A secondary value.
    pub fn secondary(mut self) -> Self {
        self.ink = Ink::Secondary;
        self
    }

    pub fn muted(mut self) -> Self {
        self.ink = Ink::Muted;
        self
    }

    pub fn strong(mut self) -> Self {
        self.face = Face::Strong;
        self
    }

    /// An amount: semibold and a point larger. It is never cut.
    pub fn amount(mut self) -> Self {
        self.face = Face::Amount;
        self
    }

    pub fn mono(mut self) -> Self {
        self.face = Face::Mono;
        self
    }

    /// Mono of caption size, for paths.
    pub fn mono_small(mut self) -> Self {
        self.face = Face::MonoSmall;
        self
    }

    fn style(&self) -> TextStyle {
        match self.face {
            Face::Words => theme::small_style(),
            Face::Strong => theme::small_strong_style(),
            Face::Amount => theme::body_strong_style(),
            Face::Mono => TextStyle::Monospace,
            Face::MonoSmall => theme::mono_small_style(),
        }
    }

    fn colour(&self, palette: &Palette) -> Color32 {
        match self.ink {
            Ink::Value => palette.text,
            Ink::Secondary => palette.text2,
            Ink::Muted => palette.muted,
            Ink::Toned(tone) => tone.ink(palette),
        }
    }
}

/// How high the rows are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RowSize {
    /// 30 points.
    Normal,
    /// 28 points.
    Dense,
}

/// What parts one row from the next.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stripes {
    /// Nothing; a line stands between groups where the table has them.
    Plain,
    /// Every second row is tinted.
    Zebra,
    /// A line under every row.
    Lines,
}

/// Which column the rows are sorted by.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sorted {
    Ascending(usize),
    Descending(usize),
}

/// What was clicked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TableClicked {
    /// The head of this column, by its place in the list that was given.
    Head(usize),
    /// This row.
    Row(usize),
}

/// A table.
#[must_use = "call `show`"]
pub struct Table<'a> {
    salt: &'a str,
    columns: &'a [Column<'a>],
    row_size: RowSize,
    stripes: Stripes,
    grouped: bool,
    clickable: bool,
    selected: Option<usize>,
    sorted: Option<Sorted>,
    max_height: f32,
    keys: Option<&'a dyn Fn(usize) -> u64>,
    came_on_top: usize,
}

impl<'a> Table<'a> {
    /// A table; `salt` tells it from its neighbours.
    pub fn new(salt: &'a str, columns: &'a [Column<'a>]) -> Self {
        Self {
            salt,
            columns,
            row_size: RowSize::Normal,
            stripes: Stripes::Plain,
            grouped: false,
            clickable: false,
            selected: None,
            sorted: None,
            max_height: f32::INFINITY,
            keys: None,
            came_on_top: 0,
        }
    }

    /// The heads of the columns that give way where there are `available` points.
    pub fn hidden(columns: &[Column<'a>], available: f32) -> Vec<&'a str> {
        let places = lay_out(columns, available);
        let is_hidden = |index: &usize| places.iter().all(|place| place.column != *index);
        (0..columns.len()).filter(is_hidden).map(|index| columns[index].head).collect()
    }

    pub fn row_size(mut self, size: RowSize) -> Self {
        self.row_size = size;
        self
    }

    pub fn stripes(mut self, stripes: Stripes) -> Self {
        self.stripes = stripes;
        self
    }

    /// Rows with the same first cell belong together: it is shown once, and a line parts the groups.
    pub fn grouped(mut self) -> Self {
        self.grouped = true;
        self
    }

    /// Rows can be clicked and reached by keyboard; `selected` is drawn as chosen.
    pub fn clickable(mut self, selected: Option<usize>) -> Self {
        self.clickable = true;
        self.selected = selected;
        self
    }

    /// For rows that come and go: `key` tells one from the others wherever it stands, so that it keeps the keyboard; arrows, Page
    /// Up and Down, Home and End go from row to row; and a row is named by all of its cells.
    pub fn keyed(mut self, key: &'a dyn Fn(usize) -> u64) -> Self {
        self.keys = Some(key);
        self
    }

    /// So many rows came on top since the last frame. Where the view is scrolled, it stays at the rows that it shows.
    pub fn came_on_top(mut self, rows: usize) -> Self {
        self.came_on_top = rows;
        self
    }

    /// Draws the arrow in the head of a column.
    pub fn sorted(mut self, sorted: Option<Sorted>) -> Self {
        self.sorted = sorted;
        self
    }

    /// Beyond this height, in points, the rows scroll beneath the head.
    pub fn max_height(mut self, height: f32) -> Self {
        self.max_height = height;
        self
    }

    /// Draws head and rows. `row` is asked for the cells of the rows in sight only, one for each column.
    pub fn show<'c>(
        self,
        ui: &mut Ui,
        rows: usize,
        mut row: impl FnMut(usize) -> Vec<Cell<'c>>,
    ) -> Option<TableClicked> {
        let places = lay_out(self.columns, ui.available_width());
        let row_height = match self.row_size {
            RowSize::Normal => height::TABLE_ROW,
            RowSize::Dense => height::TABLE_ROW_DENSE,
        };
        let id = ui.make_persistent_id(("table", self.salt));
        ui.scope(|ui| {
            ui.spacing_mut().item_spacing = vec2(0.0, 0.0);
            let mut clicked = self.head(ui, &places, id);
            let tallest = (self.max_height - 31.0).max(row_height);
            let least = if tallest.is_finite() { (rows as f32 * row_height).min(tallest) } else { row_height };
            let scroll = ScrollArea::vertical()
                .id_salt(("rows", self.salt))
                .max_height(tallest)
                // Inside a view that scrolls, the room that is left says nothing: as high as its rows, up to the limit.
                .min_scrolled_height(least)
                .auto_shrink([false, true]);
            let mut focused = None;
            let scrolled_id = id.with("scrolled");
            let before = ui.data(|data| data.get_temp::<Scrolled>(scrolled_id)).unwrap_or_default();
            let came = self.came_on_top as f32 * row_height;
            let scroll = match before {
                Scrolled { goes_to: Some(offset), .. } => scroll.vertical_scroll_offset(offset + came),
                Scrolled { offset, .. } if offset > 0.0 && came > 0.0 => scroll.vertical_scroll_offset(offset + came),
                Scrolled { .. } => scroll,
            };
            let mut goes_to = None;
            let output = scroll.show_rows(ui, row_height, rows, |ui, range| {
                let page = range.len().saturating_sub(2).max(1);
                let mut above =
                    range.start.checked_sub(1).filter(|_| self.grouped).and_then(|index| first_text(&row(index)));
                for index in range {
                    let cells = row(index);
                    let first = first_text(&cells);
                    let repeats = self.grouped && index > 0 && first == above;
                    let row_id = self.row_id(id, index);
                    let response = self.row(ui, &places, row_id, row_height, index, &cells, Joined::of(repeats));
                    if response.clicked() {
                        clicked = Some(TableClicked::Row(index));
                    }
                    if response.gained_focus() {
                        focused = Some(response.rect);
                    }
                    above = first;
                    if self.keys.is_some() && response.has_focus() {
                        goes_to = moved_by_key(ui, response.id, index, page, rows);
                    }
                }
            });
            if let Some(row) = focused {
                // The rows' own scroll area has used up the wish; the view around the table has to follow as well.
                let inside = row.intersect(output.inner_rect);
                ui.scroll_to_rect(if inside.is_positive() { inside } else { output.inner_rect }, None);
            }
            if self.keys.is_some() {
                let offset = output.state.clamped_offset().y;
                // At once and not in a glide: a row that is not drawn in the next frame loses the keyboard.
                let goes_to = goes_to.map(|index: usize| {
                    ui.memory_mut(|memory| memory.request_focus(self.row_id(id, index)));
                    ui.ctx().request_repaint();
                    let row = index as f32 * row_height;
                    offset.min(row).max(row + row_height - output.inner_rect.height())
                });
                ui.data_mut(|data| data.insert_temp(scrolled_id, Scrolled { offset, goes_to }));
            }
            clicked
        })
        .inner
    }

    fn row_id(&self, table: Id, index: usize) -> Id {
        match self.keys {
            Some(key) => table.with(("key", key(index))),
            None => table.with(("row", index)),
        }
    }

    fn head(&self, ui: &mut Ui, places: &[Place], id: Id) -> Option<TableClicked> {
        let palette = Palette::of(ui);
        let (rect, _) = ui.allocate_exact_size(vec2(ui.available_width(), 31.0), Sense::hover());
        let mut clicked = None;
        for place in places {
            let Some(column) = self.columns.get(place.column) else { continue };
            let cell = Rect::from_x_y_ranges(
                rect.left() + place.left..=rect.left() + place.left + place.width,
                rect.y_range(),
            );
            let arrow = match self.sorted {
                Some(Sorted::Ascending(column)) if column == place.column => Arrow::Up,
                Some(Sorted::Descending(column)) if column == place.column => Arrow::Down,
                _ => Arrow::None,
            };
            let sense = if column.sorts { Sense::click() } else { Sense::hover() };
            let response =
                draw_head(ui, cell, id.with(("head", place.column)), sense, column.head, column.align, arrow);
            if response.clicked() {
                clicked = Some(TableClicked::Head(place.column));
            }
        }
        let line = Rect::from_min_max(pos2(rect.left(), rect.bottom() - 1.0), rect.right_bottom());
        ui.painter().rect_filled(line, CornerRadius::ZERO, palette.line);
        clicked
    }

    #[expect(clippy::too_many_arguments, reason = "each is a plain value of the row being drawn")]
    fn row(
        &self,
        ui: &mut Ui,
        places: &[Place],
        id: Id,
        row_height: f32,
        index: usize,
        cells: &[Cell<'_>],
        joined: Joined,
    ) -> Response {
        let palette = Palette::of(ui);
        let (rect, _) = ui.allocate_exact_size(vec2(ui.available_width(), row_height), Sense::hover());
        let sense = if self.clickable { Sense::click() } else { Sense::hover() };
        let response = ui.interact(rect, id, sense);
        let chosen = self.selected == Some(index);
        if self.clickable {
            let name = if self.keys.is_some() { all_texts(cells) } else { first_text(cells).unwrap_or_default() };
            response.widget_info(|| WidgetInfo::selected(Role::Row, ui.is_enabled(), chosen, &name));
            if response.gained_focus() && self.keys.is_none() {
                response.scroll_to_me(None);
            }
        }

        let painter = ui.painter();
        let zebra = self.stripes == Stripes::Zebra && index % 2 == 1;
        let fill = if chosen {
            palette.select
        } else if self.clickable && response.hovered() {
            palette.raised
        } else if zebra {
            palette.zebra
        } else {
            Color32::TRANSPARENT
        };
        painter.rect_filled(rect, CornerRadius::ZERO, fill);
        let starts_group = self.grouped && joined == Joined::Apart;
        if index > 0 && (starts_group || self.stripes == Stripes::Lines) {
            let line = Rect::from_min_size(rect.left_top(), vec2(rect.width(), 1.0));
            painter.rect_filled(line, CornerRadius::ZERO, palette.line);
        }
        if chosen {
            let mark = Rect::from_min_size(rect.left_top(), vec2(3.0, rect.height()));
            painter.rect_filled(mark, CornerRadius::ZERO, palette.accent);
        }
        for place in places {
            let (Some(column), Some(cell)) = (self.columns.get(place.column), cells.get(place.column)) else {
                continue;
            };
            if place.column == 0 && joined == Joined::ToTheRowAbove {
                continue;
            }
            let cell_rect = Rect::from_x_y_ranges(
                rect.left() + place.left..=rect.left() + place.left + place.width,
                rect.y_range(),
            );
            draw_cell(ui, cell_rect, column.align, cell, response.id.with(place.column));
        }
        if response.has_focus() {
            let corner = CornerRadius::same(radius::TAG);
            ui.painter().rect_stroke(rect.shrink(1.0), corner, (2.0, palette.accent), StrokeKind::Inside);
        }
        if self.clickable { response.on_hover_cursor(CursorIcon::PointingHand) } else { response }
    }
}

/// How far down the rows were scrolled, in points, and how far they are to be in the next frame.
#[derive(Debug, Clone, Copy, Default)]
struct Scrolled {
    offset: f32,
    goes_to: Option<f32>,
}

/// Whether a row belongs to the group of the one above it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Joined {
    ToTheRowAbove,
    Apart,
}

impl Joined {
    fn of(repeats: bool) -> Self {
        if repeats { Self::ToTheRowAbove } else { Self::Apart }
    }
}

fn first_text(cells: &[Cell<'_>]) -> Option<String> {
    cells.first().map(|cell| cell.text.to_string())
}

pub(in crate::ui) fn all_texts(cells: &[Cell<'_>]) -> String {
    let texts = cells.iter().flat_map(|cell| [&*cell.text, &*cell.remark]);
    texts.filter(|text| !text.is_empty()).collect::<Vec<_>>().join(", ")
}

/// The row to which a key leads from the one that has the keyboard, if a key was pressed.
fn moved_by_key(ui: &Ui, focused: Id, index: usize, page: usize, rows: usize) -> Option<usize> {
    // Escape is for what opened beside the list; the row that it was opened from keeps the keyboard.
    let filter = EventFilter { vertical_arrows: true, escape: true, ..EventFilter::default() };
    ui.memory_mut(|memory| memory.set_focus_lock_filter(focused, filter));
    let last = rows.saturating_sub(1);
    let moves = [
        (Key::ArrowDown, index + 1),
        (Key::ArrowUp, index.saturating_sub(1)),
        (Key::PageDown, index + page),
        (Key::PageUp, index.saturating_sub(page)),
        (Key::Home, 0),
        (Key::End, last),
    ];
    let pressed = |key: Key| ui.input_mut(|input| input.consume_key(Modifiers::NONE, key));
    moves.into_iter().find(|(key, _)| pressed(*key)).map(|(_, to)| to.min(last))
}

/// The arrow in the head of the column that rows are sorted by.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::ui) enum Arrow {
    None,
    Up,
    Down,
}

/// Draws the head of a column in `cell`. With a sense for clicks it can be reached by keyboard.
pub(in crate::ui) fn draw_head(
    ui: &Ui,
    cell: Rect,
    id: Id,
    sense: Sense,
    words: &str,
    align: CellAlign,
    arrow: Arrow,
) -> Response {
    let palette = Palette::of(ui);
    let response = ui.interact(cell, id, sense);
    response.widget_info(|| WidgetInfo::labeled(Role::ColumnHeader, true, words));
    let arrow = match arrow {
        Arrow::None => None,
        Arrow::Up => Some((Icon::ArrowUp, egui::accesskit::SortDirection::Ascending)),
        Arrow::Down => Some((Icon::ArrowDown, egui::accesskit::SortDirection::Descending)),
    };
    if let Some((_, direction)) = arrow {
        ui.ctx().accesskit_node_builder(response.id, |node| node.set_sort_direction(direction));
    }
    let ink = if response.hovered() && sense.senses_click() { palette.text } else { palette.muted };
    let arrow_room = if arrow.is_some() { icon::TINY + space::XS } else { 0.0 };
    let galley = paint::cut_line(ui, words, &TextStyle::Small, ink, cell.width() - arrow_room);
    let x = match align {
        CellAlign::Left => cell.left(),
        CellAlign::Right | CellAlign::Decimal { .. } => cell.right() - galley.size().x - arrow_room,
    };
    let cut = galley.elided;
    let y = cell.center().y;
    let end = paint::galley_at(ui.painter(), galley, x, y, ink);
    if let Some((arrow, _)) = arrow {
        let at = pos2(end + space::XS + icon::TINY / 2.0, y);
        icon::paint(ui.painter(), at, arrow, icon::TINY, ink);
    }
    if response.has_focus() {
        let corner = CornerRadius::same(radius::TAG);
        ui.painter().rect_stroke(cell.shrink2(vec2(-4.0, 4.0)), corner, (2.0, palette.accent), StrokeKind::Inside);
    }
    let response = if sense.senses_click() { response.on_hover_cursor(CursorIcon::PointingHand) } else { response };
    if cut { response.on_hover_text(words) } else { response }
}

/// Draws one cell. Returns the width that it would have to have for nothing to be cut that must not be: an amount.
pub(in crate::ui) fn draw_cell(ui: &Ui, rect: Rect, align: CellAlign, cell: &Cell<'_>, id: Id) -> f32 {
    if cell.text.is_empty() && cell.icon.is_none() {
        return 0.0;
    }
    let palette = Palette::of(ui);
    let ink = cell.colour(palette);
    let style = cell.style();
    let icon_room = if cell.icon.is_some() { icon::SMALL + 6.0 } else { 0.0 };
    let galley = match cell.face {
        Face::Amount => paint::line(ui, cell.text.as_ref(), &style, ink),
        _ => paint::cut_line(ui, cell.text.as_ref(), &style, ink, rect.width() - icon_room),
    };
    let mut cut = galley.elided;
    let own_width = galley.size().x;
    let x = match align {
        CellAlign::Left => rect.left() + icon_room,
        CellAlign::Right => rect.right() - galley.size().x,
        CellAlign::Decimal { fraction_digits } => {
            // What has no point ends where the whole part of the others ends, so 89 and 1e2 line up with 12.10.
            let fraction = cell.text.find('.').map_or("", |point| &cell.text[point..]);
            let width = |text: &str| paint::line(ui, text, &style, ink).size().x;
            let reserved = width(&format!(".{}", "0".repeat(usize::from(fraction_digits))));
            let own = if fraction.is_empty() { 0.0 } else { width(fraction) };
            let is_amount = cell.text.bytes().any(|byte| byte.is_ascii_digit());
            let tail = if is_amount { (reserved - own).max(0.0) } else { 0.0 };
            rect.right() - tail - galley.size().x
        }
    };
    let y = rect.center().y;
    if let Some(icon) = cell.icon {
        icon::paint(ui.painter(), pos2(x - icon_room + icon::SMALL / 2.0, y), icon, icon::SMALL, ink);
    }
    let end = paint::galley_at(ui.painter(), galley, x, y, ink);
    let room = rect.right() - end - space::S;
    if !cell.remark.is_empty() && room > 2.0 * space::L {
        let style = theme::small_style();
        let remark = paint::cut_line(ui, cell.remark.as_ref(), &style, palette.text2, room);
        cut |= remark.elided;
        paint::galley_at(ui.painter(), remark, end + space::S, y, palette.text2);
    } else {
        cut |= !cell.remark.is_empty();
    }
    let response = ui.interact(rect, id, Sense::hover());
    let words = || {
        if cell.remark.is_empty() { cell.text.to_string() } else { format!("{} {}", cell.text, cell.remark) }
    };
    response.widget_info(|| WidgetInfo::labeled(Role::Cell, true, words()));
    if cut {
        response.on_hover_ui(|ui| _ = ui.label(words()));
    }
    match (cell.face, align) {
        (Face::Amount, CellAlign::Left) => own_width + icon_room,
        (Face::Amount, _) => rect.right() - x + icon_room,
        _ => 0.0,
    }
}

/// Where a column that is shown stands, from the left edge of the table.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Place {
    column: usize,
    left: f32,
    width: f32,
}

/// Drops columns until the rest fits, then shares what is left among those that grow.
fn lay_out(columns: &[Column<'_>], available: f32) -> Vec<Place> {
    let gap = space::XL;
    let mut shown: Vec<usize> = (0..columns.len()).collect();
    let needed = |shown: &[usize]| {
        let widths: f32 = shown.iter().map(|&index| columns[index].width).sum();
        widths + gap * shown.len().saturating_sub(1) as f32 + 2.0 * space::M
    };
    while needed(&shown) > available {
        // The last of those with the highest number goes, so columns give way from the right.
        let Some(goes) = shown
            .iter()
            .copied()
            .filter(|&index| columns[index].drops.is_some())
            .max_by_key(|&index| (columns[index].drops, index))
        else {
            break;
        };
        shown.retain(|&index| index != goes);
    }
    let growing = shown.iter().filter(|&&index| columns[index].grows).count();
    let spare = (available - needed(&shown)).max(0.0) / growing.max(1) as f32;
    let mut left = space::M;
    shown
        .into_iter()
        .map(|column| {
            let grows = columns[column].grows;
            let width = columns[column].width + if grows { spare.floor() } else { 0.0 };
            let place = Place { column, left, width };
            left += width + gap;
            place
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(available: f32) -> Vec<usize> {
        let columns = [
            Column::new("Price list", 100.0).grows(),
            Column::new("Amount", 80.0),
            Column::new("Valid from", 80.0).drops(1),
            Column::new("Valid to", 80.0).drops(2),
            Column::new("Read from", 100.0).drops(3),
        ];
        lay_out(&columns, available).into_iter().map(|place| place.column).collect()
    }

    #[test]
    fn columns_give_way_from_the_right_and_the_last_two_never() {
        assert_eq!(shown(900.0), [0, 1, 2, 3, 4]);
        assert_eq!(shown(440.0), [0, 1, 2, 3]);
        assert_eq!(shown(340.0), [0, 1, 2]);
        assert_eq!(shown(240.0), [0, 1]);
        assert_eq!(shown(10.0), [0, 1]);
    }

    #[test]
    fn a_growing_column_takes_what_is_left_and_the_last_ends_at_the_edge() {
        let columns = [Column::new("a", 100.0).grows(), Column::new("b", 50.0)];
        let places = lay_out(&columns, 400.0);
        let last = places.last().expect("two columns are shown");
        assert!((last.left + last.width - (400.0 - space::M)).abs() < 1.0, "{places:?}");
    }

    #[test]
    fn only_the_rows_in_sight_are_asked_for() {
        use std::collections::HashSet;
        let harness = super::super::trial::with(HashSet::new(), |ui, asked: &mut HashSet<usize>| {
            let columns = [Column::new("SKU", 100.0).grows()];
            Table::new("batch", &columns).row_size(RowSize::Dense).show(ui, 100_000, |index| {
                asked.insert(index);
                vec![Cell::new(format!("PRODUCT-{index}")).mono()]
            });
        });
        assert!((10..40).contains(&harness.state().len()), "{} rows were built", harness.state().len());
    }

    #[test]
    fn a_click_tells_the_head_or_the_row() {
        use egui_kittest::kittest::Queryable as _;
        let mut harness = super::super::trial::with(None, |ui, clicked: &mut Option<TableClicked>| {
            let columns = [Column::new("SKU", 100.0).grows().sorts(), Column::new("HTTP", 50.0)];
            let cells = |index: usize| vec![Cell::new(format!("PRODUCT-{index}")), Cell::new("200")];
            *clicked = Table::new("batch", &columns).clickable(None).show(ui, 3, cells).or(*clicked);
        });
        harness.get_by_label("SKU").click();
        harness.run();
        assert_eq!(*harness.state(), Some(TableClicked::Head(0)));
        harness.get_by_role_and_label(Role::Row, "PRODUCT-2").click();
        harness.run();
        assert_eq!(*harness.state(), Some(TableClicked::Row(2)));
    }

    #[test]
    fn keys_go_from_row_to_row_and_a_row_keeps_the_keyboard_when_others_come_on_top() {
        use egui_kittest::kittest::{NodeT as _, Queryable as _};
        // The rows are numbers, the largest on top; the state is how many there are.
        let mut harness = super::super::trial::with(1000_usize, |ui, rows: &mut usize| {
            let columns = [Column::new("Number", 100.0).grows(), Column::new("HTTP", 50.0)];
            let key = |index: usize| (*rows - index) as u64;
            let cells = |index: usize| vec![Cell::new(format!("N{}", *rows - index)).remark("x"), Cell::new("200")];
            let came = usize::from(*rows == 1003);
            Table::new("log", &columns).clickable(None).keyed(&key).came_on_top(came).show(ui, *rows, cells);
        });
        let focused = |harness: &egui_kittest::Harness<'_, usize>| {
            let rows = harness.get_all_by_role(Role::Row);
            let focused: Vec<_> = rows.filter(|row| row.accesskit_node().is_focused()).collect();
            focused.first().and_then(|row| row.accesskit_node().label())
        };
        harness.get_by_role_and_label(Role::Row, "N1000, x, 200").focus();
        harness.run();
        for (key, row) in [
            (Key::ArrowDown, "N999, x, 200"),
            (Key::ArrowUp, "N1000, x, 200"),
            (Key::End, "N1, x, 200"),
            (Key::ArrowDown, "N1, x, 200"),
            (Key::ArrowUp, "N2, x, 200"),
            (Key::Home, "N1000, x, 200"),
        ] {
            harness.key_press(key);
            harness.run();
            assert_eq!(focused(&harness).as_deref(), Some(row), "{key:?}");
        }
        for key in [[Key::ArrowDown; 60].as_slice(), &[Key::ArrowUp; 5]].concat() {
            harness.key_press(key);
            harness.run();
        }
        assert_eq!(focused(&harness).as_deref(), Some("N945, x, 200"));
        let place = harness.get_by_role_and_label(Role::Row, "N945, x, 200").rect();
        *harness.state_mut() = 1003;
        harness.step();
        assert_eq!(focused(&harness).as_deref(), Some("N945, x, 200"), "known by its key, it keeps the keyboard");
        let now = harness.get_by_role_and_label(Role::Row, "N945, x, 200").rect();
        assert!((now.top() - place.top() - 2.0 * height::TABLE_ROW).abs() < 1.0, "one row of three was said: {now:?}");
    }

    #[test]
    fn a_repeated_first_cell_is_shown_once() {
        use egui_kittest::kittest::Queryable as _;
        let harness = super::super::trial::with((), |ui, ()| {
            let columns = [Column::new("Price list", 100.0).grows(), Column::new("Amount", 50.0)];
            let lists = ["PL-RETAIL", "PL-RETAIL", "PL-PROJECT"];
            Table::new("prices", &columns).grouped().show(ui, 3, |index| vec![Cell::new(lists[index]), Cell::new("1")]);
        });
        assert_eq!(harness.get_all_by_label("PL-RETAIL").count(), 1);
        assert_eq!(harness.get_all_by_label("PL-PROJECT").count(), 1);
    }
}
