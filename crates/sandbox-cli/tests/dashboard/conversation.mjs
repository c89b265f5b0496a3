// A conversation with all that people do in one: answers, reactions, pictures and documents both ways, other words for
// what was said, deletions, a group. Nothing on the page moves while it is brought up to date.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { MAIN, accessible, createSession, network, picture, received, scan, scenario, shot, signIn } from './browse.mjs';

const [OWN, ANA, BEN] = ['628111111111', '628122222222', '628133333333'];
const image = picture(640, 480);

await scenario(MAIN, async (page) => {
  const say = (from, message) => network(`/phones/${from}/messages`, { to: OWN, ...message });
  const write = async (text) => { await page.getByPlaceholder('Write a message').fill(text); await page.keyboard.press('Enter'); };
  const bubble = (text) => page.locator('.bubble', { has: page.locator('p', { hasText: text }) });
  const act = async (on, name) => {
    await on.locator('summary').click();
    await on.getByRole('button', { name, exact: true }).click();
  };
  const attach = async (file, caption) => {
    await page.locator('#file').setInputFiles(file);
    await page.getByPlaceholder('Write a message').fill(caption);
    await page.getByRole('button', { name: 'Send', exact: true }).click();
  };

  await signIn(page);
  await createSession(page, 'shop');
  await scan(page, OWN);
  await network('/phones', { number: ANA, name: 'Ana' });
  await network('/phones', { number: BEN, name: 'Ben' });
  const { id: question } = await say(ANA, { text: 'Is the blue one still there?' });
  await page.goto(`/sessions/shop/chats/${ANA}@s.whatsapp.net`);
  const asked = page.locator(`[data-message="${question}"]`);
  await asked.waitFor();

  await act(asked, 'Reply');
  await page.locator('#about').getByText('Reply to').waitFor();
  await write('Two of them');
  await bubble('Two of them').locator('.quote', { hasText: 'blue one' }).waitFor();
  await bubble('Two of them').getByText('delivered').waitFor();
  await network(`/phones/${ANA}/read`, { chat: OWN });
  await bubble('Two of them').getByText('read', { exact: true }).waitFor();
  await act(asked, '👍');
  await asked.locator('.chip.own', { hasText: '👍' }).waitFor();

  const still = await watchShifts(page);
  const { id: answer } = await received(ANA, 'Two of them');
  await say(ANA, { type: 'reaction', target: answer, emoji: '🎉' });
  await bubble('Two of them').locator('.chip', { hasText: '🎉' }).waitFor();
  await say(ANA, { type: 'image', data: image.toString('base64'), mimetype: 'image/png', caption: 'Like this one' });
  await page.locator('.bubble:not(.mine) img').evaluate((img) => img.decode());
  await say(ANA, { type: 'document', data: Buffer.from('a,b\n1,2\n').toString('base64'), mimetype: 'text/csv', file_name: 'sizes.csv' });
  const download = page.waitForEvent('download');
  await page.getByRole('link', { name: 'sizes.csv' }).click();
  assert.equal(readFileSync(await (await download).path(), 'utf8'), 'a,b\n1,2\n');
  assert.ok((await still()) < 0.01, 'what is on the page stays where it is');

  await attach({ name: 'blue.png', mimeType: 'image/png', buffer: image }, 'The blue one');
  const sent = page.locator('.bubble.mine', { hasText: 'The blue one' });
  await sent.locator('img').evaluate((img) => img.decode());
  await sent.getByText('delivered').waitFor();
  await attach({ name: 'prices.txt', mimeType: 'text/plain', buffer: Buffer.from('Blue: 7\n') }, '');
  await page.locator('.bubble.mine').getByRole('link', { name: 'prices.txt' }).waitFor();

  await write('It costs 8');
  await bubble('It costs 8').getByText('delivered').waitFor();
  await act(bubble('It costs 8'), 'Edit');
  await write('It costs 7');
  await bubble('It costs 7').getByText('edited').waitFor();
  await say(ANA, { text: 'Too late' });
  const { id: regretted } = await say(ANA, { text: 'I take the red one' });
  await bubble('I take the red one').waitFor();
  await say(ANA, { type: 'revoke', target: regretted });
  await page.locator(`[data-message="${regretted}"]`).getByText('This message was deleted.').waitFor();
  page.once('dialog', (dialog) => dialog.accept());
  await act(bubble('It costs 7'), 'Delete for everyone');
  await page.locator('.bubble.mine').getByText('This message was deleted.').waitFor();
  await accessible(page, 'conversation');
  await shot(page, 'conversation');

  const { id: group } = await network(`/phones/${ANA}/groups`, { subject: 'Blue fans', participants: [BEN, OWN] });
  await network(`/phones/${BEN}/messages`, { to: group, text: 'Hello all' });
  const chat = group.includes('@') ? group : `${group}@g.us`;
  for (const end = Date.now() + 60000; Date.now() < end && !(await bubble('Hello all').count());) await page.goto(`/sessions/shop/chats/${chat}`);
  await page.getByRole('heading', { name: 'Blue fans' }).waitFor();
  await bubble('Hello all').getByText('Ben').waitFor();
  await write('Hello Ben');
  await received(BEN, 'Hello Ben');
  await shot(page, 'conversation-group');
});

// How far things on the page have moved since, by themselves.
async function watchShifts(page) {
  await page.evaluate(() => {
    window.shifts = 0;
    new PerformanceObserver((list) => {
      for (const shift of list.getEntries()) if (!shift.hadRecentInput) window.shifts += shift.value;
    }).observe({ type: 'layout-shift' });
  });
  return () => page.evaluate(() => window.shifts);
}
