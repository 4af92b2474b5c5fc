//! The whole window in a test: the real app over real HTTP, with a keychain that does what the test says.

#![allow(dead_code, reason = "each test crate takes what it needs from here")]

use std::collections::HashMap;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use egui::OutputCommand;
use egui::accesskit::Role;
use egui_kittest::Harness;
use egui_kittest::kittest::{AccessKitNode, NodeT as _, Queryable, by};
use quantaprice_explorer::app::{App, Opening, Start};
use quantaprice_explorer::explorer::Explorer;
use quantaprice_explorer::keys::keychain::{Backend, Keychain, KeychainError, Removed};
use quantaprice_explorer::keys::{Settings, SettingsStore};
use quantaprice_explorer::sandbox::{Options, Sandbox};
use quantaprice_explorer::task::Spawner;
use quantaprice_explorer::ui::shell::{self, Views};
use secrecy::ExposeSecret as _;
use zeroize::Zeroizing;

use super::base;

/// What the keychain of a test does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Store {
    Works,
    Absent,
    Locked,
    Denied,
    Hangs,
    /// Writing and deleting hang until the store does something else.
    HangsInWrites,
}

struct Fake {
    store: Arc<Mutex<Store>>,
    secrets: Arc<Mutex<HashMap<String, String>>>,
}

impl Fake {
    fn answer(&self) -> Result<(), KeychainError> {
        let store = *self.store.lock().unwrap();
        match store {
            Store::Works | Store::HangsInWrites => Ok(()),
            Store::Absent => Err(KeychainError::NoStore { reason: "nobody answers".into() }),
            Store::Locked => Err(KeychainError::Locked),
            Store::Denied => Err(KeychainError::Denied),
            Store::Hangs => {
                std::thread::sleep(Duration::from_hours(1));
                Ok(())
            }
        }
    }

    fn answer_write(&self) -> Result<(), KeychainError> {
        while *self.store.lock().unwrap() == Store::HangsInWrites {
            std::thread::sleep(Duration::from_millis(5));
        }
        self.answer()
    }
}

impl Backend for Fake {
    fn read(&mut self, id: &str) -> Result<Zeroizing<String>, KeychainError> {
        self.answer()?;
        self.secrets.lock().unwrap().get(id).map(|secret| Zeroizing::new(secret.clone())).ok_or(KeychainError::NotFound)
    }
    fn write(&mut self, id: &str, secret: &str) -> Result<(), KeychainError> {
        self.answer_write()?;
        self.secrets.lock().unwrap().insert(id.to_owned(), secret.to_owned());
        Ok(())
    }
    fn delete(&mut self, id: &str) -> Result<Removed, KeychainError> {
        self.answer_write()?;
        let removed = self.secrets.lock().unwrap().remove(id);
        Ok(if removed.is_some() { Removed::Yes } else { Removed::WasNotThere })
    }
    fn probe(&mut self) -> Result<(), KeychainError> {
        self.answer()
    }
}

pub type State = (App, Views);

/// A window of its own; its parts end with it.
pub struct Window {
    pub harness: Harness<'static, State>,
    pub secrets: Arc<Mutex<HashMap<String, String>>>,
    pub folder: tempfile::TempDir,
    /// Every text that [`Window::step`] saw go to the clipboard.
    pub copied: Vec<String>,
    store: Arc<Mutex<Store>>,
    runtime: tokio::runtime::Runtime,
}

impl Window {
    pub fn open(store: Store, opening: Opening) -> Self {
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
        let folder = tempfile::tempdir().unwrap();
        let loaded = SettingsStore::load(&folder.path().join("settings.toml"), jiff::Timestamp::now());
        let secrets = Arc::new(Mutex::new(HashMap::new()));
        let for_backend = Arc::clone(&secrets);
        let store = Arc::new(Mutex::new(store));
        let store_of_backend = Arc::clone(&store);
        let app = App::new(Start {
            spawner: Spawner::new(runtime.handle().clone(), || {}),
            explorer: Explorer::new(|| {}),
            keychain: Keychain::with_backend(move || {
                let store = Arc::clone(&store_of_backend);
                Box::new(Fake { store, secrets: Arc::clone(&for_backend) }) as Box<dyn Backend>
            }),
            store: Some(loaded.store),
            settings: Settings::default(),
            settings_notice: None,
            environment: None,
            profile: None,
            opening,
        });
        let builder = base::builder::<State>([1280.0, 800.0], 1.0, egui::Theme::Dark);
        let harness = builder.build_ui_state(
            |ui, state: &mut State| shell::show(ui, &mut state.0, &mut state.1),
            (app, Views::default()),
        );
        Self { harness, secrets, folder, copied: Vec::new(), store, runtime }
    }

    /// The sandbox, started and chosen.
    pub fn on_sandbox() -> Self {
        let mut window = Self::open(Store::Works, Opening::Sandbox);
        window.until("the sandbox is chosen", |window| window.app().active_profile().is_some());
        window
    }

    /// What the keychain does from now on.
    pub fn set_store(&self, store: Store) {
        *self.store.lock().unwrap() = store;
    }

    /// A second server, whose key is not in the window yet.
    pub fn another_server(&self) -> Sandbox {
        self.runtime.block_on(Sandbox::start(Options::default())).unwrap()
    }

    /// Stops a server and waits until nothing listens any more.
    pub fn stop(&self, server: Sandbox) {
        self.runtime.block_on(server.stop());
    }

    /// One frame for each event that waits, and one for what follows; keeps what went to the clipboard.
    pub fn step(&mut self) {
        for _ in 0..2 {
            self.harness.step();
            for command in &self.harness.output().platform_output.commands {
                if let OutputCommand::CopyText(text) = command {
                    self.copied.push(text.clone());
                }
            }
        }
    }

    /// Whether a part of this role has exactly this name.
    pub fn has(&self, role: Role, name: &str) -> bool {
        self.harness.query_all(by().role(role).label(name)).next().is_some()
    }

    /// Whether a button of this name is there and cannot be pressed now.
    pub fn is_blocked(&self, button: &str) -> bool {
        self.harness.get_by_role_and_label(Role::Button, button).accesskit_node().is_disabled()
    }

    /// What stands in a text field.
    pub fn value(&self, field: &str) -> String {
        self.harness.get_by_role_and_label(Role::TextInput, field).value().unwrap_or_default()
    }

    /// The accessibility tree, with every property of every part.
    pub fn accessibility_tree(&self) -> String {
        let parts = self.harness.root().children_recursive();
        let parts: Vec<_> = parts.map(|part| part.accesskit_node().data().clone()).collect();
        format!("{parts:?}")
    }

    /// Types a SKU, presses Enter, and waits for its answer.
    #[track_caller]
    pub fn ask(&mut self, sku: &str) {
        let asked = |window: &Self| window.app().desk().and_then(|desk| desk.shown.as_ref()).map(|shown| shown.number);
        let before = asked(self);
        self.fill("SKU", sku);
        self.harness.key_press(egui::Key::Enter);
        self.until(sku, |window| asked(window) != before);
        self.step();
    }

    /// Types the key of a server into the form.
    #[track_caller]
    pub fn type_key(&mut self, name: &str, server: &Sandbox) {
        self.fill("Profile name", name);
        self.fill("Client ID", server.client_id());
        self.fill("Client secret", server.client_secret().expose_secret());
        if !self.has(Role::TextInput, "Token URL") {
            self.press("URLs and CA file");
        }
        self.fill("Token URL", server.token_url().as_str());
        self.fill("API URL", server.api_url().as_str());
    }

    /// Saves the key of a server as a new profile, and chooses it.
    #[track_caller]
    pub fn save_key_of(&mut self, name: &str, server: &Sandbox) {
        self.press("New");
        self.type_key(name, server);
        self.press("Save key");
        self.until_says("Saved in the system keychain.");
        self.step();
    }

    pub fn app(&self) -> &App {
        &self.harness.state().0
    }

    /// Draws frames until something is so; real HTTP goes on behind.
    #[track_caller]
    pub fn until(&mut self, what: &str, is_so: impl Fn(&Self) -> bool) {
        let end = Instant::now() + Duration::from_secs(20);
        loop {
            self.harness.step();
            if is_so(self) {
                return;
            }
            assert!(Instant::now() < end, "waited in vain until {what}");
            std::thread::sleep(Duration::from_millis(5));
        }
    }

    /// Whether any text or name on screen holds `words`.
    pub fn says(&self, words: &str) -> bool {
        self.harness
            .query_all(egui_kittest::kittest::by().predicate({
                let words = words.to_owned();
                move |node: &AccessKitNode<'_>| holds(node, &words)
            }))
            .next()
            .is_some()
    }

    #[track_caller]
    pub fn until_says(&mut self, words: &str) {
        self.until(words, |window| window.says(words));
    }

    pub fn press(&mut self, button: &str) {
        self.press_role(egui::accesskit::Role::Button, button);
    }

    pub fn press_role(&mut self, role: egui::accesskit::Role, name: &str) {
        self.harness.get_by_role_and_label(role, name).click();
        self.step();
    }

    /// Replaces what stands in a text field.
    pub fn fill(&mut self, field: &str, text: &str) {
        let role = if field == "Client secret" {
            egui::accesskit::Role::PasswordInput
        } else {
            egui::accesskit::Role::TextInput
        };
        self.harness.get_by_role_and_label(role, field).focus();
        self.harness.step();
        self.harness.key_press_modifiers(egui::Modifiers::COMMAND, egui::Key::A);
        self.harness.step();
        self.harness.get_by_role_and_label(role, field).type_text(text);
        self.harness.step();
        self.harness.step();
    }

    pub fn look_up(&mut self, sku: &str) {
        self.fill("SKU", sku);
        self.press("Look up");
    }
}

fn holds(node: &AccessKitNode<'_>, words: &str) -> bool {
    node.label().is_some_and(|text| text.contains(words)) || node.value().is_some_and(|text| text.contains(words))
}
