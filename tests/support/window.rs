//! The whole window in a test: the real app over real HTTP, with a keychain that does what the test says.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use egui_kittest::Harness;
use egui_kittest::kittest::{AccessKitNode, Queryable};
use quantaprice_explorer::app::{App, Opening, Start};
use quantaprice_explorer::explorer::Explorer;
use quantaprice_explorer::keys::keychain::{Backend, Keychain, KeychainError, Removed};
use quantaprice_explorer::keys::{Settings, SettingsStore};
use quantaprice_explorer::task::Spawner;
use quantaprice_explorer::ui::shell::{self, Views};
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
}

struct Fake {
    store: Store,
    secrets: Arc<Mutex<HashMap<String, String>>>,
}

impl Fake {
    fn answer(&self) -> Result<(), KeychainError> {
        match self.store {
            Store::Works => Ok(()),
            Store::Absent => Err(KeychainError::NoStore { reason: "nobody answers".into() }),
            Store::Locked => Err(KeychainError::Locked),
            Store::Denied => Err(KeychainError::Denied),
            Store::Hangs => {
                std::thread::sleep(Duration::from_hours(1));
                Ok(())
            }
        }
    }
}

impl Backend for Fake {
    fn read(&mut self, id: &str) -> Result<Zeroizing<String>, KeychainError> {
        self.answer()?;
        self.secrets.lock().unwrap().get(id).map(|secret| Zeroizing::new(secret.clone())).ok_or(KeychainError::NotFound)
    }
    fn write(&mut self, id: &str, secret: &str) -> Result<(), KeychainError> {
        self.answer()?;
        self.secrets.lock().unwrap().insert(id.to_owned(), secret.to_owned());
        Ok(())
    }
    fn delete(&mut self, id: &str) -> Result<Removed, KeychainError> {
        self.answer()?;
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
    _runtime: tokio::runtime::Runtime,
}

impl Window {
    pub fn open(store: Store, opening: Opening) -> Self {
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
        let folder = tempfile::tempdir().unwrap();
        let loaded = SettingsStore::load(&folder.path().join("settings.toml"), jiff::Timestamp::now());
        let secrets = Arc::new(Mutex::new(HashMap::new()));
        let for_backend = Arc::clone(&secrets);
        let app = App::new(Start {
            spawner: Spawner::new(runtime.handle().clone(), || {}),
            explorer: Explorer::new(|| {}),
            keychain: Keychain::with_backend(move || {
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
        Self { harness, secrets, folder, _runtime: runtime }
    }

    /// The sandbox, started and chosen.
    pub fn on_sandbox() -> Self {
        let mut window = Self::open(Store::Works, Opening::Sandbox);
        window.until("the sandbox is chosen", |window| window.app().active_profile().is_some());
        window
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
        self.harness.step();
        self.harness.step();
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
