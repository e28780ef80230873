//! A service: the way out into the world.

use std::sync::Arc;

use evento::prelude::*;

use crate::payloads::*;

type Deliver = dyn Fn(CommandId, &str) + Send + Sync;

/// Where notifications go. In a real application this would be a mail server; here it is whatever the program does with
/// the text.
#[derive(Clone)]
pub struct Postbox(Arc<Deliver>);

impl Postbox {
    /// A postbox that hands each notification to `deliver`, with a key by which a repeated one is recognised.
    pub fn new(deliver: impl Fn(CommandId, &str) + Send + Sync + 'static) -> Self {
        Self(Arc::new(deliver))
    }
}

pub struct NotificationService {
    postbox: Postbox,
}

#[service]
impl NotificationService {
    /// Runs once, at start; the argument is what the builder was given with `.provide(..)`.
    #[inject]
    fn new(postbox: Postbox) -> Self {
        Self { postbox }
    }

    /// The program may be killed after the delivery and before the event is stored; then this runs again. Nobody can
    /// prevent that, but the id of the command is the same both times: hand it on as the idempotency key.
    #[command_handler]
    async fn send(&self, command: SendNotification, id: CommandId) -> Result<NotificationSent> {
        (self.postbox.0)(id, &command.text);
        Ok(NotificationSent { list_id: command.list_id, text: command.text })
    }
}
