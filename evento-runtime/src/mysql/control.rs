//! Transactions of sqlx without its guard, which borrows the connection.
//!
//! They are begun through sqlx rather than as plain text so that it knows of them: a handler that begins a transaction on
//! the connection that it was lent gets a savepoint inside ours.

use sqlx::{MySqlConnection, SqlStr, mysql::MySqlTransactionManager as Manager};
use sqlx_core::transaction::TransactionManager;

/// Begins with a text that says how.
pub(super) async fn begin(connection: &mut MySqlConnection, text: SqlStr) -> Result<(), sqlx::Error> {
    Manager::begin(connection, Some(text)).await
}

pub(super) async fn commit(connection: &mut MySqlConnection) -> Result<(), sqlx::Error> {
    Manager::commit(connection).await
}

/// Rolls back the innermost transaction.
pub(super) async fn rollback(connection: &mut MySqlConnection) -> Result<(), sqlx::Error> {
    Manager::rollback(connection).await
}

/// How many transactions are open, one inside the other.
pub(super) fn depth(connection: &MySqlConnection) -> usize {
    Manager::get_transaction_depth(connection)
}
