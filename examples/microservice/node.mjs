// microservice: connect, link, send, receive over the WebSocket, disconnect.
const service = process.env.MICROSERVICE_URL ?? 'http://localhost:3001';
const events = process.env.MICROSERVICE_WS ?? 'ws://localhost:3002';
const main = process.env.MAIN_URL ?? 'http://localhost:8080';
const network = `${process.env.NETWORK_URL ?? 'http://localhost:7080'}/sandbox`;
const token = process.env.WHATSAPP_SERVICE_TOKEN ?? 'sandbox-token';
const sessionId = 'node-business';
const phone = '6281100000032';
const friend = '6282200000032';

async function call(method, url, body) {
  const headers = { 'Content-Type': 'application/json', Authorization: `Bearer ${token}` };
  const response = await fetch(url, { method, headers, body: body && JSON.stringify(body) });
  const answer = await response.json();
  if (!response.ok) throw new Error(`${method} ${url}: ${response.status} ${JSON.stringify(answer)}`);
  return answer;
}

const socket = new WebSocket(`${events}/?token=${token}`);
const waiting = new Map();

/** The data of the next event of this name. */
const next = (event) => new Promise((resolve) => waiting.set(event, resolve));

socket.onmessage = ({ data }) => {
  const { event, data: told } = JSON.parse(data);
  console.log('event', event);
  waiting.get(event)?.(told);
};
await new Promise((resolve, reject) => {
  socket.onopen = resolve;
  socket.onerror = () => reject(new Error('the WebSocket failed'));
});

await call('POST', `${service}/connect`, { sessionId, sessionName: 'Business Account' });
const picture = next('qr_code');
socket.send(JSON.stringify({ event: 'subscribe', data: { sessionId } }));
console.log(`a picture to scan: ${(await picture).qrCode.length} characters`);

// The sandbox's phone reads text, not pictures: the native API has the code as text.
const linked = next('connection_success');
const { code } = await call('GET', `${main}/v1/sessions/${sessionId}/qr?wait=20`);
await call('POST', `${network}/phones/${phone}/scan`, { qr: code });
await linked;

const sentEvent = next('message_sent');
await call('POST', `${network}/phones`, { number: friend });
const sent = await call('POST', `${service}/send-message`, { sessionId, phoneNumber: `+${friend}`, message: 'Hello from Node' });
if ((await sentEvent).messageId !== sent.messageId) throw new Error('another message was sent');

const incoming = next('incoming_message');
await call('POST', `${network}/phones/${friend}/messages`, { to: phone, text: 'Hello back' });
const { from, content } = await incoming;
console.log(`received from ${from}: ${content}`);
if (content !== 'Hello back') throw new Error(`another text: ${content}`);

const lost = next('connection_lost');
await call('POST', `${service}/disconnect`, { sessionId });
await lost;
socket.close();
