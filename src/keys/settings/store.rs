//! The settings file: reading it without losing anything, writing it without breaking it.
//!
//! Everything here blocks and belongs off the UI thread, except [`SettingsStore::prepare`]. It never overwrites a file that
//! it could not read: a damaged one is set aside, a newer one is left alone.
//!
//! Several programs may run at once. Each save takes a lock beside the file, reads the file again, and joins what it
//! finds there with its own changes ([`merge`](super::merge())), so that no window loses a profile added in another.

use std::fs::{self, File, TryLockError};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use jiff::Timestamp;

use super::rescue::{rescue, version_of};
use super::{Settings, VERSION, merge};

/// Environment variable that names another folder for the settings.
pub const CONFIG_DIR_VARIABLE: &str = "QUANTAPRICE_CONFIG_DIR";
/// Name of the settings file.
pub const FILE_NAME: &str = "settings.toml";

/// A save waits this long for another program's save.
const LOCK_PATIENCE: Duration = Duration::from_secs(5);
/// A start with a damaged file waits this long for it; it does so before the first frame.
const START_PATIENCE: Duration = Duration::from_millis(500);

/// What was read at the start.
#[derive(Debug)]
pub struct Loaded {
    /// The settings, as far as they could be read.
    pub settings: Settings,
    /// What the user must know about them.
    pub notice: Option<SettingsNotice>,
    /// Where to save them.
    pub store: SettingsStore,
}

/// What the user must know about the settings file, as a sentence with the next step.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SettingsNotice {
    /// The file was damaged.
    #[error("The settings were damaged. The old file is kept as {}; {rescued} profiles were taken over, {lost} could not be read. Secrets in the keychain are untouched.", kept_as.display())]
    Damaged {
        /// Where the damaged file is now.
        kept_as: PathBuf,
        /// Profiles that were read from it.
        rescued: usize,
        /// Profiles that were not.
        lost: usize,
    },
    /// The file was damaged and could not be set aside, so nothing is written over it.
    #[error("The settings in {} are damaged and could not be set aside. {rescued} profiles were read, {lost} could not be; changes are not saved. Move the file away and start again.", path.display())]
    DamagedInPlace {
        /// The file.
        path: PathBuf,
        /// Profiles that were read from it.
        rescued: usize,
        /// Profiles that were not.
        lost: usize,
    },
    /// A newer program wrote the file.
    #[error(
        "The settings were written by a newer version of this program. They were opened for reading; changes are not saved. Install the newer version to change them."
    )]
    Newer {
        /// The version of the file.
        version: i64,
    },
    /// The file is there but cannot be read.
    #[error("The settings in {} could not be read ({reason}); changes are not saved. Check who may read the file.", path.display())]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// The kind of failure.
        reason: io::ErrorKind,
    },
}

/// Why a save failed. The settings in memory are unharmed.
#[derive(Debug, thiserror::Error)]
pub enum SettingsError {
    /// The file was opened for reading only; the notice at the start said why.
    #[error("The settings were opened for reading only, so this change lasts until the program ends.")]
    ReadOnly,
    /// Another program has been saving for too long.
    #[error("Another Quantaprice Explorer is saving its settings. Close it or try again.")]
    InUse,
    /// The file could not be written.
    #[error("The settings could not be saved in {} ({reason}). Check the folder's permissions and the space left.", path.display(), reason = source.kind())]
    Write {
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// The settings cannot be expressed as TOML, which would be a fault of this program.
    #[error("The settings could not be written as TOML. Please report this.")]
    Encode(#[source] toml::ser::Error),
}

/// What a save did.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SaveOutcome {
    /// The file holds these settings now.
    Written,
    /// The file holds these settings joined with changes that another program had made.
    Joined,
    /// A later save had been written already, so there was nothing to do.
    Superseded,
}

/// The result of a save.
#[derive(Debug)]
pub struct Saved {
    /// What was done.
    pub outcome: SaveOutcome,
    /// What the user must know.
    pub notice: Option<SettingsNotice>,
    snapshot: Settings,
    on_disk: Settings,
}

impl Saved {
    /// Takes over what another program had changed; `current` keeps whatever was changed in it since the save began.
    pub fn adopt_into(&self, current: &mut Settings) {
        if self.outcome == SaveOutcome::Joined {
            // Compared as written, so that profiles for this run only count as mine and stay.
            let written = self.snapshot.writable(&self.on_disk);
            let mut theirs = self.on_disk.clone();
            for profile in &self.snapshot.profiles {
                if written.profile(&profile.id) != Some(profile) {
                    theirs.put(profile.clone());
                }
            }
            if self.snapshot.active != written.active {
                theirs.active.clone_from(&self.snapshot.active);
            }
            *current = merge(&self.snapshot, current, &theirs);
        }
    }
}

/// Where settings are saved. Cheap to clone.
#[derive(Debug, Clone)]
pub struct SettingsStore {
    shared: Arc<Shared>,
}

#[derive(Debug)]
struct Shared {
    path: PathBuf,
    read_only: bool,
    prepared: AtomicU64,
    // Held while a save runs, on the threads that save.
    last: Mutex<LastSeen>,
}

/// What was on disk when this program last looked.
#[derive(Debug)]
struct LastSeen {
    base: Settings,
    number: u64,
}

/// Settings as they were at one moment, on their way to the disk.
#[derive(Debug)]
pub struct PendingSave {
    shared: Arc<Shared>,
    number: u64,
    settings: Settings,
}

/// The settings file of this user, or of the folder that [`CONFIG_DIR_VARIABLE`] names. None if there is no home folder.
pub fn default_path(lookup: impl Fn(&str) -> Option<std::ffi::OsString>) -> Option<PathBuf> {
    if let Some(folder) = lookup(CONFIG_DIR_VARIABLE).filter(|folder| !folder.is_empty()) {
        return Some(Path::new(&folder).join(FILE_NAME));
    }
    let folders = directories::ProjectDirs::from("com", "Quantaprice", "Quantaprice-Explorer")?;
    Some(folders.config_dir().join(FILE_NAME))
}

impl SettingsStore {
    /// Reads the settings file. Always gives settings to work with; the notice says what is wrong with them.
    pub fn load(path: &Path, now: Timestamp) -> Loaded {
        // Set a link's target, not the link, so that a file kept elsewhere stays there.
        let path = fs::canonicalize(path).unwrap_or_else(|_| path.to_owned());
        let (settings, notice) = match read(&path) {
            content @ Content::Damaged(_) => in_turn(content, &path, now),
            // Whoever holds the lock may have set a damaged file aside and not yet written the next.
            Content::Missing if lock_of(&path).exists() => in_turn(Content::Missing, &path, now),
            content => told(content, &path, now),
        };
        let read_only = notice.as_ref().is_some_and(|notice| !matches!(notice, SettingsNotice::Damaged { .. }));
        let last = Mutex::new(LastSeen { base: settings.clone(), number: 0 });
        let shared = Arc::new(Shared { path, read_only, prepared: AtomicU64::new(0), last });
        Loaded { settings, notice, store: Self { shared } }
    }

    /// The settings file.
    pub fn path(&self) -> &Path {
        &self.shared.path
    }

    /// Whether saving is refused, as the notice at the start said.
    pub fn is_read_only(&self) -> bool {
        self.shared.read_only
    }

    /// Takes a picture of the settings, to be written elsewhere. Does not block. Pictures are numbered, so that saves
    /// which overtake each other on their threads leave the latest one on disk.
    pub fn prepare(&self, settings: &Settings) -> PendingSave {
        let number = self.shared.prepared.fetch_add(1, Ordering::SeqCst) + 1;
        PendingSave { shared: Arc::clone(&self.shared), number, settings: settings.clone() }
    }
}

impl PendingSave {
    /// Writes the settings, joined with what other programs changed meanwhile. Blocks.
    pub fn write(self, now: Timestamp) -> Result<Saved, SettingsError> {
        let Self { shared, number, settings: snapshot } = self;
        if shared.read_only {
            return Err(SettingsError::ReadOnly);
        }
        let path = &shared.path;
        let failed = |source: io::Error| SettingsError::Write { path: path.clone(), source };
        let mut last = shared.last.lock().unwrap_or_else(PoisonError::into_inner);
        if number < last.number {
            let on_disk = last.base.clone();
            return Ok(Saved { outcome: SaveOutcome::Superseded, notice: None, snapshot, on_disk });
        }

        if let Some(folder) = path.parent() {
            make_folder(folder).map_err(failed)?;
        }
        let _lock = lock(&lock_of(path), LOCK_PATIENCE).map_err(|error| match error {
            TryLockError::WouldBlock => SettingsError::InUse,
            TryLockError::Error(source) => failed(source),
        })?;
        let (theirs, notice) = match read(path) {
            // Deleted under our hands: the user wants it gone, or moved; what is known here is written anew.
            Content::Missing => (last.base.clone(), None),
            Content::Good(theirs) => (theirs, None),
            Content::Newer(..) => return Err(SettingsError::ReadOnly),
            Content::Unreadable(reason) => return Err(failed(reason.into())),
            Content::Damaged(text) => match set_aside(path, &text, now) {
                (_, notice @ SettingsNotice::Damaged { .. }) => (last.base.clone(), Some(notice)),
                _ => return Err(SettingsError::ReadOnly),
            },
        };
        let joined = merge(&last.base, &snapshot.writable(&last.base), &theirs);
        let outcome = if theirs == last.base { SaveOutcome::Written } else { SaveOutcome::Joined };
        write(path, &joined)?;
        *last = LastSeen { base: joined.clone(), number };
        Ok(Saved { outcome, notice, snapshot, on_disk: joined })
    }
}

enum Content {
    Missing,
    Good(Settings),
    Newer(Settings, i64),
    Damaged(String),
    Unreadable(io::ErrorKind),
}

fn read(path: &Path) -> Content {
    let bytes = match fs::read(path) {
        Ok(bytes) => bytes,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Content::Missing,
        Err(error) => return Content::Unreadable(error.kind()),
    };
    let Ok(text) = std::str::from_utf8(&bytes) else {
        return Content::Damaged(String::from_utf8_lossy(&bytes).into_owned());
    };
    if let Some(version) = version_of(text).filter(|version| *version > i64::from(VERSION)) {
        return Content::Newer(rescue(text).settings, version);
    }
    match toml::from_str::<Settings>(text) {
        Ok(settings) => Content::Good(settings.tidy()),
        Err(_) => Content::Damaged(text.to_owned()),
    }
}

/// The settings in what was read, and what is to be said of them. A damaged file is set aside, so that the lock must be held
/// for one.
fn told(content: Content, path: &Path, now: Timestamp) -> (Settings, Option<SettingsNotice>) {
    match content {
        Content::Missing => (Settings::default(), None),
        Content::Good(settings) => (settings, None),
        Content::Newer(settings, version) => (settings, Some(SettingsNotice::Newer { version })),
        Content::Unreadable(reason) => {
            (Settings::default(), Some(SettingsNotice::Unreadable { path: path.to_owned(), reason }))
        }
        Content::Damaged(text) => {
            let (settings, notice) = set_aside(path, &text, now);
            if let SettingsNotice::Damaged { .. } = notice
                && let Err(error) = write(path, &settings)
            {
                // The rescued profiles are in memory and in the file set aside; the next save tries again.
                tracing::warn!(%error, "rescued settings could not be written yet");
            }
            (settings, Some(notice))
        }
    }
}

/// What [`told`] says when no other program is at the file, which may be setting it aside or saving.
fn in_turn(seen: Content, path: &Path, now: Timestamp) -> (Settings, Option<SettingsNotice>) {
    match (lock(&lock_of(path), START_PATIENCE), seen) {
        // Read again: whoever had the lock may have mended it.
        (Ok(_lock), _) => told(read(path), path, now),
        (Err(_), Content::Damaged(text)) => {
            let found = rescue(&text);
            let (rescued, lost) = (found.settings.profiles.len(), found.lost);
            (found.settings, Some(SettingsNotice::DamagedInPlace { path: path.to_owned(), rescued, lost }))
        }
        (Err(_), readable) => told(readable, path, now),
    }
}

/// The file whose lock saves share.
fn lock_of(path: &Path) -> PathBuf {
    path.with_extension("lock")
}

/// Renames a damaged file and reads from its text what can be read.
fn set_aside(path: &Path, text: &str, now: Timestamp) -> (Settings, SettingsNotice) {
    let found = rescue(text);
    let (rescued, lost) = (found.settings.profiles.len(), found.lost);
    let stamp = now.strftime("%Y%m%dT%H%M%SZ");
    let free = (0..100).map(|n| match n {
        0 => path.with_file_name(format!("settings.damaged-{stamp}.toml")),
        _ => path.with_file_name(format!("settings.damaged-{stamp}-{n}.toml")),
    });
    let kept_as = free.into_iter().find(|name| !name.exists());
    let notice = match kept_as {
        Some(kept_as) if fs::rename(path, &kept_as).is_ok() => SettingsNotice::Damaged { kept_as, rescued, lost },
        _ => SettingsNotice::DamagedInPlace { path: path.to_owned(), rescued, lost },
    };
    (found.settings, notice)
}

/// Writes beside the file, forces it to the disk, and renames it: whoever reads sees the old file or the new one.
fn write(path: &Path, settings: &Settings) -> Result<(), SettingsError> {
    let text = toml::to_string_pretty(settings).map_err(SettingsError::Encode)?;
    let failed = |source: io::Error| SettingsError::Write { path: path.to_owned(), source };
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    // Readable by its owner only (0600), which is how `tempfile` makes files on Unix.
    let mut file = tempfile::NamedTempFile::with_prefix_in(".settings-", folder).map_err(failed)?;
    file.write_all(b"# Quantaprice Explorer. Secrets are in the keychain of this computer, not here.\n")
        .map_err(failed)?;
    file.write_all(text.as_bytes()).map_err(failed)?;
    file.as_file().sync_all().map_err(failed)?;
    file.persist(path).map_err(|error| failed(error.error))?;
    #[cfg(unix)]
    if let Ok(folder) = File::open(folder) {
        // The rename survives a power cut only when the folder is on disk too; some file systems refuse, and it is no loss then.
        _ = folder.sync_all();
    }
    Ok(())
}

fn make_folder(folder: &Path) -> io::Result<()> {
    let mut builder = fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(folder)
}

/// Takes the lock that saves share. It ends when the file is closed, also when the program is killed.
fn lock(path: &Path, patience: Duration) -> Result<Option<File>, TryLockError> {
    let file = File::options().create(true).truncate(false).write(true).open(path).map_err(TryLockError::Error)?;
    let end = Instant::now() + patience;
    loop {
        match file.try_lock() {
            Ok(()) => return Ok(Some(file)),
            // Some network file systems know no locks; two windows at once are rare enough to go without.
            Err(TryLockError::Error(error)) if error.kind() == io::ErrorKind::Unsupported => return Ok(None),
            Err(TryLockError::WouldBlock) if Instant::now() < end => std::thread::sleep(Duration::from_millis(20)),
            Err(error) => return Err(error),
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use tempfile::TempDir;

    use super::*;
    use crate::keys::profile::tests::{at, profile};
    use crate::keys::settings::tests::in_memory;
    use crate::keys::settings::{HistoryChoice, Keeping, ThemeChoice};

    fn now() -> Timestamp {
        at("2026-11-24T10:11:12Z")
    }

    fn place() -> (TempDir, PathBuf) {
        let folder = tempfile::tempdir().unwrap();
        // The folder for temporary files may be a link, as on macOS, and a notice names the place behind it.
        let path = fs::canonicalize(folder.path()).unwrap().join("new folder").join(FILE_NAME);
        (folder, path)
    }

    fn save(store: &SettingsStore, settings: &Settings) -> Saved {
        store.prepare(settings).write(now()).unwrap()
    }

    fn names(settings: &Settings) -> Vec<&str> {
        settings.profiles.iter().map(|profile| profile.name.as_str()).collect()
    }

    #[test]
    fn settings_survive_a_restart() {
        let (_folder, path) = place();
        let Loaded { mut settings, notice, store } = SettingsStore::load(&path, now());
        assert_eq!((settings.clone(), notice), (Settings::default(), None));
        settings.put(profile("Acme “Ä”"));
        settings.active = Some(settings.profiles[0].id.clone());
        settings.theme = ThemeChoice::Light;
        settings.history = HistoryChoice { keep: Keeping::ThisRun, limit_mb: 2000 };
        settings.profiles[0].remember_sku("00 7 🦀");
        assert_eq!(save(&store, &settings).outcome, SaveOutcome::Written);
        let again = SettingsStore::load(&path, now());
        assert_eq!((again.settings, again.notice), (settings, None));
    }

    #[cfg(unix)]
    #[test]
    fn the_file_is_its_owners_alone_and_nothing_is_left_beside_it() {
        use std::os::unix::fs::PermissionsExt as _;
        let (_folder, path) = place();
        let loaded = SettingsStore::load(&path, now());
        save(&loaded.store, &loaded.settings);
        assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
        assert_eq!(fs::metadata(path.parent().unwrap()).unwrap().permissions().mode() & 0o777, 0o700);
        let mut beside: Vec<_> =
            fs::read_dir(path.parent().unwrap()).unwrap().map(|entry| entry.unwrap().file_name()).collect();
        beside.sort();
        assert_eq!(beside, ["settings.lock", "settings.toml"]);
    }

    #[test]
    fn k1_profiles_for_this_run_never_reach_the_file() {
        let (_folder, path) = place();
        let Loaded { mut settings, store, .. } = SettingsStore::load(&path, now());
        settings.put(in_memory("this run"));
        settings.active = Some(settings.profiles[0].id.clone());
        save(&store, &settings);
        let text = fs::read_to_string(&path).unwrap();
        assert!(!text.contains("this run") && !text.contains(settings.profiles[0].id.as_str()), "{text}");
    }

    #[test]
    fn a_damaged_file_is_set_aside_and_its_readable_profiles_are_taken_over() {
        let (_folder, path) = place();
        let Loaded { mut settings, store, .. } = SettingsStore::load(&path, now());
        settings.put(profile("a"));
        settings.put(profile("b"));
        save(&store, &settings);
        let damaged = fs::read_to_string(&path).unwrap().replace("name = \"b\"", "name = ");
        fs::write(&path, &damaged).unwrap();

        let loaded = SettingsStore::load(&path, now());
        let kept_as = path.with_file_name("settings.damaged-20261124T101112Z.toml");
        assert_eq!(loaded.notice, Some(SettingsNotice::Damaged { kept_as: kept_as.clone(), rescued: 1, lost: 1 }));
        assert_eq!(names(&loaded.settings), ["a"]);
        assert_eq!(fs::read_to_string(kept_as).unwrap(), damaged);
        assert!(!loaded.store.is_read_only());
        let again = SettingsStore::load(&path, now());
        assert_eq!((names(&again.settings), again.notice), (vec!["a"], None), "what was rescued is on disk already");
    }

    /// A file of which one profile can still be read.
    fn damaged_file() -> (TempDir, PathBuf) {
        let (folder, path) = place();
        let Loaded { mut settings, store, .. } = SettingsStore::load(&path, now());
        settings.put(profile("a"));
        settings.put(profile("b"));
        save(&store, &settings);
        let damaged = fs::read_to_string(&path).unwrap().replace("name = \"b\"", "name = ");
        fs::write(&path, damaged).unwrap();
        (folder, path)
    }

    fn set_aside_beside(path: &Path) -> usize {
        let beside = fs::read_dir(path.parent().unwrap()).unwrap();
        beside.filter(|name| name.as_ref().unwrap().file_name().to_string_lossy().contains("damaged")).count()
    }

    #[test]
    fn a_damaged_file_that_another_program_is_at_is_left_where_it_is() {
        let (_folder, path) = damaged_file();
        let damaged = fs::read_to_string(&path).unwrap();
        let held = lock(&lock_of(&path), Duration::ZERO).unwrap();
        let loaded = SettingsStore::load(&path, now());
        assert!(matches!(loaded.notice, Some(SettingsNotice::DamagedInPlace { rescued: 1, lost: 1, .. })));
        assert_eq!((names(&loaded.settings), loaded.store.is_read_only()), (vec!["a"], true));
        assert_eq!((fs::read_to_string(&path).unwrap(), set_aside_beside(&path)), (damaged, 0));
        drop(held);
    }

    #[test]
    fn many_windows_that_find_a_damaged_file_set_it_aside_once() {
        let (_folder, path) = damaged_file();
        std::thread::scope(|scope| {
            for _ in 0..8 {
                scope.spawn(|| assert_eq!(names(&SettingsStore::load(&path, now()).settings), ["a"]));
            }
        });
        assert_eq!(set_aside_beside(&path), 1);
        assert_eq!(names(&SettingsStore::load(&path, now()).settings), ["a"], "what was rescued is there");
    }

    #[test]
    fn two_damaged_files_of_one_second_are_both_kept() {
        let (_folder, path) = place();
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        for n in 0..2 {
            fs::write(&path, [b'x', 0xff, b'0' + n]).unwrap();
            SettingsStore::load(&path, now());
        }
        assert_eq!(set_aside_beside(&path), 2);
    }

    #[test]
    fn a_newer_file_is_read_and_never_written() {
        let (_folder, path) = place();
        let Loaded { mut settings, store, .. } = SettingsStore::load(&path, now());
        settings.put(profile("a"));
        save(&store, &settings);
        let newer = fs::read_to_string(&path).unwrap().replace("version = 1", "version = 2\nnovelty = true");
        fs::write(&path, &newer).unwrap();

        let loaded = SettingsStore::load(&path, now());
        assert_eq!(loaded.notice, Some(SettingsNotice::Newer { version: 2 }));
        assert_eq!(names(&loaded.settings), ["a"]);
        let error = loaded.store.prepare(&loaded.settings).write(now()).unwrap_err();
        assert!(matches!(error, SettingsError::ReadOnly));
        // The window that was open while the newer program wrote must not overwrite it either.
        assert!(matches!(store.prepare(&settings).write(now()).unwrap_err(), SettingsError::ReadOnly));
        assert_eq!(fs::read_to_string(&path).unwrap(), newer);
    }

    #[test]
    fn a_file_that_cannot_be_read_is_left_alone() {
        let (_folder, path) = place();
        fs::create_dir_all(&path).unwrap();
        let loaded = SettingsStore::load(&path, now());
        assert!(matches!(loaded.notice, Some(SettingsNotice::Unreadable { .. })));
        assert!(loaded.store.is_read_only() && path.is_dir());
    }

    #[test]
    fn two_windows_lose_nothing_of_each_other() {
        let (_folder, path) = place();
        let first = SettingsStore::load(&path, now());
        let second = SettingsStore::load(&path, now());
        let (mut one, mut two) = (first.settings, second.settings);
        one.put(profile("of the first"));
        save(&first.store, &one);
        two.put(profile("of the second"));
        two.put(in_memory("this run"));
        two.active = Some(two.profiles[1].id.clone());
        let saved = save(&second.store, &two);
        assert_eq!(saved.outcome, SaveOutcome::Joined);
        // The user goes on while the save runs.
        two.theme = ThemeChoice::Dark;
        saved.adopt_into(&mut two);
        assert_eq!(names(&two), ["of the second", "this run", "of the first"]);
        assert_eq!((two.theme, &two.active), (ThemeChoice::Dark, &Some(two.profiles[1].id.clone())));
        assert_eq!(names(&SettingsStore::load(&path, now()).settings), ["of the second", "of the first"]);

        // A deletion in one window is not undone by the other.
        let gone = two.profiles[2].id.clone();
        two.remove(&gone);
        save(&second.store, &two);
        one.theme = ThemeChoice::Light;
        let saved = save(&first.store, &one);
        saved.adopt_into(&mut one);
        assert_eq!(names(&one), ["of the second"]);
    }

    #[test]
    fn a_save_that_was_overtaken_does_not_undo_the_later_one() {
        let (_folder, path) = place();
        let Loaded { mut settings, store, .. } = SettingsStore::load(&path, now());
        let early = store.prepare(&settings);
        settings.put(profile("late"));
        save(&store, &settings);
        assert_eq!(early.write(now()).unwrap().outcome, SaveOutcome::Superseded);
        assert_eq!(names(&SettingsStore::load(&path, now()).settings), ["late"]);
    }

    #[test]
    fn many_windows_saving_at_once_all_get_through() {
        let (_folder, path) = place();
        std::thread::scope(|scope| {
            for n in 0..8 {
                let path = &path;
                scope.spawn(move || {
                    let Loaded { mut settings, store, .. } = SettingsStore::load(path, now());
                    settings.put(profile(&n.to_string()));
                    save(&store, &settings);
                });
            }
        });
        assert_eq!(SettingsStore::load(&path, now()).settings.profiles.len(), 8);
    }

    #[test]
    fn the_folder_can_be_named_by_the_environment() {
        let path = default_path(|name| (name == CONFIG_DIR_VARIABLE).then(|| "/somewhere".into())).unwrap();
        assert_eq!(path, Path::new("/somewhere").join("settings.toml"));
        assert!(default_path(|_| None).is_none_or(|path| path.ends_with(FILE_NAME)));
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]
        #[test]
        fn any_text_survives_the_round_trip(name in ".*", skus in proptest::collection::vec(".*", 0..4), ca in ".+", seconds in 0..4_000_000_000_i64) {
            let mut settings = Settings::default();
            let mut one = profile(&name);
            one.ca_file = Some(ca.into());
            one.last_used = Timestamp::from_second(seconds).ok();
            for sku in &skus {
                one.remember_sku(sku);
            }
            settings.put(one);
            let text = toml::to_string_pretty(&settings).unwrap();
            prop_assert_eq!(toml::from_str::<Settings>(&text).unwrap(), settings);
        }

        #[test]
        fn no_text_makes_a_load_crash(text in ".*") {
            rescue(&text);
            version_of(&text);
        }
    }
}
