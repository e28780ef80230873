//! The rows of views, by the names of the views. What [`Views`](super::Views) does for every type of view alike is compiled once, here,
//! and not for each view of each program: that is why its futures are boxed.

use futures_core::future::BoxFuture;
use serde_json::value::RawValue;
use tracing::{Instrument, debug_span};

use super::{Access, ViewError, access::Mode};
use crate::store::{Page, ViewMatch, ViewRow};

impl Access {
    /// The row of an id.
    pub(super) fn row(
        &self,
        view: &'static str,
        id: String,
    ) -> BoxFuture<'_, Result<Option<Box<RawValue>>, ViewError>> {
        Box::pin(async move {
            let view = &*self.rows_of(view).await?;
            let span = debug_span!("view_row", %view, id);
            Ok(match &self.mode {
                Mode::Write(writes) => writes.lock().await.row(view, &id).instrument(span).await?,
                Mode::Read { store, .. } => store.view_row(view, &id).instrument(span).await?,
            })
        })
    }

    /// The rows that match, a page of them.
    pub(super) fn found(
        &self,
        view: &'static str,
        matching: ViewMatch,
        page: Page,
    ) -> BoxFuture<'_, Result<Vec<Box<RawValue>>, ViewError>> {
        Box::pin(async move {
            let view = &*self.rows_of(view).await?;
            let span = debug_span!("find_view_rows", %view);
            Ok(match &self.mode {
                Mode::Write(writes) => {
                    writes.lock().await.find(view, &matching, page).instrument(span).await?
                }
                Mode::Read { store, .. } => {
                    store.find_view_rows(view, &matching, page).instrument(span).await?
                }
            })
        })
    }

    /// Whether rows may be written, before one is made.
    pub(super) fn check_writes(&self, view: &'static str) -> Result<(), ViewError> {
        match &self.mode {
            Mode::Write(_) => Ok(()),
            Mode::Read { .. } => Err(ViewError::ReadOnly { view }),
        }
    }

    /// Puts a row in place of the one with its id.
    pub(super) fn put(
        &self,
        view: &'static str,
        id: String,
        body: Box<RawValue>,
        indexes: Vec<(&'static str, String)>,
    ) -> BoxFuture<'_, Result<(), ViewError>> {
        Box::pin(async move {
            let indexes = indexes.into_iter().map(|(field, value)| (field.into(), value)).collect();
            let row = ViewRow { id, body, indexes };
            let Mode::Write(writes) = &self.mode else { return Err(ViewError::ReadOnly { view }) };
            let view = &*self.rows_of(view).await?;
            Ok(writes.lock().await.put(view, row).await?)
        })
    }

    /// Deletes the row of an id. Returns whether there was one.
    pub(super) fn delete(&self, view: &'static str, id: String) -> BoxFuture<'_, Result<bool, ViewError>> {
        Box::pin(async move {
            let Mode::Write(writes) = &self.mode else { return Err(ViewError::ReadOnly { view }) };
            let view = &*self.rows_of(view).await?;
            let span = debug_span!("delete_view_row", %view, id);
            Ok(writes.lock().await.delete(view, &id).instrument(span).await?)
        })
    }
}
