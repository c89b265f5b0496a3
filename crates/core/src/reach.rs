//! The running client behind a session, for what only the network can answer.

use std::sync::Arc;

use switchboard_model::{Session, SessionId};

use crate::{Caller, Core, Error, caller::Scope, engine::Link};

impl Core {
    pub(crate) async fn reach(
        &self,
        caller: &Caller,
        id: &SessionId,
        scope: Scope,
    ) -> Result<(Session, Arc<dyn Link>), Error> {
        let session = self.session_for(caller, id, scope).await?;
        let nowhere = || format!("session {id} is {}: connect it first", session.state.word());
        let link = self.link_here(id, nowhere).await?;
        Ok((session, link))
    }
}
