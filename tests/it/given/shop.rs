//! What the tests of the kit are about: accounts, and whoever reacts to them.

use std::{
    collections::BTreeMap,
    sync::{
        Arc,
        atomic::{AtomicU32, Ordering},
    },
    time::Duration,
};

use evento::{
    prelude::*,
    serde_json::{Value, json},
};

#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum AccountError {
    #[error("the balance of {balance} does not cover {amount}")]
    TooLow { balance: u64, amount: u64 },
}

#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the bank is closed")]
pub struct Holiday;

#[domain_command]
pub struct Open {
    #[aggregate_id]
    pub account: String,
}

#[domain_command]
pub struct Deposit {
    #[aggregate_id]
    pub account: String,
    pub amount: u64,
}

#[domain_command]
pub struct Withdraw {
    #[aggregate_id]
    pub account: String,
    pub amount: u64,
}

#[domain_command]
pub struct Close {
    #[aggregate_id]
    pub account: String,
}

#[domain_command]
pub struct Misbehave {
    #[aggregate_id]
    pub account: String,
    pub how: String,
}

/// No aggregate handles it.
#[domain_command]
pub struct Withdrawal {
    #[aggregate_id]
    pub account: String,
}

#[domain_event(version = 2)]
pub struct Opened {
    pub account: String,
    pub balance: u64,
}

#[upcasters]
impl Opened {
    /// Version 1 had no balance.
    #[upcast(from = 1)]
    fn empty(mut stored: Value) -> Value {
        stored["balance"] = json!(0);
        stored
    }
}

#[domain_event]
pub struct Deposited {
    pub account: String,
    pub amount: u64,
}

#[domain_event]
pub struct Withdrawn {
    pub account: String,
    pub amount: u64,
}

#[domain_event]
pub struct Closed {
    pub account: String,
}

/// Nothing can be done with what was written of it.
#[domain_event]
pub struct Forgetful {
    pub account: String,
    #[serde(skip_serializing)]
    #[expect(dead_code, reason = "it is there to be forgotten")]
    pub secret: String,
}

/// It is read again as something else.
#[domain_event]
pub struct Fickle {
    #[serde(deserialize_with = "one_more")]
    pub number: u64,
}

fn one_more<'de, D: evento::serde::Deserializer<'de>>(deserializer: D) -> Result<u64, D::Error> {
    <u64 as evento::serde::Deserialize>::deserialize(deserializer).map(|number| number + 1)
}

#[aggregate_state]
pub struct Account {
    pub balance: u64,
    /// The stream, the user and the time of the last event.
    pub last: (String, String, i64),
}

#[aggregate(snapshot_every = 100)]
impl Account {
    #[aggregate_command_handler]
    fn open(command: Open) -> Opened {
        Opened { account: command.account, balance: 100 }
    }

    #[aggregate_command_handler]
    fn deposit(&self, command: Deposit) -> Option<Deposited> {
        let Deposit { account, amount } = command;
        (amount > 0).then_some(Deposited { account, amount })
    }

    #[aggregate_command_handler]
    fn withdraw(&self, command: Withdraw) -> Result<Withdrawn, AccountError> {
        let Withdraw { account, amount } = command;
        match amount > self.balance {
            true => Err(AccountError::TooLow { balance: self.balance, amount }),
            false => Ok(Withdrawn { account, amount }),
        }
    }

    #[aggregate_command_handler]
    fn close(&self, command: Close) -> Closed {
        Closed { account: command.account }
    }

    #[aggregate_command_handler]
    fn misbehave(
        &self,
        command: Misbehave,
    ) -> Result<(Option<Deposited>, Option<Opened>, Option<Forgetful>)> {
        let account = command.account;
        match &*command.how {
            "panic" => panic!("deciding went wrong"),
            "begin twice" => {
                let deposited = Deposited { account: account.clone(), amount: 7 };
                Ok((Some(deposited), Some(Opened { account, balance: 0 }), None))
            }
            "forget" => Ok((None, None, Some(Forgetful { account, secret: "x".into() }))),
            _ => Err(Error::new(Holiday).context("not today")),
        }
    }

    #[event_sourcing_handler]
    fn opened(event: &Opened, message: &EventMessage, metadata: &Metadata, at: Timestamp) -> Self {
        Self { balance: event.balance, last: last(message, metadata, at) }
    }

    #[event_sourcing_handler]
    fn deposited(&mut self, event: &Deposited, message: &EventMessage, metadata: &Metadata, at: Timestamp) {
        self.balance += event.amount;
        self.last = last(message, metadata, at);
    }

    #[event_sourcing_handler]
    fn withdrawn(&mut self, event: &Withdrawn) {
        self.balance -= event.amount;
    }

    #[event_sourcing_handler]
    fn forgot(&mut self, _event: &Forgetful) {}

    #[event_sourcing_handler]
    fn closed(self, _event: &Closed) {}
}

fn last(message: &EventMessage, metadata: &Metadata, at: Timestamp) -> (String, String, i64) {
    let user = metadata.get("user").unwrap_or("nobody");
    (format!("{} v{}", message.stream, message.version), user.to_owned(), at.as_millis())
}

/// Its state has no snapshot.
#[aggregate_state]
pub struct Unkept {
    pub by_place: BTreeMap<(u32, u32), u32>,
}

#[domain_command]
pub struct Keep {
    #[aggregate_id]
    pub id: String,
}

#[domain_event]
pub struct Kept {}

#[aggregate(snapshot_every = 10)]
impl Unkept {
    #[aggregate_command_handler]
    fn keep(_command: Keep) -> Kept {
        Kept {}
    }

    #[event_sourcing_handler]
    fn kept(_event: &Kept) -> Self {
        Self { by_place: BTreeMap::from([((1, 2), 3)]) }
    }
}

// Whoever reacts.

#[service_command]
pub struct Write {
    pub to: String,
    pub text: String,
}

#[service_event]
pub struct Written {
    pub to: String,
}

#[query(response = Option<String>)]
pub struct FindAddress {
    pub account: String,
}

/// Writes to those who withdraw, and to the bank beside.
#[derive(Default)]
pub struct Clerk;

#[observer(version = 1)]
impl Clerk {
    #[event_handler]
    async fn withdrawn(
        &self,
        event: &Withdrawn,
        queries: &Queries<FindAddress>,
        commands: &Commands<(Write, Deposit)>,
    ) -> Result<()> {
        let Some(to) = queries.query(FindAddress { account: event.account.clone() }).await? else {
            return Ok(());
        };
        commands.send(Write { to, text: format!("{} less", event.amount) }).await?;
        commands.send(Deposit { account: "bank".into(), amount: 1 }).await?;
        Ok(())
    }

    #[event_handler]
    async fn closed(
        &self,
        event: &Closed,
        position: Position,
        at: Timestamp,
        metadata: &Metadata,
    ) -> Result<()> {
        let user = metadata.get("user").unwrap_or("nobody");
        Err(Error::msg(format!("{user} at {} of {}: {}", at.as_millis(), position, event.account)))
    }
}

static TURNS: AtomicU32 = AtomicU32::new(0);

/// Does something else each time.
#[derive(Default)]
pub struct Scatterbrain;

#[observer(version = 1)]
impl Scatterbrain {
    #[event_handler]
    async fn opened(&self, _event: &Opened, commands: &Commands<Write>) -> Result<()> {
        let turn = TURNS.fetch_add(1, Ordering::Relaxed);
        commands.send(Write { to: "me".into(), text: format!("turn {turn}") }).await?;
        Ok(())
    }
}

/// Sends mails, of which some come back.
pub struct Mailer {
    sent: Arc<AtomicU32>,
}

#[service]
impl Mailer {
    #[inject]
    fn new(sent: Arc<AtomicU32>) -> Self {
        Self { sent }
    }

    #[command_handler]
    async fn write(
        &self,
        command: Write,
        id: CommandId,
        commands: &Commands<Withdraw>,
    ) -> Result<Option<Written>, Holiday> {
        if command.to == "bank" {
            return Err(Holiday);
        }
        if command.to.is_empty() {
            return Ok(None);
        }
        tokio::task::yield_now().await;
        self.sent.fetch_add(1, Ordering::Relaxed);
        // What it costs.
        let charged = commands.send(Withdraw { account: id.to_string(), amount: 1 }).await;
        charged.map_err(|_| Holiday)?;
        Ok(Some(Written { to: command.to }))
    }
}

// A saga.

#[deadline]
pub struct Reminder {
    pub number: u32,
}

#[deadline]
pub struct Expiry {}

#[saga_state]
pub struct Loan {
    #[association]
    pub account: String,
    pub owed: u64,
    pub reminders: u32,
}

#[saga(version = 1)]
impl Loan {
    #[saga_event_handler(association = "account")]
    async fn withdrawn(event: &Withdrawn, timers: &Timers<(Reminder, Expiry)>) -> Result<Option<Self>> {
        if event.amount < 10 {
            return Ok(None);
        }
        timers.schedule(Reminder { number: 1 }).after(Duration::from_secs(60))?;
        timers.schedule(Expiry {}).after(Duration::from_secs(200))?;
        Ok(Some(Self { account: event.account.clone(), owed: event.amount, reminders: 0 }))
    }

    #[saga_event_handler(association = "account")]
    async fn deposited(
        &mut self,
        event: &Deposited,
        commands: &Commands<Write>,
        timers: &Timers<Reminder>,
    ) -> Result<()> {
        let paid = commands.send(Write { to: self.account.clone(), text: "thanks".into() }).await;
        self.owed = self.owed.checked_sub(event.amount).ok_or_else(|| Error::msg("too much"))?;
        paid?;
        timers.cancel::<Reminder>();
        Ok(())
    }

    #[saga_event_handler(association = "account")]
    async fn closed(self, _event: &Closed) {}

    #[saga_deadline_handler]
    async fn remind(
        &mut self,
        deadline: Reminder,
        at: Timestamp,
        commands: &Commands<Write>,
        timers: &Timers<Reminder>,
    ) -> Result<()> {
        self.reminders += 1;
        let text = format!("reminder {} at {}", deadline.number, at.as_millis() / 1000);
        commands.send(Write { to: self.account.clone(), text }).await?;
        timers.schedule(Reminder { number: deadline.number + 1 }).after(Duration::from_secs(60))?;
        Ok(())
    }

    #[saga_deadline_handler]
    async fn expire(self, _deadline: Expiry) {}
}

// The read side.

#[view]
pub struct Balance {
    #[id]
    pub account: String,
    #[index]
    pub owner: String,
    pub balance: u64,
}

#[query(response = Option<Balance>)]
pub struct FindBalance {
    pub account: String,
}

#[derive(Default)]
pub struct Ledger;

#[projector(version = 3)]
impl Ledger {
    #[event_handler]
    async fn opened(&self, event: &Opened, metadata: &Metadata, views: &Views<Balance>) -> Result<()> {
        let owner = metadata.get("user").unwrap_or("nobody").to_owned();
        views.put(Balance { account: event.account.clone(), owner, balance: event.balance }).await?;
        Ok(())
    }

    /// The row is written before it is known whether it may be.
    #[event_handler]
    async fn withdrawn(&self, event: &Withdrawn, views: &Views<Balance>) -> Result<()> {
        let found = views.get(&event.account).await?;
        let mut row = found.ok_or_else(|| Error::msg(format!("there is no `{}`", event.account)))?;
        let left = row.balance.checked_sub(event.amount);
        row.balance = left.unwrap_or(0);
        views.put(row).await?;
        left.map(|_| ()).ok_or_else(|| Error::msg("overdrawn"))
    }

    #[event_handler]
    async fn closed(&self, event: &Closed, views: &Views<Balance>) -> Result<()> {
        views.delete(&event.account).await?;
        Ok(())
    }
}

#[derive(Default)]
pub struct Balances;

#[projection]
impl Balances {
    #[query_handler]
    async fn find(&self, query: &FindBalance, views: &Views<Balance>) -> Result<Option<Balance>> {
        if query.account.is_empty() {
            return Err(Holiday.into());
        }
        Ok(views.get(&query.account).await?)
    }
}

#[derive(Default)]
pub struct Counter;

#[invoker]
impl Counter {
    #[invocation_handler]
    pub async fn draw(
        &self,
        commands: &Commands<Withdraw>,
        queries: &Queries<FindBalance>,
        account: String,
        amount: u64,
    ) -> Result<u64> {
        commands.send(Withdraw { account: account.clone(), amount }).await?;
        let found = queries.query(FindBalance { account }).await?;
        Ok(found.map_or(0, |found| found.balance))
    }
}

pub fn opened() -> Opened {
    Opened { account: "a".into(), balance: 100 }
}

pub fn deposited(amount: u64) -> Deposited {
    Deposited { account: "a".into(), amount }
}

pub fn withdrawn(amount: u64) -> Withdrawn {
    Withdrawn { account: "a".into(), amount }
}

pub fn withdraw(amount: u64) -> Withdraw {
    Withdraw { account: "a".into(), amount }
}

pub fn write(text: &str) -> Write {
    Write { to: "a".into(), text: text.into() }
}
