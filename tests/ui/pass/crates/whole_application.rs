//! Every kind of payload and component in one bundle.
#![forbid(unsafe_code)]
#![deny(missing_docs, warnings, unused_qualifications)]

use std::collections::BTreeMap;

use evento::prelude::*;

#[domain_command]
struct CreateTodoList {
    #[aggregate_id]
    list_id: String,
    name: String,
}

#[domain_command(name = "todo.add", alias = "Add")]
struct AddTodo {
    #[aggregate_id]
    list_id: String,
    todo_id: u64,
    content: String,
}

#[domain_command]
struct DeleteTodoList {
    #[aggregate_id]
    list_id: String,
}

#[domain_event]
struct TodoListCreated {
    list_id: String,
    name: String,
}

#[domain_event]
struct TodoAdded {
    list_id: String,
    todo_id: u64,
    content: String,
}

#[domain_event]
struct TodoListDeleted {
    list_id: String,
}

#[service_command]
struct SendEmail {
    #[lock_id]
    to: String,
    body: String,
}

#[service_event]
struct EmailSent {
    to: String,
}

#[query(response = Option<TodoListView>)]
struct FindTodoList {
    list_id: String,
}

#[view]
struct TodoListView {
    #[id]
    list_id: String,
    #[index]
    name: String,
    todos: Vec<String>,
}

#[aggregate_state]
struct TodoList {
    todos: BTreeMap<u64, String>,
}

#[aggregate(snapshot_every = 50)]
impl TodoList {
    #[aggregate_command_handler]
    fn create(command: CreateTodoList) -> TodoListCreated {
        TodoListCreated { list_id: command.list_id, name: command.name }
    }

    #[aggregate_command_handler]
    fn add(&self, command: &AddTodo, _at: Timestamp, _metadata: &Metadata) -> Result<Option<TodoAdded>> {
        if self.todos.contains_key(&command.todo_id) {
            return Ok(None);
        }
        let AddTodo { list_id, todo_id, content } = command.clone();
        Ok(Some(TodoAdded { list_id, todo_id, content }))
    }

    #[aggregate_command_handler]
    fn delete(&self, command: DeleteTodoList) -> Result<TodoListDeleted, std::io::Error> {
        Ok(TodoListDeleted { list_id: command.list_id })
    }

    #[event_sourcing_handler]
    fn created(_event: &TodoListCreated) -> Self {
        Self { todos: BTreeMap::new() }
    }

    #[event_sourcing_handler]
    fn added(&mut self, event: TodoAdded) {
        self.todos.insert(event.todo_id, event.content);
    }

    #[event_sourcing_handler]
    fn deleted(self, _event: &TodoListDeleted) {}
}

#[derive(Default)]
struct TodoListProjector;

#[projector(version = 1)]
impl TodoListProjector {
    #[event_handler]
    async fn created(&self, event: TodoListCreated, views: &Views<TodoListView>) -> Result<()> {
        views.put(TodoListView { list_id: event.list_id, name: event.name, todos: Vec::new() }).await?;
        Ok(())
    }

    #[event_handler(retry = 3, retry_delay = 10)]
    async fn added(&self, event: &TodoAdded, views: &Views<TodoListView>) -> Result<()> {
        if let Some(mut list) = views.get(&event.list_id).await? {
            list.todos.push(event.content.clone());
            views.put(list).await?;
        }
        Ok(())
    }
}

#[derive(Default)]
struct TodoListProjection;

#[projection]
impl TodoListProjection {
    #[query_handler]
    async fn find(&self, query: &FindTodoList, views: &Views<TodoListView>) -> Result<Option<TodoListView>> {
        let _same_name = views.find(TodoListView::BY_NAME.prefix("a"), Page::default()).await?;
        Ok(views.get(&query.list_id).await?)
    }
}

struct Mailer {
    sender: String,
}

#[service]
impl Mailer {
    #[inject]
    async fn new(sender: String) -> Result<Self> {
        Ok(Self { sender })
    }

    #[command_handler]
    async fn send(&self, command: SendEmail, _id: CommandId) -> Result<(EmailSent, Vec<EmailSent>)> {
        Ok((EmailSent { to: format!("{}{}", command.to, self.sender) }, Vec::new()))
    }
}

#[derive(Default)]
struct Greeter;

#[observer(version = 1)]
impl Greeter {
    #[event_handler]
    async fn on(&self, event: &TodoListCreated, commands: &Commands<SendEmail>) -> Result<()> {
        commands.send(SendEmail { to: event.name.clone(), body: "hello".into() }).await?;
        Ok(())
    }

    #[event_handler]
    fn count(&self, _event: &TodoListDeleted) {}
}

#[saga_state]
struct Cleaner {
    #[association]
    list_id: String,
    left: u64,
}

#[saga(version = 1)]
impl Cleaner {
    #[saga_event_handler(association = "list_id")]
    async fn created(event: &TodoListCreated) -> Result<Self> {
        Ok(Self { list_id: event.list_id.clone(), left: 2 })
    }

    #[saga_event_handler(association = "list_id")]
    async fn added(self, event: &TodoAdded, commands: &Commands<(DeleteTodoList, SendEmail)>) -> Result<Option<Self>> {
        if self.left > 0 {
            return Ok(Some(Self { left: self.left - 1, ..self }));
        }
        commands.send(DeleteTodoList { list_id: event.list_id.clone() }).await?;
        Ok(None)
    }

    #[saga_event_handler(association(list_id = event.list_id))]
    fn deleted(&mut self, _event: &TodoListDeleted) {}
}

#[derive(Default)]
pub(crate) struct TodoApi;

#[invoker]
impl TodoApi {
    /// Adds a todo.
    #[invocation_handler]
    pub(crate) async fn add(&self, commands: &Commands<AddTodo>, list_id: String, content: String) -> Result<String> {
        commands.send(AddTodo { list_id, todo_id: 1, content: content.clone() }).await?;
        Ok(content)
    }

    /// Finds a list.
    #[invocation_handler]
    pub(crate) async fn find(&self, list_id: String, queries: &Queries<FindTodoList>) -> Result<Option<TodoListView>> {
        Ok(queries.query(FindTodoList { list_id }).await?)
    }
}

bundle! {
    TodoBundle {
        id: "todo",
        version: 1,
        components: [
            TodoList, TodoListProjector, TodoListProjection, Mailer, Greeter, Cleaner, TodoApi,
        ],
    }
}

async fn _called(api: evento::Client<TodoApi>) -> Result<()> {
    api.add("groceries".into(), "milk".into()).await?;
    api.with(Metadata::new().with("user", "ada")).find("groceries".into()).await?;
    Ok(())
}

fn main() {
    let description = TodoBundle::describe();
    assert_eq!(description.components.len(), 7);
    assert!(description.payloads.iter().any(|payload| payload.name == "todo.add"));
    assert!(
        description.components.iter().all(|component| component.source.file.ends_with("whole_application.rs"))
    );
    let _builder = TodoBundle::builder();
}
