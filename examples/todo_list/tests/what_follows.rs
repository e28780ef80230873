//! The rules of the processes: an observer that notifies, and a saga that counts.

use std::collections::BTreeMap;

use evento::{
    serde_json::json,
    testing::{ObserverTest, SagaTest, accepted, observer, rejected, saga},
};

use crate::{payloads::*, process::*, readers_see::groceries, story::*};

fn notify(text: &str) -> SendNotification {
    SendNotification { list_id: LIST.into(), text: text.into() }
}

fn notifier(list: Option<TodoListView>) -> ObserverTest<ProgressNotifier> {
    observer::<ProgressNotifier>().with(by("ada")).responds::<FindTodoList>(list)
}

#[test]
fn those_who_follow_a_list_are_told_what_is_done() {
    let list = TodoListView { todos: vec![groceries().todo("milk")], ..groceries().view() };
    notifier(Some(list.clone()))
        .when(checked("milk"))
        .then_queries(FindTodoList { list_id: LIST.into() })
        .then_commands(notify("ada has checked `buy milk` on `Groceries`"))
        .then_again_the_same();
    notifier(Some(list))
        .when(last_checked("milk"))
        .then_commands(notify("ada has checked `buy milk` on `Groceries`: everything is done"));
}

#[test]
fn ids_must_do_as_long_as_the_view_lags_behind() {
    notifier(None).when(checked("milk")).then_commands(notify("ada has checked `milk` on `groceries`"));
    notifier(Some(groceries().view()))
        .when(checked("milk"))
        .then_commands(notify("ada has checked `milk` on `Groceries`"));
}

#[test]
fn a_notification_that_is_refused_is_tried_again() {
    let full = std::io::Error::other("the postbox is full");
    observer::<ProgressNotifier>()
        .responds::<FindTodoList>(None)
        .answers::<SendNotification>(rejected(full))
        .when(checked("milk"))
        .then_fails_saying("the postbox is full");
}

#[test]
fn nobody_is_told_again_when_the_past_is_replayed() {
    notifier(None).replaying().when(checked("milk")).then_no_commands();
}

fn register(activity: &[(&str, u32)]) -> RegisterActivity {
    let activity = activity.iter().map(|(user, changes)| ((*user).to_owned(), *changes)).collect();
    RegisterActivity { list_id: LIST.into(), activity }
}

/// Ada creates the list with a todo, Linus adds another one.
fn a_list_of_two() -> SagaTest<ListActivity> {
    saga::<ListActivity>()
        .with(by("ada"))
        .given((created(), added("milk")))
        .with(by("linus"))
        .given(added("soap"))
}

#[test]
fn every_change_counts_for_whoever_made_it() {
    a_list_of_two().with(by("linus")).when(removed("soap")).then_no_commands().then_state_json(&json!({
        "list_id": LIST,
        "changes": { "ada": 2, "linus": 2 },
        "completed": false,
    }));
}

#[test]
fn a_complete_list_is_registered_once() {
    a_list_of_two()
        .when(checked("milk"))
        .then_no_commands()
        .when(last_checked("soap"))
        .then_commands(register(&[("ada", 2), ("linus", 3)]))
        // Somebody adds another todo before the register has answered.
        .given(added("tea"))
        .when(last_checked("tea"))
        .then_no_commands()
        .then_sagas(1);
}

#[test]
fn the_saga_of_a_list_ends_with_its_registration() {
    let activity = BTreeMap::from([("ada".to_owned(), 2)]);
    a_list_of_two()
        .given(last_checked("milk"))
        .when(ActivityRegistered { list_id: LIST.into(), activity })
        .then_no_commands()
        .then_ended();
}

#[test]
fn a_list_that_was_given_up_is_not_registered() {
    a_list_of_two().when(deleted()).then_no_commands().then_ended().when(checked("milk")).then_ignored();
}

#[test]
fn another_list_is_the_concern_of_another_saga() {
    a_list_of_two()
        .when(TodoListCreated { list_id: "garden".into(), name: "Garden".into() })
        .then_sagas(2)
        .when(TodoListDeleted { list_id: "garden".into() })
        .then_sagas(1);
}

#[test]
fn what_the_register_answers_is_not_waited_for() {
    let registered = ActivityRegistered { list_id: LIST.into(), activity: BTreeMap::new() };
    a_list_of_two()
        .answers::<RegisterActivity>(accepted(registered))
        .when(last_checked("soap"))
        .then_commands(register(&[("ada", 2), ("linus", 2)]))
        .then_sagas(1);
}
