//! The message gateway: carries commands and queries to their handlers, strictly by the name of their payload.

mod errors;
mod receipt;

pub use self::{
    errors::{QueryError, Refusal, Rejection, SendError},
    receipt::Receipt,
};
