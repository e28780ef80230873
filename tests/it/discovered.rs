//! Bundles that nobody wrote down, and what is missing in them.

use evento::{GraphError, StartError, memory::MemoryStore, prelude::*};

use crate::stores::run;

#[domain_command]
pub struct Orphaned {
    #[aggregate_id]
    pub id: String,
}

#[derive(Default)]
pub struct Hopeful;

#[invoker]
impl Hopeful {
    #[invocation_handler]
    pub async fn send(&self, commands: &Commands<Orphaned>) -> Result<()> {
        commands.send(Orphaned { id: "a".into() }).await?;
        Ok(())
    }
}

#[test]
fn a_command_without_its_handler_is_named_with_the_remedy() {
    run(async {
        let started =
            evento::Bundle::discovered("everything", 1).state_store(MemoryStore::new()).start().await;
        let Err(StartError::Graph(errors)) = started else { panic!("nobody handles `Orphaned`") };
        let expected = GraphError::NotHandled { component: "Hopeful", handler: "send", payload: "Orphaned" };
        assert!(errors.contains(&expected), "{errors:?}");
        assert!(expected.to_string().contains("write `use that_crate as _;`"));
    });
}
