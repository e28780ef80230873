//! The bundle: which components make the application.

use evento::prelude::*;

use crate::{
    invoker::TodoApi,
    process::{ListActivity, ProgressNotifier},
    read_side::{TodoListProjection, TodoListProjector},
    write_side::{ActivityRegister, NotificationService, TodoList},
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
