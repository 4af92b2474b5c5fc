//! Arranged rows under chosen columns, as a [`Sheet`]: what is on screen, and so what is copied and exported (P6).
//!
//! A clone shares everything and stays as it was taken, whatever the run does meanwhile.

use std::sync::Arc;

use super::arrangement::{Arranged, RowKey};
use super::columns::ColumnId;
use crate::batch::Answered;
use crate::sheet::{Cell, Head, Keyed, Sheet};

/// What is on screen. Cheap to clone.
#[derive(Debug, Clone)]
pub struct View {
    arranged: Arc<Arranged>,
    columns: Arc<[ColumnId]>,
    heads: Arc<[Head]>,
    version: u64,
}

impl View {
    pub fn new(arranged: Arc<Arranged>, columns: Vec<ColumnId>) -> Self {
        let heads = columns.iter().map(ColumnId::head).collect();
        Self { arranged, columns: columns.into(), heads, version: 0 }
    }

    /// The same under a number that no earlier arrangement had.
    #[must_use]
    pub fn numbered(self, version: u64) -> Self {
        Self { version, ..self }
    }

    pub fn arranged(&self) -> &Arc<Arranged> {
        &self.arranged
    }

    pub fn columns(&self) -> &[ColumnId] {
        &self.columns
    }

    pub fn row_key(&self, row: usize) -> Option<RowKey> {
        self.arranged.key(row)
    }

    /// A row's answer, with which of its prices it shows.
    pub fn row(&self, row: usize) -> Option<(RowKey, &Arc<Answered>)> {
        self.arranged.row(row)
    }
}

impl Sheet for View {
    fn heads(&self) -> &[Head] {
        &self.heads
    }

    fn len(&self) -> usize {
        self.arranged.len()
    }

    fn cell(&self, row: usize, column: usize) -> Cell<'_> {
        match (self.row(row), self.columns.get(column)) {
            (Some((key, answered)), Some(column)) => {
                column.cell(&self.arranged.rows, key.place as usize, answered, key.price())
            }
            _ => Cell::Absent,
        }
    }
}

impl Keyed for View {
    fn key(&self, row: usize) -> u64 {
        self.row_key(row).map_or(u64::MAX, RowKey::bits)
    }

    fn version(&self) -> u64 {
        self.version
    }
}
