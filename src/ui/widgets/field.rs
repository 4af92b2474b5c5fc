//! Fields: a label at the left, a box at the right, and beneath it what is wrong, if anything is.
//! They edit what they are given and judge nothing: whether a text is wrong is the caller's to say.

use egui::text::LayoutJob;
use egui::{
    Align2, Color32, CornerRadius, Frame, Galley, Id, Margin, Rect, Response, Role, Sense, Shape, Stroke, StrokeKind,
    TextBuffer, TextEdit, TextStyle, Ui, UiBuilder, WidgetInfo, accesskit, pos2, vec2,
};
use std::sync::Arc;

use super::paint;
use crate::ui::icon::{self, Icon};
use crate::ui::theme::{self, Palette, height, radius, space};

/// How the letters in a box are set.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Face {
    Words,
    Mono,
    /// Mono of caption size, for an id that must be seen whole.
    MonoSmall,
}

/// Where the name of a field is.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Label {
    /// To the left of the box, this wide; the gap to the box comes on top.
    Left(f32),
    /// Only in the accessibility tree, for a box whose icon and hint say enough.
    Unseen,
}

/// A text field. Its accessible name is its label.
#[must_use = "call `show`"]
pub struct Field<'a> {
    name: &'a str,
    text: &'a mut dyn TextBuffer,
    label: Label,
    hint: &'a str,
    face: Face,
    height: f32,
    width: Option<f32>,
    icon: Option<Icon>,
    error: Option<&'a str>,
    room_right: f32,
    id: Option<Id>,
    char_limit: usize,
}

impl<'a> Field<'a> {
    /// A field of 32 points that takes the width there is.
    pub fn new(name: &'a str, text: &'a mut dyn TextBuffer) -> Self {
        Self {
            name,
            text,
            label: Label::Left(80.0),
            hint: "",
            face: Face::Words,
            height: height::CONTROL,
            width: None,
            icon: None,
            error: None,
            room_right: 0.0,
            id: None,
            char_limit: usize::MAX,
        }
    }

    /// The width of the label, the same for all rows of a form.
    pub fn label_width(mut self, width: f32) -> Self {
        self.label = Label::Left(width);
        self
    }

    /// No label on screen; the name stays for screen readers and tests.
    pub fn label_unseen(mut self) -> Self {
        self.label = Label::Unseen;
        self
    }

    /// What stands in the box while it is empty.
    pub fn hint(mut self, hint: &'a str) -> Self {
        self.hint = hint;
        self
    }

    /// Set in mono, for ids and SKUs.
    pub fn mono(mut self) -> Self {
        self.face = Face::Mono;
        self
    }

    /// Set in mono of caption size, for an id that is to be seen whole in a narrow column.
    pub fn mono_small(mut self) -> Self {
        self.face = Face::MonoSmall;
        self
    }

    /// 28 points high.
    pub fn compact(mut self) -> Self {
        self.height = height::COMPACT;
        self
    }

    /// The width of the box, in points.
    pub fn width(mut self, width: f32) -> Self {
        self.width = Some(width);
        self
    }

    /// An icon at the left inside the box.
    pub fn icon(mut self, icon: Icon) -> Self {
        self.icon = Some(icon);
        self
    }

    /// What is wrong, in a sentence that stands beneath the box.
    pub fn error(mut self, error: Option<&'a str>) -> Self {
        self.error = error;
        self
    }

    /// Keeps room at the right inside the box, in points, for what the caller puts there.
    pub fn room_right(mut self, room: f32) -> Self {
        self.room_right = room;
        self
    }

    /// The id of the text, so that a shortcut can give it the keyboard.
    pub fn id(mut self, id: Id) -> Self {
        self.id = Some(id);
        self
    }

    /// Takes no more than this many characters.
    pub fn char_limit(mut self, limit: usize) -> Self {
        self.char_limit = limit;
        self
    }

    /// Draws the row. The response is the text box's: `changed`, `lost_focus`, `has_focus`.
    pub fn show(self, ui: &mut Ui) -> Response {
        let Self { name, text, label, hint, face, height, width, icon, error, room_right, id, char_limit } = self;
        row(ui, name, label, height, error, move |ui| {
            let style = EditBox { hint, face, height, width, icon, wrong: error.is_some(), room_right, id, char_limit };
            style.show(ui, text, Shown::Plain).0
        })
    }
}

/// Lays out label, box and error; names the box by its label.
fn row(
    ui: &mut Ui,
    name: &str,
    label: Label,
    height: f32,
    error: Option<&str>,
    contents: impl FnOnce(&mut Ui) -> Response,
) -> Response {
    let palette = Palette::of(ui);
    ui.scope(|ui| {
        ui.spacing_mut().item_spacing = vec2(space::S, space::XS);
        // The height of a row is that of its box, not of the usual control.
        ui.spacing_mut().interact_size.y = 16.0;
        let boxed = match label {
            Label::Unseen => contents(ui).accessible_name(name),
            Label::Left(width) => {
                ui.horizontal(|ui| {
                    let shown = label_cell(ui, name, width, height);
                    let boxed = contents(ui);
                    if shown.clicked() {
                        boxed.request_focus();
                    }
                    boxed.labelled_by(shown.id)
                })
                .inner
            }
        };
        if let Some(error) = error {
            ui.horizontal(|ui| {
                if let Label::Left(width) = label {
                    ui.add_space(width + space::S);
                }
                ui.add(egui::Label::new(theme::caption(error).color(palette.err)).wrap());
            });
            ui.ctx().accesskit_node_builder(boxed.id, |node| {
                node.set_invalid(accesskit::Invalid::True);
                node.set_description(error);
            });
        }
        boxed
    })
    .inner
}

/// The label of a row; a click on it goes to the box.
fn label_cell(ui: &mut Ui, name: &str, width: f32, height: f32) -> Response {
    let palette = Palette::of(ui);
    let (rect, response) = ui.allocate_exact_size(vec2(width, height), Sense::CLICK);
    response.widget_info(|| WidgetInfo::labeled(Role::Label, true, name));
    let galley = paint::cut_line(ui, name, &theme::small_style(), palette.text2, width);
    let cut = galley.elided;
    paint::galley_at(ui.painter(), galley, rect.left(), rect.center().y, palette.text2);
    if cut { response.on_hover_text(name) } else { response }
}

/// Whether the letters of a box are shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Shown {
    Plain,
    Masked,
    /// Shown on screen, and still only dots in the accessibility tree and to the clipboard.
    Revealed,
}

struct EditBox<'a> {
    hint: &'a str,
    face: Face,
    height: f32,
    width: Option<f32>,
    icon: Option<Icon>,
    wrong: bool,
    room_right: f32,
    id: Option<Id>,
    char_limit: usize,
}

impl EditBox<'_> {
    fn text_style(&self) -> TextStyle {
        match (self.face, self.height < height::CONTROL) {
            (Face::Mono, _) => TextStyle::Monospace,
            (Face::MonoSmall, _) => theme::mono_small_style(),
            (Face::Words, true) => theme::small_style(),
            (Face::Words, false) => TextStyle::Body,
        }
    }

    /// Draws the box and edits `text`. Also returns the rect of the box.
    fn show(self, ui: &mut Ui, text: &mut dyn TextBuffer, shown: Shown) -> (Response, Rect) {
        let palette = Palette::of(ui);
        let width = self.width.unwrap_or_else(|| ui.available_width());
        let pad = if self.height < height::CONTROL { 9.0 } else { 11.0 };
        let icon_size = if self.height < height::CONTROL { icon::SMALL } else { icon::BODY };
        let icon_room = if self.icon.is_some() { icon_size + space::S } else { 0.0 };
        let wrong_room = if self.wrong { icon::BODY + space::S } else { 0.0 };
        let style = self.text_style();
        let font = style.resolve(ui.style());
        let row_height = ui.fonts_mut(|fonts| fonts.row_height(&font));
        let vertical = ((self.height - row_height) / 2.0).floor().max(0.0) as i8;
        let margin = Margin {
            left: (pad + icon_room) as i8,
            right: (pad + self.room_right + wrong_room) as i8,
            top: vertical,
            bottom: vertical,
        };

        let background = ui.painter().add(Shape::Noop);
        let hint_style = match self.face {
            Face::Mono if self.height >= height::CONTROL => TextStyle::Monospace,
            // No higher than what is typed, or the box would shrink with the first letter.
            Face::MonoSmall => theme::mono_small_style(),
            _ if self.height < height::CONTROL => theme::small_style(),
            _ => TextStyle::Body,
        };
        let mut dots = |ui: &Ui, buffer: &dyn TextBuffer, _wrap: f32| -> Arc<Galley> {
            let masked = "•".repeat(buffer.as_str().chars().count());
            let mut job =
                LayoutJob::simple_singleline(masked, TextStyle::Monospace.resolve(ui.style()), Color32::TRANSPARENT);
            job.keep_trailing_whitespace = true;
            ui.fonts_mut(|fonts| fonts.layout_job(job))
        };
        let revealed = (shown == Shown::Revealed).then(|| zeroize::Zeroizing::new(text.as_str().to_owned()));
        let mut edit = TextEdit::singleline(text)
            .font(style)
            .text_color(palette.text)
            .hint_text(egui::RichText::new(self.hint).text_style(hint_style).color(palette.muted))
            .frame(Frame::new().inner_margin(margin))
            .min_size(vec2(width, self.height))
            .desired_width(width)
            .align(Align2::LEFT_CENTER)
            .char_limit(self.char_limit)
            .password(shown != Shown::Plain);
        if let Some(id) = self.id {
            edit = edit.id(id);
        }
        if shown == Shown::Revealed {
            edit = edit.layouter(&mut dots);
        }
        let output = edit.show(ui);
        let response = output.response.response;
        let rect = response.rect;
        if let Some(plain) = revealed {
            // The edited galley is dots, since what it holds goes into the accessibility tree. In mono each dot is
            // as wide as the letter it stands for, so the letters can be painted where the dots are.
            let font = TextStyle::Monospace.resolve(ui.style());
            let painter = ui.painter_at(output.text_clip_rect);
            painter.text(output.galley_pos, Align2::LEFT_TOP, plain.as_str(), font, palette.text);
        }

        let edge = if self.wrong {
            Stroke::new(if response.has_focus() { 2.0 } else { 1.0 }, palette.err)
        } else if response.has_focus() {
            Stroke::new(2.0, palette.accent)
        } else if !ui.is_enabled() {
            Stroke::new(1.0, palette.line)
        } else if response.hovered() {
            Stroke::new(1.0, palette.text2)
        } else {
            Stroke::new(1.0, palette.control)
        };
        let fill = if ui.is_enabled() { palette.field } else { Color32::TRANSPARENT };
        ui.painter().set(background, boxed(rect, fill, edge));
        if let Some(icon) = self.icon {
            let at = pos2(rect.left() + pad + icon_size / 2.0 - 1.0, rect.center().y);
            icon::paint(ui.painter(), at, icon, icon_size, palette.muted);
        }
        if self.wrong {
            let at = pos2(rect.right() - pad - icon::BODY / 2.0 - self.room_right, rect.center().y);
            icon::paint(ui.painter(), at, Icon::CircleX, icon::BODY, palette.err);
        }
        (response, rect)
    }
}

fn boxed(rect: Rect, fill: Color32, edge: Stroke) -> Shape {
    egui::epaint::RectShape::new(rect, CornerRadius::same(radius::CONTROL), fill, edge, StrokeKind::Inside).into()
}

/// A field for a secret: dots, and an eye that shows the letters until the field is left.
#[must_use = "call `show`"]
pub struct SecretField<'a> {
    field: Field<'a>,
}

impl<'a> SecretField<'a> {
    pub fn new(name: &'a str, text: &'a mut dyn TextBuffer) -> Self {
        Self { field: Field::new(name, text).mono() }
    }

    /// The width of the label, the same for all rows of a form.
    pub fn label_width(mut self, width: f32) -> Self {
        self.field = self.field.label_width(width);
        self
    }

    /// What stands in the box while it is empty.
    pub fn hint(mut self, hint: &'a str) -> Self {
        self.field = self.field.hint(hint);
        self
    }

    /// 28 points high.
    pub fn compact(mut self) -> Self {
        self.field = self.field.compact();
        self
    }

    /// What is wrong, in a sentence that stands beneath the box. It must not quote the secret.
    pub fn error(mut self, error: Option<&'a str>) -> Self {
        self.field = self.field.error(error);
        self
    }

    /// The id of the text, as [`wipe_undo`] needs it.
    pub fn id(mut self, id: Id) -> Self {
        self.field = self.field.id(id);
        self
    }

    /// Draws the row. The response is the text box's; when it has `lost_focus`, the letters are dots again.
    pub fn show(self, ui: &mut Ui) -> Response {
        let Field { name, text, label, hint, face, height, width, icon, error, id, char_limit, .. } = self.field;
        row(ui, name, label, height, error, move |ui| {
            let id = id.unwrap_or_else(|| ui.make_persistent_id(("secret", name)));
            let flag = id.with("revealed");
            let mut revealed = ui.data(|data| data.get_temp::<bool>(flag)).unwrap_or(false);
            let room = icon::BODY + space::S;
            let style = EditBox {
                hint,
                face,
                height,
                width,
                icon,
                wrong: error.is_some(),
                room_right: room,
                id: Some(id),
                char_limit,
            };
            let shown = if revealed { Shown::Revealed } else { Shown::Masked };
            let (response, rect) = style.show(ui, text, shown);
            let eye = eye_button(ui, rect, id.with("eye"), shown);
            if eye.clicked() {
                revealed = !revealed;
                response.request_focus();
            } else if revealed && !response.has_focus() && !eye.is_pointer_button_down_on() {
                revealed = false;
            }
            ui.data_mut(|data| data.insert_temp(flag, revealed));
            response
        })
    }
}

fn eye_button(ui: &mut Ui, field: Rect, id: Id, shown: Shown) -> Response {
    let palette = Palette::of(ui);
    let side = field.height() - 8.0;
    let rect = Rect::from_center_size(pos2(field.right() - 8.0 - icon::BODY / 2.0, field.center().y), vec2(side, side));
    let response = ui.interact(rect, id, Sense::click());
    let (icon, name) = match shown {
        Shown::Revealed => (Icon::EyeOff, "Hide secret"),
        Shown::Masked | Shown::Plain => (Icon::Eye, "Show secret"),
    };
    response.widget_info(|| WidgetInfo::labeled(Role::Button, ui.is_enabled(), name));
    let ink = if response.hovered() || response.has_focus() { palette.text } else { palette.text2 };
    icon::paint(ui.painter(), rect.center(), icon, icon::BODY, ink);
    if response.has_focus() {
        ui.painter().rect_stroke(rect, CornerRadius::same(radius::TAG), (2.0, palette.accent), StrokeKind::Inside);
    }
    response.on_hover_cursor(egui::CursorIcon::PointingHand).on_hover_text(name)
}

/// A box of several lines, for what is pasted: a list of SKUs, a token. `rows` lines high, set in mono.
/// Its accessible name is `name`; no label is drawn.
pub fn text_area(ui: &mut Ui, name: &str, text: &mut dyn TextBuffer, hint: &str, rows: usize) -> Response {
    area(ui, name, TextEdit::multiline(text), hint, rows)
}

fn area(ui: &mut Ui, name: &str, edit: TextEdit<'_>, hint: &str, rows: usize) -> Response {
    let palette = Palette::of(ui);
    let background = ui.painter().add(Shape::Noop);
    let response = edit
        .font(TextStyle::Monospace)
        .text_color(palette.text)
        .hint_text(egui::RichText::new(hint).text_style(TextStyle::Monospace).color(palette.muted))
        .frame(Frame::new().inner_margin(Margin::symmetric(11, 8)))
        .desired_width(ui.available_width())
        .desired_rows(rows)
        .show(ui)
        .response
        .response;
    let edge = if response.has_focus() {
        Stroke::new(2.0, palette.accent)
    } else if response.hovered() {
        Stroke::new(1.0, palette.text2)
    } else {
        Stroke::new(1.0, palette.control)
    };
    ui.painter().set(background, boxed(response.rect, palette.field, edge));
    response.accessible_name(name)
}

/// A box of several lines for a secret that is pasted: dots on screen, in the accessibility tree and to the clipboard. `id` is
/// what [`wipe_undo`] needs. Its accessible name is `name`; no label is drawn.
pub fn secret_area(
    ui: &mut Ui,
    name: &str,
    text: &mut dyn TextBuffer,
    hint: &str,
    rows: usize,
    id: Id,
    char_limit: usize,
) -> Response {
    let edit = TextEdit::multiline(text).password(true).id(id).char_limit(char_limit);
    area(ui, name, edit, hint, rows)
}

/// Forgets what can be undone in the text field `id`. A cleared field alone is not enough: Ctrl+Z brings its text back.
pub fn wipe_undo(ctx: &egui::Context, id: Id) {
    if let Some(mut state) = TextEdit::load_state(ctx, id) {
        state.clear_undoer();
        TextEdit::store_state(ctx, id, state);
    }
}

/// A row that shows a value nobody can edit, with a lock.
///
/// `mono` follows the value in mono, such as a short fingerprint.
pub fn read_only_row(ui: &mut Ui, name: &str, label_width: f32, height: f32, value: &str, mono: &str) -> Response {
    row(ui, name, Label::Left(label_width), height, None, |ui| {
        let palette = Palette::of(ui);
        let (rect, response) = ui.allocate_exact_size(vec2(ui.available_width(), height), Sense::hover());
        let whole = if mono.is_empty() { value.to_owned() } else { format!("{value} {mono}") };
        response.widget_info(|| {
            let mut info = WidgetInfo::labeled(Role::TextInput, true, name);
            info.current_text_value = Some(whole.clone());
            info
        });
        ui.ctx().accesskit_node_builder(response.id, accesskit::Node::set_read_only);
        let compact = height < height::CONTROL;
        let pad = if compact { 9.0 } else { 11.0 };
        let style = if compact { theme::small_style() } else { TextStyle::Body };
        let painter = ui.painter();
        painter.add(boxed(rect, Color32::TRANSPARENT, Stroke::new(1.0, palette.line)));
        let y = rect.center().y;
        let lock = rect.right() - pad - icon::BODY / 2.0;
        icon::paint(painter, pos2(lock, y), Icon::Lock, icon::BODY, palette.muted);
        let room = lock - icon::BODY - rect.left() - pad;
        let tail = (!mono.is_empty()).then(|| paint::line(ui, mono, &TextStyle::Monospace, palette.text2));
        let tail_width = tail.as_ref().map_or(0.0, |galley| galley.size().x + space::XS);
        let head = paint::cut_line(ui, value, &style, palette.text2, room);
        let cut = head.elided || head.size().x + tail_width > room;
        let x = paint::galley_at(painter, head, rect.left() + pad, y, palette.text2);
        if let Some(tail) = tail
            && x - rect.left() - pad + tail_width <= room
        {
            paint::galley_at(painter, tail, x + space::XS, y, palette.text2);
        }
        if cut { response.on_hover_text(whole) } else { response }
    })
}

/// Draws `contents` inside a box at its right end, such as a button that [`Field::room_right`] kept room for.
pub fn in_box<R>(ui: &mut Ui, field: Rect, room: f32, contents: impl FnOnce(&mut Ui) -> R) -> R {
    let rect = Rect::from_min_max(pos2(field.right() - room - space::XS, field.top()), field.right_bottom());
    let layout = egui::Layout::left_to_right(egui::Align::Center);
    ui.scope_builder(UiBuilder::new().max_rect(rect).layout(layout), contents).inner
}

#[cfg(test)]
mod tests {
    use egui::accesskit::Role;
    use egui::{Key, Modifiers};
    use egui_kittest::kittest::{NodeT as _, Queryable as _};

    use super::super::trial;
    use super::*;

    fn secret_ui(ui: &mut Ui, text: &mut String) {
        SecretField::new("Client secret", text).id(Id::unique("the-secret")).show(ui);
        ui.add(super::super::Button::secondary("Test key"));
    }

    fn everything_said(harness: &egui_kittest::Harness<'_, String>) -> String {
        let nodes: Vec<_> =
            harness.root().children_recursive().map(|node| node.accesskit_node().data().clone()).collect();
        format!("{nodes:?}")
    }

    #[test]
    fn a_field_is_named_by_its_label_and_a_click_on_the_label_goes_to_the_box() {
        let mut harness = trial::with(String::new(), |ui, text| {
            Field::new("SKU", text).show(ui);
        });
        let label = harness.get_by_role_and_label(Role::Label, "SKU");
        label.click();
        harness.run();
        let field = harness.get_by_role_and_label(Role::TextInput, "SKU");
        assert!(field.is_focused());
        field.type_text("00012345");
        harness.run();
        assert_eq!(harness.state(), "00012345");
    }

    #[test]
    fn what_is_wrong_is_told_to_a_screen_reader_too() {
        let harness = trial::with("a1b2c3g4".to_owned(), |ui, text| {
            Field::new("Client ID", text).error(Some("Character 7 is “g”.")).show(ui);
        });
        let field = harness.get_by_role_and_label(Role::TextInput, "Client ID");
        assert_eq!(field.accesskit_node().data().description(), Some("Character 7 is “g”."));
        harness.get_by_label("Character 7 is “g”.");
    }

    #[test]
    fn k7_a_secret_never_reaches_the_accessibility_tree_not_even_revealed() {
        let mut harness = trial::with("c0ffee5ec2e7".to_owned(), secret_ui);
        assert!(!everything_said(&harness).contains("c0ffee"));
        harness.get_by_label("Show secret").click();
        harness.run();
        harness.get_by_label("Hide secret");
        assert!(everything_said(&harness).contains("•••"), "the field is in the tree");
        assert!(!everything_said(&harness).contains("c0ffee"));
    }

    #[test]
    fn k7_a_revealed_secret_is_masked_again_when_the_field_is_left() {
        let mut harness = trial::with("c0ffee5ec2e7".to_owned(), secret_ui);
        harness.get_by_label("Show secret").click();
        harness.run();
        assert!(harness.query_by_label("Hide secret").is_some());
        harness.get_by_label("Test key").focus();
        harness.run();
        assert!(harness.query_by_label("Hide secret").is_none());
        harness.get_by_label("Show secret");
    }

    #[test]
    fn the_eye_hides_what_it_showed() {
        let mut harness = trial::with("c0ffee5ec2e7".to_owned(), secret_ui);
        harness.get_by_label("Show secret").click();
        harness.run();
        harness.get_by_label("Hide secret").click();
        harness.run();
        harness.get_by_label("Show secret");
    }

    #[test]
    fn k7_a_wiped_secret_does_not_come_back_by_undo() {
        let undo = |wipe: fn(&egui::Context)| {
            let mut harness = trial::with(String::new(), secret_ui);
            harness.get_by_role(Role::PasswordInput).focus();
            harness.run();
            harness.get_by_role(Role::PasswordInput).type_text("c0ffee5ec2e7");
            harness.run();
            harness.run_steps(8);
            harness.state_mut().clear();
            wipe(&harness.ctx);
            harness.run();
            harness.key_press_modifiers(Modifiers::COMMAND, Key::Z);
            harness.run();
            harness.state().clone()
        };
        assert_eq!(undo(|_| {}), "c0ffee5ec2e7", "without wiping, undo brings it back, so the test can fail");
        assert_eq!(undo(|ctx| wipe_undo(ctx, Id::unique("the-secret"))), "");
    }
}
