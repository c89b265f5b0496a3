//! Webhooks and their deliveries, as a person handles them.

use axum::http::StatusCode;
use switchboard_core::{Caller, WebhookQuery};
use switchboard_model::{EventBody, Origin, SessionId, UserId};
use switchboard_store::deliveries::{Attempt, work::Settlement};

use super::{
    house::{Browser, House},
    live::until,
};

const NEW: &str = "url=https%3A%2F%2F93.184.216.34%2Fhook&name=crm";

#[tokio::test]
async fn a_new_webhook_stands_in_the_list_below_its_secret() {
    let house = House::main().await;
    let browser = house.browser().await;
    let page = house.get("/webhooks").by(&browser).send().await;
    assert!(page.text.contains("No webhooks yet") && !page.text.contains("hx-swap-oob"), "{}", page.text);
    let made = house.post("/webhooks", NEW).by(&browser).send().await;
    assert!(made.text.contains("whsec_") && made.text.contains("id=\"hooks\" hx-swap-oob"), "{}", made.text);
    assert!(made.text.contains(">crm</a>") && !made.text.contains("No webhooks yet"), "{}", made.text);
}

#[tokio::test]
async fn a_kind_that_nothing_is_of_is_refused() {
    let house = House::main().await;
    let browser = house.browser().await;
    let form = format!("{NEW}&events=message.*+nonsense.kind");
    let made = house.post("/webhooks", &form).by(&browser).send().await;
    assert_eq!(made.status, StatusCode::BAD_REQUEST, "{}", made.text);
    assert!(made.text.contains("`nonsense.kind`") && !made.text.contains("`message.*`"), "{}", made.text);
}

#[tokio::test]
async fn the_deliveries_of_a_session_stay_those_of_that_one() {
    let house = House::main().await;
    house.session("a", Origin::Native).await;
    let browser = house.browser().await;
    let page = house.get("/deliveries?session=a&state=dead").by(&browser).send().await.text;
    assert!(page.contains("<span class=\"muted\">a</span></h1>"), "{page}");
    assert!(page.contains("\"/deliveries?state=pending&#38;session=a\" aria-current=\"false\""), "{page}");
    assert!(page.contains("\"/deliveries?state=dead&#38;session=a\" aria-current=\"page\""), "{page}");
}

/// A session, and the id of a webhook that wants everything of it.
async fn hooked(house: &House, browser: &Browser) -> (SessionId, String) {
    let session = house.session("a", Origin::Native).await;
    house.post("/webhooks", NEW).by(browser).send().await;
    let hooks = house.core.webhooks(&Caller::System, WebhookQuery::default()).await.unwrap();
    (session, hooks[0].id.clone())
}

/// Something happens, and is delivered; no event tells of the latter.
async fn deliver(house: &House, session: &SessionId, hook: &str) {
    house.core.append_events(session, vec![EventBody::LabelDeleted { id: "7".to_owned() }]).await.unwrap();
    let desk = house.core.delivery_desk(&Caller::System).unwrap();
    for lane in desk.lanes_of(hook).await.unwrap() {
        for row in desk.head_of(&lane, 10).await.unwrap() {
            let attempt = Attempt { at: desk.now(), status: Some(204), latency_ms: 7, error: None };
            desk.settle(&row, Settlement::Delivered, attempt).await.unwrap();
        }
    }
}

#[tokio::test]
async fn what_becomes_of_a_delivery_shows_by_itself() {
    let house = House::main().await;
    let browser = house.browser().await;
    let (session, hook) = hooked(&house, &browser).await;
    for path in
        ["/deliveries/live".to_owned(), "/deliveries/live?session=a".to_owned(), format!("/webhooks/{hook}/live")]
    {
        let stream = house.get(&path).by(&browser).open().await;
        deliver(&house, &session, &hook).await;
        let said = until(stream, "Delivered").await;
        assert!(said.contains("label.deleted") && said.contains("204"), "{path}: {said}");
    }
    let page = house.get("/deliveries?state=delivered&session=a").by(&browser).send().await.text;
    let live = "data-live=\"/deliveries/live?state=delivered&#38;session=a&#38;from=";
    assert!(page.contains(live) && page.contains(&format!("id=\"delivery-{hook}-")), "{page}");
    let gone = house.get("/deliveries?session=gone").by(&browser).send().await;
    assert_eq!(gone.status, StatusCode::NOT_FOUND, "{}", gone.text);
}

#[tokio::test]
async fn a_webhook_that_is_paused_or_deleted_elsewhere_shows_so() {
    let house = House::main().await;
    let browser = house.browser().await;
    let (_, hook) = hooked(&house, &browser).await;
    let open = async || house.get(&format!("/webhooks/{hook}/live")).by(&browser).open().await;
    let stream = open().await;
    house.core.pause_webhook(&Caller::System, &hook).await.unwrap();
    until(stream, "Paused").await;
    let stream = open().await;
    house.core.delete_webhook(&Caller::System, &hook).await.unwrap();
    until(stream, "event: gone").await;
}

#[tokio::test]
async fn a_page_that_looks_by_itself_shows_nothing_after_its_login() {
    let house = House::main().await;
    let browser = house.browser().await;
    let (_, hook) = hooked(&house, &browser).await;
    let stream = house.get(&format!("/webhooks/{hook}/live")).by(&browser).open().await;
    house.core.sign_out_everywhere(&Caller::System, UserId::ADMIN).await.unwrap();
    house.core.pause_webhook(&Caller::System, &hook).await.unwrap();
    let said = until(stream, "event: stale").await;
    assert!(!said.contains("Paused"), "{said}");
}

#[tokio::test]
async fn a_webhook_is_changed_by_its_form() {
    let house = House::main().await;
    let browser = house.browser().await;
    let (_, hook) = hooked(&house, &browser).await;
    let place = format!("/webhooks/{hook}");
    let post = async |form: String| house.post(&place, &form).by(&browser).send().await;
    let form = |url: &str, headers: &str| {
        let chats = "%2B62%20811-0000-0002%0A";
        format!(
            "name=orders&url={url}&events=message.*+call.ended&ignored_chats={chats}&headers={headers}&mode=parallel"
        )
    };
    let good = "https%3A%2F%2F93.184.216.34%2Forders";
    let changed = post(form(good, "X-Shop%3A+7%0D%0A")).await;
    assert_eq!(
        (changed.status, changed.header("hx-redirect")),
        (StatusCode::NO_CONTENT, place.as_str()),
        "{}",
        changed.text
    );
    let now = house.core.webhook(&Caller::System, &hook).await.unwrap();
    assert_eq!((now.name.as_str(), now.url.as_str()), ("orders", "https://93.184.216.34/orders"));
    assert_eq!(
        (now.events, now.headers),
        (vec!["message.*".into(), "call.ended".into()], vec![("x-shop".into(), "7".into())])
    );
    assert_eq!(now.ignored_chats, ["6281100000002@s.whatsapp.net"]);
    let page = house.get(&place).by(&browser).send().await.text;
    for wanted in
        ["value=\"message.* call.ended\"", ">x-shop: 7</textarea>", "value=\"parallel\" selected", ">orders</h1>"]
    {
        assert!(page.contains(wanted), "{wanted}: {page}");
    }
    for bad in [form("http%3A%2F%2F127.0.0.1%2F", ""), form(good, "no-colon"), form(good, "Host%3A+x")] {
        let refused = post(bad.clone()).await;
        assert!(refused.status.is_client_error(), "{bad}: {}", refused.text);
    }
    assert_eq!(house.core.webhook(&Caller::System, &hook).await.unwrap().url, now.url);
}
