//! What is read out of a database: its list of entries, whole runs step by step, bodies, prices over time.
//!
//! Owns every `SELECT` whose answer a view or a run gets. A row that this program did not write is left out, and counted.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use compact_str::CompactString;
use jiff::Timestamp;
use rusqlite::types::Value;
use rusqlite::{Connection, OptionalExtension as _, Row, params, params_from_iter};

use super::claim::{Claims, Holder};
use super::database::{Fault, first, first_origin};
use super::entry::{Bodies, Entry, Found, Recorded, Standing};
use super::error::HistoryError;
use super::pack;
use super::record::{self, Columns, number};
use super::schema::WITHIN;
use super::search::{Search, Which, Word};
use crate::batch::{Answered, Counts, RunHeader, RunId, RunKind, RunState};
use crate::keys::ProfileId;
use crate::lists::Origins;
use crate::prices::Body;

/// The state that a word names; an unknown one leaves nothing to resume.
pub(super) fn state(word: &str) -> RunState {
    match word {
        "running" => RunState::Running,
        "stopped" => RunState::Stopped,
        _ => RunState::Finished,
    }
}

/// A row of answers as it is read: the place in the list, the columns, and the rest still packed.
pub(super) struct Raw {
    pub place: usize,
    columns: Columns,
    rest: Vec<u8>,
}

impl Raw {
    /// The answer, unpacked. Takes microseconds, so it is done elsewhere than on the history's thread.
    pub(super) fn read(self) -> Option<Answered> {
        record::read(self.columns, &self.rest)
    }
}

/// The body of an answer.
pub(super) struct PackedBody {
    /// When the answer was asked for.
    pub started: Timestamp,
    /// Nothing where none came or it was removed.
    pub packed: Option<Vec<u8>>,
    /// The database that it is in, for sentences.
    pub path: PathBuf,
}

const ENTRY: &str = "SELECT r.id, r.header, r.state, r.ended, r.bodies_gone, \
    (SELECT json_group_array(json_array(c.outcome, c.number)) FROM counts c WHERE c.run = r.id), \
    a.sku, a.rest FROM runs r LEFT JOIN answers a ON r.kind = 'single' AND a.id = r.id << 32";

/// A database, to be read by whichever thread.
pub(super) struct Reads<'a> {
    pub connection: &'a Connection,
    /// For sentences.
    pub path: &'a Path,
    pub claims: &'a Claims,
}

impl Reads<'_> {
    /// The latest entries that are looked for, and how many there are in all.
    pub(super) fn find(&self, search: &Search, most: usize) -> Result<Found, Fault> {
        let mut values = Vec::new();
        let wanted = condition(search, &mut values);
        // Looked through once; what is listed of them is then found by number.
        let sql = format!("SELECT r.id FROM runs r WHERE {wanted} ORDER BY r.started DESC, r.id DESC");
        let mut select = self.connection.prepare(&sql)?;
        let ids = select.query_map(params_from_iter(&values), |row| row.get(0))?;
        let ids = ids.collect::<Result<Vec<i64>, _>>()?;
        let entries = self.entries_of(ids.iter().take(most).copied())?;
        let unreadable = ids.len().min(most) - entries.len();
        Ok(Found { entries, all: ids.len(), unreadable })
    }

    /// The runs that were cut off or stopped before all was answered, the latest first.
    pub(super) fn unfinished(&self, most: usize) -> Result<Vec<Entry>, Fault> {
        let sql = "SELECT id FROM runs WHERE state <> 'finished' ORDER BY started DESC LIMIT ?1";
        let mut select = self.connection.prepare_cached(sql)?;
        let ids = select.query_map([most as i64], |row| row.get(0))?.collect::<Result<Vec<i64>, _>>()?;
        let entries = self.entries_of(ids.into_iter())?;
        Ok(entries.into_iter().filter(Entry::can_resume).collect())
    }

    /// One entry.
    pub(super) fn entry_of(&self, run: i64) -> Result<Entry, Fault> {
        let mut select = self.connection.prepare_cached(&format!("{ENTRY} WHERE r.id = ?1"))?;
        let mut read = || Ok::<_, Fault>(select.query_row([run], |row| self.entry(row)).optional()?.flatten());
        let entry = match read()? {
            // Another program may have ended it between the reading of its row and the look at who has it.
            Some(entry) if entry.standing == Standing::CutOff => read()?,
            entry => entry,
        };
        entry.ok_or(Fault::Known(HistoryError::Gone))
    }

    /// Those that are still there and that this program knows to read.
    fn entries_of(&self, runs: impl Iterator<Item = i64>) -> Result<Vec<Entry>, Fault> {
        let entries = runs.map(|run| self.entry_of(run));
        entries.filter(|entry| !matches!(entry, Err(Fault::Known(HistoryError::Gone)))).collect()
    }

    /// A run's list, which has `count` SKUs.
    pub(super) fn list(&self, run: i64, count: usize) -> Result<Vec<CompactString>, Fault> {
        let mut select =
            self.connection.prepare_cached("SELECT piece FROM lists WHERE id >= ?1 AND id < ?2 ORDER BY id")?;
        let mut pieces = select.query([first(run), first_origin(run)])?;
        let mut list = Vec::new();
        while let Some(row) = pieces.next()? {
            let piece = row.get_ref(0)?.as_blob().map_err(rusqlite::Error::from)?;
            let is_whole = pack::unpack_list(piece, &mut list).is_some();
            if !is_whole || list.len() > count {
                list.clear();
                break;
            }
        }
        if list.len() != count {
            return Err(self.unreadable("The list of this run").into());
        }
        Ok(list)
    }

    /// Where the `count` SKUs of a run's list stand in their file; nothing where that is not known.
    pub(super) fn origins(&self, run: i64, count: usize) -> Result<Option<Origins>, Fault> {
        let mut select =
            self.connection.prepare_cached("SELECT piece FROM lists WHERE id >= ?1 AND id < ?2 ORDER BY id")?;
        let mut pieces = select.query([first_origin(run), first(run + 1)])?;
        let mut origins = Origins::default();
        while let Some(row) = pieces.next()? {
            let piece = row.get_ref(0)?.as_blob().map_err(rusqlite::Error::from)?;
            let is_whole = pack::unpack_origins(piece, &mut origins).is_some();
            if !is_whole || origins.len() > count {
                break;
            }
        }
        // The answers are worth more than the lines that they belong to.
        Ok(Some(origins).filter(|origins| origins.len() == count))
    }

    /// So many answers of a run, from a place on.
    pub(super) fn answers(&self, run: i64, from: usize, most: usize) -> Result<Vec<Raw>, Fault> {
        let mut select = self.connection.prepare_cached(
            "SELECT id, sku, outcome, http_status, started, elapsed, rest FROM answers \
             WHERE id >= ?1 AND id < ?2 ORDER BY id LIMIT ?3",
        )?;
        let rows = select.query_map([first(run) + from as i64, first(run + 1), most as i64], |row| {
            let id: i64 = row.get(0)?;
            Ok(Raw { place: (id - first(run)) as usize, columns: columns(row, 1)?, rest: row.get(6)? })
        })?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    /// The body of the answer at a place, with the time at which that was asked for; nothing where there is no answer.
    pub(super) fn body(&self, run: i64, place: usize) -> Result<Option<PackedBody>, Fault> {
        let mut select = self.connection.prepare_cached(
            "SELECT a.started, b.packed FROM answers a LEFT JOIN bodies b ON b.id = a.body WHERE a.id = ?1",
        )?;
        let body = select.query_row([first(run) + place as i64], |row| {
            Ok(PackedBody { started: record::time(row.get(0)?), packed: row.get(1)?, path: self.path.to_owned() })
        });
        Ok(body.optional()?)
    }

    /// What a SKU cost in the latest answers under a profile, the oldest first: in at most so many answers, and no further ones after so
    /// many prices.
    pub(super) fn prices_of(
        &self,
        sku: &str,
        profile: &ProfileId,
        most: usize,
        most_prices: usize,
    ) -> Result<Vec<Recorded>, Fault> {
        let mut select = self.connection.prepare_cached(
            "SELECT a.id, a.sku, a.outcome, a.http_status, a.started, a.elapsed, a.rest, r.header \
             FROM answers a JOIN runs r ON r.id = a.id >> 32 \
             WHERE a.sku = ?1 AND r.profile = ?2 AND a.outcome <= 1 ORDER BY a.started DESC LIMIT ?3",
        )?;
        let mut rows = select.query(params![sku, profile.as_str(), most as i64])?;
        let mut recorded = Vec::new();
        while let Some(row) = rows.next()? {
            let id: i64 = row.get(0)?;
            let (header, rest): (String, Vec<u8>) = (row.get(7)?, row.get(6)?);
            let header = serde_json::from_str::<RunHeader>(&header);
            let (Ok(header), Some(answered)) = (header, record::read(columns(row, 1)?, &rest)) else { continue };
            let (run, at, header) = (RunId(id >> WITHIN), answered.started, Arc::new(header));
            // One answer stands at every place of a list that has its SKU.
            if recorded.last().is_some_and(|last: &Recorded| (last.run, last.at) == (run, at)) {
                continue;
            }
            let one = |price| Recorded { run, at, header: Arc::clone(&header), price };
            recorded.extend(answered.prices.into_vec().into_iter().map(one));
            if recorded.len() >= most_prices {
                break;
            }
        }
        recorded.sort_by_key(|one| one.at);
        Ok(recorded)
    }

    /// How many entries there are.
    pub(super) fn entries(&self) -> Result<usize, Fault> {
        let number: i64 = self.connection.query_row("SELECT count(*) FROM runs", [], |row| row.get(0))?;
        Ok(usize::try_from(number).unwrap_or(0))
    }

    fn unreadable(&self, part: &'static str) -> HistoryError {
        HistoryError::Unreadable { path: self.path.to_owned(), part }
    }

    /// The entry of a row; nothing where its header is not one that this program knows.
    fn entry(&self, row: &Row<'_>) -> rusqlite::Result<Option<Entry>> {
        let id: i64 = row.get(0)?;
        let (header, state): (String, String) = (row.get(1)?, row.get(2)?);
        let Ok(header) = serde_json::from_str::<RunHeader>(&header) else { return Ok(None) };
        let standing = match (self::state(&state), self.claims.holder(id)) {
            (_, Holder::Here) => Standing::UnderWay,
            (RunState::Finished, _) => Standing::Finished,
            (RunState::Stopped, _) => Standing::Stopped,
            (RunState::Running, Holder::Elsewhere) => Standing::Elsewhere,
            (RunState::Running, Holder::Nobody) => Standing::CutOff,
        };
        let ended: Option<i64> = row.get(3)?;
        let bodies = match row.get(4)? {
            1 => Bodies::Partly,
            2 => Bodies::Removed,
            _ => Bodies::Kept,
        };
        let counts: Vec<(i64, usize)> = serde_json::from_str(&row.get::<_, String>(5)?).unwrap_or_default();
        let counts = counts.into_iter().filter_map(|(outcome, number)| Some((record::outcome(outcome)?, number)));
        let counts = counts.collect::<Counts>();
        // Cut off after its last answer, before its end was noted.
        let is_through = standing == Standing::CutOff && counts.all() >= header.count;
        let standing = if is_through { Standing::Finished } else { standing };
        let (sku, rest): (Option<String>, Option<Vec<u8>>) = (row.get(6)?, row.get(7)?);
        Ok(Some(Entry {
            id: RunId(id),
            sku: sku.filter(|_| header.kind == RunKind::Single).map(CompactString::from),
            price: rest.as_deref().filter(|_| header.kind == RunKind::Single).and_then(record::first_price),
            header,
            standing,
            ended: ended.map(record::time),
            counts,
            bodies,
        }))
    }
}

/// A body from its packed form.
pub(super) fn unpacked_body(packed: &[u8]) -> Option<Body> {
    Some(Body::keep(&pack::unpack_body(packed)?, None).0)
}

fn columns(row: &Row<'_>, from: usize) -> rusqlite::Result<Columns> {
    Ok(Columns {
        sku: CompactString::from(row.get_ref(from)?.as_str().map_err(rusqlite::Error::from)?),
        outcome: row.get(from + 1)?,
        http_status: row.get(from + 2)?,
        started: row.get(from + 3)?,
        elapsed: row.get(from + 4)?,
    })
}

/// What has to be true of a run `r` that is looked for.
fn condition(search: &Search, values: &mut Vec<Value>) -> String {
    let words = words_condition(search, values);
    match search.which {
        Which::All => words,
        Which::Lists => {
            format!("r.kind <> 'single' AND r.id IN (SELECT run FROM counts WHERE number > 0) AND {words}")
        }
    }
}

fn words_condition(search: &Search, values: &mut Vec<Value>) -> String {
    if search.is_empty() {
        return "1".to_owned();
    }
    let words: Vec<String> = search.words.iter().map(|word| word_condition(word, values)).collect();
    let mut condition = words.join(" AND ");
    if search.words.len() > 1 {
        condition = format!("(({condition}) OR {})", has_sku(&search.whole, values));
    }
    condition
}

fn word_condition(word: &Word, values: &mut Vec<Value>) -> String {
    let mut any = Vec::new();
    if let Some((from, to)) = word.day {
        values.extend([Value::from(record::nanos(from)), Value::from(record::nanos(to))]);
        any.push(format!("(r.started >= ?{} AND r.started < ?{})", values.len() - 1, values.len()));
    }
    if let Some(outcome) = word.outcome {
        values.push(number(outcome).into());
        let number = values.len();
        any.push(format!("r.id IN (SELECT run FROM counts WHERE outcome = ?{number} AND number > 0)"));
    }
    any.push(has_sku(&word.text, values));
    let like = values.len();
    for column in ["profile_name", "environment", "source"] {
        any.push(format!("r.{column} LIKE ?{like} ESCAPE '\\'"));
    }
    format!("({})", any.join(" OR "))
}

/// That a run has a SKU with this text in it. The last value is the pattern.
fn has_sku(text: &str, values: &mut Vec<Value>) -> String {
    let mut pattern = String::from("%");
    for c in text.chars() {
        if matches!(c, '%' | '_' | '\\') {
            pattern.push('\\');
        }
        pattern.push(c);
    }
    pattern.push('%');
    values.push(pattern.into());
    let number = values.len();
    format!("r.id IN (SELECT id >> 32 FROM answers WHERE sku LIKE ?{number} ESCAPE '\\')")
}
