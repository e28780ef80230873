//! Snapshots and the events behind them, compared with all events.

use std::collections::BTreeMap;

use serde_json::{Value, value::RawValue};
use thiserror::Error;

use super::copy::read;
use crate::{
    bundle::DefinedBundle,
    command::{Loaded, apply},
    component::{ComponentBody, ComponentMeta, StateCodec},
    handler::Instance,
    message::{StoredEvent, StreamId},
    outcome::LoadError,
    registry::{AggregateType, aggregate_type},
    store::{StateStore, StoreError},
    testing::diff::{diff, diff_of_texts},
};

/// What was found out about the snapshots of aggregates.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Snapshots {
    /// How many streams of aggregates there are.
    pub streams: usize,
    /// How many snapshots were made and compared.
    pub snapshots: usize,
}

/// What is wrong with the snapshots of an aggregate.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum SnapshotError {
    /// A state that was stored and read again is not the same.
    #[error("a snapshot of {stream} at version {version} loses something (-):\n{difference}")]
    Loses {
        /// The aggregate.
        stream: StreamId,
        /// The version of the snapshot.
        version: u64,
        /// How the two states differ, line by line.
        difference: String,
    },
    /// The events behind a snapshot lead to another state.
    #[error(
        "{stream} at version {end} is another one from its snapshot at version {version} on:\n{difference}"
    )]
    Differs {
        /// The aggregate.
        stream: StreamId,
        /// The version of the snapshot.
        version: u64,
        /// The version of the last event.
        end: u64,
        /// How the two states differ, line by line.
        difference: String,
    },
    /// An event cannot be applied.
    #[error("{stream} cannot be loaded at version {version}: {source}")]
    NotApplied {
        /// The aggregate.
        stream: StreamId,
        /// The version of the event.
        version: u64,
        /// The version of the snapshot behind which it is; `None` without one.
        snapshot: Option<u64>,
        /// What is wrong with it.
        #[source]
        source: LoadError,
    },
    /// A state cannot become JSON, or the JSON cannot become a state.
    #[error("{stream} at version {version} has no snapshot: {source}")]
    NoJson {
        /// The aggregate.
        stream: StreamId,
        /// The version.
        version: u64,
        /// What serde says.
        #[source]
        source: serde_json::Error,
    },
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Every aggregate in the log is the same when it is loaded from a snapshot, taken after any of its events, as when it is loaded from
/// its first event.
///
/// States are compared as JSON, and by their `Debug` unless the state leaves that out (`manual(Debug)`): a field that serde skips is seen
/// there only. The order of lists counts, that in which maps and sets show their entries does not. JSON does not tell sets from lists, so
/// without `Debug` the order of lists does not count either. Each stream takes time that grows with the square of its length.
///
/// # Errors
/// [`SnapshotError`] names the aggregate, the version, and what is wrong.
pub async fn snapshots_equal_replay<B: DefinedBundle>(
    store: &dyn StateStore,
) -> Result<Snapshots, SnapshotError> {
    let mut streams: BTreeMap<StreamId, Vec<StoredEvent>> = BTreeMap::new();
    for event in read(store).await? {
        streams.entry(event.message.stream.clone()).or_default().push(event);
    }
    let mut checked = Snapshots::default();
    for (stream, events) in streams {
        let aggregate = B::META.components.iter().find(|component| component.name == stream.kind);
        let Some(aggregate) = aggregate.and_then(|meta| Aggregate::of(meta, stream)) else { continue };
        checked.snapshots += aggregate.check(&events)?;
        checked.streams += 1;
    }
    Ok(checked)
}

/// One aggregate.
struct Aggregate {
    meta: std::sync::Arc<AggregateType>,
    stream: StreamId,
}

/// A state as it is compared.
struct Shown {
    json: Box<RawValue>,
    debug: Option<String>,
}

impl Aggregate {
    /// The aggregate of a stream; `None` for that of a service.
    fn of(meta: &'static ComponentMeta, stream: StreamId) -> Option<Self> {
        match &meta.body {
            ComponentBody::Aggregate(body) => Some(Self { meta: aggregate_type(meta, body).0, stream }),
            _ => None,
        }
    }

    /// Returns how many snapshots were made.
    fn check(&self, events: &[StoredEvent]) -> Result<usize, SnapshotError> {
        let (mut whole, mut shown) = (Loaded::default(), Vec::new());
        for event in events {
            self.apply(&mut whole, event, None)?;
            // After the end of a life there is nothing left to keep.
            if let Some(state) = whole.state.as_ref() {
                shown.push((whole.version, self.show(state, whole.version)?));
            }
        }
        let end =
            (whole.version, whole.state.as_ref().map(|state| self.show(state, whole.version)).transpose()?);
        for (version, snapshot) in &shown {
            self.check_snapshot(*version, snapshot, events, &end)?;
        }
        Ok(shown.len())
    }

    fn check_snapshot(
        &self,
        version: u64,
        snapshot: &Shown,
        events: &[StoredEvent],
        (end, expected): &(u64, Option<Shown>),
    ) -> Result<(), SnapshotError> {
        let stream = || self.stream.clone();
        let no_json = |source| SnapshotError::NoJson { stream: stream(), version, source };
        let state = (self.codec().decode)(&snapshot.json).map_err(no_json)?;
        if let Some(difference) = snapshot.difference(&self.show(&state, version)?) {
            return Err(SnapshotError::Loses { stream: stream(), version, difference });
        }
        let mut resumed = Loaded { version, state: Some(state), ..Loaded::default() };
        for event in events.iter().filter(|event| event.message.version > version) {
            self.apply(&mut resumed, event, Some(version))?;
        }
        let found = resumed.state.as_ref().map(|state| self.show(state, resumed.version)).transpose()?;
        let difference = match (expected, &found) {
            (Some(expected), Some(found)) => expected.difference(found),
            (None, None) => None,
            (Some(_), None) => Some("its life has ended".to_owned()),
            (None, Some(_)) => Some("its life has not ended".to_owned()),
        };
        match difference {
            Some(difference) => {
                Err(SnapshotError::Differs { stream: stream(), version, end: *end, difference })
            }
            None => Ok(()),
        }
    }

    fn codec(&self) -> StateCodec {
        self.meta.body.codec
    }

    fn apply(
        &self,
        loaded: &mut Loaded,
        event: &StoredEvent,
        snapshot: Option<u64>,
    ) -> Result<(), SnapshotError> {
        apply(&self.meta, loaded, &event.message).map_err(|source| SnapshotError::NotApplied {
            stream: self.stream.clone(),
            version: event.message.version,
            snapshot,
            source,
        })
    }

    fn show(&self, state: &Instance, version: u64) -> Result<Shown, SnapshotError> {
        let (state, codec) = (&**state, self.codec());
        let json = (codec.encode)(state).map_err(|source| SnapshotError::NoJson {
            stream: self.stream.clone(),
            version,
            source,
        })?;
        Ok(Shown { json, debug: (codec.debug)(state) })
    }
}

impl Shown {
    /// How another state differs; `None` when it is the same.
    fn difference(&self, found: &Self) -> Option<String> {
        if let (Some(expected), Some(found)) = (&self.debug, &found.debug)
            && ordered(expected) != ordered(found)
        {
            return Some(diff_of_texts(&format!("{expected}\n"), &format!("{found}\n")));
        }
        let (expected, found) = (value(&self.json), value(&found.json));
        (sorted(expected.clone()) != sorted(found.clone())).then(|| diff(&expected, &found))
    }
}

/// What `Debug` shows, with what stands between braces in one order: maps and sets show their entries in any, and lists have brackets.
fn ordered(text: &str) -> Vec<String> {
    entries(&mut text.lines(), false)
}

/// The entries of a block, up to and with the line that ends it.
fn entries<'t>(lines: &mut impl Iterator<Item = &'t str>, any_order: bool) -> Vec<String> {
    let (mut entries, mut end) = (Vec::new(), None);
    while let Some(line) = lines.next() {
        if line.trim_start().starts_with(['}', ']', ')']) {
            end = Some(line.to_owned());
            break;
        }
        let (mut entry, mut last) = (line.to_owned(), line.to_owned());
        // The key of a map may be a block, and its value the next one.
        while last.ends_with(['{', '[', '(']) {
            let block = self::entries(lines, last.ends_with('{'));
            last = block.last().cloned().unwrap_or_default();
            entry = format!("{entry}\n{}", block.join("\n"));
        }
        entries.push(entry);
    }
    if any_order {
        entries.sort_unstable();
    }
    entries.extend(end);
    entries
}

fn value(json: &RawValue) -> Value {
    // What cannot be read as any value, such as a number that is too large, is compared as text.
    serde_json::from_str(json.get()).unwrap_or_else(|_| Value::String(json.get().to_owned()))
}

/// The same with the elements of lists in one order: sets are stored as lists, in any.
fn sorted(value: Value) -> Value {
    match value {
        Value::Array(elements) => {
            let mut elements: Vec<_> = elements.into_iter().map(sorted).collect();
            elements.sort_by_cached_key(Value::to_string);
            Value::Array(elements)
        }
        Value::Object(fields) => fields.into_iter().map(|(name, value)| (name, sorted(value))).collect(),
        other => other,
    }
}
