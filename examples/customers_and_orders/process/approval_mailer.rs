//! An observer: it tells customers that their orders are approved.

use evento::prelude::*;

use crate::payloads::*;

#[derive(Default)]
pub struct ApprovalMailer;

#[observer(version = 1)]
impl ApprovalMailer {
    #[event_handler]
    async fn approved(&self, event: &OrderApproved, commands: &Commands<SendMail>) -> Result<()> {
        let OrderApproved { order_id, customer_id, total } = event.clone();
        let text = format!("Your order for {total} is approved.");
        commands.send(SendMail { customer_id, order_id, text }).await?;
        Ok(())
    }
}
