//! A life starts, goes on and ends; one command may start a life or meet one that is there.
#![allow(dead_code)]

use evento::prelude::*;

#[domain_command]
struct Open {
    #[aggregate_id]
    id: String,
}

#[domain_command]
struct Burn {
    #[aggregate_id]
    id: String,
}

#[domain_event]
struct Opened {
    id: String,
}

#[domain_event]
struct Burnt {
    id: String,
}

#[aggregate_state]
struct Door {
    times: u32,
}

#[aggregate]
impl Door {
    #[aggregate_command_handler]
    fn open(command: Open) -> Opened {
        Opened { id: command.id }
    }

    #[aggregate_command_handler]
    fn open_again(&self, command: Open) -> Opened {
        Opened { id: command.id }
    }

    #[aggregate_command_handler]
    fn burn(&self, command: Burn) -> Burnt {
        Burnt { id: command.id }
    }

    #[event_sourcing_handler]
    fn opened(_event: &Opened) -> Self {
        Self { times: 1 }
    }

    #[event_sourcing_handler]
    fn opened_again(&mut self, _event: &Opened) {
        self.times += 1;
    }

    #[event_sourcing_handler]
    fn burnt(self, _event: &Burnt) {}
}

pub fn main() {
    use evento::component::{Component, Receiver};
    let receivers: Vec<_> = Door::META.handlers.iter().map(|handler| handler.receiver).collect();
    assert!(matches!(
        receivers[..],
        [Receiver::None, Receiver::Ref, Receiver::Ref, Receiver::None, Receiver::Mut, Receiver::Owned]
    ));
}
