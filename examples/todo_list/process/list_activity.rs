//! The saga: it sees a list through, from its creation to the registration of who did how much.

use std::collections::BTreeMap;

use evento::prelude::*;

use crate::payloads::*;

/// One saga per list. What it remembers is stored together with how far it has come in the log, so a crash neither loses
/// nor counts anything twice, and a saga goes on after a restart of the program.
#[saga_state]
pub struct ListActivity {
    /// By this an event finds the saga that it concerns.
    #[association]
    list_id: String,
    changes: BTreeMap<String, u32>,
    completed: bool,
}

// The receivers mean the same as in an aggregate: none starts a saga, `&mut self` goes on, `self` ends it.
#[saga(version = 1)]
impl ListActivity {
    #[saga_event_handler(association = "list_id")]
    async fn created(event: &TodoListCreated, metadata: &Metadata) -> Self {
        let mut saga = Self { list_id: event.list_id.clone(), changes: BTreeMap::new(), completed: false };
        saga.count(metadata);
        saga
    }

    #[saga_event_handler(association = "list_id")]
    async fn added(&mut self, _event: &TodoAdded, metadata: &Metadata) {
        self.count(metadata);
    }

    #[saga_event_handler(association = "list_id")]
    async fn removed(&mut self, _event: &TodoRemoved, metadata: &Metadata) {
        self.count(metadata);
    }

    /// When a list is complete, its activity is registered, once. A todo that is added afterwards changes nothing about
    /// that: it can still be done, but is no longer counted.
    ///
    /// The command's id is derived from the event, so that it is handled once, even if the program dies right after
    /// sending it and this runs again.
    #[saga_event_handler(association = "list_id")]
    async fn checked(
        &mut self,
        event: &TodoChecked,
        metadata: &Metadata,
        commands: &Commands<RegisterActivity>,
    ) -> Result<()> {
        self.count(metadata);
        if event.all_checked && !self.completed {
            self.completed = true;
            let (list_id, activity) = (self.list_id.clone(), self.changes.clone());
            commands.send(RegisterActivity { list_id, activity }).await?;
        }
        Ok(())
    }

    #[saga_event_handler(association = "list_id")]
    async fn registered(self, _event: &ActivityRegistered) {}

    /// There is nothing to register of a list that was given up.
    #[saga_event_handler(association = "list_id")]
    async fn deleted(self, _event: &TodoListDeleted) {}
}

impl ListActivity {
    fn count(&mut self, metadata: &Metadata) {
        *self.changes.entry(user(metadata)).or_default() += 1;
    }
}
