//! A checkout whose sagas wait for payments, on a clock that the tests move.

use std::{collections::BTreeSet, future::pending, sync::Mutex, time::Duration};

use evento::{
    App, Client,
    clock::ManualClock,
    message::StoredEvent,
    prelude::*,
    store::{LogFilter, LogQuery, SharedStore},
};

#[service_command]
pub struct Order {
    pub order: String,
    pub customer: u64,
}

#[service_event]
pub struct Ordered {
    pub order: String,
    pub customer: u64,
}

#[service_command]
pub struct Pay {
    pub order: String,
}

#[service_event]
pub struct Paid {
    pub order: String,
}

#[service_command]
pub struct Extend {
    pub order: String,
    pub seconds: u64,
}

#[service_event]
pub struct Extended {
    pub order: String,
    pub seconds: u64,
}

#[service_command]
pub struct Waive {
    pub order: String,
    pub key: Option<String>,
}

#[service_event]
pub struct Waived {
    pub order: String,
    pub key: Option<String>,
}

#[service_command]
pub struct Call {
    pub customer: Option<u64>,
}

#[service_event]
pub struct Called {
    pub customer: Option<u64>,
}

#[service_command]
pub struct Remind {
    pub order: String,
    pub key: String,
    pub seconds: u64,
    pub times: u32,
}

#[service_event]
pub struct ReminderWanted {
    pub order: String,
    pub key: String,
    pub seconds: u64,
    pub times: u32,
}

#[service_command]
pub struct Escalate {
    pub order: String,
}

#[service_event]
pub struct Escalated {
    pub order: String,
}

#[service_command]
pub struct Reject {
    pub order: String,
}

#[service_event]
pub struct Rejected {
    pub order: String,
}

#[service_command]
pub struct Mail {
    pub order: String,
    pub text: String,
}

#[service_event]
pub struct Mailed {
    pub order: String,
    pub text: String,
}

/// Emits what it is told.
#[derive(Default)]
pub struct Till;

#[service]
impl Till {
    #[command_handler]
    async fn ordered(&self, command: Order) -> Ordered {
        let Order { order, customer } = command;
        Ordered { order, customer }
    }

    #[command_handler]
    async fn paid(&self, command: Pay) -> Paid {
        let Pay { order } = command;
        Paid { order }
    }

    #[command_handler]
    async fn extended(&self, command: Extend) -> Extended {
        let Extend { order, seconds } = command;
        Extended { order, seconds }
    }

    #[command_handler]
    async fn waived(&self, command: Waive) -> Waived {
        let Waive { order, key } = command;
        Waived { order, key }
    }

    #[command_handler]
    async fn called(&self, command: Call) -> Called {
        let Call { customer } = command;
        Called { customer }
    }

    #[command_handler]
    async fn reminder_wanted(&self, command: Remind) -> ReminderWanted {
        let Remind { order, key, seconds, times } = command;
        ReminderWanted { order, key, seconds, times }
    }

    #[command_handler]
    async fn escalated(&self, command: Escalate) -> Escalated {
        let Escalate { order } = command;
        Escalated { order }
    }

    #[command_handler]
    async fn rejected(&self, command: Reject) -> Rejected {
        let Reject { order } = command;
        Rejected { order }
    }

    #[command_handler]
    async fn mailed(&self, command: Mail) -> Mailed {
        let Mail { order, text } = command;
        Mailed { order, text }
    }
}

// A saga is its state, so what its handlers are told comes from outside of it, by the names of orders.
static HANGING: Mutex<BTreeSet<String>> = Mutex::new(BTreeSet::new());
static FAILING: Mutex<BTreeSet<String>> = Mutex::new(BTreeSet::new());

/// Lets the handlers of an order never return after they have sent what they send, as if the process died then.
pub fn hang(order: &str, hangs: bool) {
    tell(&HANGING, order, hangs);
}

/// Lets the deadlines of an order fail.
pub fn fail(order: &str, fails: bool) {
    tell(&FAILING, order, fails);
}

fn tell(told: &Mutex<BTreeSet<String>>, order: &str, is: bool) {
    let mut told = told.lock().expect("not poisoned");
    if is {
        told.insert(order.to_owned())
    } else {
        told.remove(order)
    };
}

fn is_told(told: &Mutex<BTreeSet<String>>, order: &str) -> bool {
    told.lock().expect("not poisoned").contains(order)
}

async fn hang_if_told(order: &str) {
    if is_told(&HANGING, order) {
        pending::<()>().await;
    }
}

#[deadline]
pub struct PaymentTimeout {
    pub order: String,
}

#[deadline]
pub struct Reminder {
    pub every: u64,
    pub times: u32,
}

#[saga_state]
pub struct Checkout {
    #[association]
    pub order: String,
    #[association]
    pub customer: u64,
    pub calls: u32,
    pub reminders: u32,
}

#[saga(version = 1, strict)]
impl Checkout {
    #[saga_event_handler(association = "order", retry = 0)]
    async fn ordered(event: &Ordered, timers: &Timers<PaymentTimeout>) -> Result<Self> {
        let order = event.order.clone();
        timers.schedule(PaymentTimeout { order: order.clone() }).after(Duration::from_secs(60))?;
        Ok(Self { order, customer: event.customer, calls: 0, reminders: 0 })
    }

    #[saga_event_handler(association = "order")]
    async fn paid(self, _event: &Paid) {}

    #[saga_event_handler(association = "order")]
    async fn extended(
        &mut self,
        event: &Extended,
        timers: &Timers<PaymentTimeout>,
        at: Timestamp,
    ) -> Result<()> {
        let timeout = PaymentTimeout { order: event.order.clone() };
        timers.schedule(timeout).at(at + Duration::from_secs(event.seconds))?;
        Ok(())
    }

    #[saga_event_handler(association = "order")]
    async fn waived(&mut self, event: &Waived, timers: &Timers<PaymentTimeout>) {
        match &event.key {
            Some(key) => timers.cancel_key(key),
            None => timers.cancel::<PaymentTimeout>(),
        }
    }

    #[saga_event_handler(association = "customer")]
    async fn called(&mut self, _event: &Called) {
        self.calls += 1;
    }

    #[saga_event_handler(association = "order")]
    async fn reminder_wanted(
        &mut self,
        event: &ReminderWanted,
        timers: &Timers<(PaymentTimeout, Reminder)>,
    ) -> Result<()> {
        let reminder = Reminder { every: event.seconds, times: event.times };
        timers.schedule(reminder).key(event.key.clone()).after(Duration::from_secs(event.seconds))?;
        Ok(())
    }

    #[saga_event_handler(association = "order")]
    async fn escalated(&mut self, event: &Escalated, commands: &Commands<Mail>) -> Result<()> {
        self.calls += 1;
        commands.send(Mail { order: event.order.clone(), text: "escalated".into() }).await?;
        hang_if_told(&event.order).await;
        Ok(())
    }

    #[saga_deadline_handler(retry = 1, retry_delay = 1)]
    async fn timed_out(self, deadline: PaymentTimeout, commands: &Commands<Reject>) -> Result<()> {
        if is_told(&FAILING, &deadline.order) {
            return Err(Error::msg("as it was told"));
        }
        commands.send(Reject { order: deadline.order.clone() }).await?;
        hang_if_told(&deadline.order).await;
        Ok(())
    }

    #[saga_deadline_handler]
    async fn reminded(
        &mut self,
        deadline: &Reminder,
        timers: &Timers<Reminder>,
        commands: &Commands<Mail>,
        due: Timestamp,
    ) -> Result<()> {
        self.reminders += 1;
        let text = format!("reminder {} at {}", self.reminders, due.as_millis());
        commands.send(Mail { order: self.order.clone(), text }).await?;
        if self.reminders < deadline.times {
            timers.schedule(deadline.clone()).key("again").at(due + Duration::from_secs(deadline.every))?;
        }
        Ok(())
    }
}

/// Counts orders by customer, and does not care for others.
#[saga_state]
pub struct Loyalty {
    #[association]
    pub customer: u64,
}

#[saga(version = 1)]
impl Loyalty {
    #[saga_event_handler(association = "customer")]
    async fn ordered(event: &Ordered) -> Self {
        Self { customer: event.customer }
    }

    #[saga_event_handler(association = "customer")]
    async fn called(&mut self, _event: &Called) {}
}

#[derive(Default)]
pub struct Shop;

#[invoker]
impl Shop {
    #[invocation_handler]
    pub async fn order(
        &self,
        commands: &Commands<Order>,
        order: String,
        customer: u64,
    ) -> Result<Receipt, SendError> {
        commands.send(Order { order, customer }).await
    }

    #[invocation_handler]
    pub async fn pay(&self, commands: &Commands<Pay>, order: String) -> Result<Receipt, SendError> {
        commands.send(Pay { order }).await
    }

    #[invocation_handler]
    pub async fn extend(
        &self,
        commands: &Commands<Extend>,
        order: String,
        seconds: u64,
    ) -> Result<Receipt, SendError> {
        commands.send(Extend { order, seconds }).await
    }

    #[invocation_handler]
    pub async fn waive(
        &self,
        commands: &Commands<Waive>,
        order: String,
        key: Option<String>,
    ) -> Result<Receipt, SendError> {
        commands.send(Waive { order, key }).await
    }

    #[invocation_handler]
    pub async fn call(&self, commands: &Commands<Call>, customer: Option<u64>) -> Result<Receipt, SendError> {
        commands.send(Call { customer }).await
    }

    #[invocation_handler]
    pub async fn remind(
        &self,
        commands: &Commands<Remind>,
        order: String,
        key: String,
        seconds: u64,
        times: u32,
    ) -> Result<Receipt, SendError> {
        commands.send(Remind { order, key, seconds, times }).await
    }

    #[invocation_handler]
    pub async fn escalate(&self, commands: &Commands<Escalate>, order: String) -> Result<Receipt, SendError> {
        commands.send(Escalate { order }).await
    }
}

bundle! { pub CheckoutBundle {
    id: "checkout",
    version: 1,
    components: [Till, Checkout, Loyalty, Shop],
} }

bundle! { pub WithoutSagas { id: "checkout", version: 2, components: [Till, Shop] } }

/// A time at which a test begins.
pub fn clock() -> ManualClock {
    ManualClock::at(Timestamp::from_millis(1_000_000))
}

pub async fn start(store: &SharedStore, clock: &ManualClock) -> (App, Client<Shop>) {
    let app = CheckoutBundle::builder().shared_store(store.clone()).clock(clock.clone()).start().await;
    let app = app.expect("it starts");
    let shop = app.invoker();
    (app, shop)
}

/// The events of a name.
pub async fn events(store: &SharedStore, name: &'static str) -> Vec<StoredEvent> {
    let query = LogQuery {
        filter: LogFilter { names: [name.into()].into(), ..LogFilter::default() },
        max_events: 1_000,
        max_bytes: usize::MAX,
        ..LogQuery::default()
    };
    store.read_log(&query).await.expect("the log").events
}

/// How often the log has an event of a name with this in its payload.
pub async fn count(store: &SharedStore, name: &'static str, part: &str) -> usize {
    let events = events(store, name).await;
    events.iter().filter(|event| event.message.payload.get().contains(part)).count()
}

pub use crate::stores::eventually as until;

/// Waits until an order was rejected.
pub async fn rejected(store: &SharedStore, order: &str) {
    let part = format!("{order:?}");
    until("a rejection", async || count(store, "Rejected", &part).await > 0).await;
}
