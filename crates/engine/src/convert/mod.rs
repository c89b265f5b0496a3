//! Between the protocol's types and the gateway's own.

mod content;
mod inbound;
mod kinds;
mod party;

pub(crate) use self::{
    content::{Reading, finish, read},
    inbound::inbound,
    party::{complete, engine_jid, party},
};
