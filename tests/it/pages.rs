//! Pages of numbered lines, copied by a consumer of every role, each of which fails or hangs at the lines that it is told.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::{
        Mutex,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use evento::{
    App, Client,
    message::StoredEvent,
    prelude::*,
    serde_json,
    store::{ConsumerId, LogFilter, LogQuery, SharedStore},
};
use tokio::sync::Notify;

use crate::checkout::until;

#[domain_command]
pub struct Write {
    #[aggregate_id]
    pub page: String,
    pub line: u64,
}

#[domain_command]
pub struct Close {
    #[aggregate_id]
    pub page: String,
}

#[domain_event]
pub struct Closed {
    pub page: String,
}

#[domain_event]
pub struct Written {
    pub page: String,
    pub line: u64,
}

#[aggregate_state]
pub struct Sheet {
    lines: u64,
}

#[aggregate]
impl Sheet {
    #[aggregate_command_handler]
    fn first(command: Write) -> Written {
        let Write { page, line } = command;
        Written { page, line }
    }

    #[aggregate_command_handler]
    fn next(&self, command: Write) -> Written {
        let Write { page, line } = command;
        Written { page, line }
    }

    #[aggregate_command_handler]
    fn close(&self, command: Close) -> Closed {
        Closed { page: command.page }
    }

    #[event_sourcing_handler]
    fn begun(_event: &Written) -> Self {
        Self { lines: 1 }
    }

    #[event_sourcing_handler]
    fn written(&mut self, _event: &Written) {
        self.lines += 1;
    }

    #[event_sourcing_handler]
    fn closed(&mut self, _event: &Closed) {}
}

/// Where handlers fail, and where they hang, by role, page and line. A saga is its state, so what it is told comes from outside;
/// pages have names that no other test has.
type Places = Mutex<BTreeSet<(&'static str, String, u64)>>;
static FAILING: Places = Mutex::new(BTreeSet::new());
static HANGING: Places = Mutex::new(BTreeSet::new());
/// How often a line was cried out, by page and line.
static CALLS: Mutex<BTreeMap<(String, u64), u32>> = Mutex::new(BTreeMap::new());
static CHANGED: Notify = Notify::const_new();

pub const ROLES: [&str; 3] = ["projector", "observer", "saga"];

/// Lets the handlers of these roles fail at a line, or not any more.
pub fn fail(roles: &[&'static str], page: &str, line: u64, fails: bool) {
    tell(&FAILING, roles, page, line, fails);
}

/// Lets the handlers of these roles hang at a line, or not any more.
pub fn hang(roles: &[&'static str], page: &str, line: u64, hangs: bool) {
    tell(&HANGING, roles, page, line, hangs);
}

/// Nothing fails or hangs any more at a page.
pub fn cure(page: &str) {
    for places in [&FAILING, &HANGING] {
        places.lock().expect("not poisoned").retain(|(_, of, _)| of != page);
    }
    CHANGED.notify_waiters();
}

fn tell(places: &Places, roles: &[&'static str], page: &str, line: u64, is: bool) {
    let mut places = places.lock().expect("not poisoned");
    for role in roles {
        let place = (*role, page.to_owned(), line);
        if is {
            places.insert(place)
        } else {
            places.remove(&place)
        };
    }
    drop(places);
    CHANGED.notify_waiters();
}

fn is_told(places: &Places, role: &'static str, page: &str, line: u64) -> bool {
    places.lock().expect("not poisoned").contains(&(role, page.to_owned(), line))
}

/// Where handlers hang now.
static HUNG: Mutex<BTreeSet<(&'static str, String, u64)>> = Mutex::new(BTreeSet::new());

/// Waits until a handler hangs at a line.
pub async fn hung(role: &'static str, page: &str, line: u64) {
    until("a handler that hangs", async || is_told(&HUNG, role, page, line)).await;
}

async fn act(role: &'static str, page: &str, line: u64) -> Result<()> {
    loop {
        let changed = CHANGED.notified();
        if !is_told(&HANGING, role, page, line) {
            tell(&HUNG, &[role], page, line, false);
            break;
        }
        let _ = HUNG.lock().expect("not poisoned").insert((role, page.to_owned(), line));
        changed.await;
    }
    if is_told(&FAILING, role, page, line) {
        return Err(Error::msg(format!("no {role} for line {line}")).context("as it was told"));
    }
    Ok(())
}

#[view]
pub struct Copy {
    #[id]
    pub page: String,
    pub lines: Vec<u64>,
}

#[derive(Default)]
pub struct Copyist;

#[projector(version = 1)]
impl Copyist {
    #[event_handler(retry = 0)]
    async fn written(&self, event: &Written, views: &Views<Copy>) -> Result<()> {
        let mut lines = views.get(&event.page).await?.map(|copy| copy.lines).unwrap_or_default();
        lines.push(event.line);
        views.put(Copy { page: event.page.clone(), lines }).await?;
        act("projector", &event.page, event.line).await
    }
}

#[service_command]
pub struct Cry {
    pub page: String,
    pub line: u64,
}

#[service_event]
pub struct Cried {
    pub page: String,
    pub line: u64,
}

#[derive(Default)]
pub struct Market;

#[service]
impl Market {
    #[command_handler]
    async fn cry(&self, command: Cry) -> Cried {
        let Cry { page, line } = command;
        *CALLS.lock().expect("not poisoned").entry((page.clone(), line)).or_default() += 1;
        Cried { page, line }
    }
}

/// How often the market was told a line.
pub fn calls(page: &str, line: u64) -> u32 {
    CALLS.lock().expect("not poisoned").get(&(page.to_owned(), line)).copied().unwrap_or_default()
}

#[derive(Default)]
pub struct Crier;

#[observer(version = 1)]
impl Crier {
    #[event_handler(retry = 0)]
    async fn written(&self, event: &Written, commands: &Commands<Cry>) -> Result<()> {
        commands.send(Cry { page: event.page.clone(), line: event.line }).await?;
        act("observer", &event.page, event.line).await
    }
}

#[saga_state]
pub struct Reading {
    #[association]
    pub page: String,
    pub lines: Vec<u64>,
}

#[saga(version = 1)]
impl Reading {
    #[saga_event_handler(association = "page", retry = 0)]
    async fn begun(event: &Written) -> Result<Self> {
        act("saga", &event.page, event.line).await?;
        Ok(Self { page: event.page.clone(), lines: vec![event.line] })
    }

    #[saga_event_handler(association = "page", retry = 0)]
    async fn went_on(&mut self, event: &Written) -> Result<()> {
        self.lines.push(event.line);
        act("saga", &event.page, event.line).await
    }

    #[saga_event_handler(association = "page")]
    async fn closed(self, _event: &Closed) {}
}

#[query(response = Vec<u64>)]
pub struct FindCopy {
    pub page: String,
}

#[derive(Default)]
pub struct Library;

#[projection]
impl Library {
    #[query_handler]
    async fn find(&self, query: &FindCopy, views: &Views<Copy>) -> Result<Vec<u64>> {
        Ok(views.get(&query.page).await?.map(|copy| copy.lines).unwrap_or_default())
    }
}

#[derive(Default)]
pub struct Scribe;

#[invoker]
impl Scribe {
    #[invocation_handler]
    pub async fn write(
        &self,
        commands: &Commands<Write>,
        page: String,
        line: u64,
    ) -> Result<Receipt, SendError> {
        commands.send(Write { page, line }).await
    }

    #[invocation_handler]
    pub async fn close(&self, commands: &Commands<Close>, page: String) -> Result<Receipt, SendError> {
        commands.send(Close { page }).await
    }

    #[invocation_handler]
    pub async fn copy(&self, queries: &Queries<FindCopy>, page: String) -> Result<Vec<u64>, QueryError> {
        queries.query(FindCopy { page }).await
    }
}

bundle! { pub PagesBundle {
    id: "pages",
    version: 1,
    components: [Sheet, Copyist, Crier, Market, Reading, Library, Scribe],
} }

/// The same bundle when its projector does not know lines any more.
pub mod later {
    use evento::prelude::*;

    use super::{Cried, Crier, Market, Reading, Sheet};

    #[view]
    pub struct Copy {
        #[id]
        pub page: String,
    }

    #[derive(Default)]
    pub struct Copyist;

    #[projector(version = 1)]
    impl Copyist {
        #[event_handler]
        async fn cried(&self, event: &Cried, views: &Views<Copy>) -> Result<()> {
            Ok(views.put(Copy { page: event.page.clone() }).await?)
        }
    }

    bundle! { pub LaterBundle {
        id: "pages",
        version: 1,
        components: [Sheet, Copyist, Crier, Market, Reading],
    } }
}

pub async fn start(store: &SharedStore) -> (App, Client<Scribe>) {
    start_with(store, Duration::from_secs(5), (1_000, Duration::from_secs(60))).await
}

/// Starts with a lease, and with how many keys may fail in a time.
pub async fn start_with(
    store: &SharedStore,
    lease: Duration,
    (keys, within): (usize, Duration),
) -> (App, Client<Scribe>) {
    let builder = PagesBundle::builder().shared_store(store.clone()).lease(lease).pause_after(keys, within);
    let app = builder.start().await.expect("it starts");
    let scribe = app.invoker();
    (app, scribe)
}

/// A page that no other test has.
pub fn page(name: &str) -> String {
    static NEXT: AtomicU64 = AtomicU64::new(0);
    format!("{name} {}", NEXT.fetch_add(1, Ordering::Relaxed))
}

pub async fn write(
    scribe: &Client<Scribe>,
    page: &str,
    lines: impl IntoIterator<Item = u64>,
) -> Vec<Position> {
    let mut positions = Vec::new();
    for line in lines {
        let receipt = scribe.write(page.to_owned(), line).await.expect("it is accepted");
        positions.push(receipt.position().expect("an event"));
    }
    positions
}

/// The consumer of a role.
pub fn consumer(role: &str) -> ConsumerId {
    let (component, version) = match role {
        "projector" => ("pages/Copyist", 1),
        "observer" => ("pages/Crier", 0),
        _ => ("pages/Reading", 0),
    };
    ConsumerId { component: component.into(), version, context: "*".into() }
}

/// The lines that a role has handled of a page, in order.
pub async fn lines(role: &str, store: &SharedStore, scribe: &Client<Scribe>, page: &str) -> Vec<u64> {
    match role {
        "projector" => scribe.copy(page.to_owned()).await.expect("an answer"),
        "observer" => {
            let event = |event: StoredEvent| serde_json::from_str::<Cried>(event.message.payload.get());
            let cried = events(store, "Cried").await.into_iter().map(event);
            let cried = cried.map(|cried| cried.expect("a payload of ours"));
            cried.filter(|cried| cried.page == page).map(|cried| cried.line).collect()
        }
        _ => {
            let found = store.find_sagas("pages/Reading", "page", page).await.expect("a read");
            assert!(found.len() <= 1, "one saga for {page}: {found:?}");
            let state = |state: &str| serde_json::from_str::<Reading>(state).expect("a state of ours");
            found.first().map(|record| state(record.state.get()).lines).unwrap_or_default()
        }
    }
}

/// All events of a name.
pub async fn events(store: &SharedStore, name: &'static str) -> Vec<StoredEvent> {
    let filter = LogFilter { names: [name.into()].into(), ..LogFilter::default() };
    let query = LogQuery { filter, max_events: 100_000, max_bytes: usize::MAX, ..LogQuery::default() };
    store.read_log(&query).await.expect("a read").events
}
