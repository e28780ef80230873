//! The kit for given, when and then: that it finds what it is for, and that what it says of it helps.

mod aggregates;
mod consumers;
mod invokers;
mod like_an_application;
mod read_models;
mod sagas;
mod services;
mod shop;

use std::panic::{AssertUnwindSafe, catch_unwind};

/// What a test says that has to fail.
pub fn failure<T>(test: impl FnOnce() -> T) -> String {
    let Err(panic) = catch_unwind(AssertUnwindSafe(|| drop(test()))) else {
        panic!("the test was to fail, and it passed");
    };
    match panic.downcast::<String>() {
        Ok(text) => *text,
        Err(panic) => (*panic.downcast::<&str>().expect("a panic with a text")).to_owned(),
    }
}

/// A test has to fail, and to say all of this.
#[track_caller]
pub fn says<T>(words: &[&str], test: impl FnOnce() -> T) {
    let told = failure(test);
    for word in words {
        assert!(told.contains(word), "it does not say `{word}`:\n{told}");
    }
}
