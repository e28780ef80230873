//! The language of the application: everything that its components say to each other.
//!
//! Components never call each other. They know these types only, so this folder is what another program would share if
//! it had to talk to this one.

mod commands;
mod events;
mod queries;
mod views;

pub use self::{commands::*, events::*, queries::*, views::*};

use evento::prelude::*;

/// Who does something: the caller says it in the metadata, which evento hands on from a command to its events and from
/// an event to the commands that follow from it.
pub fn user(metadata: &Metadata) -> String {
    metadata.get("user").unwrap_or("anonymous").to_owned()
}
