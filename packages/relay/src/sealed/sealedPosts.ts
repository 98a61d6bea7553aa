import { createHash } from 'node:crypto';
import {
  base64urlEncode,
  DedupeId,
  encodeSealedDelivery,
  Handle,
  LIMITS,
  type SealedKey,
  sealedKeyJwk,
} from '@sotto/protocol';
import type { AccountRecord, StoredSource } from '../directory.ts';
import { notFound, Refusal } from '../refusal.ts';
import type { RelayContext } from '../session/context.ts';
import { announceDelivery } from '../session/requests.ts';
import type { InboxDelivery } from '../streamStore.ts';
import { LargePosts } from './largePosts.ts';
import { type PublishedSealedKeys, pemOf, publishedOf } from './verifySealedKeys.ts';

/** What anyone gets who wants to write to a handle. */
export interface SealedAddress {
  readonly handle: string;
  /** Ed25519 in base64url: what `signature` is checked with. */
  readonly accountKey: string;
  /** The JSON text that was signed, to the letter. */
  readonly record: string;
  readonly signature: string;
  /** The two keys that are current, once more, for those who trust this relay. */
  readonly jwks: { readonly keys: readonly ReturnType<typeof sealedKeyJwk>[] };
  readonly pem: { readonly encryption: string; readonly signature: string };
  /** Whether messages are taken without a token. */
  readonly strangers: boolean;
  readonly maxMessageBytes: number;
}

export interface SealedPost {
  readonly handle: string;
  /** A compact JWE. */
  readonly message: Uint8Array;
  readonly token?: string | undefined;
  /** The same one again is the same message; without, the same bytes are. */
  readonly messageId?: string | undefined;
}

type Context = Pick<
  RelayContext,
  'directory' | 'store' | 'blobs' | 'quotas' | 'nowMs' | 'announcer' | 'observer'
>;

const MESSAGE_ID = /^[\x21-\x7e]{8,128}$/;
const COMPACT_JWE = /^([\w-]+)\.[\w-]+\.[\w-]+\.[\w-]+\.[\w-]+$/;
const TOKEN = /^[\x21-\x7e]{20,200}$/;

/** Keys to write to, and messages for the inboxes of an account's devices. */
export class SealedPosts {
  readonly #large: LargePosts;

  constructor(private readonly context: Context) {
    this.#large = new LargePosts(context);
  }

  /** One answer for a handle that nobody has and for one that has published nothing: `NOT_FOUND`. */
  async look(typed: string, remoteAddress: string): Promise<SealedAddress> {
    this.context.quotas.sealedLook(remoteAddress);
    const { account, published } = await this.#published(typed);
    const { sealedKeys, record, signature } = published;
    const [encryption, signing] = (['enc', 'sig'] as const).map(
      use => sealedKeys.keys.find(key => key.use === use)!,
    ) as [SealedKey, SealedKey];
    return {
      handle: account.handle,
      accountKey: base64urlEncode(account.accountKey),
      record,
      signature: base64urlEncode(signature),
      jwks: { keys: [sealedKeyJwk(encryption), sealedKeyJwk(signing)] },
      pem: { encryption: pemOf(encryption), signature: pemOf(signing) },
      strangers: sealedKeys.strangers,
      maxMessageBytes: LIMITS.sealedPostBytes,
    };
  }

  /**
   * On the disk of this relay when it resolves, in the inbox of every device of the account. The same message again
   * changes nothing. Throws `Refusal` `NOT_FOUND`, `UNAUTHENTICATED` for a token that is none, `FORBIDDEN` where
   * strangers may not write, `MALFORMED`, `RATE_LIMITED`.
   */
  async post(post: SealedPost, remoteAddress: string): Promise<void> {
    const { quotas } = this.context;
    quotas.sealedPost(remoteAddress);
    const { account, published } = await this.#published(post.handle);
    refuseUnlessFor(published, post.message);
    if (post.messageId !== undefined && !MESSAGE_ID.test(post.messageId))
      throw new Refusal('MALFORMED', 'a message id has 8 to 128 visible characters');
    const source = post.token === undefined ? undefined : await this.#sourceOf(account, post.token);
    if (source !== undefined) quotas.sealedSource(source.sourceId, source.perHour);
    else if (published.sealedKeys.strangers) quotas.sealedStranger(remoteAddress, account.accountId);
    else throw new Refusal('FORBIDDEN', 'strangers may not write');
    await this.#deliver(account, source, post);
  }

  async #deliver(account: AccountRecord, source: StoredSource | undefined, post: SealedPost): Promise<void> {
    const { store, quotas, nowMs } = this.context;
    const { message } = post;
    const sourceId = source?.sourceId;
    const { deviceIds } = account.deviceList;
    const dedupeId = dedupeIdOf(account, source, post);
    const delivered = (delivery: InboxDelivery) => announceDelivery(this.context, delivery);
    if (message.length > LIMITS.sealedMessageBytes) {
      const count = () => quotas.sealedBytes(account.accountId, sourceId, message.length);
      return this.#large.deliver({ deviceIds, dedupeId, sourceId, message, count, delivered });
    }
    const payload = encodeSealedDelivery({ sourceId, message });
    for (const delivery of await store.deliverSealed({ deviceIds, dedupeId, payload, nowMs: nowMs() }))
      delivered(delivery);
  }

  async #published(
    typed: string,
  ): Promise<{ readonly account: AccountRecord; readonly published: PublishedSealedKeys }> {
    const { directory } = this.context;
    const account = Handle.is(typed) ? await directory.accountByHandle(typed) : undefined;
    const stored = account && (await directory.sealedKeys(account.accountId));
    if (account === undefined || stored === undefined) throw notFound();
    return { account, published: publishedOf(stored.signed) };
  }

  async #sourceOf({ accountId }: AccountRecord, token: string): Promise<StoredSource> {
    // By its hash: how long the look takes says nothing of how much of a token was right.
    const tokenHash = createHash('sha256').update(token).digest();
    const source = TOKEN.test(token) ? await this.context.directory.sourceByToken(tokenHash) : undefined;
    if (source?.accountId !== accountId) throw new Refusal('UNAUTHENTICATED', 'no such token');
    return source;
  }
}

/** What cannot be opened is told at once to who can still do something about it. The reader judges it again. */
function refuseUnlessFor({ sealedKeys }: PublishedSealedKeys, message: Uint8Array): void {
  const header = COMPACT_JWE.exec(Buffer.from(message).toString('latin1'))?.[1];
  if (header === undefined) throw new Refusal('MALFORMED', 'not a compact JWE');
  let said: unknown;
  try {
    said = JSON.parse(Buffer.from(header, 'base64url').toString('utf8'));
  } catch {
    throw new Refusal('MALFORMED', 'not a compact JWE');
  }
  const { alg, enc, kid } = (said ?? {}) as { alg?: unknown; enc?: unknown; kid?: unknown };
  if (alg !== 'RSA-OAEP-256' || enc !== 'A256GCM')
    throw new Refusal('MALFORMED', 'encrypt with RSA-OAEP-256 and A256GCM');
  if (!sealedKeys.keys.some(key => key.use === 'enc' && key.kid === kid))
    throw new Refusal('MALFORMED', 'kid is of no key that is published: look the keys up again');
}

/** A name for the message that nobody else's message has: each source, and all strangers, have theirs for each account. */
function dedupeIdOf(
  { accountId }: AccountRecord,
  source: StoredSource | undefined,
  { messageId, message }: SealedPost,
): DedupeId {
  const hash = createHash('sha256').update(`sotto/sealed-post-v1\0${accountId}\0${source?.sourceId ?? ''}\0`);
  if (messageId === undefined) hash.update('bytes\0').update(message);
  else hash.update('id\0').update(messageId);
  return DedupeId.fromBytes(new Uint8Array(hash.digest().subarray(0, DedupeId.sizeBytes)));
}
