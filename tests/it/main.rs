//! Tests of the framework as its users meet it, in one binary: it links once.

mod todo_list_http;
