//! Every key of a bundle, in any order; a component may be in several bundles.
#![allow(dead_code)]

use evento::prelude::*;

#[domain_event]
struct Opened {
    id: String,
}

#[service_command]
struct Greet;

#[query(response = u64)]
struct Count;

mod inner {
    use evento::prelude::*;

    #[derive(Default)]
    pub struct Greeter;

    #[observer(version = 1)]
    impl Greeter {
        #[event_handler]
        async fn on(&self, _event: &super::Opened, commands: &Commands<super::Greet>, queries: &Queries<super::Count>) {
            let _ = (commands, queries);
        }
    }
}

bundle! {
    /// Greets.
    #[doc(alias = "hello")]
    pub(crate) Greetings {
        remote: [Greet, self::Count],
        components: [inner::Greeter,],
        version: 4294967295,
        id: "greetings",
        crate: ::evento,
    }
}

bundle! { Others { id: "others", version: 1, components: [self::inner::Greeter], remote: [Greet, Count] } }

pub fn main() {
    assert_eq!(Greetings::describe().components.len() + Others::describe().components.len(), 2);
    let (builder, copy) = (Greetings::builder(), Others);
    let _ = (builder, copy);
}
