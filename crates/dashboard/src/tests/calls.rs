//! Calls, as a person looks at them.

use axum::http::StatusCode;
use switchboard_model::{Jid, Origin, Party, Timestamp};

use super::{house::House, live::until};

const ANA: &str = "6281100000002@s.whatsapp.net";

#[tokio::test]
async fn a_call_and_a_block_show_by_themselves() {
    let house = House::main().await;
    let id = house.linked("a", Origin::Native).await;
    let (browser, link) = (house.browser().await, house.engine.session(&id).link().await);
    let page = house.get("/sessions/a/calls").by(&browser).send().await.text;
    let path = page.split("data-live=\"").nth(1).and_then(|rest| rest.split('"').next()).unwrap();
    assert!(page.contains("No calls yet") && page.contains("Nobody is blocked."), "{page}");
    let stream = house.get(path).by(&browser).open().await;
    link.call("C1", Party::from(ANA.parse::<Jid>().unwrap()), Timestamp::from_secs(1_767_603_600));
    until(stream, "id=\"call-C1\"").await;
    let stream = house.get("/sessions/a/calls/live").by(&browser).open().await;
    let form = format!("contact={ANA}&reason=too+often");
    let blocked = house.post("/sessions/a/blocked", &form).by(&browser).send().await;
    assert_eq!(blocked.status, StatusCode::NO_CONTENT, "{}", blocked.text);
    let said = until(stream, "too often").await;
    assert!(said.contains("Unblock") && !said.contains("Nobody is blocked."), "{said}");
}
