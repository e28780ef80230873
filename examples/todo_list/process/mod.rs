//! The processes: what follows when something has happened.
//!
//! An observer reacts to an event and forgets it; a saga remembers what has happened before.

mod list_activity;
mod progress_notifier;

pub use self::{list_activity::ListActivity, progress_notifier::ProgressNotifier};
