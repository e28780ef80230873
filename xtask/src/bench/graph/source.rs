//! The source of a bundle of any size, for the compiler to check.

use std::fmt::Write;

/// How the components of the program are put together.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(dead_code, reason = "not every program that takes this file wants all of them")]
pub(crate) enum Composition {
    /// By `Bundle::discovered`, whose graph is checked at start.
    Discovered,
    /// By `bundle!`.
    Bundle,
    /// By `bundle!` that denies whatever can be denied.
    Denying,
}

/// Components of an area, and handlers of a component.
pub(crate) const COMPONENTS: usize = 5;
pub(crate) const HANDLERS: usize = 10;
/// Commands of an area, and its events.
const COMMANDS: usize = HANDLERS / 2;

/// A program of so many areas with five components of ten handlers each: an aggregate, a projector, a projection, an observer and an
/// invoker, that also talk to the next area. Nothing in it leads nowhere.
pub(crate) fn source(areas: usize, composition: Composition) -> String {
    let mut text = String::from("//! Generated.\n#![deny(warnings)]\n\nuse evento::prelude::*;\n");
    for area in 0..areas {
        self::area(&mut text, area, (area + 1) % areas);
    }
    let components: Vec<_> = (0..areas)
        .flat_map(|area| {
            ["Aggregate", "Projector", "Projection", "Observer", "Invoker"]
                .map(|kind| format!("{kind}{area}"))
        })
        .collect();
    let deny = match composition {
        Composition::Discovered => {
            text.push_str("\nfn main() {\n    let _ = evento::Bundle::discovered(\"large\", 1);\n}\n");
            return text;
        }
        Composition::Bundle => "",
        Composition::Denying => "unconsumed_event, unsent_command, unasked_query, unscheduled_deadline",
    };
    let _ = write!(
        text,
        "
bundle! {{
    Large {{ id: \"large\", version: 1, components: [{}], deny: [{deny}] }}
}}

fn main() {{
    let large = Large::describe();
    assert_eq!(large.components.len(), {});
    assert_eq!(large.components.iter().map(|component| component.handlers.len()).sum::<usize>(), {});
    assert!(large.lints().is_empty());
}}
",
        components.join(", "),
        areas * COMPONENTS,
        areas * COMPONENTS * HANDLERS
    );
    text
}

fn area(text: &mut String, area: usize, next: usize) {
    for number in 0..COMMANDS {
        let _ = write!(
            text,
            "
#[domain_command]
struct Do{area}x{number} {{
    #[aggregate_id]
    id: String,
}}
#[domain_event]
struct Done{area}x{number} {{
    id: String,
}}
"
        );
    }
    for number in 0..HANDLERS {
        let _ = write!(
            text,
            "
#[query(response = Option<View{area}>)]
struct Ask{area}x{number} {{
    id: String,
}}
"
        );
    }
    let _ = write!(
        text,
        "
#[view]
struct View{area} {{
    #[id]
    id: String,
}}
"
    );
    aggregate(text, area);
    projector(text, area, next);
    projection(text, area);
    observer(text, area, next);
    invoker(text, area);
}

fn aggregate(text: &mut String, area: usize) {
    let _ = write!(
        text,
        "
#[aggregate_state]
struct Aggregate{area} {{
    id: String,
}}
#[aggregate]
impl Aggregate{area} {{
"
    );
    for number in 0..COMMANDS {
        // The first one starts the life of the aggregate.
        let (receiver, sourcing, result, body) = match number {
            0 => ("", "", " -> Self", "Self { id: event.id.clone() }"),
            _ => ("&self, ", "&mut self, ", "", "self.id.clone_from(&event.id);"),
        };
        let _ = write!(
            text,
            "    #[aggregate_command_handler]
    fn do{number}({receiver}command: Do{area}x{number}) -> Done{area}x{number} {{
        Done{area}x{number} {{ id: command.id }}
    }}
    #[event_sourcing_handler]
    fn done{number}({sourcing}event: &Done{area}x{number}){result} {{
        {body}
    }}
"
        );
    }
    text.push_str("}\n");
}

fn projector(text: &mut String, area: usize, next: usize) {
    let _ = write!(
        text,
        "\n#[derive(Default)]\nstruct Projector{area};\n#[projector(version = 1)]\nimpl Projector{area} {{\n"
    );
    for from in [area, next] {
        for number in 0..COMMANDS {
            let _ = write!(
                text,
                "    #[event_handler]
    async fn done{from}x{number}(&self, event: &Done{from}x{number}, views: &Views<View{area}>) -> Result<()> {{
        Ok(views.put(View{area} {{ id: event.id.clone() }}).await?)
    }}
"
            );
        }
    }
    text.push_str("}\n");
}

fn projection(text: &mut String, area: usize) {
    let _ = write!(
        text,
        "\n#[derive(Default)]\nstruct Projection{area};\n#[projection]\nimpl Projection{area} {{\n"
    );
    for number in 0..HANDLERS {
        let _ = write!(
            text,
            "    #[query_handler]
    async fn ask{number}(&self, query: &Ask{area}x{number}, views: &Views<View{area}>) -> Result<Option<View{area}>> {{
        Ok(views.get(&query.id).await?)
    }}
"
        );
    }
    text.push_str("}\n");
}

fn observer(text: &mut String, area: usize, next: usize) {
    let _ = write!(
        text,
        "\n#[derive(Default)]\nstruct Observer{area};\n#[observer(version = 1)]\nimpl Observer{area} {{\n"
    );
    for from in [area, next] {
        for number in 0..COMMANDS {
            let _ = write!(
                text,
                "    #[event_handler]
    async fn done{from}x{number}(
        &self,
        event: &Done{from}x{number},
        commands: &Commands<(Do{area}x{number}, Do{next}x{number})>,
    ) -> Result<()> {{
        commands.send(Do{area}x{number} {{ id: event.id.clone() }}).await?;
        commands.send(Do{next}x{number} {{ id: event.id.clone() }}).await?;
        Ok(())
    }}
"
            );
        }
    }
    text.push_str("}\n");
}

fn invoker(text: &mut String, area: usize) {
    let _ = write!(text, "\n#[derive(Default)]\nstruct Invoker{area};\n#[invoker]\nimpl Invoker{area} {{\n");
    for number in 0..COMMANDS {
        let second = number + COMMANDS;
        let _ = write!(
            text,
            "    #[invocation_handler]
    async fn do{number}(&self, commands: &Commands<Do{area}x{number}>, id: String) -> Result<Receipt> {{
        Ok(commands.send(Do{area}x{number} {{ id }}).await?)
    }}
    #[invocation_handler]
    async fn ask{number}(&self, queries: &Queries<(Ask{area}x{number}, Ask{area}x{second})>, id: String) -> Result<bool> {{
        let first = queries.query(Ask{area}x{number} {{ id: id.clone() }}).await?;
        let second = queries.query(Ask{area}x{second} {{ id }}).await?;
        Ok(first.is_some() && second.is_some())
    }}
"
        );
    }
    text.push_str("}\n");
}
