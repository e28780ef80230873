//! What the rules talk about: one list, and what can happen to it.

use evento::prelude::*;

use crate::payloads::*;

pub const LIST: &str = "groceries";

pub fn by(user: &str) -> Metadata {
    Metadata::new().with("user", user)
}

// What somebody wants.

pub fn create(name: &str) -> CreateTodoList {
    CreateTodoList { list_id: LIST.into(), name: name.into() }
}

pub fn delete() -> DeleteTodoList {
    DeleteTodoList { list_id: LIST.into() }
}

pub fn add(todo: &str, content: &str) -> AddTodo {
    AddTodo { list_id: LIST.into(), todo_id: todo.into(), content: content.into() }
}

pub fn remove(todo: &str) -> RemoveTodo {
    RemoveTodo { list_id: LIST.into(), todo_id: todo.into() }
}

pub fn check(todo: &str) -> CheckTodo {
    CheckTodo { list_id: LIST.into(), todo_id: todo.into() }
}

// What has happened.

pub fn created() -> TodoListCreated {
    TodoListCreated { list_id: LIST.into(), name: "Groceries".into() }
}

pub fn deleted() -> TodoListDeleted {
    TodoListDeleted { list_id: LIST.into() }
}

pub fn added(todo: &str) -> TodoAdded {
    TodoAdded { list_id: LIST.into(), todo_id: todo.into(), content: format!("buy {todo}") }
}

pub fn removed(todo: &str) -> TodoRemoved {
    TodoRemoved { list_id: LIST.into(), todo_id: todo.into() }
}

pub fn checked(todo: &str) -> TodoChecked {
    TodoChecked { list_id: LIST.into(), todo_id: todo.into(), all_checked: false }
}

pub fn last_checked(todo: &str) -> TodoChecked {
    TodoChecked { all_checked: true, ..checked(todo) }
}
