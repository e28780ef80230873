//! The kit for tests of whole bundles, and what it must find out.

mod coverage;
mod fakes;
mod lending;
mod parked;
mod prefixes;
mod rebuilds;
mod settling;
mod snapshots;
