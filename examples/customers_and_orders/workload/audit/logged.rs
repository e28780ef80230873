//! What the log says, told anew without any code of the application.

use std::collections::BTreeMap;

use evento::{
    message::StoredEvent,
    prelude::*,
    serde_json::{self, Value},
    store::{LogQuery, StateStore, log_events},
};
use futures_util::TryStreamExt;

use crate::payloads::*;

/// An order as its events tell of it.
#[derive(Clone, Debug, Default)]
pub struct Order {
    pub customer: String,
    pub total: u64,
    pub created: u32,
    pub approved: u32,
    pub rejected: u32,
    pub cancelled: u32,
    pub mails: u32,
    /// What it holds of the credit now.
    pub reserved: u64,
    pub reservations: u32,
}

impl Order {
    pub fn is_decided(&self) -> bool {
        self.approved + self.rejected > 0
    }

    /// What it ought to hold.
    pub fn due(&self) -> u64 {
        if self.approved > 0 && self.cancelled == 0 { self.total } else { 0 }
    }

    /// Whether it has lived as an order lives.
    pub fn is_sound(&self) -> bool {
        self.created == 1
            && self.approved + self.rejected <= 1
            && self.cancelled <= self.approved
            && self.reservations <= 1
            && self.mails <= self.approved
    }
}

#[derive(Default)]
struct Account {
    limit: u64,
    reserved: u64,
}

/// The whole log.
#[derive(Default)]
pub struct Logged {
    pub events: Vec<StoredEvent>,
    pub orders: BTreeMap<String, Order>,
    accounts: BTreeMap<String, Account>,
    /// The positions at which a customer had more reserved than the limit, or less than nothing.
    pub exceeded: Vec<String>,
    /// Positions that are not in their order.
    pub holes: Vec<String>,
}

impl Logged {
    pub async fn read(store: &dyn StateStore) -> Result<Self> {
        let mut logged = Self::default();
        let mut events = std::pin::pin!(log_events(store, LogQuery::default()));
        while let Some(event) = events.try_next().await? {
            logged.apply(&event)?;
            logged.events.push(event);
        }
        Ok(logged)
    }

    /// A field of the event at a position.
    pub fn field(&self, position: Position, field: &str) -> Option<String> {
        let event = self.events.get(usize::try_from(position.0).ok()?.checked_sub(1)?)?;
        let payload: Value = serde_json::from_str(event.message.payload.get()).ok()?;
        payload.get(field)?.as_str().map(str::to_owned)
    }

    pub fn totals(&self) -> Vec<(usize, String)> {
        let count = |is: fn(&Order) -> bool| self.orders.values().filter(|order| is(order)).count();
        vec![
            (self.events.len(), "events in the log".to_owned()),
            (self.accounts.len(), "customers".to_owned()),
            (count(|order| order.approved > 0), "orders approved".to_owned()),
            (count(|order| order.rejected > 0), "orders rejected".to_owned()),
            (count(|order| order.cancelled > 0), "orders cancelled".to_owned()),
        ]
    }

    fn apply(&mut self, event: &StoredEvent) -> Result<()> {
        let message = &event.message;
        if event.position.0 != self.events.len() as u64 + 1 {
            self.holes.push(format!("{} comes after {} events", event.position, self.events.len()));
        }
        let payload = message.payload.get();
        match &*message.name {
            "CustomerCreated" => {
                let CustomerCreated { customer_id, credit_limit, .. } = serde_json::from_str(payload)?;
                self.accounts.entry(customer_id).or_default().limit = credit_limit;
            }
            "CreditReserved" => {
                let CreditReserved { customer_id, order_id, amount } = serde_json::from_str(payload)?;
                let order = self.order(&order_id);
                order.reservations += 1;
                order.reserved += amount;
                let account = self.accounts.entry(customer_id).or_default();
                account.reserved += amount;
                if account.reserved > account.limit {
                    let Account { limit, reserved } = account;
                    self.exceeded.push(format!("{reserved} of {limit} at {}", event.position));
                }
            }
            "CreditReleased" => {
                let CreditReleased { customer_id, order_id, amount } = serde_json::from_str(payload)?;
                let order = self.order(&order_id);
                let held = order.reserved;
                order.reserved = held.saturating_sub(amount);
                let account = self.accounts.entry(customer_id).or_default();
                if held < amount || account.reserved < amount {
                    self.exceeded.push(format!("{amount} released of {held} at {}", event.position));
                }
                let account = self.accounts.entry(message.stream.id.to_string()).or_default();
                account.reserved = account.reserved.saturating_sub(amount);
            }
            "OrderCreated" => {
                let OrderCreated { order_id, customer_id, total } = serde_json::from_str(payload)?;
                let order = self.order(&order_id);
                order.created += 1;
                (order.customer, order.total) = (customer_id, total);
            }
            name => {
                let fields: Value = serde_json::from_str(payload)?;
                let order = self.order(fields.get("order_id").and_then(Value::as_str).unwrap_or_default());
                match name {
                    "OrderApproved" => order.approved += 1,
                    "OrderRejected" => order.rejected += 1,
                    "OrderCancelled" => order.cancelled += 1,
                    "MailSent" => order.mails += 1,
                    _ => {}
                }
            }
        }
        Ok(())
    }

    fn order(&mut self, order: &str) -> &mut Order {
        self.orders.entry(order.to_owned()).or_default()
    }
}
