//! Many events in one text.
//!
//! sqlx runs a connection on a thread of its own, and copies each value of each row for the way between the threads, under a
//! lock that all threads of SQLite share. A batch of small events is therefore one value.

use uuid::Uuid;

use super::error::corrupt;
use crate::{
    message::{MessageId, StoredEvent, StreamId},
    store::{
        StoreError,
        packed::{Columns, Malformed, event},
    },
};

/// The events of a text. Without a known stream, each one says its own.
pub(super) struct Packed<'t> {
    rest: &'t str,
    stream: Option<&'t StreamId>,
}

impl<'t> Packed<'t> {
    pub(super) fn new(text: &'t str, stream: Option<&'t StreamId>) -> Self {
        Self { rest: text, stream }
    }

    fn event(&mut self) -> Result<StoredEvent, StoreError> {
        let stream = self.stream;
        event(self, stream).map_err(|Malformed { what, reason }| corrupt(what, reason))
    }

    /// What stands before the next space.
    fn word(&mut self) -> &'t str {
        let (word, rest) = self.rest.split_once(' ').unwrap_or((self.rest, ""));
        self.rest = rest;
        word
    }
}

impl<'t> Columns<'t> for Packed<'t> {
    fn number(&mut self) -> Result<i64, String> {
        let word = self.word();
        word.parse().map_err(|_| format!("a number is `{word}`, which is out of range"))
    }

    fn id(&mut self) -> Result<MessageId, String> {
        let word = self.word();
        Uuid::try_parse(word).map(MessageId).map_err(|error| format!("`{word}` is no UUID: {error}"))
    }

    /// A text behind its length in bytes.
    fn text(&mut self) -> Result<&'t str, String> {
        let word = self.word();
        let length = word.parse().map_err(|_| format!("the length of a text is `{word}`"))?;
        let (text, rest) = self
            .rest
            .split_at_checked(length)
            .ok_or_else(|| format!("{length} bytes are more than there are"))?;
        self.rest = match rest.strip_prefix(' ') {
            Some(rest) => rest,
            None if rest.is_empty() => rest,
            None => return Err(format!("a text does not end after {length} bytes")),
        };
        Ok(text)
    }
}

impl Iterator for Packed<'_> {
    type Item = Result<StoredEvent, StoreError>;

    fn next(&mut self) -> Option<Self::Item> {
        (!self.rest.is_empty()).then(|| self.event())
    }
}

#[cfg(test)]
mod tests {
    use serde_json::value::RawValue;

    use super::*;
    use crate::{
        message::{CommandId, Context, EventMessage, Metadata, Timestamp},
        sqlite::SqliteStore,
        store::{Append, EventStore, Expected, LogQuery, Recording, StateStore, share},
    };

    /// Events whose texts look like what is around them, and a large one behind them if that is wanted.
    fn events(stream: &StreamId, large: bool) -> Vec<EventMessage> {
        let texts = ["", " ", "7 7 ", "a\0b", "ä \n", "{\"a\": 1}"];
        let event = |text: &str, payload: String| EventMessage {
            id: MessageId(Uuid::now_v7()),
            stream: stream.clone(),
            version: 0,
            name: format!("Name{text}").into(),
            payload_version: 3,
            correlation_id: MessageId(Uuid::now_v7()),
            causation_id: MessageId(Uuid::now_v7()),
            timestamp: Timestamp::from_millis(-5),
            metadata: Metadata::new().with(text, text),
            context: Context::new(format!("c{text}")),
            payload: RawValue::from_string(payload).expect("JSON"),
        };
        let small = texts.iter().map(|text| event(text, format!("[ {} ]", serde_json::json!(text))));
        let large = large.then(|| event("large", format!("\"{}\"", "x".repeat(100_000))));
        small.chain(large).collect()
    }

    async fn append(store: &SqliteStore, stream: &StreamId, events: Vec<EventMessage>) {
        let at = Timestamp::from_millis(1);
        let append = Append {
            stream: stream.clone(),
            expected: Expected::Any,
            command: CommandId(Uuid::now_v7()),
            recording: Recording { name: "Do".to_owned(), digest: 1, cause: None, at },
            events,
            closes: false,
        };
        let deadline = tokio::time::Instant::now() + std::time::Duration::from_secs(60);
        store.append(append, deadline).await.expect("appending");
    }

    #[tokio::test]
    async fn events_are_what_they_were_whether_they_are_packed_or_not() {
        for large in [false, true] {
            let folder = tempfile::TempDir::new().expect("a folder for tests");
            let path = folder.path().join("store.db");
            let store = SqliteStore::open(path.to_string_lossy()).await.expect("a file");
            let stream = StreamId::new("K 1 k", "i\0 2 d");
            append(&store, &stream, events(&stream, large)).await;
            let (most, batch) = (100, 4 * 1024 * 1024);
            assert!(share(most, batch).is_some() && share(batch, batch).is_none());
            for max_events in [most, batch] {
                let query = LogQuery { max_events, max_bytes: batch, ..LogQuery::default() };
                let page = store.read_log(&query).await.expect("a page");
                let read = store.read_stream(&stream, 0, max_events, batch).await.expect("the stream");
                assert_eq!(format!("{:?}", page.events), format!("{read:?}"));
                assert_eq!(read.len(), 6 + usize::from(large));
                let texts = read.iter().map(|event| event.message.payload.get());
                let expected = events(&stream, large);
                assert!(texts.eq(expected.iter().map(|event| event.payload.get())));
                for (event, expected) in read.iter().zip(&expected) {
                    let (event, version) = (&event.message, event.position.0);
                    assert_eq!(event.version, version);
                    assert_eq!((&event.stream, &event.name), (&stream, &expected.name));
                    assert_eq!((&event.metadata, &event.context), (&expected.metadata, &expected.context));
                    assert_eq!((event.payload_version, event.timestamp), (3, expected.timestamp));
                }
            }
            store.close().await;
        }
    }

    #[test]
    fn what_is_no_packed_event_is_refused() {
        for text in ["x", "1 2", "1 1 1 1 no-uuid", "1 1 1 99999999999999999999 "] {
            assert!(Packed::new(text, None).any(|event| event.is_err()), "{text}");
        }
    }
}
