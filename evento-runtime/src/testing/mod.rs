//! What applications are tested with, for `[dev-dependencies]`:
//!
//! ```toml
//! [dev-dependencies]
//! evento = { version = "0.1", features = ["testing"] }
//! ```
//!
//! - single components, by given, when and then: [`aggregate`], [`service`], [`observer`], [`saga`], [`projector`],
//!   [`projection`], [`invoker`];
//! - whole bundles on a store in memory, with a clock that stands still: [`TestBundle`];
//! - what must hold of every log, whatever is in it: [`property`];
//! - that what is stored stays readable: [`shape_lock`].
//!
//! `docs/testing.md` and `docs/shape_lock.md` are the pages about it.

mod bundle;
mod diff;
mod given;
pub mod property;
mod shape;

pub use self::{
    bundle::*,
    given::*,
    shape::{Breach, LockError, Locked, ShapeLock, Unlockable, shape_lock},
};
