// A minimal gateway of Express and Baileys: what most people would write first. Credentials on disk, one process.
//
//   node server.mjs PORT NETWORK_URL FOLDER

import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import express from 'express'
import makeWASocket, { useMultiFileAuthState } from '@whiskeysockets/baileys'

const RESTART_REQUIRED = 515
const [port, network, folder] = process.argv.slice(2)
const quiet = { level: 'silent', trace() {}, debug() {}, info() {}, warn() {}, error() {}, child: () => quiet }
const sessions = new Map()
let received = 0

async function connect(id) {
  const place = join(folder, id)
  mkdirSync(place, { recursive: true })
  const { state, saveCreds } = await useMultiFileAuthState(place)
  const session = sessions.get(id) ?? { sent: new Map() }
  sessions.set(id, session)
  const socket = makeWASocket({
    auth: state,
    waWebSocketUrl: network,
    logger: quiet,
    getMessage: async key => session.sent.get(key.id)
  })
  session.socket = socket
  socket.ev.on('creds.update', saveCreds)
  socket.ev.on('connection.update', ({ connection, qr, lastDisconnect }) => {
    if (qr) session.qr = qr
    session.connected = connection === undefined ? session.connected : connection === 'open'
    if (connection === 'close' && lastDisconnect?.error?.output?.statusCode === RESTART_REQUIRED) connect(id)
  })
  socket.ev.on('messages.upsert', ({ messages }) => {
    received += messages.filter(message => !message.key.fromMe && message.message).length
  })
}

const app = express()
app.use(express.json())
app.post('/sessions/:id', async (request, response) => {
  await connect(request.params.id)
  response.json({})
})
app.get('/sessions/:id', (request, response) => {
  const { qr, connected } = sessions.get(request.params.id) ?? {}
  response.json({ qr, connected: Boolean(connected) })
})
app.post('/sessions/:id/messages', async (request, response) => {
  const session = sessions.get(request.params.id)
  const message = await session.socket.sendMessage(`${request.body.to}@s.whatsapp.net`, { text: request.body.text })
  session.sent.set(message.key.id, message.message)
  response.json({ id: message.key.id })
})
app.get('/received', (_, response) => response.json({ received }))
app.listen(Number(port), '127.0.0.1', () => console.log('ready'))
