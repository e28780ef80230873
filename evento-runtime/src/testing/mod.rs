//! What applications are tested with.

mod shape;

pub use self::shape::{Breach, LockError, Locked, ShapeLock, Unlockable, shape_lock};
