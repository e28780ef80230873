//! Bundles to draw in tests.

use super::{ComponentDescription, Description, HandlerDescription};
use crate::{
    component::{ComponentKind, HandlerKind},
    payload::{PayloadKind, PayloadMeta, SourceLocation},
};

const HERE: SourceLocation = SourceLocation { file: file!(), line: 1 };

/// A name that is made while the test runs.
fn named(name: impl Into<String>) -> &'static str {
    name.into().leak()
}

pub(super) fn handler(kind: HandlerKind, handles: Option<&'static str>) -> HandlerDescription {
    HandlerDescription {
        name: handles.map_or("call", |payload| named(format!("on_{payload}"))),
        kind,
        handles,
        emits: Vec::new(),
        queries: Vec::new(),
        schedules: Vec::new(),
        decides: Vec::new(),
        views_read: Vec::new(),
        views_written: Vec::new(),
        source: HERE,
    }
}

fn component(
    kind: ComponentKind,
    name: impl Into<String>,
    handlers: Vec<HandlerDescription>,
) -> ComponentDescription {
    let version = u32::from(kind.is_consumer());
    ComponentDescription {
        name: named(name),
        kind,
        version,
        reads: Vec::new(),
        handlers,
        state: None,
        source: HERE,
    }
}

fn payload(kind: PayloadKind, name: &'static str) -> PayloadMeta {
    PayloadMeta::bare(name, kind, HERE)
}

/// One component of each kind but observers, each kind of edge, and a command for another bundle.
pub(super) fn shop() -> Description {
    let mut place = handler(HandlerKind::Invocation, None);
    place.emits = vec!["PlaceOrder"];
    let mut find = handler(HandlerKind::Invocation, None);
    find.queries = vec!["FindOrder"];
    let mut decide = handler(HandlerKind::AggregateCommand, Some("PlaceOrder"));
    decide.decides = vec!["OrderPlaced"];
    let source = handler(HandlerKind::EventSourcing, Some("OrderPlaced"));
    let mut mail = handler(HandlerKind::Command, Some("SendMail"));
    mail.decides = vec!["MailSent"];
    let mut placed = handler(HandlerKind::SagaEvent, Some("OrderPlaced"));
    (placed.emits, placed.schedules) = (vec!["SendMail", "Ship"], vec!["Overdue"]);
    let overdue = handler(HandlerKind::SagaDeadline, Some("Overdue"));
    let mut write = handler(HandlerKind::Event, Some("OrderPlaced"));
    write.views_written = vec!["OrderView"];
    let mut read = handler(HandlerKind::Query, Some("FindOrder"));
    read.views_read = vec!["OrderView"];
    let mut list = component(ComponentKind::Projection, "OrderList", vec![read]);
    list.reads = vec!["Orders"];
    let command = PayloadKind::DomainCommand;
    Description {
        id: "shop",
        version: 3,
        payloads: vec![payload(command, "PlaceOrder"), payload(command, "Ship")],
        components: vec![
            component(ComponentKind::Invoker, "Api", vec![place, find]),
            component(ComponentKind::Aggregate, "Order", vec![decide, source]),
            component(ComponentKind::Service, "Mailer", vec![mail]),
            component(ComponentKind::Saga, "Process", vec![placed, overdue]),
            component(ComponentKind::Projector, "Orders", vec![write]),
            list,
        ],
        remote: vec!["Ship"],
    }
}

/// A bundle as large ones are: areas of five components that mostly talk among themselves, and now and then to the next area.
pub(super) fn of_components(count: usize) -> Description {
    const NOUNS: [&str; 8] =
        ["Order", "Customer", "Invoice", "Shipment", "Product", "Supplier", "Contract", "Ticket"];
    let areas = count / 5;
    let noun = |area: usize| match area / NOUNS.len() {
        0 => NOUNS[area].to_owned(),
        again => format!("{}{again}", NOUNS[area % NOUNS.len()]),
    };
    // What comes first in the bundle has nothing to do with what belongs together.
    let scattered = |index: usize| (index * 3 + 1) % areas;
    let mut components = Vec::new();
    let verbs = [("Open", "Opened"), ("Change", "Changed"), ("Close", "Closed")];
    for area in (0..areas).map(scattered) {
        let noun = noun(area);
        let deciding = verbs.iter().map(|(command, event)| {
            let mut deciding =
                handler(HandlerKind::AggregateCommand, Some(named(format!("{command}{noun}"))));
            deciding.decides = vec![named(format!("{noun}{event}"))];
            deciding
        });
        components.push(component(ComponentKind::Aggregate, noun.clone(), deciding.collect()));
    }
    for area in 0..areas {
        let (name, next) = (noun(area), noun((area + 1) % areas));
        let events = || verbs.iter().map(|(_, event)| named(format!("{name}{event}")));
        let writing = events().map(|event| {
            let mut writing = handler(HandlerKind::Event, Some(event));
            writing.views_written = vec![named(format!("{name}View"))];
            writing
        });
        components.push(component(ComponentKind::Projector, format!("{name}Projector"), writing.collect()));
        let mut reacting = handler(HandlerKind::SagaEvent, Some(named(format!("{name}Opened"))));
        reacting.emits = vec![named(format!("Open{next}"))];
        let mut ending = handler(HandlerKind::SagaEvent, Some(named(format!("{next}Closed"))));
        (ending.emits, ending.queries) =
            (vec![named(format!("Close{name}"))], vec![named(format!("Find{name}"))]);
        let kind = if area % 2 == 0 { ComponentKind::Saga } else { ComponentKind::Observer };
        components.push(component(kind, format!("{name}Process"), vec![reacting, ending]));
    }
    for area in (0..areas).map(scattered) {
        let name = noun(area);
        let mut answering = handler(HandlerKind::Query, Some(named(format!("Find{name}"))));
        answering.views_read = vec![named(format!("{name}View"))];
        let mut listing = handler(HandlerKind::Query, Some(named(format!("List{name}s"))));
        listing.views_read = answering.views_read.clone();
        components.push(component(
            ComponentKind::Projection,
            format!("{name}Projection"),
            vec![answering, listing],
        ));
        let calls = ["Open", "Change", "Find", "List"].map(|call| {
            let mut calling = handler(HandlerKind::Invocation, None);
            calling.name = named(call.to_lowercase());
            match call {
                "Find" => calling.queries = vec![named(format!("Find{name}"))],
                "List" => calling.queries = vec![named(format!("List{name}s"))],
                _ => calling.emits = vec![named(format!("{call}{name}"))],
            }
            calling
        });
        components.push(component(ComponentKind::Invoker, format!("{name}Api"), calls.into()));
    }
    Description { id: "large", version: 1, payloads: Vec::new(), components, remote: Vec::new() }
}

/// Names that are markup, are very long, or are no letters; components without handlers, of one name, and with themselves.
pub(super) fn odd() -> Description {
    let long = named("Very".repeat(80));
    let names = ["Pair<\"A\", &'b B>", "-->", "end", "a\nb\u{1}", "注文する", "]]>", "", long, "x", "x"];
    let kinds = [
        ComponentKind::Aggregate,
        ComponentKind::Service,
        ComponentKind::Projector,
        ComponentKind::Projection,
        ComponentKind::Observer,
        ComponentKind::Saga,
        ComponentKind::Invoker,
    ];
    let everything = |name: &'static str, kind: HandlerKind| {
        let mut everything = handler(kind, Some(name));
        let next = || vec![named(format!("{name}&<>\"next"))];
        (everything.emits, everything.queries, everything.decides) = (vec![name], vec![name], next());
        (everything.views_read, everything.views_written) = (vec![name], vec![name]);
        everything
    };
    let of = |(index, name): (usize, &'static str)| {
        let handlers = [HandlerKind::Command, HandlerKind::Query, HandlerKind::Event]
            .map(|kind| everything(name, kind))
            .into_iter()
            .take(index % 4)
            .collect();
        component(kinds[index % kinds.len()], name, handlers)
    };
    let components = names.iter().copied().enumerate().map(of).collect();
    Description { id: "<odd & \"ends\">", version: 1, payloads: Vec::new(), components, remote: vec!["&"] }
}
