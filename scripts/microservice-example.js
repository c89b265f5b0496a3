// A microservice that takes a bot's WhatsApp session over from the gateway, answers messages, and gives it back.
//
//   npm ci && GATEWAY_URL=http://127.0.0.1:8080 BOT_ID=shop API_KEY=sb_... node microservice-example.js
//
// While it runs the gateway stays away from the session. On SIGTERM or SIGINT it gives the session back with
// everything that has changed. If it dies, start it again with the same STATE_DIR and it goes on where it was; if it
// never comes back, take the session back at the gateway (POST /v1/sessions/:id/take-back).
//
//   GATEWAY_URL     where the gateway listens
//   BOT_ID          the session to run
//   API_KEY         a key with the scope `bots`
//   STATE_DIR       where the session is kept meanwhile          (./state-<BOT_ID>)
//   EXPIRES_IN      how long each token lasts                    (1h)
//   LOG_LEVEL       of Baileys                                   (warn)
//   WA_URL          another network, such as the sandbox's       ws://127.0.0.1:7080/ws/chat
//   WA_NOISE_ROOT   its certificate root, in base64: `noise_root` of the sandbox's /sandbox/state

import * as baileys from '@whiskeysockets/baileys'
import { pino } from 'pino'
import { forgetSession, savedSession, saveLease, sessionAuth } from './session-auth.js'

const { GATEWAY_URL, BOT_ID, API_KEY, WA_URL, WA_NOISE_ROOT } = process.env
for (const name of ['GATEWAY_URL', 'BOT_ID', 'API_KEY']) {
  if (!process.env[name]) fail(`${name} is not set`)
}
const STATE_DIR = process.env.STATE_DIR ?? `./state-${BOT_ID}`
const EXPIRES_IN = process.env.EXPIRES_IN ?? '1h'
const logger = pino({ level: process.env.LOG_LEVEL ?? 'warn' }, pino.destination(2))
const { DisconnectReason } = baileys

// The Signal library prints whole sessions, keys included, when it opens or closes one.
console.info = () => {}
if (WA_NOISE_ROOT) baileys.WA_CERT_DETAILS.PUBLIC_KEY = Buffer.from(WA_NOISE_ROOT, 'base64')

// ---- the gateway

let token

/** Asks with the session token where there is one, else with the key. */
async function gateway(method, body) {
  const credential = token ? { authorization: `Bearer ${token}` } : { 'x-api-key': API_KEY }
  const response = await fetch(`${GATEWAY_URL}/api/bots/${BOT_ID}/session`, {
    method,
    headers: { 'content-type': 'application/json', ...credential },
    body: body && JSON.stringify(body)
  })
  // A token that ran out while this process was away is no reason to stop: the key is still good.
  if (response.status === 401 && token) {
    token = undefined
    return gateway(method, body)
  }
  const answer = await response.json()
  if (!response.ok) throw new Error(`${method} session: ${response.status} ${answer.error}`)
  return answer
}

/** The session to go on with: what was saved under the lease that we have, or what the gateway hands over. */
async function obtain() {
  const handed = await gateway('GET')
  const saved = await savedSession(STATE_DIR)
  const ours = saved && saved.lease.id === handed.lease.id && saved.lease.epoch === handed.lease.epoch
  if (ours) return { ...handed, session: saved.session }
  if (handed.warnings.includes('reissued')) {
    // Handed over before, and what happened since is lost: those keys may have been used. Begin anew.
    await gateway('DELETE')
    await forgetSession(STATE_DIR)
    return obtain()
  }
  await forgetSession(STATE_DIR)
  for (const warning of handed.warnings) console.log('warning:', warning)
  return handed
}

/** A new token, and the lease with it; gives the time when they end. */
async function renew() {
  const renewed = await gateway('POST', { expiresIn: EXPIRES_IN })
  token = renewed.token
  console.log('renewed until', renewed.expires_at)
  return renewed.expires_at
}

/** Renews token and lease when four fifths of their time are over, again and again. */
function keepRenewing(expiresAt) {
  const wait = Math.max((Date.parse(expiresAt) - Date.now()) * 0.8, 1000)
  renewal = setTimeout(async () => {
    try {
      keepRenewing(await renew())
    } catch (error) {
      // The lease alone changes nothing: whoever has the session keeps it. Try again soon.
      console.error('not renewed:', error.message)
      keepRenewing(new Date(Date.now() + 30_000).toISOString())
    }
    // No timer takes more than this many milliseconds.
  }, Math.min(wait, 2 ** 31 - 1))
}

// ---- WhatsApp

let renewal
let socket
let session
let stopping = false
const answering = new Set()
const sent = new Map()

function connect() {
  socket = baileys.makeWASocket({
    auth: session.auth,
    logger,
    getMessage: async key => sent.get(key.id),
    ...(WA_URL && { waWebSocketUrl: WA_URL })
  })
  socket.ev.on('creds.update', update => session.saveCreds(update))
  socket.ev.on('messages.upsert', ({ messages }) => messages.forEach(arrived))
  socket.ev.on('connection.update', changed)
}

function changed({ connection, lastDisconnect }) {
  if (connection === 'open') console.log('connected as', socket.user.id.split(':')[0].replace(/.(?=.{4})/g, '*'))
  if (connection !== 'close' || stopping) return
  switch (lastDisconnect?.error?.output?.statusCode) {
    case DisconnectReason.loggedOut:
      return fail('the account removed this device: take the session back at the gateway and link it anew')
    case DisconnectReason.connectionReplaced:
      return fail('the same device connected elsewhere: two programs must never run one session')
    default:
      console.log('disconnected:', lastDisconnect?.error?.message ?? 'no reason', '- connecting again')
      setTimeout(() => stopping || connect(), 1000)
  }
}

// What came while nobody was connected comes here as well: it wants an answer like any other.
function arrived({ key, message, messageStubType }) {
  if (messageStubType === baileys.WAMessageStubType.CIPHERTEXT) return console.log('undecryptable', key.id)
  const text = message?.conversation || message?.extendedTextMessage?.text
  if (key.fromMe || !text || stopping) return
  console.log('message', key.id)
  // Two programs that answer each other's answers would never stop.
  if (text.startsWith('You said: ')) return
  const answer = reply(key.remoteJid, `You said: ${text}`).catch(error => console.error('not answered:', error.message))
  answering.add(answer)
  answer.finally(() => answering.delete(answer))
}

async function reply(to, text) {
  const { key, message } = await socket.sendMessage(to, { text })
  sent.set(key.id, message)
  console.log('answered', key.id)
}

// ---- from the beginning to the end

async function giveBack(lease) {
  if (stopping) return
  stopping = true
  clearTimeout(renewal)
  await Promise.all(answering)
  // Closed for good before the gateway connects: there must never be two.
  await socket.end(undefined)
  await session.settled()
  await gateway('PUT', { lease: { id: lease.id, epoch: lease.epoch }, session: session.session() })
  await forgetSession(STATE_DIR)
  console.log('given back')
  process.exit(0)
}

function fail(reason) {
  console.error(reason)
  process.exit(1)
}

const handed = await obtain()
token = handed.token
session = await sessionAuth(handed.session, baileys, STATE_DIR)
await saveLease(STATE_DIR, handed.lease)
console.log('taken over, lease', handed.lease.id)
for (const signal of ['SIGTERM', 'SIGINT']) {
  process.on(signal, () => giveBack(handed.lease).catch(error => fail(`not given back: ${error.message}`)))
}
connect()
// What is handed over comes with the usual time: a wish for another one is told at once.
keepRenewing(process.env.EXPIRES_IN ? await renew() : handed.expires_at)
