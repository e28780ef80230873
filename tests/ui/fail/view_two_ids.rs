#![allow(unused)]

use evento::prelude::*;

#[view]
struct Row {
    #[id]
    list: String,
    #[id]
    entry: String,
}

fn main() {}
