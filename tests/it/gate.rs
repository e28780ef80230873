//! A gate with a component of every role, and an interceptor that does as it is told.

use std::{
    future::pending,
    sync::{
        Arc, Mutex,
        atomic::{AtomicU32, Ordering},
    },
};

use evento::{
    App, Client, Transient,
    component::ComponentKind,
    interceptor::{Call, Handled, Interceptor, Next, async_trait},
    prelude::*,
    store::SharedStore,
};
use futures_util::future::poll_immediate;

#[domain_command]
pub struct Enter {
    #[aggregate_id]
    pub gate: String,
    pub name: String,
}

#[domain_event]
pub struct Entered {
    pub gate: String,
    pub name: String,
    /// The metadata that the decision saw.
    pub seen: Vec<String>,
}

#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0} may not enter")]
pub struct Banned(pub String);

#[aggregate_state]
pub struct Gate {
    entered: u32,
}

#[aggregate]
impl Gate {
    #[aggregate_command_handler]
    fn first(command: Enter, metadata: &Metadata) -> Result<Entered, Banned> {
        entered(command, metadata)
    }

    #[aggregate_command_handler]
    fn next(&self, command: Enter, metadata: &Metadata) -> Result<Entered, Banned> {
        entered(command, metadata)
    }

    #[event_sourcing_handler]
    fn built(_event: &Entered) -> Self {
        Self { entered: 1 }
    }

    #[event_sourcing_handler]
    fn passed(&mut self, _event: &Entered) {
        self.entered += 1;
    }
}

fn entered(Enter { gate, name }: Enter, metadata: &Metadata) -> Result<Entered, Banned> {
    if name == "banned" { Err(Banned(name)) } else { Ok(Entered { gate, name, seen: keys(metadata) }) }
}

pub fn keys(metadata: &Metadata) -> Vec<String> {
    metadata.iter().map(|(key, _)| key.to_owned()).collect()
}

#[service_command]
pub struct Ring {
    pub bell: String,
}

#[service_event]
pub struct Rang {
    pub bell: String,
    /// The metadata that the service saw.
    pub seen: Vec<String>,
}

#[derive(Default)]
pub struct Bell;

#[service]
impl Bell {
    #[command_handler]
    async fn ring(&self, command: Ring, metadata: &Metadata) -> Result<Rang, Banned> {
        if command.bell == "banned" {
            return Err(Banned(command.bell));
        }
        Ok(Rang { bell: command.bell, seen: keys(metadata) })
    }
}

#[view]
pub struct Visits {
    #[id]
    pub gate: String,
    pub count: u32,
    /// The metadata that the projector saw.
    pub seen: Vec<String>,
}

/// How often handlers were called, and how often they are still to fail.
#[derive(Clone, Default)]
pub struct Trouble {
    pub calls: Arc<AtomicU32>,
    pub failures: Arc<AtomicU32>,
}

impl Trouble {
    fn act(&self) -> Result<()> {
        self.calls.fetch_add(1, Ordering::Relaxed);
        let left =
            self.failures.fetch_update(Ordering::Relaxed, Ordering::Relaxed, |left| left.checked_sub(1));
        if left.is_ok() { Err(Error::msg("trouble")) } else { Ok(()) }
    }
}

pub struct Register(Trouble);

#[projector(version = 1)]
impl Register {
    #[inject]
    fn new(trouble: Trouble) -> Self {
        Self(trouble)
    }

    #[event_handler(retry = 2, retry_delay = 1)]
    async fn entered(&self, event: &Entered, metadata: &Metadata, views: &Views<Visits>) -> Result<()> {
        let count = views.get(&event.gate).await?.map_or(0, |visits| visits.count) + 1;
        views.put(Visits { gate: event.gate.clone(), count, seen: keys(metadata) }).await?;
        self.0.act()
    }
}

pub struct Porter(Trouble);

#[observer(version = 1)]
impl Porter {
    #[inject]
    fn new(trouble: Trouble) -> Self {
        Self(trouble)
    }

    #[event_handler(retry = 2, retry_delay = 1)]
    async fn entered(&self, event: &Entered, commands: &Commands<Ring>) -> Result<()> {
        commands.send(Ring { bell: format!("porter of {}", event.gate) }).await?;
        self.0.act()
    }
}

#[saga_state]
pub struct Visit {
    #[association]
    gate: String,
}

#[saga(version = 1)]
impl Visit {
    #[saga_event_handler(association = "gate", retry = 2, retry_delay = 1)]
    async fn begins(event: &Entered, commands: &Commands<Ring>) -> Result<Self> {
        commands.send(Ring { bell: format!("visit of {}", event.gate) }).await?;
        Ok(Self { gate: event.gate.clone() })
    }
}

#[query(response = Option<Visits>)]
pub struct FindVisits {
    pub gate: String,
}

#[query(response = Vec<String>)]
pub struct SeenByQuery {
    pub fail: bool,
}

#[derive(Default)]
pub struct Book;

#[projection]
impl Book {
    #[query_handler]
    async fn find(&self, query: &FindVisits, views: &Views<Visits>) -> Result<Option<Visits>> {
        Ok(views.get(&query.gate).await?)
    }

    #[query_handler]
    async fn seen(
        &self,
        query: &SeenByQuery,
        message: &QueryMessage,
        metadata: &Metadata,
    ) -> Result<Vec<String>> {
        if query.fail {
            return Err(Banned("the query".into()).into());
        }
        assert_eq!(message.metadata, *metadata, "a query and its handler see the same");
        Ok(keys(metadata))
    }
}

/// An error that cannot be made from an interceptor's.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub enum PoorError {
    #[error("nobody came in")]
    Nobody,
}

#[derive(Default)]
pub struct Bailey;

#[invoker]
impl Bailey {
    #[invocation_handler]
    pub async fn enter(
        &self,
        commands: &Commands<Enter>,
        gate: String,
        name: String,
    ) -> Result<Receipt, SendError> {
        commands.send(Enter { gate, name }).await
    }

    #[invocation_handler]
    pub async fn ring(&self, commands: &Commands<Ring>, bell: String) -> Result<Receipt> {
        Ok(commands.send(Ring { bell }).await?)
    }

    #[invocation_handler]
    pub async fn may_enter(&self, commands: &Commands<Enter>, gate: String) -> bool {
        commands.send(Enter { gate, name: "anybody".into() }).await.is_ok()
    }

    #[invocation_handler]
    pub async fn enter_poorly(&self, commands: &Commands<Enter>, gate: String) -> Result<(), PoorError> {
        let sent = commands.send(Enter { gate, name: "anybody".into() }).await;
        sent.map(drop).map_err(|_| PoorError::Nobody)
    }

    #[invocation_handler]
    pub fn seen(&self, metadata: &Metadata) -> Vec<String> {
        keys(metadata)
    }

    #[invocation_handler]
    pub async fn find(
        &self,
        queries: &Queries<FindVisits>,
        gate: String,
    ) -> Result<Option<Visits>, QueryError> {
        queries.query(FindVisits { gate }).await
    }

    #[invocation_handler]
    pub async fn seen_by_query(
        &self,
        queries: &Queries<SeenByQuery>,
        fail: bool,
    ) -> Result<Vec<String>, QueryError> {
        queries.query(SeenByQuery { fail }).await
    }
}

bundle! { pub GateBundle {
    id: "gate",
    version: 1,
    components: [Gate, Bell, Register, Porter, Visit, Book, Bailey],
} }

/// What an interceptor is told to do at a handler of a role.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Act {
    /// Refuses, and calls nobody.
    Refuse,
    /// Refuses what has succeeded.
    Object,
    /// Puts another error in place of the handler's.
    Replace,
    /// Says more about the handler's error.
    Explain,
    Panic,
    /// Says that it may pass by itself.
    Delay,
    Hang,
    /// Lets go of the handler when it has begun.
    LetGo,
}

/// What an interceptor says, as an error of its own type.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the guard says no at {handler}")]
pub struct Guarded {
    pub handler: &'static str,
}

/// A call as an interceptor saw it.
#[derive(Clone, Debug)]
pub struct Seen {
    pub by: &'static str,
    /// `true` before, `false` behind the handler.
    pub before: bool,
    pub failed: bool,
    pub role: ComponentKind,
    pub component: &'static str,
    pub handler: &'static str,
    pub payload: Option<&'static str>,
    pub attempt: u32,
    pub message: MessageId,
    pub correlation: MessageId,
    pub cause: MessageId,
    pub position: Option<Position>,
    pub replay: Option<ReplayStatus>,
}

#[derive(Clone)]
pub struct Guard {
    name: &'static str,
    /// What to do at handlers of this role, and how often.
    acts: Arc<Mutex<Vec<(ComponentKind, Act, u32)>>>,
    seen: Arc<Mutex<Vec<Seen>>>,
}

impl Guard {
    /// A guard that shares what it has seen with others.
    pub fn with(name: &'static str, seen: &Arc<Mutex<Vec<Seen>>>) -> Self {
        Self { name, acts: Arc::default(), seen: seen.clone() }
    }

    pub fn new(name: &'static str) -> Self {
        Self::with(name, &Arc::default())
    }

    pub fn tell(&self, role: ComponentKind, act: Act, times: u32) {
        self.acts.lock().expect("not poisoned").push((role, act, times));
    }

    pub fn seen(&self) -> Vec<Seen> {
        self.seen.lock().expect("not poisoned").clone()
    }

    /// Nothing is left to do.
    pub fn calm(&self) {
        self.acts.lock().expect("not poisoned").clear();
    }

    pub fn forget(&self) {
        self.seen.lock().expect("not poisoned").clear();
    }

    fn act(&self, role: ComponentKind) -> Option<Act> {
        let mut acts = self.acts.lock().expect("not poisoned");
        let (_, act, times) = acts.iter_mut().find(|(of, _, times)| *of == role && *times > 0)?;
        *times -= 1;
        Some(*act)
    }

    fn note(&self, call: &Call, before: bool, failed: bool) {
        self.seen.lock().expect("not poisoned").push(Seen {
            by: self.name,
            before,
            failed,
            role: call.role(),
            component: call.component(),
            handler: call.handler(),
            payload: call.payload(),
            attempt: call.attempt(),
            message: call.message_id(),
            correlation: call.correlation_id(),
            cause: call.cause_id(),
            position: call.position(),
            replay: call.replay_status(),
        });
    }
}

#[async_trait]
impl Interceptor for Guard {
    async fn around<'c>(&self, call: &mut Call, next: Next<'c>) -> Result<Handled<'c>> {
        self.note(call, true, false);
        call.add_metadata(format!("{} at {}", self.name, call.role().label()), "here");
        let act = self.act(call.role());
        let no = Guarded { handler: call.handler() };
        let result = match act {
            Some(Act::Refuse) => Err(no.into()),
            Some(Act::Panic) => panic!("the guard fell over"),
            Some(Act::Delay) => Err(Transient::new(std::io::Error::other("later")).into()),
            Some(Act::Hang) => pending().await,
            Some(Act::LetGo) => {
                // A store in memory may have answered already.
                poll_immediate(next.run(call)).await.unwrap_or_else(|| Err(no.into()))
            }
            act => match (act, next.run(call).await) {
                (Some(Act::Object), Ok(_)) | (Some(Act::Replace), Err(_)) => Err(no.into()),
                (Some(Act::Explain), Err(error)) => Err(error.context("as the guard saw")),
                (_, result) => result,
            },
        };
        self.note(call, false, result.is_err());
        result
    }
}

/// Starts the gate with guards, the outermost first.
pub async fn start(store: &SharedStore, trouble: &Trouble, guards: &[&Guard]) -> (App, Client<Bailey>) {
    let builder = GateBundle::builder().shared_store(store.clone()).provide(trouble.clone());
    let guarded = guards.iter().fold(builder, |builder, guard| builder.interceptor((*guard).clone()));
    let app = guarded.start().await.expect("it starts");
    let bailey = app.invoker();
    (app, bailey)
}
