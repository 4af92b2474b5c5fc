//! The bar on stderr that shows how far a run is; nothing at all where stderr is no terminal.
//!
//! Owns its looks, and the count of an input's lines that tells how much is to come. What else is said on stderr goes through it,
//! so that neither writes over the other.

use std::fmt;
use std::io::{self, BufRead, BufReader, IsTerminal};
use std::path::Path;
use std::time::Duration;

use indicatif::{ProgressBar, ProgressState, ProgressStyle};
use tokio::time::Instant;

use super::stream::Tally;
use crate::batch::gate::Gate;

/// How often it is drawn.
const TICK: Duration = Duration::from_millis(250);
const OF_UNKNOWN_LENGTH: &str = "{spinner} {human_pos} looked up · {per_sec} · {elapsed}{gate}{msg}";
const OF_KNOWN_LENGTH: &str = "{bar:24} {human_pos} of {human_len} · {per_sec} · {eta} left{gate}{msg}";

/// Cheap to clone; all clones are one bar.
#[derive(Clone)]
pub struct Bar {
    bar: ProgressBar,
    /// Whether the answers go to the same screen, where the bar has to make way for them.
    shares_screen: bool,
}

impl Bar {
    pub fn new(gate: &Gate, answers: Answers) -> Self {
        if !io::stderr().is_terminal() {
            return Self { bar: ProgressBar::hidden(), shares_screen: false };
        }
        let bar = ProgressBar::new_spinner();
        bar.set_style(style(OF_UNKNOWN_LENGTH, gate));
        bar.enable_steady_tick(TICK);
        Self { bar, shares_screen: answers == Answers::ToStdout && io::stdout().is_terminal() }
    }

    /// Begins at the answers of an earlier run, and counts the SKUs of `given` and of the file `input` behind the caller's back.
    pub fn begin(&self, gate: &Gate, answered: u64, given: u64, input: Option<&Path>) {
        if self.bar.is_hidden() {
            return;
        }
        self.bar.set_position(answered);
        // Those of an earlier run say nothing about this one's speed.
        self.bar.reset_eta();
        let path = input.filter(|path| path.is_file()).map(Path::to_path_buf);
        if input.is_some() && path.is_none() {
            return;
        }
        let (bar, style) = (self.bar.clone(), style(OF_KNOWN_LENGTH, gate));
        std::thread::spawn(move || {
            let lines = path.map_or(Ok(0), |path| lines_of(&path));
            // What cannot be counted is read all the same, or said by whoever reads it.
            if let Ok(lines) = lines {
                bar.set_length(lines + given);
                bar.set_style(style);
            }
        });
    }

    /// `answered` of an earlier run, and what this one has written.
    pub fn set(&self, answered: u64, tally: Tally) {
        if self.bar.is_hidden() {
            return;
        }
        self.bar.set_position(answered + tally.written);
        if tally.failed > 0 {
            self.bar.set_message(format!(" · {} failed", tally.failed));
        }
    }

    /// Writes to the screen that the bar may stand on.
    pub fn beside<T>(&self, write: impl FnOnce() -> T) -> T {
        if self.shares_screen { self.bar.suspend(write) } else { write() }
    }

    /// Says something on stderr.
    pub fn say(&self, text: &str) {
        if self.bar.is_hidden() { super::complain(text) } else { self.bar.suspend(|| super::complain(text)) }
    }

    pub fn clear(&self) {
        self.bar.finish_and_clear();
    }
}

/// Where the answers are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Answers {
    ToStdout,
    ToFile,
}

fn style(template: &str, gate: &Gate) -> ProgressStyle {
    let gate = gate.clone();
    // The templates are constants, and are tested.
    let style = ProgressStyle::with_template(template).unwrap_or_else(|_| ProgressStyle::default_spinner());
    style.with_key("gate", move |_: &ProgressState, out: &mut dyn fmt::Write| _ = write_gate(out, &gate))
}

/// What the server's wishes do to the run.
fn write_gate(out: &mut dyn fmt::Write, gate: &Gate) -> fmt::Result {
    let state = gate.state();
    if let Some(until) = state.held_until {
        let left = until.saturating_duration_since(Instant::now());
        write!(out, " · the server asks to wait {} s", left.as_secs() + 1)
    } else if state.allowed < state.at_once {
        write!(out, " · {} at once, since the server asked to wait", state.allowed)
    } else {
        Ok(())
    }
}

/// How many lines of a file are not blank. An estimate: a cell of a CSV file may go over several lines.
fn lines_of(path: &Path) -> io::Result<u64> {
    let mut reader = BufReader::with_capacity(256 * 1024, std::fs::File::open(path)?);
    let (mut lines, mut is_in_line) = (0, false);
    loop {
        let buffer = reader.fill_buf()?;
        if buffer.is_empty() {
            return Ok(lines);
        }
        for byte in buffer {
            let ends = matches!(byte, b'\n' | b'\r');
            lines += u64::from(!ends && !is_in_line);
            is_in_line = !ends;
        }
        let used = buffer.len();
        reader.consume(used);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::batch::gate::Limits;

    #[test]
    fn the_templates_can_be_read() {
        for template in [OF_UNKNOWN_LENGTH, OF_KNOWN_LENGTH] {
            assert!(ProgressStyle::with_template(template).is_ok(), "{template}");
        }
    }

    #[test]
    fn lines_are_counted_as_they_are_read() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("skus.txt");
        for (text, expected) in [
            ("", 0),
            ("A", 1),
            ("A\n", 1),
            ("A\r\n\r\nB\r\n", 2),
            ("\n\nA\n\n\nB", 2),
            (&"A\n".repeat(300_000), 300_000),
        ] {
            std::fs::write(&path, text).unwrap();
            assert_eq!(lines_of(&path).unwrap(), expected, "{:?}", &text[..text.len().min(20)]);
        }
    }

    #[tokio::test(start_paused = true)]
    async fn h6_a_wait_that_the_server_asks_for_counts_down() {
        let gate = Gate::new(Limits { at_once: 8, a_second: None });
        let said = || {
            let mut out = String::new();
            write_gate(&mut out, &gate).unwrap();
            out
        };
        assert_eq!(said(), "");
        let pass = gate.enter().await;
        pass.asked_to_wait(Instant::now() + Duration::from_secs(30));
        tokio::time::advance(Duration::from_millis(1500)).await;
        assert_eq!(said(), " · the server asks to wait 29 s");
        tokio::time::advance(Duration::from_secs(60)).await;
        assert_eq!(said(), " · 4 at once, since the server asked to wait");
    }
}
