//! Random bundles, of which each rule must say what a plain search does.

use super::{
    Graph, Table, capacity, handled_elsewhere,
    large::{HERE, component, handler},
    marks::{self, mark},
    one_handler, one_payload, one_writer, read_is_written, sent_is_handled, unasked_query, unconsumed_event,
    unique_name, unscheduled_deadline, unsent_command,
};
use crate::{
    component::{ComponentKind, ComponentMeta, HandlerKind, HandlerMeta},
    handler::{Decided, Uses},
    payload::{PayloadKind, PayloadMeta, SourceLocation},
};

const SIZE: usize = 1024;
const KINDS: [ComponentKind; 5] = [
    ComponentKind::Service,
    ComponentKind::Projector,
    ComponentKind::Projection,
    ComponentKind::Observer,
    ComponentKind::Saga,
];

fn leak<T>(of: T) -> &'static T {
    Box::leak(Box::new(of))
}

/// What bundles are drawn from.
struct Pool {
    lots: fastrand::Rng,
    payloads: Vec<&'static PayloadMeta>,
}

impl Pool {
    /// Payloads with names of their own, or with names that some of them share, now or before.
    fn new(seed: u64, shared: bool) -> Self {
        let mut lots = fastrand::Rng::with_seed(seed);
        let kinds =
            [PayloadKind::ServiceCommand, PayloadKind::Query, PayloadKind::ServiceEvent, PayloadKind::View];
        let mut payloads = Vec::new();
        for (number, kind) in kinds.into_iter().chain([PayloadKind::Deadline]).cycle().take(20).enumerate() {
            let mut name = || match shared {
                true => &*format!("P{}", lots.u8(..60)).leak(),
                false => &*format!("P{number}").leak(),
            };
            let source = SourceLocation { line: number as u32, ..HERE };
            let (current, older) = (name(), name());
            let aliases: &[&str] = if shared && current != older { leak([older]) } else { &[] };
            payloads.push(leak(PayloadMeta { aliases, ..PayloadMeta::bare(current, kind, source) }) as &_);
        }
        Self { lots, payloads }
    }

    fn of(&mut self, kind: PayloadKind) -> &'static PayloadMeta {
        let fitting: Vec<_> = self.payloads.iter().filter(|payload| payload.kind == kind).collect();
        fitting[self.lots.usize(..fitting.len())]
    }

    fn some(&mut self, kind: PayloadKind) -> &'static [&'static PayloadMeta] {
        (0..self.lots.usize(..3)).map(|_| self.of(kind)).collect::<Vec<_>>().leak()
    }

    fn decided(&mut self) -> Decided {
        match self.lots.u8(..4) {
            0 => Decided::One(self.of(PayloadKind::ServiceEvent)),
            1 => Decided::All(leak([self.decided(), self.decided()])),
            _ => Decided::NONE,
        }
    }

    fn param(&mut self) -> Uses {
        match self.lots.u8(..5) {
            0 => Uses::Commands(self.some(PayloadKind::ServiceCommand)),
            1 => Uses::Queries(self.some(PayloadKind::Query)),
            2 => Uses::Timers(self.some(PayloadKind::Deadline)),
            3 => Uses::View(self.of(PayloadKind::View)),
            _ => Uses::Message,
        }
    }

    fn handler(&mut self) -> HandlerMeta {
        let (kind, payload) = match self.lots.u8(..6) {
            0 => (HandlerKind::Command, Some(self.of(PayloadKind::ServiceCommand))),
            1 => (HandlerKind::Query, Some(self.of(PayloadKind::Query))),
            2 => (HandlerKind::Event, Some(self.of(PayloadKind::ServiceEvent))),
            3 => (HandlerKind::EventSourcing, Some(self.of(PayloadKind::ServiceEvent))),
            4 => (HandlerKind::SagaDeadline, Some(self.of(PayloadKind::Deadline))),
            _ => (HandlerKind::Invocation, None),
        };
        let params = (0..self.lots.usize(..3)).map(|_| self.param()).collect::<Vec<_>>().leak();
        HandlerMeta { kind, payload, params, decides: self.decided(), ..handler() }
    }

    fn component(&mut self) -> &'static ComponentMeta {
        let kind = KINDS[self.lots.usize(..KINDS.len())];
        let handlers = (0..self.lots.usize(..5)).map(|_| self.handler()).collect::<Vec<_>>().leak();
        leak(ComponentMeta { name: format!("C{}", self.lots.u8(..20)).leak(), kind, handlers, ..component() })
    }
}

/// The same bundle, for a plain search.
struct Plain {
    components: &'static [&'static ComponentMeta],
    remote: &'static [&'static PayloadMeta],
    uses: Vec<Vec<(&'static PayloadMeta, u32)>>,
}

impl Plain {
    fn of(components: &'static [&'static ComponentMeta], remote: &'static [&'static PayloadMeta]) -> Self {
        let uses = |component: &&'static ComponentMeta| {
            let mut uses = Vec::new();
            for handler in component.handlers {
                uses.extend(handler.payload.map(|payload| (payload, marks::of_handler(handler.kind))));
                for param in handler.params {
                    let does = match param {
                        Uses::Commands(_) => mark!(SENT),
                        Uses::Queries(_) => mark!(ASKED),
                        Uses::Timers(_) => mark!(SCHEDULED),
                        _ => marks::of_view(component.kind),
                    };
                    uses.extend(param.payloads().iter().map(|payload| (*payload, does)));
                }
                handler.decides.for_each(&mut |event| uses.push((event, mark!(DECIDED))));
            }
            uses
        };
        Self { components, remote, uses: components.iter().map(uses).collect() }
    }

    /// Whether one of these components does this with a payload of this name.
    fn does(&self, mut who: impl Iterator<Item = usize>, does: u32, payload: &PayloadMeta) -> bool {
        who.any(|at| self.uses[at].iter().any(|(one, done)| done & does != 0 && one.name == payload.name))
    }

    /// Whether a component does this with a payload of which that holds.
    fn any(&self, at: usize, does: u32, holds: impl Fn(&'static PayloadMeta) -> bool) -> bool {
        self.uses[at].iter().any(|(payload, done)| done & does != 0 && holds(payload))
    }

    fn all(&self) -> std::ops::Range<usize> {
        0..self.components.len()
    }

    fn is_remote(&self, payload: &PayloadMeta) -> bool {
        self.remote.iter().any(|remote| remote.name == payload.name)
    }

    /// Whether a component is the first to use a payload that is called, now or before, like one that is used until here.
    fn brings_namesake(&self, at: usize) -> bool {
        let uses = |at: usize| self.uses[at].iter().map(|(payload, _)| *payload);
        let names = |payload: &'static PayloadMeta| payload.aliases.iter().copied().chain([payload.name]);
        let is = |one: &PayloadMeta, other: &PayloadMeta| one.source.line == other.source.line;
        uses(at).any(|payload| {
            let is_new = !(0..at).any(|before| uses(before).any(|other| is(other, payload)));
            let collides =
                |other| !is(other, payload) && names(other).any(|name| names(payload).any(|own| own == name));
            is_new && (0..=at).any(|before| uses(before).any(collides))
        })
    }
}

fn check(graph: &Graph, plain: &Plain, shared: bool, told: &mut [usize]) {
    for at in plain.all() {
        let unhandled =
            |payload| !plain.does(plain.all(), mark!(ANSWERED), payload) && !plain.is_remote(payload);
        let nobody = |does| move |payload: &PayloadMeta| !plain.does(plain.all(), does, payload);
        let earlier = |does| move |payload: &PayloadMeta| plain.does(0..at, does, payload);
        let name = plain.components[at].name;
        let mut rules = vec![
            (unique_name(graph, at), plain.components[..at].iter().any(|other| other.name == name)),
            (one_payload(graph, at), plain.brings_namesake(at)),
            (sent_is_handled(graph, at), plain.any(at, mark!(SENT) | mark!(ASKED), unhandled)),
            (read_is_written(graph, at), plain.any(at, mark!(READ), nobody(mark!(WRITTEN)))),
            (unsent_command(graph, at), plain.any(at, mark!(COMMAND), nobody(mark!(SENT)))),
            (unasked_query(graph, at), plain.any(at, mark!(QUERY), nobody(mark!(ASKED)))),
            (unscheduled_deadline(graph, at), plain.any(at, mark!(DEADLINE), nobody(mark!(SCHEDULED)))),
        ];
        // Of two payloads with one name, only the first is told to be handled or decided twice: that they have one name is the mistake.
        if !shared {
            let unconsumed = |event: &'static PayloadMeta| {
                nobody(mark!(CONSUMED))(event) && !earlier(mark!(DECIDED))(event)
            };
            rules.extend([
                (one_handler(graph, at), plain.any(at, mark!(ANSWERED), earlier(mark!(ANSWERED)))),
                (one_writer(graph, at), plain.any(at, mark!(WRITTEN), earlier(mark!(WRITTEN)))),
                (unconsumed_event(graph, at), plain.any(at, mark!(DECIDED), unconsumed)),
            ]);
        }
        for (rule, (found, expected)) in rules.into_iter().enumerate() {
            let words = found.as_ref().map(|mistake| mistake.as_str());
            assert_eq!(words.is_some(), expected, "rule {rule} at component {at}: {words:?}");
            told[rule] += usize::from(expected);
        }
    }
    for (at, remote) in plain.remote.iter().enumerate().filter(|_| !shared) {
        let here = plain.does(plain.all(), mark!(ANSWERED), remote);
        assert_eq!(handled_elsewhere(graph, at).is_some(), here, "remote payload {at}");
    }
}

#[test]
fn rules_say_what_a_plain_search_says() {
    for shared in [false, true] {
        let (mut told, mut sound) = ([0; 10], 0);
        for seed in 0..500 {
            let mut pool = Pool::new(seed, shared);
            let count = pool.lots.usize(..8);
            let components = (0..count).map(|_| pool.component()).collect::<Vec<_>>().leak();
            let remote: &[_] =
                [pool.some(PayloadKind::ServiceCommand), pool.some(PayloadKind::Query)].concat().leak();
            assert!(capacity(components, remote) <= SIZE, "seed {seed}: the table is large enough");
            let table = leak(Table::<SIZE>::new(components, remote));
            let before: usize = told.iter().sum();
            let graph = Graph::new(components, remote, table);
            check(&graph, &Plain::of(components, remote), shared, &mut told);
            sound += usize::from(before == told.iter().sum::<usize>());
        }
        let rules = if shared { 7 } else { 10 };
        let at_least_once =
            told[..rules].iter().enumerate().all(|(rule, times)| *times > 0 || !shared && rule == 1);
        assert!(at_least_once && sound > 0, "{told:?} mistakes, {sound} sound bundles");
    }
}
