//! Files that are not as they were written, and places where none can be.

use std::{fs, io};

use evento::{
    payload::{Payload, PayloadMeta},
    prelude::*,
    testing::{LockError, ShapeLock},
};

use super::{Place, bundle};

#[domain_event]
struct Opened {
    till: String,
}

#[domain_event]
struct Paid {
    till: String,
    amount: u64,
}

const BOTH: [PayloadMeta; 2] = [Opened::META, Paid::META];

/// What is said of a file with this text, which stays as it is, also when the lock is to be written.
fn refused(text: &str) -> LockError {
    let place = Place::new();
    fs::write(place.path(), text).expect("a place to write");
    let written = place.lock().updating().verify(&bundle(&BOTH));
    assert!(written.is_err(), "{written:?}");
    assert_eq!(place.text(), text, "nothing is lost");
    place.verify(&BOTH).expect_err("a file that is not as it was written")
}

/// A lock of both events.
fn whole() -> String {
    Place::with(&BOTH).text()
}

fn replaced(from: &str, to: &str) -> String {
    let whole = whole();
    assert!(whole.contains(from), "{from} in {whole}");
    whole.replacen(from, to, 1)
}

#[test]
fn without_a_file_nothing_is_locked_and_it_is_said_how() {
    let place = Place::new();
    let error = place.verify(&BOTH).expect_err("there is no file");
    assert!(matches!(&error, LockError::Missing { path } if *path == place.path()), "{error}");
    assert!(error.to_string().contains("Write it with `EVENTO_LOCK=update cargo test`"), "{error}");
    assert!(!place.path().exists(), "nothing is written by itself");
    let complete = place.lock().complete().verify(&bundle(&BOTH));
    assert!(matches!(complete, Err(LockError::Missing { .. })) && !place.path().exists());
    assert!(place.update(&BOTH).written);
    assert_eq!(place.verify(&BOTH).expect("it is locked").additions, Vec::<String>::new());
}

#[test]
fn a_merge_that_is_not_done_is_told() {
    let text = replaced(
        "    amount: u64\n",
        "<<<<<<< HEAD\n    amount: u64\n=======\n    amount: u128\n>>>>>>> other\n",
    );
    let error = refused(&text);
    let first = text.lines().position(|line| line.starts_with("<<<<<<<")).expect("a mark") + 1;
    assert!(matches!(error, LockError::Merge { line, .. } if line == first), "{error}");
    assert!(error.to_string().contains("the marks of a merge are in the file"), "{error}");
}

#[test]
fn a_file_that_was_edited_is_told() {
    for text in [
        replaced("amount: u64", "amount: u32"),
        replaced("    amount: u64\n", ""),
        replaced(r#""amount":7"#, r#""amount":8"#),
        replaced("domain_event Paid 1", "domain_event Paid 2"),
        replaced("domain_event Paid 1", "service_event Paid 1"),
    ] {
        let error = refused(&text);
        assert!(matches!(error, LockError::Edited { .. }), "{error}");
        assert!(error.to_string().contains("Take it from version control"), "{error}");
    }
    for text in [replaced("struct Paid", "structure Paid"), replaced("  digest", "digest"), "{}".to_owned()] {
        assert!(matches!(refused(&text), LockError::Malformed { .. }), "{text}");
    }
}

#[test]
fn an_entry_that_is_deleted_is_not_locked() {
    // It is seen in the review of the change, and the way out when something was never stored.
    let place = Place::with(&BOTH);
    let text = place.text();
    let at = text.find("domain_event Paid").expect("an entry");
    fs::write(place.path(), &text[..at]).expect("a place to write");
    let locked = place.verify(&BOTH).expect("what is locked holds");
    assert_eq!(locked.additions, ["domain event `Paid`, version 1 is new"]);
    place.update(&BOTH);
    assert_eq!(place.text(), text);
}

#[test]
fn a_file_of_a_newer_format_is_told() {
    let error = refused(&replaced("format 1", "format 2"));
    assert!(matches!(error, LockError::Newer { format: 2, known: 1, .. }), "{error}");
    assert!(error.to_string().ends_with("use a newer evento"), "{error}");
}

#[test]
fn a_file_that_cannot_be_read_or_written_is_told() {
    let place = Place::new();
    fs::create_dir(place.path()).expect("a folder in its place");
    assert!(matches!(place.verify(&BOTH), Err(LockError::Io { doing: "read", .. })));
    let nowhere = ShapeLock::new(place.path().join("deeper/events.lock")).updating();
    let error = nowhere.verify(&bundle(&BOTH)).expect_err("there is no such folder");
    assert!(
        matches!(&error, LockError::Io { doing: "written", source, .. } if source.kind() == io::ErrorKind::NotFound),
        "{error}"
    );
    let invalid = Place::new();
    fs::write(invalid.path(), [0xff, 0xfe]).expect("a place to write");
    assert!(matches!(invalid.verify(&BOTH), Err(LockError::Io { doing: "read", .. })));
}

#[test]
fn an_incomplete_lock_is_told_where_all_is_to_be_locked() {
    let place = Place::with(&[Opened::META]);
    let error = place.lock().complete().verify(&bundle(&BOTH)).expect_err("one is missing");
    assert_eq!(
        error.to_string(),
        format!(
            "not everything is locked in {}:\n  domain event `Paid`, version 1 is new\nlock it with `EVENTO_LOCK=update cargo test`",
            place.path().display()
        )
    );
}
