//! Commands: what somebody wants to happen. They are named in the imperative, and may be rejected.

use std::collections::BTreeMap;

use evento::prelude::*;

// A domain command names the aggregate that decides about it.

#[domain_command]
pub struct CreateTodoList {
    #[aggregate_id]
    pub list_id: String,
    pub name: String,
}

#[domain_command]
pub struct DeleteTodoList {
    #[aggregate_id]
    pub list_id: String,
}

#[domain_command]
pub struct AddTodo {
    #[aggregate_id]
    pub list_id: String,
    pub todo_id: String,
    pub content: String,
}

#[domain_command]
pub struct RemoveTodo {
    #[aggregate_id]
    pub list_id: String,
    pub todo_id: String,
}

#[domain_command]
pub struct CheckTodo {
    #[aggregate_id]
    pub list_id: String,
    pub todo_id: String,
}

// A service command asks for something outside of the model: here the sending of a message and an entry in a register.

/// Tells those who follow a list what happened there.
#[service_command]
pub struct SendNotification {
    pub list_id: String,
    pub text: String,
}

/// Registers who did how much for a list. The lock makes two registrations of one list wait for each other, while those
/// of different lists run side by side.
#[service_command]
pub struct RegisterActivity {
    #[lock_id]
    pub list_id: String,
    /// How many changes each user made.
    pub activity: BTreeMap<String, u32>,
}
