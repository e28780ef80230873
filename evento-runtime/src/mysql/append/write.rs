//! The rows of appends, as scripts write them.

use crate::{
    message::EventMessage,
    mysql::script::{List, Value},
    store::{
        Append, StoreError,
        values::{limit, metadata_json},
    },
};

/// Adds the row of the ledger for an append whose first position is given.
pub(super) fn ledger(rows: &mut List<'_>, append: &Append, first: Value<'_>) {
    let recording = &append.recording;
    rows.row(&[
        Value::Uuid(append.command.0),
        Value::Key(&recording.name),
        Value::Number(recording.digest.cast_signed()),
        Value::OptionalUuid(recording.cause.map(|cause| cause.0)),
        Value::Number(recording.at.as_millis()),
        first,
        Value::Number(limit(append.events.len())),
    ]);
}

/// Where an event stands.
#[derive(Clone, Copy)]
pub(super) struct Standing<'v> {
    pub(super) position: Value<'v>,
    pub(super) version: Value<'v>,
    /// Whether it is the last one of an append that closes its stream.
    pub(super) closes: bool,
}

/// Adds the row of an event.
pub(super) fn event(
    rows: &mut List<'_>,
    event: &EventMessage,
    standing: Standing<'_>,
) -> Result<(), StoreError> {
    let metadata = metadata_json(event)?;
    rows.row(&[
        standing.position,
        Value::Key(&event.stream.kind),
        Value::Key(&event.stream.id),
        standing.version,
        Value::Uuid(event.id.0),
        Value::Key(&event.name),
        Value::Number(i64::from(event.payload_version)),
        Value::Key(event.context.as_str()),
        Value::Uuid(event.correlation_id.0),
        Value::Uuid(event.causation_id.0),
        Value::Number(event.timestamp.as_millis()),
        Value::Bool(standing.closes),
        if standing.closes { standing.position } else { Value::Null },
        Value::Number(limit(event.size())),
        Value::Text(&metadata),
        Value::Text(event.payload.get()),
    ]);
    Ok(())
}
