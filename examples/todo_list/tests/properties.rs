//! What holds whatever users do.

use evento::{prelude::*, testing::TestBundle};
use proptest::{collection::vec, prelude::*};

use crate::{bundle::TodoBundle, invoker::TodoApi, payloads::Status, whole::Sent, write_side::TodoError};

/// A call of a user. Lists and todos have few ids, so that calls meet.
#[derive(Clone, Debug)]
enum Call {
    Create(u8),
    Delete(u8),
    Add(u8, u8),
    Remove(u8, u8),
    Check(u8, u8),
    /// Everything that follows from the calls before is done.
    Settle,
}

fn call() -> impl Strategy<Value = Call> {
    let list = || 0..2_u8;
    let todo = || 0..7_u8;
    prop_oneof![
        2 => list().prop_map(Call::Create),
        1 => list().prop_map(Call::Delete),
        8 => (list(), todo()).prop_map(|(list, todo)| Call::Add(list, todo)),
        2 => (list(), todo()).prop_map(|(list, todo)| Call::Remove(list, todo)),
        8 => (list(), todo()).prop_map(|(list, todo)| Call::Check(list, todo)),
        2 => Just(Call::Settle),
    ]
}

/// Makes a call, which may be rejected for breaking a rule, and in no other way.
async fn make(bundle: &TestBundle<TodoBundle>, call: Call) {
    let api = bundle.invoker::<TodoApi>();
    let (list_id, todo_id) = (|list: u8| format!("list-{list}"), |todo: u8| format!("todo-{todo}"));
    let answer = match call {
        Call::Create(list) => api.create_list(list_id(list), format!("List {list}")).await,
        Call::Delete(list) => api.delete_list(list_id(list)).await,
        Call::Add(list, todo) => api.add_todo(list_id(list), todo_id(todo), format!("thing {todo}")).await,
        Call::Remove(list, todo) => api.remove_todo(list_id(list), todo_id(todo)).await,
        Call::Check(list, todo) => api.check_todo(list_id(list), todo_id(todo)).await,
        Call::Settle => {
            bundle.settle().await.expect("it comes to rest");
            return;
        }
    };
    match answer {
        Ok(_)
        | Err(SendError::NotFound { .. } | SendError::AlreadyExists { .. } | SendError::Deleted { .. }) => {}
        Err(error) => assert!(error.rejected_with::<TodoError>().is_some(), "{error}"),
    }
}

async fn holds(calls: Vec<Call>) {
    let builder = TestBundle::<TodoBundle>::builder().provide(Sent::default().postbox());
    let bundle = builder.start().await.expect("it starts");
    for call in calls {
        make(&bundle, call).await;
    }
    bundle.settle().await.expect("it comes to rest");
    let lists = bundle.invoker::<TodoApi>().search_lists(String::new(), 0, 10).await.expect("an answer");
    for list in lists {
        assert!(list.todos.len() <= 5, "a list has at most five todos: {list:?}");
        assert!(list.status != Status::Registering, "what is complete is registered in the end: {list:?}");
        assert_eq!(list.status == Status::Registered, !list.activity.is_empty(), "{list:?}");
    }
    bundle.replay_equals_live().in_another_order(1).await.expect("the views are those of the log");
    bundle.snapshots_equal_replay().await.expect("snapshots lose nothing");
    bundle.prefixes_replay().await.expect("every prefix is handled");
    bundle.shutdown().await.expect("it stops");
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 12, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn whatever_users_do(calls in vec(call(), 1..30)) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
        runtime.expect("a runtime for tests").block_on(holds(calls));
    }
}
