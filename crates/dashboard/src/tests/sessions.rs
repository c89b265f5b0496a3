//! Sessions, as a person handles them.

use axum::http::{Method, StatusCode};
use switchboard_core::{Caller, Pair};
use switchboard_model::Origin;

use super::{house::House, live::until};

#[tokio::test]
async fn the_documented_flow_works_without_signing_in() {
    let house = House::open().await;
    let csrf = house.get("/").send().await.csrf();
    let made = house.post("/sessions", "device_id=device-001").header("x-csrf-token", &csrf).send().await;
    assert_eq!((made.status, made.header("hx-redirect")), (StatusCode::NO_CONTENT, "/sessions/device-001"));
    let id = "device-001".parse().unwrap();
    house.engine.session(&id).link().await.qr("2@a-code-to-scan");
    house.until(&id, "waiting_qr").await;
    let page = house.get("/sessions/device-001").send().await;
    assert!(page.text.contains("<svg") && page.text.contains("Scan to link"), "{}", page.text);

    let link = house.engine.session(&id).link().await;
    link.pair(&"6282260790996".parse().unwrap(), &"100001".parse().unwrap());
    house.until(&id, "connected").await;
    let key = house.post("/sessions/device-001/key", "api_key=").header("x-csrf-token", &csrf).send().await;
    let secret = key.text.split("id=\"new-key\">").nth(1).unwrap().split('<').next().unwrap().to_owned();
    let page = house.get("/sessions/device-001").send().await;
    assert!(page.text.contains(&secret[..8]) && !page.text.contains(&secret), "the key is shown once");

    let form = |key: &str| format!("number=6281381393739&message=Hello&api_key={key}");
    let wrong = house.post("/sessions/device-001/send", &form("wrong")).header("x-csrf-token", &csrf).send().await;
    assert_eq!(wrong.status, StatusCode::BAD_REQUEST, "{}", wrong.text);
    assert!(wrong.text.contains("API key: is not the key of this session"), "{}", wrong.text);
    let none = house.post("/sessions/device-001/send", &form("")).header("x-csrf-token", &csrf).send().await;
    assert_eq!(none.status, StatusCode::BAD_REQUEST, "{}", none.text);
    let sent = house.post("/sessions/device-001/send", &form(&secret)).header("x-csrf-token", &csrf).send().await;
    assert!(sent.text.contains("Sent to 6281381393739"), "{}", sent.text);
}

#[tokio::test]
async fn another_sessions_key_does_not_send() {
    let house = House::open().await;
    let (_, other) = (house.linked("a", Origin::WaApi).await, house.linked("b", Origin::WaApi).await);
    let key = house.core.set_session_key(&Caller::Open, &other, Some("a-key-of-the-other".into())).await;
    assert!(key.is_ok());
    let csrf = house.get("/").send().await.csrf();
    let form = "number=6281381393739&message=Hello&api_key=a-key-of-the-other";
    let answer = house.post("/sessions/a/send", form).header("x-csrf-token", &csrf).send().await;
    assert_eq!(answer.status, StatusCode::BAD_REQUEST);
    assert!(answer.text.contains("API key: is not set for this session: set one first"), "{}", answer.text);
}

#[tokio::test]
async fn a_new_name_is_shown_at_once() {
    let house = House::main().await;
    house.session("a", Origin::Native).await;
    let browser = house.browser().await;
    let renamed = house.post("/sessions/a/name", "name=Shop").by(&browser).send().await;
    assert_eq!((renamed.status, renamed.header("hx-redirect")), (StatusCode::NO_CONTENT, "/sessions/a"));
    assert!(house.get("/sessions/a").by(&browser).send().await.text.contains("<h1>Shop</h1>"));
}

#[tokio::test]
async fn a_session_that_was_never_linked_is_not_told_of_a_link() {
    let house = House::main().await;
    let id = house.session("a", Origin::Native).await;
    let browser = house.browser().await;
    house.waiting(&id).await;
    house.core.disconnect(&Caller::System, &id).await.unwrap();
    let page = house.get("/sessions/a").by(&browser).send().await.text;
    assert!(page.contains("Connect to link a phone.") && !page.contains("The link is kept"), "{page}");
    house.core.log_out(&Caller::System, &id).await.unwrap();
    let page = house.get("/sessions/a").by(&browser).send().await.text;
    assert!(page.contains("Logged out from here.") && !page.contains("removed this device"), "{page}");
}

#[tokio::test]
async fn a_code_to_type_stands_in_two_groups_and_can_be_given_up_for_a_qr_code() {
    let house = House::main().await;
    let id = house.session("a", Origin::Native).await;
    let phone = "6282260790996".parse().unwrap();
    house.core.connect(&Caller::System, &id, Pair::Code { phone }).await.unwrap();
    house.engine.session(&id).link().await.pairing_code("GLC6CDQR");
    house.until(&id, "waiting_code").await;
    let browser = house.browser().await;
    let page = house.get("/sessions/a").by(&browser).send().await.text;
    assert!(page.contains(">GLC6-CDQR<") && page.contains("Show a QR code instead"), "{page}");
}

#[tokio::test]
async fn what_people_type_is_shown_as_they_typed_it() {
    let house = House::main().await;
    let id = house.session("a", Origin::Native).await;
    let name = "<script>alert(1)</script>\"'&";
    house.core.rename_session(&Caller::System, &id, name.to_owned()).await.unwrap();
    let browser = house.browser().await;
    for path in ["/", "/sessions/a", "/sessions/rows?q=%3Cscript"] {
        let page = house.get(path).by(&browser).send().await;
        assert!(!page.text.contains("<script>alert"), "{path}");
        assert!(page.text.contains("alert(1)"), "{path}");
    }
}

#[tokio::test]
async fn a_thousand_sessions_are_found_and_do_not_weigh() {
    let house = House::main().await;
    for n in 0..1000 {
        house.session(&format!("device-{n:04}"), Origin::Native).await;
    }
    let browser = house.browser().await;
    let page = house.get("/").by(&browser).send().await;
    assert!(page.text.len() < 150_000, "{}", page.text.len());
    let mut next = Some("/sessions/rows?q=device-0".to_owned());
    let mut seen = 0;
    while let Some(path) = next {
        let rows = house.get(&path).by(&browser).send().await.text;
        seen += rows.matches("id=\"row-").count();
        next = rows.split("hx-get=\"").nth(1).map(|rest| rest.split('"').next().unwrap().replace("&#38;", "&"));
    }
    assert_eq!(seen, 1000);
    let one = house.get("/sessions/rows?q=0777").by(&browser).send().await.text;
    assert_eq!(one.matches("id=\"row-").count(), 1);
}

#[tokio::test]
async fn many_are_connected_at_once_and_one_is_deleted() {
    let house = House::main().await;
    let (a, b) = (house.session("a", Origin::Native).await, house.session("b", Origin::Native).await);
    let browser = house.browser().await;
    let answer = house.post("/sessions/bulk", "id=a&id=b&id=gone&do=connect").by(&browser).send().await;
    assert_eq!(answer.status, StatusCode::OK, "{}", answer.text);
    house.until(&a, "connecting").await;
    house.until(&b, "connecting").await;
    let gone = house.ask(Method::DELETE, "/sessions/a").by(&browser).header("origin", "http://localhost:8080");
    assert_eq!(gone.send().await.status, StatusCode::SEE_OTHER);
    assert_eq!(house.get("/sessions/a").by(&browser).send().await.status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn the_first_session_comes_by_itself() {
    let house = House::main().await;
    let browser = house.browser().await;
    let page = house.get("/").by(&browser).send().await.text;
    assert!(page.contains("No sessions yet") && page.contains("<tbody id=\"rows\" data-grow></tbody>"), "{page}");
    let path = page.split("data-live=\"").nth(1).and_then(|rest| rest.split('"').next()).unwrap();
    let stream = house.get(path).by(&browser).open().await;
    house.session("a", Origin::Native).await;
    until(stream, "id=\"row-a\" data-into=\"#rows\"").await;
}
