//! The projector: it writes the view, event by event.

use std::collections::BTreeMap;

use evento::prelude::*;
use thiserror::Error;

use crate::payloads::*;

/// Each change of the view is one transaction with the note of how far the projector has come, so each event counts
/// exactly once, whatever happens. To change what the view looks like, change the code and count up `version`: the new
/// version is built from the whole log while the old one still answers.
#[derive(Default)]
pub struct TodoListProjector;

#[projector(version = 1)]
impl TodoListProjector {
    #[event_handler]
    async fn created(
        &self,
        event: &TodoListCreated,
        metadata: &Metadata,
        at: Timestamp,
        views: &Views<TodoListView>,
    ) -> Result<()> {
        let created = Stamp { by: user(metadata), at };
        let view = TodoListView {
            list_id: event.list_id.clone(),
            name: event.name.clone(),
            status: Status::Open,
            todos: Vec::new(),
            changed: created.clone(),
            created,
            activity: BTreeMap::new(),
        };
        Ok(views.put(view).await?)
    }

    #[event_handler]
    async fn deleted(&self, event: &TodoListDeleted, views: &Views<TodoListView>) -> Result<()> {
        views.delete(&event.list_id).await?;
        Ok(())
    }

    #[event_handler]
    async fn added(
        &self,
        event: &TodoAdded,
        metadata: &Metadata,
        at: Timestamp,
        views: &Views<TodoListView>,
    ) -> Result<()> {
        let added = Stamp { by: user(metadata), at };
        change(views, &event.list_id, added.clone(), |list| {
            list.todos.push(TodoView {
                todo_id: event.todo_id.clone(),
                content: event.content.clone(),
                added,
                checked: None,
            });
        })
        .await
    }

    #[event_handler]
    async fn removed(
        &self,
        event: &TodoRemoved,
        metadata: &Metadata,
        at: Timestamp,
        views: &Views<TodoListView>,
    ) -> Result<()> {
        let removed = Stamp { by: user(metadata), at };
        change(views, &event.list_id, removed, |list| {
            list.todos.retain(|todo| todo.todo_id != event.todo_id);
        })
        .await
    }

    #[event_handler]
    async fn checked(
        &self,
        event: &TodoChecked,
        metadata: &Metadata,
        at: Timestamp,
        views: &Views<TodoListView>,
    ) -> Result<()> {
        let checked = Stamp { by: user(metadata), at };
        change(views, &event.list_id, checked.clone(), |list| {
            if let Some(todo) = list.todos.iter_mut().find(|todo| todo.todo_id == event.todo_id) {
                todo.checked = Some(checked);
            }
            // A list that is complete can get another todo, and be complete a second time: only the first time counts.
            if event.all_checked && list.status == Status::Open {
                list.status = Status::Registering;
            }
        })
        .await
    }

    #[event_handler]
    async fn registered(
        &self,
        event: &ActivityRegistered,
        metadata: &Metadata,
        at: Timestamp,
        views: &Views<TodoListView>,
    ) -> Result<()> {
        change(views, &event.list_id, Stamp { by: user(metadata), at }, |list| {
            list.status = Status::Registered;
            list.activity = event.activity.clone();
        })
        .await
    }
}

/// The log has no event of a list before its creation, so this is a bug, and an error says so better than silence: the
/// event is kept aside with the ones that follow on the same list, until the bug is mended.
#[derive(Debug, Error)]
#[error("the view has no list `{0}`")]
struct NoSuchView(String);

async fn change(
    views: &Views<TodoListView>,
    list_id: &str,
    changed: Stamp,
    change: impl FnOnce(&mut TodoListView),
) -> Result<()> {
    let mut list = views.get(list_id).await?.ok_or_else(|| NoSuchView(list_id.to_owned()))?;
    change(&mut list);
    list.changed = changed;
    Ok(views.put(list).await?)
}
