//! The runtime of [evento](https://docs.rs/evento): messages, gateways, aggregates, consumers, sagas and state stores.
//!
//! Applications depend on `evento`, which re-exports what they need from here.

pub mod clock;
pub mod message;
pub mod store;
