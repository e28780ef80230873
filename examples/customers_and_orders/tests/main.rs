//! The rules of customers and orders, component by component: given, when, then.
#![allow(
    dead_code,
    missing_docs,
    unreachable_pub,
    unused_imports,
    reason = "the modules of the application are here for what the tests name of them"
)]

#[path = "../authorisation.rs"]
mod authorisation;
#[path = "../bundle.rs"]
mod bundle;
#[path = "../invoker.rs"]
mod invoker;
#[path = "../payloads/mod.rs"]
mod payloads;
#[path = "../process/mod.rs"]
mod process;
#[path = "../read_side/mod.rs"]
mod read_side;
#[path = "../write_side/mod.rs"]
mod write_side;

mod properties;
mod whole;
