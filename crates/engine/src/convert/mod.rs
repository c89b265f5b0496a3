//! Between the protocol's types and the gateway's own.
//!
//! A file for each kind of message reads and writes it: `content` knows which. `context` is what goes along with any
//! of them, `reference` how a message names an earlier one.

mod contact;
mod content;
mod context;
mod finish;
mod inbound;
mod kinds;
mod location;
mod media;
mod party;
mod poll;
mod post;
mod protocol;
mod reaction;
mod reference;

pub(crate) use self::{
    content::{Reading, read as read_content},
    context::read as read_context,
    finish::finish,
    inbound::inbound,
    media::media_type,
    party::{complete, engine_jid, party},
    post::{deleted_post, past_post},
    reference::Scene,
};
