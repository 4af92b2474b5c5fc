//! The file on disk: searched once more, then written whole or not at all.

use std::io::{self, Seek, Write};
use std::path::Path;

use jiff::Timestamp;
use jiff::tz::TimeZone;
use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, ZipWriter};

use super::files::Bundle;
use super::held::Held;
use super::scan::{Find, scan};
use crate::whole_file::{Existing, NotWritten, Readers, write_whole};

/// Why no bundle was written.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BundleError {
    #[error("Nothing was written: {0}.")]
    Secret(Find),
    #[error(transparent)]
    NotWritten(#[from] NotWritten),
}

impl BundleError {
    /// What to do next, in one sentence.
    pub fn hint(&self) -> &'static str {
        match self {
            Self::Secret(_) => {
                "That is a fault of this program: report the sentence above and the program's version, and replace the secret if it may have got anywhere else."
            }
            Self::NotWritten(why) => why.hint(),
        }
    }
}

/// `quantaprice-support-2026-11-24-1432.zip`, in local time.
pub fn file_name(created: Timestamp, zone: TimeZone) -> String {
    format!("quantaprice-support-{}.zip", created.to_zoned(zone).strftime("%Y-%m-%d-%H%M"))
}

/// Searches the bundle for everything that is held now, and writes it.
///
/// # Errors
/// [`BundleError::Secret`] when a secret or token was found, and then nothing was written; else why the disk did not take it.
pub fn write(bundle: &Bundle, held: &Held, path: &Path, existing: Existing) -> Result<(), BundleError> {
    if let Some(find) = scan(&bundle.files, held) {
        return Err(BundleError::Secret(find));
    }
    Ok(write_whole(path, existing, Readers::OnlyMe, |file| pack(bundle, file))?)
}

/// Writes the zip itself.
fn pack(bundle: &Bundle, out: impl Write + Seek) -> io::Result<()> {
    let mut zip = ZipWriter::new(out);
    let time = bundle.created.to_zoned(TimeZone::system());
    let part = |number: i8| u8::try_from(number).unwrap_or(0);
    let modified = zip::DateTime::from_date_and_time(
        u16::try_from(time.year()).unwrap_or(1980),
        part(time.month()),
        part(time.day()),
        part(time.hour()),
        part(time.minute()),
        part(time.second()),
    );
    let options = SimpleFileOptions::default()
        .compression_method(CompressionMethod::Deflated)
        .last_modified_time(modified.unwrap_or_default());
    for file in &bundle.files {
        zip.start_file(file.name.as_str(), options).map_err(io::Error::from)?;
        zip.write_all(&file.bytes)?;
    }
    zip.finish().map_err(io::Error::from)?.flush()
}

#[cfg(test)]
mod tests {
    use std::collections::HashMap;
    use std::io::Cursor;
    use std::sync::Arc;

    use super::super::files::File;
    use super::super::held::HeldKind;
    use super::*;
    use crate::http::Http;
    use crate::token::{RandomJitter, SystemClock, TokenCache, TokenEndpoint};
    use crate::whole_file::tests::Small;

    const SECRET: &str = "cafe0123cafe4567cafe89abcafecdefcafe0123cafe4567cafe89abcafecdef";

    fn bundle(text: &str) -> Bundle {
        let files = vec![File::new("report.html", b"<p>".to_vec()), File::new("a.json", text.as_bytes().to_vec())];
        Bundle { created: "2026-11-24T14:32:05Z".parse().unwrap(), files }
    }

    fn held() -> Held {
        let fetch = Arc::new(TokenEndpoint::new(Http::new()));
        let cache = TokenCache::new(fetch, Arc::new(SystemClock::default()), Arc::new(RandomJitter), || {});
        let mut held = Held::of(cache, HashMap::new());
        held.add(HeldKind::Typed, SECRET.into());
        held
    }

    fn names(folder: &Path) -> Vec<String> {
        let entries = std::fs::read_dir(folder).unwrap();
        entries.map(|entry| entry.unwrap().file_name().to_string_lossy().into_owned()).collect()
    }

    #[test]
    fn a_bundle_is_written_whole_and_opens_again() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join(file_name(bundle("").created, TimeZone::UTC));
        write(&bundle("{\"a\": 1}"), &held(), &path, Existing::Keep).unwrap();
        assert_eq!(names(folder.path()), ["quantaprice-support-2026-11-24-1432.zip"]);
        let mut zip = zip::ZipArchive::new(std::fs::File::open(&path).unwrap()).unwrap();
        let text = std::io::read_to_string(zip.by_name("a.json").unwrap()).unwrap();
        assert_eq!(text, "{\"a\": 1}");
        drop(zip);
        let again = write(&bundle(""), &held(), &path, Existing::Keep);
        assert_eq!(again, Err(NotWritten::Exists(path.clone()).into()));
        write(&bundle(""), &held(), &path, Existing::Replace).unwrap();
        assert_eq!(names(folder.path()).len(), 1, "no temporary file is left");
    }

    #[test]
    fn k10_a_bundle_with_a_secret_is_not_written() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.zip");
        let error = write(&bundle(&format!("{{\"x\": \"{SECRET}\"}}")), &held(), &path, Existing::Keep).unwrap_err();
        assert_eq!(
            error.to_string(),
            "Nothing was written: the client secret in the form is in a.json, line 1, as it is."
        );
        assert!(names(folder.path()).is_empty());
    }

    #[test]
    fn a_disk_that_gets_full_on_the_way_is_named() {
        for room in [0, 20, 60, 150] {
            let error = pack(&bundle("{}"), Small(Cursor::default(), room)).unwrap_err();
            let said = NotWritten::of(&error, Path::new("/data/a.zip"));
            assert_eq!(said.to_string(), "The disk of /data is full; nothing was left there.", "{room}: {error:?}");
        }
    }
}
