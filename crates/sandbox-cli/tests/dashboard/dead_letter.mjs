// A receiver that said it was gone comes back: its webhook is resumed, and what it missed is replayed.
import assert from 'node:assert/strict';
import { createServer } from 'node:http';
import { MAIN, createSession, network, scan, scenario, shot, signIn, toast } from './browse.mjs';

const got = [];
let status = 410;
const receiver = createServer((request, response) => {
  let body = '';
  request.on('data', (chunk) => { body += chunk; });
  request.on('end', () => {
    got.push({ status, body: JSON.parse(body) });
    response.writeHead(status).end();
  });
});
await new Promise((listening) => receiver.listen(0, '127.0.0.1', listening));

await scenario(MAIN, async (page) => {
  await signIn(page);
  await createSession(page, 'shop');
  await scan(page, '628111111111');
  await page.goto('/webhooks');
  await page.getByRole('button', { name: 'New webhook' }).click();
  await page.getByLabel('URL').fill(`http://127.0.0.1:${receiver.address().port}/hook`);
  await page.getByLabel('Name').fill('orders');
  await page.getByLabel('Events').fill('message.received');
  await page.getByRole('button', { name: 'Create', exact: true }).click();
  assert.match(await page.locator('#new-secret').textContent(), /^whsec_/);

  const dead = page.locator('.log > li', { hasText: 'Given up' });
  await page.goto('/deliveries?state=dead');
  await network('/phones/628122222222/messages', { to: '628111111111', text: 'An order' });
  await dead.waitFor();

  status = 200;
  await page.goto('/webhooks');
  await page.getByRole('link', { name: 'orders' }).click();
  await page.getByRole('button', { name: 'Resume' }).click();
  await page.getByRole('button', { name: 'Pause' }).waitFor();
  await page.getByRole('button', { name: 'Send a test event' }).click();
  await toast(page, 'The receiver answered 200');
  await page.locator('.log summary').first().click();
  await page.locator('.log pre').getByText('An order').waitFor();
  await shot(page, 'dead-letter');
  await page.getByRole('button', { name: 'Replay', exact: true }).click();
  await toast(page, 'Deliveries that begin anew: 1.');
  await page.locator('.log > li', { hasText: 'message.received' }).getByText('Delivered', { exact: true }).waitFor();
  const arrived = got.some((one) => one.status === 200 && one.body.type === 'message.received');
  assert.ok(arrived, JSON.stringify(got.map((one) => [one.status, one.body.type])));
});
receiver.close();
