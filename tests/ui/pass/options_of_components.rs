//! Every option of every component, with the smallest and the largest that it takes.
#![allow(dead_code)]

use evento::prelude::*;

#[domain_command]
struct Open {
    #[aggregate_id]
    id: String,
}

#[domain_event]
struct Opened {
    id: String,
}

#[query(response = u64)]
struct Count;

#[service_command]
struct Send;

#[aggregate_state(crate = evento)]
struct Door {
    id: String,
}

#[aggregate(snapshot_every = 4_294_967_295, snapshot_version = 0, name = "door", crate = evento,)]
impl Door {
    #[aggregate_command_handler]
    fn open(command: Open) -> Opened {
        Opened { id: command.id }
    }

    #[event_sourcing_handler]
    fn opened(event: &Opened) -> Self {
        Self { id: event.id.clone() }
    }
}

#[derive(Default)]
struct Rows;

#[projector(version = 4294967295, name = "rows", crate = ::evento)]
impl Rows {
    #[event_handler(retry = 100, retry_delay = 3_600_000)]
    async fn on(&self, _event: &Opened) {}
}

#[derive(Default)]
struct Counting;

#[projection(reads(Rows, self::Rows2), name = "counting", crate = evento)]
impl Counting {
    #[query_handler]
    async fn count(&self, _query: &Count) -> u64 {
        7
    }
}

#[derive(Default)]
struct Rows2;

#[projector(version = 4_294_967_295)]
impl Rows2 {
    #[event_handler(retry = 0)]
    async fn on(&self, _event: &Opened) {}
}

#[derive(Default)]
struct Mailer;

#[service(name = "mailer", crate = evento)]
impl Mailer {
    #[command_handler]
    async fn send(&self, _command: Send) -> Vec<Done> {
        vec![]
    }
}

#[service_event]
struct Done;

#[derive(Default)]
struct Greeter;

#[observer(name = "greeter", version = 1, crate = evento)]
impl Greeter {
    #[event_handler(retry_delay = 0)]
    async fn on(&self, _event: &Opened) {}
}

#[derive(Default)]
struct Api;

#[invoker(name = "api", crate = evento)]
impl Api {
    #[invocation_handler]
    async fn ping(&self) {}
}

bundle! {
    Doors { id: "doors", version: 1, components: [Door, Rows, Rows2, Counting, Mailer, Greeter, Api] }
}

pub fn main() {
    let names: Vec<_> = Doors::describe().components.iter().map(|component| component.name).collect();
    assert_eq!(names, ["door", "rows", "Rows2", "counting", "mailer", "greeter", "api"]);
}
