// A caller who calls too often is rejected, answered and blocked; another is blocked from the history by hand.
import assert from 'node:assert/strict';
import { MAIN, accessible, createSession, network, received, scan, scenario, shot, signIn, toast } from './browse.mjs';

const [OWN, PEST, OTHER] = ['628111111111', '628133333333', '628144444444'];

async function call(from) {
  const { call_id } = await network(`/phones/${from}/calls`, { to: OWN });
  return call_id;
}

async function until(page, what) {
  for (const end = Date.now() + 60000; Date.now() < end; await reload(page)) if (await what()) return;
  assert.fail('what was waited for did not come');
}

/** The page that answers a form may overtake a reload: then it is the newer one. */
async function reload(page) {
  await page.reload().catch((error) => {
    if (!/ERR_ABORTED|Not attached/.test(error.message)) throw error;
  });
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
  await until(page, async () => (await calls.count()) === 1);
  await call(PEST);
  await received(PEST, 'Please write instead.');
  await until(page, async () => (await page.getByRole('button', { name: 'Unblock' }).count()) === 1);
  await until(page, async () => (await calls.getByText('Rejected').count()) === 1);
  assert.equal(await page.getByLabel('Calls allowed in 24 hours').inputValue(), '1', 'the settings are kept');

  await call(OTHER);
  await until(page, async () => (await calls.count()) === 3);
  await calls.getByRole('button', { name: 'Block', exact: true }).click();
  await page.getByRole('button', { name: 'Unblock' }).nth(1).waitFor();
  await accessible(page, 'calls');
  await shot(page, 'calls');
  await page.getByRole('button', { name: 'Unblock' }).first().click();
  await until(page, async () => (await page.getByRole('button', { name: 'Unblock' }).count()) === 1);
});
