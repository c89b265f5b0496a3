// Turns the `session` of GET /api/bots/:botId/session into the `auth` object of Baileys, and back.
//
// The session travels as JSON, where buffers are plain objects and the keys are a plain table; Baileys wants buffers,
// and functions that get and set keys. With a folder every change is written to disk before Baileys goes on, so that a
// process that dies continues where it was: fetching the session again would bring old keys back, and old keys must
// never be used twice.

import { mkdir, readFile, readdir, rename, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'

// `session`: from the gateway, or from `savedSession`. `baileys`: the module `@whiskeysockets/baileys`.
export async function sessionAuth(session, baileys, folder) {
  const { BufferJSON, proto } = baileys
  const pack = value => JSON.stringify(value, BufferJSON.replacer)
  const unpack = value => JSON.parse(JSON.stringify(value), BufferJSON.reviver)

  const creds = unpack(session.creds)
  const tables = new Map()
  for (const [type, table] of Object.entries(session.keys)) {
    tables.set(type, new Map(Object.entries(table).map(([id, value]) => [id, unpack(value)])))
  }
  const disk = folder ? await openFolder(folder) : nowhere
  const all = [...tables].flatMap(([type, table]) => [...table].map(([id, value]) => [type, id, value]))
  await Promise.all(all.map(([type, id, value]) => disk.write(`${type}/${encodeURIComponent(id)}`, pack(value))))
  await disk.write('creds', pack(creds))

  const keys = {
    async get(type, ids) {
      const found = {}
      for (const id of ids) {
        const value = tables.get(type)?.get(id)
        if (value === undefined) continue
        // Baileys reads this one as a message of its own.
        found[id] = type === 'app-state-sync-key' ? proto.Message.AppStateSyncKeyData.fromObject(value) : value
      }
      return found
    },

    async set(changes) {
      const writes = []
      for (const [type, table] of Object.entries(changes)) {
        if (!tables.has(type)) tables.set(type, new Map())
        for (const [id, value] of Object.entries(table)) {
          const file = `${type}/${encodeURIComponent(id)}`
          if (value === null || value === undefined) {
            tables.get(type).delete(id)
            writes.push(disk.remove(file))
          } else {
            // What was handed in may change later; what is stored must not.
            const packed = pack(value)
            tables.get(type).set(id, JSON.parse(packed, BufferJSON.reviver))
            writes.push(disk.write(file, packed))
          }
        }
      }
      await Promise.all(writes)
    }
  }

  return {
    auth: { creds, keys },
    // For the event `creds.update`.
    async saveCreds(update) {
      Object.assign(creds, update)
      await disk.write('creds', pack(creds))
    },
    // Waits for everything that is being written.
    settled: () => disk.settled(),
    // The session as the gateway takes it back.
    session() {
      const plain = [...tables].map(([type, table]) => [type, Object.fromEntries(table)])
      return JSON.parse(pack({ creds, keys: Object.fromEntries(plain) }))
    }
  }
}

// Remembers beside the keys which lease they belong to.
export async function saveLease(folder, lease) {
  const disk = await openFolder(folder)
  await disk.write('lease', JSON.stringify(lease))
}

// What an earlier process saved: `{lease, session}`, or nothing.
export async function savedSession(folder) {
  const read = async file => JSON.parse(await readFile(join(folder, file), 'utf8'))
  try {
    const [lease, creds] = [await read('lease.json'), await read('creds.json')]
    const keys = {}
    for (const entry of await readdir(folder, { withFileTypes: true })) {
      if (!entry.isDirectory()) continue
      const files = (await readdir(join(folder, entry.name))).filter(file => file.endsWith('.json'))
      const rows = files.map(async file => [decodeURIComponent(file.slice(0, -5)), await read(join(entry.name, file))])
      keys[entry.name] = Object.fromEntries(await Promise.all(rows))
    }
    return { lease, session: { creds, keys } }
  } catch (error) {
    if (error.code === 'ENOENT') return null
    throw error
  }
}

export async function forgetSession(folder) {
  await rm(folder, { recursive: true, force: true })
}

// Files that are whole or not there, written one after another where they have the same name.
async function openFolder(folder) {
  const last = new Map()
  const queued = (file, task) => {
    const done = (last.get(file) ?? Promise.resolve()).then(task)
    last.set(file, done.catch(() => {}))
    return done
  }
  await mkdir(folder, { recursive: true, mode: 0o700 })
  return {
    write: (file, text) =>
      queued(file, async () => {
        const path = join(folder, `${file}.json`)
        await mkdir(join(path, '..'), { recursive: true, mode: 0o700 })
        await writeFile(`${path}.part`, text, { mode: 0o600, flush: true })
        await rename(`${path}.part`, path)
      }),
    remove: file => queued(file, () => rm(join(folder, `${file}.json`), { force: true })),
    settled: () => Promise.all(last.values())
  }
}

const nowhere = { write: async () => {}, remove: async () => {}, settled: async () => {} }
