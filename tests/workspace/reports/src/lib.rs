//! The read side of the shop.
#![forbid(unsafe_code)]
#![deny(missing_docs)]

use evento::prelude::*;
use shop_payloads::{FindOrder, OrderPlaced, OrderShipped, OrderView};

/// Writes what is shown of orders.
#[derive(Default)]
pub struct Orders;

#[projector(version = 1)]
impl Orders {
    #[event_handler]
    async fn placed(&self, event: OrderPlaced, views: &Views<OrderView>) -> Result<()> {
        views.put(OrderView { order: event.order, total: event.total, shipped: false }).await?;
        Ok(())
    }

    #[event_handler]
    async fn shipped(&self, event: &OrderShipped, views: &Views<OrderView>) -> Result<()> {
        if let Some(view) = views.get(&event.order).await? {
            views.put(OrderView { shipped: true, ..view }).await?;
        }
        Ok(())
    }
}

/// Shows orders.
#[derive(Default)]
pub struct OrderQueries;

#[projection]
impl OrderQueries {
    #[query_handler]
    async fn find(&self, query: &FindOrder, views: &Views<OrderView>) -> Result<Option<OrderView>> {
        Ok(views.get(&query.order).await?)
    }
}

/// The way in.
#[derive(Default)]
pub struct ReportApi;

#[invoker]
impl ReportApi {
    /// Finds an order.
    #[invocation_handler]
    pub async fn find(&self, queries: &Queries<FindOrder>, order: String) -> Result<Option<OrderView>> {
        Ok(queries.query(FindOrder { order }).await?)
    }
}
