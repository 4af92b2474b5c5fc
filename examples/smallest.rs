//! The smallest window that this crate's eframe can open: what the program's own window is measured against, by
//! `scripts/bench-window.sh`. It has the same features of eframe, since cargo builds that once for both.

fn main() -> eframe::Result {
    let options = eframe::NativeOptions {
        viewport: egui::ViewportBuilder::default().with_title("Smallest window").with_inner_size([1280.0, 800.0]),
        ..Default::default()
    };
    eframe::run_native("smallest", options, Box::new(|_| Ok(Box::new(Smallest))))
}

struct Smallest;

impl eframe::App for Smallest {
    fn ui(&mut self, ui: &mut egui::Ui, _frame: &mut eframe::Frame) {
        ui.label("Nothing but this line.");
    }
}
