// Sends an encrypted alert to somebody's Sotto, with the package `jose` and nothing else.
//
//   SOTTO_TOKEN_FILE=token npx vite-node examples/alert.ts https://chat.example.org mara ACCOUNT_KEY "Disk 91 % full" [FILE]
//
// ACCOUNT_KEY and the token come from Mara ("Alerts" in her settings). The relay passes the message on and cannot read
// it: it is encrypted here, to a key that is used only if Mara's account key signed it.
import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { basename } from 'node:path';
import { base64url, CompactEncrypt, importJWK } from 'jose';

interface Published {
  /** A JSON text, exactly as it was signed. */
  readonly record: string;
  readonly signature: string;
}

/** The key to encrypt to. Throws where the account did not sign it. */
async function keyOf(address: string, accountKey: string) {
  const answer = await fetch(address);
  if (!answer.ok) throw new Error(`${address}: ${answer.status}`);
  const { record, signature } = (await answer.json()) as Published;
  const account = await crypto.subtle.importKey(
    'raw',
    new Uint8Array(base64url.decode(accountKey)),
    'Ed25519',
    false,
    ['verify'],
  );
  const signed = new TextEncoder().encode(`sotto/sealed-keys-v1\0${record}`);
  const bytes = new Uint8Array(base64url.decode(signature));
  if (!(await crypto.subtle.verify('Ed25519', account, bytes, signed)))
    throw new Error('These keys are not signed by the account.');
  // The first key of the record is the one to encrypt to.
  return JSON.parse(record).keys[0] as { readonly kty: 'RSA'; readonly kid: string; readonly alg: string };
}

/** A file, as it stands in the message: up to 10 of them, 8 MiB together. */
function attached(path: string) {
  const type = path.endsWith('.txt') ? 'text/plain' : 'application/octet-stream';
  return { name: basename(path), type, data: base64url.encode(readFileSync(path)) };
}

async function sendAlert(
  origin: string,
  handle: string,
  accountKey: string,
  text: string,
  files: readonly string[],
): Promise<string> {
  const address = `${origin}/api/sealed/${handle}`;
  const jwk = await keyOf(address, accountKey);
  const id = randomUUID();
  const attachments = files.length > 0 ? { attachments: files.map(attached) } : {};
  const inside = { jti: id, iat: Math.floor(Date.now() / 1_000), text, ...attachments };
  const sealed = await new CompactEncrypt(new TextEncoder().encode(JSON.stringify(inside)))
    .setProtectedHeader({
      alg: 'RSA-OAEP-256',
      enc: 'A256GCM',
      kid: jwk.kid,
      typ: 'sotto-sealed+jose',
      cty: 'json',
    })
    .encrypt(await importJWK(jwk));
  const token = readFileSync(process.env.SOTTO_TOKEN_FILE ?? '', 'utf8').trim();
  const answer = await fetch(address, {
    method: 'POST',
    headers: { authorization: `Bearer ${token}`, 'content-type': 'application/jose', 'message-id': id },
    body: sealed,
  });
  if (!answer.ok) throw new Error(`${address}: ${answer.status} ${await answer.text()}`);
  return answer.text();
}

const [origin = '', handle = '', accountKey = '', text = '', ...files] = process.argv.slice(2);
process.stdout.write(`${await sendAlert(origin, handle, accountKey, text, files)}\n`);
