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
  async 'details-long-names'(page) {
    await openRoom(page);
    await page.getByRole('button', { name: 'Conversation details' }).click();
  },
  async 'guest-details'(page) {
    await joinAs(page, 'Jonas');
    await page.getByRole('button', { name: 'Conversation details' }).click();
  },
  'about-protects': page => page.getByRole('button', { name: 'How it protects you' }).click(),
  'about-limits': page => page.getByRole('button', { name: 'What it cannot do' }).click(),
  settings: page => page.getByRole('button', { name: 'Settings' }).click(),
  async 'invite-more'(page) {
    await openRoom(page);
    await page.getByText('More choices').click();
    await page.getByRole('button', { name: 'New link for one person' }).scrollIntoViewIfNeeded();
  },
  async 'invite-tell'(page) {
    await openRoom(page);
    await page.getByText('What to tell them').click();
  },
  async 'invite-name'(page) {
    await openRoom(page);
    await page.getByRole('button', { name: 'Change name' }).click();
  },
  async 'conversation-switcher'(page) {
    await page.keyboard.press('Control+k');
    await page.keyboard.type('s');
  },
  async 'conversation-reply'(page) {
    await openRoom(page);
    const article = page.getByRole('article').nth(1);
    // On a screen without a pointer the buttons come with a tap.
    await article.click();
    await article.getByRole('button', { name: 'Reply' }).click();
    await page.keyboard.type('We could wait until noon,\nand have a long breakfast first.');
  },
  async 'conversation-jump'(page) {
    await openRoom(page);
    await page.getByRole('log').evaluate(log => log.scrollBy(0, -1_200));
    await page.locator('.jump').waitFor();
  },
  async 'conversation-invite'(page) {
    await openRoom(page);
    await page.getByRole('button', { name: 'Invite', exact: true }).click();
  },
  async 'conversation-end'(page) {
    await openRoom(page);
    const button = page.getByRole('button', { name: 'End chat' });
    if (!(await button.isVisible())) await page.getByRole('button', { name: 'Conversation details' }).click();
    await button.click();
  },
  async 'conversation-remove'(page) {
    await openRoom(page);
    await page.getByRole('button', { name: 'Conversation details' }).click();
    await page.getByRole('button', { name: 'Remove Noor' }).click();
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
