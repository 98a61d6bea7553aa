import type { JoinAnswer } from '@sotto/protocol';
import type { CoreEnv } from '../env.ts';
import type { InviteLink } from './inviteLink.ts';
import type { LinkKeys } from './linkKeys.ts';

/** Seals an answer to exactly this request. */
export function sealJoinAnswer(
  _env: CoreEnv,
  _options: {
    readonly link: InviteLink;
    readonly keys: Pick<LinkKeys, 'answerKey'>;
    readonly sealedRequest: Uint8Array;
    readonly answer: JoinAnswer;
  },
): Uint8Array {
  throw new Error('not built yet');
}

/** Throws `CANNOT_OPEN` for an answer to any other request, `MALFORMED`, `UNSUPPORTED`. */
export function openJoinAnswer(
  _env: CoreEnv,
  _options: {
    readonly link: InviteLink;
    readonly keys: Pick<LinkKeys, 'answerKey'>;
    readonly sealedRequest: Uint8Array;
    readonly sealedAnswer: Uint8Array;
  },
): JoinAnswer {
  throw new Error('not built yet');
}
