//! The notifications that arrive during the story.

use std::sync::{Arc, Mutex, PoisonError};

use evento::prelude::*;

use super::terminal::say;
use crate::write_side::Postbox;

/// A mailbox that recognises what it has received before, as the receiver of an at-least-once delivery has to.
#[derive(Clone, Default)]
pub struct Letters(Arc<Mutex<Vec<(CommandId, String)>>>);

impl Letters {
    pub fn postbox(&self) -> Postbox {
        let letters = self.clone();
        Postbox::new(move |key, text| {
            let mut letters = letters.0.lock().unwrap_or_else(PoisonError::into_inner);
            if letters.iter().all(|(known, _)| *known != key) {
                letters.push((key, text.to_owned()));
            }
        })
    }

    pub fn show(&self) -> Result<()> {
        let letters = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        letters.iter().try_for_each(|(_, text)| say(&format!("  notification: {text}")))
    }
}
