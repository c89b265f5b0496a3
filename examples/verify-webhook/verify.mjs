// Checks a delivery: node verify.mjs SECRET ID TIMESTAMP SIGNATURES < body
import { createHmac, timingSafeEqual } from 'node:crypto'
import { readFileSync } from 'node:fs'

const TOLERANCE = 5 * 60

export function verify(secret, id, timestamp, signatures, body, now) {
  if (Math.abs(now - Number(timestamp)) > TOLERANCE) return false
  const key = Buffer.from(secret.replace(/^whsec_/, ''), 'base64')
  const wanted = createHmac('sha256', key).update(`${id}.${timestamp}.`).update(body).digest()
  return signatures.split(' ').some(each => {
    const given = Buffer.from(each.replace(/^v1,/, ''), 'base64')
    return given.length === wanted.length && timingSafeEqual(given, wanted)
  })
}

const [secret, id, timestamp, signatures] = process.argv.slice(2)
if (signatures) process.exit(verify(secret, id, timestamp, signatures, readFileSync(0), Date.now() / 1000) ? 0 : 1)
