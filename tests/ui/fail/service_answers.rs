#![allow(unused)]

use evento::prelude::*;

#[derive(Default)]
struct Mailer;

#[service]
impl Mailer {
    #[command_handler]
    async fn send(&self, command: Send) -> Result<String> {
        Ok("sent".to_owned())
    }
}

#[service_command]
struct Send;

fn main() {}
