//! Time along the bottom of a plot: seconds since 1970, as `egui_plot` counts, and the round local times that the axis names.
//!
//! Owns what the plots share, their stillness included. Pure: time zone and offset are given.

use std::ops::RangeInclusive;
use std::time::Duration;

use egui_plot::{GridMark, Plot};
use jiff::Timestamp;
use jiff::tz::TimeZone;

/// From this many seconds between two marks on, a day is named with its year.
const YEARS: f64 = 32.0 * 86_400.0;

pub fn seconds(at: Timestamp) -> f64 {
    at.as_millisecond() as f64 / 1e3
}

pub fn timestamp(seconds: f64) -> Timestamp {
    Timestamp::from_millisecond((seconds * 1e3) as i64).unwrap_or(Timestamp::UNIX_EPOCH)
}

/// The next span that people count in.
pub fn round_up(span: Duration) -> Duration {
    const STEPS: [u64; 19] =
        [1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 10_800, 21_600, 43_200, 86_400, 172_800];
    let secs = span.as_secs() + u64::from(span.subsec_nanos() > 0);
    match STEPS.iter().find(|step| **step >= secs) {
        Some(step) => Duration::from_secs(*step),
        None => Duration::from_secs(secs.div_ceil(86_400).next_power_of_two() * 86_400),
    }
}

/// The times in sight that are a whole number of steps, by a clock that is `offset` seconds ahead of UTC.
pub fn marks(times: RangeInclusive<f64>, step: f64, offset: i32) -> Vec<f64> {
    let offset = f64::from(offset);
    let first = ((times.start() + offset) / step).ceil() as i64;
    let last = ((times.end() + offset) / step).floor() as i64;
    (first..=last).map(|count| count as f64 * step - offset).collect()
}

/// The same for a plot.
pub fn grid_marks(marks: &[f64], step: f64) -> Vec<GridMark> {
    marks.iter().map(|at| GridMark { value: *at, step_size: step }).collect()
}

/// The time of a mark; the day at midnight.
pub fn name(at: f64, step: f64, zone: &TimeZone) -> String {
    let at = timestamp(at).to_zoned(zone.clone());
    let is_midnight = at.hour() == 0 && at.minute() == 0 && at.second() == 0;
    let form = if step >= YEARS {
        "%-d %b %Y"
    } else if step >= 86_400.0 || (is_midnight && step >= 60.0) {
        "%-d %b"
    } else if step < 60.0 {
        "%H:%M:%S"
    } else {
        "%H:%M"
    };
    at.strftime(form).to_string()
}

/// A plot that stays as it is: nothing zooms, moves or follows the pointer.
pub fn still(plot: Plot<'_>) -> Plot<'_> {
    plot.allow_zoom(false)
        .allow_drag(false)
        .allow_scroll(false)
        .allow_boxed_zoom(false)
        .allow_axis_zoom_drag(false)
        .allow_double_click_reset(false)
        .show_background(false)
        .show_crosshair(false)
        .cursor_color(egui::Color32::TRANSPARENT)
}
