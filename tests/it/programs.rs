//! The examples as programs, for tests that run them, and kill them.

use std::{env, path::PathBuf, process::Command};

/// An example of this package. `cargo test` builds the examples before it runs the tests, next to the folder in which this
/// test lies.
pub fn example(name: &str) -> Command {
    let test = env::current_exe().expect("the path of this test");
    let target: PathBuf = test.ancestors().nth(2).expect("target/<profile>/deps/<test>").to_owned();
    let program = target.join("examples").join(name).with_extension(env::consts::EXE_EXTENSION);
    assert!(program.exists(), "{} is not built: run `cargo build --examples`", program.display());
    Command::new(program)
}
