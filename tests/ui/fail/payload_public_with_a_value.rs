#![allow(unused)]

use evento::prelude::*;

#[domain_command(public = true)]
struct Open {
    #[aggregate_id]
    id: String,
}

fn main() {}
