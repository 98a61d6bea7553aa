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
  LIMITS,
  ProtocolError,
} from '@sotto/protocol';
import type { FastifyPluginAsync, FastifyReply } from 'fastify';
import type { Accounts, Asker } from '../accounts/accounts.ts';
import type { DeviceMail } from '../accounts/deviceMail.ts';
import { Refusal } from '../refusal.ts';
import type { AllowedOrigins } from './allowedOrigins.ts';

export interface AccountsApiOptions {
  readonly accounts: Accounts;
  readonly deviceMail: DeviceMail;
  /** By which this listener is reached right now. */
  readonly origins: () => readonly string[];
  readonly allowed: AllowedOrigins;
  readonly failed: (step: string, error: unknown) => void;
  /** Told of each request: what it was, and `ok` or the code of the refusal. */
  readonly answered: (step: string, outcome: string) => void;
}

const PROTOBUF = 'application/x-protobuf';

/** Takes a decoded request; gives the body of the answer, or nothing for an empty one. Throws `Refusal`. */
type Step = (body: Uint8Array, asker: Asker) => Promise<Uint8Array | undefined>;

const stepsOf = ({
  accounts,
  deviceMail,
}: Pick<AccountsApiOptions, 'accounts' | 'deviceMail'>): Readonly<Record<string, Step>> => ({
  'register/start': async (body, asker) =>
    encodeRegisterStarted(await accounts.registerStart(decodeRegisterStart(body), asker)),
  'register/finish': async (body, asker) => {
    await accounts.registerFinish(decodeRegisterFinish(body), asker);
    return undefined;
  },
  'sign-in/start': async (body, asker) =>
    encodeSignInStarted(await accounts.signInStart(decodeSignInStart(body), asker)),
  'sign-in/finish': async body => encodeSignedIn(await accounts.signInFinish(decodeSignInFinish(body))),
  recover: async (body, asker) => encodeSignedIn(await accounts.recover(decodeRecover(body), asker)),
  'passkey/start': async (body, asker) =>
    encodePasskeyStarted(accounts.passkeys.start(decodePasskeyStart(body), asker)),
  'passkey/finish': async body => encodeSignedIn(await accounts.passkeys.finish(decodePasskeyFinish(body))),
  devices: async body => {
    await accounts.addDevice(decodeAddDevice(body));
    return undefined;
  },
  'devices/offer': async (body, asker) => {
    deviceMail.leaveOffer(decodeLeaveDeviceOffer(body), asker);
    return undefined;
  },
  'devices/offer/read': async (body, asker) =>
    encodeDeviceMail(deviceMail.readOffer(decodeReadDeviceMail(body), asker)),
  'devices/answer': async (body, asker) => {
    deviceMail.leaveAnswer(decodeLeaveDeviceAnswer(body), asker);
    return undefined;
  },
  'devices/answer/read': async (body, asker) =>
    encodeDeviceMail(deviceMail.readAnswer(decodeReadDeviceMail(body), asker)),
});

/**
 * Accounts before there is a session: protobuf in, protobuf out (directory.proto); refusals are JSON with the code,
 * as everywhere. From own pages, those that the operator
 * allows, and programs: another site's page can neither send this type nor its Origin.
 */
export function accountsApi({
  accounts,
  deviceMail,
  origins,
  allowed,
  failed,
  answered,
}: AccountsApiOptions): FastifyPluginAsync {
  return async app => {
    app.addContentTypeParser(PROTOBUF, { parseAs: 'buffer' }, (_request, body, done) => done(null, body));
    app.addHook('onRequest', async (request, reply) => {
      reply.header('cache-control', 'no-store');
      const { origin } = request.headers;
      if (origin === undefined || origins().includes(origin) || allowed.has(origin)) return undefined;
      return reply.code(403).send({ code: 'FORBIDDEN' });
    });

    app.get('/api/accounts/policy', async (_request, reply) =>
      send(reply, encodeRegistrationPolicy(accounts.policy())),
    );
    for (const [step, take] of Object.entries(stepsOf({ accounts, deviceMail }))) {
      const options = { bodyLimit: LIMITS.accountBodyBytes };
      app.post<{ Body: Buffer }>(`/api/accounts/${step}`, options, async (request, reply) => {
        try {
          // A request without a body has no type either, and came by the parser.
          if (!(request.body instanceof Uint8Array)) throw new Refusal('MALFORMED', 'no body');
          const answer = await take(request.body, { remoteAddress: request.ip, origins: origins() });
          answered(step, 'ok');
          return answer === undefined ? reply.code(204).send() : send(reply, answer);
        } catch (error) {
          const refusal = refusalOf(error);
          if (refusal === undefined) throw error;
          answered(step, refusal.code);
          return sendRefusal(reply, refusal);
        }
      });
    }
    app.setErrorHandler((error, _request, reply) => {
      const { statusCode = 500 } = error as { statusCode?: number };
      if (statusCode === 413) return reply.code(413).send({ code: 'TOO_LARGE' });
      if (statusCode < 500) return reply.code(400).send({ code: 'MALFORMED' });
      failed('accounts', error);
      return reply.code(500).send({ code: 'UNAVAILABLE' });
    });
  };
}

function send(reply: FastifyReply, body: Uint8Array): FastifyReply {
  return reply.header('content-type', PROTOBUF).send(Buffer.from(body));
}

function refusalOf(error: unknown): Refusal | undefined {
  if (error instanceof Refusal) return error;
  if (!(error instanceof ProtocolError)) return undefined;
  return new Refusal(error.code === 'TOO_LARGE' ? 'TOO_LARGE' : 'MALFORMED', error.message);
}

const STATUSES: Readonly<Record<string, number>> = {
  MALFORMED: 400,
  NOT_FOUND: 404,
  TOO_LARGE: 413,
  HANDLE_TAKEN: 409,
  CONFLICT: 409,
  DEVICE_LIST_OLD: 409,
  RATE_LIMITED: 429,
  UNAVAILABLE: 503,
};

function sendRefusal(reply: FastifyReply, { code, facts }: Refusal): FastifyReply {
  const { retryAfterMs = 0 } = facts;
  if (retryAfterMs > 0) reply.header('retry-after', String(Math.ceil(retryAfterMs / 1_000)));
  return reply.code(STATUSES[code] ?? 403).send({ code, retryAfterMs });
}
