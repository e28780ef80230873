//! Bundles: the deployable unit, its graph checked by the compiler, and the application that runs it.

mod app;
mod assemble;
mod builder;
mod call;
mod client;
mod control;
mod dead_events;
mod describe;
mod follow;
pub mod graph;
mod health;
#[cfg(feature = "testing")]
mod replace;
#[cfg(feature = "testing")]
mod rest;
mod returned;
mod sagas;
mod status;
mod versions;

pub use self::app::{App, ShutdownError, WaitError};
pub use self::builder::{Builder, Bundle, Chosen, ChosenStore, Missing, NoStore, StartError};
pub use self::call::{Call, injected};
pub use self::client::{Client, ClientCore, Invoker};
pub use self::control::{ConsumerName, ControlError};
pub use self::dead_events::{
    DeadEventError, DeadEventId, DeadEvents, DeadEventsOf, DeadMessage, Discard, DiscardedEvent, ParkedEvent,
    Replay,
};
pub use self::describe::{
    ComponentDescription, Description, Edge, EdgeKind, GraphFormat, HandlerDescription, Lint,
    StateDescription, UnknownFormat,
};
pub use self::health::{Health, Unready};
pub use self::returned::{AnyError, NoError, OwnError, Returned, Type, returned_by};
pub use self::sagas::{LiveSaga, OrphanedSagas, Orphaning, PendingDeadline, SagaKey, Sagas};
pub use self::versions::{ProjectorVersion, VersionsError};
#[cfg(feature = "testing")]
pub(crate) use self::{
    replace::{ViewOf, handled},
    rest::{Rest, Restless},
};
pub use crate::registry::GraphError;

use crate::{component::ComponentMeta, payload::PayloadMeta};

/// What `bundle!` makes: a set of components with an id and a version.
#[derive(Clone, Copy)]
pub struct BundleMeta {
    /// The id of the bundle.
    pub id: &'static str,
    /// Its version.
    pub version: u32,
    /// Its components, in the order in which they are named.
    pub components: &'static [&'static ComponentMeta],
    /// Commands and queries that another bundle handles.
    pub remote: &'static [&'static PayloadMeta],
}

/// A bundle that was written down. Implemented by `bundle!`.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a bundle",
    label = "not a bundle",
    note = "write `bundle! {{ {Self} {{ id: \"..\", version: 1, components: [..] }} }}`"
)]
pub trait DefinedBundle: 'static {
    /// What is known of the bundle.
    const META: BundleMeta;
}
