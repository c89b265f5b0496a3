//! What the tests of several modules need.

use std::sync::Arc;

use switchboard_egress::{Egress, EgressPolicy};
use switchboard_model::{Clock, ManualClock, Origin, SessionId, Timestamp, UserId};
use switchboard_store::{
    Store,
    users::{self, NewUser},
};

use crate::{AuthSettings, Caller, Core, CreateSession, Parts, Role, Settings, engine::fake::FakeEngine};

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

/// The identity use cases on a real store, with a clock that the test moves.
pub(crate) struct Office {
    pub(crate) core: Core,
    pub(crate) clock: Arc<ManualClock>,
}

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
        let clock = Arc::new(ManualClock::default());
        let core = Core::new(Parts {
            store,
            clock: clock.clone(),
            egress: Egress::new(EgressPolicy::default()).expect("egress"),
            engine: Arc::new(FakeEngine::new()),
            settings: Settings { auth, ..Settings::default() },
        });
        Self { core, clock }
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

    /// Actor, action and target of every entry, oldest first.
    pub(crate) async fn trail(&self) -> Vec<String> {
        let trail = self.core.audit_trail(&Caller::System, None, Some(200)).await.expect("trail");
        trail.iter().rev().map(|entry| format!("{} {} {}", entry.actor, entry.action, entry.target)).collect()
    }
}
