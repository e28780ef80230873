//! The aggregate: it decides what happens to one to-do list.

use std::collections::BTreeMap;

use evento::{
    prelude::*,
    serde::{Deserialize, Serialize},
};

use super::TodoError;
use crate::payloads::*;

/// How many todos a list can have.
pub const MAX_TODOS: usize = 5;

/// What the aggregate has to remember in order to decide, and nothing else. The name of the list is not here, for no rule
/// asks for it; it is in the view.
#[aggregate_state]
pub struct TodoList {
    todos: BTreeMap<String, Todo>,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(crate = "evento::serde")]
struct Todo {
    content: String,
    checked: bool,
}

// The receiver of a handler says where it stands in the life of an aggregate: none starts a life, `&self` decides,
// `&mut self` changes the state, and `self` ends the life. Commands for a list that does not exist, exists already or is
// deleted never get here: evento answers them from this alone.
#[aggregate(snapshot_every = 100)]
impl TodoList {
    #[aggregate_command_handler]
    fn create(command: CreateTodoList) -> Result<TodoListCreated, TodoError> {
        not_blank("id of the list", &command.list_id)?;
        not_blank("name", &command.name)?;
        Ok(TodoListCreated { list_id: command.list_id, name: command.name })
    }

    #[aggregate_command_handler]
    fn delete(&self, command: DeleteTodoList) -> Result<TodoListDeleted, TodoError> {
        match self.todos.values().find(|todo| todo.checked) {
            Some(todo) => Err(TodoError::HasCheckedTodo { content: todo.content.clone() }),
            None => Ok(TodoListDeleted { list_id: command.list_id }),
        }
    }

    #[aggregate_command_handler]
    fn add(&self, command: AddTodo) -> Result<TodoAdded, TodoError> {
        let AddTodo { list_id, todo_id, content } = command;
        not_blank("id of the todo", &todo_id)?;
        not_blank("content", &content)?;
        if self.todos.contains_key(&todo_id) {
            return Err(TodoError::DuplicateId { todo_id });
        }
        if self.todos.values().any(|todo| todo.content == content) {
            return Err(TodoError::DuplicateContent { content });
        }
        if self.todos.len() >= MAX_TODOS {
            return Err(TodoError::TooManyTodos);
        }
        Ok(TodoAdded { list_id, todo_id, content })
    }

    #[aggregate_command_handler]
    fn remove(&self, command: RemoveTodo) -> Result<TodoRemoved, TodoError> {
        self.open_todo(&command.todo_id)?;
        Ok(TodoRemoved { list_id: command.list_id, todo_id: command.todo_id })
    }

    #[aggregate_command_handler]
    fn check(&self, command: CheckTodo) -> Result<TodoChecked, TodoError> {
        self.open_todo(&command.todo_id)?;
        let all_checked = self.todos.iter().all(|(id, todo)| todo.checked || *id == command.todo_id);
        Ok(TodoChecked { list_id: command.list_id, todo_id: command.todo_id, all_checked })
    }

    // Sourcing: the events are applied in order, now and whenever the aggregate is loaded. It has happened, so nothing is
    // checked here and nothing can fail.

    #[event_sourcing_handler]
    fn created(_event: &TodoListCreated) -> Self {
        Self { todos: BTreeMap::new() }
    }

    #[event_sourcing_handler]
    fn deleted(self, _event: &TodoListDeleted) {}

    #[event_sourcing_handler]
    fn added(&mut self, event: &TodoAdded) {
        let todo = Todo { content: event.content.clone(), checked: false };
        self.todos.insert(event.todo_id.clone(), todo);
    }

    #[event_sourcing_handler]
    fn removed(&mut self, event: &TodoRemoved) {
        self.todos.remove(&event.todo_id);
    }

    #[event_sourcing_handler]
    fn checked(&mut self, event: &TodoChecked) {
        if let Some(todo) = self.todos.get_mut(&event.todo_id) {
            todo.checked = true;
        }
    }
}

impl TodoList {
    /// What is checked stays as it is; what is not there can be neither removed nor checked.
    fn open_todo(&self, todo_id: &str) -> Result<(), TodoError> {
        not_blank("id of the todo", todo_id)?;
        match self.todos.get(todo_id) {
            None => Err(TodoError::NoSuchTodo { todo_id: todo_id.to_owned() }),
            Some(todo) if todo.checked => Err(TodoError::AlreadyChecked { content: todo.content.clone() }),
            Some(_) => Ok(()),
        }
    }
}

fn not_blank(what: &'static str, text: &str) -> Result<(), TodoError> {
    if text.trim().is_empty() { Err(TodoError::Blank { what }) } else { Ok(()) }
}
