//! The saga: it sees an order through, from its creation to the decision.

use std::time::Duration;

use evento::prelude::*;

use crate::payloads::*;

/// How long an order waits for its credit.
pub const RESERVED_WITHIN: Duration = Duration::from_secs(5);

/// One saga for each order that is not decided yet. It is stored together with how far it has come in the log and with its
/// timer, so a crash neither loses it nor lets it act twice.
#[saga_state]
pub struct OrderProcess {
    /// By this an event finds the saga that it concerns, be it one of the order or of the customer.
    #[association]
    order_id: String,
}

// The receivers mean the same as in an aggregate: none starts a saga, `self` ends it. With it goes its timer.
#[saga(version = 1)]
impl OrderProcess {
    #[saga_event_handler(association = "order_id")]
    async fn created(event: &OrderCreated, timers: &Timers<ReservationOverdue>) -> Result<Self> {
        timers.schedule(ReservationOverdue).after(RESERVED_WITHIN)?;
        Ok(Self { order_id: event.order_id.clone() })
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

    /// Somebody else has rejected it: there is no such customer.
    #[saga_event_handler(association = "order_id")]
    async fn rejected(self, _event: &OrderRejected) {}

    /// It fires once, also after a restart of the program, and after everything that was in the log by then.
    #[saga_deadline_handler]
    async fn overdue(self, _deadline: ReservationOverdue, commands: &Commands<RejectOrder>) -> Result<()> {
        let reason = Reason::ReservationOverdue;
        commands.send(RejectOrder { order_id: self.order_id, reason }).await?;
        Ok(())
    }
}
