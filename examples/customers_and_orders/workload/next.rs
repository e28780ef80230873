//! The next release of the application, which takes over while the first one is at work: its projector builds the histories anew
//! beside those that are shown, and its saga goes on with the orders that the first one has begun.

use std::str::FromStr;

use evento::{Builder, prelude::*};
use thiserror::Error;

use crate::{
    bundle::OrdersBundle,
    invoker::Shop,
    payloads::*,
    process::{ApprovalMailer, CreditOffice, RESERVED_WITHIN},
    read_side::{self, OrderHistories},
    write_side::{Customer, MailService, Order},
};

/// Which release of the application runs.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Release {
    #[default]
    First,
    Next,
}

#[derive(Debug, Error)]
#[error("there is no release `{0}`; there are `first` and `next`")]
pub struct NoRelease(String);

impl FromStr for Release {
    type Err = NoRelease;

    fn from_str(name: &str) -> Result<Self, NoRelease> {
        match name {
            "first" => Ok(Self::First),
            "next" => Ok(Self::Next),
            _ => Err(NoRelease(name.to_owned())),
        }
    }
}

impl Release {
    pub fn builder(self) -> Builder {
        match self {
            Self::First => OrdersBundle::builder(),
            Self::Next => NextBundle::builder(),
        }
    }

    /// The version of the projector, and so of the views that are shown once it has built them.
    pub fn projector(self) -> u32 {
        match self {
            Self::First => 1,
            Self::Next => 2,
        }
    }
}

bundle! {
    NextBundle {
        id: "orders",
        version: 2,
        components: [
            Customer,
            Order,
            MailService,
            CreditOffice,
            OrderProcess,
            ApprovalMailer,
            OrderHistorian,
            OrderHistories,
            Shop,
        ],
    }
}

/// Has learnt how often it was called.
#[saga_state]
pub struct OrderProcess {
    #[association]
    order_id: String,
    #[serde(default)]
    calls: u32,
}

#[saga(version = 2, adopts = 1)]
impl OrderProcess {
    #[saga_event_handler(association = "order_id")]
    async fn created(event: &OrderCreated, timers: &Timers<ReservationOverdue>) -> Result<Self> {
        timers.schedule(ReservationOverdue).after(RESERVED_WITHIN)?;
        Ok(Self { order_id: event.order_id.clone(), calls: 1 })
    }

    #[saga_event_handler(association = "order_id")]
    async fn reserved(self, _event: &CreditReserved, commands: &Commands<ApproveOrder>) -> Result<()> {
        commands.send(ApproveOrder { order_id: self.order_id }).await?;
        Ok(())
    }

    #[saga_event_handler(association = "order_id")]
    async fn refused(self, _event: &CreditRefused, commands: &Commands<RejectOrder>) -> Result<()> {
        let reason = Reason::CreditLimitExceeded;
        commands.send(RejectOrder { order_id: self.order_id, reason }).await?;
        Ok(())
    }

    #[saga_event_handler(association = "order_id")]
    async fn rejected(self, _event: &OrderRejected) {}

    #[saga_deadline_handler]
    async fn overdue(self, _deadline: ReservationOverdue, commands: &Commands<RejectOrder>) -> Result<()> {
        let reason = Reason::ReservationOverdue;
        commands.send(RejectOrder { order_id: self.order_id, reason }).await?;
        Ok(())
    }
}

/// Writes what the first one writes.
#[derive(Default)]
pub struct OrderHistorian(read_side::OrderHistorian);

#[projector(version = 2)]
impl OrderHistorian {
    #[event_handler]
    async fn customer_created(&self, event: &CustomerCreated, views: &Views<OrderHistory>) -> Result<()> {
        self.0.customer_created(event, views).await
    }

    #[event_handler]
    async fn reserved(&self, event: &CreditReserved, views: &Views<OrderHistory>) -> Result<()> {
        self.0.reserved(event, views).await
    }

    #[event_handler]
    async fn released(&self, event: &CreditReleased, views: &Views<OrderHistory>) -> Result<()> {
        self.0.released(event, views).await
    }

    #[event_handler]
    async fn created(&self, event: &OrderCreated, at: Timestamp, views: &Views<OrderHistory>) -> Result<()> {
        self.0.created(event, at, views).await
    }

    #[event_handler]
    async fn approved(
        &self,
        event: &OrderApproved,
        at: Timestamp,
        views: &Views<OrderHistory>,
    ) -> Result<()> {
        self.0.approved(event, at, views).await
    }

    #[event_handler]
    async fn rejected(
        &self,
        event: &OrderRejected,
        at: Timestamp,
        views: &Views<OrderHistory>,
    ) -> Result<()> {
        self.0.rejected(event, at, views).await
    }

    #[event_handler]
    async fn cancelled(
        &self,
        event: &OrderCancelled,
        at: Timestamp,
        views: &Views<OrderHistory>,
    ) -> Result<()> {
        self.0.cancelled(event, at, views).await
    }
}
