//! Components by path, commands of another bundle as `remote`, keys in any order.

use evento::prelude::*;

mod elsewhere {
    use evento::prelude::*;

    #[service_command]
    pub struct Greet {
        pub name: String,
    }

    #[query(response = u64)]
    pub struct CountGreetings;
}

mod here {
    use evento::prelude::*;

    #[domain_event]
    pub struct Opened {
        pub id: String,
    }

    #[derive(Default)]
    pub struct Greeter;

    #[observer(version = 2, name = "greeter")]
    impl Greeter {
        #[event_handler]
        async fn on(
            &self,
            event: &Opened,
            commands: &Commands<crate::elsewhere::Greet>,
            queries: &Queries<crate::elsewhere::CountGreetings>,
        ) -> Result<()> {
            let _count = queries.query(crate::elsewhere::CountGreetings).await?;
            commands.send(crate::elsewhere::Greet { name: event.id.clone() }).await?;
            Ok(())
        }
    }
}

bundle! {
    Greetings {
        remote: [elsewhere::Greet, crate::elsewhere::CountGreetings],
        components: [here::Greeter],
        version: 7,
        id: "greetings"
    }
}

fn main() {
    let description = Greetings::describe();
    assert_eq!((description.version, description.components[0].name), (7, "greeter"));
    assert_eq!(description.remote, ["Greet", "CountGreetings"]);
}
