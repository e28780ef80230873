//! Every option of every payload.
#![allow(dead_code)]

use evento::prelude::*;

use std::fmt;

#[domain_command(name = "open", alias = "Open", manual(Debug, Clone), crate = evento)]
#[derive(Clone)]
struct Open {
    #[aggregate_id]
    id: String,
}

impl fmt::Debug for Open {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Open")
    }
}

#[domain_event(version = 1, name = "opened", alias = "Opened", alias = "WasOpened", manual(), crate = evento)]
struct Opened {
    id: String,
}

#[service_command(name = "send", alias = "Send", crate = evento)]
struct Send {
    #[lock_id]
    to: u64,
}

#[service_event(version = 1, name = "sent", alias = "Sent", crate = ::evento)]
struct Sent;

#[query(name = "count", alias = "Count", crate = evento, response = u64)]
struct Count;

#[view(name = "rows", alias = "Row", manual(Clone), crate = evento)]
struct Row {
    #[id]
    id: u64,
}

#[deadline(name = "patience", alias = "Patience", manual(Debug), crate = evento)]
struct Patience;

#[aggregate_state(manual(Debug), crate = evento)]
struct Door;

#[saga_state(manual(Debug), crate = evento)]
struct Visit {
    #[association]
    id: u64,
}

pub fn main() {
    use evento::payload::Payload;
    assert_eq!(Opened::META.aliases, ["Opened", "WasOpened"]);
    assert_eq!((Count::META.name, Count::META.response), ("count", Some("u64")));
}
