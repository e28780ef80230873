#![allow(unused)]

use evento::prelude::*;

struct Door;

bundle! {
    Doors { id: "doors", version: 1, components: [], remote: [Door] }
}

fn main() {}
