#![allow(unused)]

use evento::prelude::*;

#[derive(Shape)]
#[shape(name = "amount")]
struct Amount {
    cents: u64,
}

fn main() {}
