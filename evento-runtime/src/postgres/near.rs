//! The next events, for a reader that is right behind them.
//!
//! Whoever waits at the head of the log and is told of an append names the event at its place and asks for a handful. That takes a
//! statement that looks at nothing else: an idle reader waits some 0.13 ms longer for the one that filters up to the head, to which
//! whatever is not quite as simple is left.

use std::sync::Arc;

use sqlx::postgres::PgRow;

use super::{
    column::{get, unsigned, uuid},
    events::decode,
    place::Place,
};
use crate::{
    message::{MessageId, Position, StoredEvent},
    store::{
        LogMark, LogPage, LogQuery, StoreError,
        values::{bound, limit},
    },
};

/// At most so many events are read in this way. The statement says one more: the one at the reader's place.
const MOST: usize = 16;
/// The largest of them, in bytes.
const LARGEST: usize = 4 * 1024;

/// The page behind a place, if it is simple, and the reader has less than a handful of events before it. `head` is how far the log
/// reaches at least.
pub(super) async fn read(
    place: &Arc<Place>,
    query: &LogQuery,
    head: Position,
) -> Result<Option<LogPage>, StoreError> {
    let ahead = head.0.saturating_sub(query.after.position.0);
    let is_near = (1..=MOST as u64).contains(&ahead);
    let is_simple =
        query.after.event.is_some() && query.until.is_none() && query.filter.recorded_until.is_none();
    if !is_near || !is_simple || query.max_events < MOST || query.max_bytes < MOST * LARGEST {
        return Ok(None);
    }
    let (after, largest) = (bound(query.after.position.0), limit(LARGEST));
    let statement = || place.statement(include_str!("sql/read_near.sql")).bind(after).bind(largest);
    let (rows, _) = place.run("reading the log", statement).await?;
    // What is no such page, for whatever reason, is told of by the other statement.
    Ok(page(query, &rows))
}

/// The page in these rows, if the first one is the place behind which was asked, and the others follow it without a gap.
fn page(query: &LogQuery, rows: &[PgRow]) -> Option<LogPage> {
    let (first, rows) = rows.split_first()?;
    let found = LogMark { position: position(first)?, event: Some(MessageId(uuid(first, 1).ok()?)) };
    if found != query.after {
        return None;
    }
    let (mut events, mut scanned) = (Vec::with_capacity(rows.len()), found);
    for row in rows {
        let is_purged: bool = get(row, 13).ok()?;
        let event = StoredEvent { position: position(row)?, message: decode(row, 0, None).ok()? };
        if is_purged || event.position.0 != scanned.position.0 + 1 {
            return None;
        }
        scanned = (&event).into();
        if query.filter.passes(&event.message) {
            events.push(event);
        }
    }
    // An empty page is taken for the head of the log, which a full one may not reach.
    let reaches_head = !rows.is_empty() && rows.len() < MOST;
    (reaches_head || !events.is_empty()).then_some(LogPage { events, scanned })
}

fn position(row: &PgRow) -> Option<Position> {
    unsigned(row, 0).ok().map(Position)
}
