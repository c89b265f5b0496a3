// What all scripts share: a browser that fails on console errors, the network's control API, a closer look at a page.
import assert from 'node:assert/strict';
import { mkdirSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { crc32, deflateSync } from 'node:zlib';
import { chromium } from 'playwright-core';

export const { MAIN, WA_API, NETWORK, SCREENSHOTS } = process.env;
const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
mkdirSync(SCREENSHOTS, { recursive: true });

// Runs a scenario with one page, and ends the process by how it went.
export async function scenario(base, play) {
  const browser = await chromium.launch({ executablePath: process.env.CHROMIUM, args: ['--no-sandbox'] });
  try {
    const page = await open(browser, base, {});
    await play(page, browser);
    assert.deepEqual(page.complaints, []);
  } finally {
    await browser.close();
  }
}

// A page that remembers what its console complained of; policy violations are among that.
export async function open(browser, baseURL, options) {
  const context = await browser.newContext({ baseURL, viewport: { width: 1280, height: 800 }, ...options });
  const page = await context.newPage();
  page.setDefaultTimeout(60000);
  page.complaints = [];
  page.on('console', (said) => { if (['error', 'warning'].includes(said.type())) page.complaints.push(`${page.url()}: ${said.text()}`); });
  page.on('pageerror', (error) => page.complaints.push(`${page.url()}: ${error.message}`));
  return page;
}

export async function signIn(page) {
  await page.goto('/');
  assert.equal(new URL(page.url()).pathname, '/sign-in', 'nothing is shown before signing in');
  await page.getByLabel('User name').fill('admin');
  await page.getByLabel('Password').fill('admin');
  await page.getByRole('button', { name: 'Sign in' }).click();
  await page.getByRole('heading', { name: 'Sessions', exact: true }).waitFor();
}

// Makes a session by hand; its page is shown afterwards.
export async function createSession(page, id) {
  await page.goto('/');
  await page.getByRole('button', { name: 'Create New Session' }).first().click();
  await page.getByLabel('Device ID').fill(id);
  await page.getByRole('button', { name: 'Create', exact: true }).click();
  await page.waitForURL(`**/sessions/${id}`);
  await page.locator('.qr svg').waitFor();
}

export async function scan(page, number) {
  await page.getByLabel('Simulated phone').fill(number);
  await page.getByRole('button', { name: 'Scan with this phone' }).click();
  await page.locator('#top[data-connected]').waitFor();
}

export async function network(path, body) {
  const options = body && { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) };
  const answer = await fetch(NETWORK + path, options ?? {});
  assert.ok(answer.ok, `${path}: ${answer.status} ${await answer.clone().text()}`);
  return answer.json();
}

// The gateway's own API, for what happens elsewhere than on the page.
export async function call(path, body, token, method = 'POST') {
  const headers = token ? { authorization: `Bearer ${token}` } : {};
  const answer = await fetch(MAIN + path, { method, headers, body: body && JSON.stringify(body) });
  assert.ok(answer.ok, `${path}: ${answer.status}`);
  return answer.status === 204 ? undefined : answer.json();
}

// Waits until a phone has got a message with this text.
export async function received(number, text) {
  let after = 0;
  for (const end = Date.now() + 60000; Date.now() < end;) {
    const { messages, next } = await network(`/phones/${number}/messages?after=${after}&wait=5`);
    const found = messages.find((message) => message.text === text);
    if (found) return found;
    after = next;
  }
  assert.fail(`${number} never got "${text}"`);
}

// A picture of this size, as a camera would hand it over: from one blue to another.
export function picture(width, height) {
  const chunk = (name, data) => {
    const body = Buffer.concat([Buffer.from(name), data]);
    const [size, sum] = [Buffer.alloc(4), Buffer.alloc(4)];
    size.writeUInt32BE(data.length);
    sum.writeUInt32BE(crc32(body));
    return Buffer.concat([size, body, sum]);
  };
  const head = Buffer.alloc(13);
  head.writeUInt32BE(width, 0);
  head.writeUInt32BE(height, 4);
  head.set([8, 2, 0, 0, 0], 8);
  const row = (y) => Buffer.from([0, ...Array.from({ length: width }, (_, x) => [40 + (60 * x) / width, 90 + (80 * y) / height, 200]).flat()]);
  const pixels = deflateSync(Buffer.concat(Array.from({ length: height }, (_, y) => row(y))));
  const start = Buffer.from([137, 80, 78, 71, 13, 10, 26, 10]);
  return Buffer.concat([start, chunk('IHDR', head), chunk('IDAT', pixels), chunk('IEND', Buffer.alloc(0))]);
}

export const toast = (page, text) => page.locator('#toasts').getByText(text).waitFor();

export async function shot(page, name) {
  await page.screenshot({ path: `${SCREENSHOTS}/${name}.png`, fullPage: true });
}

// Nothing that keeps people from using the page. Runs apart from the page's own scripts, so its policy stands.
export async function accessible(page, name) {
  const client = await page.context().newCDPSession(page);
  const { frameTree } = await client.send('Page.getFrameTree');
  const { executionContextId } = await client.send('Page.createIsolatedWorld', { frameId: frameTree.frame.id });
  const evaluate = (expression) => client.send('Runtime.evaluate', { expression, contextId: executionContextId, awaitPromise: true, returnByValue: true });
  await evaluate(axe);
  const { result } = await evaluate('axe.run().then((found) => found.violations.filter((one) => ["serious", "critical"].includes(one.impact)).map((one) => one.id + ": " + one.nodes.map((node) => node.html.slice(0, 160) + " " + node.any.map((any) => any.message)).join(" | ")))');
  assert.ok(Array.isArray(result.value), `axe did not run on ${name}`);
  assert.deepEqual(result.value, [], name);
}
