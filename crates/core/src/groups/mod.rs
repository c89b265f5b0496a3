//! Groups: what a session's account is in, may do and does. The network is asked each time: it alone knows.

mod change;
mod communities;
mod create;
mod invite;
mod leave;
mod members;
mod people;
mod read;

use switchboard_model::{GroupId, Jid, Party, Session};

use crate::{Error, engine::EngineError};

pub use change::ChangeGroup;
pub use communities::CreateCommunity;
pub use create::CreateGroup;
pub use read::GroupView;

/// Who the session's account is.
fn own_party(session: &Session) -> Option<Party> {
    Party::person(session.phone.clone(), session.lid.clone())
}

/// A group that the network does not know, or does not show, is said to be missing under its own name.
fn about(group: &GroupId) -> impl FnOnce(EngineError) -> Error + '_ {
    move |error| match error {
        EngineError::Missing(_) => Error::not_found("group", Jid::Group(group.clone()).to_string()),
        other => other.into(),
    }
}
