//! What all surfaces share: reading requests, and answering when something is wrong with them.
//!
//! Handlers return [`Failure`]; [`surface`] puts it into the words of the surface's [`ErrorShape`], and with it
//! everything that can go wrong before a handler is reached.

mod api;
mod auth;
pub(crate) mod body;
pub(crate) mod cursor;
mod description;
mod failure;
pub mod file;
mod front;
mod host;
mod idempotency;
mod limit;
mod maybe;
mod path;
mod query;
mod request_id;
pub(crate) mod socket;
mod state_body;
mod surface;
mod words;

pub use self::{
    api::{Api, ApiOptions},
    auth::{Origin, PassedOn, Signed, SignedSocket},
    body::JsonBody,
    failure::Failure,
    front::{Encrypted, Front},
    host::{host_name, own_origin},
    idempotency::IdempotencyKey,
    limit::Rate,
    path::{
        CallPath, ChatLabelPath, ChatPath, CommunityGroupPath, CommunityPath, ContactPath, DeliveryPath, GroupPath,
        KeyPath, LabelPath, MessagePath, NewsletterPath, PersonPath, SessionPath, UserPath, WebhookPath,
    },
    query::{QueryOf, misfit},
    request_id::RequestId,
    surface::{Elsewhere, ErrorShape, LARGEST_BODY, surface, unknown_path},
};

/// How long a surface that answers for the network waits for it.
pub(crate) const ANSWER_WAIT: std::time::Duration = std::time::Duration::from_secs(15);
pub(crate) use self::{
    auth::{from_headers, missing},
    body::parse,
    description::{Credentials, describe_refusals},
    maybe::given,
    path::plain_id,
    query::parameter,
    state_body::StateBody,
    surface::LARGEST_STATE,
};
