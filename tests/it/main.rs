//! Tests at the boundary: applications as a user writes them, against real stores.

mod bad_input;
mod commands;
mod consumers;
mod domain;
mod kill;
mod messages;
mod programs;
mod sagas;
mod services;
mod stores;
