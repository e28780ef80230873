//! Payloads and components that a macro of the user writes, and ones inside a function.

use evento::prelude::*;

macro_rules! counted {
    ($event:ident, $observer:ident, $field:ident: $type:ty) => {
        #[domain_event]
        pub struct $event {
            pub $field: $type,
        }

        #[derive(Default)]
        pub struct $observer;

        #[observer(version = 1)]
        impl $observer {
            #[event_handler]
            async fn on(&self, event: &$event) -> Result<()> {
                let _: &$type = &event.$field;
                Ok(())
            }
        }
    };
}

counted!(Opened, OpenedCounter, id: String);
counted!(Closed, ClosedCounter, number: u64);

bundle! { Counters { id: "counters", version: 1, components: [OpenedCounter, ClosedCounter] } }

pub fn main() {
    #[service_event]
    struct Ticked {
        at: u64,
    }

    #[derive(Default)]
    struct Clockwork;

    #[observer(version = 1)]
    impl Clockwork {
        #[event_handler]
        async fn on(&self, _event: &Ticked) {}
    }

    bundle! { Local { id: "local", version: 1, components: [Clockwork] } }

    let _ = Ticked { at: 1 };
    assert_eq!(Local::describe().components.len() + Counters::describe().components.len(), 3);
}
