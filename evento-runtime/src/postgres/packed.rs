//! Many events in one value.
//!
//! The server describes and sends each row by itself, and sqlx looks up the type of each of its columns: for events of the usual
//! size that takes longer than all the rest of reading them. A batch of small events is therefore one value: the rows as the
//! server writes values of composite types, one behind the other.

use std::str::from_utf8;

use uuid::Uuid;

use super::error::corrupt;
use crate::{
    message::{MessageId, StoredEvent, StreamId},
    store::{
        StoreError,
        packed::{Columns, Malformed, event},
    },
};

/// The events of a value. Without a known stream, each one says its own.
pub(super) struct Packed<'v> {
    rest: &'v [u8],
    stream: Option<&'v StreamId>,
}

impl<'v> Packed<'v> {
    pub(super) fn new(value: &'v [u8], stream: Option<&'v StreamId>) -> Self {
        Self { rest: value, stream }
    }

    fn event(&mut self) -> Result<StoredEvent, StoreError> {
        let stream = self.stream;
        let _columns = self.length().map_err(|reason| corrupt("an event", reason))?;
        event(self, stream).map_err(|Malformed { what, reason }| corrupt(what, reason))
    }

    fn bytes(&mut self, count: usize) -> Result<&'v [u8], String> {
        let (bytes, rest) = self
            .rest
            .split_at_checked(count)
            .ok_or_else(|| format!("{count} bytes are more than there are"))?;
        self.rest = rest;
        Ok(bytes)
    }

    fn length(&mut self) -> Result<i32, String> {
        let (bytes, rest) = self.rest.split_first_chunk().ok_or("it ends too early")?;
        self.rest = rest;
        Ok(i32::from_be_bytes(*bytes))
    }

    /// The next column: its type, its length and its value.
    fn column(&mut self) -> Result<&'v [u8], String> {
        let _type = self.length()?;
        let length = self.length()?;
        let length = usize::try_from(length).map_err(|_| "a column is null".to_owned())?;
        self.bytes(length)
    }
}

impl<'v> Columns<'v> for Packed<'v> {
    fn number(&mut self) -> Result<i64, String> {
        let column = self.column()?;
        let bytes = column.try_into().map_err(|_| format!("a number has {} bytes", column.len()))?;
        Ok(i64::from_be_bytes(bytes))
    }

    fn id(&mut self) -> Result<MessageId, String> {
        Uuid::from_slice(self.column()?).map(MessageId).map_err(|error| format!("an id is no UUID: {error}"))
    }

    fn text(&mut self) -> Result<&'v str, String> {
        from_utf8(self.column()?).map_err(|error| format!("a text is no UTF-8: {error}"))
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
    use super::*;

    /// A column as the server writes it.
    fn column(value: &[u8]) -> Vec<u8> {
        let length = i32::try_from(value.len()).expect("a length");
        [&0_i32.to_be_bytes()[..], &length.to_be_bytes(), value].concat()
    }

    fn record(version: i64) -> Vec<u8> {
        let mut record = 13_i32.to_be_bytes().to_vec();
        for number in [7, version, 1, -5] {
            record.extend(column(&i64::to_be_bytes(number)));
        }
        for id in 1..=3 {
            record.extend(column(Uuid::from_u128(id).as_bytes()));
        }
        for text in ["Näme", "default", r#"{"a":"b"}"#, "[ 1 ]", "", "\0 id"] {
            record.extend(column(text.as_bytes()));
        }
        record
    }

    #[test]
    fn records_stand_one_behind_the_other() {
        let value = [record(1), record(2)].concat();
        let events: Vec<_> = Packed::new(&value, None).map(|event| event.expect("an event")).collect();
        assert_eq!(events.iter().map(|event| event.message.version).collect::<Vec<_>>(), [1, 2]);
        let StoredEvent { position, message } = &events[1];
        assert_eq!((position.0, message.payload_version, message.timestamp.as_millis()), (7, 1, -5));
        assert_eq!((message.id.0.as_u128(), message.causation_id.0.as_u128()), (1, 3));
        assert_eq!((&*message.name, message.metadata.get("a")), ("Näme", Some("b")));
        assert_eq!((message.payload.get(), &*message.stream.id), ("[ 1 ]", "\0 id"));
    }

    #[test]
    fn what_is_no_record_is_refused() {
        let whole = record(1);
        for end in 1..whole.len() {
            let mut events = Packed::new(&whole[..end], None);
            assert!(events.any(|event| event.is_err()), "{end} bytes are no event");
        }
        assert!(Packed::new(&record(-1), None).any(|event| event.is_err()), "no version is negative");
    }
}
