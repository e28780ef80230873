//! Appending, and reading by stream.

use std::{borrow::Cow, sync::Arc, time::Duration};

use futures_util::future::{join, join_all};
use tokio::time::{Instant, timeout};

use super::{StoreFactory, kit::*};
use crate::{
    message::{Context, Metadata, Position, StreamId, Timestamp},
    store::{AppendError, Appended, Expected, LogFilter, LogQuery, StoreError},
};

type Factory = Arc<dyn StoreFactory>;

pub(super) async fn positions_and_versions_are_dense(factory: Factory) {
    let store = factory.open().await;
    assert_eq!(ok(store.head().await, "reading the head"), Position::START, "a new log is empty");
    let (a, b) = (stream("a"), stream("b"));
    let mut expected = 1;
    for (stream, version, count) in [(&a, 0, 1), (&b, 0, 3), (&a, 1, 2), (&b, 3, 1)] {
        let names = vec!["OrderPlaced"; count];
        let appended = ok(
            store.append(append(stream, Expected::Version(version), &names), far()).await,
            "an append at the right version",
        );
        let wanted = Appended { first: Position(expected), first_version: version + 1, count: count as u32 };
        assert_eq!(appended, wanted, "an append gets the next positions and versions");
        expected += count as u64;
    }
    let events = whole_log(&store).await;
    let places: Vec<_> =
        events.iter().map(|event| (&*event.message.stream.id, event.message.version)).collect();
    assert_eq!(places, [("a", 1), ("b", 1), ("b", 2), ("b", 3), ("a", 2), ("a", 3), ("b", 4)]);
}

pub(super) async fn a_wrong_version_is_a_conflict(factory: Factory) {
    let store = factory.open().await;
    let (there, missing) = (stream("there"), stream("missing"));
    fill(&store, &there, 2).await;
    for wrong in [0, 1, 3, 8] {
        let refused = store.append(append(&there, Expected::Version(wrong), &["A", "B"]), far()).await;
        is_conflict(&refused, 2);
    }
    let refused = store.append(append(&missing, Expected::Version(1), &["A"]), far()).await;
    is_conflict(&refused, 0);
    assert_eq!(whole_log(&store).await.len(), 2, "an append that conflicts must store nothing");

    // A conflict is no outcome: the command may be tried again.
    let mut again = append(&there, Expected::Version(1), &["A"]);
    is_conflict(&store.append(again.clone(), far()).await, 2);
    assert_eq!(
        ok(store.ledger_entry(again.command).await, "reading the ledger"),
        None,
        "a command that conflicted must not be in the ledger"
    );
    again.expected = Expected::Version(2);
    ok(store.append(again, far()).await, "trying a command again after a conflict");
}

pub(super) async fn any_version_appends_at_the_end(factory: Factory) {
    let store = factory.open().await;
    let stream = stream("a");
    for (count, version) in [(1, 1), (2, 2), (1, 4)] {
        let names = vec!["Noted"; count];
        let appended =
            ok(store.append(append(&stream, Expected::Any, &names), far()).await, "appending anywhere");
        assert_eq!(appended.first_version, version, "the store sets the version");
    }
    let events = ok(store.read_stream(&stream, 0, 10, usize::MAX).await, "reading a stream");
    let versions: Vec<_> = events.iter().map(|event| event.message.version).collect();
    assert_eq!(versions, [1, 2, 3, 4]);
}

pub(super) async fn a_closed_stream_takes_no_event(factory: Factory) {
    let store = factory.open().await;
    let stream = stream("a");
    let mut last = append(&stream, Expected::Version(0), &["OrderPlaced", "OrderDeleted"]);
    last.closes = true;
    ok(store.append(last, far()).await, "an append that closes its stream");
    for expected in [Expected::Version(2), Expected::Version(0), Expected::Any] {
        let refused = store.append(append(&stream, expected, &["OrderPlaced"]), far()).await;
        assert!(
            matches!(refused, Err(AppendError::Closed { .. })),
            "a closed stream must refuse an append at {expected:?} as closed, not {refused:?}"
        );
    }
    assert_eq!(whole_log(&store).await.len(), 2, "a closed stream takes nothing");
}

pub(super) async fn events_read_back_as_they_were(factory: Factory) {
    let store = factory.open().await;
    let texts =
        ["", " ", "é", "日本語", "🦀", "a'b\"c\\d", "100%_", "\u{0}", "x\u{0}y", "\u{10ffff}", "line\nbreak"];
    for text in texts {
        let stream = StreamId::new(format!("Kind {text}"), format!("id {text}"));
        let mut append = append(&stream, Expected::Version(0), &["OrderPlaced"]);
        for event in &mut append.events {
            event.name = Cow::Owned(format!("Name {text}"));
            event.context = Context::new(format!("context {text}"));
            event.metadata = Metadata::new().with("user", text).with(format!("key {text}"), "");
            event.payload_version = u32::MAX;
            event.timestamp = Timestamp::from_millis(-62_135_596_800_000);
            event.correlation_id = new_id();
            event.payload = json(format!(
                r#"{{ "text": {}, "big": 18446744073709551615, "exact": 1.10, "nested": [null, true, {{}}], "same": 1, "same": 2, "nul": "\u0000", "lone": "\ud800" }}"#,
                ok(serde_json::to_string(text), "encoding a text"),
            ));
        }
        let sent = append.events.clone();
        match store.append(append, far()).await {
            Ok(_) => {}
            // A store may refuse what it cannot keep, but never change it.
            Err(AppendError::Store(StoreError::Failed { .. } | StoreError::Unsupported { .. }))
                if text.contains('\0') =>
            {
                continue;
            }
            Err(error) => panic!("an event with the text {text:?} must be stored, but: {error}"),
        }
        let read = ok(store.read_stream(&stream, 0, 10, usize::MAX).await, "reading a stream");
        assert_eq!(read.len(), 1, "a stream with the text {text:?} must be found again");
        for (sent, read) in sent.iter().zip(&read) {
            let read = &read.message;
            assert_eq!(read.id, sent.id);
            assert_eq!(read.stream, stream);
            assert_eq!(read.version, 1);
            assert_eq!(read.name, sent.name);
            assert_eq!(read.payload_version, sent.payload_version);
            assert_eq!(read.correlation_id, sent.correlation_id);
            assert_eq!(read.causation_id, sent.causation_id);
            assert_eq!(read.timestamp, sent.timestamp);
            assert_eq!(read.metadata, sent.metadata);
            assert_eq!(read.context, sent.context);
            assert_eq!(read.payload.get(), sent.payload.get(), "a payload must read back to the letter");
        }
    }
}

pub(super) async fn streams_are_read_in_pages(factory: Factory) {
    let store = factory.open().await;
    let stream = stream("a");
    fill(&store, &stream, 5).await;
    fill(&store, &super::kit::stream("b"), 2).await;
    let mut versions = Vec::new();
    let mut after = 0;
    loop {
        let page = ok(store.read_stream(&stream, after, 2, usize::MAX).await, "reading a stream");
        assert!(page.len() <= 2, "a page must not be larger than its limit");
        let Some(last) = page.last() else { break };
        after = last.message.version;
        versions.extend(page.iter().map(|event| event.message.version));
    }
    assert_eq!(versions, [1, 2, 3, 4, 5]);
    let page = ok(store.read_stream(&stream, 0, 10, 1).await, "reading a stream in small pages");
    assert_eq!(page.len(), 1, "a page has at least one event, however small its limit in bytes");
    let two = page.iter().map(crate::message::StoredEvent::size).sum::<usize>() * 2;
    let page = ok(store.read_stream(&stream, 1, 10, two).await, "reading a stream by bytes");
    assert_eq!(page.len(), 2, "a page must be bounded by bytes");
    let none = ok(store.read_stream(&super::kit::stream("c"), 0, 10, 10).await, "reading no stream");
    assert!(none.is_empty(), "a stream that is not there has no events");
}

pub(super) async fn an_expired_append_stores_nothing(factory: Factory) {
    let store = factory.open().await;
    let late = append(&stream("a"), Expected::Version(0), &["OrderPlaced"]);
    let command = late.command;
    let refused = store.append(late, Instant::now()).await;
    assert!(
        matches!(refused, Err(AppendError::Expired)),
        "an append behind its deadline must be expired, not {refused:?}"
    );
    // The next one comes behind it, should it still be there.
    fill(&store, &stream("b"), 1).await;
    assert_eq!(whole_log(&store).await.len(), 1, "an expired append must store nothing");
    assert_eq!(ok(store.ledger_entry(command).await, "reading the ledger"), None);
}

pub(super) async fn a_too_large_event_is_refused(factory: Factory) {
    let store = factory.open().await;
    let limit = store.max_event_bytes();
    let stream = stream("a");
    let mut large = append(&stream, Expected::Version(0), &["OrderPlaced", "OrderPlaced"]);
    if let Some(event) = large.events.last_mut() {
        event.payload = json(format!("\"{}\"", "x".repeat(limit)));
    }
    let refused = store.append(large, far()).await;
    assert!(
        matches!(refused, Err(AppendError::Store(StoreError::TooLarge { .. }))),
        "an event beyond the limit must be refused as too large, not {refused:?}"
    );
    assert_eq!(ok(store.head().await, "reading the head"), Position::START, "nothing of it must be stored");
    let mut fits = append(&stream, Expected::Version(0), &["OrderPlaced"]);
    for event in &mut fits.events {
        let room = limit - event.size() + event.payload.get().len() - 2;
        event.payload = json(format!("\"{}\"", "x".repeat(room)));
        assert_eq!(event.size(), limit);
    }
    ok(store.append(fits, far()).await, "appending an event of the largest size");
    let read = ok(store.read_stream(&stream, 0, 1, 1).await, "reading an event of the largest size");
    assert_eq!(read.iter().map(crate::message::StoredEvent::size).sum::<usize>(), limit);
}

pub(super) async fn the_head_is_watched(factory: Factory) {
    let store = factory.open().await;
    let mut heads = store.watch_head();
    let watching = tokio::spawn(async move {
        let found = timeout(Duration::from_secs(30), heads.wait_for(|head| head.0 >= 3)).await;
        matches!(found, Ok(Ok(_)))
    });
    fill(&store, &stream("a"), 3).await;
    assert!(ok(watching.await, "watching the head"), "whoever watches the head must be told that it moved");
}

/// Texts that some database changes, cuts, or takes for others.
fn odd_texts() -> Vec<String> {
    let mut texts: Vec<String> =
        ["a", "A", "a ", " a", "ä", "a\u{308}", "ss", "ß", "\u{10ffff}", "🦀", "", "a\0b", "%", "_", "'\"\\"]
            .map(str::to_owned)
            .into();
    texts.extend([300, 2_000, 70_000].map(|length| "n".repeat(length)));
    texts
}

pub(super) async fn odd_texts_are_kept_or_refused(factory: Factory) {
    let store = factory.open().await;
    let mut kept = Vec::new();
    for text in odd_texts() {
        let stream = StreamId::new(text.clone(), text.clone());
        let mut odd = append(&stream, Expected::Version(0), &["OrderPlaced"]);
        odd.recording.name.clone_from(&text);
        for event in &mut odd.events {
            event.name = Cow::Owned(text.clone());
            event.context = Context::new(text.clone());
            event.metadata = Metadata::new().with("key", text.clone()).with("user", "ada");
            event.payload = json(ok(serde_json::to_string(&text), "encoding a text"));
        }
        // Others that are written with it must not suffer.
        let beside: Vec<_> = (0..3)
            .map(|number| store.append(append(&stream_of(&kept, number), Expected::Any, &["Beside"]), far()))
            .collect();
        let (appended, beside) = join(store.append(odd.clone(), far()), join_all(beside)).await;
        for beside in beside {
            ok(beside, "an append beside an odd one");
        }
        match appended {
            Ok(_) => kept.push((stream, odd)),
            Err(AppendError::Store(error)) => {
                assert!(!error.is_transient(), "what cannot be stored will not be later: {error}");
                let read = ok(store.read_stream(&stream, 0, 9, 9_999).await, "reading what was refused");
                assert!(read.is_empty(), "{text:?} was refused");
            }
            Err(other) => panic!("{text:?} must be kept or refused, not {other:?}"),
        }
    }
    assert!(kept.len() >= 10, "most texts are kept");
    let long = append(&stream(&"n".repeat(300)), Expected::Version(0), &["OrderPlaced"]);
    ok(store.append(long, far()).await, "a stream whose id has 300 letters");
    for (stream, odd) in &kept {
        let read = ok(store.read_stream(stream, 0, 9, usize::MAX).await, "reading an odd stream");
        let [event] = read.as_slice() else { panic!("{stream} has {} events, and not one", read.len()) };
        let (event, sent) = (&event.message, &odd.events[0]);
        assert_eq!((&event.stream, &event.name, &event.context), (stream, &sent.name, &sent.context));
        assert_eq!((event.payload.get(), &event.metadata), (sent.payload.get(), &sent.metadata));
        let query = LogQuery {
            filter: LogFilter { names: [sent.name.clone()].into(), ..LogFilter::default() },
            ..everything()
        };
        let found = ok(store.read_log(&query).await, "reading by an odd name").events;
        assert_eq!(found.len(), 1, "{:?} is a name of its own", sent.name);
    }
    whole_log(&store).await;
}

/// A stream beside the odd ones.
fn stream_of<T>(kept: &[T], number: usize) -> StreamId {
    stream(&format!("beside {} {number}", kept.len()))
}
