//! Keeps one session as its owner wants it. One task for each session that is to be connected.
//!
//! A keeper takes the lease, opens a link, and watches it until it ends; then it waits and tries again, or stops with
//! a reason. It is the only one that opens a link, so a session never has two here, and the lease sees to it that no
//! other gateway has one.

use std::{sync::Arc, time::Duration};

use switchboard_model::{SessionId, SessionState};
use switchboard_store::{StoreError, handovers, leases};
use tokio::sync::{Notify, mpsc, oneshot, watch};
use tokio_util::sync::CancellationToken;

use super::{
    backoff::Backoff,
    live::Live,
    recorder::Recorder,
    state::Step,
    transition,
    verdict::{Verdict, judge},
};
use crate::{
    Core,
    calls::{guard, tell_network},
    engine::{CallFact, EngineError, Fact, Fence, Fenced, Link, Open, Pairing},
    inlet::Inlet,
    messages::Sender,
};

/// What a keeper can be told.
pub(crate) enum Command {
    /// Stop and keep the link; the state afterwards says why.
    Stop { reason: String, done: oneshot::Sender<()> },
    /// Remove this device from the account, then stop.
    Unlink { done: oneshot::Sender<()> },
}

pub(crate) struct Keeper {
    pub(crate) core: Core,
    pub(crate) session: SessionId,
    pub(crate) pairing: Pairing,
    pub(crate) commands: mpsc::Receiver<Command>,
    pub(crate) live: watch::Sender<Live>,
    pub(crate) outbox: Arc<Notify>,
}

/// Why one run of a link ended.
enum End {
    /// As told: the keeper stops.
    Stop,
    /// For good, until someone acts.
    Final(Step),
    /// Try again after a pause.
    Retry { reason: String },
    /// The lease is another's now; it decides.
    Lost,
}

const TICK: Duration = Duration::from_secs(1);
/// How long a link may take to end by itself before its tasks are aborted.
const CLOSING: Duration = Duration::from_secs(10);

impl Keeper {
    /// Runs until stopped, finished for good, or out of the lease.
    pub(crate) async fn run(mut self) {
        let mut backoff = Backoff::default();
        let mut expired_pairings = 0;
        loop {
            let end = match self.connect(&mut backoff, &mut expired_pairings).await {
                Ok(end) => end,
                Err(error) => End::Retry { reason: error.to_string() },
            };
            match end {
                End::Stop | End::Lost => return,
                End::Final(step) => return self.finish(step).await,
                End::Retry { reason } => {
                    if self.pause(reason, backoff.next(rand::random())).await {
                        return;
                    }
                }
            }
        }
    }

    /// The link has ended by now, so that nothing it still reports comes after this.
    async fn finish(&self, step: Step) {
        let Step::LogOut { reason } = step else { return self.step(step).await };
        if let Err(error) = transition::log_out(&self.core, &self.session, reason).await {
            tracing::error!(session = %self.session, %error, "a logout could not be stored");
        }
    }

    /// Announces the next try and waits for it. True when told to stop meanwhile.
    async fn pause(&mut self, reason: String, wait: Duration) -> bool {
        let retry_at = Some(self.core.now().after(wait));
        // The reason is in the state: what the network said there may name somebody.
        tracing::warn!(session = %self.session, wait_ms = wait.as_millis(), "not connected; it reconnects by itself");
        self.step(Step::Down { reason, retry_at }).await;
        tokio::select! {
            () = tokio::time::sleep(wait) => false,
            command = self.commands.recv() => {
                self.obey(command, None).await;
                true
            }
        }
    }

    /// One link from its beginning to its end.
    async fn connect(&mut self, backoff: &mut Backoff, expired: &mut u32) -> Result<End, KeeperError> {
        let Some(epoch) = self.lease().await? else { return Ok(End::Lost) };
        let fence = Fence::open_for(self.core.settings().lease.fence_after);
        self.live.send_modify(|live| live.fence = Some((fence.clone(), epoch)));
        tracing::info!(session = %self.session, "connecting");
        self.step(Step::Open).await;
        let permit = self.core.0.keepers.connecting().await;
        let mut run = Run::open(self, epoch, fence).await?;
        let end = run.watch(self, backoff, expired, permit).await;
        run.close().await;
        self.live.send_modify(Live::reset);
        self.release(epoch).await;
        Ok(end)
    }

    async fn lease(&self) -> Result<Option<i64>, StoreError> {
        let (session, settings) = (self.session.clone(), self.core.settings().clone());
        self.core
            .store()
            .write(move |tx| {
                let (session, settings) = (session.clone(), settings.clone());
                Box::pin(async move {
                    if handovers::find(tx, &session).await?.is_some() {
                        return Ok(None);
                    }
                    leases::acquire(tx, &session, &settings.instance, None, settings.lease.lasts).await
                })
            })
            .await
    }

    async fn release(&self, epoch: i64) {
        let session = self.session.clone();
        let released = self
            .core
            .store()
            .write(move |tx| {
                let session = session.clone();
                Box::pin(async move { leases::release(tx, &session, epoch).await })
            })
            .await;
        if let Err(error) = released {
            tracing::warn!(session = %self.session, %error, "the lease could not be given back; it will run out");
        }
    }

    /// Carries a command out; what comes after is the end of this keeper. A closed channel means shutdown.
    async fn obey(&self, command: Option<Command>, link: Option<&Arc<dyn Link>>) {
        match command {
            Some(Command::Stop { reason, done }) => {
                self.step(Step::Down { reason, retry_at: None }).await;
                let _ = done.send(());
            }
            Some(Command::Unlink { done }) => {
                if let Some(link) = link
                    && let Err(error) = link.unlink().await
                {
                    tracing::warn!(session = %self.session, %error, "the device could not be removed from the account");
                }
                let _ = done.send(());
            }
            None => {}
        }
    }

    async fn step(&self, step: Step) {
        match transition::commit(&self.core, &self.session, step).await {
            Ok(_) => {}
            Err(error) => tracing::error!(session = %self.session, %error, "a change of state could not be stored"),
        }
    }
}

#[derive(Debug, thiserror::Error)]
enum KeeperError {
    #[error(transparent)]
    Store(#[from] StoreError),
    #[error(transparent)]
    Engine(#[from] EngineError),
}

/// A link and the tasks that belong to it.
struct Run {
    session: SessionId,
    link: Arc<dyn Link>,
    fence: Fence,
    facts: mpsc::UnboundedReceiver<Fact>,
    recorder: tokio::task::JoinHandle<()>,
    finish: CancellationToken,
    sender: Option<Sender>,
    /// The client had stopped at the last look. Its last report may still be on its way to the log.
    had_ended: bool,
}

impl Run {
    async fn open(keeper: &Keeper, epoch: i64, fence: Fence) -> Result<Self, EngineError> {
        let (inlet, outlet) = Inlet::new();
        let (committed, facts) = mpsc::unbounded_channel();
        let finish = CancellationToken::new();
        let recorder = Recorder {
            core: keeper.core.clone(),
            session: keeper.session.clone(),
            epoch,
            fence: fence.clone(),
            outlet,
            committed,
            finish: finish.clone(),
        };
        let recorder = tokio::spawn(recorder.run());
        let order =
            Open { session: keeper.session.clone(), epoch, fence: fence.clone(), pairing: keeper.pairing.clone() };
        let link = keeper.core.0.engine.open(order, inlet).await?;
        let session = keeper.session.clone();
        Ok(Self { session, link, fence, facts, recorder, finish, sender: None, had_ended: false })
    }

    /// Follows the link until something ends it.
    async fn watch(
        &mut self,
        keeper: &mut Keeper,
        backoff: &mut Backoff,
        expired: &mut u32,
        permit: Option<tokio::sync::OwnedSemaphorePermit>,
    ) -> End {
        let mut connecting = permit;
        let mut tick = tokio::time::interval(TICK);
        loop {
            tokio::select! {
                command = keeper.commands.recv() => {
                    keeper.obey(command, Some(&self.link)).await;
                    return End::Stop;
                }
                fact = self.facts.recv() => {
                    let Some(fact) = fact else { return self.unheard() };
                    if !matches!(fact, Fact::Acked { .. } | Fact::Receipt(_)) {
                        connecting = None;
                    }
                    if let Some(end) = self.learn(keeper, &fact, backoff, expired).await {
                        return end;
                    }
                }
                _ = tick.tick() => {
                    if let Some(end) = self.check(&keeper.core) {
                        return end;
                    }
                    // Pairing waits for a person: others may connect meanwhile.
                    drop(connecting.take_if(|_| keeper.live.borrow().awaits_person()));
                }
            }
        }
    }

    /// The recorder stopped listening: either the link has ended or the session was given up.
    fn unheard(&self) -> End {
        match self.fence.check() {
            Ok(()) => End::Retry { reason: "the connection ended".to_owned() },
            Err(Fenced) => End::Lost,
        }
    }

    /// What a committed fact means for this run.
    async fn learn(&mut self, keeper: &Keeper, fact: &Fact, backoff: &mut Backoff, expired: &mut u32) -> Option<End> {
        keeper.live.send_modify(|live| live.learn(fact, keeper.core.now()));
        match judge(fact, *expired, keeper.core.settings().pairing_rounds) {
            Verdict::GoOn => self.guard_against(keeper, fact),
            Verdict::Online => {
                backoff.reset();
                *expired = 0;
                if self.sender.is_none() {
                    tracing::info!(session = %self.session, "connected");
                }
                self.start_sending(keeper);
            }
            Verdict::Acked => {
                if let (Some(sender), Fact::Acked { id, .. }) = (&self.sender, fact) {
                    sender.acked(id.clone());
                }
            }
            Verdict::Again { reason, pairing_expired } => {
                *expired += u32::from(pairing_expired);
                return Some(End::Retry { reason });
            }
            Verdict::Stop(step) => {
                tracing::warn!(session = %self.session, "not connected; it stays so until somebody connects it");
                return Some(End::Final(step));
            }
        }
        None
    }

    /// In a task of its own: a call must be answered at once, whatever else the session does.
    fn guard_against(&self, keeper: &Keeper, fact: &Fact) {
        if let Fact::Call(CallFact::Offered { call, .. }) = fact {
            let (core, link) = (keeper.core.clone(), Arc::clone(&self.link));
            tokio::spawn(guard(core, self.session.clone(), link, call.clone()));
        }
    }

    /// What the network's block list missed while the session was away.
    fn catch_up_with_blocks(&self, keeper: &Keeper) {
        let (core, session, link) = (keeper.core.clone(), self.session.clone(), Arc::clone(&self.link));
        tokio::spawn(async move { tell_network(&core, &session, &link).await });
    }

    fn start_sending(&mut self, keeper: &Keeper) {
        if self.sender.is_none() {
            let link = Arc::clone(&self.link);
            keeper.live.send_modify(|live| live.link = Some(Arc::clone(&link)));
            let outbox = Arc::clone(&keeper.outbox);
            self.catch_up_with_blocks(keeper);
            self.sender = Some(Sender::start(keeper.core.clone(), self.session.clone(), link, outbox));
        }
    }

    /// A look at the clock: is the session still ours, and is the link alive?
    fn check(&mut self, core: &Core) -> Option<End> {
        if self.fence.check().is_err() {
            return Some(End::Lost);
        }
        let pulse = self.link.pulse();
        let reason = if pulse.halted {
            "the engine could no longer store its state"
        } else if std::mem::replace(&mut self.had_ended, pulse.ended) && pulse.ended {
            "the connection ended"
        } else if pulse.silent_for.is_some_and(|silence| silence > core.settings().deaf_after) {
            "nothing was heard from the network for too long"
        } else {
            return None;
        };
        Some(End::Retry { reason: reason.to_owned() })
    }

    /// Ends every task of this run. A session that is no longer ours is left at once, untouched.
    async fn close(mut self) {
        drop(self.sender.take());
        if self.fence.check().is_err() || tokio::time::timeout(CLOSING, self.link.close()).await.is_err() {
            self.link.abort();
        }
        // What was handed in before the end is still committed; what comes later finds the fence closed.
        self.finish.cancel();
        if tokio::time::timeout(CLOSING, &mut self.recorder).await.is_err() {
            self.recorder.abort();
        }
        self.fence.cut();
    }
}

/// Whether this state asks for a keeper when the owner wants a connection.
pub(crate) fn wants_keeper(state: &SessionState) -> bool {
    !state.is_terminal()
}
