//! What the compiler says: the legal forms compile, and each misuse is one error that a newcomer understands.
//!
//! Write the messages anew with `TRYBUILD=overwrite cargo test --all-features --test ui`, then read them.

use std::{fs, path::Path};

/// Every legal form of the language compiles and runs.
#[test]
fn legal_forms() {
    let cases = trybuild::TestCases::new();
    cases.pass("tests/ui/pass/main.rs");
    cases.pass("tests/ui/pass/crates/*.rs");
}

/// The program of the legal forms has all of them.
#[test]
fn every_legal_form_is_compiled() {
    let folder = Path::new("tests/ui/pass");
    let program = fs::read_to_string(folder.join("main.rs")).expect("the program is there");
    let compiled: Vec<_> = program.split_whitespace().collect();
    let files = fs::read_dir(folder).expect("the folder is there").flatten().map(|entry| entry.path());
    let forms: Vec<_> = files
        .filter(|path| path.extension().is_some_and(|extension| extension == "rs"))
        .filter_map(|path| path.file_stem()?.to_str().map(str::to_owned))
        .filter(|form| form != "main")
        .collect();
    assert!(forms.len() >= 30, "only {} forms", forms.len());
    for form in forms {
        assert!(
            compiled.contains(&&*form),
            "`{form}` is not compiled: add it to {}",
            folder.join("main.rs").display()
        );
    }
}

/// Every misuse is refused in our words, at the user's own token.
#[test]
fn misuse() {
    trybuild::TestCases::new().compile_fail("tests/ui/fail/*.rs");
}
