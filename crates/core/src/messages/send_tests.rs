use std::time::Duration;

use switchboard_model::{Content, Context, EventBody, SessionState};

use super::{Accepted, SendMessage};
use crate::{Caller, testing::Office};

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
