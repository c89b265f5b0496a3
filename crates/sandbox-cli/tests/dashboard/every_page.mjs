// Each page, wide and narrow, light and dark: no complaint in the console, nothing that keeps people from using it.
import assert from 'node:assert/strict';
import { MAIN, WA_API, accessible, call, createSession, network, open, received, scan, scenario, shot, signIn } from './browse.mjs';

const PAGES = {
  sessions: '/', session: '/sessions/shop', waiting: '/sessions/waiting', chats: '/sessions/shop/chats', calls: '/sessions/shop/calls',
  chat: '/sessions/shop/chats/628122222222@s.whatsapp.net', events: '/events', webhooks: '/webhooks', 'events-before': '/events?before=9',
  deliveries: '/deliveries', keys: '/keys', users: '/users', audit: '/audit', health: '/system', settings: '/settings',
  api: '/api-docs', phones: '/phones', phone: '/phones/628122222222', 'not-found': '/sessions/none', 'wrong-number': '/sessions/shop/chats?to=Ana',
};
const STATUS = { 'not-found': 404, 'wrong-number': 400 };
const LOOKS = [
  { name: 'wide-light', viewport: { width: 1280, height: 800 }, colorScheme: 'light' },
  { name: 'wide-dark', viewport: { width: 1280, height: 800 }, colorScheme: 'dark' },
  { name: 'narrow-light', viewport: { width: 390, height: 844 }, colorScheme: 'light' },
  { name: 'narrow-dark', viewport: { width: 390, height: 844 }, colorScheme: 'dark' },
];

await scenario(MAIN, async (page, browser) => {
  await signIn(page);
  await shot(page, 'sessions-empty');
  await accessible(page, 'sessions without any');
  await createSession(page, 'shop');
  await scan(page, '628111111111');
  await createSession(page, 'waiting');
  await network('/phones', { number: '628122222222', name: 'Ana' });
  const { token } = await call('/v1/login', { username: 'admin', password: 'admin' });
  // Nobody listens there.
  const hook = { url: 'http://127.0.0.1:9/orders', name: 'Orders', headers: { 'x-shop': '7' } };
  PAGES.webhook = `/webhooks/${(await call('/v1/webhooks', hook, token)).id}`;
  await network('/phones/628122222222/calls', { to: '628111111111' });
  await network('/phones/628122222222/messages', { to: '628111111111', text: 'Is the blue one still there?' });
  await page.goto(PAGES.chat);
  await page.locator('.bubble', { hasText: 'blue one' }).waitFor();
  await page.getByPlaceholder('Write a message').fill('Yes, two of them. Shall I keep one for you?');
  await page.keyboard.press('Enter');
  await received('628122222222', 'Yes, two of them. Shall I keep one for you?');
  const cookies = await page.context().cookies();

  for (const { name: look, ...options } of LOOKS) {
    const other = await open(browser, MAIN, options);
    await other.goto('/sign-in');
    await accessible(other, `sign-in ${look}`);
    await shot(other, `sign-in-${look}`);
    await other.context().addCookies(cookies);
    for (const [name, path] of Object.entries(PAGES)) {
      const answer = await other.goto(path);
      assert.equal(answer.status(), STATUS[name] ?? 200, path);
      if (name === 'health') await other.locator('.u-wrap canvas').first().waitFor();
      if (name === 'waiting') await other.locator('.qr svg').waitFor();
      const overflow = await other.evaluate(() => document.documentElement.scrollWidth - innerWidth);
      assert.ok(overflow <= 0, `${name} ${look} is ${overflow} px too wide`);
      await accessible(other, `${name} ${look}`);
      await shot(other, `${name}-${look}`);
      if (name === 'webhook') await form(other, look);
    }
    const unexpected = other.complaints.filter((text) => !text.includes('/sessions/none') && !text.includes('to=Ana'));
    assert.deepEqual(unexpected, []);
    await other.context().close();
  }
  const outside = await open(browser, WA_API, {});
  for (const path of ['/', '/api-docs']) {
    await outside.goto(path);
    await accessible(outside, `wa_api ${path}`);
  }
  await shot(outside, 'wa-api');
});

async function form(page, look) {
  await page.getByRole('button', { name: 'Edit', exact: true }).click();
  await accessible(page, `webhook form ${look}`);
  await shot(page, `webhook-form-${look}`);
}
