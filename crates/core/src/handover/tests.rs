//! Hand-overs on the fake engine and a real store.

use std::{sync::Arc, time::Duration};

use secrecy::ExposeSecret;
use serde_json::json;
use switchboard_egress::{Egress, EgressPolicy};
use switchboard_model::{Event, EventBody, ManualClock, Origin, SessionId, UserId};
use switchboard_store::{Store, auth_state, events::EventFilter};
use tokio_util::sync::CancellationToken;

use super::{ExpiresIn, Form, Handed, LeaseRef};
use crate::{
    Caller, Core, CreateSession, Error, NewKey, Pair, Parts, SendMessage, Settings, Supervisor,
    engine::fake::{FakeEngine, FakeSession},
    messages::Pacing,
};

const SOON: Duration = Duration::from_secs(60);
const ADMIN: Caller = Caller::Admin(UserId::ADMIN);
const HOUR: Duration = Duration::from_secs(3600);

struct House {
    core: Core,
    store: Store,
    clock: Arc<ManualClock>,
    bot: SessionId,
    session: Arc<FakeSession>,
}

impl House {
    async fn unlinked() -> Self {
        let (store, clock, engine) = (Store::in_memory().await.expect("store"), Arc::default(), FakeEngine::new());
        let core = core(&store, &clock, &engine);
        crate::testing::ensure_admin(&core).await;
        let bot: SessionId = "bot".parse().expect("id");
        let order = CreateSession { id: Some(bot.clone()), name: None, origin: Origin::Native };
        core.create_session(&ADMIN, order).await.expect("created");
        let session = engine.session(&bot);
        Self { core, store, clock, bot, session }
    }

    /// Paired and connected, with two rows of engine state.
    async fn new() -> Self {
        let house = Self::unlinked().await;
        house.core.connect(&ADMIN, &house.bot, Pair::Qr).await.expect("connects");
        house.pair().await;
        let bot = house.bot.clone();
        let stored = house.store.write(move |tx| {
            let bot = bot.clone();
            Box::pin(async move {
                auth_state::put(tx, &bot, "device", "-", b"keys").await?;
                auth_state::put(tx, &bot, "session", "peer", b"ratchet").await
            })
        });
        stored.await.expect("stored");
        house
    }

    async fn pair(&self) {
        let link = self.session.link().await;
        link.pair(&"6281100000001".parse().expect("phone"), &"100001".parse().expect("lid"));
        self.until("connected").await;
    }

    async fn until(&self, word: &str) {
        let mut newest = self.store.subscribe();
        let shown = async {
            while self.state().await != word {
                newest.changed().await.expect("the store lives");
            }
        };
        tokio::time::timeout(SOON, shown).await.expect("the state comes");
    }

    async fn state(&self) -> &'static str {
        self.core.session(&ADMIN, &self.bot).await.expect("seen").session.state.word()
    }

    async fn key(&self, scopes: &str) -> (Caller, String) {
        self.key_from(scopes, &[]).await
    }

    async fn key_from(&self, scopes: &str, from: &[&str]) -> (Caller, String) {
        let allowed_ips = from.iter().map(|network| network.parse().expect("network")).collect();
        let scopes = scopes.parse().expect("scopes");
        let new = NewKey { name: "program".to_owned(), scopes, allowed_ips, ..NewKey::default() };
        let issued = self.core.create_key(&ADMIN, new).await.expect("a key");
        let (secret, from) = (issued.secret.expose_secret().to_owned(), from.first().map(|_| home()));
        (self.core.authenticate(&secret, from).await.expect("good"), issued.key.id)
    }

    async fn take(&self, caller: &Caller) -> Result<Handed, Error> {
        self.core.hand_over(caller, &self.bot, Form::Baileys7).await
    }

    async fn rows(&self) -> Vec<String> {
        let rows = auth_state::everything(self.store.reader(), &self.bot).await.expect("rows");
        rows.into_iter().map(|(name, id, value)| format!("{name}/{id}={}", String::from_utf8_lossy(&value))).collect()
    }

    async fn kinds(&self) -> Vec<&'static str> {
        let filter = EventFilter { sessions: Some(vec![self.bot.clone()]), ..EventFilter::default() };
        let rows = switchboard_store::events::after(self.store.reader(), 0, &filter, 1000).await.expect("events");
        let events = rows.into_iter().map(|row| crate::events::read(row).expect("readable"));
        events.map(|Event { body, .. }| body.kind()).filter(|kind| kind.starts_with("handover")).collect()
    }

    async fn trail(&self) -> Vec<String> {
        let trail = self.core.audit_trail(&ADMIN, None, Some(200)).await.expect("trail");
        trail.into_iter().rev().map(|entry| entry.action).filter(|action| action.starts_with("session.")).collect()
    }
}

fn core(store: &Store, clock: &Arc<ManualClock>, engine: &FakeEngine) -> Core {
    Core::new(Parts {
        store: store.clone(),
        clock: clock.clone(),
        egress: Egress::new(EgressPolicy::default()).expect("egress"),
        engine: Arc::new(engine.clone()),
        settings: Settings { pacing: Pacing::NONE, ..Settings::default() },
    })
}

fn home() -> std::net::IpAddr {
    [127, 0, 0, 1].into()
}

fn code<T>(outcome: Result<T, Error>) -> Option<&'static str> {
    outcome.err().map(|error| error.code())
}

fn lease_of(handed: &Handed) -> LeaseRef {
    LeaseRef { id: handed.lease.id.clone(), epoch: handed.lease.epoch }
}

#[tokio::test]
async fn a_session_that_is_handed_over_stays_away_and_says_who_has_it() {
    let house = House::new().await;
    let link = house.session.link().await;
    let (program, id) = house.key("bots").await;
    let handed = house.take(&program).await.expect("handed over");
    assert!(link.has_ended());
    assert!(handed.lease.epoch > link.epoch());
    assert_eq!(handed.state["keys"]["session/peer"], json!(b"ratchet"));
    assert_eq!((handed.warnings.len(), house.state().await), (0, "handed_over"));

    let error = house.core.connect(&ADMIN, &house.bot, Pair::Qr).await.expect_err("refused");
    assert_eq!(error.code(), "lease_held");
    assert!(error.to_string().contains(&format!("key:{id}")), "{error}");
    assert_eq!(code(house.core.log_out(&ADMIN, &house.bot).await), Some("lease_held"));
    assert_eq!(code(house.core.delete_session(&ADMIN, &house.bot).await), Some("lease_held"));
    let text = switchboard_model::Content::Text { text: "hello".to_owned() };
    let to = "6281100000002@s.whatsapp.net".parse().expect("jid");
    let context = switchboard_model::Context::default();
    let order = SendMessage { to, content: text, context, idempotency_key: None, only_when_connected: false };
    assert_eq!(code(house.core.send(&ADMIN, &house.bot, order).await), Some("not_connected"));

    let view = house.core.session(&ADMIN, &house.bot).await.expect("seen").handover.expect("a hand-over");
    assert_eq!((view.holder, view.lease, view.expired), (format!("key:{id}"), handed.lease, false));
    assert_eq!(house.kinds().await, ["handover.taken"]);
    assert_eq!(house.trail().await, ["session.hand_over"]);
}

#[tokio::test]
async fn no_gateway_connects_a_session_that_is_handed_over_whatever_its_row_says() {
    let house = House::new().await;
    house.take(&ADMIN).await.expect("handed over");
    // A row that was tampered with, or a state that a defect left behind.
    let bot = house.bot.clone();
    let wrong = house.store.write(move |tx| {
        let bot = bot.clone();
        Box::pin(async move {
            let state = switchboard_model::SessionState::Connecting;
            switchboard_store::sessions::set_state(tx, &bot, &state, switchboard_model::Timestamp::default()).await
        })
    });
    wrong.await.expect("written");
    let opened = house.session.opens();
    let stop = CancellationToken::new();
    let supervisor = tokio::spawn(Supervisor::new(house.core.clone()).run(stop.clone()));
    // The supervisor starts a keeper, which ends because the lease is another's.
    house.core.0.keepers.start(&house.core, &house.bot, crate::engine::Pairing::Qr);
    tokio::time::timeout(SOON, async {
        while house.core.0.keepers.is_running(&house.bot) {
            tokio::task::yield_now().await;
        }
    })
    .await
    .expect("the keeper ends");
    stop.cancel();
    supervisor.await.expect("ends");
    assert_eq!(house.session.opens(), opened);
}

#[tokio::test]
async fn the_same_credential_gets_it_again_and_no_other() {
    let house = House::new().await;
    let (program, _) = house.key("bots").await;
    let (other, _) = house.key("bots sessions").await;
    let first = house.take(&program).await.expect("handed over");
    let again = house.take(&program).await.expect("repeated");
    assert_eq!((again.lease.id, again.lease.epoch), (first.lease.id, first.lease.epoch));
    assert_eq!((again.state, again.warnings), (first.state, vec!["reissued".to_owned()]));
    assert_eq!(code(house.take(&other).await), Some("lease_held"));
    assert_eq!(code(house.take(&ADMIN).await), Some("lease_held"));
    let hour = ExpiresIn::default();
    assert_eq!(code(house.core.session_token(&other, &house.bot, hour).await), Some("lease_held"));
    assert_eq!(house.kinds().await, ["handover.taken"], "it changed hands once");
}

#[tokio::test]
async fn a_hand_over_whose_client_hangs_up_is_complete_all_the_same() {
    let house = House::new().await;
    crate::testing::hang_up(house.take(&ADMIN)).await;
    crate::testing::event(&house.core, &house.bot, |body| matches!(body, EventBody::HandoverTaken { .. })).await;
    let again = house.take(&ADMIN).await.expect("repeated");
    assert_eq!(again.warnings, ["reissued"]);
}

#[tokio::test]
async fn nothing_is_handed_over_before_pairing_nor_to_strangers() {
    let house = House::unlinked().await;
    assert_eq!(code(house.take(&ADMIN).await), Some("not_linked"));
    assert_eq!(code(house.core.session_token(&ADMIN, &house.bot, ExpiresIn::default()).await), Some("not_linked"));
    let stranger = Caller::User(UserId(7));
    assert_eq!(code(house.take(&stranger).await), Some("forbidden"));
    let (reader, _) = house.key("read sessions").await;
    assert_eq!(code(house.take(&reader).await), Some("forbidden"), "taking credentials out asks for its own scope");
    let nobody: SessionId = "nobody".parse().expect("id");
    assert_eq!(code(house.core.hand_over(&ADMIN, &nobody, Form::Baileys7).await), Some("not_found"));
    assert_eq!(house.state().await, "created");
}

#[tokio::test]
async fn given_back_with_its_state_it_goes_on_and_only_once() {
    let house = House::new().await;
    let (program, _) = house.key("bots").await;
    let handed = house.take(&program).await.expect("handed over");
    let lease = lease_of(&handed);
    let give_back = |lease: LeaseRef, state| house.core.give_back(&program, &house.bot, lease, state);

    let stale = LeaseRef { epoch: lease.epoch - 1, ..lease.clone() };
    assert_eq!(code(give_back(stale, handed.state.clone()).await), Some("conflict"));
    assert_eq!(code(give_back(lease.clone(), json!({ "creds": {} })).await), Some("invalid"));
    assert_eq!(house.state().await, "handed_over");

    let mut state = handed.state;
    state["keys"]["session/peer"] = json!(b"further");
    state["keys"]["session/new"] = json!(b"one");
    give_back(lease.clone(), state.clone()).await.expect("given back");
    assert_eq!(house.rows().await, ["device/-=keys", "session/new=one", "session/peer=further"]);
    tokio::time::timeout(SOON, house.session.opened(2)).await.expect("reconnects");
    house.until("connected").await;
    assert!(house.session.link().await.epoch() > lease.epoch);
    assert_eq!(code(give_back(lease, state).await), Some("conflict"));
    assert_eq!(house.kinds().await, ["handover.taken", "handover.returned"]);
    assert_eq!(house.trail().await, ["session.hand_over", "session.give_back"]);
}

#[tokio::test]
async fn taken_back_without_its_state_it_forgets_the_ratchets() {
    let house = House::new().await;
    let (program, _) = house.key("bots").await;
    let (other, _) = house.key("bots").await;
    house.take(&program).await.expect("handed over");
    assert_eq!(code(house.core.take_back(&other, &house.bot).await), Some("lease_held"));
    house.core.take_back(&program, &house.bot).await.expect("taken back");
    assert_eq!(house.rows().await, ["device/-=keys"]);
    house.until("connected").await;
    assert_eq!(code(house.core.take_back(&program, &house.bot).await), Some("conflict"));

    house.take(&program).await.expect("handed over");
    house.core.take_back(&ADMIN, &house.bot).await.expect("forced");
    house.until("connected").await;
    let all = ["handover.taken", "handover.taken_back"].repeat(2);
    assert_eq!(house.kinds().await, all);
}

#[tokio::test]
async fn a_session_that_was_to_be_disconnected_stays_so_when_it_comes_back() {
    let house = House::new().await;
    house.core.disconnect(&ADMIN, &house.bot).await.expect("disconnects");
    house.take(&ADMIN).await.expect("handed over");
    house.core.take_back(&ADMIN, &house.bot).await.expect("taken back");
    assert_eq!((house.state().await, house.session.opens()), ("disconnected", 1));
}

#[tokio::test]
async fn time_alone_brings_nothing_back() {
    let house = House::new().await;
    let (program, _) = house.key("bots").await;
    house.take(&program).await.expect("handed over");
    house.clock.advance(HOUR);
    for _ in 0..2 {
        house.core.announce_expiries().await.expect("announced");
    }
    assert_eq!(house.kinds().await, ["handover.taken", "handover.expired"], "told once");
    assert_eq!((house.state().await, house.session.opens()), ("handed_over", 1));
    assert_eq!(code(house.take(&ADMIN).await), Some("lease_held"));

    let token = house.core.session_token(&program, &house.bot, "2h".parse().expect("a time")).await.expect("renewed");
    assert_eq!(token.expires_at, house.core.time().after(2 * HOUR));
    house.clock.advance(HOUR);
    house.core.announce_expiries().await.expect("announced");
    assert_eq!(house.kinds().await.last(), Some(&"handover.renewed"));
}

#[tokio::test]
async fn a_token_stands_for_its_credential_while_the_hand_over_lasts() {
    let house = House::new().await;
    let (program, key) = house.key("bots").await;
    let handed = house.take(&program).await.expect("handed over");
    let presented = handed.token.expose_secret();
    let caller = house.core.authenticate(presented, None).await.expect("good");
    let again = house.take(&caller).await.expect("its own");
    assert_eq!(again.lease.id, handed.lease.id);
    house.core.session_token(&caller, &house.bot, ExpiresIn::default()).await.expect("renewed");
    let other: SessionId = "other".parse().expect("id");
    let order = CreateSession { id: Some(other.clone()), name: None, origin: Origin::Native };
    house.core.create_session(&ADMIN, order).await.expect("created");
    assert_eq!(code(house.core.hand_over(&caller, &other, Form::Baileys7).await), Some("forbidden"));

    house.core.give_back(&caller, &house.bot, lease_of(&handed), handed.state).await.expect("given back");
    assert_eq!(code(house.core.authenticate(presented, None).await), Some("unauthenticated"), "replayed");

    let token = house.core.session_token(&program, &house.bot, ExpiresIn::default()).await.expect("a token");
    assert_eq!(house.state().await, "connected", "a token alone hands nothing over");
    let presented = token.token.expose_secret();
    assert!(house.core.authenticate(presented, None).await.is_ok());
    house.core.revoke_key(&ADMIN, &key).await.expect("revoked");
    assert_eq!(code(house.core.authenticate(presented, None).await), Some("unauthenticated"));
}

#[tokio::test]
async fn a_token_ends_with_its_time_its_link_and_its_place() {
    let house = House::new().await;
    let (program, _) = house.key_from("bots", &["127.0.0.0/8"]).await;
    let token = house.core.session_token(&program, &house.bot, ExpiresIn::default()).await.expect("a token");
    let presented = token.token.expose_secret();
    assert!(house.core.authenticate(presented, Some(home())).await.is_ok());
    let elsewhere = house.core.authenticate(presented, Some([10, 0, 0, 1].into())).await;
    assert_eq!(code(elsewhere), Some("forbidden"));
    house.clock.advance(HOUR);
    assert_eq!(code(house.core.authenticate(presented, Some(home())).await), Some("unauthenticated"));

    let token = house.core.session_token(&program, &house.bot, ExpiresIn::default()).await.expect("a token");
    house.core.log_out(&ADMIN, &house.bot).await.expect("logged out");
    house.core.connect(&ADMIN, &house.bot, Pair::Qr).await.expect("connects");
    house.pair().await;
    let stale = house.core.authenticate(token.token.expose_secret(), Some(home())).await;
    assert_eq!(code(stale), Some("unauthenticated"), "linked anew");
}

#[tokio::test]
async fn a_changed_token_is_none() {
    let house = House::new().await;
    let token = house.core.session_token(&ADMIN, &house.bot, ExpiresIn::default()).await.expect("a token");
    let token = token.token.expose_secret();
    let parts: Vec<&str> = token.split('.').collect();
    let none = "eyJhbGciOiJub25lIiwidHlwIjoiSldUIiwia2lkIjoieCJ9";
    let flipped: String = parts[1].chars().rev().collect();
    for forged in [
        format!("{none}.{}.", parts[1]),
        format!("{none}.{}.{}", parts[1], parts[2]),
        format!("{}.{flipped}.{}", parts[0], parts[2]),
        format!("{}.{}.{}", parts[0], parts[1], &parts[2][1..]),
        format!("{}.{}.", parts[0], parts[1]),
    ] {
        assert_eq!(code(house.core.authenticate(&forged, None).await), Some("unauthenticated"), "{forged}");
    }
}
