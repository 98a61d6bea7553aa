// What has to be done on a page before a scene is what its name says.

async function joinAs(page, name) {
  await page.getByRole('textbox', { name: 'Your name' }).fill(name);
  const password = page.getByRole('textbox', { name: 'Chat password' });
  if (await password.isVisible()) await password.fill('abcd-efgh');
  await page.getByRole('button', { name: 'Join chat' }).click();
}

const WALKS = {
  async conversation(page) {
    await openRoom(page);
    await page.getByRole('article').last().getByRole('button', { name: 'What the server saw' }).click();
    await page.getByText('Number').waitFor();
  },
  async 'conversation-host'(page) {
    await openRoom(page);
    await page.getByRole('button', { name: 'Conversation details' }).click();
    await page.getByRole('heading', { name: 'Security' }).waitFor();
  },
  'guest-waiting': page => joinAs(page, 'Jonas').then(() => page.getByText('copper').waitFor()),
  'guest-waiting-away': page => joinAs(page, 'Jonas').then(() => page.getByText('copper').waitFor()),
  'guest-wrong-password': page => joinAs(page, 'Jonas').then(() => page.getByRole('alert').waitFor()),
  'guest-declined': page =>
    joinAs(page, 'Jonas').then(() => page.getByRole('button', { name: 'Ask again' }).waitFor()),
  'guest-chat': page => joinAs(page, 'Jonas').then(() => page.getByRole('log').waitFor()),
  'guest-ended': page => joinAs(page, 'Jonas').then(() => page.getByText('ended this chat').waitFor()),
  async 'conversation-offline'(page) {
    await openRoom(page);
    await page.getByRole('button', { name: 'Try now' }).waitFor();
  },
};

/** On a phone the list comes first. */
async function openRoom(page) {
  const item = page.locator('.host.on-list .rail-item').first();
  if (await item.isVisible()) await item.click();
}

export async function walk(page, scene) {
  await page.locator('#page > *').first().waitFor();
  if (scene.startsWith('door') && scene !== 'door-opening')
    await page.locator('h1:not(:text("You are invited"))').waitFor();
  if (WALKS[scene]) await WALKS[scene](page);
  else if (/^(conversation|invite|knocks)/.test(scene)) await openRoom(page);
}
