//! What the programs that are measured share, so that they are measured alike: what they are asked, how they are driven, and
//! what they answer. It knows neither evento nor a framework that evento is compared with.
//!
//! `cargo xtask bench` starts a program for each measurement. The program gets its [`Request`] as its only argument, prepares
//! everything that is not measured, says that it is [`ready`](control::ready), waits for a line on its standard input, measures, and
//! [`tell`](control::tell)s a [`Sample`] as JSON.

pub mod control;
pub mod drive;
pub mod latency;
mod request;
mod sample;

pub use self::{
    request::{From, Growth, Request, Role, Side, Store, Workload},
    sample::Sample,
};
