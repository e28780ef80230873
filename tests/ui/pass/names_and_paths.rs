//! Attributes by their paths, raw identifiers, and everything else that an `impl` block may hold.
#![allow(dead_code)]

use evento::prelude::*;

#[evento::service_event]
struct r#Type {
    r#fn: String,
}

#[derive(Default)]
struct r#Loop;

#[evento::observer(version = 1)]
impl r#Loop {
    #![allow(clippy::unused_self)]

    const LIMIT: usize = { 7 };

    #[evento::prelude::event_handler]
    #[must_use]
    pub(crate) async fn r#move(&self, event: &r#Type) -> Result<()> {
        Self::helper::<u8>(&event.r#fn);
        Ok(())
    }

    fn helper<T: Default>(text: &str) -> (T, bool)
    where
        T: Clone,
    {
        (T::default(), text.len() > Self::LIMIT)
    }
}

pub fn main() {
    use evento::component::Component;
    assert_eq!((r#Loop::META.name, r#Loop::META.handlers[0].name), ("Loop", "move"));
}
