//! What is booked, the same on every side, so that the same bytes are stored.

/// About as much as an event of an application carries, so that an event is some 130 bytes of JSON.
pub(crate) const REFERENCE: &str = "standing order of the first of the month, booked by the branch office";

/// The id of an account.
pub(crate) fn account(number: usize) -> String {
    format!("account-{number:06}")
}

/// Enough that an account comes up once in a batch at most, so that no batch has less to write than it has events.
pub(crate) const ACCOUNTS_TO_CATCH_UP: usize = 1_000;
