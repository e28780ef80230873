//! What a command handler of a service may take beside the command.
#![allow(dead_code)]

use evento::prelude::*;

#[service_command]
struct Send;

#[service_command]
struct Log {
    text: String,
}

#[query(response = String)]
struct FindAddress;

#[service_event]
struct Sent {
    id: String,
}

#[derive(Default)]
struct Mailer;

#[service]
impl Mailer {
    #[command_handler]
    async fn send(
        &self,
        _command: Send,
        commands: &Commands<Log>,
        queries: &Queries<FindAddress>,
        id: CommandId,
        metadata: &Metadata,
        at: Timestamp,
        message: &CommandMessage,
    ) -> Result<Sent> {
        let text = queries.query(FindAddress).await?;
        commands.send(Log { text }).await?;
        let _ = (metadata, at, message);
        Ok(Sent { id: id.to_string() })
    }
}

pub fn main() {}
