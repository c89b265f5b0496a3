//! One link from its opening to its end: what it reports, what that leads to, and the tasks that belong to it.

use std::{sync::Arc, time::Duration};

use futures_util::future::OptionFuture;
use switchboard_model::SessionId;
use tokio::sync::{OwnedSemaphorePermit, mpsc};
use tokio_util::sync::CancellationToken;

use super::{
    backoff::Backoff,
    keeper::{End, Keeper},
    recorder::Recorder,
    verdict::{Verdict, judge},
};
use crate::{
    Core,
    calls::{guard, tell_network},
    engine::{CallFact, EngineError, Fact, Fence, Fenced, Link, Open},
    inlet::Inlet,
    messages::Sender,
};

const TICK: Duration = Duration::from_secs(1);
/// How long a link may take to end by itself before its tasks are aborted.
const CLOSING: Duration = Duration::from_secs(10);

/// A link and the tasks that belong to it.
pub(super) struct Run {
    session: SessionId,
    epoch: i64,
    link: Arc<dyn Link>,
    fence: Fence,
    /// Boxed: a channel keeps room for many, and there are as many channels as sessions.
    facts: mpsc::UnboundedReceiver<Box<Fact>>,
    recorder: tokio::task::JoinHandle<()>,
    finish: CancellationToken,
    sender: Option<Sender>,
    /// The client had stopped at the last look. Its last report may still be on its way to the log.
    had_ended: bool,
}

impl Run {
    pub(super) async fn open(keeper: &Keeper, epoch: i64, fence: Fence) -> Result<Self, EngineError> {
        let (inlet, outlet) = Inlet::new();
        let (committed, facts) = mpsc::unbounded_channel();
        let finish = CancellationToken::new();
        let recorder = Recorder {
            core: keeper.core.clone(),
            session: keeper.session.clone(),
            epoch,
            fence: fence.clone(),
            outlet,
            live: keeper.live.clone(),
            committed,
            finish: finish.clone(),
        };
        let recorder = tokio::spawn(recorder.run());
        let order =
            Open { session: keeper.session.clone(), epoch, fence: fence.clone(), pairing: keeper.pairing.clone() };
        let link = keeper.core.0.engine.open(order, inlet).await?;
        let session = keeper.session.clone();
        Ok(Self { session, epoch, link, fence, facts, recorder, finish, sender: None, had_ended: false })
    }

    /// Follows the link until something ends it.
    pub(super) async fn watch(
        &mut self,
        keeper: &mut Keeper,
        backoff: &mut Backoff,
        expired: &mut u32,
        permit: Option<OwnedSemaphorePermit>,
    ) -> End {
        let mut connecting = permit;
        let mut tick = tokio::time::interval(TICK);
        loop {
            tokio::select! {
                command = keeper.commands.recv() => {
                    return End::Final(keeper.obey(command, Some(&self.link)).await);
                }
                fact = self.facts.recv() => {
                    let Some(fact) = fact else { return self.unheard() };
                    if !matches!(*fact, Fact::Acked { .. } | Fact::Receipt(_)) {
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
                    self.keep_sending(keeper);
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
            Verdict::Answered => self.tell_sender(fact),
            Verdict::Again { reason, pairing_expired } => {
                *expired += u32::from(pairing_expired);
                return Some(End::Retry { reason });
            }
            Verdict::Stop(step) => {
                tracing::warn!(session = %self.session, "not connected; it stays so until somebody connects it");
                return Some(End::Final(Some(step)));
            }
        }
        None
    }

    /// Somebody has the message that a receipt is for, so the network has taken it.
    fn tell_sender(&self, fact: &Fact) {
        let Some(sender) = &self.sender else { return };
        match fact {
            Fact::Acked { id, error } => sender.acked(id.clone(), error.is_some()),
            Fact::Receipt(receipt) => receipt.ids.iter().for_each(|id| sender.acked(id.clone(), false)),
            _ => {}
        }
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
            self.catch_up_with_blocks(keeper);
            self.sender = Some(self.sender(keeper));
        }
    }

    fn sender(&self, keeper: &Keeper) -> Sender {
        let outbox = Arc::clone(&keeper.outbox);
        Sender::start(keeper.core.clone(), self.session.clone(), self.epoch, Arc::clone(&self.link), outbox)
    }

    /// A sender ends when the link says that it is down. Where the link stays up all the same, sending begins anew.
    fn keep_sending(&mut self, keeper: &Keeper) {
        if !self.had_ended && self.sender.as_ref().is_some_and(Sender::has_ended) {
            tracing::warn!(session = %self.session, "sending had stopped on a link that is up; it goes on");
            self.sender = Some(self.sender(keeper));
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
    pub(super) async fn close(mut self) {
        let sender = self.sender.take();
        if self.fence.check().is_err() {
            drop(sender);
            self.link.abort();
        } else {
            self.close_link(sender).await;
        }
        // What was handed in before the end is still committed; what comes later finds the fence closed.
        self.finish.cancel();
        if tokio::time::timeout(CLOSING, &mut self.recorder).await.is_err() {
            self.recorder.abort();
        }
        self.fence.cut();
    }

    async fn close_link(&self, sender: Option<Sender>) {
        let sending = OptionFuture::from(sender.map(Sender::finish));
        let sending = tokio::time::timeout(CLOSING, sending);
        let (_, closed) = tokio::join!(sending, tokio::time::timeout(CLOSING, self.link.close()));
        if closed.is_err() {
            self.link.abort();
        }
    }
}
