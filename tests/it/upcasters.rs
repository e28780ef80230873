//! Events of earlier versions: everybody who reads the log sees them in their present shape, and what cannot be read is told and
//! not lost.

use std::time::Duration;

use evento::{
    App, Client, LoadError, Replay, SendError, WaitError,
    consumer::{ConsumerState, ConsumerStatus},
    message::{EventMessage, MessageId, StoredEvent, StreamId},
    payload::{DecodeError, decode},
    prelude::*,
    serde_json::{self, json, value::RawValue},
    store::{Append, Expected, LogFilter, LogQuery, Recording, SharedStore, Snapshot},
};
use tokio::time::Instant;

use crate::{
    evolving::{Counted, Desk, Reader, Seen, broken, first, second, third},
    stores::{PATIENCE, eventually, on_every_store},
};

const CONSUMERS: [&str; 3] = ["Rows", "Watcher", "Day"];

fn raw(json: &str) -> Box<RawValue> {
    RawValue::from_string(json.to_owned()).expect("JSON")
}

/// A payment in its present shape.
fn paid(till: &str, amount: u64) -> String {
    format!(r#"{{"till":"{till}","amount":{amount},"currency":"EUR"}}"#)
}

async fn stop(app: App) {
    app.shutdown().await.expect("it stops");
}

async fn total(desk: &Client<Desk>, till: &str) -> u64 {
    let receipt = desk.count(till.into()).await.expect("it is accepted");
    receipt.event::<Counted>().expect("it decodes").expect("an event").total
}

async fn events(store: &SharedStore, name: &'static str) -> Vec<StoredEvent> {
    let filter = LogFilter { names: [name.into()].into(), ..LogFilter::default() };
    let query = LogQuery { filter, max_events: 100, max_bytes: usize::MAX, ..LogQuery::default() };
    store.read_log(&query).await.expect("a read").events
}

/// What a projector, an observer and a saga have seen of a till. The observer sees the events of all tills.
async fn seen_by_all(app: &App, store: &SharedStore, seen: &Seen, till: &str) -> [Vec<String>; 3] {
    let row = app.invoker::<Reader>().row(till.into()).await.expect("an answer");
    let of_till = |event: &String| event.contains(&format!(r#""till":"{till}""#));
    let observed = seen.all().into_iter().filter(of_till).collect();
    let sagas = store.find_sagas("shop/Day", "till", till).await.expect("a read");
    let saga =
        sagas.first().map(|saga| serde_json::from_str::<third::Day>(saga.state.get()).expect("a state"));
    [row, observed, saga.map(|saga| saga.seen).unwrap_or_default()]
}

async fn status(app: &App, component: &str) -> ConsumerStatus {
    let all = app.status().await.expect("a status");
    all.into_iter().find(|one| one.consumer.component.ends_with(component)).expect("a consumer")
}

/// Appends a payment that no program of today would write.
async fn forge(store: &SharedStore, till: &str, version: u64, payload_version: u32, payload: &str) {
    let (stream, id) = (StreamId::new("Till", till), uuid::Uuid::now_v7());
    let event = EventMessage {
        id: MessageId(id),
        stream: stream.clone(),
        version,
        name: "Paid".into(),
        payload_version,
        correlation_id: MessageId(id),
        causation_id: MessageId(id),
        timestamp: Timestamp::from_millis(0),
        metadata: Metadata::new(),
        context: Context::DEFAULT,
        payload: raw(payload),
    };
    let append = Append {
        stream,
        expected: Expected::Version(version - 1),
        command: CommandId(id),
        recording: Recording { name: "Forge".into(), digest: 0, cause: None, at: Timestamp::from_millis(0) },
        events: vec![event],
        closes: false,
    };
    store.append(append, Instant::now() + PATIENCE).await.expect("the store takes it");
}

#[test]
fn everybody_sees_the_present_shape_of_old_events() {
    on_every_store(|store| async move {
        let (app, desk) = first::writer(&store).await;
        desk.open("a".into()).await.expect("it opens");
        desk.pay("one".into(), "a".into(), 7).await.expect("it is accepted");
        desk.print("a".into(), "thank you".into()).await.expect("it is accepted");
        stop(app).await;
        let (app, desk) = second::writer(&store).await;
        desk.pay("two".into(), "a".into(), 8).await.expect("it is accepted");
        stop(app).await;

        let seen = Seen::default();
        let (app, desk) = third::start(&store, &seen).await;
        desk.pay("three".into(), "a".into(), 9).await.expect("it is accepted");
        app.wait_for_head(PATIENCE).await.expect("at rest");
        let printed = r#"{"till":"a","lines":["thank you"]}"#.to_owned();
        let expected = [paid("a", 700), printed, paid("a", 800), paid("a", 900)];
        for (who, seen) in CONSUMERS.iter().zip(seen_by_all(&app, &store, &seen, "a").await) {
            assert_eq!(seen, expected, "{who}");
        }
        assert_eq!(total(&desk, "a").await, 2_400, "the aggregate has seen cents only");

        // What was answered by the first version, asked of the third.
        let again = desk.pay("one".into(), "a".into(), 7).await.expect("it is accepted");
        assert!(again.is_repeated());
        let event = again.event::<third::Paid>().expect("it decodes").expect("an event");
        assert_eq!((event.amount, &*event.currency), (700, "EUR"));

        let stored = events(&store, "Paid").await;
        let versions: Vec<_> = stored.iter().map(|event| event.message.payload_version).collect();
        assert_eq!(versions, [1, 2, 3], "each is stored in the version of its program");
        let oldest: serde_json::Value = serde_json::from_str(stored[0].message.payload.get()).expect("JSON");
        assert_eq!(oldest, json!({ "till": "a", "amount": 7 }), "and stays as it was stored");
        stop(app).await;
    });
}

#[test]
fn a_snapshot_of_other_upcasters_is_not_used() {
    on_every_store(|store| async move {
        let stream = StreamId::new("Till", "a");
        let (app, desk) = first::writer(&store).await;
        desk.open("a".into()).await.expect("it opens");
        desk.pay("one".into(), "a".into(), 1).await.expect("it is accepted");
        desk.pay("two".into(), "a".into(), 2).await.expect("it is accepted");
        let snapshot = async || store.load_snapshot(&stream).await.expect("a read");
        eventually("a snapshot", async || snapshot().await.is_some()).await;
        stop(app).await;
        let old = snapshot().await.expect("a snapshot");
        assert_eq!((old.version, old.state.get()), (3, r#"{"total":3}"#), "in whole units");
        // State and sourcing handlers of the second version are the same, token for token. Its events are not.
        let (app, desk) = second::writer(&store).await;
        assert_eq!(total(&desk, "a").await, 300, "in cents");
        stop(app).await;
        // The third has one upcaster more.
        let (app, desk) = third::writer(&store).await;
        assert_eq!(total(&desk, "a").await, 300);
        stop(app).await;
    });
}

#[test]
fn behind_a_snapshot_old_events_are_seen_in_their_present_shape() {
    on_every_store(|store| async move {
        let stream = StreamId::new("Till", "a");
        let (app, desk) = third::writer(&store).await;
        desk.open("a".into()).await.expect("it opens");
        desk.pay("one".into(), "a".into(), 1).await.expect("it is accepted");
        desk.pay("two".into(), "a".into(), 2).await.expect("it is accepted");
        eventually("a snapshot", async || store.load_snapshot(&stream).await.expect("a read").is_some())
            .await;
        stop(app).await;
        // A mark that shows that the snapshot is used.
        let snapshot = store.load_snapshot(&stream).await.expect("a read").expect("a snapshot");
        let marked = Snapshot { state: raw(r#"{"total":10300}"#), ..snapshot };
        store.save_snapshot(&stream, marked).await.expect("it is kept");
        forge(&store, "a", 4, 1, r#"{"till":"a","amount":5}"#).await;
        forge(&store, "a", 5, 2, r#"{"till":"a","amount":6}"#).await;
        let (app, desk) = third::writer(&store).await;
        assert_eq!(total(&desk, "a").await, 10_300 + 500 + 6);
        stop(app).await;
    });
}

#[test]
fn an_upcaster_that_fails_is_told_and_nothing_is_lost() {
    on_every_store(|store| async move {
        let (app, desk) = first::writer(&store).await;
        let bad =
            [("refused", broken::REFUSED), ("panics", broken::PANICS), ("misshapen", broken::MISSHAPEN)];
        for (till, amount) in bad.into_iter().chain([("good", 1)]) {
            desk.open(till.into()).await.expect("it opens");
            desk.pay(till.into(), till.into(), amount).await.expect("it is accepted");
        }
        stop(app).await;

        let seen = Seen::default();
        let (app, desk) = broken::start(&store, &seen).await;
        let head = app.wait_for_head(PATIENCE).await.expect("nobody is held up");
        for (till, _) in bad {
            let error =
                desk.pay(format!("again {till}"), till.into(), 1).await.expect_err("it cannot be loaded");
            let SendError::Unreadable { version: 2, source: LoadError::Undecodable(error), .. } = error
            else {
                panic!("{error}")
            };
            let text = error.to_string();
            assert!(text.starts_with("`Paid` of version 1 cannot be "), "{text}");
            match (till, error) {
                ("refused", DecodeError::UpcasterFailed { upcaster, from, known, source, .. }) => {
                    assert_eq!((upcaster, from, known), ("currency", 2, 3));
                    assert!(text.ends_with("`currency` from version 2 failed: bad luck"), "{text}");
                    assert_eq!(source.to_string(), "bad luck");
                }
                ("panics", DecodeError::UpcasterPanicked { upcaster, message, .. }) => {
                    assert_eq!((upcaster, &*message), ("currency", "as it was told"));
                }
                ("misshapen", DecodeError::Upcast { upcasters, .. }) => {
                    assert_eq!(upcasters, ["cents", "currency"]);
                    assert!(text.contains("after `cents` and `currency`: invalid type"), "{text}");
                }
                (till, error) => panic!("{till}: {error}"),
            }
        }
        assert_eq!(store.head().await.expect("a head"), head, "nothing was appended");
        assert_eq!(total(&desk, "good").await, 100, "others go on");
        for consumer in CONSUMERS {
            let dead = app.dead_events().of(consumer).list(None, 9).await.expect("a list");
            assert_eq!(dead.len(), bad.len(), "{consumer}: {dead:?}");
            for dead in dead {
                if consumer != "Day" {
                    assert_eq!(dead.attempts, 1, "{consumer}: another attempt would be in vain");
                }
                assert!(dead.error.is_some_and(|error| error.contains("`Paid` of version 1")));
                let message = dead.message.expect("it is in the log");
                assert_eq!(message.payload_version, 1);
                assert!(message.event::<broken::Paid>().is_err(), "for the reason for which it is here");
                assert!(message.event::<third::Paid>().is_ok_and(|event| event.is_some()));
                assert!(message.event::<Counted>().is_ok_and(|event| event.is_none()));
            }
        }
        let failures = app.dead_events().of("Watcher").replay(PATIENCE).await.expect("it is asked for");
        assert!(matches!(&failures, Replay::Failed { replayed: 0, .. }), "nothing is mended: {failures:?}");
        stop(app).await;

        let (app, desk) = third::start(&store, &seen).await;
        for consumer in CONSUMERS {
            let replay = app.dead_events().of(consumer).replay(PATIENCE).await.expect("it is asked for");
            assert!(matches!(replay, Replay::Done { .. }), "{consumer}: {replay:?}");
        }
        for (till, amount) in bad.into_iter().chain([("good", 1)]) {
            for (who, seen) in CONSUMERS.iter().zip(seen_by_all(&app, &store, &seen, till).await) {
                assert_eq!(seen, [paid(till, amount * 100)], "{who}");
            }
            assert_eq!(total(&desk, till).await, amount * 100);
        }
        stop(app).await;
    });
}

#[test]
fn newer_events_are_waited_for_until_newer_code_comes() {
    on_every_store(|store| async move {
        let (app, desk) = third::writer(&store).await;
        desk.open("a".into()).await.expect("it opens");
        desk.pay("one".into(), "a".into(), 1).await.expect("it is accepted");
        stop(app).await;

        let seen = Seen::default();
        let (app, desk) = first::start(&store, &seen).await;
        let error = desk.pay("two".into(), "a".into(), 2).await.expect_err("nobody knows what it means");
        let newer = LoadError::NewerEvent { name: "Paid".into(), found: 3, known: 1 };
        let SendError::Unreadable { source, .. } = error else { panic!("{error}") };
        assert_eq!(source.to_string(), newer.to_string());
        for consumer in CONSUMERS {
            eventually("the reason", async || {
                let status = status(&app, consumer).await;
                status.last_error.is_some_and(|error| error.contains("use a newer build"))
            })
            .await;
            let status = status(&app, consumer).await;
            assert_eq!((status.state, status.parked), (ConsumerState::BackingOff, 0), "{consumer}");
            assert!(status.position < Position(2), "{consumer}: nobody passes it");
        }
        let behind = app.wait_for_head(Duration::from_millis(1)).await;
        assert!(matches!(behind, Err(WaitError::Behind { .. })));
        desk.open("b".into()).await.expect("commands of others are handled");
        assert!(seen.all().is_empty());
        stop(app).await;

        let (app, _desk) = third::start(&store, &seen).await;
        app.wait_for_head(PATIENCE).await.expect("at rest");
        for (who, seen) in CONSUMERS.iter().zip(seen_by_all(&app, &store, &seen, "a").await) {
            assert_eq!(seen, [paid("a", 100)], "{who}");
        }
        stop(app).await;
    });
}

#[test]
fn a_handler_that_needs_newer_events_puts_nothing_aside() {
    on_every_store(|store| async move {
        let (app, desk) = first::writer(&store).await;
        desk.open("a".into()).await.expect("it opens");
        let printed = desk.print("a".into(), "thank you".into()).await.expect("it is accepted");
        stop(app).await;
        let (app, desk) = third::writer(&store).await;
        desk.pay("one".into(), "a".into(), 1).await.expect("it is accepted");
        stop(app).await;

        // It handles what the first version has printed, and sends a command to what only the third can read.
        let (app, _desk) = first::start(&store, &Seen::default()).await;
        eventually("the reason", async || {
            let status = status(&app, "Accountant").await;
            status.last_error.is_some_and(|error| error.contains("use a newer build"))
        })
        .await;
        let waiting = status(&app, "Accountant").await;
        assert_eq!((waiting.state, waiting.parked), (ConsumerState::Failing, 0));
        assert!(Some(waiting.position) < printed.position(), "it is not passed");
        assert!(events(&store, "Counted").await.is_empty());
        stop(app).await;

        let (app, _desk) = third::start(&store, &Seen::default()).await;
        app.wait_for_head(PATIENCE).await.expect("at rest");
        let counted = events(&store, "Counted").await;
        let counted: Vec<Counted> = counted
            .iter()
            .map(|event| serde_json::from_str(event.message.payload.get()).expect("JSON"))
            .collect();
        assert_eq!(counted.iter().map(|event| event.total).collect::<Vec<_>>(), [100]);
        stop(app).await;
    });
}

#[test]
fn golden_bytes_decode_after_two_versions() {
    let golden = [
        (1, r#"{"till":"a","amount":7}"#),
        (1, r#"{"amount": 7, "note": "a field that is gone", "till": "a"}"#),
        (2, r#"{"till":"a","amount":700}"#),
        (3, r#"{"till":"a","amount":700,"currency":"EUR"}"#),
    ];
    for (version, json) in golden {
        let event: third::Paid = decode("Paid", version, &raw(json)).expect("it decodes");
        assert_eq!(serde_json::to_string(&event).expect("JSON"), paid("a", 700), "{json}");
    }
}

#[test]
fn what_cannot_be_read_says_why() {
    let error =
        |version, json: &str| decode::<third::Paid>("Paid", version, &raw(json)).expect_err("no event");
    let never = error(0, "{}");
    assert!(matches!(never, DecodeError::NoUpcaster { version: 0, known: 3, from: 0, .. }), "{never}");
    let newer = error(4, "{}");
    assert!(newer.is_newer());
    assert_eq!(newer.to_string(), "`Paid` has version 4, this program knows 3: use a newer build");
    let refused = error(1, r#"{"till":"a"}"#).to_string();
    assert!(
        refused.ends_with("upcaster `cents` from version 1 failed: the amount is no number"),
        "{refused}"
    );
    let no_object = error(2, "[]");
    assert!(matches!(no_object, DecodeError::UpcasterPanicked { upcaster: "currency", .. }), "{no_object}");
    let other = error(2, r#"{"till":"a","amount":-1}"#).to_string();
    assert!(
        other.contains("of version 2 cannot be decoded") && other.contains("after `currency`:"),
        "{other}"
    );
    let present = error(3, r#"{"till":"a","amount":1}"#);
    assert!(matches!(present, DecodeError::Json { .. }), "no upcaster was needed: {present}");
}

/// An event with more digits than a `Value` has.
#[domain_event(version = 2)]
struct Measured {
    exactly: u128,
}

#[upcasters]
impl Measured {
    #[upcast(from = 1)]
    fn renamed(mut stored: serde_json::Value) -> serde_json::Value {
        stored["exactly"] = stored["about"].take();
        stored
    }
}

#[test]
fn events_of_the_present_version_go_through_no_value() {
    let most = u128::MAX;
    let present = decode::<Measured>("Measured", 2, &raw(&format!(r#"{{"exactly":{most}}}"#)));
    assert_eq!(present.expect("every digit").exactly, most);
    let small = decode::<Measured>("Measured", 1, &raw(r#"{"about":7}"#));
    assert_eq!(small.expect("it fits").exactly, 7);
    let large = decode::<Measured>("Measured", 1, &raw(&format!(r#"{{"about":{most}}}"#)));
    assert!(matches!(large, Err(DecodeError::Upcast { .. })), "and is not rounded: {large:?}");
}
