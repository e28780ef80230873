//! What is stored stays readable: `events.lock` has the JSON of it as it was when it was locked. After a change that
//! loses nothing, `EVENTO_LOCK=update` writes down what is new.

use evento::testing::ShapeLock;

use crate::bundle::TodoBundle;

#[test]
fn what_is_stored_stays_readable() {
    ShapeLock::new("examples/todo_list/events.lock").complete().check(&TodoBundle::describe());
}
