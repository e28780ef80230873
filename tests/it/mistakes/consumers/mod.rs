//! Mistakes of those who read the log.

mod failing;
mod owning;
mod reading;
mod replaying;
mod stopping;
