#![allow(unused)]

use evento::prelude::*;

#[derive(Default)]
struct Rows;

#[projector(version = 1)]
impl Rows {
    async fn on(&self) {}
}

fn main() {}
