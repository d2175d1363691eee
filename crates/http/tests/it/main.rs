//! The server as a client sees it: started on a free port, asked over the loopback.

mod api_keys;
mod limits;
mod observability;
mod problems;
mod running;
mod signed_requests;
