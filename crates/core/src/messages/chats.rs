//! Conversations, by their newest message.

use switchboard_model::SessionId;
use switchboard_store::messages;

use super::MessageView;
use crate::{Caller, Core, Error, caller::Scope};

const LARGEST_PAGE: u64 = 200;

impl Core {
    /// The newest message of each conversation of a session, the one last written in first.
    pub async fn chats(
        &self,
        caller: &Caller,
        session: &SessionId,
        limit: Option<u64>,
    ) -> Result<Vec<MessageView>, Error> {
        self.session_for(caller, session, Scope::Read).await?;
        let limit = limit.unwrap_or(50).clamp(1, LARGEST_PAGE);
        let rows = messages::newest_of_chats(self.store().reader(), session, limit).await?;
        Ok(rows.into_iter().map(MessageView::from).collect())
    }
}
