//! Why a command about a to-do list is rejected.

use thiserror::Error;

use super::todo_list::MAX_TODOS;

/// The rules of a to-do list, as the ways of breaking them. Callers get this very type back, so that they can tell the
/// cases apart without reading words.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum TodoError {
    #[error("the {what} must not be blank")]
    Blank { what: &'static str },
    #[error("a list has at most {MAX_TODOS} todos")]
    TooManyTodos,
    #[error("there is already a todo with the id `{todo_id}`")]
    DuplicateId { todo_id: String },
    #[error("`{content}` is already on the list")]
    DuplicateContent { content: String },
    #[error("there is no todo `{todo_id}` on the list")]
    NoSuchTodo { todo_id: String },
    #[error("`{content}` is checked: it can be neither checked again nor removed")]
    AlreadyChecked { content: String },
    #[error("`{content}` is checked, so the list cannot be deleted")]
    HasCheckedTodo { content: String },
}
