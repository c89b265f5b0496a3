// The documented flow on its own port, without signing in.
import assert from 'node:assert/strict';
import { WA_API, createSession, network, received, scenario, toast } from './browse.mjs';

await scenario(WA_API, async (page) => {
  await createSession(page, 'device-001');
  const { qrCode } = await (await fetch(`${WA_API}/api/sessions/device-001/qr`)).json();
  await network('/phones/628111111111/scan', { qr: qrCode });
  await page.locator('#top[data-connected]').getByText('CONNECTED', { exact: false }).waitFor();

  await page.getByRole('heading', { name: 'API Key Management' }).waitFor();
  await page.getByRole('button', { name: 'Set/Update API Key' }).click();
  await page.getByRole('button', { name: 'Save API Key' }).click();
  const key = await page.locator('#new-key').textContent();
  assert.ok(key.length > 20, 'an empty field generates a key');
  await page.context().grantPermissions(['clipboard-read', 'clipboard-write']);
  await page.getByRole('button', { name: 'Copy' }).click();
  assert.equal(await page.evaluate(() => navigator.clipboard.readText()), key);

  await network('/phones', { number: '628122222222' });
  await page.getByLabel('Phone number', { exact: true }).fill('628122222222');
  await page.getByLabel('Message', { exact: true }).fill('Hello from the dashboard');
  await page.getByRole('button', { name: 'Send Message' }).first().click();
  await page.getByLabel("Enter this session's API key to send.").fill(key);
  await page.locator('#send-key').getByRole('button', { name: 'Send Message' }).click();
  await toast(page, 'Sent to 628122222222.');
  await received('628122222222', 'Hello from the dashboard');

  await page.reload();
  assert.ok(!(await page.content()).includes(key), 'the key is shown once');
  for (const closed of ['/events', '/users', '/settings', '/sessions/device-001/chats']) {
    await page.goto(closed);
    assert.equal(new URL(page.url()).pathname, '/sign-in', closed);
  }
});
