//! Many events in one value: their order in it, which is the same wherever a database packs them.

use serde_json::value::RawValue;

use super::values::{context, metadata};
use crate::message::{EventMessage, MessageId, Position, StoredEvent, StreamId, Timestamp};

/// A value of which the next column can be read, however the database writes it.
pub(crate) trait Columns<'v> {
    /// A number.
    fn number(&mut self) -> Result<i64, String>;

    /// An identity.
    fn id(&mut self) -> Result<MessageId, String>;

    /// A text.
    fn text(&mut self) -> Result<&'v str, String>;
}

/// Why a value is not what it should be, and of which event, as far as that is known.
pub(crate) struct Malformed {
    pub(crate) what: String,
    pub(crate) reason: String,
}

/// The next event. Without a known stream, it says its own.
pub(crate) fn event<'v>(
    columns: &mut impl Columns<'v>,
    stream: Option<&StreamId>,
) -> Result<StoredEvent, Malformed> {
    let position = unsigned(columns)
        .map_err(|reason| Malformed { what: "the position of an event".to_owned(), reason })?;
    let message =
        message(columns, stream).map_err(|reason| Malformed { what: format!("event {position}"), reason })?;
    Ok(StoredEvent { position: Position(position), message })
}

fn message<'v>(columns: &mut impl Columns<'v>, stream: Option<&StreamId>) -> Result<EventMessage, String> {
    let version = unsigned(columns)?;
    let payload_version = unsigned(columns)?;
    let timestamp = Timestamp::from_millis(columns.number()?);
    let id = columns.id()?;
    let correlation_id = columns.id()?;
    let causation_id = columns.id()?;
    let name = columns.text()?.to_owned().into();
    let context = context(columns.text()?);
    let metadata = metadata(columns.text()?)?;
    let payload = RawValue::from_string(columns.text()?.to_owned())
        .map_err(|error| format!("it is no JSON: {error}"))?;
    let stream = match stream {
        Some(stream) => stream.clone(),
        None => StreamId { kind: columns.text()?.to_owned().into(), id: columns.text()?.into() },
    };
    Ok(EventMessage {
        id,
        stream,
        version,
        name,
        payload_version,
        correlation_id,
        causation_id,
        timestamp,
        metadata,
        context,
        payload,
    })
}

fn unsigned<'v, T: TryFrom<i64>>(columns: &mut impl Columns<'v>) -> Result<T, String> {
    let number = columns.number()?;
    T::try_from(number).map_err(|_| format!("a number is {number}, which is out of range"))
}
