//! Streams of which a part of a log has only the end: what they follow, and that they have no holes.

use std::collections::{HashMap, HashSet};

use sha2::{Digest as _, Sha256};

use super::{ImportError, compare::at_places, format::Entry, read::Reader};
use crate::{
    message::{MessageId, Position, StreamId},
    store::{LogRecord, LogTransfer, StoreError, StreamState},
};

/// What tells a stream from all others, in so few bytes that those of a long log fit into memory.
fn key(stream: &StreamId) -> u128 {
    let StreamId { kind, id } = stream;
    let length = u64::try_from(kind.len()).unwrap_or(u64::MAX).to_le_bytes();
    let digest = Sha256::new().chain_update(length).chain_update(&**kind).chain_update(&**id).finalize();
    digest.iter().take(16).fold(0, |key, byte| (key << 8) | u128::from(*byte))
}

/// The place in its stream before an event that is not the first one.
fn before(record: &LogRecord) -> (StreamId, u64) {
    let (stream, version) = record.place();
    (stream.clone(), version.saturating_sub(1))
}

/// The streams of which an export has written something.
#[derive(Default)]
pub(super) struct Begun(HashSet<u128>);

impl Begun {
    /// What the next events follow that are the first ones of their streams here, by their positions.
    pub(super) async fn follows<S: LogTransfer + ?Sized>(
        &mut self,
        store: &S,
        group: &[LogRecord],
    ) -> Result<HashMap<Position, MessageId>, StoreError> {
        let mut is_first = |record: &&LogRecord| {
            let (stream, version) = record.place();
            self.0.insert(key(stream)) && version > 1
        };
        let first: Vec<&LogRecord> = group.iter().filter(|record| is_first(record)).collect();
        let places: Vec<_> = first.iter().map(|record| before(record)).collect();
        let found = at_places(store, places.clone()).await?;
        let mut follows = HashMap::new();
        for ((record, found), (stream, version)) in first.into_iter().zip(found).zip(places) {
            let found = found.ok_or_else(|| StoreError::Corrupt {
                what: format!("version {version} of {stream}"),
                reason: "it is not there, and later ones are".to_owned(),
            })?;
            follows.insert(record.event.position, found.event.message.id);
        }
        Ok(follows)
    }
}

/// How far the streams of an archive have come.
#[derive(Default)]
pub(super) struct Streams(HashMap<u128, StreamState>);

impl Streams {
    /// Whether each event follows the one before it in its stream, in the archive or in the store.
    pub(super) async fn check<S: LogTransfer + ?Sized>(
        &mut self,
        store: &S,
        reader: &Reader,
        group: &[Entry],
    ) -> Result<(), ImportError> {
        let mut first = Vec::new();
        for entry in group {
            let (stream, version) = entry.record.place();
            let state = StreamState { version, closed: entry.record.closes };
            match self.0.insert(key(stream), state) {
                Some(last) if last.closed => return Err(closed(entry)),
                Some(last) if last.version.checked_add(1) != Some(version) => {
                    return Err(broken(entry, last.version.saturating_add(1)));
                }
                None if version > 1 => first.push(entry),
                _ => {}
            }
        }
        let places: Vec<_> = first.iter().map(|entry| before(&entry.record)).collect();
        let found = at_places(store, places.clone()).await?;
        for ((entry, found), (stream, version)) in first.into_iter().zip(found).zip(places) {
            let Some(follows) = entry.follows else {
                let reason = "it is the first of its stream here, and does not say which event it follows";
                return Err(reader.malformed_at(entry.line, reason).into());
            };
            let found = found.ok_or_else(|| broken(entry, version))?;
            if found.event.message.id != follows {
                return Err(ImportError::StreamTaken { stream, version });
            }
            if found.closes {
                return Err(closed(entry));
            }
        }
        Ok(())
    }
}

fn broken(entry: &Entry, missing: u64) -> ImportError {
    let event = &entry.record.event;
    ImportError::BrokenStream { stream: event.message.stream.clone(), missing, position: event.position }
}

fn closed(entry: &Entry) -> ImportError {
    let event = &entry.record.event;
    ImportError::Closed { stream: event.message.stream.clone(), position: event.position }
}
