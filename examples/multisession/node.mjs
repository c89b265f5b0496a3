// multisession: sign in, make a session, link it by the WebSocket, send, receive by webhook, delete.
import { createServer } from 'node:http';
import { once } from 'node:events';

const main = process.env.MAIN_URL ?? 'http://localhost:8080';
const network = `${process.env.NETWORK_URL ?? 'http://localhost:7080'}/sandbox`;
const phone = '6281100000012';
const friend = '6282200000012';
let token;

async function call(method, url, body) {
  const headers = { 'Content-Type': 'application/json' };
  if (token && url.startsWith(main)) headers.Authorization = `Bearer ${token}`;
  const response = await fetch(url, { method, headers, body: body && JSON.stringify(body) });
  const answer = await response.json();
  if (!response.ok) throw new Error(`${method} ${url}: ${response.status} ${JSON.stringify(answer)}`);
  return answer;
}

// Where incoming messages are delivered.
let received;
const message = new Promise((resolve) => { received = resolve; });
const hook = createServer(async (request, response) => {
  let body = '';
  for await (const chunk of request) body += chunk;
  response.end('OK');
  received(JSON.parse(body).message);
}).listen(0, '127.0.0.1');
await once(hook, 'listening');

({ token } = await call('POST', `${main}/api/login`, { username: 'admin', password: 'admin' }));
const webhookUrl = `http://127.0.0.1:${hook.address().port}/webhook`;
const session = await call('POST', `${main}/api/sessions`, { name: 'Shop', webhook_url: webhookUrl });
await call('POST', `${main}/api/sessions/${session.id}/connect`);

await new Promise((resolve, reject) => {
  const socket = new WebSocket(`${main.replace('http', 'ws')}/api/ws/${session.id}?token=${token}`);
  socket.onmessage = async ({ data }) => {
    const { type, data: told } = JSON.parse(data);
    if (type === 'qr') await call('POST', `${network}/phones/${phone}/scan`, { qr: told.qr }).catch(reject);
    if (type === 'success') resolve();
    if (type === 'error') reject(new Error(told.error));
  };
  socket.onerror = () => reject(new Error('the WebSocket failed'));
});
console.log('linked');

await call('POST', `${network}/phones`, { number: friend });
const sent = await call('POST', `${main}/api/sessions/${session.id}/send`, { recipient: friend, message: 'Hello from Node' });
console.log('sent', sent.message_id);

await call('POST', `${network}/phones/${friend}/messages`, { to: phone, text: 'Hello back' });
const { from, message: text } = await message;
console.log(`received from ${from}: ${text}`);
if (text !== 'Hello back') throw new Error(`another text: ${text}`);

await call('DELETE', `${main}/api/sessions/${session.id}`);
hook.close();
hook.closeAllConnections();
