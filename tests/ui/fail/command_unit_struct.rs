#![allow(unused)]

use evento::prelude::*;

#[domain_command]
struct Open;

fn main() {}
