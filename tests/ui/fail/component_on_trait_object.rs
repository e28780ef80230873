#![allow(unused)]

use evento::prelude::*;

trait Mailing {}

#[service]
impl dyn Mailing {
    #[command_handler]
    async fn send(&self, command: Send) {}
}

#[service_command]
struct Send;

fn main() {}
