//! The count finds losses where there are some.

use std::process::{Command, Stdio};

#[test]
fn a_reader_that_trusts_a_sequence_loses_events_and_the_count_finds_them() {
    let server = std::env::var("EVENTO_TEST_POSTGRES").unwrap_or_else(|_| {
        panic!("set EVENTO_TEST_POSTGRES to the address of a PostgreSQL server for tests, or run `cargo xtask test`, which starts one")
    });
    let run = Command::new(env!("CARGO_BIN_EXE_evento-torture"))
        .args(["naive", "--seconds", "2", "--store", &server])
        .stdin(Stdio::null())
        .output()
        .expect("the program of the torture");
    let told = String::from_utf8_lossy(&run.stdout);
    println!("{told}{}", String::from_utf8_lossy(&run.stderr));
    let unseen = told.lines().find(|line| line.contains("passed and never saw")).expect("the count");
    let unseen: u64 =
        unseen.split_whitespace().next().expect("a number").parse().expect("a number of events");
    assert!(unseen > 0, "the count must find what the reader has lost");
    assert!(run.status.success());
}
