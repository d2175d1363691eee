//! A server that leaves nothing behind.

use theriac_postgres::{Server, fresh_database};

#[test]
fn a_server_that_is_dropped_is_gone_with_its_folder() {
    let server = Server::start().unwrap();
    let socket = server.socket().to_owned();
    assert!(socket.join(".s.PGSQL.5432").exists());
    drop(server);
    assert!(!socket.exists());
}

#[test]
fn every_database_is_another() {
    let first = fresh_database().unwrap();
    let second = fresh_database().unwrap();
    assert_ne!(first, second);
    assert!(first.starts_with("postgres://postgres@localhost/t"));
}
