//! A running service: where it listens, and how it ends.

use std::net::SocketAddr;
use std::time::Duration;

use theriac_http::server::RunningServer;
use theriac_http::task::{Supervisor, TaskFailure};

/// The time that tasks get to end after the server has answered its last request.
const TASKS_DEADLINE: Duration = Duration::from_secs(5);

/// A running service.
#[derive(Clone, Debug)]
pub struct Application {
    address: SocketAddr,
    supervisor: Supervisor,
    deadline: Duration,
}

impl Application {
    /// The service behind `server`, whose tasks `supervisor` watches. `server_deadline` is the time
    /// that requests have to end.
    pub fn new(server: &RunningServer, supervisor: Supervisor, server_deadline: Duration) -> Self {
        Self {
            address: *server
                .addresses
                .first()
                .expect("a server that was bound has an address"),
            supervisor,
            deadline: server_deadline.saturating_add(TASKS_DEADLINE),
        }
    }

    /// Where it listens; the real port when port 0 was asked for.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Begins the shutdown. Calling it again changes nothing.
    pub fn shutdown(&self) {
        self.supervisor.shutdown();
    }

    /// Begins the shutdown when the process gets SIGINT or SIGTERM.
    pub fn shutdown_on_signals(&self) {
        self.supervisor.shutdown_on_signals();
    }

    /// Runs until the shutdown, or until a task dies that the service cannot live without.
    ///
    /// # Errors
    ///
    /// The failure that brought the service down, or the tasks that did not end in time.
    pub async fn stopped(self) -> Result<(), TaskFailure> {
        self.supervisor.run_until_stopped(self.deadline).await
    }
}
