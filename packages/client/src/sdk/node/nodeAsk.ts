import { request as requestPlain } from 'node:http';
import { type Agent, request as requestSecure } from 'node:https';
import type { Ask } from '../../ports.ts';

/** More than any answer of a relay's HTTP side. */
const MAX_ANSWER_BYTES = 1_048_576;
const TIMEOUT_MS = 15_000;

/** HTTP for Node, by connections of that agent where they are secure. Follows no redirection. */
export function nodeAsk(agent: Agent): Ask {
  return (url, { method = 'GET', headers, body } = {}) =>
    new Promise((resolve, reject) => {
      const isSecure = url.startsWith('https:');
      const options = {
        method,
        headers: Object.fromEntries(new Headers(headers)),
        timeout: TIMEOUT_MS,
        agent: isSecure ? agent : false,
      };
      const asking = (isSecure ? requestSecure : requestPlain)(url, options, answer => {
        const chunks: Buffer[] = [];
        let sizeBytes = 0;
        answer.on('data', (chunk: Buffer) => {
          sizeBytes += chunk.length;
          if (sizeBytes > MAX_ANSWER_BYTES) asking.destroy(new Error('the answer is too large'));
          else chunks.push(chunk);
        });
        answer.once('error', reject);
        answer.once('end', () => {
          const { statusCode: status = 0 } = answer;
          const { date } = answer.headers;
          const init = { status, ...(date !== undefined && { headers: { date } }) };
          resolve(new Response(status === 204 ? null : Buffer.concat(chunks), init));
        });
      });
      asking.once('timeout', () => asking.destroy(new Error('no answer')));
      asking.once('error', reject);
      asking.end(body instanceof Uint8Array ? body : undefined);
    });
}
