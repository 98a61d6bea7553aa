import { ready, server } from '@serenity-kit/opaque';
import type { Handle } from '@sotto/protocol';
import { Refusal } from '../refusal.ts';

/** Between the two steps of a sign-in; secret, and kept in memory only. */
export type SignInState = string & { readonly signInState: unique symbol };

const encode = (bytes: Uint8Array): string => Buffer.from(bytes).toString('base64url');
const decode = (text: string): Uint8Array => new Uint8Array(Buffer.from(text, 'base64url'));

/** A new server setup: the seed of all OPRF keys, and the server's own key. Secret. */
export async function createServerSetup(): Promise<string> {
  await ready;
  return server.createSetup();
}

/** Whether the text is a server setup. */
export async function isServerSetup(text: string): Promise<boolean> {
  await ready;
  try {
    server.getPublicKey(text);
    return true;
  } catch {
    return false;
  }
}

/**
 * The relay's side of OPAQUE (RFC 9807), by `@serenity-kit/opaque`: bytes in, bytes out. The password never comes
 * here in any form that could be tried. The credential identifier is the handle, which sign-in knows before it
 * knows of an account. Methods throw `Refusal` `MALFORMED` for bytes that are no message of OPAQUE.
 */
export class OpaqueServer {
  #setup: Promise<string> | undefined;

  /** Without a setup one is made at the first use that lasts as long as the process. */
  constructor(private readonly keptSetup?: string) {}

  /** RFC 9807 §5: RegistrationRequest (32 bytes) to RegistrationResponse (64). */
  async register(handle: Handle, registrationRequest: Uint8Array): Promise<Uint8Array> {
    const serverSetup = await this.#ready();
    return orMalformed(() => {
      const { registrationResponse } = server.createRegistrationResponse({
        serverSetup,
        userIdentifier: handle,
        registrationRequest: encode(registrationRequest),
      });
      return decode(registrationResponse);
    });
  }

  /**
   * RFC 9807 §6: KE1 (96 bytes) to KE2 (320). Without a record, for a handle that nobody has, the answer is made
   * from a fake one (§10.9): of the same size, by the same work, and nothing that fits it can be computed.
   */
  async startSignIn(
    handle: Handle,
    registrationRecord: Uint8Array | undefined,
    startLoginRequest: Uint8Array,
  ): Promise<{ readonly loginResponse: Uint8Array; readonly state: SignInState }> {
    const serverSetup = await this.#ready();
    return orMalformed(() => {
      const { loginResponse, serverLoginState } = server.startLogin({
        serverSetup,
        userIdentifier: handle,
        registrationRecord: registrationRecord === undefined ? null : encode(registrationRecord),
        startLoginRequest: encode(startLoginRequest),
      });
      return { loginResponse: decode(loginResponse), state: serverLoginState as SignInState };
    });
  }

  #ready(): Promise<string> {
    const { keptSetup } = this;
    this.#setup ??= keptSetup === undefined ? createServerSetup() : ready.then(() => keptSetup);
    return this.#setup;
  }

  /** Whether KE3 (64 bytes) shows that the client has the password. */
  async finishSignIn(state: SignInState, finishLoginRequest: Uint8Array): Promise<boolean> {
    await ready;
    try {
      server.finishLogin({ serverLoginState: state, finishLoginRequest: encode(finishLoginRequest) });
      return true;
    } catch {
      return false;
    }
  }
}

function orMalformed<T>(step: () => T): T {
  try {
    return step();
  } catch {
    // The library's message says which step of its own failed; there is nothing in it for anyone outside.
    throw new Refusal('MALFORMED', 'not a message of OPAQUE');
  }
}
