// A page while things do not go as they should: a gateway that is away, a session that is deleted, a login that ends, a
// time that is not known, words typed while others are on their way.
import assert from 'node:assert/strict';
import { MAIN, call, createSession, network, picture, scan, scenario, signIn } from './browse.mjs';

const [OWN, ANA] = ['628111111111', '628122222222'];
const CHAT = `/sessions/shop/chats/${ANA}@s.whatsapp.net`;

await scenario(MAIN, async (page) => {
  await signIn(page);
  await createSession(page, 'shop');
  await scan(page, OWN);
  await network('/phones', { number: ANA, name: 'Ana' });

  await page.goto('/sessions/shop/chats');
  await livesWithoutATime(page);
  await page.goto(CHAT);
  await keepsWhatIsTyped(page);
  await keepsWhatWasToldBeforeTheAnswer(page);
  await givesBackWhatWasNotSent(page);
  await saysThatNobodyAnswers(page);

  await page.goto('/');
  const other = await page.context().newPage();
  const { token } = await call('/v1/login', { username: 'admin', password: 'admin' });
  await other.goto('/sessions/shop');
  await other.locator('#top[data-connected]').waitFor();
  await call('/v1/sessions/shop', undefined, token, 'DELETE');
  await other.waitForURL((url) => url.pathname === '/');

  await other.goto('/users');
  await other.getByRole('button', { name: 'Sign out everywhere' }).click();
  await page.waitForURL('**/sign-in*');
});

// One fragment that cannot be told the time of is shown, and so is what comes after it.
async function livesWithoutATime(page) {
  await page.evaluate(() => swap('<div id="chats"><p>Never written to</p><time datetime="" data-ago></time></div>'));
  await page.locator('#chats').getByText('Never written to').waitFor();
  await network(`/phones/${ANA}/messages`, { to: OWN, text: 'Is the blue one still there?' });
  await page.locator('#chats').getByText('Is the blue one still there?').waitFor();
}

async function keepsWhatIsTyped(page) {
  const field = page.getByPlaceholder('Write a message');
  let release = await hold(page, `**${CHAT}`);
  const answered = await page.evaluateHandle(() => {
    const done = new Promise((resolve) => { addEventListener('htmx:afterRequest', () => setTimeout(resolve), { once: true }); });
    return { done };
  });
  await field.fill('Yes, two of them');
  await field.press('Enter');
  await release.asked;
  await field.fill('Shall I keep one?');
  await release();
  await answered.evaluate(({ done }) => done);
  assert.equal(await field.inputValue(), 'Shall I keep one?', 'what is typed while a message is sent');

  release = await hold(page, `**${CHAT}/files?*`);
  await page.locator('#file').setInputFiles({ name: 'blue.png', mimeType: 'image/png', buffer: picture(64, 48) });
  await field.fill('This one');
  await page.getByRole('button', { name: 'Send', exact: true }).click();
  await release.asked;
  await field.fill('Or a red one?');
  await release();
  await page.locator('#answer button.primary:enabled').waitFor();
  await page.locator('.bubble.mine img').waitFor();
  assert.equal(await field.inputValue(), 'Or a red one?', 'what is typed while a file is sent');
}

// The answer shows the message as it waited, however late it arrives.
async function keepsWhatWasToldBeforeTheAnswer(page) {
  const bubble = page.locator('.bubble', { hasText: 'I come with the tram' });
  await page.route(`**${CHAT}`, async (route) => {
    const answer = await route.fetch();
    await bubble.getByText('delivered').waitFor();
    const body = (await answer.text()).replaceAll('delivered', 'queued').replaceAll('>sent<', '>queued<');
    await route.fulfill({ response: answer, body });
  }, { times: 1 });
  const answered = await page.evaluateHandle(() => {
    const done = new Promise((resolve) => { addEventListener('htmx:afterRequest', () => setTimeout(resolve), { once: true }); });
    return { done };
  });
  await page.getByPlaceholder('Write a message').fill('I come with the tram');
  await page.keyboard.press('Enter');
  await answered.evaluate(({ done }) => done);
  await bubble.getByText('delivered').waitFor();
  assert.equal(await bubble.count(), 1);
}

async function givesBackWhatWasNotSent(page) {
  const field = page.getByPlaceholder('Write a message');
  await page.locator('.bubble', { hasText: 'blue one' }).locator('.acts summary').click();
  await page.getByRole('button', { name: 'Reply', exact: true }).click();
  await page.route(`**${CHAT}`, (route) => route.abort());
  await field.fill('Lost on the way');
  await field.press('Enter');
  await page.waitForFunction(() => document.querySelector('[name=text]').value === 'Lost on the way');
  await page.locator('#about').getByText('Reply to').waitFor();
  await page.unroute(`**${CHAT}`);
  await page.keyboard.press('Escape');
  await page.locator('#about').waitFor({ state: 'hidden' });
  // The browser complains of the request that failed, as it should.
  page.complaints.length = 0;
}

async function saysThatNobodyAnswers(page) {
  const banner = page.locator('#toasts').getByText('The gateway does not answer.');
  await page.route('**/live?*', (route) => route.abort());
  await page.reload();
  await banner.waitFor();
  await page.unroute('**/live?*');
  await banner.waitFor({ state: 'detached' });
  page.complaints.length = 0;
}

// Keeps the next request to this place until it is released.
async function hold(page, place) {
  let [arrived, go] = [];
  const asked = new Promise((resolve) => { arrived = resolve; });
  const gone = new Promise((resolve) => { go = resolve; });
  await page.route(place, async (route) => { arrived(); await gone; await route.continue(); }, { times: 1 });
  return Object.assign(() => go(), { asked });
}
