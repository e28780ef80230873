//! A service without a world outside: what it does is the event.

use evento::prelude::*;

use crate::payloads::*;

/// Keeps who did how much.
#[derive(Default)]
pub struct ActivityRegister;

#[service]
impl ActivityRegister {
    #[command_handler]
    async fn register(&self, command: RegisterActivity) -> ActivityRegistered {
        ActivityRegistered { list_id: command.list_id, activity: command.activity }
    }
}
