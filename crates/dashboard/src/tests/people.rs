//! Users, keys and the audit trail, as a person handles them.

use axum::http::StatusCode;
use switchboard_core::{Caller, NewUser, Role};

use super::house::{House, PASSWORD};

#[tokio::test]
async fn a_new_role_is_shown_at_once() {
    let house = House::main().await;
    let new = NewUser { username: "ana".to_owned(), password: PASSWORD.into(), role: Role::User };
    let id = house.core.create_user(&Caller::System, new).await.unwrap().id;
    let browser = house.browser().await;
    let changed = house.post(&format!("/users/{id}/role"), "role=admin").by(&browser).send().await;
    assert_eq!((changed.status, changed.header("hx-redirect")), (StatusCode::NO_CONTENT, "/users"));
    let page = house.get("/users").by(&browser).header("accept-language", "pt").send().await;
    assert_eq!(page.text.matches("plain\">Administrador</span>").count(), 2, "{}", page.text);
}

#[tokio::test]
async fn what_a_password_needs_is_said_before_it_is_chosen() {
    let house = House::main().await;
    let page = house.get("/users").by(&house.browser().await).send().await.text;
    assert_eq!(page.matches("minlength=\"8\" maxlength=\"256\"").count(), 2, "{page}");
    assert_eq!(page.matches("8 to 256 characters").count(), 2, "{page}");
}

#[tokio::test]
async fn a_new_and_a_renewed_key_stand_in_the_list_below_their_secret() {
    let house = House::main().await;
    let browser = house.browser().await;
    let listed = |text: &str| {
        let secret = text.split("id=\"new-key\">").nth(1).unwrap().split('<').next().unwrap();
        let prefix = format!("<code>{}", &secret[..8]);
        assert!(text.contains("id=\"keys\" hx-swap-oob") && text.contains(&prefix), "{text}");
    };
    let made = house.post("/keys", "name=crm&scope=read").by(&browser).send().await.text;
    listed(&made);
    let path = made.split("hx-post=\"").nth(1).unwrap().split('"').next().unwrap();
    listed(&house.post(path, "").by(&browser).send().await.text);
}

#[tokio::test]
async fn the_audit_trail_names_whoever_still_exists() {
    let house = House::main().await;
    let browser = house.browser().await;
    house.post("/keys", "name=crm&scope=read").by(&browser).send().await;
    let page = house.get("/audit").by(&browser).send().await.text;
    assert!(page.contains("<td>user:1 <span class=\"muted\">admin</span></td>"), "{page}");
}
