//! The live part of a session's page: its state, what to scan or type, what can be asked of it.

use std::time::Duration;

use askama::Template;
use axum::response::Response;
use switchboard_api::{
    PairingImage,
    http::{Failure, QueryOf, SessionPath},
};
use switchboard_core::{Error, EventPage, EventQuery, Handover, Pacing};
use switchboard_model::{Desired, EventBody, SessionId, SessionState, Timestamp};

use super::Tabs;
use crate::{
    live::{self, Begin, Draw},
    show::{self, StateView},
    text::{Text, fill},
    visitor::Visitor,
};

#[derive(Template)]
#[template(path = "sessions/top.html")]
pub(super) struct Top {
    t: &'static Text,
    id: SessionId,
    state: StateView,
    pairing: Pairing,
    /// Linked: what comes after pairing is shown.
    linked: bool,
    connected: bool,
    /// Whether it is wanted connected, so that disconnecting means something.
    wanted: bool,
    phone: String,
    /// The program that runs the session meanwhile.
    handover: Option<Handover>,
    /// A simulated phone can scan the code.
    phones: bool,
    last_event_at: Option<Timestamp>,
    /// When the network was last heard of.
    heard_at: Option<Timestamp>,
    queued: i64,
    pace: String,
}

/// The simulated phone beside the page.
#[derive(Template)]
#[template(path = "sessions/beside.html")]
struct Beside {
    t: &'static Text,
    tabs: Tabs,
}

enum Pairing {
    Qr { svg: Option<String> },
    Code { code: Option<String> },
    None,
}

pub(super) async fn live(
    visitor: Visitor,
    SessionPath(id): SessionPath,
    QueryOf(wanted): QueryOf<Begin>,
) -> Result<Response, Failure> {
    visitor.core().session(&visitor.caller, &id).await?;
    let from = live::start(&visitor, wanted.from).await?;
    let query = EventQuery { session: Some(id.clone()), ..EventQuery::default() };
    Ok(live::stream(visitor, query, from, Changed(id)))
}

impl Top {
    pub(super) async fn read(visitor: &Visitor, id: &SessionId) -> Result<Self, Error> {
        let view = visitor.core().session(&visitor.caller, id).await?;
        let session = view.session;
        let pairing = pairing(visitor, id, &session.state).await?;
        let state = StateView::of(visitor.t, &session);
        Ok(Self {
            t: visitor.t,
            id: session.id,
            state,
            pairing,
            connected: session.state.is_connected(),
            linked: session.linked || session.state.is_connected(),
            wanted: session.desired == Desired::Connected && !session.state.is_terminal(),
            phone: show::phone(session.phone.as_ref()),
            handover: view.handover,
            phones: visitor.dashboard.options.sandbox.is_some() && !visitor.is_open(),
            last_event_at: view.last_event_at,
            heard_at: view.silent_for.map(|silence| visitor.core().time().before(silence)),
            queued: view.queued,
            pace: pace(visitor.t, visitor.core().pacing()),
        })
    }
}

/// A code that was told of is at hand within this time.
const AT_HAND: Duration = Duration::from_secs(2);

/// What there is to scan or to type now. Drawn anew at each code.
async fn pairing(visitor: &Visitor, id: &SessionId, state: &SessionState) -> Result<Pairing, Error> {
    let (core, caller) = (visitor.core(), &visitor.caller);
    match state {
        SessionState::WaitingQr { .. } => {
            let code = core.qr_code(caller, id, AT_HAND).await?;
            let svg = code.map(|code| PairingImage::of(&code.code).map(|image| inline(&image.svg()))).transpose()?;
            Ok(Pairing::Qr { svg })
        }
        SessionState::WaitingCode { .. } => {
            let code = core.link_code(caller, id, AT_HAND).await?;
            Ok(Pairing::Code { code: code.map(|code| in_fours(&code.code)) })
        }
        _ => Ok(Pairing::None),
    }
}

/// As the phone asks for it.
fn in_fours(code: &str) -> String {
    let letters: Vec<_> = code.chars().filter(|c| c.is_ascii_alphanumeric()).collect();
    letters.chunks(4).map(|four| four.iter().collect::<String>()).collect::<Vec<_>>().join("-")
}

/// How fast it sends.
fn pace(t: &'static Text, pacing: Pacing) -> String {
    match pacing.per_minute {
        Some(per_minute) => fill(t.pace_limited, &[&per_minute.to_string(), &pacing.burst.to_string()]),
        None => t.pace_free.to_owned(),
    }
}

/// Without the declaration that only a file of its own has.
fn inline(svg: &str) -> String {
    svg.find("<svg").map_or_else(String::new, |at| svg[at..].to_owned())
}

struct Changed(SessionId);

impl Draw for Changed {
    async fn draw(&mut self, visitor: &Visitor, page: &EventPage) -> Result<Option<String>, Error> {
        let mut html = Top::read(visitor, &self.0).await?.render().map_err(Error::internal)?;
        // Only then: anew it would forget what the phone shows.
        if page.events.iter().any(|event| matches!(event.body, EventBody::SessionPaired { .. })) {
            html.push_str(&Beside::read(visitor, &self.0).await?.render().map_err(Error::internal)?);
        }
        Ok(Some(html))
    }
}

impl Beside {
    async fn read(visitor: &Visitor, id: &SessionId) -> Result<Self, Error> {
        let view = visitor.core().session(&visitor.caller, id).await?;
        Ok(Self { t: visitor.t, tabs: Tabs::of(visitor, &view, "overview") })
    }
}
