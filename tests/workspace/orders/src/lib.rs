//! The write side of the shop.
#![forbid(unsafe_code)]
#![deny(missing_docs)]

use es::prelude::*;
use shop_payloads::{OrderError, OrderPlaced, OrderShipped, PlaceOrder, ShipOrder};

/// An order.
#[aggregate_state(crate = es)]
pub struct Order {
    shipped: bool,
}

#[aggregate(crate = es)]
impl Order {
    #[aggregate_command_handler]
    fn place(command: PlaceOrder) -> Result<OrderPlaced, OrderError> {
        if command.total == 0 {
            return Err(OrderError::Free);
        }
        Ok(OrderPlaced { order: command.order, total: command.total })
    }

    #[aggregate_command_handler]
    fn ship(&self, command: ShipOrder) -> anyhow::Result<OrderShipped> {
        if self.shipped {
            return Err(anyhow::Error::new(OrderError::Shipped).context("at the door"));
        }
        Ok(OrderShipped { order: command.order, parcels: 1 })
    }

    #[event_sourcing_handler]
    fn placed(_event: &OrderPlaced) -> Self {
        Self { shipped: false }
    }

    #[event_sourcing_handler]
    fn shipped(&mut self, _event: &OrderShipped) {
        self.shipped = true;
    }

    // A handler that this build does not have: neither the method nor what is made of it is compiled.
    #[cfg(target_os = "none")]
    #[aggregate_command_handler]
    fn refund(&self, command: NoSuchCommand) -> NoSuchEvent {
        NoSuchEvent { order: command.order }
    }
}

/// The way in.
#[derive(Default)]
pub struct OrderApi;

#[invoker(crate = es)]
impl OrderApi {
    /// Places an order.
    #[invocation_handler]
    pub async fn place(
        &self,
        commands: &Commands<PlaceOrder>,
        order: String,
        total: u64,
    ) -> Result<Receipt, SendError> {
        commands.send(PlaceOrder { order, total }).await
    }

    /// Ships an order.
    #[invocation_handler]
    pub async fn ship(&self, commands: &Commands<ShipOrder>, order: String) -> Result<Receipt, SendError> {
        commands.send(ShipOrder { order }).await
    }

    #[cfg(target_os = "none")]
    #[invocation_handler]
    pub async fn refund(&self, commands: &Commands<NoSuchCommand>) {}
}
