#![allow(unused)]

use evento::prelude::*;

#[view]
struct Row {
    #[id]
    id: String,
    #[index]
    tags: Vec<String>,
}

fn main() {}
