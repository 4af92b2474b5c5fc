//! The real window in a test: the program's own state and views, driven by role and label, against a keychain in
//! memory, the embedded sandbox over real HTTP, and a settings file in a temporary folder.

#![allow(
    dead_code,
    clippy::unwrap_used,
    clippy::panic,
    reason = "each test crate takes what it needs from here, and fails by panicking"
)]

#[path = "clipboard.rs"]
mod clipboard;

use std::path::{Path, PathBuf};
use std::sync::{Arc, OnceLock};
use std::time::{Duration, Instant};

use egui::accesskit::Role;
use egui::{Event, Key, Modifiers, Theme, Vec2, vec2};
use egui_kittest::kittest::NodeT;
use egui_kittest::{Harness, Node};
use jiff::Timestamp;
use quantaprice_explorer::app::{App, Opening, Start};
use quantaprice_explorer::explorer::Explorer;
use quantaprice_explorer::history::History;
use quantaprice_explorer::keys::{
    Environment, Imported, Profile, ProfileId, SecretPlace, SecretRecord, Settings, SettingsStore,
};
use quantaprice_explorer::sandbox::{Options, Sandbox};
use quantaprice_explorer::task::Spawner;
use quantaprice_explorer::ui::shell::{self, Views};
use secrecy::{ExposeSecret, SecretString};
use tokio::runtime::Runtime;
use url::Url;

pub use self::clipboard::{Ahead, BoardMood, Memory};
use super::base;
pub use super::keychain::{Mood, Store};

/// What the window takes for the answer to have come; long, for a machine that is busy with other tests.
const PATIENCE: Duration = Duration::from_secs(20);
/// A secret of the documented form that no server knows. Its letters are easy to find wherever they should not be.
pub const CANARY: &str = "cafe0123cafe4567cafe89abcafecdefcafe0123cafe4567cafe89abcafecdef";
/// A client ID of the documented form.
pub const CLIENT_ID: &str = "65f0c0ffee65f0c0ffee65f0";

/// What a test starts the window with.
pub struct Setup {
    pub size: Vec2,
    pub pixels_per_point: f32,
    pub theme: Theme,
    pub store: Store,
    /// The clipboard that copied tokens go to.
    pub board: Memory,
    pub settings: Settings,
    /// What stands in the settings file; with it, the file is loaded and `settings` is not looked at.
    pub settings_file: Option<&'static str>,
    pub environment: Option<Imported>,
    pub opening: Opening,
}

/// The sizes, scales and themes in which a view is looked at, with the name of each.
pub const LOOKS: [(Vec2, f32, Theme, &str); 4] = [
    (vec2(1280.0, 800.0), 1.0, Theme::Dark, "dark"),
    (vec2(1280.0, 800.0), 1.0, Theme::Light, "light"),
    (vec2(800.0, 560.0), 1.0, Theme::Dark, "medium"),
    (vec2(640.0, 400.0), 2.0, Theme::Dark, "zoomed"),
];

impl Default for Setup {
    fn default() -> Self {
        Self {
            size: vec2(1280.0, 800.0),
            pixels_per_point: 1.0,
            theme: Theme::Dark,
            store: Store::new(Mood::Well),
            board: Memory::default(),
            settings: Settings::default(),
            settings_file: None,
            environment: None,
            opening: Opening::SavedKeys,
        }
    }
}

impl Setup {
    /// With a saved key of `server`, its secret in the keychain.
    pub fn with_key_of(mut self, server: &Server, name: &str) -> Self {
        let profile = server.profile(name);
        self.store.put(&profile.id, server.secret());
        self.settings.active.get_or_insert_with(|| profile.id.clone());
        self.settings.put(profile);
        self
    }
}

/// A file that is dropped on the window.
#[derive(Debug)]
struct Dropped(PathBuf);

impl egui::DroppedFile for Dropped {
    fn path(&self) -> &Path {
        &self.0
    }

    fn bytes(&self) -> Result<Vec<u8>, String> {
        Err("it is opened by its path".into())
    }
}

/// What is drawn: the program's state, and what its views remember.
pub struct Drawn {
    pub app: App,
    views: Views,
}

/// The window under test. Fields drop in their order: the window before what it runs on.
pub struct Window {
    pub harness: Harness<'static, Drawn>,
    pub store: Store,
    pub folder: tempfile::TempDir,
    /// Where the history is.
    pub data: tempfile::TempDir,
    /// The clipboard that copied tokens go to, and the clocks that it goes by.
    pub board: Memory,
    pub clock: Ahead,
    /// The texts that egui put on the clipboard, in order: no token is among them.
    pub clipboard: Vec<String>,
    runtime: Option<Runtime>,
}

impl Drop for Window {
    fn drop(&mut self) {
        // A keychain that hangs must not hang the test.
        self.store.set(Mood::Well);
        self.board.set(BoardMood::Well);
        if let Some(runtime) = self.runtime.take() {
            runtime.shutdown_background();
        }
    }
}

impl Window {
    pub fn open(setup: Setup) -> Self {
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("settings.toml");
        if let Some(text) = setup.settings_file {
            std::fs::write(&path, text).unwrap();
        }
        let data = tempfile::tempdir().unwrap();
        let loaded = SettingsStore::load(&path, Timestamp::now());
        let settings = if setup.settings_file.is_some() { loaded.settings } else { setup.settings };
        // As in the program: whatever finishes asks for a frame, from its own thread.
        let slot = Arc::new(OnceLock::<egui::Context>::new());
        let wake = |slot: Arc<OnceLock<egui::Context>>| move || _ = slot.get().map(egui::Context::request_repaint);
        let clock = Ahead::default();
        let app = App::new(Start {
            spawner: Spawner::new(runtime.handle().clone(), wake(Arc::clone(&slot))),
            explorer: {
                let _inside = runtime.enter();
                Explorer::new(wake(Arc::clone(&slot)))
            },
            keychain: setup.store.keychain(),
            clipboard: clipboard::clipboard(&setup.board, &clock, wake(Arc::clone(&slot))),
            history: History::new(Some(data.path().to_owned()), settings.history.keep, settings.history.limit()),
            store: Some(loaded.store),
            settings,
            settings_notice: loaded.notice.map(|notice| notice.to_string()),
            environment: setup.environment,
            profile: None,
            opening: setup.opening,
        });
        let drawn = Drawn { app, views: Views::default() };
        // In the program, the system's fonts draw what the built-in ones cannot.
        let builder = base::builder(setup.size, setup.pixels_per_point, setup.theme).allow_missing_glyphs();
        let harness = builder.build_ui_state(
            move |ui, drawn: &mut Drawn| {
                slot.get_or_init(|| ui.ctx().clone());
                // The harness leaves a margin that the window does not have.
                let whole = ui.ctx().content_rect();
                ui.set_clip_rect(whole);
                ui.scope_builder(egui::UiBuilder::new().max_rect(whole), |ui| {
                    shell::show(ui, &mut drawn.app, &mut drawn.views);
                });
            },
            drawn,
        );
        let (store, board) = (setup.store, setup.board);
        Self { harness, store, folder, data, board, clock, clipboard: Vec::new(), runtime: Some(runtime) }
    }

    /// With a saved key of `server`, chosen.
    pub fn with_key_of(server: &Server) -> Self {
        let mut window = Self::open(Setup::default().with_key_of(server, "Staging SE"));
        window.until_said("System keychain ready");
        window
    }

    /// The embedded sandbox, started and chosen, with `PRODUCT-001` in the field.
    pub fn on_sandbox() -> Self {
        let mut window = Self::open(Setup { opening: Opening::Sandbox, ..Setup::default() });
        window.until("the sandbox", |window| window.app().active_profile().is_some());
        window
    }

    pub fn app(&self) -> &App {
        &self.harness.state().app
    }

    /// The database of the history and what lies beside it.
    pub fn files_of_history(&self) -> Vec<(std::path::PathBuf, Vec<u8>)> {
        let files = std::fs::read_dir(self.data.path()).unwrap().map(|entry| entry.unwrap().path());
        files.filter(|path| path.is_file()).map(|path| (path.clone(), std::fs::read(path).unwrap())).collect()
    }

    /// Every entry of the history with its answers and bodies, unpacked: what is deflated on disk can be looked through here.
    pub fn told_by_history(&self) -> String {
        let history = self.app().past.kept.clone();
        self.block_on(async move {
            let mut told = String::new();
            let found = history.find(quantaprice_explorer::history::Search::default(), 1000).await.unwrap();
            for entry in found.entries {
                let loaded = history.load_run(entry.id).await.unwrap();
                told.extend([format!("{entry:?}\n"), format!("{loaded:?}\n")]);
                for place in 0..entry.header.count {
                    let body = history.body(entry.id, place).await.unwrap();
                    told += body.as_ref().map_or("", |body| body.text());
                }
            }
            told
        })
    }

    /// Runs work of the test's own, such as starting a server.
    pub fn block_on<T>(&self, work: impl Future<Output = T>) -> T {
        self.runtime.as_ref().unwrap().block_on(work)
    }

    /// One frame for each event that waits, or one frame.
    pub fn step(&mut self) {
        self.harness.step();
        for command in &self.harness.output().platform_output.commands {
            if let egui::OutputCommand::CopyText(text) = command {
                self.clipboard.push(text.clone());
            }
        }
    }

    /// Lets the window settle: popups, focus and scrolling take a frame or two.
    pub fn settle(&mut self) {
        for _ in 0..6 {
            self.step();
            if self.next_frame_in() > Duration::ZERO {
                break;
            }
        }
    }

    /// Lets more than a second pass on the window's own clock, without waiting: frames are a quarter of a second apart to it.
    pub fn pause(&mut self) {
        for _ in 0..5 {
            self.step();
        }
    }

    /// Draws frames until `holds`; fails with what is on screen if it never does.
    #[track_caller]
    pub fn until(&mut self, what: &str, holds: impl Fn(&Self) -> bool) {
        let started = Instant::now();
        loop {
            self.step();
            if holds(self) {
                self.settle();
                return;
            }
            assert!(started.elapsed() < PATIENCE, "{what} never came; on screen is:\n{}", self.screen());
            std::thread::sleep(Duration::from_millis(5));
        }
    }

    /// Draws frames for a while and asserts that `holds` in each of them.
    #[track_caller]
    pub fn during(&mut self, time: Duration, what: &str, holds: impl Fn(&Self) -> bool) {
        let started = Instant::now();
        while started.elapsed() < time {
            self.step();
            assert!(holds(self), "{what}; on screen is:\n{}", self.screen());
            std::thread::sleep(Duration::from_millis(10));
        }
    }

    /// Lets time pass for a token on the clipboard.
    pub fn pass(&mut self, time: Duration) {
        self.clock.pass(time);
        self.app().clipboard.look_again();
        self.settle();
    }

    #[track_caller]
    /// Drops files on the window, as a file manager does.
    pub fn drop_files(&mut self, paths: &[&Path]) {
        let files = paths.iter().map(|path| Arc::new(Dropped(path.to_path_buf())) as _);
        self.harness.input_mut().dropped_files.extend(files);
        self.step();
        self.harness.input_mut().dropped_files.clear();
    }

    pub fn until_said(&mut self, text: &str) {
        self.until(&format!("“{text}”"), |window| window.says(text));
    }

    /// Everything that a screen reader could read, one line a node: role, name, value.
    pub fn screen(&self) -> String {
        let lines = self.harness.root().children_recursive().filter_map(|node| {
            let node = node.accesskit_node();
            let (name, value) = (node.label().unwrap_or_default(), node.value().unwrap_or_default());
            let says_something = !name.is_empty() || !value.is_empty();
            says_something.then(|| format!("{:?}\t{name}\t{value}", node.role()))
        });
        lines.collect::<Vec<_>>().join("\n")
    }

    /// The accessibility tree, with every property of every part.
    pub fn accessibility_tree(&self) -> String {
        let parts = self.harness.root().children_recursive();
        let parts: Vec<_> = parts.map(|part| part.accesskit_node().data().clone()).collect();
        format!("{parts:?}")
    }

    /// Whether a part says this, by name or value.
    pub fn says(&self, text: &str) -> bool {
        let has = |part: Option<String>| part.is_some_and(|part| part.contains(text));
        self.harness.root().children_recursive().any(|node| {
            let node = node.accesskit_node();
            has(node.label()) || has(node.value())
        })
    }

    #[track_caller]
    pub fn assert_says(&self, text: &str) {
        assert!(self.says(text), "“{text}” is not on screen, which is:\n{}", self.screen());
    }

    #[track_caller]
    pub fn assert_silent(&self, text: &str) {
        assert!(!self.says(text), "“{text}” is on screen, which is:\n{}", self.screen());
    }

    /// The texts of the table's cells, in order of reading.
    pub fn cells(&self) -> Vec<String> {
        self.all(Role::Cell)
    }

    /// The heads of the table's columns.
    pub fn columns(&self) -> Vec<String> {
        self.all(Role::ColumnHeader)
    }

    /// The names of all parts with a role.
    pub fn all(&self, role: Role) -> Vec<String> {
        let nodes = self.harness.root().children_recursive();
        nodes.filter(|node| node.accesskit_node().role() == role).filter_map(|node| name_of(&node)).collect()
    }

    #[track_caller]
    pub fn button(&self, name: &str) -> Node<'_> {
        self.find(Role::Button, name)
    }

    /// Clicks the last of several buttons of one name: the one in the centre, where the form has its own.
    #[track_caller]
    pub fn click_last(&mut self, name: &str) {
        let root = self.harness.root();
        let buttons = root
            .children_recursive()
            .filter(|node| node.accesskit_node().role() == Role::Button && name_of(node).as_deref() == Some(name));
        buttons.last().unwrap_or_else(|| panic!("there is no button “{name}”")).click();
        self.settle();
    }

    pub fn has_button(&self, name: &str) -> bool {
        self.part(Role::Button, name).is_some()
    }

    /// The first part of this role and name.
    pub fn part(&self, role: Role, name: &str) -> Option<Node<'_>> {
        self.harness
            .root()
            .children_recursive()
            .find(|node| node.accesskit_node().role() == role && name_of(node).as_deref() == Some(name))
    }

    #[track_caller]
    fn find(&self, role: Role, name: &str) -> Node<'_> {
        self.part(role, name)
            .unwrap_or_else(|| panic!("there is no {role:?} “{name}” on screen, which is:\n{}", self.screen()))
    }

    /// Clicks with the pointer, as a person does; what is scrolled away is scrolled to first.
    #[track_caller]
    pub fn click(&mut self, name: &str) {
        let node = self.button(name);
        assert!(!node.accesskit_node().is_disabled(), "“{name}” is disabled; on screen is:\n{}", self.screen());
        self.click_role(Role::Button, name);
    }

    #[track_caller]
    pub fn click_role(&mut self, role: Role, name: &str) {
        self.find(role, name).scroll_to_me();
        self.settle();
        self.find(role, name).click();
        self.settle();
    }

    pub fn is_enabled(&self, name: &str) -> bool {
        !self.button(name).accesskit_node().is_disabled()
    }

    /// The words that come up when the pointer rests on a button.
    #[track_caller]
    pub fn assert_tooltip(&mut self, name: &str, words: &str) {
        self.button(name).scroll_to_me();
        self.settle();
        self.button(name).hover();
        self.pause();
        self.assert_says(words);
        self.harness.remove_cursor();
        self.settle();
    }

    #[track_caller]
    pub fn field(&self, name: &str) -> Node<'_> {
        let roles = [Role::TextInput, Role::PasswordInput];
        let found = roles.iter().find_map(|role| self.part(*role, name));
        found.unwrap_or_else(|| panic!("there is no field “{name}” on screen, which is:\n{}", self.screen()))
    }

    #[track_caller]
    pub fn focus(&mut self, name: &str) {
        self.field(name).focus();
        self.settle();
    }

    /// Replaces what stands in a field by typing.
    #[track_caller]
    pub fn type_into(&mut self, name: &str, text: &str) {
        self.focus(name);
        self.key_with(Modifiers::COMMAND, Key::A);
        self.key(Key::Delete);
        self.harness.event(Event::Text(text.to_owned()));
        self.settle();
    }

    /// Replaces what stands in a field by pasting.
    #[track_caller]
    pub fn paste_into(&mut self, name: &str, text: &str) {
        self.focus(name);
        self.key_with(Modifiers::COMMAND, Key::A);
        self.harness.event(Event::Paste(text.to_owned()));
        self.settle();
    }

    pub fn key(&mut self, key: Key) {
        self.key_with(Modifiers::NONE, key);
    }

    pub fn key_with(&mut self, modifiers: Modifiers, key: Key) {
        self.harness.key_press_modifiers(modifiers, key);
        self.settle();
    }

    /// Types a SKU and presses Enter.
    #[track_caller]
    pub fn look_up(&mut self, sku: &str) {
        self.type_into("SKU", sku);
        self.key(Key::Enter);
    }

    /// Looks a SKU up and waits for its answer.
    #[track_caller]
    pub fn look_up_and_wait(&mut self, sku: &str) {
        self.look_up(sku);
        self.until_answered(sku);
    }

    #[track_caller]
    pub fn until_answered(&mut self, sku: &str) {
        self.until(&format!("the answer for {sku}"), |window| {
            let desk = window.app().desk();
            desk.is_some_and(|desk| {
                !desk.is_running() && desk.shown.as_ref().is_some_and(|shown| shown.lookup.sku == sku)
            })
        });
    }

    /// Fills the form in for a key of `server`.
    #[track_caller]
    pub fn fill_in(&mut self, name: &str, server: &Server, secret: &str) {
        self.type_into("Profile name", name);
        self.paste_into("Client ID", server.client_id());
        self.paste_into("Client secret", secret);
        if !self.app().form.urls_open {
            self.click("URLs and CA file");
        }
        self.paste_into("Token URL", server.sandbox.token_url().as_str());
        self.paste_into("API URL", server.sandbox.api_url().as_str());
    }

    /// How long the window is content to wait for its next frame.
    pub fn next_frame_in(&self) -> Duration {
        self.harness.output().viewport_output[&egui::ViewportId::ROOT].repaint_delay
    }

    /// The time of a frame, drawing left out: one that a busy machine did not interrupt. A frame that waits for something waits in
    /// every one of them.
    pub fn frame_time(&mut self) -> Duration {
        let mut times: Vec<Duration> = (0..101)
            .map(|_| {
                let start = Instant::now();
                self.harness.step();
                start.elapsed()
            })
            .collect();
        times.sort_unstable();
        times[times.len() / 10]
    }

    /// Writes what is seen to `target/window-pictures`, for looking at.
    pub fn save_picture(&mut self, name: &str) {
        let folder = std::path::Path::new(env!("CARGO_TARGET_TMPDIR")).join("window-pictures");
        base::save_png(&mut self.harness, folder.join(format!("{name}.png")));
    }
}

fn name_of(node: &Node<'_>) -> Option<String> {
    let node = node.accesskit_node();
    node.label().or_else(|| node.value())
}

/// A sandbox that the test holds in its hands, apart from the one that the window starts.
pub struct Server {
    pub sandbox: Sandbox,
}

impl Server {
    pub fn start() -> Self {
        Self::start_with(Options::default())
    }

    pub fn start_with(options: Options) -> Self {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        Self { sandbox: runtime.block_on(Sandbox::start(options)).unwrap() }
    }

    pub fn client_id(&self) -> &str {
        self.sandbox.client_id()
    }

    pub fn secret(&self) -> &str {
        self.sandbox.client_secret().expose_secret()
    }

    /// A saved profile of this server's key; its secret is the test's to put into a keychain.
    pub fn profile(&self, name: &str) -> Profile {
        let now = Timestamp::now();
        let mut profile = Profile {
            id: ProfileId::random(),
            name: name.to_owned(),
            environment: Environment::Staging,
            client_id: self.client_id().to_owned(),
            token_url: self.sandbox.token_url().clone(),
            api_url: self.sandbox.api_url().clone(),
            ca_file: None,
            created: now,
            last_used: None,
            recent_skus: Vec::new(),
            field_map: quantaprice_explorer::prices::FieldMap::default(),
            secret: None,
        };
        profile.keep(SecretRecord::new(self.sandbox.client_secret(), SecretPlace::Keychain, None, now));
        profile
    }
}

/// A profile whose server does not exist: nothing listens on port 1.
pub fn unreachable_profile(name: &str) -> Profile {
    let now = Timestamp::now();
    let mut profile = Profile {
        id: ProfileId::random(),
        name: name.to_owned(),
        environment: Environment::Development,
        client_id: CLIENT_ID.to_owned(),
        token_url: Url::parse("http://127.0.0.1:1/oauth2/token").unwrap(),
        api_url: Url::parse("http://127.0.0.1:1/api/v1").unwrap(),
        ca_file: None,
        created: now,
        last_used: None,
        recent_skus: Vec::new(),
        field_map: quantaprice_explorer::prices::FieldMap::default(),
        secret: None,
    };
    profile.keep(SecretRecord::new(&SecretString::from(CANARY), SecretPlace::Keychain, None, now));
    profile
}
