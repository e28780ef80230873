#![allow(unused)]

use evento::prelude::*;

#[saga_state]
struct Order {
    #[association]
    id: String,
    total: u64,
}

#[saga(version = 1)]
impl Order {
    #[saga_event_handler(association = "id")]
    async fn opened(&mut self, event: &Opened) -> Result<()> {
        Ok(())
    }
}

#[domain_event]
struct Opened {
    id: String,
}

fn main() {}
