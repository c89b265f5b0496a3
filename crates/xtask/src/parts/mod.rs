//! What every job that drives a gateway needs: the network and the gateway as processes, and HTTP to both.

pub(crate) mod gateway;
pub(crate) mod http;
pub(crate) mod network;
pub(crate) mod process;
pub(crate) mod switchboard;
