//! Reading the log.

use std::{borrow::Cow, sync::Arc};

use super::{StoreFactory, kit::*};
use crate::{
    message::{Context, Position, StreamId},
    store::{Expected, LogFilter, LogQuery, SharedStore},
};

type Factory = Arc<dyn StoreFactory>;

pub(super) async fn the_log_is_bounded_by_count(factory: Factory) {
    let store = factory.open().await;
    fill(&store, &stream("a"), 5).await;
    let query = LogQuery { after: Position(1), max_events: 2, ..everything() };
    let page = ok(store.read_log(&query).await, "reading the log");
    let positions: Vec<_> = page.events.iter().map(|event| event.position.0).collect();
    assert_eq!(positions, [2, 3]);
    assert_eq!(page.scanned, Position(3), "when a limit ended the batch, it reaches to its last event");
}

pub(super) async fn the_log_is_bounded_by_bytes(factory: Factory) {
    let store = factory.open().await;
    fill(&store, &stream("a"), 5).await;
    let page = ok(store.read_log(&LogQuery { max_bytes: 1, ..everything() }).await, "reading the log");
    assert_eq!(page.events.len(), 1, "a batch has at least one event, however small its limit in bytes");
    assert_eq!(page.scanned, Position(1));
    let size = page.events.iter().map(crate::message::StoredEvent::size).sum::<usize>();
    let query = LogQuery { max_bytes: size * 3 + size / 2, ..everything() };
    let page = ok(store.read_log(&query).await, "reading the log");
    assert_eq!(page.events.len(), 3, "a batch must be bounded by bytes");
    assert_eq!(page.scanned, Position(3));
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
        };
        let page = ok(store.read_log(&LogQuery { filter, ..everything() }).await, "reading the log");
        let positions: Vec<_> = page.events.iter().map(|event| event.position.0).collect();
        assert_eq!(positions, wanted, "names {names:?}, contexts {contexts:?}, type {kind:?}");
        assert_eq!(page.scanned, Position(8), "without a limit, a batch reaches to the head");
    }
}

pub(super) async fn the_log_tells_how_far_it_looked(factory: Factory) {
    let store = factory.open().await;
    let page = ok(store.read_log(&everything()).await, "reading an empty log");
    assert_eq!((page.events.len(), page.scanned), (0, Position::START), "an empty log");
    mixed(&store).await;
    let nothing = LogFilter { names: Arc::new([Cow::Borrowed("Never")]), ..LogFilter::default() };
    let cases = [
        // Behind, until, what must have been looked at.
        (0, None, 8),
        (0, Some(5), 5),
        (3, Some(100), 8),
        (8, None, 8),
        (100, None, 100),
        (6, Some(2), 6),
    ];
    for (after, until, wanted) in cases {
        for filter in [LogFilter::default(), nothing.clone()] {
            let after = Position(after);
            let query = LogQuery { after, until: until.map(Position), filter, ..everything() };
            let page = ok(store.read_log(&query).await, "reading the log");
            assert_eq!(page.scanned, Position(wanted), "behind {after}, until {until:?}");
            let beyond = page.events.iter().any(|event| event.position <= after || event.position.0 > wanted);
            assert!(!beyond, "events must be behind {after} and not behind {until:?}");
        }
    }
    let opened = LogFilter { names: Arc::new([Cow::Borrowed("Opened")]), ..LogFilter::default() };
    let query = LogQuery { filter: opened, max_events: 2, ..everything() };
    let page = ok(store.read_log(&query).await, "reading the log");
    assert_eq!(page.scanned, Position(3), "when a limit ended the batch, it reaches to its last event");
}
