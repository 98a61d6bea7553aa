import {
  decodePasskeyStarted,
  decodeRegisterStarted,
  decodeSignedIn,
  decodeSignInStarted,
  encodeAddDevice,
  encodePasskeyFinish,
  encodePasskeyStart,
  encodeRecover,
  encodeRegisterFinish,
  encodeRegisterStart,
  encodeSignInFinish,
  encodeSignInStart,
  type WireErrorCode,
} from '@sotto/protocol';
import { Refusal } from '../refusal.ts';
import type { AccountPort } from './accountClient.fixture.ts';
import { get } from './relayServer.fixture.ts';

/** The routes of one listener, as the pages ask them; what is refused is thrown as a `Refusal`. */
export function accountsOverHttp(
  origin: string,
  sent: (bytes: Uint8Array) => void = () => undefined,
): AccountPort {
  const post = async (step: string, body: Uint8Array): Promise<Uint8Array> => {
    sent(body);
    const headers = { 'content-type': 'application/x-protobuf', origin };
    const answer = await get(`${origin}/api/accounts/${step}`, headers, 'POST', body);
    if (answer.status < 300) return new Uint8Array(answer.body);
    const { code } = JSON.parse(String(answer.body)) as { code: WireErrorCode };
    throw new Refusal(code, `${step}: ${answer.status}`);
  };
  return {
    registerStart: async start =>
      decodeRegisterStarted(await post('register/start', encodeRegisterStart(start))),
    registerFinish: async finish => void (await post('register/finish', encodeRegisterFinish(finish))),
    signInStart: async start => decodeSignInStarted(await post('sign-in/start', encodeSignInStart(start))),
    signInFinish: async finish => decodeSignedIn(await post('sign-in/finish', encodeSignInFinish(finish))),
    recover: async recover => decodeSignedIn(await post('recover', encodeRecover(recover))),
    passkeyStart: async start => decodePasskeyStarted(await post('passkey/start', encodePasskeyStart(start))),
    passkeyFinish: async finish => decodeSignedIn(await post('passkey/finish', encodePasskeyFinish(finish))),
    addDevice: async add => void (await post('devices', encodeAddDevice(add))),
  };
}
