#![allow(unused)]

use evento::prelude::*;

#[domain_event]
struct Opened {
    #[aggregate_id]
    id: String,
}

fn main() {}
