//! What applications are tested with, for `[dev-dependencies]`:
//!
//! ```toml
//! [dev-dependencies]
//! evento = { version = "0.1", features = ["testing"] }
//! ```
//!
//! - single components, by given, when and then: [`aggregate`], [`service`], [`observer`], [`saga`], [`projector`],
//!   [`projection`], [`invoker`].
//!
//! `docs/testing.md` is the page about it.

mod diff;
mod given;

pub use self::given::*;
