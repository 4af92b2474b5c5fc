//! What tests of the window share: one constructor for a harness, and the only snapshot options there are.

#![expect(clippy::expect_used, clippy::panic, reason = "a test that cannot draw has failed")]

mod raster;

pub use raster::Raster;

use std::path::Path;

use egui_kittest::{Harness, HarnessBuilder, SnapshotOptions};
use quantaprice_explorer::ui::theme;

/// A builder with the theme installed, the CPU renderer, and the options of every snapshot.
pub fn builder<State>(size: impl Into<egui::Vec2>, pixels_per_point: f32, theme: egui::Theme) -> HarnessBuilder<State> {
    HarnessBuilder::default()
        .with_size(size)
        .with_pixels_per_point(pixels_per_point)
        .with_theme(theme)
        .with_os(egui::os::OperatingSystem::Nix)
        .with_max_steps(16)
        .with_render_cursor(false)
        .with_context_setup(move |ctx| {
            theme::install(ctx);
            theme::set_motion(ctx, theme::Motion::Reduced);
        })
        .renderer(Raster::default())
        .with_options(snapshot_options())
}

/// A harness around a plain drawing closure, `size` in points.
#[allow(dead_code, reason = "each test crate takes what it needs from here")]
#[track_caller]
pub fn harness<'a>(
    size: impl Into<egui::Vec2>,
    pixels_per_point: f32,
    theme: egui::Theme,
    app: impl FnMut(&mut egui::Ui) + 'a,
) -> Harness<'a> {
    builder(size, pixels_per_point, theme).build_ui(app)
}

/// Rendering on the CPU is exact, so the tolerance only covers the last bit of a float on another processor.
fn snapshot_options() -> SnapshotOptions {
    SnapshotOptions::new().threshold(0.6).max_failed_pixels(8)
}

/// Writes what the harness shows to a PNG file, for looking at.
#[allow(dead_code, reason = "each test crate takes what it needs from here")]
pub fn save_png<State>(harness: &mut Harness<'_, State>, path: impl AsRef<Path>) {
    let path = path.as_ref();
    let image = harness.render().unwrap_or_else(|error| panic!("{} cannot be drawn: {error}", path.display()));
    if let Some(folder) = path.parent() {
        std::fs::create_dir_all(folder).expect("the picture's folder can be made");
    }
    image.save(path).expect("the picture can be written");
}
