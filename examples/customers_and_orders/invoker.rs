//! The invoker: the way in for everybody outside.

use evento::prelude::*;

use crate::payloads::*;

/// `app.invoker::<Shop>()` gives a client with these methods, without the parameters behind `&`, which evento injects.
#[derive(Default)]
pub struct Shop;

#[invoker]
impl Shop {
    #[invocation_handler]
    pub async fn create_customer(
        &self,
        commands: &Commands<CreateCustomer>,
        customer_id: String,
        name: String,
        credit_limit: u64,
    ) -> Result<Receipt, SendError> {
        commands.send(CreateCustomer { customer_id, name, credit_limit }).await
    }

    #[invocation_handler]
    pub async fn create_order(
        &self,
        commands: &Commands<CreateOrder>,
        order_id: String,
        customer_id: String,
        total: u64,
    ) -> Result<Receipt, SendError> {
        commands.send(CreateOrder { order_id, customer_id, total }).await
    }

    #[invocation_handler]
    pub async fn cancel_order(
        &self,
        commands: &Commands<CancelOrder>,
        order_id: String,
    ) -> Result<Receipt, SendError> {
        commands.send(CancelOrder { order_id }).await
    }

    #[invocation_handler]
    pub async fn history(
        &self,
        queries: &Queries<FindOrderHistory>,
        customer_id: String,
    ) -> Result<Option<OrderHistory>, QueryError> {
        queries.query(FindOrderHistory { customer_id }).await
    }

    #[invocation_handler]
    pub async fn histories(
        &self,
        queries: &Queries<ListOrderHistories>,
        page: u32,
        size: u32,
    ) -> Result<Vec<OrderHistory>, QueryError> {
        queries.query(ListOrderHistories { page, size }).await
    }
}
