//! The table of `docs/handlers.md` says what the traits say: which role may have which parameter, in every cell.

use evento::{
    __private::{
        AggregateCommandParam, EventSourcingParam, InvokerParam, ObserverParam, ProjectionParam,
        ProjectorParam, SagaDeadlineParam, SagaParam, ServiceParam,
    },
    prelude::*,
};

#[service_command]
struct A;

#[query(response = u64)]
struct Q;

#[deadline]
struct D;

#[view]
struct V {
    #[id]
    id: String,
}

/// Whether a type is a parameter of a role: the inherent constant is there when it is, and hides the other.
macro_rules! takes {
    ($role:ident, $type:ty) => {{
        #[allow(dead_code, reason = "only its type is used")]
        struct Probe<T>(std::marker::PhantomData<T>);
        #[allow(dead_code, reason = "it is hidden for some types")]
        trait Otherwise {
            const TAKEN: bool = false;
        }
        impl<T> Otherwise for Probe<T> {}
        #[allow(dead_code, reason = "it is there for some types only")]
        impl<T: $role<'static>> Probe<T> {
            const TAKEN: bool = true;
        }
        Probe::<$type>::TAKEN
    }};
}

/// One row: for each parameter, whether the role takes it.
macro_rules! row {
    ($role:ident) => {
        [
            ("&Commands<..>", takes!($role, &'static Commands<A>)),
            ("&Queries<..>", takes!($role, &'static Queries<Q>)),
            ("&Views<V>", takes!($role, &'static Views<V>)),
            #[cfg(feature = "sqlite")]
            ("connection", takes!($role, &'static mut evento::sqlx::SqliteConnection)),
            #[cfg(feature = "postgres")]
            ("connection", takes!($role, &'static mut evento::sqlx::PgConnection)),
            #[cfg(feature = "mysql")]
            ("connection", takes!($role, &'static mut evento::sqlx::MySqlConnection)),
            ("&Tables", takes!($role, &'static Tables)),
            ("&Timers<..>", takes!($role, &'static Timers<D>)),
            ("CommandId", takes!($role, CommandId)),
            ("&Metadata", takes!($role, &'static Metadata)),
            ("Timestamp", takes!($role, Timestamp)),
            ("Position", takes!($role, Position)),
            ("ReplayStatus", takes!($role, ReplayStatus)),
            ("&CommandMessage", takes!($role, &'static CommandMessage)),
            ("&EventMessage", takes!($role, &'static EventMessage)),
            ("&QueryMessage", takes!($role, &'static QueryMessage)),
        ]
        .to_vec()
    };
}

/// The row of the table of a role.
fn documented(role: &str) -> &'static str {
    let table = include_str!("../../docs/handlers.md");
    let start = format!("| {role} |");
    let rows: Vec<_> = table.lines().filter(|line| line.starts_with(&start)).collect();
    let [row] = rows[..] else { panic!("there is one row of `{role}`, and not {}", rows.len()) };
    row
}

/// Whether a row of the table says that the role takes a parameter.
fn is_documented(role: &str, parameter: &str) -> bool {
    let cells: Vec<_> = documented(role).split('|').map(str::trim).collect();
    let [_, _, commands, queries, views, also, _] = cells[..] else {
        panic!("the row of `{role}` has five cells")
    };
    let yes = |cell: &str| match cell {
        "yes" | "read" | "read and write" => true,
        "–" => false,
        other => panic!("nobody knows what `{other}` means"),
    };
    match parameter {
        "&Commands<..>" => yes(commands),
        "&Queries<..>" => yes(queries),
        // Who has a connection has the names of the tables.
        "&Views<V>" | "connection" | "&Tables" => yes(views),
        other => also.contains(&format!("`{other}`")),
    }
}

#[test]
fn the_table_of_parameters_is_what_the_compiler_knows() {
    let roles = [
        ("aggregate, deciding", row!(AggregateCommandParam)),
        ("aggregate, sourcing", row!(EventSourcingParam)),
        ("service", row!(ServiceParam)),
        ("projector", row!(ProjectorParam)),
        ("observer", row!(ObserverParam)),
        ("saga, event", row!(SagaParam)),
        ("saga, deadline", row!(SagaDeadlineParam)),
        ("projection", row!(ProjectionParam)),
        ("invoker", row!(InvokerParam)),
    ];
    let mut taken = 0;
    for (role, parameters) in roles {
        for (parameter, takes) in parameters {
            assert_eq!(takes, is_documented(role, parameter), "{role}: {parameter}");
            taken += usize::from(takes);
        }
    }
    assert!(taken >= 50, "the probe finds {taken} parameters");
}

/// What nobody may take is in no cell, and the probe would find it out.
#[test]
fn the_probe_tells_what_a_role_does_not_take() {
    assert!(!takes!(ObserverParam, u64) && !takes!(ProjectorParam, &'static Commands<A>));
    assert!(!takes!(ObserverParam, &'static Commands<Q>) && !takes!(SagaParam, &'static Timers<A>));
}

/// Whoever points at an attribute of a handler reads the rows of the table that concern it.
#[test]
fn each_handler_shows_its_rows_of_the_table() {
    for (attribute, roles) in [
        ("aggregate_command_handler", &["aggregate, deciding"][..]),
        ("event_sourcing_handler", &["aggregate, sourcing"]),
        ("command_handler", &["service"]),
        ("event_handler", &["projector", "observer"]),
        ("saga_event_handler", &["saga, event"]),
        ("saga_deadline_handler", &["saga, deadline"]),
        ("query_handler", &["projection"]),
        ("invocation_handler", &["invoker"]),
    ] {
        let page = page(attribute);
        let shown: Vec<_> = page.lines().filter(|line| line.starts_with("| ")).collect();
        let header = "| role | `&Commands<..>` | `&Queries<..>` | `&Views<V>` or a connection | also |";
        let rows = roles.iter().map(|role| documented(role));
        let rows: Vec<_> = std::iter::once(header).chain(rows).collect();
        assert_eq!(shown, rows, "the page of `{attribute}`");
    }
}

/// Whoever points at a macro reads its options, its errors, and an example that is compiled.
#[test]
fn every_macro_is_documented() {
    let macros = include_str!("../../evento-macros/src/lib.rs");
    let names: Vec<_> =
        macros.split("../docs/").skip(1).filter_map(|rest| rest.split(".md").next()).collect();
    assert!(names.len() >= 27, "only {names:?}");
    for name in names {
        let page = page(name);
        let options = if name == "bundle" { "# Keys" } else { "# Options" };
        for part in [options, "# Errors", "# Example", "prelude::*"] {
            assert!(page.contains(part), "the page of `{name}` has no `{part}`");
        }
    }
}

/// The documentation of a macro.
fn page(name: &str) -> String {
    let path = format!("{}/evento-macros/docs/{name}.md", env!("CARGO_MANIFEST_DIR"));
    std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{path}: {error}"))
}
