//! Medians, and the table in which a benchmark says what it found beside the limit.

#![allow(dead_code, reason = "each benchmark takes what it needs from here")]

use std::fmt::Display;
use std::process::ExitCode;
use std::time::{Duration, Instant};

/// Durations of one thing, measured many times.
#[derive(Default)]
pub struct Times(Vec<Duration>);

impl Times {
    pub fn push(&mut self, time: Duration) {
        self.0.push(time);
    }

    /// The time that `part` of all (in 0..=1) were below; 0.5 is the median.
    pub fn at(&mut self, part: f64) -> Duration {
        self.0.sort_unstable();
        let last = self.0.len().saturating_sub(1);
        self.0.get((last as f64 * part) as usize).copied().unwrap_or_default()
    }

    pub fn median(&mut self) -> Duration {
        self.at(0.5)
    }
}

/// The median time of a few runs of `work`, without letting go of what it makes.
pub fn time<T>(mut work: impl FnMut() -> T) -> Duration {
    let mut times = Times::default();
    for _ in 0..7 {
        let started = Instant::now();
        let made = work();
        times.push(started.elapsed());
        drop(made);
    }
    times.median()
}

/// A Markdown table of figures; remembers whether one was beyond its limit.
#[derive(Default)]
pub struct Report {
    missed: u32,
}

impl Report {
    #[expect(clippy::print_stdout, clippy::unused_self, reason = "a benchmark's report, which all go through")]
    pub fn heading(&self, title: &str) {
        println!(
            "\n{title}\n\n| What | Figure | Beside | Ratio or figure, at most | |\n| --- | --- | --- | --- | --- |"
        );
    }

    /// A figure without a limit.
    #[expect(clippy::print_stdout, clippy::unused_self, reason = "a benchmark's report, which all go through")]
    pub fn note(&self, what: &str, figure: impl Display, beside: impl Display) {
        println!("| {what} | {figure} | {beside} | | |");
    }

    /// A figure with one: `measured` may be as large as `limit`.
    #[expect(clippy::print_stdout, reason = "a benchmark's report")]
    pub fn held(&mut self, what: &str, figure: impl Display, beside: impl Display, measured: f64, limit: f64) {
        let is_within = measured <= limit;
        self.missed += u32::from(!is_within);
        let verdict = if is_within { "within" } else { "BEYOND" };
        println!("| {what} | {figure} | {beside} | {measured:.2}, at most {limit} | {verdict} |");
    }

    /// Fails when a limit was missed, so that the command does.
    pub fn end(&self) -> ExitCode {
        if self.missed == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE }
    }
}

/// Microseconds with a unit.
pub fn micros(time: Duration) -> String {
    format!("{:.1} µs", time.as_secs_f64() * 1e6)
}

/// Milliseconds with a unit.
pub fn millis(time: Duration) -> String {
    format!("{:.2} ms", time.as_secs_f64() * 1e3)
}
