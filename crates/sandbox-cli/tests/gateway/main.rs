//! The whole gateway against the sandbox: the binary as a user starts it, driven over HTTP, killed and started again.

mod database;
mod gateway;
mod kill;
mod network;
mod replicas;
mod traffic;
