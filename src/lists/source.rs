//! The bytes of a list, and where they came from. The only part of the lists that opens files.

use std::fmt;
use std::io::{self, Read as _};
use std::path::Path;
use std::sync::Arc;

use super::{LARGEST_FILE, ListError, Watch};
use crate::prices::shown::one_line;

/// So many bytes are read between two looks at whether to stop.
const PIECE: usize = 1024 * 1024;

/// The bytes of a list as they are. Cheap to clone.
#[derive(Clone, PartialEq, Eq)]
pub struct Source {
    /// The file's name, or what it is called in a sentence.
    pub name: String,
    pub origin: Origin,
    pub(super) bytes: Arc<Vec<u8>>,
}

/// How a list came in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Origin {
    /// Its name ends in `.csv`: there are separators in it, and quotes enclose.
    Csv,
    /// Its name ends in `.tsv` or `.tab`.
    Tsv,
    /// Any other file: a SKU a line unless it looks otherwise.
    File,
    Pasted,
}

impl fmt::Debug for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { name, origin, bytes } = self;
        f.debug_struct("Source").field("name", name).field("origin", origin).field("bytes", &bytes.len()).finish()
    }
}

impl Source {
    /// Text that was pasted.
    pub fn pasted(text: String) -> Self {
        Self { name: "Pasted list".to_owned(), origin: Origin::Pasted, bytes: Arc::new(text.into_bytes()) }
    }

    /// Bytes of a file with this name.
    pub fn of(name: &str, bytes: Vec<u8>) -> Self {
        let end = Path::new(name).extension().and_then(|end| end.to_str()).unwrap_or_default().to_ascii_lowercase();
        let origin = match end.as_str() {
            "csv" => Origin::Csv,
            "tsv" | "tab" => Origin::Tsv,
            _ => Origin::File,
        };
        Self { name: one_line(name), origin, bytes: Arc::new(bytes) }
    }

    /// Reads a file. Blocks; call it off the UI thread.
    ///
    /// # Errors
    /// A missing file, a folder, no permission, more than [`LARGEST_FILE`], or `watch` stopped it.
    pub fn open(path: &Path, watch: &Watch) -> Result<Self, ListError> {
        let file_name = path.file_name().unwrap_or(path.as_os_str()).to_string_lossy();
        let name = || one_line(&file_name);
        let failed = |error: io::Error| match error.kind() {
            io::ErrorKind::NotFound => ListError::NotFound { name: name() },
            io::ErrorKind::IsADirectory => ListError::Folder { name: name() },
            io::ErrorKind::PermissionDenied => ListError::NoPermission { name: name() },
            reason => ListError::Unreadable { name: name(), reason },
        };
        // Asked before opening: to open a named pipe would wait for somebody to write into it.
        let about = std::fs::metadata(path).map_err(failed)?;
        if about.is_dir() {
            return Err(ListError::Folder { name: name() });
        }
        if !about.is_file() {
            return Err(ListError::NotAFile { name: name() });
        }
        if about.len() > LARGEST_FILE {
            return Err(ListError::TooLarge { name: name() });
        }
        watch.expect(about.len());
        let mut file = std::fs::File::open(path).map_err(failed)?.take(LARGEST_FILE + 1);
        let mut bytes = Vec::with_capacity(about.len() as usize + 1);
        loop {
            watch.go_on()?;
            let read = (&mut file).take(PIECE as u64).read_to_end(&mut bytes).map_err(failed)?;
            watch.reach(bytes.len() as u64);
            if read == 0 {
                break;
            }
        }
        // The file grew since it was looked at.
        if bytes.len() as u64 > LARGEST_FILE {
            return Err(ListError::TooLarge { name: name() });
        }
        Ok(Self::of(&file_name, bytes))
    }

    /// How large it is, in bytes.
    pub fn size(&self) -> usize {
        self.bytes.len()
    }
}
