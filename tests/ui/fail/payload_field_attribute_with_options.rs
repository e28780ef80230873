#![allow(unused)]

use evento::prelude::*;

#[domain_command]
struct Open {
    #[aggregate_id(name = "door")]
    id: String,
}

fn main() {}
