//! What the environment orders.

use std::env;

use super::LockError;

/// The variable that orders.
const VARIABLE: &str = "EVENTO_LOCK";

/// What is done with what is new.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Mode {
    /// It passes.
    Check,
    /// It is an error.
    Complete,
    /// It is written down.
    Update,
}

impl Mode {
    pub(super) fn of_environment() -> Result<Self, LockError> {
        let unattended = env::var("CI").is_ok_and(|value| !matches!(&*value, "" | "0" | "false"));
        Self::ordered(env::var(VARIABLE).ok().as_deref(), unattended)
    }

    /// What the value of the variable orders. Where nobody looks at what is written, nothing is.
    fn ordered(value: Option<&str>, unattended: bool) -> Result<Self, LockError> {
        match value {
            None | Some("" | "check") => Ok(Self::Check),
            Some("complete") => Ok(Self::Complete),
            Some("update") if unattended => Err(LockError::Unattended),
            Some("update") => Ok(Self::Update),
            Some(other) => Err(LockError::UnknownOrder { value: other.to_owned() }),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_is_written_unless_somebody_orders_it() {
        for (value, unattended, mode) in [
            (None, false, Mode::Check),
            (None, true, Mode::Check),
            (Some(""), false, Mode::Check),
            (Some("check"), false, Mode::Check),
            (Some("complete"), true, Mode::Complete),
            (Some("update"), false, Mode::Update),
        ] {
            assert_eq!(Mode::ordered(value, unattended).expect("an order"), mode, "{value:?}");
        }
        assert!(matches!(Mode::ordered(Some("update"), true), Err(LockError::Unattended)));
        let error = Mode::ordered(Some("renew"), false).expect_err("no order");
        assert_eq!(error.to_string(), "EVENTO_LOCK is `renew`: it may be `update`, `complete` or `check`");
    }
}
