//! Reading the log.

use std::{borrow::Cow, sync::Arc};

use futures_util::TryStreamExt;

use super::{StoreFactory, kit::*};
use crate::{
    message::{Context, Position, StoredEvent, StreamId, Timestamp},
    retention::purge_deleted,
    store::{Expected, LogFilter, LogMark, LogQuery, SharedStore, StoreError, log_events, stream_events},
};

type Factory = Arc<dyn StoreFactory>;

pub(super) async fn the_log_is_bounded_by_count(factory: Factory) {
    let store = factory.open().await;
    fill(&store, &stream("a"), 5).await;
    let query = LogQuery { after: Position(1).into(), max_events: 2, ..everything() };
    let page = ok(store.read_log(&query).await, "reading the log");
    let positions: Vec<_> = page.events.iter().map(|event| event.position.0).collect();
    assert_eq!(positions, [2, 3]);
    assert_eq!(
        page.scanned.position,
        Position(3),
        "when a limit ended the batch, it reaches to its last event"
    );
}

pub(super) async fn the_log_is_bounded_by_bytes(factory: Factory) {
    let store = factory.open().await;
    fill(&store, &stream("a"), 5).await;
    let page = ok(store.read_log(&LogQuery { max_bytes: 1, ..everything() }).await, "reading the log");
    assert_eq!(page.events.len(), 1, "a batch has at least one event, however small its limit in bytes");
    assert_eq!(page.scanned.position, Position(1));
    let size = page.events.iter().map(crate::message::StoredEvent::size).sum::<usize>();
    let query = LogQuery { max_bytes: size * 3 + size / 2, ..everything() };
    let page = ok(store.read_log(&query).await, "reading the log");
    assert_eq!(page.events.len(), 3, "a batch must be bounded by bytes");
    assert_eq!(page.scanned.position, Position(3));
}

pub(super) async fn an_empty_page_is_at_the_head(factory: Factory) {
    let (store, other) = (factory.open().await, factory.open().await);
    // Somebody waits, so what is appended is kept at hand where that is done.
    let _waits = store.watch_head();
    fill(&store, &stream("a"), 1).await;
    let filter = LogFilter { names: vec!["OrderShipped".into()].into(), ..LogFilter::default() };
    for version in 0..20 {
        let all = whole_log(&store).await;
        let end = LogMark::from(some(all.last(), "an event"));
        let paid = append(&stream("b"), Expected::Version(version), &["OrderPaid"]);
        ok(store.append(paid, far()).await, "appending here");
        let shipped = append(&stream("c"), Expected::Version(version), &["OrderShipped"]);
        ok(other.append(shipped, far()).await, "appending elsewhere");
        let query = LogQuery { after: end, filter: filter.clone(), ..everything() };
        let page = ok(store.read_log(&query).await, "reading the log");
        let found: Vec<_> = page.events.iter().map(|event| event.position.0).collect();
        assert_eq!(found, [end.position.0 + 2], "an empty page says that nothing stands behind");
    }
}

/// Events by two names in two contexts of streams of two types: position 1 to 8.
async fn mixed(store: &SharedStore) {
    for kind in ["Order", "Invoice"] {
        for context in ["default", "berlin"] {
            for name in ["Opened", "Closed"] {
                let stream = StreamId::new(kind, format!("{context} {name}"));
                let mut append = append(&stream, Expected::Version(0), &[name]);
                for event in &mut append.events {
                    event.context = Context::new(context);
                }
                ok(store.append(append, far()).await, "appending");
            }
        }
    }
}

/// Names, contexts and type that are asked for, and the positions that come.
type Case = (&'static [&'static str], &'static [&'static str], Option<&'static str>, &'static [u64]);

pub(super) async fn the_log_is_filtered(factory: Factory) {
    let store = factory.open().await;
    mixed(&store).await;
    let cases: [Case; 9] = [
        (&[], &[], None, &[1, 2, 3, 4, 5, 6, 7, 8]),
        (&["Opened"], &[], None, &[1, 3, 5, 7]),
        (&["Opened", "Closed"], &[], None, &[1, 2, 3, 4, 5, 6, 7, 8]),
        (&[], &["berlin"], None, &[3, 4, 7, 8]),
        (&[], &["berlin", "default"], None, &[1, 2, 3, 4, 5, 6, 7, 8]),
        (&[], &[], Some("Invoice"), &[5, 6, 7, 8]),
        (&["Closed"], &["berlin"], Some("Order"), &[4]),
        (&["opened"], &[], None, &[]),
        (&["Open%"], &["_erlin"], Some("Order"), &[]),
    ];
    for (names, contexts, kind, wanted) in cases {
        let filter = LogFilter {
            names: names.iter().map(|name| Cow::Borrowed(*name)).collect(),
            contexts: contexts.iter().map(|context| Context::new(*context)).collect(),
            stream_kind: kind.map(Cow::Borrowed),
            recorded_until: None,
        };
        let page = ok(store.read_log(&LogQuery { filter, ..everything() }).await, "reading the log");
        let positions: Vec<_> = page.events.iter().map(|event| event.position.0).collect();
        assert_eq!(positions, wanted, "names {names:?}, contexts {contexts:?}, type {kind:?}");
        assert_eq!(page.scanned.position, Position(8), "without a limit, a batch reaches to the head");
    }
}

pub(super) async fn the_log_tells_how_far_it_looked(factory: Factory) {
    let store = factory.open().await;
    let page = ok(store.read_log(&everything()).await, "reading an empty log");
    assert_eq!((page.events.len(), page.scanned.position), (0, Position::START), "an empty log");
    mixed(&store).await;
    let nothing = LogFilter { names: Arc::new([Cow::Borrowed("Never")]), ..LogFilter::default() };
    let cases = [
        // Behind, until, what must have been looked at.
        (0, None, 8),
        (0, Some(5), 5),
        (3, Some(100), 8),
        (8, None, 8),
        (6, Some(2), 6),
    ];
    for (after, until, wanted) in cases {
        for filter in [LogFilter::default(), nothing.clone()] {
            let after = Position(after);
            let query = LogQuery { after: after.into(), until: until.map(Position), filter, ..everything() };
            let page = ok(store.read_log(&query).await, "reading the log");
            assert_eq!(page.scanned.position, Position(wanted), "behind {after}, until {until:?}");
            let beyond = page.events.iter().any(|event| event.position <= after || event.position.0 > wanted);
            assert!(!beyond, "events must be behind {after} and not behind {until:?}");
        }
    }
    let opened = LogFilter { names: Arc::new([Cow::Borrowed("Opened")]), ..LogFilter::default() };
    let query = LogQuery { filter: opened, max_events: 2, ..everything() };
    let page = ok(store.read_log(&query).await, "reading the log");
    assert_eq!(
        page.scanned.position,
        Position(3),
        "when a limit ended the batch, it reaches to its last event"
    );
}

pub(super) async fn the_log_is_filtered_by_time(factory: Factory) {
    let store = factory.open().await;
    for (version, at) in (0_u64..).zip([10, 30, 20, 40]) {
        let mut next = append(&stream("a"), Expected::Version(version), &["OrderPlaced"]);
        for event in &mut next.events {
            event.timestamp = Timestamp::from_millis(at);
        }
        ok(store.append(next, far()).await, "appending");
    }
    for (until, wanted) in
        [(9, vec![]), (10, vec![1]), (20, vec![1, 3]), (39, vec![1, 2, 3]), (40, vec![1, 2, 3, 4])]
    {
        let filter =
            LogFilter { recorded_until: Some(Timestamp::from_millis(until)), ..LogFilter::default() };
        let page = ok(store.read_log(&LogQuery { filter, ..everything() }).await, "reading the log");
        let positions: Vec<_> = page.events.iter().map(|event| event.position.0).collect();
        assert_eq!(positions, wanted, "recorded until {until}");
        assert_eq!(page.scanned.position, Position(4), "what is filtered was looked at");
    }
}

pub(super) async fn a_place_is_recognised(factory: Factory) {
    let store = factory.open().await;
    fill(&store, &stream("a"), 4).await;
    let events = whole_log(&store).await;
    let nothing = LogFilter { names: Arc::new([Cow::Borrowed("Never")]), ..LogFilter::default() };
    for (until, reached) in [(None, 3), (Some(Position(2)), 1)] {
        let query = LogQuery { filter: nothing.clone(), until, ..everything() };
        let page = ok(store.read_log(&query).await, "reading the log");
        let reached: LogMark = (&events[reached]).into();
        assert_eq!(
            page.scanned, reached,
            "a batch names the event to which it reaches, also when it is filtered"
        );
    }
    for event in &events {
        let query = LogQuery { after: event.into(), ..everything() };
        let page = ok(store.read_log(&query).await, "reading behind an event that is there");
        assert_eq!(page.events.len() as u64, 4 - event.position.0);
    }
    let elsewhere = LogMark { event: Some(events[0].message.id), ..LogMark::from(&events[2]) };
    let unknown = LogMark { event: Some(new_id()), ..LogMark::from(&events[3]) };
    for place in [elsewhere, unknown, Position(5).into(), Position(u64::MAX).into()] {
        let read = store.read_log(&LogQuery { after: place, ..everything() }).await;
        match read {
            Err(StoreError::LogWentBack { seen, found }) => {
                assert_eq!((seen, found), (place.position, Position(4)));
            }
            other => panic!("a log without {place:?} went back, which must be told instead of {other:?}"),
        }
    }
}

pub(super) async fn the_log_is_streamed(factory: Factory) {
    let store = factory.open().await;
    mixed(&store).await;
    let berlin = LogFilter { contexts: Arc::new([Context::new("berlin")]), ..LogFilter::default() };
    for max_events in [1, 2, 3, 100] {
        let query = LogQuery { filter: berlin.clone(), max_events, until: Some(Position(7)), ..everything() };
        let events: Vec<_> = ok(log_events(&*store, query).try_collect().await, "streaming the log");
        let positions: Vec<_> = events.iter().map(|event: &StoredEvent| event.position.0).collect();
        assert_eq!(positions, [3, 4, 7], "{max_events} events at once");
    }
    fill(&store, &stream("long"), 600).await;
    let events: Vec<_> =
        ok(stream_events(&*store, stream("long"), 5).try_collect().await, "streaming a stream");
    let versions: Vec<_> = events.iter().map(|event: &StoredEvent| event.message.version).collect();
    assert_eq!(versions, (6..=600).collect::<Vec<_>>());
}

/// Reads on from a place up to the head. Returns the positions.
async fn read_on(store: &SharedStore, mut query: LogQuery, head: Position) -> Vec<u64> {
    let mut found = Vec::new();
    loop {
        let page = ok(store.read_log(&query).await, "reading on");
        found.extend(page.events.iter().map(|event| event.position.0));
        assert!(page.scanned.event.is_some() && page.scanned.position >= query.after.position);
        if page.events.is_empty() {
            assert_eq!(page.scanned.position, head, "an empty page is at the head");
            return found;
        }
        query.after = page.scanned;
    }
}

pub(super) async fn whoever_reads_on_from_anywhere_gets_the_rest(factory: Factory) {
    let (store, other) = (factory.open().await, factory.open().await);
    for number in 0..6 {
        fill(&store, &stream(&format!("small {number}")), 5).await;
        let large = stream(&format!("large {number}"));
        let mut large = append(&large, Expected::Version(0), &["OrderPaid", "OrderShipped"]);
        large.events[number % 2].payload = json(format!("\"{}\"", "x".repeat(10_000)));
        ok(store.append(large, far()).await, "appending what is large");
        let mut closed = append(&stream(&format!("old {number}")), Expected::Version(0), &["OrderShipped"]);
        closed.closes = number < 4;
        ok(store.append(closed, far()).await, "appending what ends a stream");
    }
    let marks: Vec<LogMark> = whole_log(&store).await.iter().map(LogMark::from).collect();
    let done = ok(purge_deleted(&*store, Timestamp::from_millis(i64::MAX), |_| {}).await, "purging");
    assert_eq!(done.purged, 4, "there are tombstones among them");
    let all = ok(store.read_log(&everything()).await, "reading the log").events;
    let head = ok(other.head().await, "reading the head");
    for names in [&[][..], &["OrderPlaced"], &["OrderShipped"], &["Never"]] {
        let names: Arc<[_]> = names.iter().map(|name| Cow::Borrowed(*name)).collect();
        let filter = LogFilter { names, ..LogFilter::default() };
        for mark in &marks {
            let wanted =
                |event: &&StoredEvent| event.position > mark.position && filter.passes(&event.message);
            let expected: Vec<_> = all.iter().filter(wanted).map(|event| event.position.0).collect();
            for (max_events, max_bytes) in [(100, 1 << 20), (17, 1 << 17), (3, 1 << 20), (100, 2_000)] {
                let query =
                    LogQuery { after: *mark, filter: filter.clone(), max_events, max_bytes, ..everything() };
                let found = read_on(&other, query, head).await;
                assert_eq!(
                    found, expected,
                    "behind {mark:?}, {max_events} events of {max_bytes} bytes at once"
                );
            }
        }
    }
}
