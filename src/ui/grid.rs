//! A table over any [`Sheet`](crate::sheet::Sheet): rows are chosen, copied and opened by mouse and keyboard, columns are as wide as the user wants.
//!
//! Only rows in sight are asked for, so length costs nothing, and no row's data is kept here or in egui's memory. It sorts and
//! filters nothing: the sheet's rows come in the sheet's order.

mod behind;
mod dress;
mod keyboard;
mod moving;
mod selection;

use std::collections::HashMap;
use std::hash::{Hash, Hasher};
use std::sync::Arc;

use compact_str::CompactString;
use egui::scroll_area::ScrollBarVisibility;
use egui::{
    CornerRadius, EventFilter, Id, Key, Modifiers, PointerButton, Popup, Rect, Response, Role, ScrollArea, Sense,
    StrokeKind, Ui, WidgetInfo, pos2, vec2,
};
use egui_extras::{Column, TableBody, TableBuilder};
use rustc_hash::FxHasher;

pub use behind::{Behind, Seen, drop_behind};
pub use dress::{ColumnLook, Dress, Undressed, counted, plain, thousands};
pub use moving::Brought;
pub use selection::{Reach, Selection};

use super::icon::{self, Icon};
use super::theme::{Palette, height, radius, space};
use super::widgets::{Arrow, Cell, CellAlign, EnvTag, MenuRow, Sorted, all_texts, draw_cell, draw_head};
use crate::results::tsv::{self, Copied, Part};
use crate::sheet::Keyed;
use crate::task::{Spawner, Task};
use keyboard::Press;

const HEAD: f32 = 31.0;
/// No column is made narrower than this, in points.
const NARROWEST: f32 = 36.0;
/// So far the table goes sideways at a press of an arrow key, in points.
const SIDEWAYS: f32 = 80.0;
/// So much wider or narrower a column becomes at a press of a key, in points.
const WIDER: f32 = 16.0;
/// Half of what lies between the texts of two columns, in points.
const GAP: f32 = space::S;
/// The width of a row's menu, in points.
const MENU: f32 = 168.0;
/// The room that a scroll bar takes where there is one, in points.
const BAR: f32 = 8.0;

/// What a grid remembers between frames.
#[derive(Default)]
pub struct GridState {
    pub selection: Selection,
    /// What the user made of the columns' widths, by their names.
    widths: HashMap<CompactString, f32>,
    /// The column that was made wider or narrower by keyboard in the frame before, and its width.
    widened: Option<(CompactString, f32)>,
    scroll_to: Option<usize>,
    sideways: f32,
    page: usize,
    copying: Task<Option<Copied>>,
    /// The column that the menu of a row was opened over.
    menu: Option<usize>,
    moving: moving::Moving,
    /// The version of the sheet that the choice is of.
    version: Option<u64>,
}

/// What was asked for in a frame.
#[derive(Debug, Default)]
pub struct GridShown {
    /// The head of this column was clicked.
    pub sort: Option<usize>,
    /// This row is to be opened.
    pub opened: Option<usize>,
    /// This is to go on the clipboard.
    pub copied: Option<Copied>,
    /// The keyboard went to another row.
    pub moved: bool,
}

impl GridState {
    /// Starts to make a text of the chosen rows; a later frame's [`GridShown::copied`] has it.
    pub fn copy(&mut self, sheet: &Arc<dyn Keyed>, spawner: &Spawner) {
        if self.selection.is_empty() {
            return;
        }
        let (sheet, selection) = (Arc::clone(sheet), self.selection.clone());
        let work = move || {
            let rows: Vec<usize> = selection.chosen().collect();
            tsv::tsv(&*sheet, &rows)
        };
        let runtime = spawner.runtime().clone();
        self.copying.start(spawner, async move { runtime.spawn_blocking(work).await.ok() });
    }

    /// Forgets what was chosen of rows that are gone; the widths of the columns stay.
    pub fn start_over(&mut self) {
        self.selection = Selection::default();
        self.moving = moving::Moving::default();
        self.copying.cancel();
        self.scroll_to = None;
    }

    /// A choice is of rows of one order. Of another, to which it was not brought, it says nothing.
    fn stands_for(&mut self, sheet: &dyn Keyed) {
        let version = sheet.version();
        if self.version.replace(version).is_some_and(|before| before != version) {
            self.start_over();
        }
        self.selection.see(sheet.len());
    }

    /// Brings a row in sight at the next frame.
    pub fn scroll_to(&mut self, row: usize) {
        self.scroll_to = Some(row);
    }
}

/// A table over a sheet.
#[must_use = "call `show`"]
pub struct Grid<'a> {
    id: Id,
    name: &'a str,
    sheet: &'a Arc<dyn Keyed>,
    dress: &'a dyn Dress,
    sorted: Option<Sorted>,
}

impl<'a> Grid<'a> {
    /// `name` is what a screen reader calls the table, and tells it from others.
    pub fn new(name: &'a str, sheet: &'a Arc<dyn Keyed>, dress: &'a dyn Dress) -> Self {
        Self { id: Self::id(name), name, sheet, dress, sorted: None }
    }

    /// The part that has the keyboard while it goes from row to row.
    pub fn id(name: &str) -> Id {
        Id::unique(("grid", name))
    }

    /// Whether Escape is pressed to close what is open beside the table of this name, and not meant for a list or a field.
    pub fn escapes(ui: &Ui, name: &str) -> bool {
        let focused = ui.memory(egui::Memory::focused);
        let is_here = focused.is_none_or(|id| id == Self::id(name)) || !ui.ctx().text_edit_focused();
        is_here && !Popup::is_any_open(ui.ctx()) && ui.input(|input| input.key_pressed(Key::Escape))
    }

    /// Draws the arrow in the head of a column.
    pub fn sorted(mut self, sorted: Option<Sorted>) -> Self {
        self.sorted = sorted;
        self
    }

    /// Draws the table in all the room there is.
    pub fn show(self, ui: &mut Ui, spawner: &Spawner, state: &mut GridState) -> GridShown {
        let mut shown = GridShown::default();
        state.stands_for(&**self.sheet);
        let before = state.selection.cursor_key();
        if let Some(copied) = state.copying.take() {
            shown.copied = copied.ok().flatten();
        }
        let room = ui.available_rect_before_wrap();
        let frame = ui.interact(room, self.id, Sense::focusable_noninteractive());
        let rows = self.sheet.len();
        frame.widget_info(|| WidgetInfo::labeled(Role::Grid, true, format!("{}, {rows} rows", self.name)));
        ui.ctx().accesskit_node_builder(self.id, |node| {
            node.set_row_count(rows);
            node.set_multiselectable();
        });
        if frame.has_focus() {
            self.keys(ui, spawner, state, &mut shown);
        }
        let looks: Vec<ColumnLook> =
            self.sheet.heads().iter().enumerate().map(|(column, head)| self.dress.column(column, head)).collect();
        let sideways = std::mem::take(&mut state.sideways);
        ui.scope(|ui| {
            ui.spacing_mut().item_spacing = vec2(0.0, 0.0);
            // No row and no amount lies under a bar.
            ui.spacing_mut().scroll.floating_allocated_width = BAR;
            // The lines between columns are drawn with this; they only show under the pointer.
            ui.visuals_mut().widgets.noninteractive.bg_stroke.width = 0.0;
            // They reach down over the rows, where they must not take more clicks than they have to.
            ui.style_mut().interaction.resize_grab_radius_side = 3.0;
            let area_id = self.id.with("sideways");
            let mut area = ScrollArea::horizontal().id_salt(area_id).auto_shrink([false, false]);
            if room.bottom() > ui.clip_rect().bottom() + 1.0 {
                // It would lie over rows, or over what stands above the table, since bars are moved into sight.
                area = area.scroll_bar_visibility(ScrollBarVisibility::AlwaysHidden);
            }
            if sideways != 0.0 {
                let offset = ui.data(|data| data.get_temp::<f32>(area_id)).unwrap_or_default();
                area = area.horizontal_scroll_offset((offset + sideways).max(0.0));
            }
            let output = area.show(ui, |ui| self.table(ui, &looks, state, &mut shown));
            ui.data_mut(|data| data.insert_temp(area_id, output.state.clamped_offset().x));
        });
        shown.moved = state.selection.cursor_key() != before;
        // The row that the keyboard is at shows it; where there is none yet, the table does.
        if frame.has_focus() && state.selection.cursor().is_none() {
            let corner = CornerRadius::same(radius::TAG);
            let accent = Palette::of(ui).accent;
            ui.painter().rect_stroke(room.shrink(1.0), corner, (2.0, accent), StrokeKind::Inside);
        }
        shown
    }

    fn table(&self, ui: &mut Ui, looks: &[ColumnLook], state: &mut GridState, shown: &mut GridShown) {
        let heads = self.sheet.heads();
        let mut names = FxHasher::default();
        for head in heads {
            head.name.hash(&mut names);
        }
        let mut builder = TableBuilder::new(ui)
            // Other columns are another table to `egui_extras`; their widths are handed on below.
            .id_salt(self.id.with(names.finish()))
            .striped(false)
            .animate_scrolling(false)
            .auto_shrink([false, false])
            .min_scrolled_height(0.0);
        let widened = state.widened.take();
        for (head, look) in heads.iter().zip(looks) {
            let width = state.widths.get(&head.name).copied().unwrap_or(look.width + 2.0 * GAP);
            let column = if look.grows {
                Column::remainder().at_least(look.width + 2.0 * GAP).resizable(false)
            } else {
                match &widened {
                    // Leaves no other width for one frame, since the table remembers its own.
                    Some((name, width)) if *name == head.name => {
                        Column::initial(*width).range(*width..=*width).resizable(true)
                    }
                    _ => Column::initial(width).at_least(NARROWEST).resizable(true),
                }
            };
            builder = builder.column(column);
        }
        if let Some(row) = state.scroll_to.take() {
            builder = builder.scroll_to_row(row, None);
        }
        let table = builder.header(HEAD, |mut row| {
            for (column, (head, look)) in heads.iter().zip(looks).enumerate() {
                row.col(|ui| {
                    let response = self.head(ui, column, &head.label, look);
                    if response.clicked() {
                        shown.sort = Some(column);
                    }
                    if response.has_focus() && !look.grows {
                        let step = keyboard::widens(ui, response.id);
                        let width = state.widths.get(&head.name).copied().unwrap_or(look.width + 2.0 * GAP);
                        if step != 0 {
                            state.widened = Some((head.name.clone(), (width + step as f32 * WIDER).max(NARROWEST)));
                            ui.ctx().request_repaint();
                        }
                    }
                });
            }
        });
        let output = table.body(|mut body| {
            for ((head, look), width) in heads.iter().zip(looks).zip(body.widths()) {
                if !look.grows {
                    state.widths.insert(head.name.clone(), *width);
                }
            }
            let view = body.ui_mut().clip_rect();
            self.rows(body, looks, view, state, shown);
        });
        state.page = ((output.inner_rect.height() / height::TABLE_ROW_DENSE) as usize).saturating_sub(1).max(1);
    }

    fn head(&self, ui: &mut Ui, column: usize, words: &str, look: &ColumnLook) -> Response {
        if column == 0 {
            let line =
                Rect::from_x_y_ranges(ui.clip_rect().x_range(), ui.max_rect().bottom() - 1.0..=ui.max_rect().bottom());
            ui.painter().rect_filled(line, CornerRadius::ZERO, Palette::of(ui).line);
        }
        let rect = inner(ui.max_rect(), column);
        let arrow = match self.sorted {
            Some(Sorted::Ascending(sorted)) if sorted == column => Arrow::Up,
            Some(Sorted::Descending(sorted)) if sorted == column => Arrow::Down,
            _ => Arrow::None,
        };
        let sense = if look.sorts { Sense::click() } else { Sense::hover() };
        let (words_shown, id) = (if look.env.is_some() { "" } else { words }, self.id.with(("head", words)));
        let response = draw_head(ui, rect, id, sense, words_shown, look.align, arrow);
        if let Some(env) = look.env {
            response.widget_info(|| WidgetInfo::labeled(Role::ColumnHeader, true, words));
            let width = EnvTag::new(env).width_in(ui);
            let arrow_room = if arrow == Arrow::None { 0.0 } else { icon::TINY + space::XS };
            let left = if look.align == CellAlign::Left { rect.left() } else { rect.right() - width - arrow_room };
            let at = Rect::from_min_size(pos2(left, rect.center().y - height::TAG / 2.0), vec2(width, height::TAG));
            EnvTag::new(env).paint_at(ui, at);
        }
        if response.clicked_by(PointerButton::Primary) {
            // Whoever sorts with the mouse goes on among the rows.
            ui.memory_mut(|memory| memory.request_focus(self.id));
        }
        match look.tip {
            Some(tip) => response.on_hover_text(tip),
            None => response,
        }
    }

    fn rows(
        &self,
        body: TableBody<'_>,
        looks: &[ColumnLook],
        view: Rect,
        state: &mut GridState,
        shown: &mut GridShown,
    ) {
        let sheet = &**self.sheet;
        let (selection, menu) = (&mut state.selection, &mut state.menu);
        body.rows(height::TABLE_ROW_DENSE, sheet.len(), |mut row| {
            let index = row.index();
            let row_id = self.id.with(("row", sheet.key(index)));
            let cells: Vec<Cell<'_>> =
                (0..looks.len()).map(|column| self.dress.cell(index, column, sheet.cell(index, column))).collect();
            let mut whole_row = None;
            for (column, (look, cell)) in looks.iter().zip(&cells).enumerate() {
                row.col(|ui| {
                    let rect = ui.max_rect();
                    if column == 0 {
                        let whole = Rect::from_x_y_ranges(view.x_range(), rect.y_range());
                        whole_row = Some(self.row(ui, whole, row_id, index, &cells, selection, shown));
                    }
                    if let Some(row) = whole_row.as_ref().filter(|row| row.secondary_clicked())
                        && row.interact_pointer_pos().is_some_and(|at| rect.contains(at))
                    {
                        *menu = Some(column);
                    }
                    let palette = Palette::of(ui);
                    if let Some(tone) = self.dress.fill(index, column)
                        && !selection.contains(index)
                    {
                        ui.painter().rect_filled(rect, CornerRadius::ZERO, tone.fill(palette));
                    }
                    let inner = inner(rect, column);
                    let needed = draw_cell(ui, inner, look.align, cell, row_id.with(column));
                    // An amount is never cut: its column is as wide as the widest that was in sight.
                    if needed > inner.width() + 0.5 {
                        ui.set_min_width(needed + rect.width() - inner.width());
                        ui.ctx().request_repaint();
                    }
                });
            }
            if let Some(row) = whole_row {
                self.menu(&row, index, *menu, shown);
            }
        });
    }

    /// What a right click on a row offers.
    fn menu(&self, row: &Response, index: usize, column: Option<usize>, shown: &mut GridShown) {
        Popup::context_menu(row).width(MENU).show(|ui| {
            ui.set_width(MENU);
            ui.spacing_mut().item_spacing = vec2(space::XS, 0.0);
            let sheet = &**self.sheet;
            let cell = column.and_then(|column| tsv::value(sheet, index, column, Part::Cell));
            let nothing = cell.is_none().then_some("There is nothing in this cell.");
            if MenuRow::new("Copy cell").icon(Icon::Copy).blocked(nothing).show(ui).clicked() {
                shown.copied = cell;
            }
            if MenuRow::new("Copy row").icon(Icon::Copy).show(ui).clicked() {
                shown.copied = Some(tsv::tsv(sheet, &[index]));
            }
            if let Some(sku) = sheet.heads().iter().position(|head| head.name == "sku")
                && MenuRow::new("Copy SKU").icon(Icon::Copy).show(ui).clicked()
            {
                shown.copied = tsv::value(sheet, index, sku, Part::Sku);
            }
        });
    }

    /// What lies under the cells of a row, and what is done with it.
    #[expect(clippy::too_many_arguments, reason = "each is a plain value of the row being drawn")]
    fn row(
        &self,
        ui: &Ui,
        rect: Rect,
        id: Id,
        index: usize,
        cells: &[Cell<'_>],
        selection: &mut Selection,
        shown: &mut GridShown,
    ) -> Response {
        let palette = Palette::of(ui);
        let sheet = &**self.sheet;
        // Not to be reached by Tab: the table as a whole is, and arrows go from row to row.
        let response = ui.interact(rect, id, Sense::CLICK);
        if response.double_clicked() {
            shown.opened = Some(index);
        }
        if response.clicked() {
            selection.go(sheet, index, Reach::of_click(ui.input(|input| input.modifiers)));
            ui.memory_mut(|memory| memory.request_focus(self.id));
        }
        // What the menu is of is seen to be.
        if response.secondary_clicked() && !selection.contains(index) {
            selection.go(sheet, index, Reach::Only);
        }
        let chosen = selection.contains(index);
        let here = selection.cursor() == Some(index) && ui.memory(|memory| memory.has_focus(self.id));
        response.widget_info(|| WidgetInfo::selected(Role::Row, true, chosen, all_texts(cells)));
        ui.ctx().accesskit_node_builder(id, |node| {
            node.set_selected(chosen);
            node.set_row_index(index);
        });
        if here {
            ui.ctx().accesskit_node_builder(self.id, |node| node.set_active_descendant(id.accesskit_id()));
        }
        let fill = match (chosen, response.hovered(), index % 2) {
            (true, ..) => Some(palette.select),
            (_, true, _) => Some(palette.raised),
            (_, _, 1) => Some(palette.zebra),
            _ => None,
        };
        let painter = ui.painter();
        if let Some(fill) = fill {
            painter.rect_filled(rect, CornerRadius::ZERO, fill);
        }
        if self.dress.parted(index) {
            let line = Rect::from_min_size(rect.left_top(), vec2(rect.width(), 1.0));
            painter.rect_filled(line, CornerRadius::ZERO, palette.line);
        }
        if chosen {
            let mark = Rect::from_min_size(rect.left_top(), vec2(3.0, rect.height()));
            painter.rect_filled(mark, CornerRadius::ZERO, palette.accent);
        }
        if here {
            let corner = CornerRadius::same(radius::TAG);
            painter.rect_stroke(rect.shrink(1.0), corner, (2.0, palette.accent), StrokeKind::Inside);
        }
        response
    }

    fn keys(&self, ui: &Ui, spawner: &Spawner, state: &mut GridState, shown: &mut GridShown) {
        let sheet = &**self.sheet;
        let has_choice = !state.selection.is_empty();
        let filter = EventFilter { tab: false, horizontal_arrows: true, vertical_arrows: true, escape: has_choice };
        ui.memory_mut(|memory| memory.set_focus_lock_filter(self.id, filter));
        for press in keyboard::presses(ui) {
            match press {
                Press::To(step, reach) => {
                    let to = step.from(state.selection.cursor(), sheet.len(), state.page.max(1));
                    state.selection.go(sheet, to, reach);
                    state.scroll_to = Some(to);
                }
                Press::Toggle => {
                    if let Some(row) = state.selection.cursor() {
                        state.selection.go(sheet, row, Reach::Toggle);
                    }
                }
                Press::All => state.selection.choose_all(),
                Press::Copy => state.copy(self.sheet, spawner),
                Press::Clear if has_choice => {
                    state.selection.clear();
                    // Whatever is open beside the table is closed by the next one.
                    ui.input_mut(|input| input.consume_key(Modifiers::NONE, Key::Escape));
                }
                Press::Clear => {}
                Press::Open => shown.opened = state.selection.cursor(),
                Press::Left => state.sideways -= SIDEWAYS,
                Press::Right => state.sideways += SIDEWAYS,
            }
        }
    }
}

/// Where a cell's text stands. The first column is as far from the edge as the content of a card.
fn inner(cell: Rect, column: usize) -> Rect {
    let left = if column == 0 { space::M } else { GAP };
    Rect::from_x_y_ranges(cell.left() + left..=cell.right() - GAP, cell.y_range())
}
