//! The smallest window that this crate's eframe can open: what the program's own window is measured against, by
//! `scripts/bench-window.sh`. It has the same features of eframe, since cargo builds that once for both.
//!
//! With `SMALLEST_COUNTDOWN` set it draws once a second, as the program does while it shows how long a token has left.

use std::time::Duration;

fn main() -> eframe::Result {
    let options = eframe::NativeOptions {
        viewport: egui::ViewportBuilder::default().with_title("Smallest window").with_inner_size([1280.0, 800.0]),
        ..Default::default()
    };
    let counts_down = std::env::var_os("SMALLEST_COUNTDOWN").is_some();
    eframe::run_native("smallest", options, Box::new(move |_| Ok(Box::new(Smallest { counts_down }))))
}

struct Smallest {
    counts_down: bool,
}

impl eframe::App for Smallest {
    fn ui(&mut self, ui: &mut egui::Ui, _frame: &mut eframe::Frame) {
        ui.label("Nothing but this line.");
        if self.counts_down {
            ui.ctx().request_repaint_after(Duration::from_secs(1));
        }
    }
}
