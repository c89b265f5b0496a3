//! Chats and labels of the fake: it remembers what it was asked.

use async_trait::async_trait;
use switchboard_model::{Jid, Label};

use super::{
    super::{ChatDecision, ChatLink, EngineError, LabelLink, Starred},
    link::FakeLink,
};

#[async_trait]
impl ChatLink for FakeLink {
    async fn decide(&self, chat: &Jid, decision: ChatDecision) -> Result<(), EngineError> {
        self.online()?;
        self.session().notice(format!("{decision:?} {chat}"));
        Ok(())
    }

    async fn star(&self, message: &Starred, starred: bool) -> Result<(), EngineError> {
        self.online()?;
        self.session().notice(format!("star {} {starred}", message.id));
        Ok(())
    }
}

#[async_trait]
impl LabelLink for FakeLink {
    async fn put_label(&self, label: &Label) -> Result<(), EngineError> {
        self.online()?;
        self.session().notice(format!("label {} in {}", label.id, label.color));
        Ok(())
    }

    async fn delete_label(&self, id: &str) -> Result<(), EngineError> {
        self.online()?;
        self.session().notice(format!("no label {id}"));
        Ok(())
    }

    async fn label_chat(&self, chat: &Jid, label: &str, labeled: bool) -> Result<(), EngineError> {
        self.online()?;
        self.session().notice(format!("label {label} on {chat} {labeled}"));
        Ok(())
    }
}
