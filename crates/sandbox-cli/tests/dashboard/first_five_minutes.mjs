// From signing in to a message answered, with nothing but the browser.
import assert from 'node:assert/strict';
import { MAIN, createSession, received, scan, scenario, shot, signIn, toast } from './browse.mjs';

await scenario(MAIN, async (page) => {
  await signIn(page);
  await createSession(page, 'first');
  await scan(page, '628111111111');

  await page.getByLabel('Phone number', { exact: true }).fill('628122222222');
  await page.getByLabel('Message', { exact: true }).fill('Nobody has this number');
  await page.goto('/phones');
  await page.getByLabel('Phone', { exact: true }).first().fill('628122222222');
  await page.getByLabel('Name').fill('Ana');
  await page.getByRole('button', { name: 'Create' }).click();
  await page.waitForURL('**/phones/628122222222');

  await page.goto('/sessions/first/chats');
  await page.getByLabel('Write to a number').fill('628122222222');
  await page.getByRole('button', { name: 'Open chat' }).click();
  await page.getByPlaceholder('Write a message').fill('Good morning');
  await page.keyboard.press('Enter');
  await page.locator('.bubble', { hasText: 'Good morning' }).getByText('delivered').waitFor();
  await received('628122222222', 'Good morning');

  // The answer is written on the phone's own page, and shows up in the conversation by itself.
  const phone = await page.context().newPage();
  await phone.goto('/phones/628122222222');
  await phone.locator('.bubble', { hasText: 'Good morning' }).waitFor();
  await phone.getByPlaceholder('To (phone number)').fill('628111111111');
  await phone.getByPlaceholder('Write a message').fill('Good morning to you');
  await phone.getByRole('button', { name: 'Send', exact: true }).click();
  await page.locator('.bubble:not(.mine)', { hasText: 'Good morning to you' }).waitFor();
  await shot(page, 'first-five-minutes');
  assert.equal(await page.locator('.bubble').count(), 2, 'each message once');

  await page.goto('/events');
  await page.locator('#events').getByText('message.received').first().waitFor();
});
