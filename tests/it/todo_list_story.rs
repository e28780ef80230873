//! The examples that are run and read: the story of the tutorial application, and the banks.

use std::{
    io::{BufRead, BufReader},
    process::Stdio,
};

use crate::{databases::Database, programs::example, stores::run};

/// Runs an example to its end and returns what it printed.
fn told(name: &str, arguments: &[&str]) -> String {
    let output = example(name).args(arguments).output().expect("the example runs");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).expect("text")
}

/// Tells the story up to a line, and kills it there.
fn interrupted(db: &Database, line: &str) {
    let mut command = example("todo_list");
    let mut story =
        command.args(["--store", db.address()]).stdout(Stdio::piped()).spawn().expect("the story begins");
    let lines = BufReader::new(story.stdout.take().expect("a pipe")).lines();
    let reached = lines.map_while(Result::ok).any(|told| told.contains(line));
    story.kill().expect("a kill");
    story.wait().expect("its end");
    assert!(reached, "the story tells of `{line}`");
}

#[test]
fn the_story_ends_with_a_registered_list() {
    let story = told("todo_list", &[]);
    assert!(story.trim_end().ends_with("status:  REGISTERED"), "{story}");
    for rule in [
        "the name must not be blank",
        "there is no such list",
        "the list exists already",
        "the list is deleted",
        "the content must not be blank",
        "already on the list",
        "already a todo with the id",
        "at most 5 todos",
        "there is no todo",
        "neither checked again nor removed",
        "the list cannot be deleted",
    ] {
        assert!(story.contains(rule), "no rule says `{rule}`: {story}");
    }
    assert_eq!(story.matches("notification: ").count(), 4, "{story}");
}

#[test]
fn a_story_that_was_interrupted_is_brought_to_its_end() {
    for db in run(Database::all()) {
        for line in
            ["creates `Garden`", "ada creates `Groceries`", "ada checks `milk`", "linus checks `soap`"]
        {
            interrupted(&db, line);
        }
        let story = told("todo_list", &["--store", db.address()]);
        assert!(story.contains("What is there from earlier runs"), "{story}");
        assert!(story.trim_end().ends_with("status:  REGISTERED"), "{story}");
        let lists = told("todo_list", &["--store", db.address(), "--verify"]);
        assert!(lists.lines().count() >= 2, "{lists}");
        assert!(lists.lines().all(|list| list.contains("REGISTERED")), "nothing is left undone: {lists}");
    }
}

#[test]
fn a_bank_is_the_same_on_every_store() {
    for address in ["memory:".to_owned()]
        .into_iter()
        .chain(run(Database::all()).iter().map(|db| db.address().to_owned()))
    {
        let bank = told("bank", &["--store", &address]);
        assert!(bank.contains("there is only 100 left") && bank.contains("balance: 100"), "{bank}");
    }
}

#[test]
fn the_banks_say_what_they_hold() {
    let bank = told("bank", &[]);
    assert!(bank.contains("there is only 100 left") && bank.contains("balance: 100"), "{bank}");
    let folder = tempfile::tempdir().expect("a folder for tests");
    let file = folder.path().join("bank.db").display().to_string();
    for _ in 0..2 {
        let lines: Vec<_> = told("bank_sql", &[&file]).lines().map(str::to_owned).collect();
        assert_eq!(lines, ["ada        120", "grace       70"], "also when it is run again");
    }
}
