//! The projection: it answers queries from the view.

use evento::prelude::*;

use crate::payloads::*;

#[derive(Default)]
pub struct TodoListProjection;

#[projection]
impl TodoListProjection {
    #[query_handler]
    async fn find(&self, query: &FindTodoList, views: &Views<TodoListView>) -> Result<Option<TodoListView>> {
        Ok(views.get(&query.list_id).await?)
    }

    #[query_handler]
    async fn search(
        &self,
        query: &SearchTodoLists,
        views: &Views<TodoListView>,
    ) -> Result<Vec<TodoListView>> {
        let named = TodoListView::BY_NAME.prefix(&query.name_prefix);
        Ok(views.find(named, Page::new(query.page, query.size)).await?)
    }
}
