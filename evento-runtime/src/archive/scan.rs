//! Reading a log group by group.

use super::{GROUP, GROUP_BYTES, Header};
use crate::{
    message::Position,
    store::{LogQuery, LogRecord, LogTransfer, StoreError},
};

/// Reads what a header selects. No more than a group is in memory.
pub(super) struct Scan<'s, S: ?Sized> {
    store: &'s S,
    query: LogQuery,
    until: Position,
}

impl<'s, S: LogTransfer + ?Sized> Scan<'s, S> {
    pub(super) fn new(store: &'s S, header: &Header) -> Self {
        let query = LogQuery {
            after: header.after.into(),
            until: Some(header.until),
            filter: header.filter(),
            max_events: GROUP,
            max_bytes: GROUP_BYTES,
        };
        Self { store, query, until: header.until }
    }

    /// The next events, which may be none while the filter leaves everything out; `None` at the end.
    pub(super) async fn next(&mut self) -> Result<Option<Vec<LogRecord>>, StoreError> {
        if self.query.after.position >= self.until {
            return Ok(None);
        }
        let page = self.store.read_records(&self.query).await?;
        if page.scanned.position <= self.query.after.position {
            return Err(StoreError::LogWentBack { seen: self.until, found: page.scanned.position });
        }
        self.query.after = page.scanned;
        Ok(Some(page.records))
    }

    /// How far it has come.
    pub(super) fn place(&self) -> Position {
        self.query.after.position
    }
}
