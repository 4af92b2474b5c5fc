//! A response body as text, line by line, as the server wrote it. Only the lines in sight are laid out;
//! a line longer than the window is wide is broken at the edge, so that a body on one line can be read.

use std::ops::Range;
use std::sync::Arc;

use egui::{Label, Response, ScrollArea, TextStyle, Ui};

use crate::ui::theme::{self, space};

/// Where the lines of one text begin and end, for one width.
#[derive(Clone, Default)]
struct Lines {
    key: (usize, usize, usize),
    ranges: Arc<Vec<Range<usize>>>,
}

/// Draws `text` in the room there is and scrolls. Each line can be selected.
///
/// The lines are remembered by the place in the `Ui`; put each response into its own `push_id`.
pub fn body_text(ui: &mut Ui, text: &str) -> Response {
    let font = TextStyle::Monospace.resolve(ui.style());
    let (row, letter) = ui.fonts_mut(|fonts| (fonts.row_height(&font).max(18.0), fonts.glyph_width(&font, 'm')));
    let columns = ((ui.available_width() - 2.0 * space::M) / letter.max(1.0)).floor().max(8.0) as usize;
    let id = ui.make_persistent_id("body-text");
    let key = (text.as_ptr() as usize, text.len(), columns);
    let known =
        ui.data(|data| data.get_temp::<Lines>(id)).filter(|lines| lines.key == key && fits(&lines.ranges, text));
    let lines = known.unwrap_or_else(|| {
        let lines = Lines { key, ranges: Arc::new(break_lines(text, columns)) };
        ui.data_mut(|data| data.insert_temp(id, lines.clone()));
        lines
    });
    ui.scope(|ui| {
        ui.spacing_mut().item_spacing.y = 0.0;
        ui.spacing_mut().interact_size.y = row;
        ScrollArea::vertical().id_salt(id).auto_shrink([false, false]).show_rows(
            ui,
            row,
            lines.ranges.len(),
            |ui, range| {
                for line in range.filter_map(|index| lines.ranges.get(index)) {
                    ui.horizontal(|ui| {
                        ui.spacing_mut().item_spacing.x = 0.0;
                        ui.add_space(space::M);
                        let words = theme::mono(text.get(line.clone()).unwrap_or_default()).line_height(Some(row));
                        ui.add(Label::new(words).selectable(true).extend());
                    });
                }
            },
        );
    })
    .response
}

/// Whether remembered lines can belong to this text, should another lie where it lay.
fn fits(ranges: &[Range<usize>], text: &str) -> bool {
    ranges.iter().rev().take(4).chain(ranges.iter().take(4)).all(|line| text.get(line.clone()).is_some())
}

/// Breaks at line ends, and within longer lines after `columns` characters.
fn break_lines(text: &str, columns: usize) -> Vec<Range<usize>> {
    let mut ranges = Vec::new();
    let mut start = 0;
    for line in text.split_inclusive('\n') {
        let content = line.trim_end_matches(['\n', '\r']);
        let mut from = start;
        let end = start + content.len();
        for (count, (offset, _)) in content.char_indices().enumerate() {
            if count > 0 && count % columns == 0 {
                ranges.push(from..start + offset);
                from = start + offset;
            }
        }
        ranges.push(from..end);
        start += line.len();
    }
    ranges
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_character_is_lost_and_no_line_is_too_long() {
        let text = "{\n  \"name\": \"Kabel 3×1,5 m, grün\"\n}\r\n\nlast";
        let lines: Vec<&str> = break_lines(text, 10).into_iter().map(|range| &text[range]).collect();
        assert!(lines.iter().all(|line| line.chars().count() <= 10), "{lines:?}");
        assert_eq!(lines.concat(), text.replace(['\n', '\r'], ""));
        assert_eq!(lines.first(), Some(&"{"));
        assert_eq!(lines.last(), Some(&"last"));
    }

    #[test]
    fn a_body_on_one_line_is_broken_too() {
        let text = "x".repeat(2_000_000);
        assert_eq!(break_lines(&text, 100).len(), 20_000);
    }
}
