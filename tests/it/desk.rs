//! An order desk whose handlers fail as they are told.

use std::{
    collections::HashMap,
    future::pending,
    sync::{
        Arc, Mutex,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use evento::{App, Client, Transient, prelude::*, store::SharedStore};

#[domain_command]
pub struct Place {
    #[aggregate_id]
    pub order: String,
    pub reference: Option<u64>,
    pub notes: HashMap<String, String>,
}

#[domain_command]
pub struct Pay {
    #[aggregate_id]
    pub order: String,
}

#[domain_event]
pub struct Placed {
    pub order: String,
    pub reference: Option<u64>,
}

#[domain_event]
pub struct Paid {
    pub order: String,
}

#[aggregate_state]
pub struct Order {
    paid: u32,
}

#[aggregate]
impl Order {
    #[aggregate_command_handler]
    fn place(command: Place) -> Placed {
        Placed { order: command.order, reference: command.reference }
    }

    #[aggregate_command_handler]
    fn pay(&self, command: Pay) -> Paid {
        Paid { order: command.order }
    }

    #[event_sourcing_handler]
    fn placed(_event: &Placed) -> Self {
        Self { paid: 0 }
    }

    #[event_sourcing_handler]
    fn paid(&mut self, _event: &Paid) {
        self.paid += 1;
    }
}

/// How a handler is to fail.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mode {
    Well,
    Fail,
    FailTransiently,
    Panic,
    Hang,
}

/// How each handler is to behave, by its name, and how often it was called.
#[derive(Clone, Default)]
pub struct Behaviour(Arc<Mutex<HashMap<String, (Mode, u32)>>>, Arc<AtomicUsize>);

impl Behaviour {
    pub fn set(&self, handler: &str, mode: Mode, times: u32) {
        self.0.lock().expect("not poisoned").insert(handler.to_owned(), (mode, times));
    }

    /// How often anybody was called.
    pub fn calls(&self) -> usize {
        self.1.load(Ordering::Relaxed)
    }

    async fn act(&self, handler: &str) -> Result<()> {
        self.1.fetch_add(1, Ordering::Relaxed);
        let mode = match self.0.lock().expect("not poisoned").get_mut(handler) {
            Some((mode, times)) if *times > 0 => {
                *times -= 1;
                *mode
            }
            _ => Mode::Well,
        };
        match mode {
            Mode::Well => Ok(()),
            Mode::Fail => Err(Error::msg("no")),
            Mode::FailTransiently => Err(Transient::new(std::io::Error::other("later")).into()),
            Mode::Panic => panic!("as it was told"),
            Mode::Hang => pending().await,
        }
    }
}

pub struct Watcher(Behaviour);

#[observer(version = 1)]
impl Watcher {
    #[inject]
    fn new(behaviour: Behaviour) -> Self {
        Self(behaviour)
    }

    #[event_handler(retry = 2, retry_delay = 1)]
    async fn placed(&self, _event: &Placed) -> Result<()> {
        self.0.act("observer").await
    }
}

#[view]
pub struct OrderRow {
    #[id]
    pub order: String,
    pub paid: u32,
}

pub struct Rows(Behaviour);

#[projector(version = 1)]
impl Rows {
    #[inject]
    fn new(behaviour: Behaviour) -> Self {
        Self(behaviour)
    }

    #[event_handler(retry = 2, retry_delay = 1)]
    async fn placed(&self, event: &Placed, views: &Views<OrderRow>) -> Result<()> {
        views.put(OrderRow { order: event.order.clone(), paid: 0 }).await?;
        self.0.act("projector").await
    }
}

// A saga is its state, so what it is told comes from outside of it; orders of other tests are told nothing.
pub static SAGAS: Mutex<Option<Behaviour>> = Mutex::new(None);

async fn saga_acts(handler: String) -> Result<()> {
    let behaviour = SAGAS.lock().expect("not poisoned").clone();
    match behaviour {
        Some(behaviour) => behaviour.act(&handler).await,
        None => Ok(()),
    }
}

#[saga_state]
pub struct Delivery {
    #[association]
    pub order: String,
    #[association]
    pub reference: u64,
    pub payments: u32,
}

#[saga(version = 1)]
impl Delivery {
    #[saga_event_handler(association = "reference", retry = 1, retry_delay = 1)]
    async fn placed(event: &Placed) -> Result<Self> {
        saga_acts(format!("start {}", event.order)).await?;
        Ok(Self { order: event.order.clone(), reference: event.reference.unwrap_or_default(), payments: 0 })
    }

    #[saga_event_handler(association = "order", retry = 2, retry_delay = 1)]
    async fn paid(&mut self, _event: &Paid) -> Result<()> {
        self.payments += 1;
        saga_acts(format!("go on {}", self.order)).await
    }
}

#[service_command]
pub struct Ship {
    pub order: String,
}

#[service_event]
pub struct Shipped {
    pub order: String,
}

pub struct Carrier(Behaviour);

#[service]
impl Carrier {
    #[inject]
    fn new(behaviour: Behaviour) -> Self {
        Self(behaviour)
    }

    #[command_handler]
    async fn ship(&self, command: Ship) -> Result<Shipped> {
        self.0.act("service").await?;
        tokio::task::yield_now().await;
        Ok(Shipped { order: command.order })
    }
}

#[derive(Default)]
pub struct Desk;

#[invoker]
impl Desk {
    #[invocation_handler]
    pub async fn place(
        &self,
        commands: &Commands<Place>,
        order: String,
        reference: Option<u64>,
    ) -> Result<Receipt, SendError> {
        let notes = (0..20).map(|note| (note.to_string(), "x".to_owned())).collect();
        commands.send(Place { order, reference, notes }).await
    }

    #[invocation_handler]
    pub async fn pay(&self, commands: &Commands<Pay>, order: String) -> Result<Receipt, SendError> {
        commands.send(Pay { order }).await
    }

    #[invocation_handler]
    pub async fn ship(&self, commands: &Commands<Ship>, order: String) -> Result<Receipt, SendError> {
        commands.send(Ship { order }).await
    }

    #[invocation_handler]
    pub async fn ship_by_key(
        &self,
        commands: &Commands<Ship>,
        keys: Vec<String>,
    ) -> Result<Vec<Receipt>, SendError> {
        let mut receipts = Vec::new();
        for key in keys {
            receipts.push(commands.send(Ship { order: key.clone() }).key(key).await?);
        }
        Ok(receipts)
    }
}

bundle! { pub DeskBundle {
    id: "desk",
    version: 1,
    components: [Order, Watcher, Rows, Delivery, Carrier, Desk],
} }

pub async fn start(store: &SharedStore, behaviour: &Behaviour) -> (App, Client<Desk>) {
    let app = DeskBundle::builder()
        .shared_store(store.clone())
        .provide(behaviour.clone())
        .handler_time(Duration::from_millis(30), Duration::from_millis(30))
        .start()
        .await
        .expect("it starts");
    let desk = app.invoker();
    (app, desk)
}
