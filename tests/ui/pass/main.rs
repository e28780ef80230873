//! The legal forms, one idea in each file. They are one program, so that they are compiled and linked once; what has to be a crate
//! of its own is in `crates`.
#![allow(unexpected_cfgs)]

macro_rules! forms {
    ($($form:ident)*) => {
        $(mod $form;)*

        fn main() {
            $($form::main();)*
        }
    };
}

forms! {
    aggregate_lives
    aggregate_parameters
    asked_by_helpers
    bundle_denies_what_is_not_there
    bundles
    conditional_compilation
    connections
    constructors
    declared_commands
    events_return
    executors
    invocations_return
    invoker_parameters
    keys
    made_by_macro_rules
    names_and_paths
    observer_parameters
    options_of_components
    options_of_payloads
    payload_parameters
    payload_shapes
    projection_parameters
    projector_parameters
    queries_return
    returned_events
    saga_deadlines
    saga_lives
    saga_parameters
    sending_and_asking
    service_parameters
    services_return
    shapes
    sixteen_commands
    stored_fields
    tables_by_sql
    upcasters
}
