//! Queries: questions, each with the type of its answer.

use evento::prelude::*;

use super::TodoListView;

/// The list of an id; `None` when there is none, or none yet: read models follow the log with a small delay.
#[query(response = Option<TodoListView>)]
pub struct FindTodoList {
    pub list_id: String,
}

/// The lists whose name begins with a text, in the order of their names.
#[query(response = Vec<TodoListView>)]
pub struct SearchTodoLists {
    pub name_prefix: String,
    /// The number of the page, from 0.
    pub page: u32,
    /// The lists of a page.
    pub size: u32,
}
