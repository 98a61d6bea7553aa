import { decodeJoinAnswer, encodeJoinAnswer, type JoinAnswer } from '@sotto/protocol';
import { concatBytes, utf8 } from '../bytes.ts';
import { decoded } from '../decoded.ts';
import type { CoreEnv } from '../env.ts';
import { LABELS } from '../labels.ts';
import { openSealed, seal } from '../sealed.ts';
import type { InviteLink } from './inviteLink.ts';
import type { LinkKeys } from './linkKeys.ts';

const ANSWER_BUCKET_BYTES = 64;

/** What an answer is bound to. */
interface Question {
  readonly link: InviteLink;
  readonly keys: Pick<LinkKeys, 'answerKey'>;
  readonly sealedRequest: Uint8Array;
}

/** Seals an answer to exactly this request: the word of the host's device, not of the relay. */
export function sealJoinAnswer(
  env: CoreEnv,
  options: Question & { readonly answer: JoinAnswer },
): Uint8Array {
  const purpose = { ...purposeOf(env, options), bucketBytes: ANSWER_BUCKET_BYTES };
  return seal(env, purpose, encodeJoinAnswer(options.answer));
}

/** Throws `CANNOT_OPEN` for an answer to any other request, `MALFORMED`, `UNSUPPORTED`. */
export function openJoinAnswer(
  env: Pick<CoreEnv, 'provider'>,
  options: Question & { readonly sealedAnswer: Uint8Array },
): JoinAnswer {
  const answer = openSealed(env, purposeOf(env, options), options.sealedAnswer);
  return decoded(() => decodeJoinAnswer(answer));
}

function purposeOf(env: Pick<CoreEnv, 'provider'>, { link, keys, sealedRequest }: Question) {
  const context = concatBytes(utf8(link.token), env.provider.hash('SHA-256', sealedRequest));
  return { key: keys.answerKey, label: LABELS.linkAnswer, context };
}
