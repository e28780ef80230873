//! Tests at the boundary: applications as a user writes them, against real stores.
#![allow(unreachable_pub, missing_docs, reason = "a test has no API")]

mod after;
mod audit;
mod bad_input;
mod batches;
mod checkout;
mod commands;
mod consumers;
mod control;
mod databases;
mod deadlines;
mod desk;
mod discovered;
mod domain;
mod failures;
mod faulty;
mod gate;
mod interceptors;
mod kill;
mod messages;
mod metrics;
mod outages;
mod ownership;
mod programs;
mod proxy;
mod redelivery;
mod saga_deadlines;
mod saga_versions;
mod sagas;
mod services;
mod shelves;
mod spans;
mod stores;
mod todo_list_http;
mod todo_list_story;
mod versions;
