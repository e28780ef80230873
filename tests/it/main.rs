//! Tests at the boundary: applications as a user writes them, against real stores.
#![allow(unreachable_pub, missing_docs, reason = "a test has no API")]

mod after;
mod archive;
mod audit;
mod bad_handlers;
mod bad_input;
mod batches;
mod checkout;
mod commands;
mod consumers;
mod control;
mod crashes;
mod customers_and_orders;
mod databases;
mod dead_events;
mod dead_events_of_sagas;
mod dead_events_under_fire;
mod deadlines;
mod desk;
mod discovered;
mod domain;
mod evolving;
mod executors;
mod executors_under_fire;
mod failures;
mod faulty;
mod gate;
#[cfg(feature = "testing")]
mod given;
mod graphs;
mod handlers;
mod interceptors;
mod kill;
mod messages;
mod metrics;
mod mistakes;
mod outages;
mod ownership;
mod pages;
mod post;
mod programs;
mod proxy;
mod redelivery;
mod replays;
mod saga_deadlines;
mod saga_versions;
mod sagas;
mod same_id;
mod services;
#[cfg(feature = "testing")]
mod shape_lock;
mod shelves;
mod spans;
mod stores;
mod tables;
mod todo_list_http;
mod todo_list_story;
mod upcasters;
mod upgrade;
mod versions;
#[cfg(feature = "testing")]
mod whole;
mod windows;
