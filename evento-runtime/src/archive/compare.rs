//! What a store has of an archive.

use std::{collections::HashMap, path::Path};

use super::{
    GROUP, GROUP_BYTES, ImportError, Phase, Progress, Summary,
    format::{Entry, encode},
    progress::Listener,
    read::Reader,
};
use crate::{
    message::{Position, StreamId},
    store::{EventStore, LogQuery, LogRecord, LogTransfer, StoreError},
};

/// What becomes of positions.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Positions {
    /// They are those of the archive.
    Kept,
    /// They are those behind what was in the store before.
    Renumbered,
}

/// What a store has in place of the events of an archive, in their order: with kept positions what is at their positions, otherwise
/// what is at their places in their streams.
pub(super) async fn counterparts<S: EventStore + LogTransfer + ?Sized>(
    store: &S,
    group: &[Entry],
    positions: Positions,
) -> Result<Vec<Option<LogRecord>>, StoreError> {
    match positions {
        Positions::Kept => {
            let found = at_positions(store, group).await?;
            let mut found: HashMap<Position, LogRecord> =
                found.into_iter().map(|record| (record.event.position, record)).collect();
            Ok(group.iter().map(|entry| found.remove(&entry.record.event.position)).collect())
        }
        Positions::Renumbered => {
            let places = group.iter().map(|entry| entry.record.place());
            at_places(store, places.map(|(stream, version)| (stream.clone(), version)).collect()).await
        }
    }
}

/// What is at places of streams, in their order.
pub(super) async fn at_places<S: LogTransfer + ?Sized>(
    store: &S,
    places: Vec<(StreamId, u64)>,
) -> Result<Vec<Option<LogRecord>>, StoreError> {
    if places.is_empty() {
        return Ok(Vec::new());
    }
    let found = store.find_records(&places).await?;
    let mut found: HashMap<(StreamId, u64), LogRecord> = found
        .into_iter()
        .map(|record| ((record.event.message.stream.clone(), record.event.message.version), record))
        .collect();
    Ok(places.iter().map(|place| found.remove(place)).collect())
}

/// What is at the positions of a group without holes, as far as the log reaches.
async fn at_positions<S: EventStore + LogTransfer + ?Sized>(
    store: &S,
    group: &[Entry],
) -> Result<Vec<LogRecord>, StoreError> {
    let mut found = Vec::new();
    let (Some(first), Some(last)) = (group.first(), group.last()) else { return Ok(found) };
    let until = last.record.event.position.min(store.head().await?);
    let mut query = LogQuery {
        after: Position(first.record.event.position.0.saturating_sub(1)).into(),
        until: Some(until),
        max_events: GROUP,
        max_bytes: GROUP_BYTES,
        ..LogQuery::default()
    };
    while query.after.position < until {
        let page = store.read_records(&query).await?;
        if page.scanned.position <= query.after.position {
            return Err(StoreError::LogWentBack { seen: until, found: page.scanned.position });
        }
        query.after = page.scanned;
        found.extend(page.records);
    }
    Ok(found)
}

/// Reads an archive and what a store has of it, which must be the same: event by event, by count and by digest.
pub(super) async fn verify<S: EventStore + LogTransfer + ?Sized>(
    path: &Path,
    store: &S,
    positions: Positions,
    progress: &mut Listener<'_>,
) -> Result<Summary, ImportError> {
    let mut reader = Reader::open(path).await?;
    let (after, total) = (reader.header().after, reader.header().span());
    let mut digest = reader.begun();
    let (mut count, mut last) = (0, Position::START);
    progress(&Progress { phase: Phase::Verifying, done: 0, total });
    while let Some(group) = reader.group().await? {
        let theirs = counterparts(store, &group, positions).await?;
        for (Entry { record, follows, .. }, theirs) in group.iter().zip(theirs) {
            let position = record.event.position;
            let differs = |reason: &str| ImportError::Unverified { position, reason: reason.to_owned() };
            let mut theirs = theirs.ok_or_else(|| differs("it is not there"))?;
            if theirs.event.position <= last {
                return Err(differs("it is there in another order"));
            }
            last = theirs.event.position;
            theirs.event.position = position;
            let line = encode(&theirs, *follows).map_err(|error| differs(&error.to_string()))?;
            let expected = encode(record, *follows).map_err(|error| differs(&error.to_string()))?;
            if line != expected {
                return Err(differs(difference(record, &theirs)));
            }
            digest.update(&line);
            count += 1;
        }
        let done = group.last().map_or(0, |entry| entry.record.event.position.0.saturating_sub(after.0));
        progress(&Progress { phase: Phase::Verifying, done, total });
    }
    progress(&Progress { phase: Phase::Verifying, done: total, total });
    let summary = reader.summary()?;
    let found = digest.finish();
    if (count, &found) != (summary.records, &summary.sha256) {
        let reason = format!("{count} events with the digest {found} came back");
        return Err(ImportError::Unverified { position: summary.last, reason });
    }
    Ok(summary)
}

/// What is different between two events of one place.
fn difference(ours: &LogRecord, theirs: &LogRecord) -> &'static str {
    if ours.event.message.id != theirs.event.message.id {
        "it is another event"
    } else if ours.purged != theirs.purged {
        "it was purged in one of the two"
    } else if ours.event.message.payload.get() != theirs.event.message.payload.get() {
        "its payload is another one"
    } else {
        "what stands beside its payload is something else"
    }
}
