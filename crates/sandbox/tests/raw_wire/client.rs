//! A client that knows the handshake and nothing else.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use futures_util::{SinkExt as _, StreamExt as _};
use switchboard_sandbox::wire::Dictionary;
use tokio::net::TcpStream;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::{MaybeTlsStream, WebSocketStream, connect_async};
use wacore_binary::builder::NodeBuilder;
use wacore_binary::consts::{NOISE_PATTERN_IK, NOISE_PATTERN_XX, WA_CONN_HEADER};
use wacore_binary::{Node, NodeContent};
use wacore_libsignal::protocol::KeyPair;
use wacore_noise::framing::{FrameDecoder, encode_frame};
use wacore_noise::{NoiseCipher, NoiseHandshake};
use waproto::buffa::{Message as _, MessageField};
use waproto::whatsapp::client_payload::DevicePairingRegistrationData;
use waproto::whatsapp::handshake_message::{ClientFinish, ClientHello};
use waproto::whatsapp::{ClientPayload, HandshakeMessage};

/// The keys a companion keeps between connections.
pub(crate) struct Companion {
    pub(crate) noise: KeyPair,
    pub(crate) identity: KeyPair,
    pub(crate) signed: KeyPair,
    pub(crate) adv_secret: [u8; 32],
    pub(crate) number: u64,
    pub(crate) device: u16,
    /// The network's static key, learnt when they first met.
    pub(crate) server: Vec<u8>,
}

pub(crate) fn key_pair() -> KeyPair {
    KeyPair::generate(&mut rand::make_rng::<rand::rngs::StdRng>())
}

fn public(pair: &KeyPair) -> Vec<u8> {
    pair.public_key.public_key_bytes().to_vec()
}

impl Companion {
    pub(crate) fn new() -> Self {
        Self {
            noise: key_pair(),
            identity: key_pair(),
            signed: key_pair(),
            adv_secret: [7; 32],
            number: 0,
            device: 0,
            server: Vec::new(),
        }
    }

    pub(crate) fn jid(&self) -> String {
        format!("{}:{}@s.whatsapp.net", self.number, self.device)
    }

    pub(crate) fn qr(&self, reference: &str) -> String {
        let key = |pair| STANDARD.encode(public(pair));
        format!("{reference},{},{},{}", key(&self.noise), key(&self.identity), STANDARD.encode(self.adv_secret))
    }

    fn registration(&self) -> ClientPayload {
        let mut signed_with_type = vec![5];
        signed_with_type.extend(public(&self.signed));
        let signature =
            self.identity.calculate_signature(&signed_with_type, &mut rand::make_rng::<rand::rngs::StdRng>()).unwrap();
        let data = DevicePairingRegistrationData {
            e_regid: Some(vec![0, 0, 1, 2]),
            e_keytype: Some(vec![5]),
            e_ident: Some(public(&self.identity)),
            e_skey_id: Some(vec![0, 0, 1]),
            e_skey_val: Some(public(&self.signed)),
            e_skey_sig: Some(signature.to_vec()),
            ..Default::default()
        };
        ClientPayload { device_pairing_data: MessageField::some(data), ..Default::default() }
    }

    fn login(&self, passive: bool) -> ClientPayload {
        ClientPayload {
            username: Some(self.number),
            device: Some(u32::from(self.device)),
            passive: Some(passive),
            ..Default::default()
        }
    }

    /// Links itself to a number as a phone's user would, and leaves.
    pub(crate) async fn link(&mut self, control: &super::control::Control, number: u64) {
        let mut line = Line::register(&control.ws, self).await;
        let offer = line.until(|node| child(node, "pair-device").is_some()).await;
        let reference =
            String::from_utf8(bytes(&child(&offer, "pair-device").unwrap().children().unwrap()[0])).unwrap();
        let path = format!("/phones/{number}/scan");
        let scan = control.post(&path, serde_json::json!({ "qr": self.qr(&reference) }));
        let (linked, ()) = tokio::join!(scan, line.sign_pairing());
        self.number = number;
        self.device = u16::try_from(linked["device"].as_u64().unwrap()).unwrap();
    }
}

/// One connection.
pub(crate) struct Line {
    socket: WebSocketStream<MaybeTlsStream<TcpStream>>,
    decoder: FrameDecoder,
    outbound: Option<NoiseCipher>,
    inbound: Option<NoiseCipher>,
    sent: u32,
    received: u32,
}

impl Line {
    pub(crate) async fn open(url: &str) -> Self {
        let (socket, _) = connect_async(url).await.unwrap();
        Self { socket, decoder: FrameDecoder::new(), outbound: None, inbound: None, sent: 0, received: 0 }
    }

    pub(crate) async fn register(url: &str, companion: &mut Companion) -> Self {
        let payload = companion.registration();
        Self::meet(url, companion, payload).await
    }

    /// Logs in and asks for its backlog at once.
    pub(crate) async fn log_in(url: &str, companion: &mut Companion) -> Self {
        let payload = companion.login(false);
        Self::meet(url, companion, payload).await
    }

    pub(crate) async fn log_in_passive(url: &str, companion: &mut Companion) -> Self {
        let payload = companion.login(true);
        Self::meet(url, companion, payload).await
    }

    async fn meet(url: &str, companion: &mut Companion, payload: ClientPayload) -> Self {
        let mut line = Self::open(url).await;
        let ephemeral = key_pair();
        let mut noise = NoiseHandshake::new(NOISE_PATTERN_XX, &WA_CONN_HEADER).unwrap();
        noise.authenticate(&public(&ephemeral));
        let hello = ClientHello { ephemeral: Some(public(&ephemeral)), ..Default::default() };
        line.send_handshake(HandshakeMessage { client_hello: MessageField::some(hello), ..Default::default() }, true)
            .await;
        let answer = line.handshake_answer().await;
        let server_ephemeral = answer.ephemeral.unwrap();
        noise.authenticate(&server_ephemeral);
        noise.mix_shared_secret(ephemeral.private_key.serialize(), &server_ephemeral).unwrap();
        companion.server = noise.decrypt(&answer.r#static.unwrap()).unwrap();
        noise.mix_shared_secret(ephemeral.private_key.serialize(), &companion.server).unwrap();
        noise.decrypt(&answer.payload.unwrap()).unwrap();
        let sealed_static = noise.encrypt(&public(&companion.noise)).unwrap();
        noise.mix_shared_secret(companion.noise.private_key.serialize(), &server_ephemeral).unwrap();
        let sealed_payload = noise.encrypt(&payload.encode_to_vec()).unwrap();
        let finish =
            ClientFinish { r#static: Some(sealed_static), payload: Some(sealed_payload), ..Default::default() };
        line.send_handshake(
            HandshakeMessage { client_finish: MessageField::some(finish), ..Default::default() },
            false,
        )
        .await;
        line.secure(noise);
        line
    }

    /// Comes back to a network whose key it knows.
    pub(crate) async fn resume(url: &str, companion: &Companion) -> Self {
        let mut line = Self::open(url).await;
        let ephemeral = key_pair();
        let mut noise = NoiseHandshake::new(NOISE_PATTERN_IK, &WA_CONN_HEADER).unwrap();
        noise.authenticate(&companion.server);
        noise.authenticate(&public(&ephemeral));
        noise.mix_shared_secret(ephemeral.private_key.serialize(), &companion.server).unwrap();
        let sealed_static = noise.encrypt(&public(&companion.noise)).unwrap();
        noise.mix_shared_secret(companion.noise.private_key.serialize(), &companion.server).unwrap();
        let sealed_payload = noise.encrypt(&companion.login(false).encode_to_vec()).unwrap();
        let hello = ClientHello {
            ephemeral: Some(public(&ephemeral)),
            r#static: Some(sealed_static),
            payload: Some(sealed_payload),
            ..Default::default()
        };
        line.send_handshake(HandshakeMessage { client_hello: MessageField::some(hello), ..Default::default() }, true)
            .await;
        let answer = line.handshake_answer().await;
        assert!(answer.r#static.is_none(), "the network did not recognise its own key");
        let server_ephemeral = answer.ephemeral.unwrap();
        noise.authenticate(&server_ephemeral);
        noise.mix_shared_secret(ephemeral.private_key.serialize(), &server_ephemeral).unwrap();
        noise.mix_shared_secret(companion.noise.private_key.serialize(), &server_ephemeral).unwrap();
        noise.decrypt(&answer.payload.unwrap()).unwrap();
        line.secure(noise);
        line
    }

    fn secure(&mut self, noise: NoiseHandshake) {
        let (outbound, inbound) = noise.finish().unwrap();
        self.outbound = Some(outbound);
        self.inbound = Some(inbound);
    }

    async fn send_handshake(&mut self, message: HandshakeMessage, first: bool) {
        let header = first.then_some(&WA_CONN_HEADER[..]);
        self.raw(encode_frame(&message.encode_to_vec(), header).unwrap()).await;
    }

    async fn handshake_answer(&mut self) -> waproto::whatsapp::handshake_message::ServerHello {
        let frame = self.frame().await.unwrap();
        HandshakeMessage::decode_from_slice(&frame).unwrap().server_hello.into_option().unwrap()
    }

    /// Sends bytes as they are.
    pub(crate) async fn raw(&mut self, bytes: Vec<u8>) {
        self.socket.send(Message::Binary(bytes.into())).await.unwrap();
    }

    pub(crate) async fn send(&mut self, node: &Node) {
        let plain = Dictionary::V3.encode(node).unwrap();
        self.send_plain(&plain).await;
    }

    /// Encrypts whatever it is given as if it were a node.
    pub(crate) async fn send_plain(&mut self, plain: &[u8]) {
        let sealed = self.outbound.as_ref().unwrap().encrypt_with_counter(self.sent, plain).unwrap();
        self.sent += 1;
        self.raw(encode_frame(&sealed, None).unwrap()).await;
    }

    /// The next node, or `None` once the network has closed the line.
    pub(crate) async fn next(&mut self) -> Option<Node> {
        let mut frame = self.frame().await?;
        self.inbound.as_ref().unwrap().decrypt_in_place_with_counter(self.received, &mut frame).unwrap();
        self.received += 1;
        Some(Dictionary::V3.decode(&frame).unwrap())
    }

    async fn frame(&mut self) -> Option<Vec<u8>> {
        loop {
            if let Some(frame) = self.decoder.decode_frame() {
                return Some(frame.to_vec());
            }
            match self.socket.next().await? {
                Ok(Message::Binary(bytes)) => self.decoder.feed(&bytes),
                Ok(Message::Close(_)) | Err(_) => return None,
                Ok(_) => {}
            }
        }
    }

    /// Skips nodes until one fits.
    pub(crate) async fn until(&mut self, fits: impl Fn(&Node) -> bool) -> Node {
        loop {
            let node = self.next().await.expect("the line closed before the awaited stanza came");
            if fits(&node) {
                return node;
            }
        }
    }

    /// Reads until the network closes the line, and gives what came.
    pub(crate) async fn rest(&mut self) -> Vec<Node> {
        let mut nodes = Vec::new();
        while let Some(node) = self.next().await {
            nodes.push(node);
        }
        nodes
    }

    pub(crate) async fn ask(&mut self, xmlns: &'static str, kind: &'static str, content: Vec<Node>) -> Node {
        let id = self.request(xmlns, kind, content).await;
        self.until(|node| node.tag == "iq" && attr(node, "id") == id).await
    }

    /// Asks without waiting for the answer, and gives the id it will have.
    pub(crate) async fn request(&mut self, xmlns: &'static str, kind: &'static str, content: Vec<Node>) -> String {
        let id = format!("q{}", self.sent);
        let iq = NodeBuilder::new("iq")
            .attr("id", id.as_str())
            .attr("to", "s.whatsapp.net")
            .attr("type", kind)
            .attr("xmlns", xmlns);
        self.send(&iq.children(content).build()).await;
        id
    }

    async fn sign_pairing(&mut self) {
        let success = self.until(|node| child(node, "pair-success").is_some()).await;
        let identity = NodeBuilder::new("device-identity").attr("key-index", 1).bytes(vec![1, 2, 3]).build();
        let reply = NodeBuilder::new("iq")
            .attr("id", attr(&success, "id"))
            .attr("to", "s.whatsapp.net")
            .attr("type", "result")
            .children([NodeBuilder::new("pair-device-sign").children([identity]).build()]);
        self.send(&reply.build()).await;
        let restart = self.until(|node| node.tag == "stream:error").await;
        assert_eq!(attr(&restart, "code"), "515");
        assert!(self.next().await.is_none());
    }

    /// Sends a message that nobody has to be able to read.
    pub(crate) async fn send_message(&mut self, id: &str, to: &str, content: &[u8]) {
        let enc = NodeBuilder::new("enc").attr("v", "2").attr("type", "msg").bytes(content).build();
        let to_node = NodeBuilder::new("to").attr("jid", to).children([enc]).build();
        let (user, server) = to.split_once('@').unwrap();
        let bare = format!("{}@{server}", user.split(':').next().unwrap());
        let message = NodeBuilder::new("message").attr("id", id).attr("to", bare).attr("type", "text");
        self.send(&message.children([NodeBuilder::new("participants").children([to_node]).build()]).build()).await;
    }

    pub(crate) async fn acknowledge(&mut self, stanza: &Node) {
        let ack = NodeBuilder::new("ack")
            .attr("class", stanza.tag.to_string())
            .attr("id", attr(stanza, "id"))
            .attr("to", attr(stanza, "from"));
        self.send(&ack.build()).await;
    }
}

pub(crate) fn attr(node: &Node, key: &str) -> String {
    node.attrs.get(key).map(|value| value.as_str().into_owned()).unwrap_or_default()
}

pub(crate) fn child<'a>(node: &'a Node, tag: &str) -> Option<&'a Node> {
    node.children().unwrap_or_default().iter().find(|node| node.tag == tag)
}

pub(crate) fn bytes(node: &Node) -> Vec<u8> {
    match &node.content {
        Some(NodeContent::Bytes(bytes)) => bytes.clone(),
        Some(NodeContent::String(text)) => text.as_bytes().to_vec(),
        _ => Vec::new(),
    }
}
