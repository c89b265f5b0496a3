//! Who gets in.

use std::path::Path;

use axum::http::{Method, StatusCode};
use switchboard_api::dialects::wa_api::Door;
use switchboard_core::{Caller, NewUser, Role};
use switchboard_model::Origin;

use super::house::{House, PASSWORD};
use crate::Entrance;

/// Everything that is not for everybody. A new page is added here.
const GUARDED: [(&str, &str); 75] = [
    ("GET", "/"),
    ("POST", "/sign-out"),
    ("GET", "/sessions/rows"),
    ("GET", "/sessions/live"),
    ("POST", "/sessions"),
    ("POST", "/sessions/bulk"),
    ("GET", "/sessions/a"),
    ("DELETE", "/sessions/a"),
    ("GET", "/sessions/a/live"),
    ("POST", "/sessions/a/connect"),
    ("POST", "/sessions/a/disconnect"),
    ("POST", "/sessions/a/take-back"),
    ("POST", "/sessions/a/log-out"),
    ("POST", "/sessions/a/name"),
    ("POST", "/sessions/a/code"),
    ("POST", "/sessions/a/key"),
    ("POST", "/sessions/a/send"),
    ("GET", "/sessions/a/chats"),
    ("GET", "/sessions/a/chats/live"),
    ("GET", "/sessions/a/chats/628111111111@s.whatsapp.net"),
    ("POST", "/sessions/a/chats/628111111111@s.whatsapp.net"),
    ("GET", "/sessions/a/chats/628111111111@s.whatsapp.net/live"),
    ("GET", "/sessions/a/chats/628111111111@s.whatsapp.net/older?at=1&id=A"),
    ("POST", "/sessions/a/chats/628111111111@s.whatsapp.net/files?name=a"),
    ("POST", "/sessions/a/chats/628111111111@s.whatsapp.net/reactions"),
    ("POST", "/sessions/a/chats/628111111111@s.whatsapp.net/deletions"),
    ("POST", "/sessions/a/chats/628111111111@s.whatsapp.net/read"),
    ("GET", "/phones/beside?number=628111111111"),
    ("GET", "/sessions/a/messages/A/media"),
    ("GET", "/sessions/a/messages/A/file"),
    ("GET", "/sessions/a/calls"),
    ("GET", "/sessions/a/calls/live"),
    ("POST", "/sessions/a/calls/settings"),
    ("POST", "/sessions/a/blocked"),
    ("DELETE", "/sessions/a/blocked/x"),
    ("GET", "/events"),
    ("GET", "/events/live"),
    ("GET", "/events/1"),
    ("GET", "/webhooks"),
    ("POST", "/webhooks"),
    ("GET", "/webhooks/x"),
    ("DELETE", "/webhooks/x"),
    ("POST", "/webhooks/x/pause"),
    ("POST", "/webhooks/x/resume"),
    ("POST", "/webhooks/x/test"),
    ("POST", "/webhooks/x/replay"),
    ("GET", "/deliveries"),
    ("GET", "/deliveries/live"),
    ("GET", "/webhooks/x/live"),
    ("POST", "/webhooks/x"),
    ("GET", "/users"),
    ("POST", "/users"),
    ("DELETE", "/users/1"),
    ("POST", "/users/1/role"),
    ("POST", "/users/1/password"),
    ("POST", "/users/1/sign-out"),
    ("GET", "/keys"),
    ("POST", "/keys"),
    ("DELETE", "/keys/x"),
    ("POST", "/keys/x/rotate"),
    ("GET", "/audit"),
    ("GET", "/system"),
    ("GET", "/system/samples"),
    ("GET", "/settings"),
    ("GET", "/api-docs"),
    ("GET", "/phones"),
    ("POST", "/phones"),
    ("POST", "/phones/faults"),
    ("GET", "/phones/628111111111"),
    ("GET", "/phones/628111111111/messages"),
    ("POST", "/phones/628111111111/messages"),
    ("POST", "/phones/628111111111/calls"),
    ("POST", "/phones/628111111111/groups"),
    ("POST", "/phones/628111111111/line"),
    ("POST", "/sessions/a/scan"),
];

/// What signing in needs itself.
const OPEN: [&str; 3] = ["/sign-in", "/language", "/assets/{name}"];

/// The places that the modules of this crate answer at.
fn places(folder: &Path, found: &mut Vec<String>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() && !path.ends_with("tests") {
            places(&path, found);
        } else if path.extension().is_some_and(|end| end == "rs") {
            let text = std::fs::read_to_string(path).unwrap();
            let routes = text.split(".route(\"").skip(1).filter_map(|rest| rest.split('"').next());
            found.extend(routes.map(str::to_owned));
        }
    }
}

#[test]
fn every_place_is_tried_signed_out() {
    let mut all = Vec::new();
    places(&Path::new(env!("CARGO_MANIFEST_DIR")).join("src"), &mut all);
    assert!(all.len() > 50, "only {} places were found", all.len());
    let is = |pattern: &str, path: &str| {
        let (parts, path): (Vec<_>, Vec<_>) = (pattern.split('/').collect(), path.split('/').collect());
        let fits = |(part, given): (&&str, &&str)| part.starts_with('{') || part == given;
        parts.len() == path.len() && parts.iter().zip(&path).all(fits)
    };
    let tried = |place: &str| GUARDED.iter().any(|(_, path)| is(place, path.split('?').next().unwrap_or_default()));
    let missing: Vec<_> = all.iter().filter(|place| !OPEN.contains(&place.as_str()) && !tried(place)).collect();
    assert!(missing.is_empty(), "add to GUARDED: {missing:?}");
}

#[tokio::test]
async fn nobody_sees_anything_signed_out() {
    for entrance in [Entrance::Main, Entrance::WaApi(Door::Signed)] {
        let house = House::at(entrance).await;
        house.session("a", Origin::WaApi).await;
        for (method, path) in GUARDED {
            let ask = house.ask(method.parse().unwrap(), path).header("origin", "http://localhost:8080");
            let answer = ask.send().await;
            assert_eq!(answer.status, StatusCode::SEE_OTHER, "{method} {path}: {}", answer.text);
            assert!(answer.header("location").starts_with("/sign-in?next=%2F"), "{method} {path}");
            assert_eq!(answer.text, "", "{method} {path}");
        }
    }
}

#[tokio::test]
async fn a_forged_or_ended_login_is_none() {
    let house = House::main().await;
    let browser = house.browser().await;
    assert_eq!(house.get("/").by(&browser).send().await.status, StatusCode::OK);
    let forged = format!("{}x", browser.cookie);
    assert_eq!(house.get("/").header("cookie", &forged).send().await.status, StatusCode::SEE_OTHER);
    let admin = Caller::Admin(switchboard_model::UserId::ADMIN);
    house.core.sign_out_everywhere(&admin, switchboard_model::UserId::ADMIN).await.unwrap();
    assert_eq!(house.get("/").by(&browser).send().await.status, StatusCode::SEE_OTHER);
}

#[tokio::test]
async fn the_login_cookie_is_out_of_reach() {
    let house = House::main().await;
    let attributes = house.browser().await.attributes;
    for needed in ["HttpOnly", "SameSite=Strict", "Path=/", "Max-Age="] {
        assert!(attributes.contains(needed), "{attributes}");
    }
    assert!(!attributes.contains("Secure"), "asked in plain HTTP");
    let form = format!("username=admin&password={PASSWORD}");
    assert!(house.post("/sign-in", &form).encrypted().send().await.header("set-cookie").ends_with("; Secure"));
    let wrong = house.post("/sign-in", "username=admin&password=wrong").send().await;
    assert_eq!(wrong.status, StatusCode::UNAUTHORIZED);
    assert!(wrong.headers.get("set-cookie").is_none() && wrong.text.contains("password is wrong"), "{}", wrong.text);
}

#[tokio::test]
async fn rebound_names_are_refused() {
    for house in [House::main().await, House::open().await] {
        let browser = house.browser().await;
        for host in ["evil.example", "evil.example:8080", "127.0.0.1.evil.example"] {
            for path in ["/", "/sign-in", "/sessions/rows", "/assets/app.js"] {
                let answer = house.get(path).by(&browser).host(host).send().await;
                assert_eq!(answer.status, StatusCode::FORBIDDEN, "{host} {path}");
            }
        }
        assert_eq!(house.get("/").by(&browser).host("gateway.example").send().await.status, StatusCode::OK);
        assert_eq!(house.get("/").by(&browser).host("192.168.7.7:8080").send().await.status, StatusCode::OK);
    }
}

#[tokio::test]
async fn other_sites_change_nothing() {
    let house = House::main().await;
    let id = house.session("a", Origin::Native).await;
    let browser = house.browser().await;
    for origin in ["http://evil.example", "http://localhost:5555", "null", "https://localhost:8080.evil.example"] {
        let ask = house.ask(Method::DELETE, "/sessions/a").by(&browser).header("origin", origin);
        assert_eq!(ask.send().await.status, StatusCode::FORBIDDEN, "{origin}");
        let ask = house.ask(Method::POST, "/sign-in").header("origin", origin);
        assert_eq!(ask.send().await.status, StatusCode::FORBIDDEN, "{origin}");
    }
    let silent = house.ask(Method::DELETE, "/sessions/a").by(&browser);
    assert_eq!(silent.send().await.status, StatusCode::FORBIDDEN, "without an origin");
    let unsigned = house.post("/sessions/a/connect", "").header("cookie", &browser.cookie);
    assert_eq!(unsigned.send().await.status, StatusCode::FORBIDDEN, "without the page's token");
    let other = House::main().await.browser().await;
    let mixed =
        house.post("/sessions/a/connect", "").header("cookie", &browser.cookie).header("x-csrf-token", &other.csrf);
    assert_eq!(mixed.send().await.status, StatusCode::FORBIDDEN, "with another login's token");
    assert_eq!(house.core.session(&Caller::System, &id).await.unwrap().session.state.word(), "created");
}

#[tokio::test]
async fn the_open_door_is_for_this_machine_and_for_its_own_sessions() {
    let house = House::open().await;
    house.session("ours", Origin::WaApi).await;
    house.session("theirs", Origin::Native).await;
    let page = house.get("/").send().await;
    assert_eq!(page.status, StatusCode::OK);
    assert!(page.text.contains("row-ours") && !page.text.contains("theirs"), "{}", page.text);
    assert_eq!(house.get("/sessions/theirs").send().await.status, StatusCode::NOT_FOUND);
    let proxied = house.get("/").header("x-forwarded-for", "1.2.3.4").send().await;
    assert_eq!(proxied.status, StatusCode::SEE_OTHER);
    let remote = house.get("/").host("192.168.7.7:3000").send().await;
    assert_eq!(remote.status, StatusCode::SEE_OTHER, "an address of this network is not this machine");
    for members_only in
        ["/events", "/sessions/ours/chats", "/webhooks", "/keys", "/users", "/audit", "/system", "/settings"]
    {
        assert_eq!(house.get(members_only).send().await.status, StatusCode::SEE_OTHER, "{members_only}");
    }
    let unsigned = house.post("/sessions/ours/connect", "").send().await;
    assert_eq!(unsigned.status, StatusCode::FORBIDDEN, "without the page's token");
}

#[tokio::test]
async fn pages_ask_nobody_else_for_anything() {
    let house = House::main().await;
    house.session("a", Origin::Native).await;
    let browser = house.browser().await;
    for path in ["/", "/sign-in", "/sessions/a", "/nothing-here"] {
        let page = house.get(path).by(&browser).send().await;
        let policy = page.header("content-security-policy");
        assert!(policy.starts_with("default-src 'none'; script-src 'self'") && !policy.contains("unsafe"), "{policy}");
        assert_eq!(page.header("x-frame-options"), "DENY");
        assert_eq!(page.header("cache-control"), "no-store");
        for banned in ["<style", " style=", "javascript:", "onclick", "src=\"http", "href=\"http"] {
            assert!(!page.text.contains(banned), "{path} has {banned}");
        }
    }
}

#[tokio::test]
async fn what_is_for_administrators_is_refused_to_others() {
    let house = House::main().await;
    let new = NewUser { username: "ana".to_owned(), password: PASSWORD.into(), role: Role::User };
    house.core.create_user(&Caller::System, new).await.unwrap();
    house.session("admins-own", Origin::Native).await;
    let ana = house.browser_of("ana").await;
    for path in ["/audit", "/system", "/system/samples", "/settings"] {
        assert_eq!(house.get(path).by(&ana).send().await.status, StatusCode::FORBIDDEN, "{path}");
    }
    assert_eq!(house.get("/sessions/admins-own").by(&ana).send().await.status, StatusCode::NOT_FOUND);
    let page = house.get("/users").by(&ana).send().await;
    assert!(page.text.contains("ana") && !page.text.contains("New user"), "{}", page.text);
}

#[tokio::test]
async fn a_language_is_chosen_before_signing_in_and_kept() {
    let house = House::main().await;
    let page = house.get("/sign-in").header("accept-language", "es").send().await;
    assert!(page.text.contains("lang=\"es\"") && page.text.contains("Bahasa Indonesia"), "{}", page.text);
    let back = "http://localhost:8080/sign-in?next=%2Fusers";
    let chosen = house.post("/language", "language=id").header("referer", back).send().await;
    assert_eq!((chosen.status, chosen.header("location")), (StatusCode::SEE_OTHER, "/sign-in?next=%2Fusers"));
    let cookie = chosen.header("set-cookie").split(';').next().unwrap().to_owned();
    let page = house.get("/sign-in").header("cookie", &cookie).header("accept-language", "es").send().await;
    assert!(page.text.contains("<html lang=\"id\"") && page.text.contains("Kata sandi"), "{}", page.text);
    let unknown = house.post("/language", "language=tlh").send().await;
    assert!(unknown.status == StatusCode::BAD_REQUEST && unknown.headers.get("set-cookie").is_none());
    let foreign = house.ask(Method::POST, "/language").header("origin", "http://evil.example");
    assert_eq!(foreign.send().await.status, StatusCode::FORBIDDEN);
}

#[tokio::test]
async fn a_failure_is_told_in_the_language_of_whoever_asked() {
    let house = House::main().await;
    let browser = house.browser().await;
    for path in ["/sessions/none", "/nothing-here"] {
        let page = house.get(path).by(&browser).header("accept-language", "es").send().await;
        assert_eq!(page.status, StatusCode::NOT_FOUND, "{path}");
        for wanted in ["<html lang=\"es\"", "<h1>No encontrado</h1>", "Volver a las sesiones"] {
            assert!(page.text.contains(wanted), "{path} lacks {wanted}: {}", page.text);
        }
    }
}

#[tokio::test]
async fn what_went_wrong_is_said_without_the_words_of_a_parser() {
    let house = House::main().await;
    house.session("a", Origin::Native).await;
    let browser = house.browser().await;
    let no_page = house.get("/users/99").by(&browser).send().await;
    assert_eq!(no_page.status, StatusCode::NOT_FOUND);
    assert!(no_page.text.contains("There is no page at this address."), "{}", no_page.text);
    let wrong = house.get("/deliveries?position=abc").by(&browser).send().await;
    assert!(wrong.text.contains("Position: must be a whole number."), "{}", wrong.text);
    let large = house.post("/sessions/a/calls/settings", "daily_limit=99999999999").by(&browser).send().await;
    assert_eq!(large.status, StatusCode::BAD_REQUEST);
    assert!(large.text.contains("Daily_limit: is too large."), "{}", large.text);
}

#[tokio::test]
async fn programs_are_told_in_their_own_words_that_there_is_nothing() {
    let house = House::main().await;
    let ask = house.ask(Method::POST, "/v2/messages");
    assert!(ask.send().await.header("content-type").starts_with("text/html"));
    let request = axum::http::Request::builder().uri("/v2/messages").body(axum::body::Body::empty()).unwrap();
    let answer = tower::ServiceExt::oneshot(house.routes(), request).await.unwrap();
    assert_eq!(answer.status(), StatusCode::NOT_FOUND);
    assert_eq!(answer.headers()["content-type"], "application/problem+json");
}
