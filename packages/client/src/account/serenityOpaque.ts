import { client, ready } from '@serenity-kit/opaque';
import type { Opaque } from '../ports.ts';

type KeyStretching = Parameters<typeof client.finishRegistration>[0]['keyStretching'];

/** Argon2id with 64 MiB, three passes and four lanes (RFC 9106 §4, the second recommended option). */
const STRETCHING = 'memory-constrained';

/** OPAQUE by `@serenity-kit/opaque`. `keyStretching`: cheaper, for tests alone; it is part of what a password opens. */
export async function serenityOpaque(
  keyStretching: NonNullable<KeyStretching> = STRETCHING,
): Promise<Opaque> {
  await ready;
  return {
    startRegistration(password) {
      const { clientRegistrationState, registrationRequest } = client.startRegistration({ password });
      return {
        request: bytesOf(registrationRequest),
        finish(response) {
          const registrationResponse = textOf(response);
          const { registrationRecord, exportKey } = client.finishRegistration({
            password,
            clientRegistrationState,
            registrationResponse,
            keyStretching,
          });
          return { record: bytesOf(registrationRecord), exportKey: bytesOf(exportKey) };
        },
      };
    },
    startSignIn(password) {
      const { clientLoginState, startLoginRequest } = client.startLogin({ password });
      return {
        request: bytesOf(startLoginRequest),
        finish(response) {
          const loginResponse = textOf(response);
          const done = client.finishLogin({ password, clientLoginState, loginResponse, keyStretching });
          return done && { request: bytesOf(done.finishLoginRequest), exportKey: bytesOf(done.exportKey) };
        },
      };
    },
  };
}

/** The library speaks base64url without padding. */
function bytesOf(text: string): Uint8Array {
  const binary = atob(text.replace(/-/g, '+').replace(/_/g, '/'));
  return Uint8Array.from(binary, character => character.charCodeAt(0));
}

function textOf(bytes: Uint8Array): string {
  const base64 = btoa(String.fromCharCode(...bytes));
  return base64.replace(/\+/g, '-').replace(/\//g, '_').replace(/=+$/, '');
}
