//! Webhooks and their deliveries, as a person handles them.

use axum::http::StatusCode;
use switchboard_model::Origin;

use super::house::House;

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
