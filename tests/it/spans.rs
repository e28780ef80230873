//! Spans: what a subscriber sees of a command and all that follows from it.

use std::{
    collections::BTreeMap,
    fmt,
    sync::{Arc, LazyLock, Mutex},
};

use evento::{component::ComponentKind, store::SharedStore};
use tracing::{
    Dispatch, Event, Subscriber,
    field::{Field, Visit},
    span::{Attributes, Id},
};
use tracing_subscriber::{
    Layer,
    layer::{Context, SubscriberExt},
    registry::{LookupSpan, Registry},
};

use crate::{
    gate::{Act, Guard, Trouble, start},
    stores::PATIENCE,
};

/// A span with its fields, and those of the spans around it; or an event, by the name of the module that tells of it.
#[derive(Clone, Debug)]
pub struct Seen {
    name: &'static str,
    fields: BTreeMap<&'static str, String>,
    within: Vec<(&'static str, BTreeMap<&'static str, String>)>,
}

#[derive(Clone, Default)]
pub struct Collected(Arc<Mutex<Vec<Seen>>>);

#[derive(Clone, Default)]
struct Fields(BTreeMap<&'static str, String>);

impl Visit for Fields {
    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        self.0.insert(field.name(), format!("{value:?}").trim_matches('"').to_owned());
    }
}

impl<S: Subscriber + for<'s> LookupSpan<'s>> Layer<S> for Collected {
    fn on_new_span(&self, attributes: &Attributes<'_>, id: &Id, context: Context<'_, S>) {
        let mut fields = Fields::default();
        attributes.record(&mut fields);
        let Some(span) = context.span(id) else { return };
        let around = span.scope().skip(1).map(|outer| {
            let fields = outer.extensions().get::<Fields>().cloned().unwrap_or_default();
            (outer.name(), fields.0)
        });
        let seen = Seen { name: span.name(), fields: fields.0.clone(), within: around.collect() };
        span.extensions_mut().insert(fields);
        self.0.lock().expect("not poisoned").push(seen);
    }

    fn on_event(&self, event: &Event<'_>, _: Context<'_, S>) {
        let mut fields = Fields::default();
        event.record(&mut fields);
        let seen = Seen { name: event.metadata().target(), fields: fields.0, within: Vec::new() };
        self.0.lock().expect("not poisoned").push(seen);
    }
}

impl Collected {
    pub fn named(&self, name: &str) -> Vec<Seen> {
        self.0.lock().expect("not poisoned").iter().filter(|seen| seen.name == name).cloned().collect()
    }

    fn handler(&self, component: &str) -> Seen {
        let handlers = self.named("handler");
        let found = handlers.iter().find(|seen| seen.get("component") == component);
        found.unwrap_or_else(|| panic!("no handler of {component} in {handlers:?}")).clone()
    }
}

impl Seen {
    pub fn get(&self, field: &str) -> &str {
        self.fields.get(field).map_or("", String::as_str)
    }

    fn is_within(&self, name: &str, field: &str, value: &str) -> bool {
        self.within
            .iter()
            .any(|(outer, fields)| *outer == name && fields.get(field).is_some_and(|known| known == value))
    }
}

/// While there is one subscriber, `tracing` asks that of the thread which comes to a span first whether anybody wants it, and
/// another test has none. With several, it asks all of them.
static NOT_ALONE: LazyLock<[Dispatch; 2]> =
    LazyLock::new(|| [Dispatch::new(Registry::default()), Dispatch::new(Registry::default())]);

/// Everything on one thread, which has a subscriber of its own.
pub fn collected<F: Future<Output = ()>>(test: impl FnOnce(Collected) -> F) {
    LazyLock::force(&NOT_ALONE);
    let collected = Collected::default();
    let subscriber = Registry::default().with(collected.clone());
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    tracing::subscriber::with_default(subscriber, || {
        runtime.expect("a runtime for tests").block_on(test(collected));
    });
}

#[test]
fn a_command_and_all_that_follows_share_a_correlation_id() {
    collected(|spans| async move {
        let store: SharedStore = Arc::new(evento::memory::MemoryStore::new());
        let (app, bailey) = start(&store, &Trouble::default(), &[]).await;
        let receipt = bailey.enter("north".into(), "ada".into()).await.expect("she may");
        app.wait_for_head(PATIENCE).await.expect("everything is handled");
        bailey.find("north".into()).await.expect("an answer");
        app.shutdown().await.expect("it stops");

        let event = &receipt.events()[0];
        let correlation = event.message.correlation_id.to_string();
        let appends = spans.named("append");
        assert_eq!(appends.len(), 3, "one of the gate, two of the bell");
        assert!(appends.iter().all(|append| append.get("correlation") == correlation), "{appends:?}");
        for (component, role) in [
            ("Bailey", "invoker"),
            ("Gate", "aggregate"),
            ("Register", "projector"),
            ("Porter", "observer"),
            ("Visit", "saga"),
            ("Bell", "service"),
        ] {
            let handler = spans.handler(component);
            assert_eq!(handler.get("role"), role);
            assert_eq!(handler.get("correlation"), correlation, "{handler:?}");
            assert_eq!(handler.get("attempt"), "0");
        }
        let projector = spans.handler("Register");
        assert_eq!((projector.get("handler"), projector.get("payload")), ("entered", "Entered"));
        assert_eq!(projector.get("message"), event.message.id.to_string());
        assert_eq!(projector.get("position"), event.position.0.to_string());
        // The saga's command is a part of the saga's handling.
        let commands = spans.named("command");
        let followed = commands.iter().find(|command| {
            command.get("name") == "Ring" && command.is_within("handler", "component", "Visit")
        });
        let followed = followed.unwrap_or_else(|| panic!("no command of the saga in {commands:#?}"));
        assert_eq!(followed.get("correlation"), correlation);
    });
}

#[test]
fn every_call_of_the_store_has_a_span_within_what_it_is_for() {
    collected(|spans| async move {
        let store: SharedStore = Arc::new(evento::memory::MemoryStore::new());
        let (app, bailey) = start(&store, &Trouble::default(), &[]).await;
        bailey.enter("north".into(), "ada".into()).await.expect("she may");
        app.wait_for_head(PATIENCE).await.expect("everything is handled");
        bailey.find("north".into()).await.expect("an answer");
        app.shutdown().await.expect("it stops");

        let store_calls = [
            ("append", "command", "name", "Enter"),
            ("read_stream", "command", "name", "Enter"),
            ("ledger", "command", "name", "Ring"),
            ("view_row", "handler", "component", "Register"),
            ("view_row", "handler", "component", "Book"),
            ("find_sagas", "saga", "position", "1"),
        ];
        for (name, outer, field, value) in store_calls {
            let found = spans.named(name);
            assert!(
                found.iter().any(|seen| seen.is_within(outer, field, value)),
                "no `{name}` within `{outer}` of `{value}`: {found:?}"
            );
        }
        let written = spans.named("put_view_rows");
        assert!(written.iter().any(|seen| seen.get("rows") == "1"), "no row was written: {written:?}");
        for name in ["claim", "read_log", "begin", "checkpoint"] {
            let of: Vec<_> = spans.named(name).iter().map(|seen| seen.get("consumer").to_owned()).collect();
            for consumer in ["gate/Register v1", "gate/Porter", "gate/Visit"] {
                assert!(of.iter().any(|known| known == consumer), "no `{name}` of {consumer}: {of:?}");
            }
        }
    });
}

#[test]
fn a_replay_has_a_span_around_its_handler() {
    collected(|spans| async move {
        let store: SharedStore = Arc::new(evento::memory::MemoryStore::new());
        let guard = Guard::new("guard");
        guard.tell(ComponentKind::Projector, Act::Object, 3);
        let (app, bailey) = start(&store, &Trouble::default(), &[&guard]).await;
        let receipt = bailey.enter("north".into(), "ada".into()).await.expect("she may");
        app.wait_for_head(PATIENCE).await.expect("it is put aside");
        app.dead_events().of("Register").replay(PATIENCE).await.expect("it is asked for");
        app.shutdown().await.expect("it stops");

        let replays = spans.named("replay");
        assert_eq!(replays.len(), 1, "{replays:?}");
        let position = receipt.position().expect("an event").0.to_string();
        let told = ["consumer", "position", "key", "attempt"].map(|field| replays[0].get(field));
        assert_eq!(told, ["gate/Register v1", &*position, "Gate/north", "3"]);
        let handlers = spans.named("handler");
        let within: Vec<_> =
            handlers.iter().filter(|handler| handler.is_within("replay", "position", &position)).collect();
        assert_eq!(within.len(), 1, "{handlers:?}");
        assert_eq!((within[0].get("component"), within[0].get("attempt")), ("Register", "3"));
    });
}
