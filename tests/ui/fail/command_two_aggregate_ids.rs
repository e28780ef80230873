#![allow(unused)]

use evento::prelude::*;

#[domain_command]
struct Open {
    #[aggregate_id]
    id: String,
    #[aggregate_id]
    other: String,
}

fn main() {}
