//! What the compiler says: the legal forms compile, and each misuse is one error that a newcomer understands.
//!
//! Write the messages anew with `TRYBUILD=overwrite cargo test --test ui`, then read them.

/// Every legal form of the language compiles and runs.
#[test]
fn legal_forms() {
    trybuild::TestCases::new().pass("tests/ui/pass/*.rs");
}

/// Every misuse is refused in our words, at the user's own token.
#[test]
fn misuse() {
    trybuild::TestCases::new().compile_fail("tests/ui/fail/*.rs");
}
