//! What is taken out of a database: single entries, everything, and the oldest bodies where it grew beyond its limit.
//!
//! Owns the order in which things go: bodies of the oldest runs first, then the oldest runs, and never a run under way. What is removed
//! at the user's wish is overwritten as well.

use rusqlite::{OptionalExtension as _, TransactionBehavior};

use super::database::{Database, Fault, first};
use super::error::HistoryError;

/// So many rows go in one step, so that answers of a run under way never wait long.
const STEP: i64 = 2000;

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
        if self.claims.is_taken(run) {
            return Err(HistoryError::Elsewhere.into());
        }
        self.overwriting(|database| {
            let write = database.connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
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
        let runs = self.runs_by_age("1")?;
        let (kept, gone): (Vec<i64>, Vec<i64>) =
            runs.into_iter().partition(|run| self.live.contains_key(run) || self.claims.is_taken(*run));
        self.overwriting(|database| {
            let write = database.connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
            let kept = kept.iter().map(ToString::to_string).collect::<Vec<_>>().join(",");
            for table in ["answers", "bodies", "lists"] {
                // Without a condition SQLite drops whole trees of pages.
                let condition =
                    if kept.is_empty() { String::new() } else { format!(" WHERE id >> 32 NOT IN ({kept})") };
                write.execute(&format!("DELETE FROM {table}{condition}"), [])?;
            }
            write.execute(&format!("DELETE FROM counts WHERE run NOT IN ({kept})"), [])?;
            write.execute(&format!("DELETE FROM runs WHERE id NOT IN ({kept})"), [])?;
            write.commit()?;
            Ok(())
        })?;
        // The file itself becomes small, and nothing of it is left in the log.
        self.connection.execute_batch("VACUUM")?;
        for run in gone {
            self.claims.forget(run);
        }
        self.empty_log()?;
        Ok(kept.len())
    }

    /// One step towards the limit.
    pub(super) fn prune(&mut self, limit: u64) -> Result<Pruned, Fault> {
        if self.used()? <= limit {
            return Ok(Pruned::Enough);
        }
        if let Some(run) = self.oldest("r.bodies_gone < 2")? {
            let write = self.connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
            let range = [first(run), first(run + 1), STEP];
            let sql = "DELETE FROM bodies WHERE id IN (SELECT id FROM bodies WHERE id >= ?1 AND id < ?2 LIMIT ?3)";
            let removed = write.execute(sql, range)? as i64;
            // 0: all there, 1: going, 2: gone, 3: it had none.
            let sql = "UPDATE runs SET bodies_gone = CASE WHEN ?2 = ?3 THEN 1 WHEN ?2 + bodies_gone > 0 THEN 2 ELSE 3 END \
                WHERE id = ?1";
            write.execute(sql, [run, removed, STEP])?;
            write.commit()?;
        } else if let Some(run) = self.oldest("1")? {
            let write = self.connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
            let range = [first(run), first(run + 1), STEP];
            let sql = "DELETE FROM answers WHERE id IN (SELECT id FROM answers WHERE id >= ?1 AND id < ?2 LIMIT ?3)";
            if write.execute(sql, range)? < STEP as usize {
                write.execute("DELETE FROM lists WHERE id >= ?1 AND id < ?2", [first(run), first(run + 1)])?;
                write.execute("DELETE FROM counts WHERE run = ?1", [run])?;
                write.execute("DELETE FROM runs WHERE id = ?1", [run])?;
                self.claims.forget(run);
            }
            write.commit()?;
        } else {
            return Ok(Pruned::Enough);
        }
        self.connection.execute_batch("PRAGMA incremental_vacuum(4000)")?;
        Ok(Pruned::Further)
    }

    /// Writes the log into the file and makes it empty, as far as other programs let it.
    pub(super) fn empty_log(&self) -> Result<(), Fault> {
        self.connection.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |_row| Ok(()))?;
        Ok(())
    }

    /// The oldest run that meets a condition and is not under way.
    fn oldest(&self, condition: &str) -> Result<Option<i64>, Fault> {
        let live: Vec<String> = self.live.keys().map(ToString::to_string).collect();
        let condition = format!("{condition} AND r.id NOT IN ({})", live.join(","));
        let sql = format!("SELECT r.id FROM runs r WHERE {condition} ORDER BY r.started, r.id LIMIT 1");
        let first: Option<i64> = self.connection.query_row(&sql, [], |row| row.get(0)).optional()?;
        match first {
            Some(run) if self.claims.is_taken(run) => {
                Ok(self.runs_by_age(&condition)?.into_iter().find(|run| !self.claims.is_taken(*run)))
            }
            other => Ok(other),
        }
    }

    fn runs_by_age(&self, condition: &str) -> Result<Vec<i64>, Fault> {
        let sql = format!("SELECT r.id FROM runs r WHERE {condition} ORDER BY r.started, r.id");
        let mut select = self.connection.prepare(&sql)?;
        let runs = select.query_map([], |row| row.get(0))?;
        Ok(runs.collect::<Result<_, _>>()?)
    }

    /// Does `work` with what is deleted overwritten with zeros.
    fn overwriting<T>(&mut self, work: impl FnOnce(&mut Self) -> Result<T, Fault>) -> Result<T, Fault> {
        self.connection.pragma_update_and_check(None, "secure_delete", "ON", |_row| Ok(()))?;
        let done = work(self);
        self.connection.pragma_update_and_check(None, "secure_delete", "OFF", |_row| Ok(()))?;
        done
    }
}
