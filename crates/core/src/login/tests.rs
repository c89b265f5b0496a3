use secrecy::ExposeSecret;
use switchboard_store::Store;

use super::*;
use crate::{AuthSettings, testing::Office};

const ADMIN: Caller = Caller::Admin(UserId::ADMIN);

async fn sign_in(office: &Office, password: &str, from: [u8; 4]) -> Result<SignedIn, Error> {
    office.core.sign_in("admin", &password.to_owned().into(), Some(from.into())).await
}

async fn token(office: &Office) -> String {
    sign_in(office, "opensesame", [9, 9, 9, 9]).await.unwrap().token.expose_secret().to_owned()
}

async fn whose(office: &Office, token: &str) -> Result<Caller, &'static str> {
    office.core.authenticate(token, None).await.map_err(|error| error.code())
}

#[tokio::test]
async fn a_login_lasts_a_day() {
    let office = Office::open().await;
    let token = token(&office).await;
    office.clock.advance(VALIDITY - Duration::from_secs(1));
    assert_eq!(whose(&office, &token).await, Ok(ADMIN));
    office.clock.advance(Duration::from_secs(1));
    assert_eq!(whose(&office, &token).await, Err("unauthenticated"));
}

#[tokio::test]
async fn wrong_passwords_and_unknown_names_are_told_apart_by_nobody() {
    let office = Office::open().await;
    let wrong = sign_in(&office, "wrong", [9, 9, 9, 9]).await.unwrap_err();
    let unknown = office.core.sign_in("nobody", &"wrong".to_owned().into(), None).await.unwrap_err();
    assert_eq!(wrong, unknown);
    let trail = office.trail().await;
    assert!(trail.contains(&"system login.failed 1".to_owned()), "{trail:?}");
    assert!(trail.contains(&"system login.failed unknown".to_owned()), "{trail:?}");
    assert!(!trail.iter().any(|line| line.contains("nobody")), "{trail:?}");
}

#[tokio::test]
async fn guessing_is_slowed_and_the_right_password_has_to_wait_too() {
    let office = Office::open().await;
    for _ in 0..5 {
        assert_eq!(sign_in(&office, "wrong", [9, 9, 9, 9]).await.unwrap_err().code(), "unauthenticated");
    }
    let error = sign_in(&office, "opensesame", [8, 8, 8, 8]).await.unwrap_err();
    assert_eq!(error, Error::RateLimited { retry_after: Duration::from_secs(1) });
    office.clock.advance(Duration::from_secs(1));
    assert!(sign_in(&office, "opensesame", [8, 8, 8, 8]).await.is_ok());
    assert!(sign_in(&office, "wrong", [8, 8, 8, 8]).await.is_err_and(|error| error.code() == "unauthenticated"));
}

#[tokio::test]
async fn rotation_keeps_old_tokens_good_and_signs_with_a_new_key() {
    let office = Office::open().await;
    let old = token(&office).await;
    office.core.rotate_signing_key(&ADMIN).await.unwrap();
    let new = token(&office).await;
    assert_ne!(jwt::Unverified::parse(&old).unwrap().kid, jwt::Unverified::parse(&new).unwrap().kid);
    assert_eq!(whose(&office, &old).await, Ok(ADMIN));
    assert_eq!(whose(&office, &new).await, Ok(ADMIN));
    let refused = office.core.rotate_signing_key(&Caller::User(UserId(2))).await;
    assert_eq!(refused.unwrap_err().code(), "forbidden");
}

#[tokio::test]
async fn tokens_outlive_a_restart_and_a_secret_of_the_operators_signs_from_then_on() {
    let store = Store::in_memory().await.unwrap();
    let first = Office::on(store.clone(), AuthSettings::default());
    first.core.ensure_admin(&Caller::System, Some("opensesame".to_owned().into())).await.unwrap();
    let token_of_first = token(&first).await;
    let given = || AuthSettings { jwt_secret: Some("your-secret-key".to_owned().into()), ..AuthSettings::default() };
    let second = Office::on(store.clone(), given());
    assert_eq!(whose(&second, &token_of_first).await, Ok(ADMIN));
    let token_of_second = token(&second).await;
    assert_eq!(whose(&Office::on(store.clone(), given()), &token_of_second).await, Ok(ADMIN));
    let without = Office::on(store, AuthSettings::default());
    assert_eq!(whose(&without, &token_of_second).await, Err("unauthenticated"));
    assert_eq!(second.core.rotate_signing_key(&ADMIN).await.unwrap_err().code(), "conflict");
}

#[tokio::test]
async fn tokens_of_another_gateway_or_purpose_are_strangers() {
    let (here, there) = (Office::open().await, Office::open().await);
    assert_eq!(whose(&here, &token(&there).await).await, Err("unauthenticated"));
    let now = here.clock_now();
    let validity = Validity { audience: "bots", from: now, until: now.after(Duration::from_secs(60)) };
    let claims = Claims { sub: "1".to_owned(), epoch: 0 };
    let other = here.core.issue_token(validity, &claims).await.unwrap();
    assert_eq!(whose(&here, other.expose_secret()).await, Err("unauthenticated"));
    assert!(here.core.verify_token::<Claims>(other.expose_secret(), "bots").await.is_ok());
}
