//! The rules of the read side.

use std::collections::BTreeMap;

use evento::{
    prelude::*,
    testing::{projection, projector},
};

use crate::{payloads::*, read_side::*, story::*};

/// The view of the list, as ada creates it at the time 0.
#[derive(Clone)]
pub struct Groceries;

pub fn groceries() -> Groceries {
    Groceries
}

pub fn stamp(user: &str, at: i64) -> Stamp {
    Stamp { by: user.into(), at: Timestamp::from_millis(at) }
}

impl Groceries {
    pub fn view(&self) -> TodoListView {
        TodoListView {
            list_id: LIST.into(),
            name: "Groceries".into(),
            status: Status::Open,
            todos: Vec::new(),
            created: stamp("ada", 0),
            changed: stamp("ada", 0),
            activity: BTreeMap::new(),
        }
    }

    pub fn todo(&self, todo: &str) -> TodoView {
        TodoView {
            todo_id: todo.into(),
            content: format!("buy {todo}"),
            added: stamp("ada", 0),
            checked: None,
        }
    }
}

#[test]
fn a_new_list_is_open_and_empty() {
    projector::<TodoListProjector>().with(by("ada")).when(created()).then_view(groceries().view());
}

#[test]
fn a_list_shows_who_did_what_and_when() {
    let milk = groceries().todo("milk");
    projector::<TodoListProjector>()
        .with(by("ada"))
        .given((created(), added("milk")))
        .at(Timestamp::from_millis(5))
        .with(by("linus"))
        .when(checked("milk"))
        .then_view(TodoListView {
            todos: vec![TodoView { checked: Some(stamp("linus", 5)), ..milk }],
            changed: stamp("linus", 5),
            ..groceries().view()
        })
        .when(removed("milk"))
        .then_view(TodoListView { changed: stamp("linus", 5), ..groceries().view() });
}

#[test]
fn a_complete_list_waits_for_its_registration() {
    let activity = BTreeMap::from([("ada".to_owned(), 3)]);
    let milk = TodoView { checked: Some(stamp("ada", 0)), ..groceries().todo("milk") };
    let complete = TodoListView { status: Status::Registering, todos: vec![milk], ..groceries().view() };
    projector::<TodoListProjector>()
        .with(by("ada"))
        .given((created(), added("milk")))
        .when(last_checked("milk"))
        .then_view(complete.clone())
        .when(ActivityRegistered { list_id: LIST.into(), activity: activity.clone() })
        .then_view(TodoListView { status: Status::Registered, activity, ..complete });
}

#[test]
fn a_deleted_list_is_not_shown() {
    projector::<TodoListProjector>()
        .given((created(), added("milk")))
        .when(deleted())
        .then_no_view::<TodoListView>(LIST)
        .then_views(Vec::<TodoListView>::new());
}

#[test]
fn an_event_of_a_list_that_the_view_does_not_have_is_told() {
    projector::<TodoListProjector>()
        .when(added("milk"))
        .then_fails_saying("the view has no list `groceries`");
}

fn named(name: &str) -> TodoListView {
    TodoListView { list_id: name.to_lowercase(), name: name.into(), ..groceries().view() }
}

#[test]
fn a_list_is_found_by_its_id() {
    let lists = || projection::<TodoListProjection>().given((groceries().view(), named("Garden")));
    lists().when(FindTodoList { list_id: LIST.into() }).then_answer(Some(groceries().view()));
    lists().when(FindTodoList { list_id: "house".into() }).then_answer(None);
}

#[test]
fn lists_are_found_by_the_beginning_of_their_names() {
    let page = |page| SearchTodoLists { name_prefix: "G".into(), page, size: 2 };
    projection::<TodoListProjection>()
        .given(["Groceries", "House", "Garden", "Gifts"].map(named))
        .when(page(0))
        .then_answer(vec![named("Garden"), named("Gifts")])
        .when(page(1))
        .then_answer(vec![named("Groceries")])
        .when(page(2))
        .then_answer(Vec::new());
}

#[test]
fn what_the_projector_writes_the_projection_finds() {
    projection::<TodoListProjection>()
        .with(by("ada"))
        .given_by::<TodoListProjector>(created())
        .when(FindTodoList { list_id: LIST.into() })
        .then_answer(Some(groceries().view()));
}
