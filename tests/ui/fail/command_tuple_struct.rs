#![allow(unused)]

use evento::prelude::*;

#[domain_command]
struct Open(String);

fn main() {}
