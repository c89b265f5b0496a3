// A caller who calls too often is rejected, answered and blocked; another is blocked from the history by hand.
import assert from 'node:assert/strict';
import { MAIN, accessible, createSession, network, received, scan, scenario, shot, signIn, toast } from './browse.mjs';

const [OWN, PEST, OTHER] = ['628111111111', '628133333333', '628144444444'];

async function call(from) {
  const { call_id } = await network(`/phones/${from}/calls`, { to: OWN });
  return call_id;
}

await scenario(MAIN, async (page) => {
  await signIn(page);
  await createSession(page, 'bot');
  await scan(page, OWN);
  await page.goto('/sessions/bot');
  await page.getByRole('link', { name: 'Calls' }).click();
  await page.getByLabel('Act on calls').check();
  await page.getByLabel('Calls allowed in 24 hours').fill('1');
  await page.getByLabel('Automatic reply').fill('Please write instead.');
  await page.getByRole('button', { name: 'Save' }).click();
  await toast(page, 'Saved.');

  await call(PEST);
  const calls = page.locator('tbody tr');
  const unblock = page.getByRole('button', { name: 'Unblock' });
  await calls.waitFor();
  await call(PEST);
  await received(PEST, 'Please write instead.');
  await unblock.waitFor();
  await calls.getByText('Rejected').waitFor();
  await page.getByLabel('Reason').fill('Calls at night');

  await call(OTHER);
  await calls.nth(2).waitFor();
  assert.equal(await page.getByLabel('Reason').inputValue(), 'Calls at night', 'what is typed stays');
  await calls.getByRole('button', { name: 'Block', exact: true }).click();
  await unblock.nth(1).waitFor();
  await page.reload();
  assert.equal(await page.getByLabel('Calls allowed in 24 hours').inputValue(), '1', 'the settings are kept');
  await accessible(page, 'calls');
  await shot(page, 'calls');
  await unblock.first().click();
  await unblock.nth(1).waitFor({ state: 'detached' });
  assert.equal(await unblock.count(), 1);
});
