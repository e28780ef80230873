//! The runtime of [evento](https://docs.rs/evento): messages, gateways, aggregates, consumers, sagas and state stores.
//!
//! Applications depend on `evento`, which re-exports what they need from here.

pub mod clock;
#[cfg(feature = "conformance")]
pub mod conformance;
pub mod memory;
pub mod message;
#[cfg(feature = "sqlite")]
pub mod sqlite;
pub mod store;
