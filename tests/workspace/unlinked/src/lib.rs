//! A component that nobody names. The crate stands in the `Cargo.toml` of the application, and its component is not in the
//! program all the same: the linker drops what nobody names.

use evento::prelude::*;

/// Rings a bell.
#[service_command]
pub struct Ring {
    /// How often.
    pub times: u32,
}

/// The bell rang.
#[service_event]
pub struct Rang {
    /// How often.
    pub times: u32,
}

/// The bell.
#[derive(Default)]
pub struct Bell;

#[service]
impl Bell {
    #[command_handler]
    fn ring(&self, command: Ring) -> Rang {
        Rang { times: command.times }
    }
}
