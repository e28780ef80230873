#![allow(unused)]

use evento::prelude::*;

#[projector(version = 1)]
enum Rows {
    None,
}

#[observer(version = 1)]
fn greet() {}

fn main() {}

// 2 mistakes
