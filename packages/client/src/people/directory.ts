import { accountIdOf, type CoreEnv, type VerifiedDeviceList, verifyDeviceList } from '@sotto/core';
import { type Account, type AccountId, type Handle, LIMITS } from '@sotto/protocol';
import { readHandle } from '../account/registering.ts';
import { ClientError } from '../intents.ts';
import { KEYS } from '../records/keys.ts';
import { decodeRecord, encodeRecord } from '../records/recordCodec.ts';
import { scanAll } from '../records/scanAll.ts';
import type { RoomContext } from '../room/roomContext.ts';

/** An account as the relay has it: who has a handle is the relay's word, the devices are the account's own. */
export interface KnownAccount {
  readonly accountId: AccountId;
  readonly accountKey: Uint8Array;
  readonly handle: Handle;
  readonly list: VerifiedDeviceList;
}

interface KnownRecord {
  readonly handle: Handle;
  readonly signedDeviceList: Uint8Array;
}

/**
 * Other people's accounts. The newest device list of each is kept: the relay cannot go back behind it, nor show two
 * of one counter.
 */
export class Directory {
  readonly #known = new Map<AccountId, KnownRecord>();
  /** Read when they are first asked for: a signature each. */
  readonly #lists = new WeakMap<KnownRecord, VerifiedDeviceList>();

  constructor(
    private readonly context: RoomContext,
    private readonly changed: () => void,
  ) {}

  async load(): Promise<void> {
    for (const { key, value } of await scanAll(this.context.vault, KEYS.knownAccounts)) {
      this.#known.set(key.slice(KEYS.knownAccounts.length) as AccountId, decodeRecord<KnownRecord>(value));
    }
  }

  /** As the relay said last. */
  handleOf(accountId: AccountId): Handle | undefined {
    return this.#known.get(accountId)?.handle;
  }

  /** The newest list that was seen of an account. */
  listOf(accountId: AccountId): VerifiedDeviceList | undefined {
    const known = this.#known.get(accountId);
    if (known === undefined) return undefined;
    const read = this.#lists.get(known) ?? listOf(this.context.env, accountId, known);
    this.#lists.set(known, read);
    return read;
  }

  /** As the relay said last, with the key that the account's own list is signed by. */
  known(accountId: AccountId): KnownAccount | undefined {
    const handle = this.handleOf(accountId);
    const list = this.listOf(accountId);
    return handle && list && { accountId, accountKey: list.accountKey, handle, list };
  }

  /** Throws `HANDLE_INVALID`, `PERSON_UNKNOWN`, `RATE_LIMITED`, `OFFLINE`, `RELAY_REFUSED`. */
  async byHandle(typed: string): Promise<KnownAccount> {
    const handle = readHandle(typed);
    const answer = await this.context.link.request({ type: 'lookUpHandle', handle });
    const account = answer.type === 'accounts' ? answer.accounts[0] : undefined;
    if (account === undefined || account.handle !== handle)
      throw new ClientError('RELAY_REFUSED', 'the relay answered something else');
    return (await this.#take([account]))[0]!;
  }

  /** Those that are registered. Throws as `byHandle`. */
  async byIds(accountIds: readonly AccountId[]): Promise<readonly KnownAccount[]> {
    const found: KnownAccount[] = [];
    for (let at = 0; at < accountIds.length; at += LIMITS.accountsPerLookUp) {
      const asked = accountIds.slice(at, at + LIMITS.accountsPerLookUp);
      const answer = await this.context.link.request({ type: 'lookUpAccounts', accountIds: asked });
      if (answer.type !== 'accounts') continue;
      const theirs = answer.accounts.filter(({ accountKey }) =>
        asked.includes(accountIdOf(this.context.env, accountKey)),
      );
      found.push(...(await this.#take(theirs)));
    }
    return found;
  }

  /**
   * A list that the relay shows unasked: whose it is. Whoever is met by it is looked up. Throws as `byHandle`, and
   * `CoreError` where the list is not signed by its account, or older than one that was seen.
   */
  async shown(signed: Uint8Array): Promise<AccountId> {
    const { accountId, accountKey } = verifyDeviceList(this.context.env, signed, {});
    const known = this.#known.get(accountId);
    if (known === undefined) await this.byIds([accountId]);
    else await this.#take([{ accountKey, handle: known.handle, signedDeviceList: signed }]);
    return accountId;
  }

  /** All of one answer in one transaction. */
  async #take(accounts: readonly Account[]): Promise<readonly KnownAccount[]> {
    const { env, vault } = this.context;
    const news = new Map<AccountId, KnownRecord>();
    const taken = accounts.map(({ accountKey, handle, signedDeviceList }) => {
      const accountId = accountIdOf(env, accountKey);
      const before = news.get(accountId) ?? this.#known.get(accountId);
      const known = before && listOf(env, accountId, before);
      const list = verifyDeviceList(env, signedDeviceList, { accountId, known });
      if (before?.handle !== handle || known?.counter !== list.counter)
        news.set(accountId, { handle, signedDeviceList: list.signed });
      return { accountId, accountKey, handle, list };
    });
    if (news.size === 0) return taken;
    await vault.commit(
      [...news].map(([accountId, record]) => ({
        key: KEYS.knownAccount(accountId),
        value: encodeRecord(record),
      })),
    );
    for (const [accountId, record] of news) this.#known.set(accountId, record);
    this.changed();
    return taken;
  }
}

function listOf(env: CoreEnv, accountId: AccountId, { signedDeviceList }: KnownRecord): VerifiedDeviceList {
  return verifyDeviceList(env, signedDeviceList, { accountId });
}
