//! The rules of the services.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex},
};

use evento::{message::CommandId, testing::service};

use crate::{payloads::*, story::*, write_side::*};

fn notification() -> SendNotification {
    SendNotification { list_id: LIST.into(), text: "ada has checked `milk`".into() }
}

#[test]
fn a_notification_is_posted_under_the_id_of_its_command() {
    let posted = Arc::new(Mutex::new(Vec::new()));
    let letters = posted.clone();
    let postbox = Postbox::new(move |id, text| letters.lock().unwrap().push((id, text.to_owned())));
    let id = CommandId::from_key("once");
    service::<NotificationService>()
        .provide(postbox)
        .with_id(id)
        .when(notification())
        .then_events(NotificationSent { list_id: LIST.into(), text: "ada has checked `milk`".into() })
        .then_again_the_same();
    // After a crash it is posted again, and whoever gets both can tell by the key that it is one.
    let letter = (id, "ada has checked `milk`".to_owned());
    assert_eq!(*posted.lock().unwrap(), [letter.clone(), letter]);
}

#[test]
fn the_register_tells_what_it_has_registered() {
    let activity = BTreeMap::from([("ada".to_owned(), 3), ("linus".to_owned(), 1)]);
    service::<ActivityRegister>()
        .when(RegisterActivity { list_id: LIST.into(), activity: activity.clone() })
        .then_events(ActivityRegistered { list_id: LIST.into(), activity })
        .then_no_commands();
}
