//! One database, on disk or in memory, and what is written into it: runs, their lists, their answers.
//!
//! Owns the connection and what is known of the runs under way here. Lives on the history's thread. Many answers go into one
//! transaction; when it is committed they survive the death of this program (P5).

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};

use aws_lc_rs::digest;
use compact_str::CompactString;
use jiff::Timestamp;
use rusqlite::{Connection, OpenFlags, OptionalExtension as _, Transaction, TransactionBehavior, params};

use super::claim::{Claim, Claims, NotClaimed};
use super::error::{HistoryError, is_damage};
use super::pack::{PIECE, Packer};
use super::reader::Source;
use super::reading::Reads;
use super::record::{self, number};
use super::schema::{self, Refused, WITHIN};
use super::{place, reading};
use crate::batch::{Answered, RunHeader, RunState};
use crate::lists::Origins;
use crate::prices::Body;

/// So many different bodies of a run are remembered, so that one that comes again is kept once.
const KNOWN_BODIES: usize = 4096;

/// The runs in one database.
pub(super) struct Database {
    pub(super) connection: Connection,
    /// For sentences; `:memory:` where it is in none.
    pub(super) path: PathBuf,
    pub(super) claims: Claims,
    pub(super) live: HashMap<i64, Live>,
    /// Bytes above which the oldest bodies go. A run that takes half of them keeps no further bodies.
    pub(super) limit: u64,
    /// The entry that is being removed step by step.
    pub(super) going: Option<i64>,
    /// Tells this database from all others of this program.
    number: u64,
    packer: Packer,
}

/// A run that is under way here.
pub(super) struct Live {
    _claim: Claim,
    ticket: Ticket,
    next_body: i64,
    known: HashMap<[u8; 16], i64>,
    /// Bytes of its answers and bodies.
    bytes: u64,
    share: Share,
}

/// Whether all bodies of a run have been kept so far.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Share {
    Within,
    /// The run has filled its share, and bodies were left out.
    Exceeded,
}

/// Tells one stretch of a run from all others of this program: after a damaged database was set aside, a new one counts from 1 again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Ticket {
    database: u64,
    stretch: u64,
}

/// An answer on its way.
pub(super) struct ToKeep<'a> {
    pub run: i64,
    pub ticket: Ticket,
    pub place: usize,
    pub answered: &'a Answered,
    pub body: Option<&'a Body>,
}

/// Why a database was not opened.
pub(super) enum NotOpened {
    Damaged,
    Error(HistoryError),
}

impl From<HistoryError> for NotOpened {
    fn from(error: HistoryError) -> Self {
        Self::Error(error)
    }
}

/// A step's result: `SQLite`'s own error, or one that was recognised already.
pub(super) enum Fault {
    Sqlite(rusqlite::Error),
    Known(HistoryError),
}

impl From<rusqlite::Error> for Fault {
    fn from(error: rusqlite::Error) -> Self {
        Self::Sqlite(error)
    }
}

impl From<HistoryError> for Fault {
    fn from(error: HistoryError) -> Self {
        Self::Known(error)
    }
}

impl Database {
    /// Opens the database in a folder, or begins it.
    pub(super) fn open(folder: &Path) -> Result<Self, NotOpened> {
        let path = place::prepare(folder).map_err(|error| HistoryError::of_system(folder, &error))?;
        let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        let opened = Connection::open_with_flags(&path, flags);
        let sqlite = |error: rusqlite::Error| {
            if is_damage(&error) { NotOpened::Damaged } else { HistoryError::of(&path, &error).into() }
        };
        let mut connection = opened.map_err(sqlite)?;
        match schema::prepare(&mut connection) {
            Ok(()) => {}
            Err(Refused::Newer(version)) => return Err(HistoryError::Newer { path, version }.into()),
            Err(Refused::NotWhole) => return Err(NotOpened::Damaged),
            Err(Refused::Sqlite(error)) => return Err(sqlite(error)),
        }
        let mark = connection.query_row("SELECT mark FROM birth", [], |row| row.get(0)).optional().map_err(sqlite)?;
        let mark = mark.ok_or(NotOpened::Damaged)?;
        let claims = Claims::beside(&path, mark);
        let database = Self::of(connection, path, claims, u64::MAX);
        database.claims.tidy(|run| database.state(run).is_ok_and(|state| state != Some(RunState::Running)));
        Ok(database)
    }

    /// A database of this run of the program only.
    pub(super) fn in_memory(limit: u64) -> Result<Self, HistoryError> {
        let path = PathBuf::from(":memory:");
        let failed = |error: rusqlite::Error| HistoryError::of(&path, &error);
        let mut connection = Connection::open_in_memory().map_err(failed)?;
        match schema::prepare(&mut connection) {
            Ok(()) => {}
            Err(Refused::Newer(_) | Refused::NotWhole) => return Err(HistoryError::Broken),
            Err(Refused::Sqlite(error)) => return Err(failed(error)),
        }
        Ok(Self::of(connection, path, Claims::unneeded(), limit))
    }

    fn of(connection: Connection, path: PathBuf, claims: Claims, limit: u64) -> Self {
        let (number, packer) = (next_number(), Packer::new());
        Self { connection, path, claims, live: HashMap::new(), limit, going: None, number, packer }
    }

    /// What can be read of it.
    pub(super) fn reads(&self) -> Reads<'_> {
        Reads { connection: &self.connection, path: &self.path, claims: &self.claims }
    }

    /// Where the other thread finds it, in this turn of that.
    pub(super) fn source(&self, turn: u64) -> Source {
        Source { path: self.path.clone(), claims: self.claims.clone(), database: self.number, turn }
    }

    /// Begins a run with its list, and takes it.
    pub(super) fn begin(
        &mut self,
        header: RunHeader,
        skus: &[CompactString],
        origins: Option<&Origins>,
    ) -> Result<(i64, Ticket), Fault> {
        let header = record::harmless(header);
        let write = self.connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
        let run = insert_run(&write, &header, RunState::Running, None)?;
        {
            let mut piece = write.prepare_cached("INSERT INTO lists (id, piece) VALUES (?1, ?2)")?;
            for (index, skus) in skus.chunks(PIECE).enumerate() {
                let skus: Vec<_> = skus.iter().map(record::without_secret).collect();
                piece.execute(params![first(run) + index as i64, self.packer.pack_list(&skus)])?;
                if let Some(origins) = origins {
                    let places = index * PIECE..index * PIECE + skus.len();
                    let packed = self.packer.pack_origins(origins, places);
                    piece.execute(params![first_origin(run) + index as i64, packed])?;
                }
            }
        }
        // Before anyone else sees the run.
        let claim = take(&self.claims, run)?;
        write.commit()?;
        let ticket = Ticket { database: self.number, stretch: next_number() };
        self.live.insert(run, Live::new(claim, ticket, 0, 0));
        Ok((run, ticket))
    }

    /// Takes a run that was cut off or has ended. What is known of it changes only when it goes on.
    pub(super) fn resume(&mut self, run: i64) -> Result<Ticket, Fault> {
        let ticket = Ticket { database: self.number, stretch: next_number() };
        self.take_up(run, ticket)?;
        Ok(ticket)
    }

    fn take_up(&mut self, run: i64, ticket: Ticket) -> Result<(), Fault> {
        if self.live.contains_key(&run) {
            return Err(HistoryError::UnderWay.into());
        }
        let claim = take(&self.claims, run)?;
        // Whoever removes runs looks at the claims while it writes: after it, either the run is gone or the claim was seen.
        let write = self.connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
        let is_there = write.query_row("SELECT 1 FROM runs WHERE id = ?1", [run], |_row| Ok(())).optional()?;
        if is_there.is_none() {
            drop((write, claim));
            self.claims.forget(run);
            return Err(HistoryError::Gone.into());
        }
        // An answer can name a body that was removed: its number is not given again.
        let row = write.query_row(TAKEN_UP, [first(run), first(run + 1)], |row| {
            Ok((row.get::<_, Option<i64>>(0)?, row.get::<_, f64>(1)?))
        });
        let (last, bytes) = row?;
        drop(write);
        let next_body = last.map_or(0, |last| last - first(run) + 1);
        self.live.insert(run, Live::new(claim, ticket, next_body, bytes as u64));
        Ok(())
    }

    /// Whether this stretch of the run still has it.
    pub(super) fn is_held(&self, run: i64, ticket: Ticket) -> bool {
        self.live.get(&run).is_some_and(|live| live.ticket == ticket)
    }

    /// Keeps answers, all or none. Says when a run begins to leave its bodies out.
    pub(super) fn keep(&mut self, answers: &[ToKeep<'_>]) -> Result<Share, Fault> {
        let kept = self.try_keep(answers);
        if kept.is_err() {
            // What was remembered of bodies that are not there after all.
            for answer in answers {
                if let Some(live) = self.live.get_mut(&answer.run) {
                    live.known.clear();
                }
            }
        }
        kept
    }

    fn try_keep(&mut self, answers: &[ToKeep<'_>]) -> Result<Share, Fault> {
        let share = self.limit / 2;
        let mut exceeded = Vec::new();
        let write = self.connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
        let mut moved: HashMap<(i64, i64), i64> = HashMap::new();
        {
            let mut before = write.prepare_cached("SELECT outcome FROM answers WHERE id = ?1")?;
            let mut insert = write.prepare_cached(INSERT_ANSWER)?;
            for answer in answers {
                let live = self.live.get_mut(&answer.run).filter(|live| live.ticket == answer.ticket);
                let live = live.ok_or(HistoryError::Gone)?;
                let id = first(answer.run) + answer.place as i64;
                let body = match answer.body {
                    Some(body) if live.bytes < share => {
                        Some(keep_body(&write, &mut self.packer, live, answer.run, body)?)
                    }
                    Some(_) => {
                        if live.share == Share::Within && !exceeded.contains(&answer.run) {
                            exceeded.push(answer.run);
                        }
                        None
                    }
                    None => None,
                };
                if let Some(outcome) = before.query_row([id], |row| row.get(0)).optional()? {
                    *moved.entry((answer.run, outcome)).or_default() -= 1;
                }
                let (columns, rest) = record::write(answer.answered);
                *moved.entry((answer.run, columns.outcome)).or_default() += 1;
                live.bytes += (columns.sku.len() + rest.len()) as u64;
                insert.execute(params![
                    id,
                    columns.sku.as_str(),
                    columns.outcome,
                    columns.http_status,
                    columns.started,
                    columns.elapsed,
                    body,
                    rest
                ])?;
            }
            let mut count = write.prepare_cached(COUNT)?;
            for ((run, outcome), by) in moved {
                if by != 0 {
                    count.execute([run, outcome, by])?;
                }
            }
            for run in &exceeded {
                write.execute("UPDATE runs SET bodies_gone = 1 WHERE id = ?1", [run])?;
            }
        }
        write.commit()?;
        for run in &exceeded {
            if let Some(live) = self.live.get_mut(run) {
                live.share = Share::Exceeded;
            }
        }
        Ok(if exceeded.is_empty() { Share::Within } else { Share::Exceeded })
    }

    /// Notes how far a run is. One that ends is let go, and taken again when it goes on.
    pub(super) fn note(&mut self, run: i64, ticket: Ticket, state: RunState, now: Timestamp) -> Result<(), Fault> {
        if !self.is_held(run, ticket) {
            // A run with this number in a new database is another.
            if state != RunState::Running || ticket.database != self.number {
                return Err(HistoryError::Gone.into());
            }
            self.take_up(run, ticket)?;
        }
        let ended = (state != RunState::Running).then(|| record::nanos(now));
        // Where all bodies are gone, there will be some again.
        let sql = "UPDATE runs SET state = ?2, ended = ?3, \
            bodies_gone = iif(?2 = 'running', min(bodies_gone, 1), bodies_gone) WHERE id = ?1";
        if self.connection.execute(sql, params![run, word(&state), ended])? == 0 {
            return Err(HistoryError::Gone.into());
        }
        if state != RunState::Running {
            self.release(run, ticket);
        }
        Ok(())
    }

    /// Lets go of a run.
    pub(super) fn release(&mut self, run: i64, ticket: Ticket) {
        if !self.is_held(run, ticket) {
            return;
        }
        self.live.remove(&run);
        if self.state(run).is_ok_and(|state| state != Some(RunState::Running)) {
            self.claims.forget(run);
        }
    }

    /// Keeps a lookup of one SKU: a run of its own, finished at once.
    pub(super) fn keep_single(
        &mut self,
        header: RunHeader,
        answered: &Answered,
        body: Option<&Body>,
        now: Timestamp,
    ) -> Result<i64, Fault> {
        let header = record::harmless(header);
        let write = self.connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
        let run = insert_run(&write, &header, RunState::Finished, Some(now))?;
        let (columns, rest) = record::write(answered);
        if let Some(body) = body {
            let packed = self.packer.pack(body.text().as_bytes());
            write.prepare_cached(INSERT_BODY)?.execute(params![first(run), packed])?;
        }
        write.prepare_cached(INSERT_ANSWER)?.execute(params![
            first(run),
            columns.sku.as_str(),
            columns.outcome,
            columns.http_status,
            columns.started,
            columns.elapsed,
            body.map(|_| first(run)),
            rest
        ])?;
        let piece = self.packer.pack_list(std::slice::from_ref(&columns.sku));
        write.prepare_cached("INSERT INTO lists (id, piece) VALUES (?1, ?2)")?.execute(params![first(run), piece])?;
        write.prepare_cached(COUNT)?.execute([run, number(answered.outcome), 1])?;
        write.commit()?;
        Ok(run)
    }

    /// Whether `SQLite` finds no damage in it. Takes seconds where it is large.
    pub(super) fn is_sound(&self) -> bool {
        self.connection
            .query_row("PRAGMA quick_check(1)", [], |row| row.get::<_, String>(0))
            .is_ok_and(|said| said == "ok")
    }

    /// What the row of a run says of its state; nothing when there is no such run.
    pub(super) fn state(&self, run: i64) -> rusqlite::Result<Option<RunState>> {
        let mut state = self.connection.prepare_cached("SELECT state FROM runs WHERE id = ?1")?;
        let word: Option<String> = state.query_row([run], |row| row.get(0)).optional()?;
        Ok(word.map(|word| reading::state(&word)))
    }
}

impl Live {
    fn new(claim: Claim, ticket: Ticket, next_body: i64, bytes: u64) -> Self {
        Self { _claim: claim, ticket, next_body, known: HashMap::new(), bytes, share: Share::Within }
    }
}

/// A number that this program has not used yet.
fn next_number() -> u64 {
    static NUMBERS: AtomicU64 = AtomicU64::new(0);
    NUMBERS.fetch_add(1, Ordering::Relaxed)
}

/// The last number that a body of a run had, and the bytes of its answers and bodies.
const TAKEN_UP: &str = "SELECT max(last), total(bytes) FROM ( \
    SELECT max(id) AS last, total(length(packed)) AS bytes FROM bodies WHERE id >= ?1 AND id < ?2 UNION ALL \
    SELECT max(body), total(length(sku) + length(rest)) FROM answers WHERE id >= ?1 AND id < ?2)";
const INSERT_ANSWER: &str = "INSERT OR REPLACE INTO answers \
    (id, sku, outcome, http_status, started, elapsed, body, rest) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)";
const INSERT_BODY: &str = "INSERT INTO bodies (id, packed) VALUES (?1, ?2)";
const COUNT: &str = "INSERT INTO counts (run, outcome, number) VALUES (?1, ?2, ?3) \
    ON CONFLICT DO UPDATE SET number = number + excluded.number";

/// The number of a run's first answer, body and piece of its list.
pub(super) const fn first(run: i64) -> i64 {
    run << WITHIN
}

/// Where its list's pieces end, and those of the list's origins begin.
pub(super) const fn first_origin(run: i64) -> i64 {
    first(run) + (1 << (WITHIN - 1))
}

/// The word that serde writes for one of our plain enums.
pub(super) fn word(value: &impl serde::Serialize) -> String {
    serde_json::to_string(value).unwrap_or_default().trim_matches('"').to_owned()
}

fn take(claims: &Claims, run: i64) -> Result<Claim, HistoryError> {
    claims.take(run).map_err(|error| match (error, claims.folder()) {
        (NotClaimed::Failed(error), Some(folder)) => HistoryError::of_system(folder, &error),
        (NotClaimed::Elsewhere | NotClaimed::Failed(_), _) => HistoryError::Elsewhere,
    })
}

fn insert_run(
    write: &Transaction<'_>,
    header: &RunHeader,
    state: RunState,
    ended: Option<Timestamp>,
) -> Result<i64, Fault> {
    let json = serde_json::to_string(header).map_err(|_error| HistoryError::Broken)?;
    let mut insert = write.prepare_cached(
        "INSERT INTO runs (started, ended, state, kind, profile, profile_name, environment, source, header) \
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)",
    )?;
    let run = insert.insert(params![
        record::nanos(header.started),
        ended.map(record::nanos),
        word(&state),
        word(&header.kind),
        header.profile.as_str(),
        header.profile_name,
        header.environment.label(),
        header.source,
        json
    ])?;
    Ok(run)
}

/// Keeps a body, or finds the one that is there already. Gives its number.
fn keep_body(
    write: &Transaction<'_>,
    packer: &mut Packer,
    live: &mut Live,
    run: i64,
    body: &Body,
) -> Result<i64, rusqlite::Error> {
    // Half of a SHA-256: two different bodies with the same one are not to be expected, by accident or by intent.
    let mut hash = [0; 16];
    hash.copy_from_slice(&digest::digest(&digest::SHA256, body.text().as_bytes()).as_ref()[..16]);
    if let Some(id) = live.known.get(&hash) {
        return Ok(*id);
    }
    let bytes = packer.pack(body.text().as_bytes());
    let id = first(run) + live.next_body;
    write.prepare_cached(INSERT_BODY)?.execute(params![id, bytes])?;
    live.next_body += 1;
    live.bytes += bytes.len() as u64;
    if live.known.len() < KNOWN_BODIES {
        live.known.insert(hash, id);
    }
    Ok(id)
}
