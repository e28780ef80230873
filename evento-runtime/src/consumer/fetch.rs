//! Reading ahead: the next page of the log comes while the one before is handled.
//!
//! What is read ahead is only ever used behind the very place for which it was read, so whatever moves the consumer elsewhere
//! makes it void. It takes a connection for the time of one statement, and nobody waits for it who holds another one.

use tokio::{
    sync::watch,
    task::{JoinHandle, spawn},
};
use tracing::{Instrument, Span, debug_span};

use super::ConsumerSpec;
use crate::{
    message::Position,
    store::{ConsumerId, LogMark, LogPage, LogQuery, SharedStore, StoreError},
};

/// A page that is being read, or was.
struct Ahead {
    after: LogMark,
    reading: JoinHandle<Result<LogPage, StoreError>>,
}

impl Drop for Ahead {
    fn drop(&mut self) {
        self.reading.abort();
    }
}

/// Reads the log for a consumer. There are never more than two pages of it in memory.
pub(super) struct Fetch {
    store: SharedStore,
    consumer: ConsumerId,
    /// What is read, wherever it begins.
    query: LogQuery,
    /// How far the log reaches, as far as the store has told.
    head: watch::Receiver<Position>,
    /// What was left of a page, with the place before it.
    rest: Option<(LogMark, LogPage)>,
    ahead: Option<Ahead>,
}

impl Fetch {
    pub(super) fn new(spec: &ConsumerSpec) -> Self {
        let store = spec.environment.store.clone();
        let query = LogQuery {
            after: LogMark::START,
            until: None,
            filter: spec.filter.clone(),
            max_events: spec.options.batch_events,
            max_bytes: spec.options.batch_bytes,
        };
        let consumer = spec.id.clone();
        Self { head: store.watch_head(), store, consumer, query, rest: None, ahead: None }
    }

    /// The page behind a place, and whether it is more than the rest of one that was given already. When the log goes on behind
    /// it, the next one begins to be read.
    pub(super) async fn page(&mut self, after: LogMark) -> Result<(LogPage, bool), StoreError> {
        let (page, is_new) = match self.rest.take() {
            Some((place, rest)) if place == after => (rest, false),
            _ => match self.read_ahead(after).await {
                Some(page) => (page, true),
                None => (read(self.store.clone(), self.span(after), self.behind(after)).await?, true),
            },
        };
        let goes_on = !page.events.is_empty() && page.scanned.position < *self.head.borrow();
        if !goes_on {
            self.ahead = None;
        } else if self.ahead.as_ref().is_none_or(|ahead| ahead.after != page.scanned) {
            let (span, query) = (self.span(page.scanned), self.behind(page.scanned));
            let reading = spawn(read(self.store.clone(), span, query));
            self.ahead = Some(Ahead { after: page.scanned, reading });
        }
        Ok((page, is_new))
    }

    /// Has everything read again.
    pub(super) fn forget(&mut self) {
        (self.rest, self.ahead) = (None, None);
    }

    /// Keeps what is left of a page behind the place up to which it was handled.
    pub(super) fn keep(&mut self, mut page: LogPage, done: LogMark) {
        page.events.retain(|event| event.position > done.position);
        self.rest = (!page.events.is_empty()).then_some((done, page));
    }

    /// What was read ahead behind a place. What failed is read again, so that it fails for whoever needs it; and what was
    /// empty, because there may be more by now.
    async fn read_ahead(&mut self, after: LogMark) -> Option<LogPage> {
        let mut ahead = self.ahead.take().filter(|ahead| ahead.after == after)?;
        let read = (&mut ahead.reading).await;
        read.ok()?.ok().filter(|page| !page.events.is_empty())
    }

    fn span(&self, after: LogMark) -> Span {
        debug_span!("read_log", consumer = %self.consumer, after = after.position.0)
    }

    fn behind(&self, after: LogMark) -> LogQuery {
        LogQuery { after, ..self.query.clone() }
    }
}

async fn read(store: SharedStore, span: Span, query: LogQuery) -> Result<LogPage, StoreError> {
    store.read_log(&query).instrument(span).await
}
