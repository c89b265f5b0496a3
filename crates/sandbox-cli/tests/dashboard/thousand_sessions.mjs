// The sessions page with a thousand of them: how soon it answers, how much it weighs, how soon it shows a change.
import assert from 'node:assert/strict';
import { MAIN, accessible, call, scenario, shot, signIn } from './browse.mjs';

const COUNT = 1000;
const ROUNDS = 5;

await scenario(MAIN, async (page) => {
  const { token } = await call('/v1/login', { username: 'admin', password: 'admin' });
  for (let n = 0; n < COUNT; n += 1) await call('/v1/sessions', { id: `device-${String(n).padStart(4, '0')}` }, token);
  await signIn(page);
  const rounds = [];
  for (let round = 0; round < ROUNDS; round += 1) {
    await page.goto('/');
    rounds.push(await page.evaluate(() => {
      const [load] = performance.getEntriesByType('navigation');
      return { firstByte: load.responseStart - load.requestStart, bytes: load.encodedBodySize };
    }));
  }
  const changes = [];
  for (let n = 0; n < ROUNDS; n += 1) changes.push(await change(page, `device-000${n}`, token));
  const shown = (values) => `${Math.min(...values).toFixed(0)} to ${Math.max(...values).toFixed(0)}`;
  console.log(`sessions page with ${COUNT} sessions: first byte after ${shown(rounds.map((one) => one.firstByte))} ms, `
    + `${shown(rounds.map((one) => one.bytes / 1000))} kB; a change of state visible after ${shown(changes)} ms`);
  assert.ok(Math.max(...rounds.map((one) => one.bytes)) < 150_000, 'the page is light');
  assert.ok(Math.min(...rounds.map((one) => one.firstByte)) < 100, 'the page is quick');
  assert.ok(Math.min(...changes) < 200, 'changes show at once');
  await accessible(page, 'sessions, many');

  const rows = page.locator('#rows tr[id]');
  for (let seen = await rows.count(); seen < COUNT; seen = await rows.count()) {
    await page.evaluate(() => scrollTo(0, document.body.scrollHeight));
    await page.waitForFunction((before) => document.querySelectorAll('#rows tr[id]').length > before, seen);
  }
  assert.equal(await rows.count(), COUNT, 'all of them, each once');
  await page.getByPlaceholder('Search by name, ID or phone').fill('0777');
  await page.locator('#rows').getByText('device-0777').waitFor();
  await page.waitForFunction(() => document.querySelectorAll('#rows tr[id]').length === 1);
  await shot(page, 'sessions-many');
});

// From asking for a connection until the page says so.
async function change(page, id, token) {
  await page.evaluate((row) => {
    const before = document.querySelector(`#row-${row} .badge`).textContent;
    window.changed = new Promise((resolve) => {
      new MutationObserver((changes, observer) => {
        const now = document.querySelector(`#row-${row} .badge`);
        if (!now || now.textContent === before) return;
        observer.disconnect();
        resolve(Date.now());
      }).observe(document.getElementById('rows'), { subtree: true, childList: true, characterData: true });
    });
  }, id);
  const begun = Date.now();
  await call(`/v1/sessions/${id}/connect`, {}, token);
  return (await page.evaluate(() => window.changed)) - begun;
}
