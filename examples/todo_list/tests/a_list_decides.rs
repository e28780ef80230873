//! The rules of the aggregate.

use evento::{serde_json::json, testing::aggregate};

use crate::{story::*, write_side::*};

#[test]
fn a_list_has_a_name_and_an_id() {
    aggregate::<TodoList>().when(create("Groceries")).then_events(created());
    aggregate::<TodoList>().when(create("  ")).then_rejected(TodoError::Blank { what: "name" });
    let nameless = crate::payloads::CreateTodoList { list_id: " ".into(), name: "Groceries".into() };
    aggregate::<TodoList>().when(nameless).then_rejected(TodoError::Blank { what: "id of the list" });
}

#[test]
fn a_list_is_created_once() {
    aggregate::<TodoList>().given(created()).when(create("Garden")).then_already_exists();
}

#[test]
fn nothing_happens_to_a_list_that_is_not_there() {
    aggregate::<TodoList>().when(add("milk", "buy milk")).then_not_found();
    aggregate::<TodoList>().when(delete()).then_not_found();
}

#[test]
fn a_todo_says_something() {
    let list = || aggregate::<TodoList>().given(created());
    list().when(add("milk", "buy milk")).then_events(added("milk"));
    list().when(add("milk", " ")).then_rejected(TodoError::Blank { what: "content" });
    list().when(add("", "buy milk")).then_rejected(TodoError::Blank { what: "id of the todo" });
}

#[test]
fn a_todo_is_on_the_list_once() {
    let list = || aggregate::<TodoList>().given((created(), added("milk")));
    list()
        .when(add("milk", "buy more milk"))
        .then_rejected(TodoError::DuplicateId { todo_id: "milk".into() });
    list()
        .when(add("more", "buy milk"))
        .then_rejected(TodoError::DuplicateContent { content: "buy milk".into() });
    // What was removed may come again.
    list().given(removed("milk")).when(add("milk", "buy milk")).then_events(added("milk"));
}

#[test]
fn a_list_has_at_most_five_todos() {
    let four = ["milk", "bread", "soap", "salt"].map(added);
    aggregate::<TodoList>()
        .given((created(), four))
        .when(add("eggs", "buy eggs"))
        .then_events(added("eggs"))
        .when(add("tea", "buy tea"))
        .then_rejected(TodoError::TooManyTodos)
        .when(remove("soap"))
        .then_events(removed("soap"))
        .when(add("tea", "buy tea"))
        .then_events(added("tea"));
}

#[test]
fn the_last_todo_that_is_checked_completes_the_list() {
    aggregate::<TodoList>()
        .given((created(), added("milk"), added("soap")))
        .when(check("milk"))
        .then_events(checked("milk"))
        .when(check("soap"))
        .then_events(last_checked("soap"));
}

#[test]
fn what_is_checked_stays() {
    let list = || aggregate::<TodoList>().given((created(), added("milk"), checked("milk")));
    let already = || TodoError::AlreadyChecked { content: "buy milk".into() };
    list().when(check("milk")).then_rejected(already());
    list().when(remove("milk")).then_rejected(already());
    list().when(delete()).then_rejected(TodoError::HasCheckedTodo { content: "buy milk".into() });
}

#[test]
fn what_is_not_there_can_be_neither_checked_nor_removed() {
    let list = || aggregate::<TodoList>().given(created());
    let no_milk = || TodoError::NoSuchTodo { todo_id: "milk".into() };
    list().when(check("milk")).then_rejected(no_milk());
    list().when(remove("milk")).then_rejected(no_milk());
    list().when(remove(" ")).then_rejected(TodoError::Blank { what: "id of the todo" });
}

#[test]
fn a_deleted_list_is_gone_for_ever() {
    aggregate::<TodoList>()
        .given((created(), added("milk")))
        .when(delete())
        .then_events(deleted())
        .then_ended()
        .when(add("soap", "buy soap"))
        .then_deleted()
        .when(create("Groceries"))
        .then_deleted();
}

#[test]
fn a_list_remembers_what_it_needs_for_its_decisions() {
    aggregate::<TodoList>()
        .given((created(), added("milk"), added("soap"), removed("soap")))
        .when(check("milk"))
        .then_state_json(&json!({ "todos": { "milk": { "content": "buy milk", "checked": true } } }));
}
