//! Builds a client for each session that runs. A client that has stopped cannot run again, so each opening makes one.

use std::sync::{Arc, atomic::Ordering};

use async_trait::async_trait;
use serde_json::Value;
use switchboard_core::{
    engine::{Draft, Engine, EngineError, Exported, Fact, Form, Link, Open, Pairing, PastChats, Restored, StateRow},
    inlet::Inlet,
};
use switchboard_egress::Egress;
use switchboard_model::{Clock, Content, Jid, MessageId, Party, SessionId};
use switchboard_store::Store;
use tokio::sync::mpsc;
use wacore::store::Device;
use whatsapp_rust::{bot::Bot, pair_code::PairCodeOptions};

use crate::{
    EngineOptions,
    backend::{self, SessionStore, names},
    convert, device,
    events::Events,
    foretold::{Foretold, Notes},
    history,
    hook::Hook,
    http::EgressHttp,
    link::WhatsappLink,
    orphans::Orphanage,
    portable,
    state::State,
    status,
    tasks::Tasks,
    transport::GuardedFactory,
};

pub struct WhatsappEngine {
    store: Store,
    http: Egress,
    clock: Arc<dyn Clock>,
    options: EngineOptions,
}

impl WhatsappEngine {
    #[must_use]
    pub fn new(store: Store, http: Egress, clock: Arc<dyn Clock>, options: EngineOptions) -> Self {
        Self { store, http, clock, options }
    }
}

#[async_trait]
impl Engine for WhatsappEngine {
    async fn open(&self, order: Open, inlet: Inlet) -> Result<Arc<dyn Link>, EngineError> {
        order.fence.check()?;
        backend::read_device(&self.store, &order.session).await?;
        let parts = Parts::new(self, &order, inlet);
        let bot = parts.build(self, &order.pairing).await?;
        Ok(parts.start(bot, order, &self.clock))
    }

    async fn finish(&self, draft: &Draft<'_>) -> Result<Vec<u8>, EngineError> {
        if matches!(draft.chat, Jid::Status) {
            return status::finish(draft);
        }
        let Content::PollVote(vote) = draft.content else { return convert::finish(draft, None) };
        let chat = Party::from(draft.chat.clone());
        let creator = vote.poll.sender.as_ref().unwrap_or(draft.own);
        let (chats, creators) = (names(&chat), names(creator));
        // The chat is known by the other party's other name too, where that party made the poll.
        let chats = if draft.chat.is_group() { chats } else { [chats, creators.clone()].concat() };
        let secret = backend::secret_of(self.store.reader(), draft.session, &chats, &creators, &vote.poll.id).await;
        let secret = secret.map_err(|error| EngineError::Other(error.to_string()))?;
        convert::finish(draft, secret.as_deref())
    }

    fn export(&self, rows: &[StateRow], form: Form) -> Result<Exported, EngineError> {
        portable::export(rows, form)
    }

    fn import(&self, ours: &[StateRow], state: &Value) -> Result<Restored, EngineError> {
        portable::import(ours, state)
    }

    fn without_ratchets(&self, rows: Vec<StateRow>) -> Result<Vec<StateRow>, EngineError> {
        portable::without_ratchets(&rows)
    }

    async fn link_mark(&self, session: &SessionId) -> Result<Option<String>, EngineError> {
        let device = backend::read_device(&self.store, session).await?;
        Ok(device.filter(Device::is_registered).as_ref().map(portable::mark))
    }

    fn read_history<'a>(&self, own: &Party, body: &'a [u8]) -> Result<PastChats<'a>, EngineError> {
        Ok(history::read(own, body))
    }

    /// Its beginning tells other clients which kind of client wrote the message.
    fn message_id(&self) -> MessageId {
        MessageId(wacore::request::RequestUtils::message_id_at(None, self.clock.now().secs().unsigned_abs()))
    }
}

/// What the pieces of one link share.
struct Parts {
    inlet: Inlet,
    state: Arc<State>,
    tasks: Tasks,
    backend: Arc<SessionStore>,
    orphans: mpsc::UnboundedReceiver<Box<backend::Missed>>,
    foretold: Foretold,
    notes: Notes,
    fence: switchboard_core::engine::Fence,
}

impl Parts {
    fn new(engine: &WhatsappEngine, order: &Open, inlet: Inlet) -> Self {
        let (lost, orphans) = mpsc::unbounded_channel();
        let owner = (order.epoch, order.fence.clone());
        let clock = Arc::clone(&engine.clock);
        let (foretold, notes) = Foretold::new();
        let backend = SessionStore::new(engine.store.clone(), order.session.clone(), owner, clock, lost);
        Self {
            inlet,
            state: Arc::default(),
            tasks: Tasks::default(),
            backend: Arc::new(backend),
            orphans,
            foretold,
            notes,
            fence: order.fence.clone(),
        }
    }

    async fn build(&self, engine: &WhatsappEngine, pairing: &Pairing) -> Result<Bot, EngineError> {
        let options = &engine.options;
        let (fence, inlet, state) = (self.fence.clone(), self.inlet.clone(), Arc::clone(&self.state));
        let by_code = matches!(pairing, Pairing::Code { .. });
        let events = Events {
            inlet: inlet.clone(),
            state: Arc::clone(&state),
            tasks: self.tasks.clone(),
            backend: Arc::clone(&self.backend),
            foretold: self.foretold.clone(),
            by_code,
        };
        let hook = Hook { inlet: inlet.clone(), fence: fence.clone(), backend: Arc::clone(&self.backend) };
        let backend: Arc<dyn wacore::store::traits::Backend> = self.backend.clone();
        let mut builder = Bot::builder()
            .with_backend_arc(backend)
            .with_transport_factory(GuardedFactory::new(
                options.network_url.clone(),
                fence,
                (inlet, self.foretold.clone()),
                state,
            ))
            .with_http_client(EgressHttp::new(engine.http.clone(), options.network_url.clone()))
            .with_runtime(self.tasks.clone())
            .with_version(options.version)
            .with_device_props(device::properties(&options.device_name))
            .with_event_handler(events)
            .with_inbound_durability_hook(hook);
        if let Some(count) = options.wanted_pre_keys {
            builder = builder.with_wanted_pre_key_count(count);
        }
        if let Pairing::Code { phone } = pairing {
            let phone_number = phone.digits().to_owned();
            builder = builder.with_pair_code(PairCodeOptions { phone_number, ..PairCodeOptions::default() });
        }
        builder.build().await.map_err(|error| EngineError::Other(format!("the client could not be built: {error}")))
    }

    fn start(self, bot: Bot, order: Open, clock: &Arc<dyn Clock>) -> Arc<dyn Link> {
        let client = bot.client();
        self.state.attach(&client);
        // For as long as the client lives: some of what ends a connection is told in no other way.
        let stanzas = client.acquire_raw_node_forwarding();
        let orphanage = Orphanage {
            orphans: self.orphans,
            inlet: self.inlet.clone(),
            state: Arc::clone(&self.state),
            backend: Arc::clone(&self.backend),
        };
        self.tasks.spawn_task(orphanage.run());
        self.tasks.spawn_task(self.notes.write(Arc::clone(&self.backend)));
        let (inlet, state) = (self.inlet, Arc::clone(&self.state));
        self.tasks.spawn_task(async move {
            bot.run().await;
            drop(stanzas);
            tell_the_end(&inlet, &state);
        });
        Arc::new(WhatsappLink {
            client,
            state: self.state,
            tasks: self.tasks,
            backend: self.backend,
            fence: order.fence,
            clock: Arc::clone(clock),
        })
    }
}

/// The client has stopped and will not come back by itself.
fn tell_the_end(inlet: &Inlet, state: &State) {
    state.ended.store(true, Ordering::SeqCst);
    let reason = state.take_reason().unwrap_or_else(|| {
        let was_online = state.online.load(Ordering::SeqCst);
        let reason =
            if was_online { "the connection ended" } else { "the network was reached, but no login came about" };
        reason.to_owned()
    });
    if state.last_word() {
        inlet.report(Fact::Offline { reason });
    }
}
