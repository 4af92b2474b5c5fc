//! The support bundle of the window: gathered in a task, looked at, then written. Nothing of it is kept when the preview closes.

use std::collections::HashMap;
use std::path::PathBuf;
use std::sync::Arc;

use jiff::Timestamp;
use jiff::tz::TimeZone;
use serde_json::{Value, json};

use super::App;
use crate::bundle::{self, Bundle, BundleError, Held, HeldKind, Keychain, Material, Platform};
use crate::connection::certificate;
use crate::explorer::Explorer;
use crate::http::host_of;
use crate::http::proxy;
use crate::keys::keychain::STORE_NAME;
use crate::keys::{KeychainError, Profile};
use crate::task::Task;
use crate::whole_file::Existing;

/// What is longer than this in the client ID's field is no client ID (vendor page "Authentication").
const LONGEST_CLIENT_ID: usize = 24;

/// The bundle that is being looked at.
#[derive(Default)]
pub struct Export {
    gather: Task<Result<Prepared, BundleError>>,
    save: Task<Option<Result<PathBuf, BundleError>>>,
    pub prepared: Option<Prepared>,
    /// What went wrong, and what to do.
    pub problem: Option<(String, String)>,
    /// Where it was written.
    pub saved: Option<PathBuf>,
    /// Counts up with every bundle, so that views know one from the next.
    pub number: u64,
}

/// A bundle in which no secret was found.
#[derive(Clone)]
pub struct Prepared {
    pub bundle: Arc<Bundle>,
    /// A path for it that this user can probably write to.
    pub suggested: PathBuf,
}

impl Export {
    pub fn is_gathering(&self) -> bool {
        self.gather.is_running()
    }

    /// Whether the file dialog is open or the file is being written.
    pub fn is_saving(&self) -> bool {
        self.save.is_running()
    }

    /// Lets go of everything.
    pub(super) fn close(&mut self) {
        *self = Self { number: self.number, ..Self::default() };
    }

    pub(super) fn poll(&mut self) {
        match self.gather.take() {
            None => {}
            Some(Ok(Ok(prepared))) => {
                self.number += 1;
                self.prepared = Some(prepared);
            }
            Some(Ok(Err(error))) => self.fail(&error),
            Some(Err(broken)) => self.problem = Some((broken.to_string(), String::new())),
        }
        match self.save.take() {
            None => {}
            // The dialog was cancelled, or there is none on this system; the two look alike from here.
            Some(Ok(None)) => {
                let hint = "If no dialog opened on this system, type a path and press “Save here”.";
                self.problem = Some(("Nothing was saved.".into(), hint.into()));
            }
            Some(Ok(Some(Ok(path)))) => {
                self.problem = None;
                self.saved = Some(path);
            }
            Some(Ok(Some(Err(error)))) => self.fail(&error),
            Some(Err(broken)) => self.problem = Some((broken.to_string(), String::new())),
        }
    }

    fn fail(&mut self, error: &BundleError) {
        if matches!(error, BundleError::Secret(_)) {
            // What holds a secret is not shown either.
            self.prepared = None;
        }
        self.saved = None;
        self.problem = Some((error.to_string(), error.hint().to_owned()));
    }
}

impl App {
    /// Gathers the facts that a frame has at hand, and leaves the rest to a task.
    pub(super) fn gather_bundle(&mut self) {
        self.export.close();
        let now = Timestamp::now();
        let profile = self.active_profile().cloned();
        let at_hand = AtHand {
            now,
            settings: self.settings.clone(),
            status: profile.as_ref().and_then(|profile| self.explorer.status(profile)),
            around: profile.as_ref().map_or_else(Default::default, |profile| self.explorer.around_profile(profile)),
            events: self.explorer.activity.snapshot(),
            check: profile.as_ref().and_then(|profile| self.connection.of(&profile.id)).cloned(),
            keychain: keychain(self.keychain_state.as_ref()),
            clock: profile.as_ref().map_or(Value::Null, |profile| clock(&self.explorer, profile, now)),
            profile,
        };
        let held = self.held();
        let runtime = self.spawner.runtime().clone();
        self.export.gather.start(&self.spawner, async move {
            let gathered = runtime.spawn_blocking(move || gather(at_hand, &held)).await;
            gathered.unwrap_or_else(|panicked| std::panic::resume_unwind(panicked.into_panic()))
        });
    }

    /// Asks where to, in the system's dialog, and writes.
    pub(super) fn save_bundle(&mut self) {
        let Some(prepared) = self.export.prepared.clone() else { return };
        // The dialog is made here, on the main thread, as macOS wants it, and awaited in the task.
        let mut dialog = rfd::AsyncFileDialog::new().set_title("Save the support bundle").add_filter("Zip", &["zip"]);
        if let (Some(folder), Some(name)) = (prepared.suggested.parent(), prepared.suggested.file_name()) {
            dialog = dialog.set_directory(folder).set_file_name(name.to_string_lossy());
        }
        let answer = dialog.save_file();
        let to = async move { Some(answer.await?.path().to_path_buf()) };
        self.write_bundle(prepared, to, Existing::Replace);
    }

    /// Writes to a typed path.
    pub(super) fn save_bundle_as(&mut self, path: &str) {
        let Some(prepared) = self.export.prepared.clone() else { return };
        let path = PathBuf::from(path.trim());
        self.write_bundle(prepared, std::future::ready(Some(path)), Existing::Keep);
    }

    fn write_bundle(
        &mut self,
        prepared: Prepared,
        to: impl Future<Output = Option<PathBuf>> + Send + 'static,
        existing: Existing,
    ) {
        self.export.problem = None;
        self.export.saved = None;
        let held = self.held();
        let runtime = self.spawner.runtime().clone();
        self.export.save.start(&self.spawner, async move {
            let path = to.await?;
            let written = runtime
                .spawn_blocking(move || bundle::write::write(&prepared.bundle, &held, &path, existing).map(|()| path));
            Some(written.await.unwrap_or_else(|panicked| std::panic::resume_unwind(panicked.into_panic())))
        });
    }

    /// Whatever is secret in this process, for the search.
    fn held(&self) -> Held {
        let name = |profile: &Profile| (profile.id.as_str().to_owned(), profile.name.clone());
        let names: HashMap<_, _> = self.profiles().iter().map(name).collect();
        let mut held = Held::of(self.explorer.cache.clone(), names);
        for (id, secret) in &self.memory {
            let profile = self.settings.profile(id).map_or_else(String::new, |profile| profile.name.clone());
            held.add(HeldKind::ClientSecret { profile }, secret.clone());
        }
        if let Some(unwritten) = &self.unwritten {
            for secret in unwritten.secret.iter().chain(&unwritten.earlier) {
                held.add(HeldKind::ClientSecret { profile: unwritten.profile.name.clone() }, secret.clone());
            }
        }
        for form in std::iter::once(&self.form).chain(&self.put_by) {
            held.add(HeldKind::Typed, form.draft.client_secret.trim().into());
            // People mix the halves up; a client ID itself is no secret, and is in the claims.
            let id = form.draft.client_id.trim();
            if id.len() > LONGEST_CLIENT_ID {
                held.add(HeldKind::Typed, id.into());
            }
        }
        if let Some(secret) = self.environment.as_ref().and_then(|imported| imported.client_secret.as_ref()) {
            held.add(HeldKind::Environment, secret.as_str().into());
        }
        held
    }
}

/// What is known without asking the system.
struct AtHand {
    now: Timestamp,
    settings: crate::keys::Settings,
    profile: Option<Profile>,
    status: Option<crate::token::Status>,
    around: crate::verdict::Around,
    events: crate::activity::Snapshot,
    check: Option<crate::connection::Check>,
    keychain: Keychain,
    clock: Value,
}

fn keychain(state: Option<&Result<(), KeychainError>>) -> Keychain {
    let answer = state.map(|answer| answer.clone().map_err(|error| error.to_string()));
    Keychain { kind: STORE_NAME, answer }
}

/// What is known of the clocks of the profile's hosts: how far each is ahead of this PC, within bounds.
fn clock(explorer: &Explorer, profile: &Profile, now: Timestamp) -> Value {
    let of = |url: &url::Url| {
        explorer.http.clock_of(url).offset().map(|offset| {
            let bounds = [offset.least().as_secs_f64(), offset.most().as_secs_f64()];
            json!({"server_ahead_seconds": bounds, "in_words": format!("This PC's clock is {}.", offset.in_words())})
        })
    };
    json!({"this_pc": now, "token_endpoint": of(&profile.token_url), "api": of(&profile.api_url)})
}

fn gather(at_hand: AtHand, held: &Held) -> Result<Prepared, BundleError> {
    let AtHand { now, settings, profile, status, around, events, check, keychain, clock } = at_hand;
    let folders = directories::UserDirs::new();
    let home = folders.as_ref().map(|folders| folders.home_dir().to_path_buf());
    let mut urls: Vec<_> = profile.iter().flat_map(|profile| [&profile.token_url, &profile.api_url]).collect();
    urls.dedup_by_key(|url| host_of(url));
    let routes = urls.into_iter().map(|url| (host_of(url), proxy::route(url))).collect();
    let ca_file = profile.as_ref().and_then(|profile| profile.ca_file.as_ref()).map(|path| certificate::in_file(path));
    let platform = Platform::read();
    // As `rustls-native-certs` looks for them.
    let other_store = ["SSL_CERT_FILE", "SSL_CERT_DIR"]
        .into_iter()
        .find_map(|name| Some((name.to_owned(), PathBuf::from(std::env::var_os(name)?))));
    let material = Material {
        now,
        platform,
        settings,
        profile,
        status,
        around,
        events,
        check,
        keychain,
        routes,
        ca_file,
        other_store,
        home: home.clone(),
        clock,
    };
    let bundle = Bundle::of(&material);
    if let Some(find) = bundle::scan::scan(&bundle.files, held) {
        return Err(BundleError::Secret(find));
    }
    let documents = folders.as_ref().and_then(|folders| folders.document_dir().map(std::path::Path::to_path_buf));
    let folder = documents.filter(|folder| folder.is_dir()).or(home).unwrap_or_else(std::env::temp_dir);
    let suggested = folder.join(bundle::file_name(now, TimeZone::system()));
    Ok(Prepared { bundle: Arc::new(bundle), suggested })
}
