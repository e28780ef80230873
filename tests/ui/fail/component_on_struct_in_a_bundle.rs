#![allow(unused)]

use evento::prelude::*;

#[domain_event]
struct Opened {
    id: String,
}

#[observer(version = 1)]
#[derive(Default)]
struct Greeter;

bundle! {
    Doors { id: "doors", version: 1, components: [Greeter] }
}

fn main() {}
