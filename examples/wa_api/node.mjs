// wa_api: make a device, link it, give it a key, send, receive, delete.
const wa = `${process.env.WA_API_URL ?? 'http://localhost:3000'}/api`;
const main = process.env.MAIN_URL ?? 'http://localhost:8080';
const network = `${process.env.NETWORK_URL ?? 'http://localhost:7080'}/sandbox`;
const deviceId = 'node-device';
const phone = '6281100000022';
const friend = '6282200000022';

async function call(method, url, body, token) {
  const headers = { 'Content-Type': 'application/json' };
  if (token) headers.Authorization = `Bearer ${token}`;
  const response = await fetch(url, { method, headers, body: body && JSON.stringify(body) });
  const answer = await response.json();
  if (!response.ok) throw new Error(`${method} ${url}: ${response.status} ${JSON.stringify(answer)}`);
  return answer;
}

const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

await call('POST', `${wa}/sessions`, { deviceId });
const { qrCode, qrImage } = await call('GET', `${wa}/sessions/${deviceId}/qr`);
console.log(`a picture to scan: ${qrImage.length} characters`);
await call('POST', `${network}/phones/${phone}/scan`, { qr: qrCode });
while ((await call('GET', `${wa}/sessions/${deviceId}`)).session.connectionState !== 'connected') await pause(200);
console.log('linked');

const { apiKey } = await call('PUT', `${wa}/sessions/${deviceId}/api-key`, {});
await call('POST', `${network}/phones`, { number: friend });
const sent = await call('POST', `${wa}/messages/send`, { deviceId, number: friend, message: 'Hello from Node' }, apiKey);
console.log(`${sent.status} to ${sent.to}`);

// The document ends with sending: what comes in is read from the native API.
await call('POST', `${network}/phones/${friend}/messages`, { to: phone, text: 'Hello back' });
const { token } = await call('POST', `${main}/v1/login`, { username: 'admin', password: 'admin' });
const { events } = await call('GET', `${main}/v1/events?session=${deviceId}&types=message.received&wait=20`, undefined, token);
if (!JSON.stringify(events).includes('Hello back')) throw new Error('nothing was received');
console.log('received: Hello back');

await call('DELETE', `${wa}/sessions/${deviceId}`);
