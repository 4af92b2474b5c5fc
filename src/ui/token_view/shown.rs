//! An inspected token on screen: its checks, and header and claims as tables. The same for the current and for a pasted one.

use std::time::Duration;

use egui::{InnerResponse, Label, Ui};
use jiff::Timestamp;

use crate::app::Action;
use crate::inspect::{Check, ClaimRow, Inspection, KeyFile, Part, Surroundings, Verdict};
use crate::ui::icon::{self, Icon};
use crate::ui::theme::{self, Palette, space};
use crate::ui::widgets::{
    Button, Cell, Column, Stripes, Table, TableClicked, Tone, card, card_body, card_header, facts, header_row,
};
use crate::ui::words;

/// Below this width the checks stand in one column, in points.
const TWO_COLUMNS: f32 = 640.0;
/// A table that is higher than this scrolls, in points.
const TALLEST_TABLE: f32 = 460.0;

/// A token, and what its view remembers.
pub(super) struct Token {
    read: Inspection,
    /// The checks, and the second for which they were made.
    checks: Option<(i64, Vec<Check>)>,
    /// The row that is shown in full.
    chosen: Option<(Part, usize)>,
    /// Whether that row was opened a moment ago and has yet to be scrolled to.
    reveal: Reveal,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Reveal {
    Due,
    Done,
}

/// What a token is called on screen, and what tells its parts from those of another.
pub(super) struct Subject<'a> {
    pub name: &'a str,
    pub salt: &'a str,
}

impl Token {
    pub(super) fn new(mut read: Inspection, keys: Option<&KeyFile>) -> Self {
        read.check_signature(keys);
        Self { read, checks: None, chosen: None, reveal: Reveal::Done }
    }

    pub(super) fn check_signature(&mut self, keys: Option<&KeyFile>) {
        self.read.check_signature(keys);
        self.checks = None;
    }

    /// After which time a text reads differently.
    pub(super) fn changes_in(&self, now: Timestamp) -> Option<Duration> {
        self.read.changes_in(now)
    }

    pub(super) fn show(
        &mut self,
        ui: &mut Ui,
        subject: &Subject<'_>,
        around: &Surroundings<'_>,
        actions: &mut Vec<Action>,
    ) {
        let second = around.now.as_second();
        if self.checks.as_ref().is_none_or(|(made, _)| *made != second) {
            self.checks = Some((second, self.read.checks(around)));
        }
        if let Some((_, checks)) = &self.checks {
            checks_card(ui, subject, &self.read, checks);
            ui.add_space(space::L);
        }
        let title = format!("Claims of {}", subject.name);
        self.part(ui, &title, subject, Part::Payload, around.now, actions);
        let title = format!("Header of {}", subject.name);
        self.part(ui, &title, subject, Part::Header, around.now, actions);
    }

    /// The table of a part, and beneath it the chosen row in full.
    fn part(
        &mut self,
        ui: &mut Ui,
        title: &str,
        subject: &Subject<'_>,
        part: Part,
        now: Timestamp,
        actions: &mut Vec<Action>,
    ) {
        let rows = if part == Part::Header { &self.read.header } else { &self.read.claims };
        if rows.is_empty() {
            return;
        }
        let chosen = self.chosen.filter(|(of, _)| *of == part).map(|(_, row)| row);
        let clicked = card(ui, |ui| {
            let count = if rows.len() == 1 { "1 name".to_owned() } else { format!("{} names", rows.len()) };
            card_header(ui, title, |ui| {
                if part == Part::Payload
                    && ui.add(Button::secondary("Copy claims").icon(Icon::Copy).compact()).clicked()
                    && let Some(text) = self.read.claims_json()
                {
                    actions.push(Action::Copy { text, what: "Claims copied. The token is not among them." });
                }
                facts(ui, &[&count]);
            });
            let salt = format!("{}-{part}", subject.salt);
            table(ui, &salt, part, rows, chosen, now)
        })
        .inner;
        if let Some(TableClicked::Row(row)) = clicked {
            self.chosen = if chosen == Some(row) { None } else { Some((part, row)) };
            self.reveal = Reveal::Due;
        }
        if let Some(row) = chosen.and_then(|row| rows.get(row)) {
            ui.add_space(space::S);
            let shown = in_full(ui, &self.read, part, row, now);
            if self.reveal == Reveal::Due {
                self.reveal = Reveal::Done;
                shown.response.scroll_to_me(None);
            }
            if shown.inner {
                self.chosen = None;
            }
        }
        ui.add_space(space::L);
    }
}

fn table(
    ui: &mut Ui,
    salt: &str,
    part: Part,
    rows: &[ClaimRow],
    chosen: Option<usize>,
    now: Timestamp,
) -> Option<TableClicked> {
    let mut columns =
        vec![Column::new("Name", 100.0), Column::new("Value", 180.0).grows(), Column::new("Meaning", 262.0).drops(1)];
    if part == Part::Payload {
        columns.push(Column::new("Local time", 140.0).drops(2));
        columns.push(Column::new("Relative", 100.0));
    }
    Table::new(salt, &columns).stripes(Stripes::Zebra).max_height(TALLEST_TABLE).clickable(chosen).show(
        ui,
        rows.len(),
        |index| {
            let row = &rows[index];
            let mut cells = vec![
                Cell::new(row.name.as_str()).strong(),
                Cell::new(row.value.as_str()).mono(),
                Cell::new(row.meaning.as_str()).secondary(),
            ];
            if part == Part::Payload {
                cells.push(Cell::new(row.at.map(|at| local(at, now)).unwrap_or_default()));
                cells.push(Cell::new(row.relative(now).map(|relative| relative.text).unwrap_or_default()).strong());
            }
            cells
        },
    )
}

/// The time of day, and the day where it is not today.
fn local(at: Timestamp, now: Timestamp) -> String {
    let (day, time) = (words::day(at), words::time_of_day(at));
    if day == words::day(now) { time } else { format!("{day} {time}") }
}

/// One row with nothing cut. Says whether it is to be closed.
fn in_full(ui: &mut Ui, read: &Inspection, part: Part, row: &ClaimRow, now: Timestamp) -> InnerResponse<bool> {
    let palette = Palette::of(ui);
    card(ui, |ui| {
        let close = card_header(ui, &format!("“{}” in full", row.name), |ui| {
            ui.add(Button::ghost("Close").icon_only(Icon::X).compact()).clicked()
        });
        card_body(ui, |ui| {
            if let Some((value, cut)) = read.in_full(part, row) {
                ui.add(Label::new(egui::RichText::new(value).monospace().color(palette.text)).wrap());
                if cut > 0 {
                    let text = format!("{cut} more characters are not shown.");
                    ui.label(theme::caption(text).color(palette.muted));
                }
            }
            if !row.meaning.is_empty() {
                ui.add(Label::new(theme::small(row.meaning.as_str()).color(palette.text2)).wrap());
            }
            if let Some(at) = row.at {
                let relative = row.relative(now).map(|relative| relative.text).unwrap_or_default();
                let local = format!("{} {}", words::day(at), words::time_of_day(at));
                facts(ui, &[&format!("{local} local time"), &words::in_utc(at), &relative]);
            }
        });
        close
    })
}

fn checks_card(ui: &mut Ui, subject: &Subject<'_>, read: &Inspection, checks: &[Check]) {
    card(ui, |ui| {
        let title = format!("Checks of {}", subject.name);
        let (headline, size) = (read.headline(), words::size(read.size()));
        let is_narrow = ui.available_width() < TWO_COLUMNS;
        header_row(
            ui,
            44.0,
            |ui| {
                ui.label(theme::small_strong(title));
                ui.label(theme::small(summary(checks)).color(Palette::of(ui).text2));
            },
            |ui| {
                if !is_narrow {
                    facts(ui, &[&headline, &size]);
                }
            },
        );
        card_body(ui, |ui| {
            if is_narrow {
                let text = theme::small(format!("{headline} · {size}")).color(Palette::of(ui).text2);
                ui.add(Label::new(text).wrap());
            }
            let columns = if is_narrow { 1 } else { 2 };
            let rows = checks.len().div_ceil(columns);
            ui.columns(columns, |columns| {
                for (column, checks) in columns.iter_mut().zip(checks.chunks(rows.max(1))) {
                    column.spacing_mut().item_spacing.y = space::S;
                    for check in checks {
                        check_row(column, check);
                    }
                }
            });
        });
    });
}

/// How many came out how, in the order of urgency: `1 bad, 2 doubt, 6 good`.
fn summary(checks: &[Check]) -> String {
    let verdicts = [Verdict::Bad, Verdict::Doubt, Verdict::Good, Verdict::NotKnown];
    let counts = verdicts.map(|verdict| (checks.iter().filter(|check| check.verdict == verdict).count(), verdict));
    let named = counts.iter().filter(|(count, _)| *count > 0);
    named.map(|(count, verdict)| format!("{count} {}", verdict.label().to_lowercase())).collect::<Vec<_>>().join(", ")
}

fn check_row(ui: &mut Ui, check: &Check) {
    let palette = Palette::of(ui);
    let (mark, tone) = match check.verdict {
        Verdict::Good => (Icon::CircleCheck, Tone::Ok),
        Verdict::Doubt => (Icon::TriangleAlert, Tone::Warn),
        Verdict::Bad => (Icon::CircleX, Tone::Err),
        Verdict::NotKnown => (Icon::CircleDashed, Tone::Neutral),
    };
    ui.horizontal_top(|ui| {
        ui.spacing_mut().item_spacing.x = space::S;
        ui.spacing_mut().interact_size.y = 0.0;
        icon::show(ui, mark, icon::BODY, tone.ink(palette));
        ui.vertical(|ui| {
            ui.spacing_mut().item_spacing.y = 0.0;
            ui.horizontal(|ui| {
                ui.label(theme::small_strong(check.name));
                ui.label(theme::small(check.verdict.label()).color(tone.ink(palette)));
            });
            ui.add(Label::new(theme::small(check.sentence.as_str()).color(palette.text2)).wrap());
        });
    });
}
