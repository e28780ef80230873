//! That the statements that must be fast use their index.
