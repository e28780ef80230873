#![allow(unused)]

use evento::prelude::*;

bundle! {
    Doors {
        id: "doors",
        version: 1,
        components: [Door, Rows, Finder, Guard],
        deny: [unconsumed_event, unsent_command, unasked_query, unscheduled_deadline],
    }
}

#[domain_command]
struct Open {
    #[aggregate_id]
    id: String,
}

#[domain_command]
struct Close {
    #[aggregate_id]
    id: String,
}

#[domain_event]
struct Opened {
    id: String,
}

#[domain_event]
struct Closed {
    id: String,
}

#[domain_event]
struct Locked {
    id: String,
}

#[aggregate_state]
struct Door {
    open: bool,
}

#[aggregate]
impl Door {
    #[aggregate_command_handler]
    fn open(command: Open) -> Opened {
        Opened { id: command.id }
    }

    #[aggregate_command_handler]
    fn close(&self, command: Close) -> (Closed, Option<Locked>) {
        (Closed { id: command.id }, None)
    }

    #[aggregate_command_handler]
    fn close_again(command: Close) -> Opened {
        Opened { id: command.id }
    }

    #[event_sourcing_handler]
    fn opened(event: &Opened) -> Self {
        Self { open: true }
    }

    #[event_sourcing_handler]
    fn closed(&mut self, event: &Closed) {}

    #[event_sourcing_handler]
    fn locked(&mut self, event: &Locked) {}
}

#[query(response = Option<Row>)]
struct Find {
    id: String,
}

#[view]
struct Row {
    #[id]
    id: String,
}

#[derive(Default)]
struct Rows;

#[projector(version = 1)]
impl Rows {
    #[event_handler]
    async fn opened(&self, event: &Opened, rows: &Views<Row>) {}
}

#[derive(Default)]
struct Finder;

#[projection]
impl Finder {
    #[query_handler]
    async fn find(&self, query: &Find, rows: &Views<Row>) -> Result<Option<Row>> {
        Ok(rows.get(&query.id).await?)
    }
}

#[deadline]
struct Forgotten;

#[saga_state]
struct Guard {
    #[association]
    id: String,
}

#[saga(version = 1)]
impl Guard {
    #[saga_event_handler(association = "id")]
    fn opened(event: &Opened) -> Self {
        Self { id: event.id.clone() }
    }

    #[saga_deadline_handler]
    fn forgotten(self, deadline: Forgotten) {}
}

fn main() {}

// 4 mistakes
