//! Events: what has happened. They are named in the past tense, are stored for ever, and nobody can reject them.
//!
//! An event says what its readers cannot find out for themselves. `TodoChecked` says whether all todos of the list are
//! checked now: the aggregate knows it at that moment, whereas a reader would have to count, perhaps too late.

use std::collections::BTreeMap;

use evento::prelude::*;

#[domain_event]
pub struct TodoListCreated {
    pub list_id: String,
    pub name: String,
}

#[domain_event]
pub struct TodoListDeleted {
    pub list_id: String,
}

#[domain_event]
pub struct TodoAdded {
    pub list_id: String,
    pub todo_id: String,
    pub content: String,
}

#[domain_event]
pub struct TodoRemoved {
    pub list_id: String,
    pub todo_id: String,
}

#[domain_event]
pub struct TodoChecked {
    pub list_id: String,
    pub todo_id: String,
    /// Whether this was the last todo of the list that was open.
    pub all_checked: bool,
}

#[service_event]
pub struct NotificationSent {
    pub list_id: String,
    pub text: String,
}

#[service_event]
pub struct ActivityRegistered {
    pub list_id: String,
    pub activity: BTreeMap<String, u32>,
}
