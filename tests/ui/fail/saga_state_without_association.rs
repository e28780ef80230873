#![allow(unused)]

use evento::prelude::*;

#[saga_state]
struct Order {
    id: String,
}

fn main() {}
