//! The rules of the to-do list, component by component: given, when, then.
#![allow(
    dead_code,
    missing_docs,
    unreachable_pub,
    unused_imports,
    reason = "the modules of the application are here for what the tests name of them"
)]

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

mod a_list_decides;
mod callers_reach;
mod properties;
mod readers_see;
mod services_act;
mod stays_readable;
mod story;
mod what_follows;
mod whole;
