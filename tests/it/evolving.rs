//! A shop whose events change from version to version of its code, and a version with a mistake.

use std::sync::{Arc, Mutex};

use evento::{
    App, Client,
    prelude::*,
    serde_json::{self, Value, json},
    store::{ReplayCommands, SharedStore},
};

#[domain_command]
pub struct Open {
    #[aggregate_id]
    pub till: String,
}

/// Pays whole units.
#[domain_command]
pub struct Pay {
    #[aggregate_id]
    pub till: String,
    pub amount: u64,
}

#[domain_command]
pub struct Count {
    #[aggregate_id]
    pub till: String,
}

#[service_command]
pub struct Print {
    pub till: String,
    pub text: String,
}

#[domain_event]
pub struct Opened {
    pub till: String,
}

#[domain_event]
pub struct Counted {
    pub till: String,
    pub total: u64,
}

/// What a projector has seen of a till.
#[view]
pub struct Row {
    #[id]
    pub till: String,
    pub seen: Vec<String>,
}

#[query(response = Vec<String>)]
pub struct FindRow {
    pub till: String,
}

#[derive(Default)]
pub struct Window;

#[projection]
impl Window {
    #[query_handler]
    async fn find(&self, query: &FindRow, views: &Views<Row>) -> Result<Vec<String>> {
        Ok(views.get(&query.till).await?.map(|row| row.seen).unwrap_or_default())
    }
}

#[derive(Default)]
pub struct Reader;

#[invoker]
impl Reader {
    #[invocation_handler]
    pub async fn row(&self, queries: &Queries<FindRow>, till: String) -> Result<Vec<String>, QueryError> {
        queries.query(FindRow { till }).await
    }
}

#[derive(Default)]
pub struct Desk;

#[invoker]
impl Desk {
    #[invocation_handler]
    pub async fn open(&self, commands: &Commands<Open>, till: String) -> Result<Receipt, SendError> {
        commands.send(Open { till }).await
    }

    #[invocation_handler]
    pub async fn pay(
        &self,
        commands: &Commands<Pay>,
        key: String,
        till: String,
        amount: u64,
    ) -> Result<Receipt, SendError> {
        commands.send(Pay { till, amount }).id(CommandId::from_key(&key)).await
    }

    #[invocation_handler]
    pub async fn count(&self, commands: &Commands<Count>, till: String) -> Result<Receipt, SendError> {
        commands.send(Count { till }).await
    }

    #[invocation_handler]
    pub async fn print(
        &self,
        commands: &Commands<Print>,
        till: String,
        text: String,
    ) -> Result<Receipt, SendError> {
        commands.send(Print { till, text }).await
    }
}

/// What an observer has seen, in the shape in which it was given.
#[derive(Clone, Default)]
pub struct Seen(Arc<Mutex<Vec<String>>>);

impl Seen {
    pub fn all(&self) -> Vec<String> {
        self.0.lock().expect("not poisoned").clone()
    }

    fn note(&self, event: String) {
        self.0.lock().expect("not poisoned").push(event);
    }
}

/// The same components around the events of each version: not a token of them differs.
macro_rules! application {
    () => {
        #[aggregate_state]
        pub struct Till {
            total: u64,
        }

        #[aggregate(snapshot_every = 3)]
        impl Till {
            #[aggregate_command_handler]
            fn open(command: Open) -> Opened {
                Opened { till: command.till }
            }

            #[aggregate_command_handler]
            fn pay(&self, command: Pay) -> Paid {
                Paid::of(command)
            }

            #[aggregate_command_handler]
            fn count(&self, command: Count) -> Counted {
                Counted { till: command.till, total: self.total }
            }

            #[event_sourcing_handler]
            fn opened(_event: &Opened) -> Self {
                Self { total: 0 }
            }

            #[event_sourcing_handler]
            fn paid(&mut self, event: &Paid) {
                self.total += event.amount;
            }

            #[event_sourcing_handler]
            fn counted(&mut self, _event: &Counted) {}
        }

        #[derive(Default)]
        pub struct Printer;

        #[service]
        impl Printer {
            #[command_handler]
            async fn print(&self, command: Print) -> Printed {
                Printed::of(command)
            }
        }

        #[derive(Default)]
        pub struct Rows;

        #[projector(version = 1)]
        impl Rows {
            #[event_handler]
            async fn paid(&self, event: &Paid, views: &Views<Row>) -> Result<()> {
                note(&event.till, serde_json::to_string(event)?, views).await
            }

            #[event_handler]
            async fn printed(&self, event: Printed, views: &Views<Row>) -> Result<()> {
                note(&event.till, serde_json::to_string(&event)?, views).await
            }
        }

        pub struct Watcher(Seen);

        #[observer(version = 1)]
        impl Watcher {
            #[inject]
            fn new(seen: Seen) -> Self {
                Self(seen)
            }

            #[event_handler]
            async fn paid(&self, event: Paid) -> Result<()> {
                self.0.note(serde_json::to_string(&event)?);
                Ok(())
            }

            #[event_handler]
            async fn printed(&self, event: &Printed) -> Result<()> {
                self.0.note(serde_json::to_string(event)?);
                Ok(())
            }
        }

        /// Counts the till for which something was printed.
        #[derive(Default)]
        pub struct Accountant;

        #[observer(version = 1)]
        impl Accountant {
            #[event_handler(retry = 0)]
            async fn printed(&self, event: &Printed, commands: &Commands<Count>) -> Result<(), SendError> {
                commands.send(Count { till: event.till.clone() }).await.map(drop)
            }
        }

        #[saga_state]
        pub struct Day {
            #[association]
            pub till: String,
            pub seen: Vec<String>,
        }

        #[saga(version = 1)]
        impl Day {
            #[saga_event_handler(association = "till")]
            async fn opened(event: &Opened) -> Self {
                Self { till: event.till.clone(), seen: Vec::new() }
            }

            #[saga_event_handler(association = "till")]
            async fn paid(&mut self, event: Paid) -> Result<()> {
                self.seen.push(serde_json::to_string(&event)?);
                Ok(())
            }

            #[saga_event_handler(association = "till")]
            async fn printed(&mut self, event: &Printed) -> Result<()> {
                self.seen.push(serde_json::to_string(event)?);
                Ok(())
            }
        }

        bundle! { pub Shop {
            id: "shop",
            version: 1,
            components: [Till, Printer, Rows, Watcher, Accountant, Day, Window, Desk, Reader],
        } }

        // Nobody consumes what it writes.
        bundle! { pub WriterBundle { id: "shop", version: 1, components: [Till, Printer, Desk] } }

        /// A program whose consumers begin with the first event.
        #[allow(dead_code, reason = "not every version does both")]
        pub async fn start(store: &SharedStore, seen: &Seen) -> (App, Client<Desk>) {
            let builder = Shop::builder().shared_store(store.clone()).provide(seen.clone());
            let builder = builder
                .from_beginning::<Watcher>(ReplayCommands::Sent)
                .from_beginning::<Accountant>(ReplayCommands::Sent)
                .from_beginning::<Day>(ReplayCommands::Sent);
            let app = builder.start().await.expect("it starts");
            let desk = app.invoker();
            (app, desk)
        }

        /// A program without consumers.
        #[allow(dead_code, reason = "not every version does both")]
        pub async fn writer(store: &SharedStore) -> (App, Client<Desk>) {
            let app = WriterBundle::builder().shared_store(store.clone()).start().await.expect("it starts");
            let desk = app.invoker();
            (app, desk)
        }
    };
}

async fn note(till: &str, event: String, views: &Views<Row>) -> Result<()> {
    let mut row = views.get(till).await?.unwrap_or_else(|| Row { till: till.to_owned(), seen: Vec::new() });
    row.seen.push(event);
    Ok(views.put(row).await?)
}

fn in_cents(mut stored: Value) -> Result<Value> {
    let amount = stored["amount"].as_u64().ok_or_else(|| Error::msg("the amount is no number"))?;
    stored["amount"] = json!(amount * 100);
    Ok(stored)
}

/// The first version: whole units, and a text.
pub mod first {
    use super::*;

    #[domain_event]
    pub struct Paid {
        pub till: String,
        pub amount: u64,
    }

    impl Paid {
        fn of(command: Pay) -> Self {
            Self { till: command.till, amount: command.amount }
        }
    }

    #[service_event]
    pub struct Printed {
        pub till: String,
        pub text: String,
    }

    impl Printed {
        fn of(command: Print) -> Self {
            Self { till: command.till, text: command.text }
        }
    }

    application!();
}

/// The second: an amount in cents, under the same name and with the same type.
pub mod second {
    use super::*;

    #[domain_event(version = 2)]
    pub struct Paid {
        pub till: String,
        pub amount: u64,
    }

    #[upcasters]
    impl Paid {
        fn of(command: Pay) -> Self {
            Self { till: command.till, amount: command.amount * 100 }
        }

        #[upcast(from = 1)]
        fn cents(stored: Value) -> Result<Value> {
            in_cents(stored)
        }
    }

    #[service_event]
    pub struct Printed {
        pub till: String,
        pub text: String,
    }

    impl Printed {
        fn of(command: Print) -> Self {
            Self { till: command.till, text: command.text }
        }
    }

    application!();
}

/// The third: a currency, and lines instead of a text.
pub mod third {
    use super::*;

    #[domain_event(version = 3)]
    pub struct Paid {
        pub till: String,
        pub amount: u64,
        pub currency: String,
    }

    impl Paid {
        fn of(command: Pay) -> Self {
            Self { till: command.till, amount: command.amount * 100, currency: "EUR".to_owned() }
        }
    }

    #[upcasters]
    impl Paid {
        #[upcast(from = 2)]
        fn currency(mut stored: Value) -> Value {
            stored["currency"] = json!("EUR");
            stored
        }

        #[upcast(from = 1)]
        fn cents(stored: Value) -> Result<Value> {
            in_cents(stored)
        }
    }

    #[service_event(version = 2)]
    pub struct Printed {
        pub till: String,
        pub lines: Vec<String>,
    }

    #[upcasters]
    impl Printed {
        fn of(command: Print) -> Self {
            Self { till: command.till, lines: vec![command.text] }
        }

        #[upcast(from = 1)]
        fn in_lines(stored: Value) -> Value {
            json!({ "till": stored["till"], "lines": [stored["text"]] })
        }
    }

    application!();
}

/// The third with a mistake for some amounts.
pub mod broken {
    use super::*;

    /// The upcaster says no.
    pub const REFUSED: u64 = 13;
    /// The upcaster panics.
    pub const PANICS: u64 = 17;
    /// The upcaster makes something else of it.
    pub const MISSHAPEN: u64 = 19;

    #[domain_event(version = 3)]
    pub struct Paid {
        pub till: String,
        pub amount: u64,
        pub currency: String,
    }

    #[upcasters]
    impl Paid {
        fn of(command: Pay) -> Self {
            Self { till: command.till, amount: command.amount * 100, currency: "EUR".to_owned() }
        }

        #[upcast(from = 1)]
        fn cents(stored: Value) -> Result<Value> {
            in_cents(stored)
        }

        #[upcast(from = 2)]
        fn currency(mut stored: Value) -> Result<Value, std::io::Error> {
            match stored["amount"].as_u64().map(|cents| cents / 100) {
                Some(REFUSED) => return Err(std::io::Error::other("bad luck")),
                Some(PANICS) => panic!("as it was told"),
                Some(MISSHAPEN) => stored["currency"] = json!(978),
                _ => stored["currency"] = json!("EUR"),
            }
            Ok(stored)
        }
    }

    #[service_event]
    pub struct Printed {
        pub till: String,
        pub text: String,
    }

    impl Printed {
        fn of(command: Print) -> Self {
            Self { till: command.till, text: command.text }
        }
    }

    application!();
}
