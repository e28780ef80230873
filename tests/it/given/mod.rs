//! The kit for given, when and then: that it finds what it is for, and that what it says of it helps.

mod aggregates;
mod consumers;
mod invokers;
mod like_an_application;
mod read_models;
mod sagas;
mod services;
mod shop;

use std::{
    cell::RefCell,
    panic::{AssertUnwindSafe, catch_unwind, set_hook, take_hook},
    sync::Once,
};

/// Where a test panicked that has to fail.
enum Place {
    /// No test that has to fail is running.
    NotAsked,
    Unknown,
    File(String),
}

thread_local! {
    static PLACE: RefCell<Place> = const { RefCell::new(Place::NotAsked) };
}

/// From now on, tests that have to fail are asked where they do, and do not print it.
fn listen() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        let others = take_hook();
        set_hook(Box::new(move |panic| {
            let was_asked = PLACE.with_borrow_mut(|place| {
                let asked = !matches!(place, Place::NotAsked);
                if asked && let Some(location) = panic.location() {
                    *place = Place::File(location.file().to_owned());
                }
                asked
            });
            if !was_asked {
                others(panic);
            }
        }));
    });
}

/// What a test says that has to fail, at a line of its own and not of the kit's.
pub fn failure<T>(test: impl FnOnce() -> T) -> String {
    listen();
    PLACE.set(Place::Unknown);
    let ended = catch_unwind(AssertUnwindSafe(|| drop(test())));
    let place = PLACE.replace(Place::NotAsked);
    let Err(panic) = ended else { panic!("the test was to fail, and it passed") };
    let text = match panic.downcast::<String>() {
        Ok(text) => *text,
        Err(panic) => (*panic.downcast::<&str>().expect("a panic with a text")).to_owned(),
    };
    match place {
        Place::File(file) => assert!(file.contains("tests/it/given"), "it failed in {file}: {text}"),
        Place::NotAsked | Place::Unknown => panic!("nobody knows where it failed: {text}"),
    }
    text
}

/// A test has to fail, and to say all of this.
#[track_caller]
pub fn says<T>(words: &[&str], test: impl FnOnce() -> T) {
    let told = failure(test);
    for word in words {
        assert!(told.contains(word), "it does not say `{word}`:\n{told}");
    }
}
