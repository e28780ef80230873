//! The projection: it answers queries from the view.

use evento::prelude::*;

use crate::payloads::*;

#[derive(Default)]
pub struct OrderHistories;

#[projection]
impl OrderHistories {
    #[query_handler]
    async fn find(
        &self,
        query: &FindOrderHistory,
        views: &Views<OrderHistory>,
    ) -> Result<Option<OrderHistory>> {
        Ok(views.get(&query.customer_id).await?)
    }

    #[query_handler]
    async fn list(
        &self,
        query: &ListOrderHistories,
        views: &Views<OrderHistory>,
    ) -> Result<Vec<OrderHistory>> {
        Ok(views.find(Find::all(), Page::new(query.page, query.size)).await?)
    }
}
