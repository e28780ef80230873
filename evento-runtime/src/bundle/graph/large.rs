//! The check of 200 components with 2,000 handlers, each with payloads of its own: that this compiles is the test. A constant that takes
//! too long is an error of the compiler, and all rules together are one constant here.

use super::{
    Graph, Table, capacity, one_handler, one_payload, one_writer, read_is_written, reads_a_member,
    sent_is_handled, unasked_query, unconsumed_event, unique_name, unscheduled_deadline, unsent_command,
};
use crate::{
    component::{
        ComponentBody, ComponentKind, ComponentMeta, Constructor, HandlerKind, HandlerMeta, Receiver, Retry,
    },
    handler::{Decided, Run, Uses},
    payload::{PayloadKind, PayloadMeta, SourceLocation},
};

const COMPONENTS: usize = 200;
const EACH: usize = 10;
const HANDLERS: usize = COMPONENTS * EACH;

pub(super) const HERE: SourceLocation = SourceLocation { file: file!(), line: line!() };

/// Names as long as those that people give.
static NAMES: [[u8; 20]; 2 * HANDLERS] = {
    let mut names = [*b"SomethingHappened000"; 2 * HANDLERS];
    let mut at = 0;
    while at < names.len() {
        let (mut rest, mut digit) = (at, 19);
        while rest > 0 {
            names[at][digit] = b'0' + (rest % 10) as u8;
            (rest, digit) = (rest / 10, digit - 1);
        }
        at += 1;
    }
    names
};

const fn name(at: usize) -> &'static str {
    match std::str::from_utf8(&NAMES[at]) {
        Ok(name) => name,
        Err(_) => panic!("letters and digits"),
    }
}

const fn payload(at: usize, kind: PayloadKind) -> PayloadMeta {
    PayloadMeta::bare(name(at), kind, HERE)
}

const fn payloads(from: usize, kind: PayloadKind) -> [PayloadMeta; HANDLERS] {
    let mut payloads = [payload(from, kind); HANDLERS];
    let mut at = 0;
    while at < HANDLERS {
        payloads[at] = payload(from + at, kind);
        at += 1;
    }
    payloads
}

static COMMANDS: [PayloadMeta; HANDLERS] = payloads(0, PayloadKind::ServiceCommand);
static EVENTS: [PayloadMeta; HANDLERS] = payloads(HANDLERS, PayloadKind::ServiceEvent);

/// Each handler sends the command of the next.
static SENT: [[&PayloadMeta; 1]; HANDLERS] = {
    let mut sent = [[&COMMANDS[0]]; HANDLERS];
    let mut at = 1;
    while at < HANDLERS {
        sent[at - 1] = [&COMMANDS[at]];
        at += 1;
    }
    sent
};

static PARAMS: [[Uses; 2]; HANDLERS] = {
    let mut params = [[Uses::Message, Uses::Message]; HANDLERS];
    let mut at = 0;
    while at < HANDLERS {
        params[at][1] = Uses::Commands(&SENT[at]);
        at += 1;
    }
    params
};

pub(super) const fn handler() -> HandlerMeta {
    HandlerMeta {
        name: "on",
        kind: HandlerKind::Command,
        payload: None,
        receiver: Receiver::Ref,
        params: &[],
        decides: Decided::NONE,
        association: None,
        retry: Retry::DEFAULT,
        executor: None,
        run: Run::Direct,
        source: HERE,
    }
}

static ALL: [HandlerMeta; HANDLERS] = {
    let mut all = [const { handler() }; HANDLERS];
    let mut at = 0;
    while at < HANDLERS {
        (all[at].payload, all[at].params) = (Some(&COMMANDS[at]), &PARAMS[at]);
        all[at].decides = Decided::One(&EVENTS[at]);
        at += 1;
    }
    all
};

pub(super) const fn component() -> ComponentMeta {
    let body = ComponentBody::Instance(Constructor {
        dependencies: &[],
        construct: |_| Box::pin(std::future::ready(Ok(Box::new(()) as _))),
    });
    let kind = ComponentKind::Service;
    ComponentMeta { name: "", kind, version: 0, handlers: &[], reads: &[], body, source: HERE }
}

static METAS: [ComponentMeta; COMPONENTS] = {
    let mut metas = [const { component() }; COMPONENTS];
    let mut at = 0;
    while at < COMPONENTS {
        metas[at].name = name(at);
        metas[at].handlers = ALL.split_at(at * EACH).1.split_at(EACH).0;
        at += 1;
    }
    metas
};

static BUNDLE: [&ComponentMeta; COMPONENTS] = {
    let mut bundle = [&METAS[0]; COMPONENTS];
    let mut at = 0;
    while at < COMPONENTS {
        bundle[at] = &METAS[at];
        at += 1;
    }
    bundle
};

const TABLE: &Table<{ capacity(&BUNDLE, &[]) }> = &Table::new(&BUNDLE, &[]);
static GRAPH: Graph = Graph::new(&BUNDLE, &[], TABLE);

/// How many components have something wrong, and how many decide what nobody handles.
const FOUND: (usize, usize) = {
    let (mut wrong, mut unconsumed, mut at) = (0, 0, 0);
    while at < COMPONENTS {
        if unique_name(&GRAPH, at).is_some()
            || one_payload(&GRAPH, at).is_some()
            || one_handler(&GRAPH, at).is_some()
            || sent_is_handled(&GRAPH, at).is_some()
            || read_is_written(&GRAPH, at).is_some()
            || one_writer(&GRAPH, at).is_some()
            || reads_a_member(&GRAPH, at).is_some()
            || unsent_command(&GRAPH, at).is_some()
            || unasked_query(&GRAPH, at).is_some()
            || unscheduled_deadline(&GRAPH, at).is_some()
        {
            wrong += 1;
        }
        if unconsumed_event(&GRAPH, at).is_some() {
            unconsumed += 1;
        }
        at += 1;
    }
    (wrong, unconsumed)
};

#[test]
fn a_large_bundle_is_checked() {
    assert_eq!(FOUND, (0, COMPONENTS), "everything is handled and sent, and nobody handles an event");
}
