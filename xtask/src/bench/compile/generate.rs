//! An application of twenty components with twenty-five handlers each, told with evento and told by hand.
//!
//! Both have the same payloads, the same methods, and the runtime of evento linked; they differ in who writes the registration of the
//! handlers. By hand, that is a table of functions for each kind of handler, which decode a payload, call the method, and encode what
//! it returns.

use std::fmt::{self, Write};

/// How many components and handlers there are.
pub(super) const HANDLERS: usize = 20 * OF_EACH;
const OF_EACH: usize = 25;
const AGGREGATES: usize = 8;
const PROJECTORS: usize = 6;
const SERVICES: usize = 3;
const PROJECTIONS: usize = 3;
/// Of an aggregate; the rest are event-sourcing handlers, one for each event.
const COMMANDS: usize = 12;
const EVENTS: usize = OF_EACH - COMMANDS;

/// The text that one handler has, and that is changed to see how long it takes to build again.
pub(super) const EDITED: &str = "amount: 1_000_000";

const _: () = assert!(HANDLERS == (AGGREGATES + PROJECTORS + SERVICES + PROJECTIONS) * OF_EACH);

/// The application with evento.
pub(super) fn with_evento() -> Result<String, fmt::Error> {
    let mut out = String::from("use evento::{open_store, prelude::*};\n");
    for a in 0..AGGREGATES {
        for c in 0..COMMANDS {
            writeln!(out, "#[domain_command] struct C{a}x{c} {{ #[aggregate_id] id: String, amount: u64 }}")?;
        }
        for e in 0..EVENTS {
            writeln!(out, "#[domain_event] struct E{a}x{e} {{ id: String, amount: u64 }}")?;
        }
        writeln!(out, "#[aggregate_state] struct A{a} {{ amount: u64 }}\n#[aggregate] impl A{a} {{")?;
        for c in 0..COMMANDS {
            writeln!(out, "#[aggregate_command_handler] {}", command_handler(a, c))?;
        }
        for e in 0..EVENTS {
            writeln!(out, "#[event_sourcing_handler] {}", sourcing_handler(a, e))?;
        }
        writeln!(out, "}}")?;
    }
    for p in 0..PROJECTORS {
        writeln!(out, "#[view] struct V{p} {{ #[id] id: String, amount: u64 }}")?;
        writeln!(out, "#[derive(Default)] struct P{p};\n#[projector(version = 1)] impl P{p} {{")?;
        for (a, e) in projected(p) {
            let method = event_handler(p, a, e, &format!("views: &Views<V{p}>"), "views");
            writeln!(out, "#[event_handler] {method}")?;
        }
        writeln!(out, "}}")?;
    }
    for s in 0..SERVICES {
        for c in 0..OF_EACH {
            writeln!(out, "#[service_command] struct S{s}x{c} {{ id: String, amount: u64 }}")?;
            writeln!(out, "#[service_event] struct T{s}x{c} {{ id: String, amount: u64 }}")?;
        }
        writeln!(out, "#[derive(Default)] struct Service{s};\n#[service] impl Service{s} {{")?;
        for c in 0..OF_EACH {
            writeln!(out, "#[command_handler] {}", service_handler(s, c))?;
        }
        writeln!(out, "}}")?;
    }
    for p in 0..PROJECTIONS {
        for q in 0..OF_EACH {
            writeln!(out, "#[query(response = Option<V{p}>)] struct Q{p}x{q} {{ id: String }}")?;
        }
        writeln!(out, "#[derive(Default)] struct Projection{p};\n#[projection] impl Projection{p} {{")?;
        for q in 0..OF_EACH {
            writeln!(
                out,
                "#[query_handler] {}",
                query_handler(p, q, &format!("views: &Views<V{p}>"), "views.get(&query.id)")
            )?;
        }
        writeln!(out, "}}")?;
    }
    writeln!(
        out,
        "bundle! {{ App {{ id: \"app\", version: 1, components: [{}] }} }}",
        components().join(", ")
    )?;
    out.push_str(include_str!("with_evento.txt"));
    Ok(out)
}

/// The same with the handlers registered by hand.
pub(super) fn by_hand() -> Result<String, fmt::Error> {
    let mut out = String::from(include_str!("by_hand.txt"));
    let mut registration = String::new();
    let payload =
        "#[derive(Clone, Debug, Serialize, Deserialize)] #[serde(crate = \"evento::serde\")] struct";
    for a in 0..AGGREGATES {
        for c in 0..COMMANDS {
            writeln!(out, "{payload} C{a}x{c} {{ id: String, amount: u64 }}")?;
        }
        for e in 0..EVENTS {
            writeln!(out, "{payload} E{a}x{e} {{ id: String, amount: u64 }}")?;
        }
        writeln!(out, "{payload} A{a} {{ amount: u64 }}\nimpl A{a} {{")?;
        (0..COMMANDS).try_for_each(|c| writeln!(out, "{}", command_handler(a, c)))?;
        (0..EVENTS).try_for_each(|e| writeln!(out, "{}", sourcing_handler(a, e)))?;
        writeln!(out, "}}")?;
        for c in 0..COMMANDS {
            let call = if c == 0 {
                format!("A{a}::c0(command)")
            } else {
                format!("of::<A{a}>(state)?.c{c}(command)")
            };
            let events = if c == COMMANDS - 1 {
                format!("vec![encoded(\"E{a}x{c}\", &events.0)?, encoded(\"E{a}x{}\", &events.1)?]", c + 1)
            } else {
                format!("vec![encoded(\"E{a}x{c}\", &events)?]")
            };
            let state = if c == 0 { "_state" } else { "state" };
            writeln!(
                registration,
                "registry.decide.insert(\"C{a}x{c}\", |{state}, payload| {{ let command: C{a}x{c} = decoded(payload)?; let events = {call}; Ok({events}) }});"
            )?;
        }
        for e in 0..EVENTS {
            let body = if e == 0 {
                format!(
                    "|_state, payload| {{ let event: E{a}x0 = decoded(payload)?; Ok(Box::new(A{a}::e0(&event))) }}"
                )
            } else {
                format!(
                    "|state, payload| {{ let event: E{a}x{e} = decoded(payload)?; let mut state = owned::<A{a}>(state)?; state.e{e}(&event); Ok(state) }}"
                )
            };
            writeln!(registration, "registry.apply.insert(\"E{a}x{e}\", {body});")?;
        }
    }
    for p in 0..PROJECTORS {
        writeln!(out, "{payload} V{p} {{ id: String, amount: u64 }}")?;
        writeln!(
            out,
            "impl Row for V{p} {{ const NAME: &'static str = \"V{p}\"; fn id(&self) -> &str {{ &self.id }} }}"
        )?;
        writeln!(out, "#[derive(Default)] struct P{p};\nimpl P{p} {{")?;
        for (a, e) in projected(p) {
            writeln!(out, "{}", event_handler(p, a, e, "rows: &Rows", "rows"))?;
            writeln!(
                registration,
                "registry.react.insert((\"P{p}\", \"E{a}x{e}\"), |it, payload, rows| Box::pin(async move {{ let event: E{a}x{e} = decoded(payload)?; of::<P{p}>(Some(it))?.e{a}x{e}(&event, rows).await }}));"
            )?;
        }
        writeln!(out, "}}")?;
    }
    for s in 0..SERVICES {
        for c in 0..OF_EACH {
            writeln!(out, "{payload} S{s}x{c} {{ id: String, amount: u64 }}")?;
            writeln!(out, "{payload} T{s}x{c} {{ id: String, amount: u64 }}")?;
            writeln!(
                registration,
                "registry.execute.insert(\"S{s}x{c}\", |it, payload| Box::pin(async move {{ let command: S{s}x{c} = decoded(payload)?; let event = of::<Service{s}>(Some(it))?.c{c}(command).await?; Ok(vec![encoded(\"T{s}x{c}\", &event)?]) }}));"
            )?;
        }
        writeln!(out, "#[derive(Default)] struct Service{s};\nimpl Service{s} {{")?;
        (0..OF_EACH).try_for_each(|c| writeln!(out, "{}", service_handler(s, c)))?;
        writeln!(out, "}}")?;
    }
    for p in 0..PROJECTIONS {
        writeln!(out, "#[derive(Default)] struct Projection{p};\nimpl Projection{p} {{")?;
        for q in 0..OF_EACH {
            writeln!(out, "{}", query_handler(p, q, "rows: &Rows", "rows.get(&query.id)"))?;
            writeln!(
                registration,
                "registry.answer.insert(\"Q{p}x{q}\", |it, payload, rows| Box::pin(async move {{ let query: Q{p}x{q} = decoded(payload)?; let answer = of::<Projection{p}>(Some(it))?.q{q}(&query, rows).await?; Ok(evento::serde_json::to_string(&answer)?) }}));"
            )?;
        }
        writeln!(out, "}}")?;
        (0..OF_EACH).try_for_each(|q| writeln!(out, "{payload} Q{p}x{q} {{ id: String }}"))?;
    }
    writeln!(out, "fn register(registry: &mut Registry) {{\n{registration}}}")?;
    Ok(out)
}

fn components() -> Vec<String> {
    let numbered = |name: &'static str, count| (0..count).map(move |number| format!("{name}{number}"));
    numbered("A", AGGREGATES)
        .chain(numbered("P", PROJECTORS))
        .chain(numbered("Service", SERVICES))
        .chain(numbered("Projection", PROJECTIONS))
        .collect()
}

/// The events of a projector: aggregate and number.
fn projected(projector: usize) -> impl Iterator<Item = (usize, usize)> {
    let first = projector * 16;
    (first..first + OF_EACH).map(|number| (number / EVENTS % AGGREGATES, number % EVENTS))
}

fn command_handler(a: usize, c: usize) -> String {
    let event = |e: usize, amount: &str| format!("E{a}x{e} {{ id: command.id.clone(), amount: {amount} }}");
    match c {
        0 if a == 0 => format!("fn c0(command: C0x0) -> E0x0 {{ E0x0 {{ id: command.id, {EDITED} }} }}"),
        0 => format!("fn c0(command: C{a}x0) -> E{a}x0 {{ {} }}", event(0, "command.amount")),
        _ if c == COMMANDS - 1 => format!(
            "fn c{c}(&self, command: C{a}x{c}) -> (E{a}x{c}, E{a}x{}) {{ ({}, {}) }}",
            c + 1,
            event(c, "self.amount"),
            event(c + 1, "command.amount")
        ),
        _ => format!(
            "fn c{c}(&self, command: C{a}x{c}) -> E{a}x{c} {{ {} }}",
            event(c, "self.amount + command.amount")
        ),
    }
}

fn sourcing_handler(a: usize, e: usize) -> String {
    if e == 0 {
        return format!("fn e0(event: &E{a}x0) -> Self {{ Self {{ amount: event.amount }} }}");
    }
    format!("fn e{e}(&mut self, event: &E{a}x{e}) {{ self.amount = event.amount; }}")
}

fn event_handler(p: usize, a: usize, e: usize, parameter: &str, rows: &str) -> String {
    format!(
        "async fn e{a}x{e}(&self, event: &E{a}x{e}, {parameter}) -> Result<()> {{ {rows}.put(V{p} {{ id: event.id.clone(), amount: event.amount }}).await?; Ok(()) }}"
    )
}

fn service_handler(s: usize, c: usize) -> String {
    format!(
        "async fn c{c}(&self, command: S{s}x{c}) -> Result<T{s}x{c}> {{ Ok(T{s}x{c} {{ id: command.id, amount: command.amount }}) }}"
    )
}

fn query_handler(p: usize, q: usize, parameter: &str, get: &str) -> String {
    format!(
        "async fn q{q}(&self, query: &Q{p}x{q}, {parameter}) -> Result<Option<V{p}>> {{ Ok({get}.await?) }}"
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_have_every_handler() {
        let (ours, by_hand) = (with_evento().expect("a text"), by_hand().expect("a text"));
        assert_eq!(ours.matches("_handler] ").count(), HANDLERS);
        assert_eq!(by_hand.matches("registry.").count(), HANDLERS);
        for text in [ours, by_hand] {
            assert_eq!(text.matches(EDITED).count(), 1);
        }
    }

    #[test]
    fn a_projector_handles_an_event_once() {
        for projector in 0..PROJECTORS {
            let mut events: Vec<_> = projected(projector).collect();
            events.sort_unstable();
            events.dedup();
            assert_eq!(events.len(), OF_EACH);
        }
    }
}
