//! The invoker: the way in for everybody outside, be it the terminal or HTTP.

use evento::prelude::*;

use crate::payloads::*;

/// `app.invoker::<TodoApi>()` gives a client with these methods, without the parameters behind `&`, which evento injects.
#[derive(Default)]
pub struct TodoApi;

#[invoker]
impl TodoApi {
    /// The caller chooses the ids. So a call can be repeated when its answer was lost, and means the same list both times.
    #[invocation_handler]
    pub async fn create_list(
        &self,
        commands: &Commands<CreateTodoList>,
        list_id: String,
        name: String,
    ) -> Result<Receipt, SendError> {
        commands.send(CreateTodoList { list_id, name }).await
    }

    #[invocation_handler]
    pub async fn delete_list(
        &self,
        commands: &Commands<DeleteTodoList>,
        list_id: String,
    ) -> Result<Receipt, SendError> {
        commands.send(DeleteTodoList { list_id }).await
    }

    #[invocation_handler]
    pub async fn add_todo(
        &self,
        commands: &Commands<AddTodo>,
        list_id: String,
        todo_id: String,
        content: String,
    ) -> Result<Receipt, SendError> {
        commands.send(AddTodo { list_id, todo_id, content }).await
    }

    #[invocation_handler]
    pub async fn remove_todo(
        &self,
        commands: &Commands<RemoveTodo>,
        list_id: String,
        todo_id: String,
    ) -> Result<Receipt, SendError> {
        commands.send(RemoveTodo { list_id, todo_id }).await
    }

    #[invocation_handler]
    pub async fn check_todo(
        &self,
        commands: &Commands<CheckTodo>,
        list_id: String,
        todo_id: String,
    ) -> Result<Receipt, SendError> {
        commands.send(CheckTodo { list_id, todo_id }).await
    }

    #[invocation_handler]
    pub async fn find_list(
        &self,
        queries: &Queries<FindTodoList>,
        list_id: String,
    ) -> Result<Option<TodoListView>, QueryError> {
        queries.query(FindTodoList { list_id }).await
    }

    #[invocation_handler]
    pub async fn search_lists(
        &self,
        queries: &Queries<SearchTodoLists>,
        name_prefix: String,
        page: u32,
        size: u32,
    ) -> Result<Vec<TodoListView>, QueryError> {
        queries.query(SearchTodoLists { name_prefix, page, size }).await
    }
}
