//! The newest events that this process has appended, for its readers that are right behind them.
//!
//! A reader that waits at the head of the log is told of an append once it is committed. What it then asks the database
//! for is what this process has just sent there, so it is spared the trip. It gets them only when the event at its own place
//! is the one that stood at the head when they were appended.

use std::{
    sync::{Mutex, MutexGuard, PoisonError},
    time::{Duration, Instant},
};

use super::{Append, Appended, LogMark, LogPage, LogQuery};
use crate::message::{EventMessage, MessageId, Position, StoredEvent};

/// How long they are handed out: long enough for whoever has been waiting for them, and not much longer than the answer of a
/// database would be on its way.
const FRESH: Duration = Duration::from_millis(20);
/// Larger appends are read like everything else.
const MAX_EVENTS: usize = 16;
/// The same, in bytes.
const MAX_BYTES: usize = 64 * 1024;

/// What was appended last, if anything was a moment ago.
#[derive(Default)]
pub(crate) struct Tail(Mutex<Option<Newest>>);

struct Newest {
    /// What stood at the head.
    before: LogMark,
    events: Vec<StoredEvent>,
    at: Instant,
}

impl Tail {
    /// Keeps the events of an append that was committed behind an event. Those of a stream that ends are not kept, because
    /// they may be purged.
    pub(crate) fn keep(&self, before: (u64, MessageId), append: &Append, appended: Appended) {
        let bytes: usize = append.events.iter().map(EventMessage::size).sum();
        let fits = (1..=MAX_EVENTS).contains(&append.events.len()) && bytes <= MAX_BYTES;
        let follows = appended.first.0 == before.0 + 1;
        let newest = (fits && follows && !append.closes).then(|| Newest {
            before: LogMark { position: Position(before.0), event: Some(before.1) },
            events: (0..)
                .zip(&append.events)
                .map(|(offset, event)| stored(append, event, appended, offset))
                .collect(),
            at: Instant::now(),
        });
        *self.newest() = newest;
    }

    /// The answer to a query, if it asks for just these events.
    ///
    /// It is never empty. Others may have appended behind these events, and an empty page is taken for the head of the log.
    pub(crate) fn page(&self, query: &LogQuery) -> Option<LogPage> {
        self.page_at(query, Instant::now())
    }

    fn page_at(&self, query: &LogQuery, now: Instant) -> Option<LogPage> {
        let newest = self.newest();
        let newest = newest.as_ref().filter(|newest| now.saturating_duration_since(newest.at) < FRESH)?;
        let bytes: usize = newest.events.iter().map(StoredEvent::size).sum();
        let fits = newest.events.len() <= query.max_events && bytes <= query.max_bytes;
        if query.after != newest.before || query.until.is_some() || !fits {
            return None;
        }
        let scanned = newest.events.last()?.into();
        let wanted = newest.events.iter().filter(|event| query.filter.passes(&event.message));
        let events: Vec<StoredEvent> = wanted.cloned().collect();
        (!events.is_empty()).then_some(LogPage { events, scanned })
    }

    fn newest(&self) -> MutexGuard<'_, Option<Newest>> {
        // It is replaced as a whole.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// An event as the stores write it: in the stream of its append, with the version that it got there.
fn stored(append: &Append, event: &EventMessage, appended: Appended, offset: u64) -> StoredEvent {
    let (stream, version) = (append.stream.clone(), appended.first_version + offset);
    let message = EventMessage { stream, version, ..event.clone() };
    StoredEvent { position: Position(appended.first.0 + offset), message }
}

#[cfg(test)]
mod tests {
    use serde_json::value::RawValue;
    use uuid::Uuid;

    use super::*;
    use crate::{
        message::{CommandId, Context, Metadata, StreamId, Timestamp},
        store::{Expected, LogFilter, Recording},
    };

    fn append(names: &[&'static str], closes: bool) -> Append {
        let stream = StreamId::new("Order", "a");
        let event = |name: &&'static str| EventMessage {
            id: MessageId(Uuid::now_v7()),
            stream: stream.clone(),
            version: 0,
            name: (*name).into(),
            payload_version: 1,
            correlation_id: MessageId(Uuid::nil()),
            causation_id: MessageId(Uuid::nil()),
            timestamp: Timestamp::default(),
            metadata: Metadata::new(),
            context: Context::DEFAULT,
            payload: RawValue::from_string("{}".to_owned()).expect("JSON"),
        };
        let events = names.iter().map(event).collect();
        let recording = Recording { name: String::new(), digest: 0, cause: None, at: Timestamp::default() };
        let command = CommandId(Uuid::nil());
        Append { stream: stream.clone(), expected: Expected::Any, command, recording, events, closes }
    }

    const SEEN: MessageId = MessageId(Uuid::from_u128(7));

    fn after(position: u64, event: MessageId) -> LogQuery {
        LogQuery {
            after: LogMark { position: Position(position), event: Some(event) },
            ..LogQuery::default()
        }
    }

    const APPENDED: Appended = Appended { first: Position(4), first_version: 9, count: 2 };

    /// What is kept of an append, and when.
    fn kept(before: u64, append: &Append) -> (Tail, Instant) {
        let tail = Tail::default();
        tail.keep((before, SEEN), append, APPENDED);
        let at = tail.newest().as_ref().map_or_else(Instant::now, |newest| newest.at);
        (tail, at)
    }

    fn names(names: &[&'static str]) -> LogFilter {
        LogFilter { names: names.iter().map(|name| (*name).into()).collect(), ..LogFilter::default() }
    }

    #[test]
    fn a_reader_right_behind_gets_what_was_appended() {
        let append = append(&["Placed", "Paid"], false);
        let (tail, at) = kept(3, &append);
        let query = LogQuery { filter: names(&["Paid"]), ..after(3, SEEN) };
        let page = tail.page_at(&query, at).expect("a page");
        let found: Vec<_> =
            page.events.iter().map(|event| (event.position.0, event.message.version)).collect();
        assert_eq!(found, [(5, 10)], "what is not wanted is left out");
        assert_eq!(page.scanned, LogMark { position: Position(5), event: Some(append.events[1].id) });
    }

    #[test]
    fn a_reader_who_wants_nothing_of_it_asks_the_database() {
        let (tail, at) = kept(3, &append(&["Placed", "Paid"], false));
        assert!(tail.page_at(&after(3, SEEN), at).is_some(), "it is there for others");
        let query = LogQuery { filter: names(&["Shipped"]), ..after(3, SEEN) };
        assert!(tail.page_at(&query, at).is_none(), "an empty page says that nothing stands behind");
    }

    #[test]
    fn events_are_told_in_the_stream_of_their_append() {
        let mut append = append(&["Placed", "Paid"], false);
        append.events[1].stream = StreamId::new("Order", "another");
        let (tail, at) = kept(3, &append);
        let page = tail.page_at(&after(3, SEEN), at).expect("a page");
        assert_eq!(page.events.len(), 2);
        assert!(page.events.iter().all(|event| event.message.stream == append.stream), "as it is stored");
    }

    #[test]
    fn nobody_else_gets_it() {
        let taken = append(&["Placed", "Paid"], false);
        let (tail, at) = kept(3, &taken);
        assert!(tail.page_at(&after(3, SEEN), at).is_some(), "it is there");
        let other = MessageId(Uuid::from_u128(8));
        let others = [
            ("another event stands at the place: it is another log", after(3, other)),
            ("there is something between", after(2, SEEN)),
            ("nobody knows which log it is", LogQuery { after: Position(3).into(), ..LogQuery::default() }),
            ("there are too many events", LogQuery { max_events: 1, ..after(3, SEEN) }),
            ("there are too many bytes", LogQuery { max_bytes: 1, ..after(3, SEEN) }),
            ("it is too far", LogQuery { until: Some(Position(4)), ..after(3, SEEN) }),
        ];
        for (why, query) in others {
            assert!(tail.page_at(&query, at).is_none(), "{why}");
        }
    }

    #[test]
    fn what_others_may_change_is_not_kept() {
        let taken = append(&["Placed", "Paid"], false);
        let (tail, at) = kept(3, &taken);
        assert!(tail.page_at(&after(3, SEEN), at).is_some(), "it is there");
        tail.keep((2, SEEN), &taken, APPENDED);
        assert!(tail.newest().is_none(), "somebody else has appended before it");
        tail.keep((3, SEEN), &taken, APPENDED);
        assert!(tail.newest().is_some(), "it is there again");
        tail.keep((3, SEEN), &append(&["Closed"], true), APPENDED);
        assert!(tail.newest().is_none(), "it may be purged");
    }

    #[test]
    fn it_is_not_kept_for_long() {
        let (tail, at) = kept(3, &append(&["Placed"], false));
        let soon = FRESH.saturating_sub(Duration::from_nanos(1));
        assert!(tail.page_at(&after(3, SEEN), at + soon).is_some(), "it is fresh");
        assert!(tail.page_at(&after(3, SEEN), at + FRESH).is_none());
    }
}
