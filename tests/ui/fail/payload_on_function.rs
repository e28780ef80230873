#![allow(unused)]

use evento::prelude::*;

#[domain_event]
fn opened() {}

fn main() {}
