// Drives one Baileys client by JSON lines: commands on standard input, replies and events on standard output.
//
//   node baileys-driver.mjs FOLDER     FOLDER has the node_modules of one Baileys version
//
// {"id":1,"cmd":"start","url":"ws://...","auth":"DIR","code_for":"1555..."}   code_for: link by code instead of QR
// {"id":2,"cmd":"send","to":"1555...@s.whatsapp.net","text":"..."}            -> {"reply":2,"ok":{"id":"..."}}
// {"id":2,"cmd":"say","to":"...","content":{...}}    whatever sendMessage takes -> {"reply":2,"ok":{"id":"..."}}
// {"id":3,"cmd":"check","number":"1555..."}  {"cmd":"read","chat","message"}  {"cmd":"logout"}  {"cmd":"stop"}
// {"id":4,"cmd":"call","method":"groupCreate","arguments":["Choir",["1555...@s.whatsapp.net"]]}   any method of the socket
//
//
// What the client fetches from the real media host is fetched from the sandbox's: that name is written into Baileys.
//
// Events: app_state_key, chat {chat}, label {label}, labelled {change}, history {chats, messages, progress, type}, qr, code, open, close {status}, message, call {call, from, status}, status {message, status}, log {level, text}.

import { createRequire } from 'node:module'
import { createInterface } from 'node:readline'
import { resolve } from 'node:path'
import { pathToFileURL } from 'node:url'

const folder = resolve(process.argv[2])
const entry = createRequire(`${folder}/`).resolve('@whiskeysockets/baileys')
const loaded = await import(pathToFileURL(entry))
const baileys = loaded.makeWASocket ? loaded : loaded.default

const RESTART_REQUIRED = 515
const sent = new Map()
let socket
let settings

const say = line => process.stdout.write(JSON.stringify(line) + '\n')

const MEDIA_HOST = 'https://mmg.whatsapp.net'
const realFetch = globalThis.fetch
globalThis.fetch = (url, options) => {
  const asked = String(url)
  if (!asked.startsWith(MEDIA_HOST)) return realFetch(url, options)
  return realFetch(new URL(settings.url).origin.replace('ws', 'http') + asked.slice(MEDIA_HOST.length), options)
}

const commands = {
  async start(command) {
    settings = command
    await connect()
  },
  async send({ to, text }) {
    const message = await socket.sendMessage(to, { text })
    sent.set(message.key.id, message.message)
    return { id: message.key.id }
  },
  // Any content that sendMessage takes.
  async say({ to, content }) {
    const message = await socket.sendMessage(to, content)
    sent.set(message.key.id, message.message)
    return { id: message.key.id }
  },
  async check({ number }) {
    const [answer] = (await socket.onWhatsApp(number)) ?? []
    return { exists: Boolean(answer?.exists), jid: answer?.jid ?? null }
  },
  async read({ chat, message }) {
    await socket.readMessages([{ remoteJid: chat, id: message, fromMe: false }])
  },
  async call({ method, arguments: given }) {
    return socket[method](...given)
  },
  async logout() {
    await socket.logout()
  },
  async stop() {
    await socket.end(undefined)
  }
}

async function connect() {
  const { state, saveCreds } = await baileys.useMultiFileAuthState(settings.auth)
  socket = baileys.makeWASocket({
    auth: state,
    waWebSocketUrl: settings.url,
    logger: logger(),
    printQRInTerminal: false,
    getMessage: async key => sent.get(key.id)
  })
  const mine = socket
  mine.ev.on('creds.update', saveCreds)
  mine.ev.on('creds.update', ({ myAppStateKeyId }) => myAppStateKeyId && say({ event: 'app_state_key' }))
  mine.ev.on('connection.update', update => connectionChanged(mine, update))
  mine.ev.on('messages.upsert', ({ messages, type }) => messages.forEach(message => arrived(message, type)))
  mine.ev.on('call', calls => calls.forEach(called))
  mine.ev.on('messages.update', updates => updates.forEach(statusChanged))
  mine.ev.on('chats.update', chats => chats.forEach(chat => say({ event: 'chat', chat })))
  mine.ev.on('labels.edit', label => say({ event: 'label', label }))
  mine.ev.on('labels.association', change => say({ event: 'labelled', change }))
  mine.ev.on('messaging-history.set', ({ chats, messages, progress, syncType: type }) => {
    // What was decided before is told with the chat itself.
    chats.forEach(chat => say({ event: 'chat', chat }))
    say({ event: 'history', chats: chats.map(chat => chat.id), messages: messages.map(({ key }) => key.id), progress, type })
  })
  mine.ev.on('message-receipt.update', updates => updates.forEach(receiptInGroup))
}

let codeAsked = false

async function connectionChanged(mine, { connection, qr, lastDisconnect }) {
  if (qr && !settings.code_for) say({ event: 'qr', qr })
  if (qr && settings.code_for && !codeAsked) {
    codeAsked = true
    say({ event: 'code', code: await mine.requestPairingCode(settings.code_for) })
  }
  if (connection === 'open') say({ event: 'open', me: mine.user })
  if (connection !== 'close') return
  const status = lastDisconnect?.error?.output?.statusCode ?? null
  if (status === RESTART_REQUIRED) return connect()
  say({ event: 'close', status, text: String(lastDisconnect?.error?.message ?? '') })
}

function arrived({ key, message, status, userReceipt, messageStubParameters }, type) {
  // Not ??: a field that is not set reads as an empty text in Baileys 6.
  const text = message?.conversation || message?.extendedTextMessage?.text || null
  const { id, remoteJid: chat, fromMe: from_me, remoteJidAlt: chat_alt } = key
  // While events are held back, what became of a message is told with the message itself.
  if (from_me && status) say({ event: 'status', message: id, status })
  if (from_me) userReceipt?.forEach(receipt => receiptInGroup({ key, receipt }))
  say({ event: 'message', id, chat, chat_alt, from_me, text, type, stub: messageStubParameters ?? null, message })
}

function called({ id: call, from, callerPn: pn, status, isVideo: video, isGroup: group, offline }) {
  say({ event: 'call', call, from, pn: pn ?? null, status, video: Boolean(video), group: Boolean(group), offline })
}

function statusChanged({ key, update }) {
  if (update.status !== undefined) say({ event: 'status', message: key.id, status: update.status })
}

// In a group each member's receipt is told apart; here any of them counts.
function receiptInGroup({ key, receipt }) {
  say({ event: 'status', message: key.id, status: receipt.readTimestamp ? 4 : 3 })
}

// Errors become events, so that a test sees what the client was unhappy about.
function logger() {
  const tell = level => (first, second) => {
    // The order to connect again after pairing is an error to Baileys, but not to us.
    if ((first?.node ?? first?.fullErrorNode)?.attrs?.code === String(RESTART_REQUIRED)) return
    const detail = first?.err?.message ?? first?.error?.message ?? first?.msg ?? ''
    say({ event: 'log', level, text: [typeof first === 'string' ? first : detail, second].filter(Boolean).join(': ') })
  }
  const quiet = () => {}
  const all = { level: 'warn', trace: quiet, debug: quiet, info: quiet, warn: quiet, error: tell('error'), fatal: tell('error') }
  return { ...all, child: logger }
}

for await (const line of createInterface({ input: process.stdin })) {
  const command = JSON.parse(line)
  // Not awaited: a command may take as long as the network makes it, and others come meanwhile.
  commands[command.cmd](command).then(
    ok => say({ reply: command.id, ok: ok ?? {} }),
    error => say({ reply: command.id, error: String(error?.message ?? error) })
  )
}
process.exit(0)
