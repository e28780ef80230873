//! The longer texts, whose examples are compiled with the tests.

#[cfg(feature = "archive")]
#[doc = include_str!("../docs/archive.md")]
pub mod archive {}

#[doc = include_str!("../docs/dead_events.md")]
pub mod dead_events {}

#[doc = include_str!("../docs/evolution.md")]
pub mod evolution {}

#[doc = include_str!("../docs/graph.md")]
pub mod graph {}

#[doc = include_str!("../docs/handlers.md")]
pub mod handlers {}

#[doc = include_str!("../docs/interceptors.md")]
pub mod interceptors {}

#[doc = include_str!("../docs/observability.md")]
pub mod observability {}

/// The feature `testing` has what it is about.
#[cfg(feature = "testing")]
#[doc = include_str!("../docs/shape_lock.md")]
pub mod shape_lock {}

#[doc = include_str!("../docs/stores.md")]
pub mod stores {}

// Its examples use the kit.
#[cfg(feature = "testing")]
#[doc = include_str!("../docs/testing.md")]
pub mod testing {}

#[doc = include_str!("../docs/versions.md")]
pub mod versions {}

/// The examples of the front page.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
pub struct Readme;
