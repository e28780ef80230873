//! How sending and asking end: a receipt, an answer, or a typed error.

mod errors;
mod intercepted;
mod receipt;
mod transient;

pub use self::{
    errors::{FailedQuery, LoadError, QueryError, Refusal, Rejection, SendError},
    intercepted::Intercepted,
    receipt::Receipt,
    transient::is_transient,
};

pub(crate) use self::transient::is_transient_cause;
