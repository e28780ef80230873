#![allow(unused)]

use evento::prelude::*;

#[domain_command]
struct Open {
    #[agregate_id]
    id: String,
}

fn main() {}
