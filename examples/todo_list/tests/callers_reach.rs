//! The rules of the invoker: each call is one command or one query, and its outcome is the caller's.

use evento::{
    SendError,
    testing::{accepted, already_exists, invoker, not_found},
};

use crate::{invoker::*, payloads::*, readers_see::groceries, story::*};

#[test]
fn each_call_that_changes_something_is_a_command() {
    invoker::<TodoApi>()
        .when(async |api| api.create_list(LIST.into(), "Groceries".into()).await)
        .then_returned(|receipt| assert!(receipt.is_ok()))
        .then_commands(create("Groceries"))
        .when(async |api| api.add_todo(LIST.into(), "milk".into(), "buy milk".into()).await)
        .then_commands(add("milk", "buy milk"))
        .when(async |api| api.check_todo(LIST.into(), "milk".into()).await)
        .then_commands(check("milk"))
        .when(async |api| api.remove_todo(LIST.into(), "milk".into()).await)
        .then_commands(remove("milk"))
        .when(async |api| api.delete_list(LIST.into()).await)
        .then_commands(delete());
}

#[test]
fn a_caller_gets_the_events_that_happened() {
    invoker::<TodoApi>()
        .answers::<CreateTodoList>(accepted(created()))
        .when(async |api| api.create_list(LIST.into(), "Groceries".into()).await)
        .then_returned(|receipt| {
            let event = receipt.as_ref().unwrap().event::<TodoListCreated>().unwrap();
            assert_eq!(event.unwrap().name, "Groceries");
        });
}

#[test]
fn a_caller_is_told_why_nothing_happened() {
    invoker::<TodoApi>()
        .answers::<CreateTodoList>(already_exists())
        .answers::<CheckTodo>(not_found())
        .when(async |api| {
            let created = api.create_list(LIST.into(), "Groceries".into()).await;
            (created, api.check_todo(LIST.into(), "milk".into()).await)
        })
        .then_returned(|(created, checked)| {
            assert!(matches!(created, Err(SendError::AlreadyExists { .. })));
            assert!(matches!(checked, Err(SendError::NotFound { .. })));
        });
}

#[test]
fn each_call_that_looks_is_a_query() {
    invoker::<TodoApi>()
        .responds::<FindTodoList>(Some(groceries().view()))
        .responds::<SearchTodoLists>(vec![groceries().view()])
        .when(async |api| api.find_list(LIST.into()).await)
        .then_queries(FindTodoList { list_id: LIST.into() })
        .when(async |api| api.search_lists("Gro".into(), 0, 10).await)
        .then_queries(SearchTodoLists { name_prefix: "Gro".into(), page: 0, size: 10 })
        .then_no_commands()
        .then_returned(|lists| assert_eq!(lists.as_ref().unwrap().len(), 1));
}
