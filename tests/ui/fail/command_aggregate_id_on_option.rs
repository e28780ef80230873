#![allow(unused)]

use evento::prelude::*;

#[domain_command]
struct Open {
    #[aggregate_id]
    id: Option<String>,
}

fn main() {}
