//! What was begun under one account, when the session is linked again.

use switchboard_model::{EventBody, Lid, MessageId, MessageStatus, Phone, SessionId};
use switchboard_store::history;

use super::tests::{House, SOON};
use crate::{Caller, Pair, engine::fake::Answer};

/// A session that was logged out by its phone with one message unanswered and a piece of the past not imported yet.
struct Left {
    house: House,
    id: SessionId,
    message: MessageId,
}

impl Left {
    async fn behind() -> Self {
        let house = House::new().await;
        let (id, session) = house.paired("one").await;
        session.answer(Answer::Silence);
        let message = house.send(&id, "from the first account", None).await.expect("accepted");
        session.sent_at_least(1).await;
        let order = id.clone();
        let stored = house.store.write(move |tx| {
            let id = order.clone();
            Box::pin(async move { history::insert(tx, &id, "initial", 50, b"6281100000002 10").await })
        });
        stored.await.expect("stored");
        session.link().await.log_out();
        house.until(&id, "logged_out").await;
        Self { house, id, message }
    }

    /// Links it to this account; tells what was sent from there by the time that a new message is answered.
    async fn linked_to(&self, phone: &str, lid: &str) -> Vec<MessageId> {
        let session = self.house.engine.session(&self.id);
        let before = session.sent().len();
        self.house.core.connect(&Caller::System, &self.id, Pair::Qr).await.expect("connects");
        let (phone, lid): (Phone, Lid) = (phone.parse().expect("phone"), lid.parse().expect("lid"));
        session.answer(Answer::Ack);
        session.link().await.pair(&phone, &lid);
        let paired = |body: &EventBody| matches!(body, EventBody::SessionPaired { account } if account.pn.as_ref() == Some(&phone));
        self.house.until_event(&self.id, paired).await;
        let new = self.house.send(&self.id, "from now on", None).await.expect("accepted");
        self.house.core.fate(&Caller::System, &self.id, &new, SOON).await.expect("fate");
        let sent = session.sent().into_iter().skip(before).map(|sent| sent.id);
        sent.map(|id| if id == new { MessageId("new".to_owned()) } else { id }).collect()
    }

    async fn pieces_left(&self) -> usize {
        history::waiting(self.house.store.reader()).await.expect("read").len()
    }
}

#[tokio::test]
async fn what_was_queued_under_one_account_never_goes_out_from_another() {
    let left = Left::behind().await;
    let sent = left.linked_to("6281100000009", "100009").await;
    assert_eq!(sent, [MessageId("new".to_owned())]);
    let view = left.house.core.message(&Caller::System, &left.id, &left.message).await.expect("kept");
    assert_eq!(view.status, MessageStatus::Failed);
    assert!(view.reason.expect("a reason").contains("another account"));
    let told = |body: &EventBody| matches!(body, EventBody::MessageStatusChanged { id, status: MessageStatus::Failed, reason: Some(_), .. } if *id == left.message);
    left.house.until_event(&left.id, told).await;
    assert_eq!(left.pieces_left().await, 0, "the past of one account is not that of the other");
}

#[tokio::test]
async fn the_same_account_linked_anew_goes_on_with_what_was_queued() {
    let left = Left::behind().await;
    let sent = left.linked_to("6281100000001", "100001").await;
    assert_eq!(sent, [left.message.clone(), MessageId("new".to_owned())]);
    assert_eq!(left.pieces_left().await, 1);
}
