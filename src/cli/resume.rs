//! The file that `--resume` names: the answers of an earlier run that was cut off, and the end where new ones are added.
//!
//! Owns what counts as a whole answer. A last line that the end of the program cut in two is cut off; anything else that is no
//! answer is somebody else's file, and is left as it is. Two programs never write to the same file at once. What is written
//! survives the end of the program at once, and a power cut after some seconds.

use std::fs::{File, OpenOptions, TryLockError};
use std::io::{self, BufRead, BufReader, Read, Seek, SeekFrom, Take, Write};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, mpsc};
use std::thread::JoinHandle;
use std::time::Duration;

use serde::Deserialize;

use super::input::{Compared, InputError};
use crate::prices::Outcome;

/// How each answer begins.
const BEGINNING: &[u8] = br#"{"sku":""#;
/// So much is read at a time to find the last line's beginning, in bytes.
const BLOCK: u64 = 64 * 1024;
/// What was written is on the disk after so long at most, and no power cut takes more than that.
const SYNC_EVERY: Duration = Duration::from_secs(3);

/// Why a file cannot be gone on with.
#[derive(Debug, thiserror::Error)]
pub enum ResumeError {
    #[error("The file {} for the answers could not be opened: {source}. Name one that you may write to.", path.display())]
    NotOpened { path: PathBuf, source: io::Error },
    #[error("Another program is writing to {} now: wait for it to end, or name another file.", path.display())]
    InUse { path: PathBuf },
    #[error("{} holds something else than answers of this program, so it is not touched: name another file.", path.display())]
    NotOurs { path: PathBuf },
    #[error("{} is not a file that answers can be added to: name another one.", path.display())]
    NoFile { path: PathBuf },
}

/// The file of an earlier run, locked, not changed yet.
pub struct Earlier {
    path: PathBuf,
    file: File,
    /// The bytes of its whole answers.
    whole: u64,
    /// How many of the answers that were compared had failed.
    failed: Arc<AtomicU64>,
}

impl Earlier {
    /// Opens a file of answers, or makes an empty one.
    ///
    /// # Errors
    /// When it cannot be opened, is in use, or is clearly no file of answers.
    pub fn open(path: &Path) -> Result<Self, ResumeError> {
        let at = || path.to_path_buf();
        let not_opened = |source| ResumeError::NotOpened { path: at(), source };
        if path.is_dir() {
            return Err(ResumeError::NoFile { path: at() });
        }
        let mut file =
            OpenOptions::new().read(true).write(true).create(true).truncate(false).open(path).map_err(not_opened)?;
        if !file.metadata().map_err(not_opened)?.is_file() {
            return Err(ResumeError::NoFile { path: at() });
        }
        match file.try_lock() {
            Err(TryLockError::WouldBlock) => return Err(ResumeError::InUse { path: at() }),
            // A file system that knows no locks is used without.
            Ok(()) | Err(TryLockError::Error(_)) => {}
        }
        let size = file.metadata().map_err(not_opened)?.len();
        let whole = end_of_whole_lines(&mut file, size).map_err(not_opened)?;
        let is_ours = (whole == 0 || begins_with_answer(&mut file).map_err(not_opened)?)
            && (size == whole || is_broken_answer(&mut file, whole).map_err(not_opened)?);
        if !is_ours {
            return Err(ResumeError::NotOurs { path: at() });
        }
        Ok(Self { path: at(), file, whole, failed: Arc::default() })
    }

    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Whether it holds no whole answer.
    pub fn is_empty(&self) -> bool {
        self.whole == 0
    }

    /// The SKUs that are answered, in their order.
    ///
    /// # Errors
    /// When the file cannot be read from its beginning.
    pub fn answers(&self) -> Result<Answers, ResumeError> {
        let not_opened = |source| ResumeError::NotOpened { path: self.path.clone(), source };
        // Where locks are mandatory, a file that is opened a second time cannot be read.
        let mut file = self.file.try_clone().map_err(not_opened)?;
        file.rewind().map_err(not_opened)?;
        Ok(Answers {
            path: self.path.clone(),
            lines: BufReader::with_capacity(BLOCK as usize, file.take(self.whole)),
            line: Vec::new(),
            number: 0,
            failed: Arc::clone(&self.failed),
        })
    }

    /// How many of the answers that were read had failed.
    pub fn failed(&self) -> u64 {
        self.failed.load(Ordering::Acquire)
    }

    /// Cuts a broken last line off; what is written from now on follows the whole answers. Every write goes to the system at
    /// once, so that it survives the death of this program.
    ///
    /// # Errors
    /// What the system says.
    pub fn go_on(mut self) -> io::Result<impl Write + Send + 'static> {
        self.file.set_len(self.whole)?;
        self.file.seek(SeekFrom::Start(self.whole))?;
        Synced::of(self.file)
    }
}

/// A file whose bytes are sent on to the disk every [`SYNC_EVERY`], and when it is dropped. On a thread of its own: a disk can take
/// longer for that than many rows take.
struct Synced {
    file: File,
    has_more: Arc<AtomicBool>,
    /// Dropped to have the thread end.
    lives: Option<mpsc::Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

impl Synced {
    fn of(file: File) -> io::Result<Self> {
        let (lives, end) = mpsc::channel::<()>();
        let has_more = Arc::new(AtomicBool::new(false));
        let (disk, written) = (file.try_clone()?, Arc::clone(&has_more));
        let thread = std::thread::Builder::new().spawn(move || {
            loop {
                let has_ended = end.recv_timeout(SYNC_EVERY) != Err(mpsc::RecvTimeoutError::Timeout);
                if written.swap(false, Ordering::AcqRel) {
                    // A disk that fails says so to the next write as well.
                    _ = disk.sync_data();
                }
                if has_ended {
                    return;
                }
            }
        })?;
        Ok(Self { file, has_more, lives: Some(lives), thread: Some(thread) })
    }
}

impl Write for Synced {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let length = self.file.write(bytes)?;
        self.has_more.store(true, Ordering::Release);
        Ok(length)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.file.flush()
    }
}

impl Drop for Synced {
    fn drop(&mut self) {
        self.lives = None;
        if let Some(thread) = self.thread.take() {
            // It does not panic.
            _ = thread.join();
        }
    }
}

/// Whether the first line begins as an answer does. The others are looked at when they are compared.
fn begins_with_answer(file: &mut File) -> io::Result<bool> {
    file.rewind()?;
    let mut beginning = Vec::new();
    file.take(BEGINNING.len() as u64).read_to_end(&mut beginning)?;
    Ok(beginning == BEGINNING)
}

/// Whether what follows the last line end is the beginning of an answer, as far as it was written. Some file systems put zeros in
/// place of what did not reach the disk before a power cut.
fn is_broken_answer(file: &mut File, whole: u64) -> io::Result<bool> {
    file.seek(SeekFrom::Start(whole))?;
    let mut tail = BufReader::with_capacity(BLOCK as usize, file);
    let mut beginning = Vec::new();
    tail.by_ref().take(BEGINNING.len() as u64).read_to_end(&mut beginning)?;
    let text = beginning.iter().position(|byte| *byte == 0).unwrap_or(beginning.len());
    if !BEGINNING.starts_with(&beginning[..text]) || beginning[text..].iter().any(|byte| *byte != 0) {
        return Ok(false);
    }
    if text == beginning.len() {
        return Ok(true);
    }
    loop {
        let block = tail.fill_buf()?;
        if block.is_empty() || block.iter().any(|byte| *byte != 0) {
            return Ok(block.is_empty());
        }
        let length = block.len();
        tail.consume(length);
    }
}

/// Where the last line end is, that one included.
fn end_of_whole_lines(file: &mut File, size: u64) -> io::Result<u64> {
    let mut end = size;
    while end > 0 {
        let start = end.saturating_sub(BLOCK);
        let mut block = vec![0; (end - start) as usize];
        file.seek(SeekFrom::Start(start))?;
        file.read_exact(&mut block)?;
        if let Some(at) = memchr::memrchr(b'\n', &block) {
            return Ok(start + at as u64 + 1);
        }
        end = start;
    }
    Ok(0)
}

/// The SKUs of a file of answers.
pub struct Answers {
    path: PathBuf,
    lines: BufReader<Take<File>>,
    line: Vec<u8>,
    number: u64,
    failed: Arc<AtomicU64>,
}

/// What matters of an answer; the rest is passed over.
#[derive(Deserialize)]
struct Answer {
    sku: String,
    outcome: Outcome,
}

impl Iterator for Answers {
    type Item = Result<String, InputError>;

    fn next(&mut self) -> Option<Self::Item> {
        self.line.clear();
        match self.lines.read_until(b'\n', &mut self.line) {
            Ok(0) => return None,
            Ok(_) => {}
            Err(source) => return Some(Err(InputError::NoAnswers { path: self.path.clone(), source })),
        }
        self.number += 1;
        let answer = serde_json::from_slice::<Answer>(&self.line).ok().filter(|_| self.line.starts_with(BEGINNING));
        let Some(answer) = answer else {
            return Some(Err(InputError::NoAnswer { path: self.path.clone(), line: self.number }));
        };
        self.failed.fetch_add(u64::from(answer.outcome == Outcome::Failed), Ordering::AcqRel);
        Some(Ok(answer.sku))
    }
}

impl Compared for Answers {
    fn path(&self) -> &Path {
        &self.path
    }
}

/// No earlier answers.
pub struct Nothing;

impl Iterator for Nothing {
    type Item = Result<String, InputError>;

    fn next(&mut self) -> Option<Self::Item> {
        None
    }
}

impl Compared for Nothing {
    fn path(&self) -> &Path {
        Path::new("")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const A: &str = "{\"sku\":\"A\",\"outcome\":\"priced\",\"body\":{\"deep\":[1,2]}}\n";
    const B: &str = "{\"sku\":\"B\\n\",\"outcome\":\"failed\",\"body\":null}\n";

    fn file(text: &str) -> (tempfile::TempDir, PathBuf) {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("answers.ndjson");
        std::fs::write(&path, text).unwrap();
        (folder, path)
    }

    #[test]
    fn p5_whole_answers_are_kept_and_a_broken_last_line_is_cut_off() {
        // Longer than a block, so that its beginning is looked for further in front.
        let long = format!("{{\"sku\":\"C\",\"body\":\"{}", "x".repeat(3 * BLOCK as usize));
        for broken in ["", "{", "{\"sku\":\"", "{\"sku\":\"C\",\"outc", &long] {
            let (_folder, path) = file(&format!("{A}{B}{broken}"));
            let earlier = Earlier::open(&path).unwrap();
            let skus: Vec<String> = earlier.answers().unwrap().map(Result::unwrap).collect();
            assert_eq!((skus, earlier.failed()), (vec!["A".to_owned(), "B\n".to_owned()], 1));
            earlier.go_on().unwrap().write_all(b"next\n").unwrap();
            assert_eq!(std::fs::read_to_string(&path).unwrap(), format!("{A}{B}next\n"));
        }
    }

    #[test]
    fn p5_zeros_after_a_power_cut_are_a_broken_last_line() {
        let zeros = "\0".repeat(3 * BLOCK as usize);
        for broken in
            ["\0".to_owned(), zeros.clone(), format!("{{\"sk{zeros}"), format!("{{\"sku\":\"C\",\"out{zeros}")]
        {
            for before in ["", A] {
                let (_folder, path) = file(&format!("{before}{broken}"));
                let earlier = Earlier::open(&path).unwrap();
                assert_eq!(earlier.answers().unwrap().count(), before.lines().count());
                earlier.go_on().unwrap().write_all(B.as_bytes()).unwrap();
                assert_eq!(std::fs::read_to_string(&path).unwrap(), format!("{before}{B}"));
            }
        }
        let (_folder, path) = file(&format!("{A}{zeros}a disk image"));
        assert!(matches!(Earlier::open(&path), Err(ResumeError::NotOurs { .. })));
    }

    #[test]
    fn p5_a_file_that_is_not_ours_is_not_touched() {
        for text in ["PRODUCT-001\nPRODUCT-002", "PRODUCT-001\nPRODUCT-002\n", "\n", "SKU", "{\"sku\": \"A\"}"] {
            let (_folder, path) = file(text);
            assert!(matches!(Earlier::open(&path), Err(ResumeError::NotOurs { .. })), "{text}");
            assert_eq!(std::fs::read_to_string(&path).unwrap(), text);
        }
        let (_folder, path) = file(&format!("{A}PRODUCT-001\n{B}"));
        let mut answers = Earlier::open(&path).unwrap().answers().unwrap();
        assert!(answers.next().unwrap().is_ok());
        assert!(matches!(answers.next(), Some(Err(InputError::NoAnswer { line: 2, .. }))));
    }

    #[test]
    fn the_answers_are_read_through_the_file_that_is_locked() {
        // Where locks are mandatory, nobody else may read it, this program included; here, nobody else can open it.
        let (_folder, path) = file(&format!("{A}{B}"));
        let earlier = Earlier::open(&path).unwrap();
        std::fs::remove_file(&path).unwrap();
        assert_eq!(earlier.answers().unwrap().map(Result::unwrap).collect::<Vec<_>>(), ["A", "B\n"]);
    }

    #[test]
    fn two_programs_never_write_to_one_file() {
        let (folder, path) = file("");
        let _first = Earlier::open(&path).unwrap();
        assert!(matches!(Earlier::open(&path), Err(ResumeError::InUse { .. })));
        assert!(matches!(Earlier::open(folder.path()), Err(ResumeError::NoFile { .. })));
    }
}
