//! A harness for the tests of widgets: the theme is installed, motion is off, nothing is drawn.

use egui_kittest::Harness;

use crate::ui::theme;

/// Runs `app` on `state` in a window of 640 by 480 points.
#[track_caller]
pub(super) fn with<'a, State>(state: State, app: impl FnMut(&mut egui::Ui, &mut State) + 'a) -> Harness<'a, State> {
    Harness::builder()
        .with_size([640.0, 480.0])
        .with_max_steps(24)
        .with_context_setup(|ctx| {
            theme::install(ctx);
            theme::set_motion(ctx, theme::Motion::Reduced);
        })
        .build_ui_state(app, state)
}
