//! The runtime of [evento](https://docs.rs/evento): messages, gateways, aggregates, consumers, sagas and state stores.
//!
//! Applications depend on `evento`, which re-exports what they need from here.

mod address;
#[cfg(feature = "archive")]
pub mod archive;
pub mod bundle;
pub mod capability;
pub mod clock;
mod command;
pub mod component;
#[cfg(feature = "conformance")]
pub mod conformance;
pub mod consumer;
mod environment;
pub mod error;
mod gateway;
pub mod handler;
pub mod interceptor;
pub mod memory;
pub mod message;
pub mod metrics;
#[cfg(feature = "mysql")]
pub mod mysql;
pub mod outcome;
mod panic;
pub mod payload;
#[cfg(feature = "postgres")]
pub mod postgres;
mod registry;
pub mod retention;
#[cfg(feature = "sqlite")]
pub mod sqlite;
pub mod store;
#[cfg(feature = "testing")]
pub mod testing;

pub use self::address::open_store;
#[cfg(any(feature = "sqlite", feature = "postgres", feature = "mysql"))]
#[doc(hidden)]
pub use sqlx;
#[doc(hidden)]
pub use {futures_core, linkme, serde, serde_json};
