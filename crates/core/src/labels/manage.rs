//! Labels as the account's owner manages them: told to the other devices first, then written down.

use switchboard_model::{Jid, Label, SessionId};
use switchboard_store::{chats, labels};

use super::note::note;
use crate::{
    Caller, Core, Error,
    caller::Scope,
    engine::{LabelNews, LabelTurn},
};

const LONGEST_NAME: usize = 100;

#[derive(Clone, Debug)]
pub struct NewLabel {
    pub name: String,
    pub color: u32,
}

/// What is absent stays as it is.
#[derive(Clone, Debug, Default)]
pub struct ChangeLabel {
    pub name: Option<String>,
    pub color: Option<u32>,
}

impl Core {
    pub async fn labels(&self, caller: &Caller, session: &SessionId) -> Result<Vec<Label>, Error> {
        self.session_for(caller, session, Scope::Read).await?;
        Ok(labels::list(self.store().reader(), session).await?)
    }

    pub async fn create_label(&self, caller: &Caller, session: &SessionId, new: NewLabel) -> Result<Label, Error> {
        let (_, link) = self.reach(caller, session, Scope::Send).await?;
        // Two at once must not choose the same id; only the owner of the session comes this far.
        let _alone = self.0.labelling.lock().await;
        let id = next_id(&labels::list(self.store().reader(), session).await?);
        let label = checked(Label { id, name: new.name, color: new.color })?;
        link.put_label(&label).await?;
        self.note_label(session, LabelTurn::Is(label.clone())).await?;
        Ok(label)
    }

    pub async fn change_label(
        &self,
        caller: &Caller,
        session: &SessionId,
        id: &str,
        change: ChangeLabel,
    ) -> Result<Label, Error> {
        let (_, link) = self.reach(caller, session, Scope::Send).await?;
        let was = self.known_label(session, id).await?;
        let name = change.name.unwrap_or(was.name);
        let label = checked(Label { id: was.id, name, color: change.color.unwrap_or(was.color) })?;
        link.put_label(&label).await?;
        self.note_label(session, LabelTurn::Is(label.clone())).await?;
        Ok(label)
    }

    /// The chats it was on have it no more.
    pub async fn delete_label(&self, caller: &Caller, session: &SessionId, id: &str) -> Result<(), Error> {
        let (_, link) = self.reach(caller, session, Scope::Send).await?;
        let Label { id, .. } = self.known_label(session, id).await?;
        link.delete_label(&id).await?;
        self.note_label(session, LabelTurn::Deleted { id }).await
    }

    /// Puts a label on a chat, or takes it off.
    pub async fn label_chat(
        &self,
        caller: &Caller,
        session: &SessionId,
        chat: &Jid,
        id: &str,
        labeled: bool,
    ) -> Result<(), Error> {
        let (_, link) = self.reach(caller, session, Scope::Send).await?;
        let known = chats::find(self.store().reader(), session, chat).await?;
        let chat = known.ok_or_else(|| Error::not_found("chat", chat.to_string()))?.party;
        let Label { id: label, .. } = self.known_label(session, id).await?;
        link.label_chat(&chat.jid, &label, labeled).await?;
        self.note_label(session, LabelTurn::OnChat { chat, label, labeled }).await
    }

    async fn known_label(&self, session: &SessionId, id: &str) -> Result<Label, Error> {
        let found = labels::find(self.store().reader(), session, id).await?;
        found.ok_or_else(|| Error::not_found("label", id))
    }

    async fn note_label(&self, session: &SessionId, turn: LabelTurn) -> Result<(), Error> {
        let (order, now) = ((session.clone(), LabelNews { turn, old: false }), self.now());
        let write = self.store().write(move |tx| {
            let (session, news) = order.clone();
            Box::pin(async move { note(tx, &session, &news, now).await })
        });
        Ok(write.await?)
    }
}

/// Apps count.
fn next_id(labels: &[Label]) -> String {
    let highest = labels.iter().filter_map(|label| label.id.parse::<u32>().ok()).max().unwrap_or(0);
    highest.saturating_add(1).to_string()
}

fn checked(label: Label) -> Result<Label, Error> {
    let name = label.name.trim();
    if name.is_empty() || name.chars().count() > LONGEST_NAME {
        return Err(Error::invalid("name", format!("has 1 to {LONGEST_NAME} characters")));
    }
    if label.color >= Label::COLORS {
        return Err(Error::invalid("color", format!("is a number from 0 to {}", Label::COLORS - 1)));
    }
    Ok(Label { name: name.to_owned(), ..label })
}
