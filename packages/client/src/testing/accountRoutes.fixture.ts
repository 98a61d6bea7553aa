import {
  decodeAddDevice,
  decodeLeaveDeviceAnswer,
  decodeLeaveDeviceOffer,
  decodePasskeyFinish,
  decodePasskeyStart,
  decodeReadDeviceMail,
  decodeRecover,
  decodeRegisterFinish,
  decodeRegisterStart,
  decodeSignInFinish,
  decodeSignInStart,
  encodeDeviceMail,
  encodePasskeyStarted,
  encodeRegisterStarted,
  encodeRegistrationPolicy,
  encodeSignedIn,
  encodeSignInStarted,
} from '@sotto/protocol';
import { Refusal } from '../../../relay/src/refusal.ts';
import type { Relay } from '../../../relay/src/relay.ts';
import type { AccountReply, AccountStep } from '../ports.ts';

const NOTHING = new Uint8Array(0);

/** A relay's routes for accounts, without HTTP. */
export async function accountRoute(
  relay: Pick<Relay, 'accounts' | 'deviceMail'>,
  origin: string,
  step: AccountStep,
  body: Uint8Array,
): Promise<AccountReply> {
  try {
    return { body: await answer(relay, step, body, { remoteAddress: '192.0.2.9', origins: [origin] }) };
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    return { refused: error.code, retryAfterMs: error.facts.retryAfterMs ?? 0 };
  }
}

async function answer(
  { accounts, deviceMail }: Pick<Relay, 'accounts' | 'deviceMail'>,
  step: AccountStep,
  body: Uint8Array,
  asker: { readonly remoteAddress: string; readonly origins: readonly string[] },
): Promise<Uint8Array> {
  switch (step) {
    case 'policy':
      return encodeRegistrationPolicy(accounts.policy());
    case 'register/start':
      return encodeRegisterStarted(await accounts.registerStart(decodeRegisterStart(body), asker));
    case 'register/finish':
      await accounts.registerFinish(decodeRegisterFinish(body), asker);
      return NOTHING;
    case 'sign-in/start':
      return encodeSignInStarted(await accounts.signInStart(decodeSignInStart(body), asker));
    case 'sign-in/finish':
      return encodeSignedIn(await accounts.signInFinish(decodeSignInFinish(body)));
    case 'recover':
      return encodeSignedIn(await accounts.recover(decodeRecover(body), asker));
    case 'passkey/start':
      return encodePasskeyStarted(accounts.passkeys.start(decodePasskeyStart(body), asker));
    case 'passkey/finish':
      return encodeSignedIn(await accounts.passkeys.finish(decodePasskeyFinish(body)));
    case 'devices':
      await accounts.addDevice(decodeAddDevice(body));
      return NOTHING;
    case 'devices/offer':
      deviceMail.leaveOffer(decodeLeaveDeviceOffer(body), asker);
      return NOTHING;
    case 'devices/offer/read':
      return encodeDeviceMail(deviceMail.readOffer(decodeReadDeviceMail(body), asker));
    case 'devices/answer':
      deviceMail.leaveAnswer(decodeLeaveDeviceAnswer(body), asker);
      return NOTHING;
    case 'devices/answer/read':
      return encodeDeviceMail(deviceMail.readAnswer(decodeReadDeviceMail(body), asker));
  }
}
