#![allow(unused)]

use evento::prelude::*;

struct Rows;

#[projector(version = 1)]
impl Default for Rows {
    fn default() -> Self {
        Rows
    }
}

fn main() {}
