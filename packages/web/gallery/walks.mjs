// What has to be done on a page before a scene is what its name says.

async function joinAs(page, name) {
  await page.getByRole('textbox', { name: 'Your name' }).fill(name);
  const password = page.getByRole('textbox', { name: 'Chat password' });
  if (await password.isVisible()) await password.fill('abcd-efgh');
  await page.getByRole('button', { name: 'Join chat' }).click();
}

const openSettings = page => page.getByRole('button', { name: 'Settings' }).click();
const passphrase = page => page.getByRole('textbox', { name: 'Passphrase', exact: true });

async function joinAndWait(page) {
  await joinAs(page, 'Jonas');
  await page.getByRole('log').waitFor();
}

/** On a phone it is in the details. */
async function pressKeep(page) {
  const button = page.getByRole('button', { name: 'Keep this chat' });
  if (!(await button.isVisible())) await page.getByRole('button', { name: 'Conversation details' }).click();
  await button.click();
}

async function keepChat(page) {
  await joinAndWait(page);
  await pressKeep(page);
  await passphrase(page).fill('copper lantern orchid');
  await page.getByRole('textbox', { name: 'Once more' }).fill('copper lantern orchid');
  await page.getByRole('dialog').getByRole('button', { name: 'Keep this chat' }).click();
  await page.getByRole('button', { name: 'Copy address' }).waitFor();
}

const dialog = page => page.getByRole('dialog').last();

async function openDetails(page) {
  await openRoom(page);
  await page.getByRole('button', { name: 'Conversation details' }).click();
}

async function openPerson(page, name) {
  await openDetails(page);
  await page.getByRole('button', { name: `More about ${name}` }).click();
  await page.getByRole('dialog').waitFor();
}

async function createAccount(page, handle, password = 'copper lantern orchid') {
  await page.getByRole('button', { name: 'Create account' }).click();
  await page.getByRole('textbox', { name: 'Handle' }).fill(handle);
  await page.getByRole('textbox', { name: 'Password' }).fill(password);
}

async function signIn(page, handle, password) {
  await page.getByRole('button', { name: 'Sign in' }).click();
  await page.getByRole('textbox', { name: 'Handle' }).fill(handle);
  await page.getByRole('textbox', { name: 'Password' }).fill(password);
  await dialog(page).getByRole('button', { name: 'Sign in' }).click();
}

async function linkThis(page) {
  await page.getByRole('button', { name: 'Sign in' }).click();
  await page.getByRole('button', { name: 'Use a device that is signed in' }).click();
}

async function openSection(page, name) {
  await openSettings(page);
  const section = page.getByRole('region', { name, exact: true });
  await section.waitFor();
  await section.evaluate(element => element.scrollIntoView({ block: 'start' }));
}

async function openNew(page, kind) {
  await page.getByRole('button', { name: 'New conversation' }).click();
  await page.getByRole('radio', { name: kind }).check();
}

async function find(page, handle) {
  await openNew(page, 'One person');
  await page.getByRole('textbox', { name: 'Handle' }).fill(handle);
  await page.getByRole('button', { name: 'Find' }).click();
}

async function verify(page) {
  await openDetails(page);
  await page.getByRole('button', { name: 'Verify' }).click();
  await page.getByRole('group', { name: 'Safety number' }).waitFor();
}

async function compare(page, code) {
  await verify(page);
  await page.getByText('Or paste what you got').click();
  await page.getByRole('textbox', { name: 'Code on their screen' }).fill(code);
  await page.getByRole('button', { name: 'Compare' }).click();
  await page.getByRole('alert').waitFor();
  await page.getByRole('alert').scrollIntoViewIfNeeded();
}

const SAFETY = '052716384910275561839402718265530914776203945188273640550127';
const LINK_CODE = '7k3f 9qxm 2b4t wz8h';

const WALKS = {
  'account-start': page => page.getByRole('button', { name: 'Create account' }).waitFor(),
  'account-create': page => createAccount(page, 'jonas'),
  async 'account-create-mistakes'(page) {
    await createAccount(page, 'jönas', 'short');
    await dialog(page).getByRole('button', { name: 'Create account' }).click();
  },
  async 'account-create-taken'(page) {
    await createAccount(page, 'mara');
    await dialog(page).getByRole('button', { name: 'Create account' }).click();
    await page.getByText('Somebody has this handle').waitFor();
  },
  async 'account-create-invitation'(page) {
    await createAccount(page, 'jonas');
    await page.getByRole('textbox', { name: 'Invitation code' }).fill('loud-lake');
    await dialog(page).getByRole('button', { name: 'Create account' }).click();
    await page.getByText('is not good here').waitFor();
  },
  async 'account-code'(page) {
    await createAccount(page, 'jonas');
    await dialog(page).getByRole('button', { name: 'Create account' }).click();
    await page.getByRole('checkbox', { name: 'I have kept it' }).check();
  },
  'account-sign-in': page => page.getByRole('button', { name: 'Sign in' }).click(),
  async 'account-sign-in-wrong'(page) {
    await signIn(page, 'jonas', 'wrong horse battery');
    await page.getByRole('alert').waitFor();
  },
  async 'account-sign-in-limited'(page) {
    await signIn(page, 'busy', 'wrong horse battery');
    await page.getByText('Too many tries').waitFor();
  },
  async 'account-recover'(page) {
    await page.getByRole('button', { name: 'Sign in' }).click();
    await page.getByRole('button', { name: 'Use a recovery code' }).click();
    await page.getByRole('textbox', { name: 'Handle' }).fill('jonas');
    await page.getByRole('textbox', { name: 'Recovery code' }).fill('copper lantern');
    await dialog(page).getByRole('button', { name: 'Sign in' }).click();
  },
  async 'account-link'(page) {
    await linkThis(page);
    await page.getByRole('img', { name: 'Code of this device' }).waitFor();
  },
  async 'account-link-confirm'(page) {
    await linkThis(page);
    await page.getByRole('img', { name: 'Code of this device' }).waitFor();
    await page.evaluate(() =>
      globalThis.gallery.shown.engine.setState({ linking: { step: 'confirm', handle: 'jonas' } }),
    );
    await page.getByRole('button', { name: 'Yes, it is mine' }).waitFor();
  },
  async 'account-link-failed'(page) {
    await linkThis(page);
    await page.getByRole('img', { name: 'Code of this device' }).waitFor();
    await page.evaluate(() =>
      globalThis.gallery.shown.engine.setState({ linking: { step: 'failed', reason: 'wrong-answer' } }),
    );
    await page.getByRole('alert').waitFor();
  },
  'settings-no-account': page => openSection(page, 'Account'),
  'settings-account': page => openSection(page, 'Account'),
  'settings-passkeys': page => openSection(page, 'Sign in with a passkey'),
  'settings-devices': page => openSection(page, 'Devices'),
  'settings-privacy': page => openSection(page, 'Privacy'),
  'settings-contacts': page => openSection(page, 'Verified and blocked people'),
  async 'settings-change-password'(page) {
    await openSection(page, 'Account');
    await page.getByRole('button', { name: 'Change password' }).click();
    await page.getByRole('textbox', { name: 'Current password' }).fill('wrong horse');
    await page.getByRole('textbox', { name: 'New password' }).fill('copper lantern orchid');
    await dialog(page).getByRole('button', { name: 'Change password' }).click();
    await page.getByRole('alert').waitFor();
  },
  async 'settings-sign-out'(page) {
    await openSection(page, 'Account');
    await page.getByRole('button', { name: 'Sign out' }).click();
  },
  async 'settings-delete-account'(page) {
    await openSection(page, 'Account');
    await page.getByRole('button', { name: 'Delete account' }).click();
  },
  async 'device-rename'(page) {
    await openSection(page, 'Devices');
    await page.getByRole('button', { name: 'Rename Safari on iPhone' }).click();
  },
  'device-history': page => openSection(page, 'Devices'),
  async 'device-send-history'(page) {
    await openSection(page, 'Devices');
    await page.getByRole('button', { name: 'Send history to Safari on iPhone' }).click();
    await page.getByText('12,480 messages').waitFor();
  },
  async 'device-revoke'(page) {
    await openSection(page, 'Devices');
    await page.getByRole('button', { name: 'Revoke Safari on iPhone' }).click();
  },
  async 'device-add'(page) {
    await openSection(page, 'Devices');
    await page.getByRole('button', { name: 'Add a device' }).click();
    await page.getByRole('textbox', { name: 'Code of the new device' }).fill('something else');
    await page.getByRole('button', { name: 'Go on' }).click();
    await page.getByText('not the code of a new device').waitFor();
  },
  async 'device-add-compare'(page) {
    await openSection(page, 'Devices');
    await page.getByRole('button', { name: 'Add a device' }).click();
    await page.getByRole('textbox', { name: 'Code of the new device' }).fill(LINK_CODE);
    await page.getByRole('button', { name: 'Go on' }).click();
    await page.getByRole('list', { name: 'Words on both devices' }).waitFor();
  },
  'new-conversation': page => openNew(page, 'One person'),
  async 'new-conversation-found'(page) {
    await find(page, 'kim');
    await page.getByRole('button', { name: 'Write to Kim' }).waitFor();
  },
  async 'new-conversation-unknown'(page) {
    await find(page, 'nobody');
    await page.getByText('Nobody here has that handle').waitFor();
  },
  async 'new-conversation-poses'(page) {
    await find(page, 'noor2');
    await page.getByText('looks like that of').waitFor();
  },
  async 'new-group'(page) {
    await openNew(page, 'Group');
    await page.getByRole('textbox', { name: 'Name of the group' }).fill('Boat club');
    await page.getByRole('checkbox', { name: /Elif/ }).check();
  },
  'new-by-link': page => openNew(page, 'By link'),
  'people-request': async page => {
    await openRoom(page);
    await page.getByRole('button', { name: 'Accept' }).waitFor();
  },
  'people-group': openRoom,
  'people-fallen-out': openRoom,
  'people-fallen-out-asked': openRoom,
  'people-fell-out': openRoom,
  async 'people-group-details'(page) {
    await openDetails(page);
    await page.getByRole('combobox', { name: 'Mute' }).waitFor();
  },
  async 'people-direct-details'(page) {
    await openDetails(page);
    await page.getByRole('combobox', { name: 'Mute' }).waitFor();
  },
  'people-person': page => openPerson(page, 'Noor'),
  'people-person-long': page => openPerson(page, 'Maximiliane'),
  async 'people-block'(page) {
    await openPerson(page, 'Noor');
    await page.getByRole('button', { name: 'Block', exact: true }).click();
  },
  async 'people-hand-over'(page) {
    await openPerson(page, 'Noor');
    await page.getByRole('button', { name: 'Hand over' }).click();
  },
  async 'people-add'(page) {
    await openDetails(page);
    await page.getByRole('button', { name: 'Add people' }).click();
  },
  async 'people-leave'(page) {
    await openDetails(page);
    await page.getByRole('button', { name: 'Leave conversation' }).click();
  },
  async 'people-report'(page) {
    await openPerson(page, 'Noor');
    await page.getByRole('button', { name: 'Report' }).click();
  },
  'people-verify': verify,
  'people-verify-match': page => compare(page, `sotto-number:1.${SAFETY}`),
  'people-verify-mismatch': page => compare(page, 'sotto-number:1.0'),
  async 'people-keys-changed'(page) {
    await openRoom(page);
    await page.getByRole('button', { name: 'Verify again' }).waitFor();
  },
  async 'people-keys-changed-left'(page) {
    await openRoom(page);
    await page.getByRole('button', { name: 'Leave it' }).click();
  },
  'people-keys-left': openRoom,
  'people-keys-replaced': openRoom,
  'people-goes-on-elsewhere': openRoom,
  'people-picture': openRoom,
  'people-picture-member': openDetails,
  async 'people-picture-details'(page) {
    await openDetails(page);
    await page.getByRole('button', { name: 'Change the picture' }).scrollIntoViewIfNeeded();
  },
  'people-not-verified': openRoom,
  'people-blocked': openRoom,
  'people-announcements': openRoom,
  'people-blocked-in-group': openRoom,
  'people-request-sent': openRoom,
  'people-events': openRoom,
  async 'unlock-wrong'(page) {
    await passphrase(page).fill('wrong horse');
    await page.getByRole('button', { name: 'Unlock' }).click();
    await page.getByRole('alert').waitFor();
  },
  async 'unlock-code'(page) {
    await page.getByRole('button', { name: 'Use the recovery code' }).click();
    await page.getByRole('textbox', { name: 'Recovery code' }).fill('7K3QD 0V9XB R2');
    await page.getByText('There is a slip').waitFor();
  },
  'unlock-forgotten': page => page.getByRole('button', { name: 'Forgotten?' }).click(),
  async 'unlock-erase'(page) {
    await page.getByRole('button', { name: 'Forgotten?' }).click();
    await page.getByRole('button', { name: 'Erase everything on this device' }).click();
    await page.getByRole('dialog').getByRole('textbox').fill('erase');
  },
  'security-locked': openSettings,
  'security-one-way': openSettings,
  async 'security-passphrase'(page) {
    await openSettings(page);
    await page.getByRole('button', { name: 'Set a passphrase' }).click();
    await passphrase(page).fill('copper lantern orchid');
  },
  async 'security-change'(page) {
    await openSettings(page);
    await page.getByRole('button', { name: 'Change passphrase' }).click();
    await page.getByRole('dialog').last().getByRole('button', { name: 'Change passphrase' }).click();
    await page.getByRole('alert').waitFor();
  },
  async 'security-code'(page) {
    await openSettings(page);
    await page.getByRole('button', { name: 'Make a recovery code' }).click();
    await page.getByRole('button', { name: 'Copy code' }).waitFor();
  },
  async 'security-erase'(page) {
    await openSettings(page);
    await page.getByRole('button', { name: 'Erase everything on this device' }).click();
  },
  'rooms-locked': openRoom,
  async 'guest-keep'(page) {
    await joinAndWait(page);
    await pressKeep(page);
  },
  async 'guest-keep-account'(page) {
    await joinAndWait(page);
    await pressKeep(page);
    await page.getByRole('button', { name: 'Create account' }).waitFor();
  },
  'guest-kept': keepChat,
  async 'guest-kept-details'(page) {
    await keepChat(page);
    await page.getByRole('button', { name: 'Done' }).click();
    const details = page.getByRole('button', { name: 'Conversation details' });
    if ((await details.getAttribute('aria-expanded')) === 'false') await details.click();
    await page.getByText('Lock by itself').scrollIntoViewIfNeeded();
  },
  'sealed-none': page => openSection(page, 'Sealed messages'),
  async 'sealed-make'(page) {
    await openSection(page, 'Sealed messages');
    await page.getByRole('button', { name: 'Make RSA keys' }).click();
    await page.getByRole('radio', { name: '4096 bits' }).waitFor();
  },
  'sealed-keys': page => openSection(page, 'Sealed messages'),
  'sealed-alerts': page => openSection(page, 'Alerts'),
  'sealed-source': openNewSource,
  async 'sealed-token'(page) {
    await openNewSource(page);
    await page.getByRole('textbox', { name: 'What it is called' }).fill('Night watch');
    await page.getByRole('button', { name: 'Make token' }).click();
    await page.getByRole('button', { name: 'Copy token' }).waitFor();
  },
  'sealed-room-details': openDetails,
  'sealed-room-closed-details': openDetails,
  'sealed-room-alerts-details': openDetails,
  'sealed-room-revoked-details': openDetails,
  'sealed-room-person-details': openDetails,
  'sealed-room': openRoom,
  'sealed-room-alerts': openRoom,
  async 'sealed-choice'(page) {
    await find(page, 'kim');
    await page.getByRole('radio', { name: 'RSA sealed' }).check();
  },
  'sealed-page': page => page.getByRole('button', { name: 'Seal and send' }).waitFor(),
  'sealed-page-vouched': page => page.getByText('carries the same digits').waitFor(),
  'sealed-page-too-long': page =>
    leaveSealed(page, 'The way to the lake is long. '.repeat(2300), each =>
      each.getByText('Too long by about'),
    ),
  async 'sealed-page-files'(page) {
    await page
      .getByRole('textbox', { name: 'Your message' })
      .fill('The cellar this morning, and who had the key.');
    await page.locator('.takes-files input[type=file]').setInputFiles([
      await drawnFile(page, 'IMG_20260314_142233.jpg', 900, 600),
      {
        name: 'rota-of-the-boat-club.pdf',
        mimeType: 'application/pdf',
        buffer: Buffer.alloc(1_240_000, 7),
      },
    ]);
    await page.getByText('Place, time and camera are taken out.').waitFor();
    await page.getByRole('list', { name: 'Files to send' }).scrollIntoViewIfNeeded();
  },
  async 'sealed-page-sent'(page) {
    const title = each => each.getByRole('heading', { name: 'Sealed and sent' });
    await leaveSealed(page, 'The safe in the cellar stood open this morning.', title);
    await page.getByText('What the server got').click();
  },
  ...Object.fromEntries(
    ['offline', 'limited', 'changed'].map(state => [
      `sealed-page-${state}`,
      page =>
        leaveSealed(page, 'The safe in the cellar stood open this morning.', each => each.getByRole('alert')),
    ]),
  ),
  'door-kept': page => page.getByRole('link', { name: 'Open the chat kept' }).waitFor(),
  'kept-without-link': page => page.getByRole('heading', { name: 'Welcome back' }).waitFor(),
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
  async 'files-viewer'(page) {
    await openRoom(page);
    // What is still being drawn moves the log.
    await page.locator('.picture-open:has(.picture-small) > .picture-full').nth(1).waitFor();
    await page.getByRole('button', { name: /^Picture lake/ }).click();
    await page.getByRole('dialog').getByRole('img', { name: 'From the other shore' }).waitFor();
  },
  async 'files-tray'(page) {
    await openRoom(page);
    await chooseFiles(page, [
      await drawnFile(page, 'IMG_20260314_142233.jpg', 900, 600),
      { name: 'cat.gif', mimeType: 'image/gif', buffer: Buffer.from('GIF89a\x10\x00\x10\x00') },
      { name: 'minutes of the meeting.pdf', mimeType: 'application/pdf', buffer: Buffer.alloc(240_000, 1) },
    ]);
    await page.getByText('Place, time and camera are taken out.').waitFor();
    await page.getByRole('textbox', { name: 'Message' }).fill('From Saturday');
  },
  async 'files-refused'(page) {
    await openRoom(page);
    await chooseFiles(page, [{ name: 'notes.txt', mimeType: 'text/plain', buffer: Buffer.alloc(0) }]);
    await page.getByRole('alert').waitFor();
  },
  async 'files-drop'(page) {
    await openRoom(page);
    await page.evaluate(() => {
      const dataTransfer = new DataTransfer();
      dataTransfer.items.add(new File(['x'], 'x.txt'));
      document.body.dispatchEvent(new DragEvent('dragenter', { dataTransfer, bubbles: true }));
    });
    await page.getByText('Up to 33.5 MB each').waitFor();
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
  async 'conversation-delete-whole'(page) {
    await openRoom(page);
    await page.getByRole('button', { name: 'Conversation details' }).click();
    await page.getByRole('complementary').getByRole('button', { name: 'Delete conversation' }).click();
  },
  async 'history-settings'(page) {
    await page.getByRole('button', { name: 'Settings' }).click();
    await page.getByRole('button', { name: 'Export' }).scrollIntoViewIfNeeded();
  },
  'history-export': page => openExport(page),
  async 'history-export-clear'(page) {
    await openExport(page);
    await page.getByRole('radio', { name: /Web page/ }).check();
    await exportNow(page);
    await page.getByRole('alert').waitFor();
  },
  async 'history-export-running'(page) {
    await openExport(page);
    await page.getByRole('radio', { name: /Web page/ }).check();
    await page.getByRole('checkbox', { name: 'Anyone who gets this file can read it' }).check();
    await exportNow(page);
    await page.getByRole('progressbar').waitFor();
  },
  async 'history-export-done'(page) {
    await openExport(page);
    await page.getByRole('radio', { name: /Web page/ }).check();
    await page.getByRole('checkbox', { name: 'Anyone who gets this file can read it' }).check();
    await exportNow(page);
    await page.getByText('The file is ready').waitFor();
  },
  'history-import': page => openImport(page),
  async 'history-import-damaged'(page) {
    await openImport(page);
    const file = {
      name: 'sotto-2026-03-14.age',
      mimeType: 'application/octet-stream',
      buffer: Buffer.from('x'),
    };
    await page.getByLabel('Archive file').setInputFiles(file);
    await page.getByRole('textbox', { name: 'Passphrase' }).fill('four quiet words here');
    await page
      .getByRole('dialog', { name: 'Import an archive' })
      .getByRole('button', { name: 'Import' })
      .click();
    await page.getByRole('alert').waitFor();
  },
  async 'conversation-search'(page) {
    await openRoom(page);
    await page.keyboard.press('Control+f');
    await page.getByRole('complementary').getByRole('searchbox').fill('train');
    await page.getByRole('option').first().waitFor();
  },
  async 'conversation-search-none'(page) {
    await openRoom(page);
    await page.keyboard.press('Control+f');
    await page.getByRole('complementary').getByRole('searchbox').fill('zeppelin');
    await page.getByText('No messages found').waitFor();
  },
  async 'rail-search'(page) {
    await page.getByRole('searchbox', { name: 'Search messages' }).fill('train');
    await page.getByRole('option').first().waitFor();
    await page.keyboard.press('ArrowDown');
  },
  async 'rail-search-none'(page) {
    await page.getByRole('searchbox', { name: 'Search messages' }).fill('zeppelin');
    await page.getByText('No messages found').waitFor();
  },
  async 'rail-search-filters'(page) {
    await page.getByRole('searchbox', { name: 'Search messages' }).fill('train');
    await page.getByText('Filters').click();
    await page.getByRole('combobox', { name: 'Person' }).selectOption({ label: 'Mara' });
    await page.getByText('Filters (1 on)').waitFor();
  },
  async 'guest-search'(page) {
    await joinAs(page, 'Jonas');
    await page.getByRole('button', { name: 'Search in this conversation' }).click();
    await page.getByRole('searchbox', { name: 'Search messages' }).fill('8:12');
    await page.getByRole('option').first().waitFor();
  },
  async 'conversation-delete'(page) {
    await openRoom(page);
    const article = page.getByRole('article').last();
    await article.click();
    await article.getByRole('button', { name: 'Delete' }).click();
    await page.getByRole('dialog').waitFor();
  },
  async 'conversation-deleted'(page) {
    await openRoom(page);
    const article = page.getByRole('article').last();
    await article.click();
    await article.getByRole('button', { name: 'Delete' }).click();
    await page.getByRole('button', { name: 'Delete for everyone' }).click();
    await page.getByText('You deleted this message').waitFor();
  },
  async 'conversation-vanishing-focus'(page) {
    await openRoom(page);
    await page.getByRole('article').filter({ hasText: 'third pot' }).focus();
  },
  async 'conversation-vanishing-choice'(page) {
    await openRoom(page);
    await page.getByRole('button', { name: 'Conversation details' }).click();
    await page.getByRole('combobox', { name: 'Disappearing messages' }).waitFor();
  },
  async 'guest-vanishing'(page) {
    await joinAndWait(page);
    await page.getByRole('button', { name: 'Conversation details' }).click();
    await page.getByRole('combobox', { name: 'Disappearing messages' }).waitFor();
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

async function openExport(page) {
  await page.getByRole('button', { name: 'Settings' }).click();
  await page.getByRole('button', { name: 'Export' }).click();
  await page.getByRole('dialog', { name: 'Export conversations' }).waitFor();
}

const exportNow = page =>
  page.getByRole('dialog', { name: 'Export conversations' }).getByRole('button', { name: 'Export' }).click();

async function openNewSource(page) {
  await openSection(page, 'Alerts');
  await page.getByRole('button', { name: 'New source' }).click();
  await page.getByRole('textbox', { name: 'What it is called' }).waitFor();
}

/** Writes a sealed message and presses the button; `until` is what then stands on the page. */
async function leaveSealed(page, text, until) {
  await page.getByRole('textbox', { name: 'Your message' }).fill(text);
  await page.getByRole('button', { name: 'Seal and send' }).click();
  await until(page).waitFor();
}

async function openImport(page) {
  await page.getByRole('button', { name: 'Settings' }).click();
  await page.getByRole('button', { name: 'Import' }).click();
  await page.getByRole('dialog', { name: 'Import an archive' }).waitFor();
}

const chooseFiles = (page, files) => page.locator('.composer input[type=file]').setInputFiles(files);

/** A picture as a camera makes one, drawn by the page. */
async function drawnFile(page, name, width, height) {
  const base64 = await page.evaluate(
    async ([w, h]) => {
      const canvas = new OffscreenCanvas(w, h);
      const context = canvas.getContext('2d');
      const sky = context.createLinearGradient(0, 0, w, h);
      sky.addColorStop(0, '#5b3a6e');
      sky.addColorStop(1, '#f2a65a');
      context.fillStyle = sky;
      context.fillRect(0, 0, w, h);
      const bytes = new Uint8Array(await (await canvas.convertToBlob({ type: 'image/jpeg' })).arrayBuffer());
      return btoa(bytes.reduce((text, byte) => text + String.fromCharCode(byte), ''));
    },
    [width, height],
  );
  return { name, mimeType: 'image/jpeg', buffer: Buffer.from(base64, 'base64') };
}

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
  else if (/^(conversation|invite|knocks|files)/.test(scene)) await openRoom(page);
}
