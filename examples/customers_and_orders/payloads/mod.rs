//! The language of the application: everything that its components say to each other.

mod commands;
mod deadlines;
mod events;
mod queries;
mod views;

pub use self::{commands::*, deadlines::*, events::*, queries::*, views::*};
