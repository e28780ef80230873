//! An observer: it has credit reserved for orders, and given back.

use evento::prelude::*;

use crate::payloads::*;

/// It handles the events of an order one after the other. So credit is given back after it was reserved, also when the
/// reservation was late and the order is rejected already, and whatever became of the order, in the end it holds what it
/// should.
#[derive(Default)]
pub struct CreditOffice;

#[observer(version = 1)]
impl CreditOffice {
    #[event_handler]
    async fn ordered(
        &self,
        event: &OrderCreated,
        commands: &Commands<(ReserveCredit, RejectOrder)>,
    ) -> Result<()> {
        let OrderCreated { order_id, customer_id, total } = event.clone();
        let reserve = ReserveCredit { customer_id, order_id: order_id.clone(), amount: total };
        match commands.send(reserve).await {
            Err(SendError::NotFound { .. }) => {
                commands.send(RejectOrder { order_id, reason: Reason::UnknownCustomer }).await?
            }
            reserved => reserved?,
        };
        Ok(())
    }

    #[event_handler]
    async fn rejected(&self, event: &OrderRejected, commands: &Commands<ReleaseCredit>) -> Result<()> {
        release(commands, &event.customer_id, &event.order_id).await
    }

    #[event_handler]
    async fn cancelled(&self, event: &OrderCancelled, commands: &Commands<ReleaseCredit>) -> Result<()> {
        release(commands, &event.customer_id, &event.order_id).await
    }
}

async fn release(commands: &Commands<ReleaseCredit>, customer_id: &str, order_id: &str) -> Result<()> {
    let release = ReleaseCredit { customer_id: customer_id.to_owned(), order_id: order_id.to_owned() };
    match commands.send(release).await {
        // Somebody who is no customer has no credit either.
        Ok(_) | Err(SendError::NotFound { .. }) => Ok(()),
        Err(error) => Err(error.into()),
    }
}
