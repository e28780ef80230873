#![allow(unused)]

use evento::prelude::*;

#[derive(Default)]
struct Mailer;

#[service]
impl Mailer {
    #[command_handler(retry = 3)]
    async fn send(&self, command: Send) -> Option<Sent> {
        None
    }
}

#[service_command]
struct Send;

#[service_event]
struct Sent;

fn main() {}
