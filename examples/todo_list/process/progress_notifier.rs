//! The observer: it tells those who follow a list when a todo is done.

use evento::prelude::*;

use crate::payloads::*;

#[derive(Default)]
pub struct ProgressNotifier;

#[observer(version = 1)]
impl ProgressNotifier {
    /// `&Queries<..>` and `&Commands<..>` are all that this handler can ask and send; the compiler knows the graph of the
    /// application by them.
    #[event_handler(retry = 3)]
    async fn checked(
        &self,
        event: &TodoChecked,
        metadata: &Metadata,
        queries: &Queries<FindTodoList>,
        commands: &Commands<SendNotification>,
    ) -> Result<()> {
        let list = queries.query(FindTodoList { list_id: event.list_id.clone() }).await?;
        let text = notification(&user(metadata), event, list.as_ref());
        commands.send(SendNotification { list_id: event.list_id.clone(), text }).await?;
        Ok(())
    }
}

/// Observers and projectors read the log each at their own pace, so the view may lag behind this event, or be ahead of it.
/// What has happened is therefore taken from the event alone. The view lends only the words for it, which never change
/// once they are there; as long as they are missing, the ids must do.
fn notification(user: &str, event: &TodoChecked, list: Option<&TodoListView>) -> String {
    let list_name = list.map_or(&event.list_id, |list| &list.name);
    let content = list
        .and_then(|list| list.todos.iter().find(|todo| todo.todo_id == event.todo_id))
        .map_or(&event.todo_id, |todo| &todo.content);
    let end = if event.all_checked { ": everything is done" } else { "" };
    format!("{user} has checked `{content}` on `{list_name}`{end}")
}
