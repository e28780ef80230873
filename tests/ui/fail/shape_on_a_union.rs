#![allow(unused)]

use evento::prelude::*;

#[derive(Shape)]
union Amount {
    cents: u64,
    rate: f64,
}

fn main() {}
