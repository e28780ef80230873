//! Executors of handlers: named, and shared by several.

use evento::prelude::*;

#[domain_event]
struct Opened {
    id: String,
}

#[domain_event]
struct Closed {
    id: String,
}

#[derive(Default)]
struct Clerk;

#[observer(version = 1)]
impl Clerk {
    #[event_handler(executor = "mail", retry = 3)]
    async fn opened(&self, _event: &Opened) {}

    #[event_handler(executor = "mail")]
    async fn closed(&self, _event: Closed) -> Result<()> {
        Ok(())
    }
}

#[derive(Default)]
struct Porter;

#[observer(version = 1)]
impl Porter {
    #[event_handler(executor = "a name of another kind / 2")]
    async fn opened(&self, _event: &Opened) {}
}

bundle! { Office { id: "office", version: 1, components: [Clerk, Porter] } }

pub fn main() {
    use evento::component::Component;
    let executors: Vec<_> = Clerk::META.handlers.iter().map(|handler| handler.executor).collect();
    assert_eq!(executors, [Some("mail"), Some("mail")]);
    assert_eq!(Porter::META.handlers[0].executor, Some("a name of another kind / 2"));
    let _ = Office::builder().executor("mail", 4).executor("a name of another kind / 2".to_owned(), 1);
}
