//! The runtime of [evento](https://docs.rs/evento): messages, gateways, aggregates, consumers, sagas and state stores.
//!
//! Applications depend on `evento`, which re-exports what they need from here.

pub mod bundle;
pub mod capability;
pub mod clock;
mod command;
pub mod component;
pub mod consumer;
mod environment;
pub mod error;
mod gateway;
pub mod handler;
pub mod message;
pub mod outcome;
mod panic;
pub mod payload;
mod registry;
pub mod store;

#[doc(hidden)]
pub use {futures_core, linkme, serde, serde_json};
