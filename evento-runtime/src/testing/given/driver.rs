//! Waiting for what is asynchronous in a test that is not.

use tokio::runtime::{Builder, Handle, Runtime};

use crate::{
    component::{ComponentBody, ComponentMeta, Provided},
    handler::Instance,
    panic::{caught, caught_async},
};

/// A runtime for one test, on the thread of the test.
pub(super) struct Driver(Runtime);

impl Driver {
    /// Begins a runtime, unless the test stands in one.
    pub(super) fn new() -> Result<Self, String> {
        if Handle::try_current().is_ok() {
            return Err("this test is asynchronous, and the kit waits by itself: write `#[test] fn` in place of `#[tokio::test] async fn`".to_owned());
        }
        let runtime = Builder::new_current_thread().enable_all().build();
        runtime.map(Self).map_err(|error| format!("the runtime of the test cannot begin: {error}"))
    }

    /// Waits.
    pub(super) fn wait<T>(&self, future: impl Future<Output = T>) -> T {
        self.0.block_on(future)
    }
}

/// Builds a component as an application does at start.
pub(super) async fn construct(meta: &'static ComponentMeta, provided: &Provided) -> Result<Instance, String> {
    let ComponentBody::Instance(constructor) = &meta.body else {
        return Err(format!("the {} `{}` is its own state, and is not built", meta.kind.label(), meta.name));
    };
    let absent = constructor.dependencies.iter().filter(|needed| !provided.contains((needed.type_id)()));
    let absent: Vec<_> = absent.map(|needed| format!("`{}`", needed.type_name)).collect();
    if !absent.is_empty() {
        return Err(format!(
            "`{}` needs {}, which nobody provided: add `.provide(..)` to the test",
            meta.name,
            absent.join(" and ")
        ));
    }
    let panicked = |text: String| format!("the constructor of `{}` panicked: {text}", meta.name);
    let constructing = caught(|| (constructor.construct)(provided)).map_err(panicked)?;
    let constructed = caught_async(constructing).await.map_err(panicked)?;
    constructed.map_err(|error| format!("`{}` cannot be built: {error:#}", meta.name))
}
