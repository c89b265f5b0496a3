//! Sending for surfaces that answer only when the network has.

use std::time::Duration;

use switchboard_model::SessionId;

use super::{Accepted, MessageView, SendMessage};
use crate::{Caller, Core, Error};

impl Core {
    /// Accepts a message and waits, at most `limit`, until the network answered for it. A message still queued
    /// then is sent all the same.
    pub async fn send_and_wait(
        &self,
        caller: &Caller,
        session: &SessionId,
        order: SendMessage,
        limit: Duration,
    ) -> Result<(Accepted, MessageView), Error> {
        let accepted = self.send(caller, session, order).await?;
        // Whoever may send may know what became of this one, without the right to read all the others.
        let fate = self.fate(&Caller::System, session, &accepted.id, limit).await?;
        Ok((accepted, fate))
    }
}
