//! Views: what is kept for reading, in the form in which it is asked for.

use std::{collections::BTreeMap, fmt};

use evento::{
    prelude::*,
    serde::{Deserialize, Serialize},
};

/// A to-do list with everything that is shown of it.
#[view]
pub struct TodoListView {
    #[id]
    pub list_id: String,
    /// Indexed, so that `TodoListView::BY_NAME` exists.
    #[index]
    pub name: String,
    pub status: Status,
    pub todos: Vec<TodoView>,
    pub created: Stamp,
    pub changed: Stamp,
    /// How many changes each user made; known once it is registered.
    pub activity: BTreeMap<String, u32>,
}

// The types below are no payloads but parts of one, so they derive serde's traits themselves. `crate` says where serde is
// found, which spares an application its own dependency on serde.

#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(crate = "evento::serde")]
pub struct TodoView {
    pub todo_id: String,
    pub content: String,
    pub added: Stamp,
    /// `None` as long as the todo is open.
    pub checked: Option<Stamp>,
}

/// Who did something, and when.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(crate = "evento::serde")]
pub struct Stamp {
    pub by: String,
    pub at: Timestamp,
}

/// How far a list is. It never goes back: what counts is the first time that all todos are checked.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(crate = "evento::serde", rename_all = "UPPERCASE")]
pub enum Status {
    /// There is something to do.
    Open,
    /// All todos were checked, and the register is being told who did how much.
    Registering,
    /// The register knows.
    Registered,
}

impl fmt::Display for Status {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Open => "OPEN",
            Self::Registering => "REGISTERING",
            Self::Registered => "REGISTERED",
        })
    }
}
