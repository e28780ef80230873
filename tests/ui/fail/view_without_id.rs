#![allow(unused)]

use evento::prelude::*;

#[view]
struct Row {
    id: String,
}

fn main() {}
