use std::time::Duration;

use switchboard_model::{Content, Context, EventBody, Jid, Party, SessionState};

use super::{Accepted, SendMessage};
use crate::{
    Caller,
    engine::Inbound,
    testing::{Office, inbound},
};

const SOON: Duration = Duration::from_secs(60);

fn text(to: &str, key: Option<&str>) -> SendMessage {
    SendMessage {
        to: to.parse().expect("an address"),
        content: Content::Text { text: "hello".to_owned() },
        context: Context::default(),
        idempotency_key: key.map(str::to_owned),
        only_when_connected: true,
    }
}

#[tokio::test]
async fn a_request_is_repeated_with_the_answer_it_had_when_the_session_has_gone_meanwhile() {
    let office = Office::open().await;
    let (session, link) = office.linked("shop").await;
    let send = async |key| office.core.send(&Caller::System, &session, text("6281100000002", key)).await;
    let first = send(Some("key-1")).await.expect("accepted");
    office.core.fate(&Caller::System, &session, &first.id, SOON).await.expect("sent");
    link.log_out();
    let gone = |body: &EventBody| matches!(body, EventBody::SessionStateChanged(SessionState::LoggedOut { .. }));
    office.event(&session, gone).await;
    office.clock.advance(SOON);

    assert_eq!(send(Some("key-1")).await, Ok(Accepted { repeated: true, ..first }));
    let refused = send(Some("key-2")).await.expect_err("it has gone");
    assert_eq!(refused.code(), "not_connected");
}

#[tokio::test]
async fn what_is_sent_to_a_lid_is_shown_under_the_phone_number() {
    let office = Office::open().await;
    let (session, link) = office.linked("shop").await;
    let lid: Jid = "100000000000002@lid".parse().expect("an address");
    let ana = Party { lid: Party::from(lid.clone()).lid, ..inbound("A", "6281100000002", 1).chat };
    let told = Inbound { chat: ana.clone(), sender: ana.clone(), ..inbound("A", "6281100000002", 1) };
    link.deliver(vec![told]).await.expect("stored");

    let order = text("100000000000002@lid", Some("key-1"));
    let accepted = office.core.send(&Caller::System, &session, order.clone()).await.expect("accepted");
    assert_eq!(accepted.chat, ana.jid);
    let again = office.core.send(&Caller::System, &session, order).await;
    assert_eq!(again, Ok(Accepted { repeated: true, ..accepted }));
    let is_sent = |body: &EventBody| matches!(body, EventBody::MessageSent(_));
    assert_eq!(office.event(&session, is_sent).await.chat(), Some(&ana));
    let to = office.engine.session(&session).sent_at_least(1).await.remove(0).chat;
    assert_eq!(to, lid, "to the network it is the address that was asked for");

    let stranger = office.core.send(&Caller::System, &session, text("100000000000009@lid", None)).await;
    assert_eq!(stranger.expect("accepted").chat.to_string(), "100000000000009@lid");
}
