#![allow(unused)]

use evento::prelude::*;

#[domain_event]
struct Opened {
    id: String,
}

#[derive(Default)]
struct Rows;

#[projector(version = 1)]
impl Rows {
    #[event_handler]
    async fn on(
        &self,
        event: &Opened,
        from: &mut evento::sqlx::SqliteConnection,
        to: &mut evento::sqlx::SqliteConnection,
    ) {
    }
}

fn main() {}
