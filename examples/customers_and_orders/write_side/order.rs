//! The order: pending at first, then approved or rejected, and cancelled perhaps.

use evento::{
    prelude::*,
    serde::{Deserialize, Serialize},
};
use thiserror::Error;

use crate::payloads::*;

#[aggregate_state]
pub struct Order {
    customer_id: String,
    total: u64,
    state: State,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(crate = "evento::serde")]
enum State {
    Pending,
    Approved,
    Rejected,
    Cancelled,
}

#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum OrderError {
    #[error("an order costs something")]
    Free,
    #[error("only an approved order can be cancelled")]
    NotApproved,
}

#[aggregate]
impl Order {
    /// Whether the customer exists, and has the credit, is not known here: a customer decides about that, a moment later.
    /// So an order is accepted as *pending*.
    #[aggregate_command_handler]
    fn create(command: CreateOrder) -> Result<OrderCreated, OrderError> {
        let CreateOrder { order_id, customer_id, total } = command;
        if total == 0 {
            return Err(OrderError::Free);
        }
        Ok(OrderCreated { order_id, customer_id, total })
    }

    /// Credit that comes when the order is rejected already, because it took too long, changes nothing here.
    #[aggregate_command_handler]
    fn approve(&self, command: ApproveOrder) -> Option<OrderApproved> {
        let (order_id, customer_id) = (command.order_id, self.customer_id.clone());
        self.is_pending().then_some(OrderApproved { order_id, customer_id, total: self.total })
    }

    /// Several may find at the same time that an order cannot be. The first reason counts.
    #[aggregate_command_handler]
    fn reject(&self, command: RejectOrder) -> Option<OrderRejected> {
        let RejectOrder { order_id, reason } = command;
        self.is_pending().then_some(OrderRejected { order_id, customer_id: self.customer_id.clone(), reason })
    }

    #[aggregate_command_handler]
    fn cancel(&self, command: CancelOrder) -> Result<OrderCancelled, OrderError> {
        match self.state {
            State::Approved => {
                Ok(OrderCancelled { order_id: command.order_id, customer_id: self.customer_id.clone() })
            }
            State::Pending | State::Rejected | State::Cancelled => Err(OrderError::NotApproved),
        }
    }

    #[event_sourcing_handler]
    fn created(event: &OrderCreated) -> Self {
        Self { customer_id: event.customer_id.clone(), total: event.total, state: State::Pending }
    }

    #[event_sourcing_handler]
    fn approved(&mut self, _event: &OrderApproved) {
        self.state = State::Approved;
    }

    #[event_sourcing_handler]
    fn rejected(&mut self, _event: &OrderRejected) {
        self.state = State::Rejected;
    }

    #[event_sourcing_handler]
    fn cancelled(&mut self, _event: &OrderCancelled) {
        self.state = State::Cancelled;
    }
}

impl Order {
    fn is_pending(&self) -> bool {
        self.state == State::Pending
    }
}
