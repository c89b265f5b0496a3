//! What the tests of several modules need.

use std::{sync::Arc, time::Duration};

use switchboard_egress::{Egress, EgressPolicy};
use switchboard_model::{
    Clock, Content, Context, EventBody, Jid, ManualClock, MessageId, Origin, Party, SessionId, Timestamp, UserId,
};
use switchboard_store::{
    Store,
    users::{self, NewUser},
};

use crate::{
    AuthSettings, Caller, Core, CreateSession, EventQuery, Pair, Parts, Role, Settings,
    engine::{
        Inbound,
        fake::{FakeEngine, FakeLink},
    },
};

/// Sessions belong to someone: the first administrator.
pub(crate) async fn ensure_admin(core: &Core) {
    if users::find(core.store().reader(), UserId::ADMIN).await.expect("users").is_some() {
        return;
    }
    let admin = NewUser {
        username: "admin".to_owned(),
        password_hash: String::new(),
        role: "admin".to_owned(),
        created_at: core.now(),
    };
    let made = core.store().write(move |tx| {
        let admin = admin.clone();
        Box::pin(async move { users::insert(tx, &admin).await })
    });
    made.await.expect("an administrator");
}

/// A text from somebody called Ana, so many seconds after the first; in a group Ana writes too.
pub(crate) fn inbound(id: &str, chat: &str, second: i64) -> Inbound {
    let chat: Jid = chat.parse().expect("an address");
    let sender = if chat.is_group() { "6281100000002".parse().expect("an address") } else { chat.clone() };
    Inbound {
        id: MessageId(id.to_owned()),
        chat: chat.into(),
        sender: Party::from(sender),
        from_me: false,
        timestamp: Timestamp::from_secs(1_767_603_600 + second),
        push_name: Some("Ana".to_owned()),
        content: Content::Text { text: id.to_owned() },
        context: Context::default(),
    }
}

/// Asks for something and goes away at the first occasion, as a client does that hangs up.
pub(crate) async fn hang_up(request: impl Future) {
    assert!(tokio::time::timeout(Duration::ZERO, request).await.is_err(), "answered before the client hung up");
}

/// Waits until the log of a session has such an event.
pub(crate) async fn event(core: &Core, session: &SessionId, wanted: impl Fn(&EventBody) -> bool) -> EventBody {
    let query = EventQuery { session: Some(session.clone()), ..EventQuery::default() };
    let mut follower = core.follow(Caller::System, query, 0);
    let found = async {
        loop {
            let page = follower.next().await.expect("events");
            if let Some(event) = page.events.into_iter().find(|event| wanted(&event.body)) {
                return event.body;
            }
        }
    };
    tokio::time::timeout(SOON, found).await.expect("the event comes")
}

/// The identity use cases on a real store, with a clock that the test moves.
pub(crate) struct Office {
    pub(crate) core: Core,
    pub(crate) clock: Arc<ManualClock>,
    pub(crate) engine: FakeEngine,
}

const SOON: Duration = Duration::from_secs(60);

impl Office {
    pub(crate) async fn open() -> Self {
        Self::with(AuthSettings::default()).await
    }

    /// Opened with an administrator whose password is `opensesame`.
    pub(crate) async fn with(auth: AuthSettings) -> Self {
        let store = Store::in_memory().await.expect("store");
        let office = Self::on(store, auth);
        office
            .core
            .ensure_admin(&Caller::System, Some("opensesame".to_owned().into()))
            .await
            .expect("an administrator");
        office
    }

    pub(crate) fn on(store: Store, auth: AuthSettings) -> Self {
        Self::set(store, Settings { auth, ..Settings::default() })
    }

    /// An empty one with settings of the test's choosing.
    pub(crate) async fn set_up(settings: Settings) -> Self {
        let office = Self::set(Store::in_memory().await.expect("store"), settings);
        ensure_admin(&office.core).await;
        office
    }

    fn set(store: Store, settings: Settings) -> Self {
        let clock = Arc::new(ManualClock::default());
        let engine = FakeEngine::new();
        let core = Core::new(Parts {
            store,
            clock: clock.clone(),
            egress: Egress::new(EgressPolicy::default()).expect("egress"),
            engine: Arc::new(engine.clone()),
            settings,
        });
        Self { core, clock, engine }
    }

    pub(crate) fn clock_now(&self) -> Timestamp {
        self.clock.now()
    }

    pub(crate) async fn user(&self, name: &str) -> Caller {
        let new =
            crate::NewUser { username: name.to_owned(), password: "opensesame".to_owned().into(), role: Role::User };
        let user = self.core.create_user(&Caller::Admin(UserId::ADMIN), new).await.expect("a user");
        Caller::User(user.id)
    }

    pub(crate) async fn session(&self, caller: &Caller, id: &str) -> SessionId {
        let id: SessionId = id.parse().expect("id");
        let order = CreateSession { id: Some(id.clone()), name: None, origin: Origin::Native };
        self.core.create_session(caller, order).await.expect("created");
        id
    }

    /// A session of the administrator's that is linked and connected.
    pub(crate) async fn linked(&self, id: &str) -> (SessionId, Arc<FakeLink>) {
        let id = self.session(&Caller::System, id).await;
        self.core.connect(&Caller::System, &id, Pair::Qr).await.expect("connects");
        let link = self.engine.session(&id).link().await;
        link.pair(&"6281100000001".parse().expect("phone"), &"100001".parse().expect("lid"));
        self.event(&id, |body| matches!(body, EventBody::SessionStateChanged(state) if state.is_connected())).await;
        while self.core.reach(&Caller::System, &id, crate::Scope::Read).await.is_err() {
            tokio::task::yield_now().await;
        }
        (id, link)
    }

    /// Waits until the log has such an event.
    pub(crate) async fn event(&self, session: &SessionId, wanted: impl Fn(&EventBody) -> bool) -> EventBody {
        event(&self.core, session, wanted).await
    }

    /// Actor, action and target of every entry, oldest first.
    pub(crate) async fn trail(&self) -> Vec<String> {
        let trail = self.core.audit_trail(&Caller::System, None, Some(200)).await.expect("trail");
        trail.iter().rev().map(|entry| format!("{} {} {}", entry.actor, entry.action, entry.target)).collect()
    }
}
