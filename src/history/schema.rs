//! The tables of the history, and the steps from each earlier form to the next.
//!
//! Owns every `CREATE`. A form that is newer than this program's is refused before anything is written.
//!
//! An answer's number is its run's number times 2^32 plus its place in the list, so that the answers of a run lie together in
//! the order of the list, without an index for it. Bodies and pieces of lists are numbered alike.

use std::time::Duration;

use rusqlite::{Connection, ErrorCode, TransactionBehavior};

/// The form that this program writes.
pub(super) const VERSION: i64 = 1;
/// The bits of a number that count within a run.
pub(super) const WITHIN: u32 = 32;

/// Another program's writing is waited for this long.
const PATIENCE: Duration = Duration::from_secs(5);

/// Step `n` leads from form `n` to `n + 1`.
const STEPS: [&str; VERSION as usize] = ["
    -- Tells this database from one that was set aside, whose runs have the same numbers.
    CREATE TABLE birth (mark TEXT NOT NULL) STRICT;
    INSERT INTO birth VALUES (lower(hex(randomblob(8))));
    CREATE TABLE runs (
        -- AUTOINCREMENT, so that the number of a deleted run never names another.
        id INTEGER PRIMARY KEY AUTOINCREMENT,
        started INTEGER NOT NULL,
        ended INTEGER,
        state TEXT NOT NULL,
        kind TEXT NOT NULL,
        profile TEXT NOT NULL,
        profile_name TEXT NOT NULL,
        environment TEXT NOT NULL,
        source TEXT NOT NULL,
        header TEXT NOT NULL,
        -- 1: some are missing, 2: all were removed.
        bodies_gone INTEGER NOT NULL DEFAULT 0
    ) STRICT;
    CREATE INDEX runs_by_time ON runs (started);
    CREATE TABLE counts (
        run INTEGER NOT NULL,
        outcome INTEGER NOT NULL,
        number INTEGER NOT NULL,
        PRIMARY KEY (run, outcome)
    ) STRICT, WITHOUT ROWID;
    CREATE TABLE lists (id INTEGER PRIMARY KEY, piece BLOB NOT NULL) STRICT;
    CREATE TABLE answers (
        id INTEGER PRIMARY KEY,
        sku TEXT NOT NULL,
        outcome INTEGER NOT NULL,
        http_status INTEGER,
        started INTEGER NOT NULL,
        elapsed INTEGER NOT NULL,
        body INTEGER,
        rest BLOB NOT NULL
    ) STRICT;
    CREATE INDEX answers_by_sku ON answers (sku);
    CREATE TABLE bodies (id INTEGER PRIMARY KEY, packed BLOB NOT NULL) STRICT;
"];

/// What has to be there, since something asks for it.
const WHOLE: [&str; 6] = [
    "SELECT mark FROM birth",
    "SELECT id, started, ended, state, kind, profile, profile_name, environment, source, header, bodies_gone FROM runs",
    "SELECT run, outcome, number FROM counts",
    "SELECT id, piece FROM lists",
    "SELECT id, sku, outcome, http_status, started, elapsed, body, rest FROM answers",
    "SELECT id, packed FROM bodies",
];

/// Why a database cannot be used.
#[derive(Debug)]
pub(super) enum Refused {
    Newer(i64),
    /// A table is missing, or it is the database of another program.
    NotWhole,
    Sqlite(rusqlite::Error),
}

impl From<rusqlite::Error> for Refused {
    fn from(error: rusqlite::Error) -> Self {
        Self::Sqlite(error)
    }
}

/// Makes a connection ready, and brings its tables to this program's form.
pub(super) fn prepare(connection: &mut Connection) -> Result<(), Refused> {
    connection.busy_timeout(PATIENCE)?;
    let version = version(connection)?;
    if version > VERSION {
        return Err(Refused::Newer(version));
    }
    // Before there is a table: later it would take a VACUUM. Pages that are free at the end go back to the system step by step.
    if version == 0 {
        connection.pragma_update(None, "auto_vacuum", "INCREMENTAL")?;
    }
    // A database in memory stays as it is, and says so.
    connection.pragma_update_and_check(None, "journal_mode", "WAL", |_row| Ok(()))?;
    // The log is forced to the disk at each checkpoint: what was acknowledged survives the death of this program at once, and
    // that of the system in an earlier but whole state.
    connection.pragma_update(None, "synchronous", "NORMAL")?;
    connection.pragma_update(None, "wal_autocheckpoint", 2000)?;
    connection.pragma_update_and_check(None, "journal_size_limit", 16 * 1024 * 1024, |_row| Ok(()))?;
    connection.pragma_update(None, "trusted_schema", "OFF")?;
    connection.set_prepared_statement_cache_capacity(64);
    // Two programs can start at once: whoever comes second looks again.
    let step = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    let version = self::version(&step)?;
    if version > VERSION {
        return Err(Refused::Newer(version));
    }
    // Before this program's first step there is nothing in it.
    let is_foreign = || step.query_row("SELECT count(*) > 0 FROM sqlite_schema", [], |row| row.get::<_, bool>(0));
    if version == 0 && is_foreign()? {
        return Err(Refused::NotWhole);
    }
    if version < VERSION {
        for sql in STEPS.iter().skip(usize::try_from(version).unwrap_or(0)) {
            step.execute_batch(sql)?;
        }
        step.pragma_update(None, "user_version", VERSION)?;
    }
    for sql in WHOLE {
        step.prepare(sql).map_err(|error| match error {
            // The statement names what is not there.
            rusqlite::Error::SqlInputError { .. } => Refused::NotWhole,
            error if error.sqlite_error_code() == Some(ErrorCode::Unknown) => Refused::NotWhole,
            error => error.into(),
        })?;
    }
    step.commit()?;
    Ok(())
}

/// Makes a connection ready that reads what another one of this program has prepared.
pub(super) fn prepare_to_read(connection: &Connection) -> rusqlite::Result<()> {
    connection.busy_timeout(PATIENCE)?;
    connection.pragma_update(None, "trusted_schema", "OFF")?;
    connection.set_prepared_statement_cache_capacity(16);
    Ok(())
}

fn version(connection: &Connection) -> rusqlite::Result<i64> {
    connection.pragma_query_value(None, "user_version", |row| row.get(0))
}
