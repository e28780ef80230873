//! The lines of an archive.

use std::{borrow::Cow, ops::Not, sync::Arc};

use serde::{Deserialize, Deserializer, Serialize};
use serde_json::value::RawValue;
use uuid::Uuid;

use crate::{
    message::{Context, EventMessage, MessageId, Metadata, Position, StoredEvent, StreamId, Timestamp},
    store::{LogFilter, LogRecord},
};

/// The format of archives that this version of the library writes, and the newest that it reads.
pub const FORMAT: u32 = 1;

/// The first line: of which log the archive is, and what was selected.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Header {
    /// The [format](FORMAT).
    #[serde(rename = "evento_archive")]
    pub format: u32,
    /// What names the log.
    pub log: Uuid,
    /// The events are those behind this position,
    pub after: Position,
    /// up to and with this one.
    pub until: Position,
    /// Stored names of events; empty for all.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub events: Vec<String>,
    /// Contexts; empty for all.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub contexts: Vec<Context>,
    /// The stored name of an aggregate or service; `None` for all.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub stream_kind: Option<String>,
    /// Events that were recorded at this time or before; `None` for all.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub recorded_until: Option<Timestamp>,
}

impl Header {
    /// Whether it has all events behind `after` up to `until`.
    #[must_use]
    pub fn is_whole(&self) -> bool {
        self.filter() == LogFilter::default()
    }

    /// Whether a stream may be in it of which some event is not.
    pub(super) fn may_break_streams(&self) -> bool {
        self.after > Position::START
            || !self.events.is_empty()
            || !self.contexts.is_empty()
            || self.recorded_until.is_some()
    }

    /// How many positions it spans.
    pub(super) fn span(&self) -> u64 {
        self.until.0.saturating_sub(self.after.0)
    }

    pub(super) fn filter(&self) -> LogFilter {
        LogFilter {
            names: self.events.iter().cloned().map(Cow::Owned).collect(),
            contexts: self.contexts.iter().cloned().collect::<Arc<[Context]>>(),
            stream_kind: self.stream_kind.clone().map(Cow::Owned),
            recorded_until: self.recorded_until,
        }
    }
}

/// What every header has, also that of a later format.
#[derive(Deserialize)]
pub(super) struct AnyHeader {
    pub(super) evento_archive: u32,
}

/// The last line.
#[derive(Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Trailer {
    pub(super) records: u64,
    pub(super) sha256: String,
}

impl Trailer {
    /// How its line begins, and no other.
    pub(super) const BEGIN: &[u8] = b"{\"records\":";
}

/// The line of an event.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Line<'l> {
    position: Position,
    #[serde(borrow)]
    kind: Cow<'l, str>,
    #[serde(borrow)]
    stream: Cow<'l, str>,
    version: u64,
    /// The event before it in its stream, of the first one that a part of a log has of the stream.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    follows: Option<MessageId>,
    #[serde(borrow)]
    event: Cow<'l, str>,
    payload_version: u32,
    id: MessageId,
    correlation_id: MessageId,
    causation_id: MessageId,
    timestamp: Timestamp,
    context: Context,
    #[serde(default, skip_serializing_if = "Metadata::is_empty")]
    metadata: Metadata,
    #[serde(default, skip_serializing_if = "Not::not")]
    closes: bool,
    #[serde(default, skip_serializing_if = "Not::not")]
    purged: bool,
    /// As it is stored.
    #[serde(borrow, default, deserialize_with = "there", skip_serializing_if = "Option::is_none")]
    payload: Option<&'l RawValue>,
    /// In its place, when it is stored in several lines.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    payload_text: Option<Cow<'l, str>>,
}

/// A value that is there, be it `null`: as an option, serde would take that for none.
fn there<'de, D: Deserializer<'de>>(value: D) -> Result<Option<&'de RawValue>, D::Error> {
    <&RawValue>::deserialize(value).map(Some)
}

/// Anything as a line.
pub(super) fn line<T: Serialize>(value: &T) -> Result<Vec<u8>, serde_json::Error> {
    let mut line = serde_json::to_vec(value)?;
    line.push(b'\n');
    Ok(line)
}

/// An event of an archive.
pub(super) struct Entry {
    pub(super) record: LogRecord,
    /// What stands before it in its stream, when the archive has none of that.
    pub(super) follows: Option<MessageId>,
    /// Its line, counted from 1.
    pub(super) line: u64,
}

/// The line of an event, which is the first one of its stream here when it says what it follows.
pub(super) fn encode(record: &LogRecord, follows: Option<MessageId>) -> Result<Vec<u8>, serde_json::Error> {
    let StoredEvent { position, message } = &record.event;
    let text = message.payload.get();
    let (payload, payload_text) = match (record.purged, text.contains(['\n', '\r'])) {
        (true, _) => (None, None),
        (false, false) => (Some(&*message.payload), None),
        (false, true) => (None, Some(Cow::Borrowed(text))),
    };
    line(&Line {
        position: *position,
        kind: Cow::Borrowed(&message.stream.kind),
        stream: Cow::Borrowed(&message.stream.id),
        version: message.version,
        follows,
        event: Cow::Borrowed(&message.name),
        payload_version: message.payload_version,
        id: message.id,
        correlation_id: message.correlation_id,
        causation_id: message.causation_id,
        timestamp: message.timestamp,
        context: message.context.clone(),
        metadata: message.metadata.clone(),
        closes: record.closes,
        purged: record.purged,
        payload,
        payload_text,
    })
}

/// The greatest position and the greatest version that every store can keep.
const GREATEST: u64 = i64::MAX as u64;

/// The event of a line, and what it says that it follows.
pub(super) fn decode(line: &[u8]) -> Result<(LogRecord, Option<MessageId>), String> {
    let line: Line<'_> = serde_json::from_slice(line).map_err(|error| error.to_string())?;
    for (what, number) in [("position", line.position.0), ("version", line.version)] {
        if !(1..=GREATEST).contains(&number) {
            return Err(format!("{what} {number} is none: they go from 1 to {GREATEST}"));
        }
    }
    if line.version == 1 && line.follows.is_some() {
        return Err("version 1 follows nothing".to_owned());
    }
    let payload = match (line.purged, line.payload, line.payload_text) {
        (true, None, None) => "null".to_owned(),
        (false, Some(payload), None) => payload.get().to_owned(),
        (false, None, Some(text)) => text.into_owned(),
        (true, ..) => return Err("an event that was purged has no payload".to_owned()),
        (false, ..) => return Err("it must have either `payload` or `payload_text`".to_owned()),
    };
    let payload =
        RawValue::from_string(payload).map_err(|error| format!("its payload is no JSON: {error}"))?;
    let message = EventMessage {
        id: line.id,
        stream: StreamId { kind: Cow::Owned(line.kind.into_owned()), id: line.stream.into() },
        version: line.version,
        name: Cow::Owned(line.event.into_owned()),
        payload_version: line.payload_version,
        correlation_id: line.correlation_id,
        causation_id: line.causation_id,
        timestamp: line.timestamp,
        metadata: line.metadata,
        context: line.context,
        payload,
    };
    let event = StoredEvent { position: line.position, message };
    Ok((LogRecord { event, closes: line.closes, purged: line.purged }, line.follows))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn record(payload: &str) -> LogRecord {
        let id = |number| MessageId(Uuid::from_u128(number));
        let message = EventMessage {
            id: id(1),
            stream: StreamId::new("Order", "a \"b\" é\n"),
            version: 3,
            name: "OrderPlaced".into(),
            payload_version: 2,
            correlation_id: id(2),
            causation_id: id(3),
            timestamp: Timestamp::from_millis(-5),
            metadata: Metadata::new().with("user", "ada"),
            context: Context::new("tenant"),
            payload: RawValue::from_string(payload.to_owned()).expect("JSON"),
        };
        LogRecord { event: StoredEvent { position: Position(7), message }, closes: true, purged: false }
    }

    #[test]
    fn a_payload_is_kept_byte_for_byte() {
        for payload in
            ["{\"a\" : 1.50e3, \"a\":\"\\u00e9é\"}", "{\n  \"a\": 1\r\n}", "null", "12345678901234567890.10"]
        {
            let line = encode(&record(payload), None).expect("a line");
            assert_eq!(line.iter().filter(|byte| **byte == b'\n').count(), 1, "one line: {payload}");
            let (decoded, follows) = decode(line.trim_ascii_end()).expect("an event");
            assert_eq!((decoded.event.message.payload.get(), follows), (payload, None));
            assert_eq!(encode(&decoded, None).expect("a line"), line);
            let (event, before) = (&decoded.event, record(payload).event);
            assert_eq!((event.position, &event.message.stream), (before.position, &before.message.stream));
            assert_eq!(event.message.metadata, before.message.metadata);
            assert!(decoded.closes && !decoded.purged);
        }
    }

    #[test]
    fn what_was_purged_has_no_payload() {
        let tombstone = LogRecord { purged: true, ..record("null") };
        let line = encode(&tombstone, None).expect("a line");
        assert!(!String::from_utf8_lossy(&line).contains("payload\""));
        let (decoded, _) = decode(&line).expect("an event");
        assert!(decoded.purged && decoded.event.message.payload.get() == "null");
        let both = String::from_utf8(encode(&record("1"), None).expect("a line")).expect("text");
        assert!(decode(both.replace("\"closes\":true", "\"purged\":true").as_bytes()).is_err());
        assert!(
            decode(both.replace("\"payload\":1", "\"payload\":1,\"payload_text\":\"1\"").as_bytes()).is_err()
        );
        assert!(decode(both.replace(",\"payload\":1", "").as_bytes()).is_err());
        assert!(decode(both.replace("\"closes\"", "\"closed\"").as_bytes()).is_err(), "an unknown field");
    }

    #[test]
    fn what_an_event_follows_is_said_beside_its_version() {
        let before = Some(MessageId(Uuid::from_u128(9)));
        let line = String::from_utf8(encode(&record("1"), before).expect("a line")).expect("text");
        assert!(line.contains("\"version\":3,\"follows\":\"00000000-"), "{line}");
        assert_eq!(decode(line.as_bytes()).expect("an event").1, before);
        let first = line.replace("\"version\":3", "\"version\":1");
        assert!(decode(first.as_bytes()).expect_err("the first one").contains("follows nothing"));
    }
}
