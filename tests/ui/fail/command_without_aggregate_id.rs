#![allow(unused)]

use evento::prelude::*;

#[domain_command]
struct Open {
    id: String,
}

fn main() {}
