//! What stands in an editor between two keystrokes.

use super::{case, errors};

/// Each is one mistake of the user's: exactly one error, the item comes out, and what comes out is Rust where the item is.
#[test]
fn a_half_typed_item_is_one_error() {
    for code in [
        // A handler without its payload, its type, its end.
        "#[observer(version = 1)] impl Greeter { #[event_handler] async fn on(&self) {} }",
        "#[observer(version = 1)] impl Greeter { #[event_handler] async fn on(&self, event: ) {} }",
        "#[observer(version = 1)] impl Greeter { #[event_handler] async fn on(&self, event) {} }",
        "#[observer(version = 1)] impl Greeter { #[event_handler] async fn on(&self, event: &) {} }",
        "#[observer(version = 1)] impl Greeter { #[event_handler] async fn on(&self, event: &Opened) }",
        "#[observer(version = 1)] impl Greeter { #[event_handler] async fn on(&self, event: &Opened) -> { todo() } }",
        "#[observer(version = 1)] impl Greeter { #[event_handler] async fn on(&self, event: &Opened, commands: &Commands<>, ) -> Result< {} }",
        "#[observer(version = 1)] impl Greeter { #[event_handler] async fn }",
        "#[observer(version = 1)] impl Greeter { #[event_handler] async fn on }",
        "#[observer(version = 1)] impl Greeter { #[event_handler] }",
        // An attribute on its way.
        "#[observer(version = 1)] impl Greeter { #[event_hand] async fn on(&self, event: &Opened) {} }",
        "#[observer(version = 1)] impl Greeter { #[event_handler(ret)] async fn on(&self, event: &Opened) {} }",
        "#[observer(version = 1)] impl Greeter { #[event_handler(retry)] async fn on(&self, event: &Opened) {} }",
        "#[observer(version = 1)] impl Greeter { #[event_handler(retry = )] async fn on(&self, event: &Opened) {} }",
        "#[observer] impl Greeter { #[event_handler] async fn on(&self, event: &Opened) {} }",
        "#[observer()] impl Greeter { #[event_handler] async fn on(&self, event: &Opened) {} }",
        "#[observer(ver)] impl Greeter { #[event_handler] async fn on(&self, event: &Opened) {} }",
        "#[observer(version)] impl Greeter { #[event_handler] async fn on(&self, event: &Opened) {} }",
        "#[observer(version = )] impl Greeter { #[event_handler] async fn on(&self, event: &Opened) {} }",
        "#[observer(version = 1 name = \"x\")] impl Greeter { #[event_handler] async fn on(&self, event: &Opened) {} }",
        "#[saga(version = 1)] impl Order { #[saga_event_handler(assoc)] async fn on(event: &Opened) -> Self {} }",
        "#[saga(version = 1)] impl Order { #[saga_event_handler(association())] async fn on(event: &Opened) -> Self {} }",
        "#[saga(version = 1)] impl Order { #[saga_event_handler(association(id))] async fn on(event: &Opened) -> Self {} }",
        "#[saga(version = 1)] impl Order { #[saga_event_handler(association(id = ))] async fn on(event: &Opened) -> Self {} }",
        "#[saga(version = 1)] impl Order { #[saga_event_handler(association(id = event.))] async fn on(event: &Opened) -> Self {} }",
        // A block without a name, without methods, without braces.
        "#[service] impl { #[command_handler] fn on(&self, command: Open) {} }",
        "#[service] impl Mailer",
        "#[service] impl Mailer {}",
        "#[service] impl Mailer where",
        "#[service]",
        "#[service] struct Mailer;",
        "#[service] pub(crate)",
        // Payloads.
        "#[domain_command] struct",
        "#[domain_command] struct Open",
        "#[domain_command] struct Open;",
        "#[domain_command] struct Open {}",
        "#[domain_command] struct Open { #[aggregate_id] id: }",
        "#[domain_command] struct Open { #[aggregate_id] id }",
        "#[domain_command] struct Open { #[aggregate] id: String }",
        "#[domain_command(name)] struct Open { #[aggregate_id] id: String }",
        "#[domain_command(name = )] struct Open { #[aggregate_id] id: String }",
        "#[query] struct Find { id: String }",
        "#[query(response)] struct Find { id: String }",
        "#[query(response = )] struct Find { id: String }",
        "#[query(response = Option<)] struct Find { id: String }",
        // Bundles.
        "#[bundle]",
        "#[bundle] Doors",
        "#[bundle] Doors { id }",
        "#[bundle] Doors { id: \"doors\" version: 1, components: [Door] }",
        "#[bundle] Doors { id: , version: 1, components: [Door] }",
        "#[bundle] Doors { id: \"doors\", version: 1, components: }",
        "#[bundle] Doors { id: \"doors\", version: 1, components: [Door, crate::] }",
        "#[bundle] Doors { id: \"doors\", version: 1, comp }",
    ] {
        let case = case(code);
        let output = case.check();
        assert_eq!(errors(&output), 1, "{code}\n{output}");
    }
}

/// What rustc says enough of, or what is no mistake yet: not an error of ours.
#[test]
fn what_rustc_tells_is_not_told_twice() {
    for code in [
        "#[observer(version = 1)] impl Greeter { #[event_handler] async fn on(&self, event: &Opened); }",
        "#[observer(version = 1)] impl Greeter { #[event_handler] async fn on(&self, event: &Opened) { event. } }",
        "#[observer(version = 1)] impl Greeter { #[event_handler] async fn on(&self, event: &Opened) { let x = ; } }",
        "#[observer(version = 1)] impl Greeter { #[event_handler] async fn on(&self, event: &Opend, views: &Comands<Gret>) {} }",
        "#[observer(version = 1)] impl Greeter { fn half; #[event_handler] async fn on(&self, event: &Opened) {} }",
        "#[domain_command] struct Open { #[aggregate_id] id: Strin }",
    ] {
        let output = case(code).check();
        let ours = usize::from(code.contains("fn half"));
        assert_eq!(errors(&output), ours, "{code}\n{output}");
    }
}

/// Of several mistakes, each is told, and nothing else.
#[test]
fn several_mistakes_are_as_many_errors() {
    let code = "#[projector(version = 0, nmae = \"x\")] impl Rows {
        #[event_handler(retry = 500)] fn on(&mut self, event: &mut Opened) {}
        #[event_handlr] fn also(&self, event: &Opened) {}
        #[query_handler] fn find(&self, query: Find) {}
        #[event_handler] fn half(&self, event: ) {}
        #[event_handler] async unsafe fn done<T>(self, event: Closed) {}
    }";
    let output = case(code).check();
    // version, nmae; &mut Opened (which hides the rest of that handler); handlr; query; half; unsafe, <T>, self.
    assert_eq!(errors(&output), 9, "{output}");
}
