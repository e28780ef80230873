//! The command ledger.

use std::collections::hash_map::Entry;

use async_trait::async_trait;

use super::MemoryStore;
use crate::{
    message::{CommandId, MessageId},
    store::{CommandLedger, LedgerEntry, LedgerOutcome, Recording, StoreError},
};

#[async_trait]
impl CommandLedger for MemoryStore {
    async fn ledger_entry(&self, command: CommandId) -> Result<Option<LedgerEntry>, StoreError> {
        Ok(self.state()?.ledger.get(&command).cloned())
    }

    async fn record_rejection(
        &self,
        command: CommandId,
        recording: Recording,
        reason: String,
    ) -> Result<Option<LedgerEntry>, StoreError> {
        let mut guard = self.state()?;
        let state = &mut *guard;
        let head = state.head();
        match state.ledger.entry(command) {
            Entry::Occupied(known) => Ok(Some(known.get().clone())),
            Entry::Vacant(vacant) => {
                if let Some(cause) = recording.cause {
                    state.rejections.entry(cause).or_default().push(command);
                }
                state.rejected_at.insert(command, head);
                vacant.insert(LedgerEntry {
                    command,
                    recording,
                    outcome: LedgerOutcome::Rejected { reason },
                });
                Ok(None)
            }
        }
    }

    async fn forget_rejections(&self, cause: MessageId) -> Result<u64, StoreError> {
        let mut state = self.state()?;
        let forgotten = state.rejections.remove(&cause).unwrap_or_default();
        for command in &forgotten {
            state.ledger.remove(command);
            state.rejected_at.remove(command);
        }
        Ok(forgotten.len() as u64)
    }
}
