// `npm run pictures`: draws the pictures of the README from the running product, so that they show what there is.
import { onOrigin } from '../tests/stage/link.ts';
import { Person } from '../tests/stage/person.ts';
import { RelayProcess } from '../tests/stage/relayProcess.ts';

const folder = new URL('../docs/images/', import.meta.url).pathname;

async function nameOfHost(mara: Person): Promise<string> {
  const before = await mara.inviteLink();
  await mara.button('Change name').click();
  const field = mara.page.getByRole('textbox', { name: 'Your name' });
  await field.fill('Mara');
  await field.press('Enter');
  return mara.nextInviteLink(before);
}

/** In the dark, once every colour has arrived there. */
async function atNight(person: Person): Promise<void> {
  await person.page.emulateMedia({ colorScheme: 'dark' });
  await person.page.evaluate(async () => {
    await new Promise(requestAnimationFrame);
    await Promise.all(document.getAnimations().map(animation => animation.finished));
  });
}

const relay = await RelayProcess.start();
const mara = await Person.arrive('Mara');
const jonas = await Person.arrive('Jonas', { phone: true });
try {
  await mara.page.goto(relay.hostOrigin);
  await mara.button('Start chat').waitFor();
  await mara.page.screenshot({ path: `${folder}start.png` });
  await mara.startsChat(relay.hostOrigin);
  const link = onOrigin(await nameOfHost(mara), relay.guestOrigin);
  await mara.page.screenshot({ path: `${folder}invite.png` });
  await jonas.page.goto(link);
  await jonas.page.getByRole('textbox', { name: 'Your name' }).fill('Jonas');
  await jonas.page.screenshot({ path: `${folder}door.png` });
  await jonas.button('Join chat').click();
  await mara.admits();
  await Promise.all([mara.isInside(), jonas.isInside()]);
  const says: [Person, Person, string][] = [
    [mara, jonas, 'Train or car on Saturday?'],
    [mara, jonas, 'I can drive, but the lake road is closed until noon.'],
    [jonas, mara, 'Train. I want to read on the way back.'],
    [mara, jonas, 'Then let’s take the 8:12 and walk the last bit.'],
    [jonas, mara, '8:12 works. I’ll bring the thermos ☕'],
    [mara, jonas, 'Perfect. Don’t tell Elif, it’s her surprise.'],
  ];
  for (const [from, to, text] of says) {
    await from.writes(text);
    await to.sees(text);
  }
  const last = mara.message('Perfect.');
  await last
    .getByText(/Delivered|Read/)
    .first()
    .waitFor();
  await last.getByRole('button', { name: 'What the server saw' }).click();
  await mara.page.getByText('AES-256-GCM').first().waitFor();
  await mara.page.screenshot({ path: `${folder}conversation.png` });
  await jonas.page.screenshot({ path: `${folder}conversation-phone.png` });
  await atNight(mara);
  await mara.page.screenshot({ path: `${folder}conversation-dark.png` });
  await atNight(jonas);
  await jonas.page.screenshot({ path: `${folder}conversation-phone-dark.png` });
} finally {
  await Promise.all([mara.leave(), jonas.leave()]);
  await relay.remove();
}
