use secrecy::{ExposeSecret, SecretString};
use switchboard_model::UserId;
use switchboard_store::Store;

use super::*;
use crate::{AuthSettings, testing::Office};

const ADMIN: Caller = Caller::Admin(UserId::ADMIN);

fn secret(text: &str) -> SecretString {
    text.to_owned().into()
}

fn new(name: &str) -> NewUser {
    NewUser { username: name.to_owned(), password: secret("long enough"), role: Role::User }
}

fn code<T>(outcome: Result<T, Error>) -> Result<T, &'static str> {
    outcome.map_err(|error| error.code())
}

#[tokio::test]
async fn the_first_start_makes_what_is_missing_and_shows_it_once() {
    let office = Office::on(Store::in_memory().await.unwrap(), AuthSettings::default());
    let made = office.core.first_start(&Caller::System, None).await.unwrap();
    let password = made.admin_password.unwrap();
    let signed_in = office.core.sign_in("admin", &password, None).await.unwrap();
    assert_eq!((signed_in.user.id, signed_in.user.role), (UserId::ADMIN, Role::Admin));
    let token = made.service_token.unwrap();
    assert_eq!(office.core.authenticate(token.expose_secret(), None).await, Ok(Caller::Service));

    let again = office.core.first_start(&Caller::System, None).await.unwrap();
    assert!(again.admin_password.is_none() && again.service_token.is_none());
    let made: Vec<_> = office.trail().await.into_iter().filter(|line| line.contains("create")).collect();
    assert_eq!(made, ["system user.create admin", "system service_token.create service"]);
}

#[tokio::test]
async fn what_the_operator_chose_is_neither_generated_nor_shown() {
    let auth = AuthSettings { service_token: Some(secret("sandbox-token")), ..AuthSettings::default() };
    let office = Office::on(Store::in_memory().await.unwrap(), auth);
    let made = office.core.first_start(&Caller::System, Some(secret("chosen"))).await.unwrap();
    assert!(made.admin_password.is_none() && made.service_token.is_none());
    assert!(office.core.sign_in("admin", &secret("chosen"), None).await.is_ok());
    assert_eq!(office.core.authenticate("sandbox-token", None).await, Ok(Caller::Service));
}

#[tokio::test]
async fn administrators_make_users_with_small_ids() {
    let office = Office::open().await;
    let ann = office.core.create_user(&ADMIN, new("ann")).await.unwrap();
    assert_eq!((ann.id, ann.role), (UserId(2), Role::User));
    assert_eq!(code(office.core.create_user(&ADMIN, new("ann")).await), Err("conflict"));
    for (name, password) in [("", "long enough"), ("a b", "long enough"), ("bob", "short"), ("a\nb", "long enough")] {
        let user = NewUser { username: name.to_owned(), password: secret(password), role: Role::User };
        assert_eq!(code(office.core.create_user(&ADMIN, user).await), Err("invalid"), "{name:?}");
    }
    for caller in [Caller::User(ann.id), Caller::Service, Caller::Open] {
        assert_eq!(code(office.core.create_user(&caller, new("eve")).await), Err("forbidden"));
        assert_eq!(code(office.core.users(&caller, None, None).await), Err("forbidden"));
        assert_eq!(code(office.core.set_role(&caller, ann.id, Role::Admin).await), Err("forbidden"));
        assert_eq!(code(office.core.delete_user(&caller, ann.id).await), Err("forbidden"));
        assert_eq!(code(office.core.user(&caller, UserId::ADMIN).await), Err("forbidden"));
    }
    let names: Vec<_> = office.core.users(&ADMIN, None, None).await.unwrap().into_iter().map(|u| u.username).collect();
    assert_eq!(names, ["admin", "ann"]);
    assert_eq!(office.core.user(&Caller::User(ann.id), ann.id).await.unwrap().username, "ann");
}

#[tokio::test]
async fn a_new_password_ends_every_login() {
    let office = Office::open().await;
    let ann = office.user("ann").await;
    let (id, old) = (ann.owner(), secret("opensesame"));
    let token = office.core.sign_in("ann", &old, None).await.unwrap().token;
    assert_eq!(office.core.authenticate(token.expose_secret(), None).await, Ok(ann.clone()));

    let change = async |current: Option<&str>| {
        let current = current.map(secret);
        code(office.core.change_password(&ann, id, current.as_ref(), &secret("new password")).await)
    };
    assert_eq!(change(None).await, Err("invalid"));
    assert_eq!(change(Some("wrong")).await, Err("invalid"));
    assert_eq!(change(Some("opensesame")).await, Ok(()));
    assert_eq!(code(office.core.authenticate(token.expose_secret(), None).await), Err("unauthenticated"));
    assert_eq!(code(office.core.sign_in("ann", &old, None).await.map(drop)), Err("unauthenticated"));
    assert!(office.core.sign_in("ann", &secret("new password"), None).await.is_ok());

    let by_other = office.core.change_password(&ann, UserId::ADMIN, None, &secret("new password")).await;
    assert_eq!(code(by_other), Err("forbidden"));
    let by_admin = office.core.change_password(&ADMIN, id, None, &secret("another one")).await;
    assert_eq!(code(by_admin), Ok(()));
    assert!(office.core.sign_in("ann", &secret("another one"), None).await.is_ok());
}

#[tokio::test]
async fn signing_out_everywhere_and_demotion_count_at_once() {
    let office = Office::open().await;
    let ann = office.user("ann").await;
    let id = ann.owner();
    let sign_in = async || office.core.sign_in("ann", &secret("opensesame"), None).await.unwrap().token;
    let whose = async |token: &SecretString| code(office.core.authenticate(token.expose_secret(), None).await);
    let token = sign_in().await;
    office.core.set_role(&ADMIN, id, Role::Admin).await.unwrap();
    assert_eq!(whose(&token).await, Ok(Caller::Admin(id)));
    office.core.set_role(&ADMIN, id, Role::User).await.unwrap();
    assert_eq!(whose(&token).await, Ok(Caller::User(id)));
    office.core.sign_out_everywhere(&ann, id).await.unwrap();
    assert_eq!(whose(&token).await, Err("unauthenticated"));
    let token = sign_in().await;
    assert_eq!(whose(&token).await, Ok(ann.clone()));
    office.core.delete_user(&ADMIN, id).await.unwrap();
    assert_eq!(whose(&token).await, Err("unauthenticated"));
    let trail = office.trail().await;
    for line in ["user:1 user.role 2", "user:2 user.sign_out 2", "user:1 user.delete 2"] {
        assert!(trail.iter().any(|entry| entry == line), "{line} in {trail:?}");
    }
}

#[tokio::test]
async fn the_first_administrator_stays_and_owners_of_sessions_too() {
    let office = Office::open().await;
    assert_eq!(code(office.core.delete_user(&ADMIN, UserId::ADMIN).await), Err("conflict"));
    assert_eq!(code(office.core.set_role(&ADMIN, UserId::ADMIN, Role::User).await), Err("conflict"));
    assert_eq!(code(office.core.delete_user(&ADMIN, UserId(99)).await), Err("not_found"));
    let ann = office.user("ann").await;
    office.session(&ann, "s1").await;
    assert_eq!(code(office.core.delete_user(&ADMIN, ann.owner()).await), Err("conflict"));
}
