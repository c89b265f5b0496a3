// bots: call blocking. A caller over the limit is rejected, replied to and blocked, then let in again.
const main = process.env.MAIN_URL ?? 'http://localhost:8080';
const network = `${process.env.NETWORK_URL ?? 'http://localhost:7080'}/sandbox`;
const bot = 'node-bot';
const phone = '6281100000042';
const caller = '6282200000042';
let credential = {};

async function call(method, url, body) {
  const headers = { 'Content-Type': 'application/json', ...(url.startsWith(main) ? credential : {}) };
  const response = await fetch(url, { method, headers, body: body && JSON.stringify(body) });
  const text = await response.text();
  if (!response.ok) throw new Error(`${method} ${url}: ${response.status} ${text}`);
  return text && JSON.parse(text);
}

async function until(look) {
  for (;;) {
    const found = await look();
    if (found) return found;
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
}

// A session and a key of scope `bots`, made natively.
const { token } = await call('POST', `${main}/v1/login`, { username: 'admin', password: 'admin' });
credential = { Authorization: `Bearer ${token}` };
await call('POST', `${main}/v1/sessions`, { id: bot });
await call('POST', `${main}/v1/sessions/${bot}/connect`);
const { code } = await call('GET', `${main}/v1/sessions/${bot}/qr?wait=20`);
await call('POST', `${network}/phones/${phone}/scan`, { qr: code });
await until(async () => (await call('GET', `${main}/v1/sessions/${bot}`)).state === 'connected');
const { key } = await call('POST', `${main}/v1/keys`, { name: 'call blocking', scopes: ['bots'] });
credential = { 'x-api-key': key };

const settings = { enabled: true, daily_limit: 1, block_type: 'permanent', auto_reply_message: 'Please write instead' };
console.log(await call('PUT', `${main}/api/bots/${bot}/call-blocking`, settings));

const ring = () => call('POST', `${network}/phones/${caller}/calls`, { to: phone });
const history = () => call('GET', `${main}/api/bots/${bot}/calls`);
await ring();
await until(async () => (await history()).stats.total === 1);
await ring();
const rejected = await until(async () => (await history()).calls.find(({ status }) => status === 'rejected'));
console.log('rejected', rejected.from);

const { blocked_contacts: [blocked] } = await call('GET', `${main}/api/bots/${bot}/blocked-contacts`);
console.log('blocked', blocked.contact, blocked.reason);
await call('DELETE', `${main}/api/bots/${bot}/blocked-contacts/${blocked.id}`);

credential = { Authorization: `Bearer ${token}` };
await call('DELETE', `${main}/v1/sessions/${bot}`);
