use std::{net::IpAddr, time::Duration};

use secrecy::ExposeSecret;

use super::*;
use crate::{
    AuthSettings, Caller, EventQuery, Role,
    testing::{Office, inbound},
};

const ADMIN: Caller = Caller::Admin(UserId::ADMIN);

fn new(scopes: &str) -> NewKey {
    NewKey { name: "for a program".to_owned(), scopes: scopes.parse().unwrap(), ..NewKey::default() }
}

fn code<T>(outcome: Result<T, Error>) -> Result<T, &'static str> {
    outcome.map_err(|error| error.code())
}

async fn whose(office: &Office, secret: &SecretString) -> Result<Caller, &'static str> {
    code(office.core.authenticate(secret.expose_secret(), None).await)
}

#[tokio::test]
async fn a_key_is_its_owner_with_its_scopes() {
    let office = Office::open().await;
    let ann = office.user("ann").await;
    let IssuedKey { key, secret } = office.core.create_key(&ann, new("send read")).await.unwrap();
    assert!(secret.expose_secret().starts_with("sb_"));
    assert_eq!(key.prefix, secret.expose_secret()[..8]);
    let scopes: Scopes = "read send".parse().unwrap();
    let caller = Caller::Key { id: key.id.clone(), owner: ann.owner(), scopes, session: None };
    assert_eq!(whose(&office, &secret).await, Ok(caller));
    for wrong in ["", "sb_", "sb_nothing", &secret.expose_secret()[1..], "a.b.c"] {
        assert_eq!(code(office.core.authenticate(wrong, None).await), Err("unauthenticated"), "{wrong}");
    }
    assert_eq!(office.core.keys(&ann, None, None).await.unwrap()[0].id, key.id);
    assert!(!format!("{:?}", office.core.keys(&ann, None, None).await).contains(secret.expose_secret()));
}

#[tokio::test]
async fn nobody_gives_more_than_they_have() {
    let office = Office::open().await;
    let ann = office.user("ann").await;
    for scopes in ["admin", "cron", "read admin"] {
        assert_eq!(code(office.core.create_key(&ann, new(scopes)).await.map(drop)), Err("forbidden"), "{scopes}");
    }
    assert_eq!(code(office.core.create_key(&ann, new("")).await.map(drop)), Err("invalid"));
    let for_admin = NewKey { owner: Some(UserId::ADMIN), ..new("read") };
    assert_eq!(code(office.core.create_key(&ann, for_admin).await.map(drop)), Err("forbidden"));
    let for_ann = NewKey { owner: Some(ann.owner()), ..new("admin") };
    assert_eq!(code(office.core.create_key(&ADMIN, for_ann).await.map(drop)), Err("invalid"));
    let for_nobody = NewKey { owner: Some(UserId(99)), ..new("read") };
    assert_eq!(code(office.core.create_key(&ADMIN, for_nobody).await.map(drop)), Err("invalid"));

    let key = office.core.create_key(&ann, new("sessions send read")).await.unwrap().secret;
    let key = whose(&office, &key).await.unwrap();
    for caller in [key, Caller::Service, Caller::Open] {
        assert_eq!(code(office.core.create_key(&caller, new("read")).await.map(drop)), Err("forbidden"));
        assert_eq!(code(office.core.keys(&caller, None, None).await), Err("forbidden"));
    }
}

#[tokio::test]
async fn an_admin_key_is_as_good_as_its_owner() {
    let office = Office::open().await;
    let ann = office.user("ann").await.owner();
    office.core.set_role(&ADMIN, ann, Role::Admin).await.unwrap();
    let secret = office.core.create_key(&Caller::Admin(ann), new("admin read")).await.unwrap().secret;
    assert!(whose(&office, &secret).await.unwrap().is_admin());
    office.core.set_role(&ADMIN, ann, Role::User).await.unwrap();
    let caller = whose(&office, &secret).await.unwrap();
    assert!(!caller.is_admin());
    assert_eq!(caller.sees_only(), Some(ann));
}

#[tokio::test]
async fn keys_end_by_time_by_revoking_by_rotating_and_with_their_owner() {
    let office = Office::open().await;
    let ann = office.user("ann").await;
    let expires_at = Some(office.clock_now().after(Duration::from_secs(60)));
    let brief = office.core.create_key(&ann, NewKey { expires_at, ..new("read") }).await.unwrap().secret;
    assert!(whose(&office, &brief).await.is_ok());
    office.clock.advance(Duration::from_secs(60));
    assert_eq!(whose(&office, &brief).await, Err("unauthenticated"));
    assert_eq!(
        code(office.core.create_key(&ann, NewKey { expires_at, ..new("read") }).await.map(drop)),
        Err("invalid")
    );

    let first = office.core.create_key(&ann, new("read send")).await.unwrap();
    let second = office.core.rotate_key(&ann, &first.key.id).await.unwrap();
    assert_eq!(whose(&office, &first.secret).await, Err("unauthenticated"));
    assert_eq!((&second.key.scopes, &second.key.name), (&first.key.scopes, &first.key.name));
    assert!(whose(&office, &second.secret).await.is_ok());
    assert_eq!(code(office.core.rotate_key(&ann, &first.key.id).await.map(drop)), Err("conflict"));

    office.core.revoke_key(&ann, &second.key.id).await.unwrap();
    office.core.revoke_key(&ann, &second.key.id).await.unwrap();
    assert_eq!(whose(&office, &second.secret).await, Err("unauthenticated"));

    let last = office.core.create_key(&ann, new("read")).await.unwrap();
    office.core.delete_user(&ADMIN, ann.owner()).await.unwrap();
    assert_eq!(whose(&office, &last.secret).await, Err("unauthenticated"));
    let trail = office.trail().await;
    let count = |what: &str| trail.iter().filter(|line| line.contains(what)).count();
    assert_eq!((count("key.create"), count("key.rotate"), count("key.revoke")), (3, 1, 1), "{trail:?}");
}

#[tokio::test]
async fn other_peoples_keys_do_not_exist_but_for_administrators() {
    let office = Office::open().await;
    let (ann, bob) = (office.user("ann").await, office.user("bob").await);
    let id = office.core.create_key(&ann, new("read")).await.unwrap().key.id;
    assert_eq!(code(office.core.revoke_key(&bob, &id).await), Err("not_found"));
    assert_eq!(code(office.core.rotate_key(&bob, &id).await.map(drop)), Err("not_found"));
    assert!(office.core.keys(&bob, None, None).await.unwrap().is_empty());
    assert_eq!(office.core.keys(&ADMIN, None, None).await.unwrap().len(), 1);
    assert_eq!(code(office.core.revoke_key(&ADMIN, &id).await), Ok(()));
}

#[tokio::test]
async fn addresses_outside_the_list_are_refused() {
    let office = Office::open().await;
    let allowed_ips = switchboard_egress::parse_networks("192.0.2.0/24 2001:db8::1").unwrap();
    let issued = office.core.create_key(&ADMIN, NewKey { allowed_ips, ..new("read") }).await.unwrap();
    let from = async |address: Option<&str>| {
        let address = address.map(|address| address.parse::<IpAddr>().unwrap());
        code(office.core.authenticate(issued.secret.expose_secret(), address).await).map(drop)
    };
    assert_eq!(from(Some("192.0.2.7")).await, Ok(()));
    assert_eq!(from(Some("::ffff:192.0.2.7")).await, Ok(()));
    assert_eq!(from(Some("2001:db8::1")).await, Ok(()));
    assert_eq!(from(Some("192.0.3.7")).await, Err("forbidden"));
    assert_eq!(from(None).await, Err("forbidden"));
}

#[tokio::test]
async fn uses_are_noted_but_not_every_one() {
    let office = Office::open().await;
    let issued = office.core.create_key(&ADMIN, new("read")).await.unwrap();
    let noted = async || office.core.key(&ADMIN, &issued.key.id).await.unwrap().last_used_at;
    assert_eq!(noted().await, None);
    let first = office.clock_now();
    whose(&office, &issued.secret).await.unwrap();
    office.clock.advance(Duration::from_secs(30));
    whose(&office, &issued.secret).await.unwrap();
    assert_eq!(noted().await, Some(first));
    office.clock.advance(Duration::from_secs(30));
    whose(&office, &issued.secret).await.unwrap();
    assert_eq!(noted().await, Some(office.clock_now()));
}

#[tokio::test]
async fn a_session_has_one_key_and_the_same_value_can_be_set_again() {
    let office = Office::open().await;
    let ann = office.user("ann").await;
    let session = office.session(&ann, "s1").await;
    let set = async |value: Option<&str>| {
        let value = value.map(|value| value.to_owned().into());
        office.core.set_session_key(&ann, &session, value).await
    };
    let generated = set(None).await.unwrap().secret;
    assert!(whose(&office, &generated).await.is_ok());
    let custom = set(Some("my-own-key-of-16-or-more")).await.unwrap();
    assert_eq!(custom.key.prefix, "my-own-k");
    assert_eq!(whose(&office, &generated).await, Err("unauthenticated"));
    assert!(set(Some("my-own-key-of-16-or-more")).await.is_ok());
    let caller = whose(&office, &custom.secret).await.unwrap();
    assert_eq!(caller.only_session(), Some(&session));
    assert!(caller.has(crate::Scope::Send) && !caller.has(crate::Scope::Sessions));
    assert_eq!(office.core.session_key(&ann, &session).await.unwrap().unwrap().prefix, "my-own-k");

    for value in ["too-short-at-15", "has a space in the middle", "ünïcödé-and-long-enough"] {
        assert_eq!(code(set(Some(value)).await.map(drop)), Err("invalid"), "{value}");
    }
    let bob = office.user("bob").await;
    let other = office.session(&bob, "s2").await;
    let taken = office.core.set_session_key(&bob, &other, Some("my-own-key-of-16-or-more".to_owned().into())).await;
    assert_eq!(code(taken.map(drop)), Err("conflict"));
    assert_eq!(code(office.core.set_session_key(&bob, &session, None).await.map(drop)), Err("not_found"));
    let named = NewKey { name: "session key".to_owned(), ..new("read") };
    assert_eq!(code(office.core.create_key(&ann, named).await.map(drop)), Err("invalid"));
}

#[tokio::test]
async fn a_key_bound_to_a_session_belongs_to_its_owner() {
    let office = Office::open().await;
    let ann = office.user("ann").await;
    let session = office.session(&ann, "s1").await;
    let bound = NewKey { session: Some(session.clone()), ..new("bots") };
    let issued = office.core.create_key(&ADMIN, bound).await.unwrap();
    assert_eq!((issued.key.owner, issued.key.session), (ann.owner(), Some(session.clone())));
    let bob = office.user("bob").await;
    let stolen = NewKey { session: Some(session), ..new("read") };
    assert_eq!(code(office.core.create_key(&bob, stolen).await.map(drop)), Err("not_found"));
}

#[tokio::test]
async fn a_key_bound_to_a_session_stays_with_it() {
    let office = Office::open().await;
    let session = office.session(&ADMIN, "s1").await;
    for scopes in ["admin", "send cron"] {
        let bound = NewKey { session: Some(session.clone()), ..new(scopes) };
        let refused = office.core.create_key(&ADMIN, bound).await.map(drop).unwrap_err();
        assert_eq!(refused.code(), "invalid");
        assert!(refused.to_string().contains("without `session`"), "{refused}");
    }
    let scopes = "admin".parse().unwrap();
    let left = Caller::Key { id: "left".to_owned(), owner: UserId::ADMIN, scopes, session: Some(session) };
    assert_eq!(code(office.core.create_key(&left, new("read")).await.map(drop)), Err("forbidden"), "made before");
    let order = crate::BringIn { id: None, name: None, state: serde_json::json!({ "keys": {} }) };
    assert_eq!(code(office.core.bring_in(&left, order).await.map(drop)), Err("forbidden"));
}

#[tokio::test]
async fn a_key_gives_no_key_that_is_good_for_longer_or_from_elsewhere() {
    let office = Office::open().await;
    let networks = |text: &str| switchboard_egress::parse_networks(text).unwrap();
    let end = office.clock_now().after(Duration::from_secs(60));
    let limited = NewKey { allowed_ips: networks("192.0.2.0/24"), expires_at: Some(end), ..new("admin") };
    let maker = office.core.create_key(&ADMIN, limited).await.unwrap();
    let from = Some("192.0.2.7".parse().unwrap());
    let maker = office.core.authenticate(maker.secret.expose_secret(), from).await.unwrap();
    let make = async |allowed_ips: &str, expires_at| {
        let new = NewKey { allowed_ips: networks(allowed_ips), expires_at, ..new("admin") };
        let made = office.core.create_key(&maker, new).await;
        code(made.map(|made| (made.key.allowed_ips, made.key.expires_at)))
    };
    assert_eq!(make("", None).await, Ok((networks("192.0.2.0/24"), Some(end))));
    assert_eq!(
        make("192.0.2.7", Some(end.after(Duration::from_secs(1)))).await,
        Ok((networks("192.0.2.7"), Some(end)))
    );
    let sooner = end.before(Duration::from_secs(1));
    assert_eq!(make("", Some(sooner)).await, Ok((networks("192.0.2.0/24"), Some(sooner))));
    assert_eq!(make("192.0.2.7 198.51.100.0/24", None).await, Err("invalid"));

    let free = office.core.create_key(&ADMIN, new("read")).await.unwrap().key;
    let renewed = office.core.rotate_key(&maker, &free.id).await.unwrap().key;
    assert_eq!((renewed.allowed_ips, renewed.expires_at), (networks("192.0.2.0/24"), Some(end)));
    let session = office.session(&ADMIN, "s1").await;
    let its_key = office.core.set_session_key(&maker, &session, None).await.unwrap().key;
    assert_eq!((its_key.allowed_ips, its_key.expires_at), (networks("192.0.2.0/24"), Some(end)));
}

#[tokio::test]
async fn static_credentials_of_the_operator() {
    let auth = AuthSettings {
        api_key: Some("the-static-key".to_owned().into()),
        service_token: Some("service".to_owned().into()),
        jwt_secret: None,
    };
    let office = Office::with(auth).await;
    assert_eq!(code(office.core.authenticate("the-static-key", None).await), Ok(ADMIN));
    assert_eq!(code(office.core.authenticate("service", None).await), Ok(Caller::Service));
    assert_eq!(code(office.core.authenticate("the-static-ke", None).await), Err("unauthenticated"));
}

#[tokio::test]
async fn the_service_token_takes_no_place_on_a_page_of_keys() {
    let office = Office::open().await;
    office.core.ensure_service_token(&Caller::System).await.unwrap();
    for _ in 0..3 {
        office.core.create_key(&ADMIN, new("read")).await.unwrap();
    }
    let first = office.core.keys(&ADMIN, None, Some(2)).await.unwrap();
    assert_eq!(first.len(), 2, "a page that is not full is the last");
    assert_eq!(office.core.keys(&ADMIN, Some(&first[1].id), Some(2)).await.unwrap().len(), 1);
}

#[tokio::test]
async fn a_given_service_token_replaces_the_generated_one() {
    let office = Office::open().await;
    let generated = office.core.ensure_service_token(&Caller::System).await.unwrap().unwrap();
    assert_eq!(whose(&office, &generated).await, Ok(Caller::Service));
    assert!(office.core.keys(&ADMIN, None, None).await.unwrap().is_empty(), "no list shows it");
    assert_eq!(code(office.core.revoke_key(&ADMIN, "service").await), Err("not_found"));
    let auth = AuthSettings { service_token: Some("given".to_owned().into()), ..AuthSettings::default() };
    let restarted = Office::on(office.core.store().clone(), auth);
    assert_eq!(whose(&restarted, &generated).await, Err("unauthenticated"));
    assert_eq!(code(restarted.core.authenticate("given", None).await), Ok(Caller::Service));
}

#[tokio::test]
async fn whoever_reads_along_is_told_nothing_more_once_the_credential_has_ended() {
    let office = Office::open().await;
    let (_, link) = office.linked("shop").await;
    let newest = office.core.newest_event().await.unwrap();
    let IssuedKey { key, secret } = office.core.create_key(&ADMIN, new("read")).await.unwrap();
    let with_key = whose(&office, &secret).await.unwrap();
    let mut by_key = office.core.follow(with_key, EventQuery::default(), newest);
    let mut by_login = office.core.follow(ADMIN, EventQuery::default(), newest);

    link.deliver(vec![inbound("A", "6281100000002", 1)]).await.unwrap();
    assert!(by_key.next().await.is_ok() && by_login.next().await.is_ok());
    office.core.revoke_key(&ADMIN, &key.id).await.unwrap();
    link.deliver(vec![inbound("B", "6281100000002", 2)]).await.unwrap();
    assert_eq!(code(by_key.next().await.map(drop)), Err("unauthenticated"));
    assert!(by_login.next().await.is_ok(), "which has not ended");
    office.core.sign_out_everywhere(&ADMIN, UserId::ADMIN).await.unwrap();
    link.deliver(vec![inbound("C", "6281100000002", 3)]).await.unwrap();
    assert_eq!(code(by_login.next().await.map(drop)), Err("unauthenticated"));
}

#[tokio::test]
async fn a_stream_ends_when_its_owner_gets_another_role() {
    let office = Office::open().await;
    let (_, link) = office.linked("shop").await;
    let newest = office.core.newest_event().await.unwrap();
    let ann = office.user("ann").await.owner();
    office.core.set_role(&ADMIN, ann, Role::Admin).await.unwrap();
    let key = office.core.create_key(&Caller::Admin(ann), new("admin")).await.unwrap().secret;
    let mut by_key = office.core.follow(whose(&office, &key).await.unwrap(), EventQuery::default(), newest);
    let mut by_login = office.core.follow(Caller::Admin(ann), EventQuery::default(), newest);

    link.deliver(vec![inbound("A", "6281100000002", 1)]).await.unwrap();
    assert!(by_key.next().await.is_ok() && by_login.next().await.is_ok());
    office.core.set_role(&ADMIN, ann, Role::User).await.unwrap();
    link.deliver(vec![inbound("B", "6281100000002", 2)]).await.unwrap();
    assert_eq!(code(by_key.next().await.map(drop)), Err("unauthenticated"));
    assert_eq!(code(by_login.next().await.map(drop)), Err("unauthenticated"));
}

#[tokio::test]
async fn a_stream_ends_with_the_login_it_was_opened_with() {
    let office = Office::open().await;
    let (_, link) = office.linked("shop").await;
    let newest = office.core.newest_event().await.unwrap();
    let login = office.core.sign_in("admin", &"opensesame".to_owned().into(), None).await.unwrap();
    let admitted = office.core.admit(login.token.expose_secret(), None).await.unwrap();
    assert_eq!((&admitted.caller, admitted.until), (&ADMIN, Some(login.expires_at)));
    let mut stream = office.core.follow(admitted, EventQuery::default(), newest);

    link.deliver(vec![inbound("A", "6281100000002", 1)]).await.unwrap();
    assert!(stream.next().await.is_ok());
    office.clock.advance(login.expires_at.since(office.clock_now()));
    link.deliver(vec![inbound("B", "6281100000002", 2)]).await.unwrap();
    assert_eq!(code(stream.next().await.map(drop)), Err("unauthenticated"));
}
