#![allow(unused)]

use evento::prelude::*;

#[query]
struct Find {
    id: String,
}

fn main() {}
