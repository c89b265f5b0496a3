//! Who asks, and what that allows. Every use case takes a caller first and asks it before doing anything.

mod scope;

use switchboard_model::{Origin, Session, SessionId, UserId};

use crate::Error;

pub use scope::{Scope, Scopes, UnknownScope};

/// Somebody whose credential has been checked, or the gateway itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Caller {
    /// A signed-in administrator, or the static API key, which acts as the first one.
    Admin(UserId),
    /// A signed-in user.
    User(UserId),
    /// The holder of the service token: runs all sessions, but not users, keys or settings.
    Service,
    /// An API key; bound to one session, or good for all of its owner's.
    Key { id: String, owner: UserId, scopes: Scopes, session: Option<SessionId> },
    /// A token for one session; stands for the credential it was given to, its `holder`. `lease` is empty where nothing
    /// was handed over.
    SessionToken { session: SessionId, lease: String, holder: String },
    /// Whoever reaches the unauthenticated listener: sees and manages only sessions made through it.
    Open,
    /// The supervisor and the jobs.
    System,
}

impl Caller {
    /// Refuses unless this credential is good for `scope`.
    pub fn require(&self, scope: Scope) -> Result<(), Error> {
        if self.has(scope) {
            return Ok(());
        }
        Err(Error::Forbidden(format!("this credential lacks the scope `{scope}`")))
    }

    pub fn require_admin(&self) -> Result<(), Error> {
        self.require(Scope::Admin).map_err(|_| Error::Forbidden("only an administrator may do this".to_owned()))
    }

    #[must_use]
    pub fn has(&self, scope: Scope) -> bool {
        match self {
            Self::Admin(_) | Self::System => true,
            Self::User(_) => !matches!(scope, Scope::Admin | Scope::Cron),
            Self::Service => scope != Scope::Admin,
            // One session is all that a bound key reaches, whatever it was made with.
            Self::Key { session: Some(_), .. } if scope.is_beyond_sessions() => false,
            Self::Key { scopes, .. } => scopes.grant(scope),
            Self::SessionToken { .. } => Scope::Bots.grants(scope),
            Self::Open => matches!(scope, Scope::Sessions | Scope::Read),
        }
    }

    #[must_use]
    pub fn is_admin(&self) -> bool {
        self.has(Scope::Admin)
    }

    /// A session of somebody else does not exist for this caller.
    pub fn may_see(&self, session: &Session) -> Result<(), Error> {
        if self.sees(session) { Ok(()) } else { Err(Error::not_found("session", session.id.as_str())) }
    }

    /// As [`may_see`](Self::may_see), for the surface whose document wants the owner check told apart.
    pub fn must_own(&self, session: &Session) -> Result<(), Error> {
        if self.sees(session) { Ok(()) } else { Err(Error::Forbidden(format!("bot {} is not yours", session.id))) }
    }

    #[must_use]
    pub fn sees(&self, session: &Session) -> bool {
        self.sees_only().is_none_or(|owner| owner == session.owner)
            && self.only_session().is_none_or(|only| *only == session.id)
            && self.only_origin().is_none_or(|origin| origin == session.origin)
    }

    /// The owner whose sessions alone this caller sees; none for those who see everybody's.
    #[must_use]
    pub fn sees_only(&self) -> Option<UserId> {
        match self {
            Self::User(id) => Some(*id),
            Self::Key { owner, .. } if !self.is_admin() => Some(*owner),
            _ => None,
        }
    }

    /// The session this credential is bound to.
    #[must_use]
    pub fn only_session(&self) -> Option<&SessionId> {
        match self {
            Self::Key { session, .. } => session.as_ref(),
            Self::SessionToken { session, .. } => Some(session),
            _ => None,
        }
    }

    /// The surface whose sessions alone this caller sees.
    #[must_use]
    pub fn only_origin(&self) -> Option<Origin> {
        match self {
            Self::Open => Some(Origin::WaApi),
            _ => None,
        }
    }

    /// Whom the things belong to that this caller makes.
    #[must_use]
    pub fn owner(&self) -> UserId {
        match self {
            Self::Admin(id) | Self::User(id) => *id,
            Self::Key { owner, .. } => *owner,
            Self::Service | Self::SessionToken { .. } | Self::Open | Self::System => UserId::ADMIN,
        }
    }

    /// How the audit trail names this caller.
    #[must_use]
    pub fn actor(&self) -> String {
        match self {
            Self::Admin(id) | Self::User(id) => format!("user:{id}"),
            Self::Service => "service".to_owned(),
            Self::Key { id, .. } => format!("key:{id}"),
            Self::SessionToken { session, .. } => format!("session-token:{session}"),
            Self::Open => "open".to_owned(),
            Self::System => "system".to_owned(),
        }
    }
}

#[cfg(test)]
mod tests {
    use switchboard_model::{Desired, SessionState, Timestamp};

    use super::*;

    fn session(id: &str, owner: i64, origin: Origin) -> Session {
        let at = Timestamp::default();
        Session {
            id: id.parse().unwrap(),
            name: String::new(),
            owner: UserId(owner),
            origin,
            desired: Desired::Disconnected,
            state: SessionState::Created,
            phone: None,
            lid: None,
            linked: false,
            created_at: at,
            updated_at: at,
        }
    }

    fn key(owner: i64, scopes: &str, bound: Option<&str>) -> Caller {
        Caller::Key {
            id: "k".to_owned(),
            owner: UserId(owner),
            scopes: scopes.parse().unwrap(),
            session: bound.map(|id| id.parse().unwrap()),
        }
    }

    #[test]
    fn each_caller_sees_what_is_its_own() {
        let (mine, theirs) = (session("a", 2, Origin::Native), session("b", 3, Origin::WaApi));
        let seen = |caller: &Caller| (caller.sees(&mine), caller.sees(&theirs));
        assert_eq!(seen(&Caller::Admin(UserId(1))), (true, true));
        assert_eq!(seen(&Caller::Service), (true, true));
        assert_eq!(seen(&Caller::System), (true, true));
        assert_eq!(seen(&Caller::User(UserId(2))), (true, false));
        assert_eq!(seen(&Caller::Open), (false, true));
        assert_eq!(seen(&key(2, "read", None)), (true, false));
        assert_eq!(seen(&key(2, "read", Some("b"))), (false, false));
        assert_eq!(seen(&key(1, "admin", None)), (true, true));
        assert_eq!(seen(&key(2, "admin", Some("a"))), (true, false));
        let token =
            Caller::SessionToken { session: "a".parse().unwrap(), lease: "l".to_owned(), holder: "service".to_owned() };
        assert_eq!(seen(&token), (true, false));
    }

    #[test]
    fn another_owners_session_does_not_exist_but_for_those_who_must_own_it() {
        let theirs = session("b", 3, Origin::Native);
        let caller = Caller::User(UserId(2));
        assert_eq!(caller.may_see(&theirs), Err(Error::not_found("session", "b")));
        assert_eq!(caller.must_own(&theirs).map_err(|e| e.code()), Err("forbidden"));
    }

    #[test]
    fn only_administrators_administer() {
        let bound = key(1, "admin cron", Some("a"));
        assert_eq!(bound.require(Scope::Cron).map_err(|e| e.code()), Err("forbidden"));
        assert_eq!(bound.require(Scope::Sessions), Ok(()), "with its own session it does what it could");
        let lesser = key(1, "sessions read bots cron", None);
        for caller in [Caller::User(UserId(1)), Caller::Service, Caller::Open, lesser, bound] {
            assert_eq!(caller.require_admin().map_err(|e| e.code()), Err("forbidden"), "{caller:?}");
        }
        assert_eq!(key(1, "admin", None).require_admin(), Ok(()));
        assert_eq!(Caller::User(UserId(2)).require(Scope::Cron).map_err(|e| e.code()), Err("forbidden"));
    }
}
