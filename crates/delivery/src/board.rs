//! Who is next. Endpoints take turns, and within an endpoint its lanes do, so that nobody waits for somebody else's
//! backlog. Nothing here waits or does I/O: it is told what happened and says what to do.

use std::{
    collections::{BTreeSet, HashMap, VecDeque},
    sync::Arc,
    time::Duration,
};

use switchboard_core::{DeliveryRow, Endpoint, Lane};
use switchboard_model::{SessionId, Timestamp, WebhookMode, WebhookState};

use crate::{
    Settings,
    attempt::{Claimed, Ended},
    circuit::{Admission, Circuit},
    lane::{LaneState, Turn},
    window::Window,
};

#[cfg(test)]
mod tests;

/// After something could not be read or written.
const SHORT_REST: Duration = Duration::from_secs(1);

pub(crate) struct Board {
    settings: Arc<Settings>,
    stations: HashMap<String, Station>,
    /// Stations that have something to do.
    ring: VecDeque<String>,
    timers: BTreeSet<(Timestamp, String, Option<SessionId>)>,
    pub(crate) under_way: usize,
}

/// An endpoint and its lanes.
struct Station {
    endpoint: Arc<Endpoint>,
    circuit: Circuit,
    window: Window,
    /// Pages being read. Each is for an attempt, so they count against the window: an endpoint that hangs must not
    /// have all its lanes read whenever one place is free.
    fetching: usize,
    lanes: HashMap<SessionId, LaneState>,
    ready: VecDeque<SessionId>,
    in_ring: bool,
    /// The receiver asked for rest.
    rest_until: Option<Timestamp>,
}

pub(crate) enum Action {
    Attempt(Claimed),
    Fetch(Fetch),
}

/// Rows to be read.
pub(crate) struct Fetch {
    pub(crate) lane: Lane,
    pub(crate) mode: WebhookMode,
    pub(crate) generation: u64,
    pub(crate) under_way: Vec<i64>,
}

/// What was read.
pub(crate) struct Page {
    pub(crate) rows: Vec<DeliveryRow>,
    /// There may be more of them.
    pub(crate) more: bool,
    /// When the next row will be due, if none is now.
    pub(crate) next: Option<Timestamp>,
}

enum Step {
    Do(Action),
    Later(Timestamp),
    Nothing,
}

impl Board {
    pub(crate) fn new(settings: Arc<Settings>) -> Self {
        let (stations, ring, timers) = (HashMap::new(), VecDeque::new(), BTreeSet::new());
        Self { settings, stations, ring, timers, under_way: 0 }
    }

    /// The endpoints this process holds now. Returns those whose lanes must be looked up.
    pub(crate) fn hold(&mut self, endpoints: Vec<Endpoint>) -> Vec<String> {
        let mut held: HashMap<String, Endpoint> = endpoints.into_iter().map(|e| (e.id.clone(), e)).collect();
        self.stations.retain(|id, _| held.contains_key(id));
        held.retain(|id, endpoint| self.stations.get(id).is_none_or(|s| s.endpoint.revision != endpoint.revision));
        let fresh = held.into_values().map(|endpoint| self.adopt(endpoint));
        fresh.collect::<Vec<_>>().into_iter().flatten().collect()
    }

    fn adopt(&mut self, endpoint: Endpoint) -> Option<String> {
        let (id, active) = (endpoint.id.clone(), endpoint.state == WebhookState::Active);
        let circuit = Circuit::new(self.settings.circuit);
        match self.stations.get_mut(&id) {
            Some(station) => {
                (station.endpoint, station.circuit, station.rest_until) = (Arc::new(endpoint), circuit, None);
            }
            None => drop(self.stations.insert(id.clone(), Station::new(endpoint, circuit, self.settings.at_once_each))),
        }
        active.then_some(id)
    }

    /// These lanes have something to deliver; `anew` if what was read of them may be out of date.
    pub(crate) fn news(&mut self, lanes: Vec<Lane>, anew: bool) {
        for lane in lanes {
            let Some(station) = self.stations.get_mut(&lane.webhook) else { continue };
            let state = station.lanes.entry(lane.session.clone()).or_default();
            if anew {
                state.start_over();
            } else {
                state.has_news();
            }
            self.list(&lane);
        }
    }

    /// The next thing to do. Ends of attempts, pages and timers bring more.
    pub(crate) fn next(&mut self, now: Timestamp) -> Option<Action> {
        while let Some(id) = self.ring.pop_front() {
            let Some(station) = self.stations.get_mut(&id) else { continue };
            station.in_ring = false;
            match station.step(now, &mut self.timers) {
                Step::Do(action) => {
                    self.enter_ring(&id);
                    self.under_way += usize::from(matches!(action, Action::Attempt(_)));
                    return Some(action);
                }
                Step::Later(at) => drop(self.timers.insert((at, id, None))),
                Step::Nothing => {}
            }
        }
        None
    }

    pub(crate) fn fetched(&mut self, fetch: &Fetch, page: Option<Page>, now: Timestamp) {
        let Some(station) = self.stations.get_mut(&fetch.lane.webhook) else { return };
        station.fetching = station.fetching.saturating_sub(1);
        if let Some(at) = station.fetched(fetch, page, now) {
            self.wake_lane_at(&fetch.lane, at);
        }
        // Also one that has to wait: news may have come while the page was read, and that page does not have them.
        self.list(&fetch.lane);
        // There is a place again, whatever was read.
        self.enter_ring(&fetch.lane.webhook);
    }

    /// An attempt has ended. Tells whether the endpoint is back after it was left alone.
    pub(crate) fn finished(&mut self, lane: &Lane, pos: i64, ended: Ended, now: Timestamp) -> bool {
        self.under_way = self.under_way.saturating_sub(1);
        let factor = 0.8 + 0.4 * rand::random::<f64>();
        let Some(station) = self.stations.get_mut(&lane.webhook) else { return false };
        let back = station.judge(&ended, now, factor);
        let fifo = station.endpoint.mode == WebhookMode::Fifo;
        if let Some(state) = self.lane(lane) {
            state.finished(pos);
        }
        self.follow_up(lane, ended, fifo, now);
        self.list(lane);
        self.enter_ring(&lane.webhook);
        back
    }

    fn follow_up(&mut self, lane: &Lane, ended: Ended, fifo: bool, now: Timestamp) {
        let row = match ended {
            Ended::Retry { row, .. } => row,
            Ended::Undone { row } => DeliveryRow { next_at: now.after(SHORT_REST), ..row },
            Ended::Delivered | Ended::Dead | Ended::Gone | Ended::Silent => return,
        };
        if fifo {
            if let Some(state) = self.lane(lane) {
                state.put_back(row);
            }
        } else {
            self.wake_lane_at(lane, row.next_at);
        }
    }

    /// Puts those whose time has come back into the ring.
    pub(crate) fn wake(&mut self, now: Timestamp) {
        while self.timers.first().is_some_and(|(at, ..)| *at <= now) {
            let Some((at, webhook, session)) = self.timers.pop_first() else { return };
            match session {
                None => self.enter_ring(&webhook),
                Some(session) => self.wake_lane(&Lane { webhook, session }, at),
            }
        }
    }

    pub(crate) fn next_timer(&self) -> Option<Timestamp> {
        self.timers.first().map(|(at, ..)| *at)
    }

    fn wake_lane(&mut self, lane: &Lane, at: Timestamp) {
        if let Some(state) = self.lane(lane)
            && state.wake_at == Some(at)
        {
            state.wake_at = None;
            // In fifo mode the queue knows; otherwise the store does.
            state.has_news();
            self.list(lane);
        }
    }

    fn wake_lane_at(&mut self, lane: &Lane, at: Timestamp) {
        if let Some(station) = self.stations.get_mut(&lane.webhook) {
            station.wake_lane_at(&lane.session, at, &mut self.timers);
        }
    }

    fn lane(&mut self, lane: &Lane) -> Option<&mut LaneState> {
        self.stations.get_mut(&lane.webhook)?.lanes.get_mut(&lane.session)
    }

    /// Gives a lane its turn, or forgets it when nothing is left of it.
    fn list(&mut self, lane: &Lane) {
        let Some(station) = self.stations.get_mut(&lane.webhook) else { return };
        let Some(state) = station.lanes.get_mut(&lane.session) else { return };
        if state.has_work() {
            if !std::mem::replace(&mut state.listed, true) {
                station.ready.push_back(lane.session.clone());
            }
            // Also one that is listed already: its station may have been passed over meanwhile.
            self.enter_ring(&lane.webhook);
        } else if state.is_spent() {
            station.lanes.remove(&lane.session);
        }
    }

    fn enter_ring(&mut self, id: &str) {
        let Some(station) = self.stations.get_mut(id) else { return };
        if !station.in_ring && !station.ready.is_empty() {
            station.in_ring = true;
            self.ring.push_back(id.to_owned());
        }
    }
}

impl Station {
    fn new(endpoint: Endpoint, circuit: Circuit, most: usize) -> Self {
        Self {
            endpoint: Arc::new(endpoint),
            circuit,
            window: Window::new(most),
            fetching: 0,
            lanes: HashMap::new(),
            ready: VecDeque::new(),
            in_ring: false,
            rest_until: None,
        }
    }

    fn step(&mut self, now: Timestamp, timers: &mut BTreeSet<(Timestamp, String, Option<SessionId>)>) -> Step {
        if self.endpoint.state != WebhookState::Active || !self.window.has_room(self.fetching) {
            return Step::Nothing;
        }
        if let Some(until) = self.rest_until.filter(|until| now < *until) {
            return Step::Later(until);
        }
        match self.circuit.admission(now) {
            Admission::Yes => {}
            Admission::Later(at) => return Step::Later(at),
            Admission::Probing => return Step::Nothing,
        }
        while let Some(session) = self.ready.pop_front() {
            let Some(state) = self.lanes.get_mut(&session) else { continue };
            state.listed = false;
            match state.turn(self.endpoint.mode, now) {
                Turn::Attempt(row) => return Step::Do(self.attempt(&session, *row)),
                Turn::Fetch { generation, under_way } => {
                    self.fetching += 1;
                    let lane = Lane { webhook: self.endpoint.id.clone(), session };
                    return Step::Do(Action::Fetch(Fetch { lane, mode: self.endpoint.mode, generation, under_way }));
                }
                Turn::Wait(at) => self.wake_lane_at(&session, at, timers),
                Turn::Nothing => {}
            }
        }
        Step::Nothing
    }

    /// When the lane is to be looked at again, if not now.
    fn fetched(&mut self, fetch: &Fetch, page: Option<Page>, now: Timestamp) -> Option<Timestamp> {
        let session = &fetch.lane.session;
        let state = self.lanes.get_mut(session)?;
        let Some(page) = page else {
            state.fetch_failed();
            return Some(now.after(SHORT_REST));
        };
        if !state.fetched(fetch.generation, page.rows, page.more) {
            return None;
        }
        // Its turn was spent on reading: it is next, before another lane is read.
        if state.has_rows() && !std::mem::replace(&mut state.listed, true) {
            self.ready.push_front(session.clone());
        }
        page.next
    }

    fn attempt(&mut self, session: &SessionId, row: DeliveryRow) -> Action {
        self.window.enter();
        self.circuit.attempted();
        if self.endpoint.mode == WebhookMode::Parallel
            && let Some(state) = self.lanes.get_mut(session).filter(|state| state.has_work())
        {
            state.listed = true;
            self.ready.push_back(session.clone());
        }
        Action::Attempt(Claimed { row, endpoint: self.endpoint.clone() })
    }

    /// What the end of an attempt says about the endpoint; true if it is back.
    fn judge(&mut self, ended: &Ended, now: Timestamp, factor: f64) -> bool {
        self.window.leave();
        match ended {
            Ended::Delivered => {
                let back = self.circuit.succeeded();
                if back {
                    self.window.reset();
                } else {
                    self.window.succeeded();
                }
                return back;
            }
            Ended::Silent | Ended::Undone { .. } => self.circuit.undecided(now),
            Ended::Gone => Arc::make_mut(&mut self.endpoint).state = WebhookState::Disabled,
            Ended::Retry { .. } | Ended::Dead => {
                self.circuit.failed(now, factor);
                self.window.failed();
            }
        }
        if let Ended::Retry { rest: Some(until), .. } = ended {
            self.rest_until = Some(*until);
        }
        false
    }

    /// The earliest time counts.
    fn wake_lane_at(
        &mut self,
        session: &SessionId,
        at: Timestamp,
        timers: &mut BTreeSet<(Timestamp, String, Option<SessionId>)>,
    ) {
        let Some(state) = self.lanes.get_mut(session) else { return };
        if state.wake_at.is_some_and(|earlier| earlier <= at) {
            return;
        }
        let timer = |at| (at, self.endpoint.id.clone(), Some(session.clone()));
        if let Some(later) = state.wake_at.replace(at) {
            timers.remove(&timer(later));
        }
        timers.insert(timer(at));
    }
}
