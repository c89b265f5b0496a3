//! Webhooks delivered to a real HTTP server, by a real worker on a real store.

mod crash;
mod guard;
mod house;
mod order;
mod receiver;
mod replies;
mod signing;
mod takeover;
