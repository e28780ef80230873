//! What a handler's parameter declares, as data for the graph.

use std::any::TypeId;

use crate::payload::PayloadMeta;

/// A type of database connection that a handler takes.
#[derive(Clone, Copy)]
pub struct ConnectionType {
    /// The type.
    pub type_id: fn() -> TypeId,
    /// What users call it.
    pub name: &'static str,
}

/// What one parameter is and allows.
#[derive(Clone, Copy)]
pub enum Uses {
    /// Something about the message itself.
    Message,
    /// Sending these commands.
    Commands(&'static [&'static PayloadMeta]),
    /// Asking these queries.
    Queries(&'static [&'static PayloadMeta]),
    /// Reading this view, and writing it where the role may.
    View(&'static PayloadMeta),
    /// Scheduling these deadlines.
    Timers(&'static [&'static PayloadMeta]),
    /// A database connection.
    Connection(ConnectionType),
    /// The names of the component's tables.
    Tables,
}

impl Uses {
    /// The payloads that it names.
    #[must_use]
    pub const fn payloads(&self) -> &[&'static PayloadMeta] {
        match self {
            Self::Commands(all) | Self::Queries(all) | Self::Timers(all) => all,
            Self::View(view) => std::slice::from_ref(view),
            Self::Message | Self::Connection(_) | Self::Tables => &[],
        }
    }
}
