//! Calls, as a person looks at them.

use axum::http::StatusCode;
use switchboard_core::{BlockContact, Caller};
use switchboard_model::{Jid, Origin, Party, SessionId, Timestamp};

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

/// The link to what comes behind the shown part of a list.
fn further(page: &str, list: &str) -> Option<String> {
    let (_, rest) = page.split_once(&format!("id=\"{list}\""))?;
    let (shown, _) = rest.split_once("</div>\n").unwrap_or((rest, ""));
    let link = shown.split("class=\"button\" href=\"").nth(1)?.split('"').next()?;
    Some(link.replace("&#38;", "&").replace("&amp;", "&"))
}

fn count(page: &str, mark: &str) -> usize {
    page.matches(mark).count()
}

#[tokio::test]
async fn blocked_contacts_are_read_back_to_the_first_and_known_by_either_name() {
    let house = House::main().await;
    let id = house.linked("a", Origin::Native).await;
    let (browser, link) = (house.browser().await, house.engine.session(&id).link().await);
    let ana = Party::person(Some("6281100000002".parse().unwrap()), Some("100002".parse().unwrap())).unwrap();
    // By her LID alone, and before all others: on the page of the newest hundred she is not.
    block(&house, &id, "100002@lid").await;
    for number in 0..100 {
        block(&house, &id, &format!("62822{number:07}")).await;
    }
    let stream = house.get("/sessions/a/calls/live").by(&browser).open().await;
    link.call("C1", ana, Timestamp::from_secs(1_767_603_600));
    until(stream, "id=\"call-C1\"").await;
    let page = house.get("/sessions/a/calls").by(&browser).send().await.text;
    assert_eq!(count(&page, "id=\"block-"), 100, "{page}");
    assert!(page.contains("badge bad"), "she is blocked: {page}");
    let rest = further(&page, "blocked").expect("a next page");
    let rest = house.get(&rest).by(&browser).send().await.text;
    assert_eq!(count(&rest, "id=\"block-"), 1, "{rest}");
    assert_eq!(further(&rest, "blocked"), None);
    assert!(rest.contains("call-C1"), "the other list stays where it is");
}

async fn block(house: &House, id: &SessionId, contact: &str) {
    let order =
        BlockContact { contact: contact.parse().unwrap(), reason: None, block_type: None, duration_hours: None };
    house.core.block_contact(&Caller::System, id, order).await.unwrap();
}
