//! How long messages are kept, and what remains of them where they are not to be stored.

use std::time::Duration;

use switchboard_model::{MessageId, SessionId, SessionSettings, Timestamp};
use switchboard_store::{
    StoreError, Tx, chats, messages,
    sessions::{self, SessionFilter},
};

use crate::{Core, contacts::DAY, sessions::settings};

/// Rows changed in one transaction: others wait meanwhile.
const CHUNK: u64 = 500;
const PAGE: u64 = 1000;
/// A message without content is remembered for as long as it may come again and receipts for it are likely.
const REMEMBERED: Duration = Duration::from_secs(2 * 24 * 3600);

/// Where messages are not to be stored, takes out what was just written, before anybody else can see it.
pub(crate) async fn keep_only_what_is_wanted(
    tx: &mut Tx,
    session: &SessionId,
    written: &[&MessageId],
) -> Result<(), StoreError> {
    if written.is_empty() || settings::of(tx, session).await?.store_messages {
        return Ok(());
    }
    messages::empty_these(tx, session, written).await?;
    chats::forget_all(tx, session).await.map(drop)
}

impl Core {
    /// Forgets, for every session, what it does not keep any longer.
    pub(crate) async fn forget_messages(&self) -> Result<(), StoreError> {
        let mut after = None;
        loop {
            let page = sessions::list(self.store().reader(), &SessionFilter::default(), after.as_ref(), PAGE).await?;
            for session in &page {
                self.forget_messages_of(&session.id).await?;
            }
            match page.last() {
                Some(last) if page.len() as u64 == PAGE => after = Some(last.id.clone()),
                _ => return Ok(()),
            }
        }
    }

    async fn forget_messages_of(&self, session: &SessionId) -> Result<(), StoreError> {
        let settings = settings::of(self.store().reader(), session).await?;
        if let Some(before) = cutoff(settings, self.now()) {
            self.forget_before(session, before).await?;
        }
        if settings.store_messages {
            return Ok(());
        }
        let emptied = |session: SessionId| {
            self.store().write_bulk(move |tx| {
                let session = session.clone();
                Box::pin(async move {
                    chats::forget_all(tx, &session).await?;
                    messages::empty(tx, &session, CHUNK).await
                })
            })
        };
        while emptied(session.clone()).await? > 0 {}
        Ok(())
    }

    async fn forget_before(&self, session: &SessionId, before: Timestamp) -> Result<(), StoreError> {
        if !messages::any_before(self.store().reader(), session, before).await? {
            return Ok(());
        }
        let chunk = |session: SessionId| {
            self.store().write_bulk(move |tx| {
                let session = session.clone();
                Box::pin(async move {
                    chats::prune(tx, &session, before).await?;
                    messages::prune(tx, &session, before, CHUNK).await
                })
            })
        };
        while chunk(session.clone()).await? > 0 {}
        Ok(())
    }
}

/// What is older goes.
pub(crate) fn cutoff(settings: SessionSettings, now: Timestamp) -> Option<Timestamp> {
    let kept = settings.keep_messages_days.map(|days| DAY * days);
    let remembered = (!settings.store_messages).then_some(REMEMBERED);
    kept.into_iter().chain(remembered).min().map(|kept| now.before(kept))
}

#[cfg(test)]
mod tests {
    use switchboard_model::{Content, Context, EventBody, MessageStatus};
    use switchboard_store::messages::MessageFilter;

    use super::*;
    use crate::{
        Caller, ChatQuery, MessageQuery, SendMessage, SessionChange,
        engine::ReceiptKind,
        testing::{Office, inbound},
    };

    const ANA: &str = "6281100000002";

    #[test]
    fn the_shorter_time_counts() {
        let now = Timestamp::from_secs(10_000_000_000);
        let of = |store_messages, keep_messages_days| {
            cutoff(SessionSettings { store_messages, keep_messages_days }, now).map(|before| now.since(before))
        };
        assert_eq!(of(true, None), None);
        assert_eq!(of(true, Some(30)), Some(DAY * 30));
        assert_eq!(of(false, Some(30)), Some(REMEMBERED));
        assert_eq!(of(false, Some(1)), Some(DAY));
        assert_eq!(cutoff(SessionSettings::default(), now), Some(now.before(DAY * 90)));
    }

    async fn change(office: &Office, session: &SessionId, change: SessionChange) {
        office.core.change_session(&Caller::System, session, change).await.expect("changed");
    }

    /// The ids that a reader of the history finds, and how many chats.
    async fn history(office: &Office, session: &SessionId) -> (Vec<String>, usize) {
        let page = office.core.messages(&Caller::System, session, MessageQuery::default()).await.expect("messages");
        let chats = office.core.chats(&Caller::System, session, ChatQuery::default()).await.expect("chats");
        (page.messages.into_iter().map(|view| view.message.id.0).collect(), chats.chats.len())
    }

    #[tokio::test]
    async fn messages_go_after_their_time_and_take_their_chats_along() {
        let office = Office::open().await;
        let (session, link) = office.linked("shop").await;
        office.clock.advance(DAY * 30);
        let later = 20 * 24 * 3600;
        let batch = vec![inbound("A", ANA, 0), inbound("B", "6281100000003", later)];
        link.deliver(batch).await.expect("stored");
        office.core.forget_messages().await.expect("done");
        assert_eq!(history(&office, &session).await.0, ["B", "A"], "kept for 90 days where nobody said otherwise");
        let days = |days| SessionChange { keep_messages_days: Some(Some(days)), ..SessionChange::default() };
        change(&office, &session, days(20)).await;
        office.core.forget_messages().await.expect("done");
        assert_eq!(history(&office, &session).await, (vec!["B".to_owned()], 1));
        change(&office, &session, days(5)).await;
        office.core.forget_messages().await.expect("done");
        assert_eq!(history(&office, &session).await, (Vec::new(), 0));
    }

    #[tokio::test]
    async fn where_nothing_is_stored_everything_is_still_delivered_and_told() {
        let office = Office::open().await;
        let (session, link) = office.linked("shop").await;
        link.deliver(vec![inbound("before", ANA, 0)]).await.expect("stored");
        change(&office, &session, SessionChange { store_messages: Some(false), ..SessionChange::default() }).await;
        link.deliver(vec![inbound("in", ANA, 1)]).await.expect("stored");
        link.deliver(vec![inbound("in", ANA, 1)]).await.expect("known");
        let text = Content::Text { text: "out".to_owned() };
        let (to, context) = (ANA.parse().expect("an address"), Context::default());
        let order = SendMessage { to, content: text, context, idempotency_key: None, only_when_connected: false };
        let sent = office.core.send(&Caller::System, &session, order).await.expect("accepted");
        let written = office.engine.session(&session).sent_at_least(1).await;
        let out = |body: &EventBody| matches!(body, EventBody::MessageSent(m) if m.content.text() == Some("out"));
        office.event(&session, out).await;
        link.receipt(&written[0], ReceiptKind::Read, Timestamp::from_secs(1_767_603_700));
        let read = |body: &EventBody| matches!(body, EventBody::MessageStatusChanged { id, status: MessageStatus::Read, .. } if *id == sent.id);
        office.event(&session, read).await;

        let query = crate::EventQuery { kinds: Some(vec!["message.received".to_owned()]), ..Default::default() };
        let told = office.core.events(&Caller::System, &query, 0).await.expect("events").events;
        let texts: Vec<_> = told.iter().filter_map(|event| event.body.message()?.content.text()).collect();
        assert_eq!(texts, ["before", "in"], "each once");
        assert_eq!(history(&office, &session).await, (vec!["before".to_owned()], 0));
        office.core.forget_messages().await.expect("done");
        assert_eq!(history(&office, &session).await, (Vec::new(), 0), "what was there before is gone too");
        let view = office.core.message(&Caller::System, &session, &sent.id).await.expect("remembered");
        assert_eq!((view.message.content, view.status), (Content::not_stored(), MessageStatus::Read));
        office.clock.advance(REMEMBERED * 2);
        office.core.forget_messages().await.expect("done");
        let reader = office.core.store().reader();
        let left = messages::find(reader, &session, &sent.id).await.expect("read");
        assert!(
            left.is_empty() && messages::page(reader, &session, &MessageFilter::default(), 9).await.unwrap().is_empty()
        );
    }
}
