#![allow(unused)]

use evento::prelude::*;

#[projector(version = 1)]
struct Rows;

fn main() {}
