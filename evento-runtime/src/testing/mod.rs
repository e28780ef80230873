//! What applications are tested with, for `[dev-dependencies]`:
//!
//! ```toml
//! [dev-dependencies]
//! evento = { version = "0.1", features = ["testing"] }
//! ```
//!
//! - whole bundles on a store in memory, with a clock that stands still: [`TestBundle`];
//! - what must hold of every log, whatever is in it: [`property`].
//!
//! `docs/testing.md` is the page about it.

mod bundle;
mod diff;
pub mod property;

pub use self::bundle::*;
