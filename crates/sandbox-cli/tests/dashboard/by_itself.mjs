// Pages that show what happens elsewhere, and lose nothing that somebody has opened or typed in them.
import assert from 'node:assert/strict';
import { createServer } from 'node:http';
import { MAIN, accessible, call, createSession, network, scan, scenario, shot, signIn } from './browse.mjs';

const [OWN, ANA] = ['628111111111', '628122222222'];
const receiver = createServer((request, response) => { request.resume().on('end', () => response.writeHead(204).end()); });
await new Promise((listening) => receiver.listen(0, '127.0.0.1', listening));

await scenario(MAIN, async (page) => {
  await signIn(page);
  const { token } = await call('/v1/login', { username: 'admin', password: 'admin' });
  await firstSession(page, token);
  await createSession(page, 'shop');
  await scan(page, OWN);
  await network('/phones', { number: ANA, name: 'Ana' });
  await webhook(page, token);
  await numberThatIsNone(page);
  await events(page);
});
receiver.close();

async function firstSession(page, token) {
  const none = page.getByText('No sessions yet');
  await none.waitFor();
  assert.equal(await page.getByRole('searchbox').isVisible(), false);
  await call('/v1/sessions', { id: 'stall' }, token);
  await page.locator('#rows').getByText('stall').waitFor();
  await page.getByRole('searchbox').waitFor();
  assert.equal(await none.isVisible(), false);
  await page.getByRole('searchbox').fill('nothing of the kind');
  await page.getByText('No session matches the search.').waitFor();
  await call('/v1/sessions/stall', undefined, token, 'DELETE');
  await page.goto('/');
  await none.waitFor();
}

async function webhook(page, token) {
  const url = `http://127.0.0.1:${receiver.address().port}/hook`;
  const { id } = await call('/v1/webhooks', { url, name: 'orders', events: ['message.received'] }, token);
  await page.goto(`/webhooks/${id}`);
  const say = (text) => network(`/phones/${ANA}/messages`, { to: OWN, text });
  const lines = page.locator('.log > li');
  await say('An order');
  await lines.getByText('Delivered', { exact: true }).waitFor();
  await lines.first().locator('summary').click();
  await page.locator('.log pre').getByText('An order').waitFor();
  await lines.first().locator('summary').focus();
  await say('Another order');
  await lines.nth(1).getByText('Delivered', { exact: true }).waitFor();
  assert.equal(await page.locator('.log details[open]').count(), 1);
  await lines.nth(1).locator('pre').getByText('An order').waitFor();
  assert.ok(await lines.nth(1).locator('summary').evaluate((line) => line === document.activeElement), 'the focus stays');

  await page.getByRole('button', { name: 'Edit', exact: true }).click();
  await page.getByLabel('Name').fill('sales');
  await page.getByLabel('Headers').fill('no colon');
  await accessible(page, 'webhook form');
  await shot(page, 'webhook-edit');
  await page.getByRole('button', { name: 'Save' }).click();
  await page.locator('#toasts').getByText('a name, a colon and a value').waitFor();
  assert.equal(await page.getByLabel('Name').inputValue(), 'sales');
  await page.getByLabel('Headers').fill('X-Shop: 7');
  await page.getByRole('button', { name: 'Save' }).click();
  await page.getByRole('heading', { name: 'sales' }).waitFor();
  await call(`/v1/webhooks/${id}/pause`, {}, token);
  await page.getByRole('button', { name: 'Resume' }).waitFor();
  await accessible(page, 'webhook');
  // The browser complains of the form that was refused, as it should.
  page.complaints.length = 0;
}

async function numberThatIsNone(page) {
  await page.goto('/sessions/shop/chats');
  await page.getByLabel('Write to a number').fill('Ana');
  await page.getByRole('button', { name: 'Open chat' }).click();
  await page.getByRole('alert').getByText('7 to 15 digits').waitFor();
  const field = page.getByLabel('Write to a number');
  assert.equal(await field.inputValue(), 'Ana');
  assert.ok(await field.evaluate((input) => input === document.activeElement));
  await accessible(page, 'a number that is none');
  await shot(page, 'chats-wrong-number');
  page.complaints.length = 0;
}

async function events(page) {
  await page.goto('/events');
  await page.getByLabel('Kind').selectOption('message.received');
  await page.getByRole('button', { name: 'Filter' }).click();
  await page.waitForURL('**/events?*kind=message.received');
  assert.deepEqual([...new Set(await page.locator('#events .badge').allTextContents())], ['message.received']);
  const line = (position, at) => `<li id="event-${position}" data-position="${position}" data-prepend="#events"><time datetime="${at}" data-clock></time></li>`;
  await page.evaluate((html) => swap(html), line(1e6, '2020-02-03T12:00:00Z'));
  assert.match(await page.locator('#event-1000000 time').textContent(), /2020/);
  const older = page.getByRole('link', { name: 'Older' });
  assert.equal(await older.isVisible(), false);
  const now = new Date().toISOString();
  await page.evaluate((html) => swap(html), Array.from({ length: 600 }, (_, n) => line(2e6 + n, now)).join(''));
  assert.equal(await page.locator('#events > li').count(), 500);
  assert.doesNotMatch(await page.locator('#event-2000599 time').textContent(), /20\d\d/);
  await older.click();
  await page.waitForURL('**/events?*before=2000100');
  await page.getByRole('link', { name: 'Newest' }).click();
  await page.getByRole('button', { name: 'Pause' }).waitFor();
}
