//! Metrics: they come out even with what was done, and the documentation shows all of them.

use std::{
    collections::{BTreeMap, HashMap},
    sync::{
        Arc, Mutex,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use ::metrics::{
    Counter, CounterFn, Gauge, GaugeFn, Histogram, HistogramFn, Key, KeyName, Recorder, SharedString, Unit,
};
use evento::{
    Client,
    clock::ManualClock,
    component::ComponentKind,
    metrics::{self, ALL, MetricKind},
    prelude::*,
    sqlite::SqliteStore,
    store::SharedStore,
};

use crate::{
    gate::{Act, Bailey, GateBundle, Guard, Trouble},
    stores::{PATIENCE, eventually},
};

/// Keeps everything that it is told.
#[derive(Clone, Default)]
struct Notebook(Arc<Mutex<Notes>>);

#[derive(Default)]
struct Notes {
    described: BTreeMap<String, Option<Unit>>,
    values: HashMap<Key, Arc<Value>>,
}

/// The sum of a counter, or the bits of a gauge, or what a histogram was given.
#[derive(Default)]
struct Value {
    number: AtomicU64,
    recorded: Mutex<Vec<f64>>,
}

impl CounterFn for Value {
    fn increment(&self, value: u64) {
        self.number.fetch_add(value, Ordering::Relaxed);
    }

    fn absolute(&self, value: u64) {
        self.number.fetch_max(value, Ordering::Relaxed);
    }
}

impl GaugeFn for Value {
    fn increment(&self, _value: f64) {
        unimplemented!("we only set gauges")
    }

    fn decrement(&self, _value: f64) {
        unimplemented!("we only set gauges")
    }

    fn set(&self, value: f64) {
        self.number.store(value.to_bits(), Ordering::Relaxed);
    }
}

impl HistogramFn for Value {
    fn record(&self, value: f64) {
        self.recorded.lock().expect("not poisoned").push(value);
    }
}

impl Notebook {
    fn describe(&self, name: KeyName, unit: Option<Unit>) {
        self.0.lock().expect("not poisoned").described.insert(name.as_str().to_owned(), unit);
    }

    fn value(&self, key: &Key) -> Arc<Value> {
        self.0.lock().expect("not poisoned").values.entry(key.clone()).or_default().clone()
    }

    /// The values of a name, by the labels that are given.
    fn of(&self, name: &str, labels: &[(&str, &str)]) -> Vec<Arc<Value>> {
        let notes = self.0.lock().expect("not poisoned");
        let fits = |key: &Key| {
            let has = |(label, value): &(&str, &str)| {
                key.labels().any(|known| known.key() == *label && known.value() == *value)
            };
            key.name() == name && labels.iter().all(has)
        };
        notes.values.iter().filter(|(key, _)| fits(key)).map(|(_, value)| value.clone()).collect()
    }

    fn count(&self, name: &str, labels: &[(&str, &str)]) -> u64 {
        self.of(name, labels).iter().map(|value| value.number.load(Ordering::Relaxed)).sum()
    }

    fn gauge(&self, name: &str, labels: &[(&str, &str)]) -> f64 {
        let found = self.of(name, labels);
        assert_eq!(found.len(), 1, "one gauge {name} {labels:?}");
        f64::from_bits(found[0].number.load(Ordering::Relaxed))
    }

    fn recorded(&self, name: &str, labels: &[(&str, &str)]) -> Vec<f64> {
        let values = self.of(name, labels);
        values.iter().flat_map(|value| value.recorded.lock().expect("not poisoned").clone()).collect()
    }
}

impl Recorder for Notebook {
    fn describe_counter(&self, name: KeyName, unit: Option<Unit>, _about: SharedString) {
        self.describe(name, unit);
    }

    fn describe_gauge(&self, name: KeyName, unit: Option<Unit>, _about: SharedString) {
        self.describe(name, unit);
    }

    fn describe_histogram(&self, name: KeyName, unit: Option<Unit>, _about: SharedString) {
        self.describe(name, unit);
    }

    fn register_counter(&self, key: &Key, _metadata: &::metrics::Metadata<'_>) -> Counter {
        Counter::from_arc(self.value(key))
    }

    fn register_gauge(&self, key: &Key, _metadata: &::metrics::Metadata<'_>) -> Gauge {
        Gauge::from_arc(self.value(key))
    }

    fn register_histogram(&self, key: &Key, _metadata: &::metrics::Metadata<'_>) -> Histogram {
        Histogram::from_arc(self.value(key))
    }
}

/// Everything on one thread, which has a recorder of its own.
fn noted<F: Future<Output = ()>>(test: impl FnOnce(Notebook) -> F) {
    let notebook = Notebook::default();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    ::metrics::with_local_recorder(&notebook.clone(), || {
        runtime.expect("a runtime for tests").block_on(test(notebook));
    });
}

async fn sqlite() -> (tempfile::TempDir, SharedStore) {
    let folder = tempfile::tempdir().expect("a folder for tests");
    let path = folder.path().join("test.db");
    let store = SqliteStore::open(path.to_string_lossy()).await.expect("a file for tests");
    (folder, Arc::new(store))
}

#[test]
fn commands_are_counted_by_how_they_ended() {
    noted(|notes| async move {
        let (_folder, store) = sqlite().await;
        let (app, bailey) = crate::gate::start(&store, &Trouble::default(), &[]).await;
        for _ in 0..3 {
            bailey.enter("north".into(), "ada".into()).await.expect("she may");
        }
        bailey.enter("north".into(), "banned".into()).await.expect_err("banned");
        let id = CommandId::from_key("once");
        for _ in 0..2 {
            bailey.idempotent(id).enter("south".into(), "ada".into()).await.expect("she may");
        }
        bailey.within(Duration::ZERO).enter("north".into(), "ada".into()).await.expect_err("too late");
        app.wait_for_head(PATIENCE).await.expect("everything is handled");
        let head = store.head().await.expect("a head").0;
        app.shutdown().await.expect("it stops");

        let enter = |outcome| {
            let labels = [("component", "Gate"), ("command", "Enter"), ("outcome", outcome)];
            notes.count(metrics::COMMANDS, &labels)
        };
        let ended =
            ["accepted", "rejected", "duplicate", "refused", "conflict", "unknown", "failed"].map(enter);
        assert_eq!(ended, [4, 1, 1, 1, 0, 0, 0]);
        let accepted = notes.count(metrics::COMMANDS, &[("outcome", "accepted")]);
        assert_eq!(accepted, head, "each command of this gate has one event");
        let ran = notes.recorded(metrics::HANDLER_SECONDS, &[("component", "Bailey"), ("handler", "enter")]);
        assert_eq!(ran.len(), 7, "also those that came to nothing");
        assert!(ran.iter().all(|seconds| (0.0..PATIENCE.as_secs_f64()).contains(seconds)), "{ran:?}");
        let groups = notes.recorded(metrics::APPEND_GROUP_SIZE, &[]);
        #[expect(clippy::cast_precision_loss, reason = "there are few")]
        let appends = head as f64;
        assert!(
            (groups.iter().sum::<f64>() - appends).abs() < 0.5,
            "each append is in one group: {groups:?}"
        );
    });
}

/// Lets somebody else be faster, in the first attempt.
struct Overtaken(Arc<std::sync::OnceLock<Client<Bailey>>>);

#[evento::interceptor::async_trait]
impl evento::interceptor::Interceptor for Overtaken {
    async fn around<'c>(
        &self,
        call: &mut evento::interceptor::Call,
        next: evento::interceptor::Next<'c>,
    ) -> Result<evento::interceptor::Handled<'c>> {
        let handled = next.run(call).await?;
        if let (ComponentKind::Aggregate, 0, Some(other)) = (call.role(), call.attempt(), self.0.get()) {
            other.enter("north".into(), "bob".into()).await?;
        }
        Ok(handled)
    }
}

#[test]
fn attempts_that_others_overtook_are_counted() {
    noted(|notes| async move {
        let (_folder, store) = sqlite().await;
        let other = Arc::default();
        let slow = GateBundle::builder()
            .shared_store(store.clone())
            .provide(Trouble::default())
            .interceptor(Overtaken(Arc::clone(&other)))
            .start()
            .await
            .expect("it starts");
        let (fast, bailey) = crate::gate::start(&store, &Trouble::default(), &[]).await;
        assert!(other.set(bailey).is_ok());
        slow.invoker::<Bailey>().enter("north".into(), "ada".into()).await.expect("she may");
        let labels = [("component", "Gate"), ("command", "Enter")];
        assert_eq!(notes.count(metrics::CONFLICTS, &labels), 1);
        drop((slow, fast));
    });
}

#[test]
fn events_of_consumers_are_counted_once_whatever_failed() {
    noted(|notes| async move {
        let (_folder, store) = sqlite().await;
        let guard = Guard::new("guard");
        // Two attempts are repeated, the third one of the first event is the last.
        guard.tell(ComponentKind::Projector, Act::Object, 3);
        let (app, bailey) = crate::gate::start(&store, &Trouble::default(), &[&guard]).await;
        for gate in ["north", "south", "west"] {
            bailey.enter(gate.into(), "ada".into()).await.expect("she may");
            app.wait_for_head(PATIENCE).await.expect("everything is handled");
        }
        // One more behind the one that was put aside.
        bailey.enter("north".into(), "bob".into()).await.expect("he may");
        app.wait_for_head(PATIENCE).await.expect("everything is handled");
        app.shutdown().await.expect("it stops");

        for consumer in ["gate/Register v1", "gate/Porter", "gate/Visit"] {
            let labels = [("consumer", consumer)];
            assert_eq!(notes.count(metrics::CONSUMER_EVENTS, &labels), 4, "{consumer}");
            assert!(notes.gauge(metrics::CONSUMER_LAG_EVENTS, &labels) < 0.5, "{consumer}");
            assert!(notes.gauge(metrics::CONSUMER_LAG_SECONDS, &labels) < 0.001, "{consumer}");
            let parked = if consumer == "gate/Register v1" { 2 } else { 0 };
            assert_eq!(notes.count(metrics::CONSUMER_PARKED, &labels), parked, "{consumer}");
            let claimed = [("consumer", consumer), ("change", "claimed")];
            assert_eq!(notes.count(metrics::CONSUMER_LEASE_CHANGES, &claimed), 1, "{consumer}");
        }
        let retries = |component| notes.count(metrics::CONSUMER_RETRIES, &[("component", component)]);
        assert_eq!((retries("Register"), retries("Porter")), (2, 0));
        let attempts = notes.recorded(metrics::HANDLER_SECONDS, &[("role", "projector")]).len();
        assert_eq!(attempts, 3 + 2, "three for the first event, none for the one that waits behind it");
    });
}

#[test]
fn a_consumer_that_is_stuck_shows_its_lag() {
    noted(|notes| async move {
        let (_folder, store) = sqlite().await;
        let clock = ManualClock::at(Timestamp::from_millis(1_000_000));
        let guard = Guard::new("guard");
        guard.tell(ComponentKind::Projector, Act::Delay, u32::MAX);
        let app = GateBundle::builder()
            .shared_store(store.clone())
            .clock(clock.clone())
            .provide(Trouble::default())
            .interceptor(guard.clone())
            .start()
            .await
            .expect("it starts");
        let bailey = app.invoker::<Bailey>();
        for gate in ["north", "south", "west"] {
            bailey.enter(gate.into(), "ada".into()).await.expect("she may");
        }
        clock.advance(Duration::from_secs(60));
        let labels = [("consumer", "gate/Register v1")];
        eventually("the lag of the one that fails", async || {
            notes.gauge(metrics::CONSUMER_LAG_EVENTS, &labels) > 2.5
                && notes.gauge(metrics::CONSUMER_LAG_SECONDS, &labels) > 59.5
        })
        .await;
        guard.calm();
        app.wait_for_head(PATIENCE).await.expect("everything is handled");
        app.shutdown().await.expect("it stops");
        assert!(notes.gauge(metrics::CONSUMER_LAG_EVENTS, &labels) < 0.5);
    });
}

#[test]
fn what_becomes_of_dead_events_is_counted() {
    noted(|notes| async move {
        let (_folder, store) = sqlite().await;
        let guard = Guard::new("guard");
        let (app, bailey) = crate::gate::start(&store, &Trouble::default(), &[&guard]).await;
        let register = || app.dead_events().of("Register");
        // Three attempts of its own, and the first replay.
        guard.tell(ComponentKind::Projector, Act::Object, 3 + 1);
        bailey.enter("north".into(), "ada".into()).await.expect("she may");
        app.wait_for_head(PATIENCE).await.expect("it is put aside");
        for _ in 0..2 {
            register().replay(PATIENCE).await.expect("it is asked for");
        }
        guard.tell(ComponentKind::Projector, Act::Object, 3);
        let receipt = bailey.enter("south".into(), "ada".into()).await.expect("she may");
        app.wait_for_head(PATIENCE).await.expect("it is put aside");
        let position = receipt.position().expect("an event");
        register().discard(position, "a test", PATIENCE).await.expect("it is asked for");
        app.shutdown().await.expect("it stops");

        let labels = [("consumer", "gate/Register v1")];
        for outcome in ["failed", "replayed", "discarded"] {
            let labels = [labels[0], ("outcome", outcome)];
            assert_eq!(notes.count(metrics::CONSUMER_DEAD_EVENTS, &labels), 1, "{outcome}");
        }
        assert_eq!(notes.count(metrics::CONSUMER_PARKED, &labels), 2, "each once");
        assert_eq!(notes.count(metrics::CONSUMER_EVENTS, &labels), 2, "each once");
    });
}

#[test]
fn every_metric_is_described_at_start() {
    noted(|notes| async move {
        let store: SharedStore = Arc::new(evento::memory::MemoryStore::new());
        let (app, _bailey) = crate::gate::start(&store, &Trouble::default(), &[]).await;
        app.shutdown().await.expect("it stops");
        let described = std::mem::take(&mut notes.0.lock().expect("not poisoned").described);
        let wanted = ALL.iter().map(|metric| (metric.name.to_owned(), Some(metric.unit))).collect();
        assert_eq!(described, wanted);
    });
}

#[test]
fn the_documentation_shows_every_metric() {
    let rows = ALL.iter().map(|metric| {
        let kind = match metric.kind {
            MetricKind::Counter => "counter",
            MetricKind::Gauge => "gauge",
            MetricKind::Histogram => "histogram",
            _ => "?",
        };
        let labels: Vec<_> = metric.labels.iter().map(|label| format!("`{label}`")).collect();
        let labels = if labels.is_empty() { "–".to_owned() } else { labels.join(", ") };
        format!("| `{}` | {kind} | {} | {labels} | {} |\n", metric.name, metric.unit.as_str(), metric.about)
    });
    let table: String = [
        "| name | kind | unit | labels | what it tells |\n".to_owned(),
        "|---|---|---|---|---|\n".to_owned(),
    ]
    .into_iter()
    .chain(rows)
    .collect();
    let page = include_str!("../../docs/observability.md");
    assert!(page.contains(&table), "docs/observability.md must show this table:\n{table}");
}
