//! A response body as a tree: nodes that open and close, a search that opens what it finds.
//! It stays quick on a body of megabytes, since it draws only the rows in sight and remembers the rest.

use std::sync::{Arc, Mutex, PoisonError};

use egui::text::{LayoutJob, TextFormat};
use egui::{
    Color32, CornerRadius, CursorIcon, EventFilter, Galley, Id, Key, Modifiers, Response, Role, ScrollArea, Sense,
    StrokeKind, TextStyle, Ui, WidgetInfo, pos2, vec2,
};
use serde_json::Value;

use super::body_rows::{self, Lines, Needle, NodeId, Row, Shape, Step};
use super::paint;
use crate::ui::icon::{self, Icon};
use crate::ui::theme::{Palette, radius, space};

/// The height of a row and the step to the right of each level, in points.
const ROW: f32 = 20.0;
const INDENT: f32 = 18.0;

/// A value is cut after so many characters; its tooltip shows more of it, up to the second number.
const CUT: usize = 200;
const CUT_IN_TOOLTIP: usize = 2_000;

/// What was drawn.
pub struct TreeShown {
    pub response: Response,
    /// How many keys and values hold the searched word.
    pub hits: usize,
    /// The way to the value that was chosen in this frame.
    pub picked: Option<Vec<TreeStep>>,
}

/// A step from a value to one in it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum TreeStep {
    Member(String),
    /// Counted from 0.
    Entry(usize),
}

/// What is remembered of one body between frames.
#[derive(Default)]
struct Memory {
    body: Option<Fingerprint>,
    find: String,
    lines: Lines,
    open: std::collections::HashSet<NodeId>,
    hits: Vec<NodeId>,
    rows: Vec<Row>,
    scroll_to: Option<usize>,
}

/// Tells one body from another without reading it: where it lies, and what is at its top.
#[derive(PartialEq, Eq)]
struct Fingerprint {
    at: usize,
    len: usize,
    first: Option<String>,
}

impl Fingerprint {
    fn of(body: &Value) -> Self {
        let first = match body {
            Value::Object(map) => map.keys().next().cloned(),
            Value::Array(items) => items.first().map(|item| format!("{:p}", std::ptr::from_ref(item))),
            other => Some(cut_chars(&other.to_string(), CUT).0),
        };
        Self { at: std::ptr::from_ref(body) as usize, len: body_rows::len(body), first }
    }
}

/// Draws `body` in the room there is and scrolls. Nodes that hold `find` in a key or value are opened and marked.
///
/// What is open is remembered by the place in the `Ui`; put each response into its own `push_id`.
pub fn body_tree(ui: &mut Ui, body: &Value, find: &str) -> TreeShown {
    tree(ui, body, find, Lines::Short)
}

/// The same with each value on a row of its own, which can be chosen by a click or by Enter.
pub fn body_tree_to_pick(ui: &mut Ui, body: &Value, find: &str) -> TreeShown {
    tree(ui, body, find, Lines::OneEach)
}

fn tree(ui: &mut Ui, body: &Value, find: &str, lines: Lines) -> TreeShown {
    let id = ui.make_persistent_id("body-tree");
    let memory = ui.data_mut(|data| Arc::clone(data.get_temp_mut_or_default::<Arc<Mutex<Memory>>>(id)));
    let mut memory = memory.lock().unwrap_or_else(PoisonError::into_inner);
    remember(&mut memory, body, find, lines);

    let needle = (!find.is_empty()).then(|| Needle::new(find));
    let rows = std::mem::take(&mut memory.rows);
    let (mut toggled, mut picked) = (None, None);
    let mut area = ScrollArea::both().id_salt(id).auto_shrink([false, false]);
    if let Some(row) = memory.scroll_to.take() {
        area = area.vertical_scroll_offset((row as f32 - 3.0).max(0.0) * ROW);
    }
    let shown = ui
        .scope(|ui| {
            ui.spacing_mut().item_spacing.y = 0.0;
            area.show_rows(ui, ROW, rows.len(), |ui, range| {
                for index in range {
                    let Some(value) = body_rows::value_of(body, &rows, index) else { continue };
                    match draw_row(ui, id, &rows, index, value, needle.as_ref(), lines) {
                        Used::No => {}
                        Used::Toggled => toggled = rows.get(index).map(|row| row.id),
                        Used::Picked => picked = Some(way_to(&rows, index)),
                    }
                }
            })
        })
        .response;
    memory.rows = rows;
    if let Some(node) = toggled {
        if !memory.open.remove(&node) {
            memory.open.insert(node);
        }
        memory.rows = body_rows::flatten(body, &memory.open, lines);
        ui.ctx().request_repaint();
    }
    TreeShown { response: shown, hits: memory.hits.len(), picked }
}

fn way_to(rows: &[Row], index: usize) -> Vec<TreeStep> {
    let step = |step: &Step| match step {
        Step::Root => None,
        Step::Key(key) => Some(TreeStep::Member(key.to_string())),
        Step::Index(index) => Some(TreeStep::Entry(*index)),
    };
    body_rows::steps_to(rows, index).into_iter().filter_map(step).collect()
}

/// Brings the remembered rows up to date with body and search; costs nothing when neither changed.
fn remember(memory: &mut Memory, body: &Value, find: &str, lines: Lines) {
    let fingerprint = Fingerprint::of(body);
    let new_body = memory.body.as_ref() != Some(&fingerprint) || memory.lines != lines;
    if new_body {
        memory.lines = lines;
        memory.open = body_rows::first_open(body, lines);
        memory.body = Some(fingerprint);
    }
    if new_body || memory.find != find {
        find.clone_into(&mut memory.find);
        let found = body_rows::find(body, find);
        memory.open.extend(found.above.iter().copied());
        memory.hits = found.hits;
        memory.rows = body_rows::flatten(body, &memory.open, lines);
        // A hit inside an object that is shown on one line has no row of its own; the line is its row.
        let is_hit = |row: &Row| {
            memory.hits.first() == Some(&row.id) || (row.shape == Shape::Leaf && found.above.contains(&row.id))
        };
        memory.scroll_to = memory.rows.iter().position(is_hit).or(new_body.then_some(0));
    }
}

/// What was done to a row.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Used {
    No,
    /// Its node was opened or closed.
    Toggled,
    /// Its value was chosen.
    Picked,
}

/// Draws one row.
fn draw_row(
    ui: &mut Ui,
    tree: Id,
    rows: &[Row],
    index: usize,
    value: &Value,
    needle: Option<&Needle>,
    lines: Lines,
) -> Used {
    let Some(row) = rows.get(index) else { return Used::No };
    let palette = Palette::of(ui);
    let galley = row_text(ui, palette, row, value, needle);
    let left = space::M + INDENT * row.depth as f32;
    let text_left = left + if row.depth == 0 { 24.0 } else { 18.0 };
    let width = (text_left + galley.size().x + space::M).max(ui.available_width());
    let (rect, _) = ui.allocate_exact_size(vec2(width, ROW), Sense::hover());
    let opens = row.shape != Shape::Leaf;
    let picks = lines == Lines::OneEach && body_rows::is_plain(value) && index > 0;
    let sense = if opens || picks { Sense::click() } else { Sense::hover() };
    let response = ui.interact(rect, tree.with(row.id), sense);
    response.widget_info(|| WidgetInfo::labeled(Role::TreeItem, true, galley.text()));
    if opens {
        ui.ctx().accesskit_node_builder(response.id, |node| node.set_expanded(row.shape == Shape::Open));
    }
    let painter = ui.painter();
    let y = rect.center().y;
    if (opens || picks) && response.hovered() {
        painter.rect_filled(rect, CornerRadius::same(radius::TAG), palette.raised);
    }
    if opens {
        let chevron = if row.shape == Shape::Open { Icon::ChevronDown } else { Icon::ChevronRight };
        icon::paint(painter, pos2(rect.left() + left + 6.0, y), chevron, icon::SMALL, palette.text2);
    }
    paint::galley_at(painter, galley, rect.left() + text_left, y, palette.text);
    if response.has_focus() {
        painter.rect_stroke(rect, CornerRadius::same(radius::TAG), (2.0, palette.accent), StrokeKind::Inside);
    }
    let by_key = opens && toggled_by_key(ui, &response, row.shape);
    if response.gained_focus() {
        response.scroll_to_me(None);
    }
    let used = match (response.clicked() || by_key, opens) {
        (false, _) => Used::No,
        (true, true) => Used::Toggled,
        (true, false) => Used::Picked,
    };
    let response = if opens || picks { response.on_hover_cursor(CursorIcon::PointingHand) } else { response };
    if index == 0 {
        return used;
    }
    response.on_hover_ui(|ui| {
        ui.set_max_width(ui.spacing().tooltip_width);
        ui.label(crate::ui::theme::mono_small(body_rows::path_of(rows, index)).color(palette.text2));
        if let Value::String(text) = value
            && text.chars().nth(CUT).is_some()
        {
            ui.label(crate::ui::theme::mono_small(cut_chars(text, CUT_IN_TOOLTIP).0));
        }
    });
    used
}

/// Right opens and left closes the row that has the keyboard, as in any tree.
fn toggled_by_key(ui: &Ui, response: &Response, shape: Shape) -> bool {
    if !response.has_focus() {
        return false;
    }
    let filter = EventFilter { horizontal_arrows: true, ..EventFilter::default() };
    ui.memory_mut(|memory| memory.set_focus_lock_filter(response.id, filter));
    let key = if shape == Shape::Open { Key::ArrowLeft } else { Key::ArrowRight };
    ui.input_mut(|input| input.consume_key(Modifiers::NONE, key))
}

/// The letters of one row, with their colours and marks.
struct Writer<'a> {
    job: LayoutJob,
    font: egui::FontId,
    palette: &'a Palette,
    needle: Option<&'a Needle>,
}

impl Writer<'_> {
    fn plain(&mut self, text: &str, colour: Color32) {
        self.job.append(text, 0.0, TextFormat::simple(self.font.clone(), colour));
    }

    /// Text in which the searched word is marked.
    fn searched(&mut self, text: &str, colour: Color32) {
        let mut from = 0;
        while let Some(hit) = self.needle.and_then(|needle| needle.next_in(text, from)) {
            self.plain(&text[from..hit.start], colour);
            let mark = TextFormat {
                background: self.palette.select,
                ..TextFormat::simple(self.font.clone(), self.palette.accent)
            };
            self.job.append(&text[hit.clone()], 0.0, mark);
            from = hit.end;
        }
        self.plain(&text[from..], colour);
    }

    fn value(&mut self, value: &Value, limit: usize) {
        let p = self.palette;
        match value {
            Value::Null => self.searched("null", p.info),
            Value::Bool(true) => self.searched("true", p.info),
            Value::Bool(false) => self.searched("false", p.info),
            Value::Number(number) => {
                let (text, cut) = cut_chars(number.as_str(), limit);
                self.searched(&text, p.accent);
                self.rest(cut);
            }
            Value::String(text) => {
                let (text, cut) = cut_chars(text, limit);
                self.searched(&Value::String(text).to_string(), p.ok);
                self.rest(cut);
            }
            Value::Object(map) if map.is_empty() => self.plain("{}", p.text2),
            Value::Array(items) if items.is_empty() => self.plain("[]", p.text2),
            Value::Object(_) => self.plain("{…}", p.text2),
            Value::Array(_) => self.plain("[…]", p.text2),
        }
    }

    fn rest(&mut self, cut: Cut) {
        if cut == Cut::Yes {
            self.plain("…", self.palette.muted);
        }
    }

    /// `{3 keys}` or `[2 items]`.
    fn count(&mut self, value: &Value) {
        let muted = self.palette.muted;
        match (value, body_rows::len(value)) {
            (Value::Object(_), 1) => self.plain("{1 key}", muted),
            (Value::Object(_), n) => self.plain(&format!("{{{n} keys}}"), muted),
            (_, 1) => self.plain("[1 item]", muted),
            (_, n) => self.plain(&format!("[{n} items]"), muted),
        }
    }

    /// `{code: "PL-RETAIL", …}`: the plain values at the front, as many as fit on a line.
    fn preview(&mut self, value: &Value, entries: usize) {
        let muted = self.palette.muted;
        let key_colour = self.palette.text2;
        match value {
            Value::Object(map) => {
                self.plain("{", muted);
                for (index, (key, value)) in map.iter().take(entries).enumerate() {
                    if index > 0 {
                        self.plain(", ", muted);
                    }
                    self.searched(&cut_chars(key, 40).0, key_colour);
                    self.plain(": ", muted);
                    self.value(value, 40);
                }
                self.plain(if map.len() > entries { ", …}" } else { "}" }, muted);
            }
            Value::Array(items) => {
                self.plain("[", muted);
                for (index, value) in items.iter().take(entries).enumerate() {
                    if index > 0 {
                        self.plain(", ", muted);
                    }
                    self.value(value, 40);
                }
                self.plain(if items.len() > entries { ", …]" } else { "]" }, muted);
            }
            plain => self.value(plain, CUT),
        }
    }
}

fn row_text(ui: &Ui, palette: &Palette, row: &Row, value: &Value, needle: Option<&Needle>) -> Arc<Galley> {
    let font = TextStyle::Monospace.resolve(ui.style());
    let mut out = Writer { job: LayoutJob::default(), font, palette, needle };
    out.job.wrap.max_width = f32::INFINITY;
    match &row.step {
        Step::Root => {}
        Step::Key(key) => {
            out.searched(&cut_chars(key, CUT).0, palette.text);
            out.plain(": ", palette.text2);
        }
        Step::Index(index) => out.plain(&format!("{index}: "), palette.text),
    }
    match row.shape {
        Shape::Leaf => out.preview(value, 4),
        Shape::Closed if starts_plain(value) => out.preview(value, 3),
        Shape::Open | Shape::Closed => out.count(value),
    }
    ui.painter().layout_job(out.job)
}

/// Whether the first child says something by itself; a preview of `{…}, {…}` would not.
fn starts_plain(value: &Value) -> bool {
    match value {
        Value::Object(map) => map.values().next().is_some_and(body_rows::is_plain),
        Value::Array(items) => items.first().is_some_and(body_rows::is_plain),
        _ => true,
    }
}

/// Whether something was left off.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Cut {
    Yes,
    No,
}

fn cut_chars(text: &str, limit: usize) -> (String, Cut) {
    match text.char_indices().nth(limit) {
        Some((end, _)) => (text[..end].to_owned(), Cut::Yes),
        None => (text.to_owned(), Cut::No),
    }
}

#[cfg(test)]
mod tests {
    use egui::accesskit;
    use egui_kittest::kittest::{NodeT as _, Queryable as _};

    use super::super::trial;
    use super::*;

    fn body() -> Value {
        let text = r#"{"sku":"PRODUCT-001","items":[{"code":"PL-RETAIL","breaks":[{"from":1,"price":12.10}],
            "note":"a text that makes the object too long to be shown on one line"}]}"#;
        serde_json::from_str(text).expect("the body is JSON")
    }

    #[test]
    fn amounts_stay_as_the_server_wrote_them() {
        let body = body();
        let harness = trial::with((), |ui, ()| {
            body_tree(ui, &body, "");
        });
        harness.get_by_label("0: {from: 1, price: 12.10}");
    }

    #[test]
    fn a_node_closes_and_opens_by_pointer_and_by_keyboard() {
        let body = body();
        let mut harness = trial::with((), |ui, ()| {
            body_tree(ui, &body, "");
        });
        assert!(harness.query_by_label_contains("PL-RETAIL").is_some());
        harness.get_by_label("items: [1 item]").click();
        harness.run();
        assert!(harness.query_by_label_contains("PL-RETAIL").is_none());
        let items = harness.get_by_label_contains("items:");
        assert_eq!(items.accesskit_node().data().is_expanded(), Some(false));
        items.focus();
        harness.run();
        harness.key_press(Key::ArrowRight);
        harness.run();
        assert!(harness.query_by_label_contains("PL-RETAIL").is_some());
    }

    #[test]
    fn searching_opens_what_it_finds_and_counts_it() {
        let items: Vec<Value> = (0..300)
            .map(|n| serde_json::json!({"code": format!("PL-{n}"), "in": {"deep": [n, {"at": "x"}]}}))
            .collect();
        let body = Value::Array(items);
        let harness = trial::with(0, |ui, hits| {
            *hits = body_tree(ui, &body, "pl-299").hits;
        });
        assert_eq!(*harness.state(), 1);
        harness.get_by_label_contains("code: \"PL-299\"");
    }

    #[test]
    fn a_body_of_a_hundred_thousand_nodes_lays_out_only_what_is_in_sight() {
        let items: Vec<Value> = (0..25_000)
            .map(|n| serde_json::json!({"code": format!("PL-{n}"), "price": 1, "in": {"deep": [n]}}))
            .collect();
        let body = Value::Array(items);
        let mut harness = trial::with((), |ui, ()| {
            body_tree(ui, &body, "");
        });
        harness.run();
        let rows = harness.get_all_by_role(accesskit::Role::TreeItem).count();
        assert!((10..60).contains(&rows), "{rows} rows were laid out");
    }
}
