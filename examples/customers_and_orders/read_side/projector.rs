//! The projector: it writes the history of each customer, event by event, from the events of customers and of orders.

use evento::prelude::*;

use crate::payloads::*;

/// Each change of a view is one transaction with the note of how far the projector has come, so each event counts exactly
/// once, whatever happens.
#[derive(Default)]
pub struct OrderHistorian;

#[projector(version = 1)]
impl OrderHistorian {
    #[event_handler]
    pub async fn customer_created(&self, event: &CustomerCreated, views: &Views<OrderHistory>) -> Result<()> {
        change(views, &event.customer_id, |history| {
            history.name = Some(event.name.clone());
            history.credit_limit = event.credit_limit;
        })
        .await
    }

    #[event_handler]
    pub async fn reserved(&self, event: &CreditReserved, views: &Views<OrderHistory>) -> Result<()> {
        change(views, &event.customer_id, |history| history.reserved += event.amount).await
    }

    #[event_handler]
    pub async fn released(&self, event: &CreditReleased, views: &Views<OrderHistory>) -> Result<()> {
        change(views, &event.customer_id, |history| history.reserved -= event.amount).await
    }

    #[event_handler]
    pub async fn created(
        &self,
        event: &OrderCreated,
        at: Timestamp,
        views: &Views<OrderHistory>,
    ) -> Result<()> {
        change(views, &event.customer_id, |history| {
            let line =
                OrderLine { total: event.total, status: OrderStatus::Pending, created: at, changed: at };
            history.orders.insert(event.order_id.clone(), line);
        })
        .await
    }

    #[event_handler]
    pub async fn approved(
        &self,
        event: &OrderApproved,
        at: Timestamp,
        views: &Views<OrderHistory>,
    ) -> Result<()> {
        set(views, &event.customer_id, &event.order_id, OrderStatus::Approved, at).await
    }

    #[event_handler]
    pub async fn rejected(
        &self,
        event: &OrderRejected,
        at: Timestamp,
        views: &Views<OrderHistory>,
    ) -> Result<()> {
        set(views, &event.customer_id, &event.order_id, OrderStatus::Rejected(event.reason), at).await
    }

    #[event_handler]
    pub async fn cancelled(
        &self,
        event: &OrderCancelled,
        at: Timestamp,
        views: &Views<OrderHistory>,
    ) -> Result<()> {
        set(views, &event.customer_id, &event.order_id, OrderStatus::Cancelled, at).await
    }
}

/// Customers and orders are streams of their own, so either may come first.
async fn change(
    views: &Views<OrderHistory>,
    customer_id: &str,
    change: impl FnOnce(&mut OrderHistory),
) -> Result<()> {
    let new = || OrderHistory { customer_id: customer_id.to_owned(), ..OrderHistory::default() };
    let mut history = views.get(customer_id).await?.unwrap_or_else(new);
    change(&mut history);
    Ok(views.put(history).await?)
}

async fn set(
    views: &Views<OrderHistory>,
    customer_id: &str,
    order_id: &str,
    status: OrderStatus,
    at: Timestamp,
) -> Result<()> {
    change(views, customer_id, |history| {
        if let Some(line) = history.orders.get_mut(order_id) {
            (line.status, line.changed) = (status, at);
        }
    })
    .await
}
