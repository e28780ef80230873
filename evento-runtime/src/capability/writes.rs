//! What a projector writes: its rows are gathered, and written many at a time.
//!
//! A trip to the database for each row is most of what writing it costs. A row that was gathered is seen by whoever reads it by
//! its id; before a search, and before anybody gets the connection, all are written.

use std::{any::Any, collections::BTreeMap};

use serde_json::value::RawValue;
use tracing::{Instrument, debug_span};

use crate::store::{ConsumerTransaction, DeadEvent, Page, StoreError, ViewId, ViewMatch, ViewRow};

/// At most so many rows are gathered.
const MAX_ROWS: usize = 1_000;
/// Once so many bytes are gathered, they are written.
const MAX_BYTES: usize = 1024 * 1024;

/// The transaction of a consumer, with the rows that are not written yet.
pub(crate) struct Writes {
    transaction: Box<dyn ConsumerTransaction>,
    gathered: Vec<(ViewId, BTreeMap<String, ViewRow>)>,
    rows: usize,
    bytes: usize,
    /// Whether gathered rows were lost on their way to the database. They may be those of other events than the one that
    /// is told, and whoever is told may go on, so nothing may be committed.
    lost: bool,
}

impl Writes {
    pub(super) fn new(transaction: Box<dyn ConsumerTransaction>) -> Self {
        Self { transaction, gathered: Vec::new(), rows: 0, bytes: 0, lost: false }
    }

    pub(super) fn has_lost_rows(&self) -> bool {
        self.lost
    }

    /// The row of an id, as it will be.
    pub(super) async fn row(&mut self, view: &ViewId, id: &str) -> Result<Option<Box<RawValue>>, StoreError> {
        match self.of(view).and_then(|rows| rows.get(id)) {
            Some(row) => Ok(Some(row.body.clone())),
            None => self.transaction.view_row(view, id).await,
        }
    }

    /// The rows that match, as they will be.
    pub(super) async fn find(
        &mut self,
        view: &ViewId,
        matching: &ViewMatch,
        page: Page,
    ) -> Result<Vec<Box<RawValue>>, StoreError> {
        if self.of(view).is_some_and(|rows| !rows.is_empty()) {
            self.flush().await?;
        }
        self.transaction.find_view_rows(view, matching, page).await
    }

    pub(super) async fn put(&mut self, view: &ViewId, row: ViewRow) -> Result<(), StoreError> {
        self.transaction.check_view_row(view, &row)?;
        let bytes = size(&row);
        if self.of(view).is_none() {
            self.gathered.push((view.clone(), BTreeMap::new()));
        }
        let rows = self.gathered.iter_mut().find(|(known, _)| known == view).map(|(_, rows)| rows);
        match rows.and_then(|rows| rows.insert(row.id.clone(), row)) {
            Some(earlier) => self.bytes -= size(&earlier),
            None => self.rows += 1,
        }
        self.bytes += bytes;
        if self.rows >= MAX_ROWS || self.bytes >= MAX_BYTES { self.flush().await } else { Ok(()) }
    }

    /// Returns whether there was a row.
    pub(super) async fn delete(&mut self, view: &ViewId, id: &str) -> Result<bool, StoreError> {
        let stored = self.transaction.delete_view_row(view, id).await?;
        let gathered = self.gathered.iter_mut().find(|(known, _)| known == view);
        let Some(row) = gathered.and_then(|(_, rows)| rows.remove(id)) else { return Ok(stored) };
        (self.rows, self.bytes) = (self.rows - 1, self.bytes - size(&row));
        Ok(true)
    }

    pub(super) async fn park(&mut self, event: DeadEvent) -> Result<(), StoreError> {
        self.transaction.park(event).await
    }

    /// The connection itself. All rows were written before: see [`flush`](Self::flush).
    pub(super) fn connection(&mut self) -> Option<&mut (dyn Any + Send)> {
        debug_assert!(self.rows == 0, "the connection is lent while rows are gathered");
        self.transaction.connection()
    }

    /// Writes what was gathered.
    pub(super) async fn flush(&mut self) -> Result<(), StoreError> {
        if self.lost {
            return Err(lost());
        }
        if self.rows == 0 {
            return Ok(());
        }
        // Whoever waits for this may be dropped meanwhile.
        self.lost = true;
        for (view, rows) in std::mem::take(&mut self.gathered) {
            let span = debug_span!("put_view_rows", %view, rows = rows.len());
            self.transaction.put_view_rows(&view, rows.into_values().collect()).instrument(span).await?;
        }
        (self.rows, self.bytes, self.lost) = (0, 0, false);
        Ok(())
    }

    /// The transaction, with all rows written.
    pub(super) async fn finish(mut self) -> Result<Box<dyn ConsumerTransaction>, StoreError> {
        self.flush().await?;
        Ok(self.transaction)
    }

    fn of(&self, view: &ViewId) -> Option<&BTreeMap<String, ViewRow>> {
        self.gathered.iter().find(|(known, _)| known == view).map(|(_, rows)| rows)
    }
}

fn size(row: &ViewRow) -> usize {
    let indexes: usize = row.indexes.iter().map(|(field, value)| field.len() + value.len()).sum();
    row.id.len() + row.body.get().len() + indexes
}

fn lost() -> StoreError {
    StoreError::Failed {
        reason: "rows of a view could not be written, and the handler went on; nothing is committed"
            .to_owned(),
        source: None,
    }
}
