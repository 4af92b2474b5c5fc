//! The native window: opens it, feeds it to the views, and says in words when it cannot be opened.

use std::process::ExitCode;
use std::sync::Arc;

use tokio::runtime::Handle;

use super::{shell, theme};
use crate::app::{App, Opening, Start};
use crate::cli::{RendererChoice, Shared, fail};
use crate::clipboard::Clipboard;
use crate::explorer::Explorer;
use crate::history::{self, History};
use crate::keys::{Keychain, Settings, SettingsStore, import, settings};
use crate::task::Spawner;

/// The window's title, and the program's name to the desktop.
pub const TITLE: &str = "Quantaprice Explorer";
/// The name under which the desktop files the window's icon and its geometry.
const APP_ID: &str = "quantaprice-explorer";
/// The smallest window in which every part can still be reached, in points.
pub const SMALLEST: [f32; 2] = [640.0, 400.0];
/// The size at the first start, in points.
const FIRST_SIZE: [f32; 2] = [1280.0, 800.0];

/// Opens the window and runs until it is closed.
pub fn run(runtime: &Handle, shared: &Shared, renderer: RendererChoice) -> ExitCode {
    let options = eframe::NativeOptions {
        viewport: egui::ViewportBuilder::default()
            .with_title(TITLE)
            .with_app_id(APP_ID)
            .with_inner_size(FIRST_SIZE)
            .with_min_inner_size(SMALLEST)
            .with_icon(icon()),
        renderer: match pick(renderer) {
            Ok(renderer) => renderer,
            Err(sentence) => return fail(sentence),
        },
        ..Default::default()
    };
    let (runtime, shared) = (runtime.clone(), shared.clone());
    let opened = eframe::run_native(
        APP_ID,
        options,
        Box::new(move |creation| Ok(Box::new(Window::new(creation, &runtime, &shared)))),
    );
    match opened {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => fail(&cannot_open(&error)),
    }
}

fn pick(choice: RendererChoice) -> Result<eframe::Renderer, &'static str> {
    match choice {
        RendererChoice::Glow => Ok(eframe::Renderer::Glow),
        #[cfg(any(windows, target_os = "macos"))]
        RendererChoice::Auto | RendererChoice::Wgpu => Ok(eframe::Renderer::Wgpu),
        #[cfg(not(any(windows, target_os = "macos")))]
        RendererChoice::Auto => Ok(eframe::Renderer::Glow),
        #[cfg(not(any(windows, target_os = "macos")))]
        RendererChoice::Wgpu => {
            Err("This build draws with OpenGL only: start it without --renderer, or with --renderer glow.")
        }
    }
}

fn cannot_open(error: &eframe::Error) -> String {
    let other = if cfg!(any(windows, target_os = "macos")) {
        "Try --renderer glow, which needs OpenGL, or --renderer wgpu, which does not."
    } else {
        "On Linux it needs a display (DISPLAY or WAYLAND_DISPLAY) and OpenGL 2, which Mesa also offers in software."
    };
    let reason = reason(&error.to_string());
    format!("The window could not be opened: {reason}.\n{other}\nThe command line works without a window: see --help.")
}

/// What the system said, without the place in a library's source that winit puts in front of it.
fn reason(text: &str) -> String {
    let said = match text.split_once(".rs:") {
        Some((_place, rest)) => rest.trim_start_matches(|c: char| c.is_ascii_digit()).trim_start_matches(": "),
        None => text,
    };
    said.trim().trim_end_matches('.').to_owned()
}

fn icon() -> egui::IconData {
    // A broken icon must not keep the window shut.
    eframe::icon_data::from_png_bytes(include_bytes!("../../assets/icon.png")).unwrap_or_default()
}

struct Window {
    app: App,
    views: shell::Views,
}

impl Window {
    fn new(creation: &eframe::CreationContext<'_>, runtime: &Handle, shared: &Shared) -> Self {
        let ctx = creation.egui_ctx.clone();
        let app = App::new(start(&ctx, runtime, shared));
        theme::install(&ctx);
        shell::choose_theme(&ctx, app.settings.theme);
        Self { app, views: shell::Views::default() }
    }
}

/// Reads what the window starts with: before its first frame, so that no frame waits for it.
fn start(ctx: &egui::Context, runtime: &Handle, shared: &Shared) -> Start {
    let waker = ctx.clone();
    let wake: Arc<dyn Fn() + Send + Sync> = Arc::new(move || waker.request_repaint());
    let (wake_for_tokens, wake_for_clipboard) = (Arc::clone(&wake), Arc::clone(&wake));
    let loaded = settings::default_path(|name| std::env::var_os(name))
        .map(|path| SettingsStore::load(&path, jiff::Timestamp::now()));
    let (settings, notice, store) = if let Some(loaded) = loaded {
        (loaded.settings, loaded.notice.map(|notice| notice.to_string()), Some(loaded.store))
    } else {
        let notice = "No home folder was found, so keys and settings last for this run only.";
        (Settings::default(), Some(notice.to_owned()), None)
    };
    let folder = history::default_folder(|name| std::env::var_os(name));
    let history = History::new(folder, settings.history.keep, settings.history.limit());
    let environment = import::from_environment(|name| std::env::var(name).ok());
    Start {
        spawner: Spawner::new(runtime.clone(), move || wake()),
        explorer: Explorer::new(move || wake_for_tokens()),
        keychain: Keychain::new(),
        clipboard: Clipboard::new(move || wake_for_clipboard()),
        history,
        store,
        settings,
        settings_notice: notice,
        environment: (!environment.has_no_key()).then_some(environment),
        profile: shared.profile.clone(),
        opening: if shared.sandbox { Opening::Sandbox } else { Opening::SavedKeys },
    }
}

impl eframe::App for Window {
    fn ui(&mut self, ui: &mut egui::Ui, _frame: &mut eframe::Frame) {
        shell::show(ui, &mut self.app, &mut self.views);
    }

    /// egui's memory holds text fields, and a secret must not get into a file by that way (K7).
    fn persist_egui_memory(&self) -> bool {
        false
    }

    fn on_exit(&mut self, _gl: Option<&eframe::glow::Context>) {
        self.app.clipboard.leave();
        self.app.finish_writing();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_library_s_source_path_is_left_out_of_the_sentence() {
        let text = "winit EventLoopError: os error at /home/me/winit/mod.rs:765: DISPLAY is not set.";
        assert_eq!(reason(text), "DISPLAY is not set");
        assert_eq!(reason("Found no glutin configs."), "Found no glutin configs");
    }
}
