#![allow(unused)]

use evento::prelude::*;

#[service_command]
struct Send {
    id: String,
}

#[derive(Default)]
struct Mailer;

#[service]
impl Mailer {
    #[command_handler]
    async fn send(&self, command: Send) -> Result<Opened> {
        Ok(Opened { id: command.id })
    }
}

#[domain_event]
struct Opened {
    id: String,
}

fn main() {}
