//! What became of an append whose answer was lost.

use super::{Outcome, look::look};
use crate::{
    sqlite::{column::unsigned, error::corrupt, statement::rows, writer::Writing},
    store::{Append, AppendError, Appended, LedgerEntry, LedgerOutcome, StoreError, values::bound},
};

/// Finds out, on another connection, what became of an append whose connection was lost in the commit.
///
/// The lost one held the lock of the file until its end, so what is not there behind that lock will not come any more.
pub(super) async fn settle(writing: &mut Writing, append: &Append, reason: &str) -> Outcome {
    let settled = async {
        writing.reconnect().await?;
        let found = look(writing, &[append], None).await?;
        let found = match found.known.into_iter().next().and_then(|known| known.entry) {
            Some(LedgerEntry { outcome: LedgerOutcome::Accepted { first, count }, .. }) => {
                let version = sqlx::query(include_str!("../sql/version_at.sql")).bind(bound(first.0));
                let rows = rows(writing.connection()?, "settling an append", version).await?;
                let first_version = match rows.first() {
                    Some(row) if count > 0 => {
                        unsigned(row, 0).map_err(|reason| corrupt(format_args!("event {first}"), reason))?
                    }
                    _ => 0,
                };
                Some(Appended { first, first_version, count })
            }
            _ => None,
        };
        writing.rollback().await;
        Ok::<_, StoreError>(found)
    };
    match settled.await {
        Ok(Some(appended)) => Ok(appended),
        Ok(None) => Err(StoreError::Unavailable { reason: reason.to_owned(), source: None }.into()),
        Err(source) => Err(AppendError::Unknown { source }),
    }
}

#[cfg(test)]
mod tests {
    use tokio::time::Instant;
    use uuid::Uuid;

    use super::*;
    use crate::{
        message::{CommandId, Context, EventMessage, MessageId, Metadata, StreamId, Timestamp},
        sqlite::SqliteStore,
        store::{EventStore, Expected, Recording},
    };

    fn append(stream: &str) -> Append {
        let command = CommandId(Uuid::now_v7());
        let stream = StreamId::new("Order", stream);
        let event = EventMessage {
            id: MessageId(Uuid::now_v7()),
            stream: stream.clone(),
            version: 0,
            name: "Placed".into(),
            payload_version: 1,
            correlation_id: command.into(),
            causation_id: command.into(),
            timestamp: Timestamp::from_millis(1),
            metadata: Metadata::new(),
            context: Context::DEFAULT,
            payload: serde_json::value::RawValue::from_string("{}".to_owned()).expect("JSON"),
        };
        let recording =
            Recording { name: "Place".to_owned(), digest: 1, cause: None, at: Timestamp::from_millis(1) };
        Append { stream, expected: Expected::Any, command, recording, events: vec![event], closes: false }
    }

    #[tokio::test]
    async fn what_became_of_an_append_is_found_out() {
        let folder = tempfile::TempDir::new().expect("a folder for tests");
        let path = folder.path().join("store.db");
        let store = SqliteStore::open(path.to_string_lossy()).await.expect("a file");
        let far = Instant::now() + std::time::Duration::from_secs(60);
        store.append(append("a"), far).await.expect("an append before");
        let stored = append("a");
        let appended = store.append(stored.clone(), far).await.expect("an append whose answer is lost");
        store.append(append("a"), far).await.expect("an append behind it");

        let mut writing = store.inner.writer.acquire().await.expect("the connection");
        writing.begin().await.expect("a transaction that is lost with its connection");
        let found = settle(&mut writing, &stored, "lost").await.expect("what was stored");
        assert_eq!(found, appended);
        let absent = settle(&mut writing, &append("a"), "lost").await;
        assert!(matches!(absent, Err(AppendError::Store(StoreError::Unavailable { .. }))), "{absent:?}");
        drop(writing);
        store.append(append("a"), far).await.expect("an append after that");
    }
}
