//! What is taken out of a database: single entries, everything, and the oldest bodies where it grew beyond its limit.
//!
//! Owns the order in which things go: bodies of the oldest runs first, then the oldest runs that are over; never the latest, one under way
//! or one that can be resumed, and none to make room for one under way. What is removed at the user's wish is overwritten as well.

use std::collections::HashMap;

use rusqlite::{Connection, OptionalExtension as _, TransactionBehavior};

use super::claim::Claims;
use super::database::{Database, Fault, Live, first};
use super::error::HistoryError;
use super::schema::WITHIN;

/// So many rows go in one step, so that answers of a run under way never wait long.
const STEP: i64 = 2000;

/// So many free pages go back to the system in one step.
const SHRINK: i64 = 4000;

/// What came of a step towards the limit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Pruned {
    /// The history is within its limit, or nothing that may go is left.
    Enough,
    /// There is more to do.
    Further,
}

impl Database {
    /// The bytes that are in use, whether in the file or in its log.
    pub(super) fn used(&self) -> Result<u64, Fault> {
        let value = |name: &str| self.connection.pragma_query_value(None, name, |row| row.get::<_, i64>(0));
        let pages = value("page_count")? - value("freelist_count")?;
        Ok(u64::try_from(pages * value("page_size")?).unwrap_or(0))
    }

    /// Removes an entry for good.
    pub(super) fn delete(&mut self, run: i64) -> Result<(), Fault> {
        if self.live.contains_key(&run) {
            return Err(HistoryError::UnderWay.into());
        }
        self.overwriting(|database| {
            let write = database.connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
            // Looked at within: nobody takes the run up meanwhile.
            if database.claims.is_taken(run) {
                return Err(HistoryError::Elsewhere.into());
            }
            for table in ["answers", "bodies", "lists"] {
                let sql = format!("DELETE FROM {table} WHERE id >= ?1 AND id < ?2");
                write.execute(&sql, [first(run), first(run + 1)])?;
            }
            write.execute("DELETE FROM counts WHERE run = ?1", [run])?;
            write.execute("DELETE FROM runs WHERE id = ?1", [run])?;
            write.commit()?;
            Ok(())
        })?;
        self.claims.forget(run);
        self.empty_log()
    }

    /// Removes everything but the runs under way, here or elsewhere. Gives how many of those there are.
    pub(super) fn clear(&mut self) -> Result<usize, Fault> {
        let (kept, gone) = self.overwriting(|database| {
            let write = database.connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
            let (all_kept, gone): (Vec<i64>, Vec<i64>) = runs(&write, "SELECT id FROM runs")?
                .into_iter()
                .partition(|run| is_under_way(&database.live, &database.claims, *run));
            let kept = all_kept.iter().map(ToString::to_string).collect::<Vec<_>>().join(",");
            for table in ["answers", "bodies", "lists"] {
                // Without a condition SQLite drops whole trees of pages.
                let condition =
                    if kept.is_empty() { String::new() } else { format!(" WHERE id >> 32 NOT IN ({kept})") };
                write.execute(&format!("DELETE FROM {table}{condition}"), [])?;
            }
            write.execute(&format!("DELETE FROM counts WHERE run NOT IN ({kept})"), [])?;
            write.execute(&format!("DELETE FROM runs WHERE id NOT IN ({kept})"), [])?;
            write.commit()?;
            Ok((all_kept, gone))
        })?;
        // The file itself becomes small, and nothing of it is left in the log. Where another program is at it or the disk is full, it keeps its
        // size for now; what was in it is overwritten all the same.
        if let Err(error) = self.connection.execute_batch("VACUUM") {
            tracing::info!(%error, "the cleared history keeps its size");
        }
        for run in gone {
            self.claims.forget(run);
        }
        self.empty_log()?;
        Ok(kept.len())
    }

    /// One step towards the limit.
    pub(super) fn prune(&mut self) -> Result<Pruned, Fault> {
        if self.used()? <= self.limit && self.going.is_none() {
            return Ok(Pruned::Enough);
        }
        let Self { connection, claims, live, going, .. } = self;
        // All is looked at within: nobody takes a run up meanwhile.
        let write = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
        let latest: Option<i64> = write.query_row("SELECT max(id) FROM runs", [], |row| row.get(0))?;
        let may_go = |run| Some(run) != latest && !is_under_way(live, claims, run);
        if let Some(run) = with_bodies(&write, may_go)? {
            let range = [first(run), first(run + 1)];
            let sql = "DELETE FROM bodies WHERE id IN (SELECT id FROM bodies WHERE id >= ?1 AND id < ?2 LIMIT ?3)";
            write.execute(sql, [range[0], range[1], STEP])?;
            let sql = "UPDATE runs SET bodies_gone = 2 - EXISTS (SELECT 1 FROM bodies WHERE id >= ?1 AND id < ?2) \
                WHERE id = ?1 >> 32";
            write.execute(sql, range)?;
            write.commit()?;
        } else if let Some(run) = removable(&write, live, claims, *going, may_go)? {
            let range = [first(run), first(run + 1)];
            let sql = "DELETE FROM answers WHERE id IN (SELECT id FROM answers WHERE id >= ?1 AND id < ?2 LIMIT ?3)";
            let is_last = write.execute(sql, [range[0], range[1], STEP])? < STEP as usize;
            if is_last {
                write.execute("DELETE FROM lists WHERE id >= ?1 AND id < ?2", range)?;
                write.execute("DELETE FROM counts WHERE run = ?1", [run])?;
                write.execute("DELETE FROM runs WHERE id = ?1", [run])?;
            }
            write.commit()?;
            // Half an entry is none: it goes to its end.
            *going = (!is_last).then_some(run);
            if is_last {
                claims.forget(run);
            }
        } else {
            *going = None;
            return Ok(Pruned::Enough);
        }
        self.shrink(SHRINK)?;
        Ok(Pruned::Further)
    }

    /// Gives up to so many free pages back to the system.
    fn shrink(&self, pages: i64) -> Result<(), Fault> {
        // Each step of the statement frees one page.
        let mut steps = self.connection.prepare(&format!("PRAGMA incremental_vacuum({pages})"))?;
        let mut rows = steps.query([])?;
        while rows.next()?.is_some() {}
        Ok(())
    }

    /// Writes the log into the file and makes it empty, as far as other programs let it.
    pub(super) fn empty_log(&self) -> Result<(), Fault> {
        self.connection.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |_row| Ok(()))?;
        Ok(())
    }

    /// Does `work` with what is deleted overwritten with zeros.
    fn overwriting<T>(&mut self, work: impl FnOnce(&mut Self) -> Result<T, Fault>) -> Result<T, Fault> {
        self.connection.pragma_update_and_check(None, "secure_delete", "ON", |_row| Ok(()))?;
        let done = work(self);
        self.connection.pragma_update_and_check(None, "secure_delete", "OFF", |_row| Ok(()))?;
        done
    }
}

fn is_under_way(live: &HashMap<i64, Live>, claims: &Claims, run: i64) -> bool {
    live.contains_key(&run) || claims.is_taken(run)
}

/// The oldest run with bodies that may go.
fn with_bodies(connection: &Connection, may_go: impl Fn(i64) -> bool) -> Result<Option<i64>, Fault> {
    let mut next = connection.prepare_cached("SELECT id FROM bodies WHERE id >= ?1 ORDER BY id LIMIT 1")?;
    let mut from = 0;
    while let Some(id) = next.query_row([from], |row| row.get::<_, i64>(0)).optional()? {
        let run = id >> WITHIN;
        if may_go(run) {
            return Ok(Some(run));
        }
        from = first(run + 1);
    }
    Ok(None)
}

/// The oldest run that is over and may go, or the one that is going. None as long as a run is under way anywhere: what it takes is not for
/// others to pay.
fn removable(
    connection: &Connection,
    live: &HashMap<i64, Live>,
    claims: &Claims,
    going: Option<i64>,
    may_go: impl Fn(i64) -> bool,
) -> Result<Option<i64>, Fault> {
    if going.is_some_and(&may_go) {
        return Ok(going);
    }
    let running = runs(connection, "SELECT id FROM runs WHERE state = 'running'")?;
    if running.into_iter().any(|run| is_under_way(live, claims, run)) {
        return Ok(None);
    }
    let mut select = connection.prepare_cached(OVER)?;
    let mut over = select.query([])?;
    while let Some(row) = over.next()? {
        let run = row.get(0)?;
        if may_go(run) {
            return Ok(Some(run));
        }
    }
    Ok(None)
}

/// The runs with nothing left to ask for, the oldest first.
const OVER: &str = "SELECT r.id FROM runs r WHERE r.state = 'finished' OR \
    (SELECT total(c.number) FROM counts c WHERE c.run = r.id) >= json_extract(r.header, '$.count') ORDER BY r.id";

fn runs(connection: &Connection, sql: &str) -> Result<Vec<i64>, Fault> {
    let mut select = connection.prepare_cached(sql)?;
    let runs = select.query_map([], |row| row.get(0))?;
    Ok(runs.collect::<Result<_, _>>()?)
}
