//! A public API in a crate that is strict about everything.
#![forbid(unsafe_code)]
#![deny(missing_docs, missing_debug_implementations, unreachable_pub, unused, warnings)]

/// Doors.
pub mod doors {
    use evento::prelude::*;

    /// Opens a door.
    #[domain_command]
    pub struct Open {
        /// Which door.
        #[aggregate_id]
        pub id: String,
    }

    /// A door was opened.
    #[domain_event]
    pub struct Opened {
        /// Which door.
        pub id: String,
    }

    /// A door.
    #[view]
    pub struct DoorView {
        /// Which door.
        #[id]
        pub id: String,
        /// Where it is.
        #[index]
        pub town: String,
    }

    /// A door.
    #[aggregate_state]
    pub struct Door {
        open: bool,
    }

    #[aggregate]
    impl Door {
        #[aggregate_command_handler]
        fn open(command: Open) -> Opened {
            Opened { id: command.id }
        }

        #[aggregate_command_handler]
        fn open_again(&self, command: Open) -> Option<Opened> {
            (!self.open).then_some(Opened { id: command.id })
        }

        #[event_sourcing_handler]
        fn opened(_event: &Opened) -> Self {
            Self { open: true }
        }

        #[event_sourcing_handler]
        fn opened_again(&mut self, _event: &Opened) {
            self.open = true;
        }
    }

    /// Opens doors for callers.
    #[derive(Debug, Default)]
    pub struct DoorApi;

    #[invoker]
    impl DoorApi {
        /// Opens a door.
        ///
        /// # Errors
        /// When it cannot be opened.
        #[invocation_handler]
        pub async fn open(&self, commands: &Commands<Open>, id: String) -> Result<()> {
            commands.send(Open { id }).await?;
            Ok(())
        }
    }

    bundle! {
        /// Everything about doors.
        pub DoorBundle {
            id: "doors",
            version: 1,
            components: [Door, DoorApi],
        }
    }
}

fn main() {
    assert_eq!(doors::DoorBundle::META.id, "doors");
}
