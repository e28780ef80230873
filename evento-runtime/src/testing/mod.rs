//! What applications are tested with, for `[dev-dependencies]`:
//!
//! ```toml
//! [dev-dependencies]
//! evento = { version = "0.1", features = ["testing"] }
//! ```
//!
//! - single components, by given, when and then: [`aggregate`], [`service`], [`observer`], [`saga`], [`projector`],
//!   [`projection`], [`invoker`];
//! - that what is stored stays readable: [`shape_lock`].
//!
//! `docs/testing.md` and `docs/shape_lock.md` are the pages about it.

mod diff;
mod given;
mod shape;

pub use self::given::*;
pub use self::shape::{Breach, LockError, Locked, ShapeLock, Unlockable, shape_lock};
