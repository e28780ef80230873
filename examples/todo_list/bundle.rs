//! The bundle: which components make the application.

use std::path::Path;

use evento::{App, prelude::*, sqlite::SqliteStore};

use crate::{
    invoker::TodoApi,
    process::{ListActivity, ProgressNotifier},
    read_side::{TodoListProjection, TodoListProjector},
    write_side::{ActivityRegister, NotificationService, Postbox, TodoList},
};

// The compiler checks the whole graph here: each command and query that is sent has exactly one handler, and each view
// that is read is written. Leave out a component and see what it says.
bundle! {
    pub TodoBundle {
        id: "todo",
        version: 1,
        components: [
            TodoList,
            NotificationService,
            ActivityRegister,
            TodoListProjector,
            TodoListProjection,
            ProgressNotifier,
            ListActivity,
            TodoApi,
        ],
    }
}

/// Starts the application on a SQLite file, which is created when it is not there. Business that an earlier run left
/// unfinished goes on at once. No component knows about the file: another store is a change of this one line.
pub async fn start(db: &Path, postbox: Postbox) -> Result<App> {
    Ok(TodoBundle::builder().state_store(SqliteStore::open(db).await?).provide(postbox).start().await?)
}
