#![allow(unused)]

use evento::prelude::*;

#[view]
struct Row {
    #[id]
    #[index]
    id: String,
}

fn main() {}
