#![allow(unused)]

use evento::prelude::*;

bundle! {
    Doors { id: " ", version: 0, components: [] }
}

fn main() {}

// 2 mistakes
