//! What applications are tested with.
