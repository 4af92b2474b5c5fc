//! A table: numbers at the right, amounts on their decimal point, groups by the first column, columns that
//! give way where the window is narrow, arrow keys from row to row. Only the rows in sight are built, so length costs nothing.
//! It sorts and filters nothing: the caller's rows come in the caller's order.
//!
//! Owns what a table is made of and how its rows stand. How one column, head or cell is made and drawn is in the modules beneath, which
//! the grid draws with as well.

mod cell;
mod column;
mod head;
mod keys;

use egui::{
    Color32, CornerRadius, CursorIcon, Id, Rect, Response, Role, ScrollArea, Sense, StrokeKind, Ui, WidgetInfo, pos2,
    vec2,
};

pub use cell::{Cell, CellAlign};
pub(in crate::ui) use cell::{all_texts, draw_cell};
pub use column::Column;
pub use head::Sorted;
pub(in crate::ui) use head::{Arrow, draw_head};

use self::cell::first_text;
use self::column::{Place, lay_out};
use self::keys::moved_by_key;
use crate::ui::theme::{Palette, height, radius};

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

#[cfg(test)]
mod tests {
    use egui::Key;

    use super::*;

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
