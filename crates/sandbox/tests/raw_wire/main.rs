//! The network as a client without any client library sees it: bytes on a socket.

mod client;
mod control;
mod control_api;
mod faults;
mod hostile;
mod pairing;
mod persistence;
mod queue;
mod requests;
mod routing;
