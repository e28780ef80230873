//! Every way to build a component.
#![deny(warnings)]

use std::sync::Arc;

use evento::prelude::*;

#[domain_event]
struct Opened {
    id: String,
}

struct Plain(Arc<str>, u64);

#[observer(version = 1)]
impl Plain {
    #[inject]
    fn new(name: Arc<str>, count: u64) -> Self {
        Self(name, count)
    }

    #[event_handler]
    async fn on(&self, event: &Opened) {
        assert!(self.0.len() as u64 > self.1, "{}", event.id);
    }
}

struct Fallible;

#[observer(version = 1)]
impl Fallible {
    #[inject]
    fn new() -> Result<Fallible, std::fmt::Error> {
        Ok(Self)
    }

    #[event_handler]
    async fn on(&self, _event: Opened) {}
}

struct Slow(String);

#[observer(version = 1)]
impl Slow {
    #[inject]
    async fn connect(to: String) -> Result<Self> {
        std::future::ready(()).await;
        Ok(Self(to))
    }

    fn helper(&self) -> &str {
        &self.0
    }

    #[event_handler]
    async fn on(&self, event: Opened) -> Result<()> {
        assert_eq!(event.id, self.helper());
        Ok(())
    }
}

pub fn main() {
    use evento::component::{Component, ComponentBody};
    let ComponentBody::Instance(constructor) = Plain::META.body else { panic!("an observer is an instance") };
    let names: Vec<_> = constructor.dependencies.iter().map(|dependency| dependency.type_name).collect();
    assert_eq!(names, ["Arc<str>", "u64"]);
    let _ = (Fallible::META, Slow::META);
}
