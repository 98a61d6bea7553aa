import { createHash, timingSafeEqual } from 'node:crypto';
import {
  type AccountId,
  type AddDevice,
  decodeRegistration,
  type Handle,
  InvitationCode,
  isReservedHandle,
  ProtocolError,
  type Recover,
  type RegisterFinish,
  type RegisterStart,
  type RegisterStarted,
  type Registration,
  type RegistrationMode,
  type RegistrationPolicy,
  registrationInput,
  type SignedIn,
  type SignInFinish,
  type SignInStart,
  type SignInStarted,
} from '@sotto/protocol';
import type { AccountRecord, PasswordChange, RecoveryRecord, RegistrationWish } from '../directory.ts';
import { signedBy } from '../ed25519.ts';
import { accountIdOf } from '../identity.ts';
import { Refusal } from '../refusal.ts';
import type { RelayContext } from '../session/context.ts';
import { announceDeviceList } from './announce.ts';
import { verifyDeviceList } from './deviceLists.ts';
import type { OpaqueServer, SignInState } from './opaque.ts';
import { Passkeys } from './passkeys.ts';
import { endRevoked } from './revokedDevices.ts';
import { ShortLived } from './shortLived.ts';

/** Who asks over HTTP. */
export interface Asker {
  readonly remoteAddress: string;
  /** By which this relay is reached where the request came in. */
  readonly origins: readonly string[];
}

interface Ticket {
  readonly accountId: AccountId;
  /** The list that it was used for: for no other from then on. */
  readonly put?: Uint8Array;
}

interface SignInUnderWay {
  readonly handle: Handle;
  readonly state: SignInState;
  /** Of the password that it began with; `undefined` for a handle that nobody has. */
  readonly registrationRecord: Uint8Array | undefined;
}

const SIGN_IN_WITHIN_MS = 60_000;
const TICKET_LIFETIME_MS = 10 * 60_000;
const MAX_SIGN_INS_UNDER_WAY = 4_000;
const MAX_TICKETS = 4_000;
const INVITATION_LIFETIME_MS = 30 * 24 * 3_600_000;
const SIGN_IN_ID_BYTES = 16;
const TICKET_BYTES = 32;

/**
 * Accounts before there is a session: registration, sign-in, recovery. What each method takes and gives is the body
 * of an HTTP route (directory.proto). Methods throw `Refusal`; nothing has changed then.
 *
 * Whether a handle exists is told by registration only, which has to. Sign-in and recovery take the same steps,
 * limits and answers for one that does not.
 */
export class Accounts {
  readonly passkeys: Passkeys;
  readonly #signIns: ShortLived<SignInUnderWay>;
  readonly #tickets: ShortLived<Ticket>;

  constructor(
    private readonly context: Pick<
      RelayContext,
      'directory' | 'store' | 'quotas' | 'nowMs' | 'random' | 'bus' | 'deleted'
    >,
    private readonly opaque: OpaqueServer,
    private readonly mode: RegistrationMode,
  ) {
    const { nowMs } = context;
    this.#signIns = new ShortLived({
      lifetimeMs: SIGN_IN_WITHIN_MS,
      maxCount: MAX_SIGN_INS_UNDER_WAY,
      nowMs,
    });
    this.#tickets = new ShortLived({ lifetimeMs: TICKET_LIFETIME_MS, maxCount: MAX_TICKETS, nowMs });
    this.passkeys = new Passkeys(context, {
      signedIn: (account, sealedBundle) => this.#signedIn(account, sealedBundle),
      forget: accountId => this.#tickets.forget(ticket => ticket.accountId === accountId),
    });
  }

  policy(): RegistrationPolicy {
    return { mode: this.mode };
  }

  /** Says early what would be said at the end: whether this handle can be had, and by this person. */
  async registerStart(start: RegisterStart, { remoteAddress }: Asker): Promise<RegisterStarted> {
    this.context.quotas.registration(remoteAddress);
    await this.context.directory.checkRegistration(this.#wish(start));
    this.context.quotas.opaqueStep();
    return { registrationResponse: await this.opaque.register(start.handle, start.registrationRequest) };
  }

  /** Stores the account, whole and durable, before it resolves. */
  async registerFinish(finish: RegisterFinish, { remoteAddress, origins }: Asker): Promise<void> {
    this.context.quotas.registration(remoteAddress);
    const registration = registrationOf(finish);
    const { accountKey, handle, registrationRecord, sealedBundle } = registration;
    if (!origins.includes(registration.origin)) throw new Refusal('FORBIDDEN', 'signed for another relay');
    if (!signedBy(accountKey, registrationInput(finish.registration), finish.signature)) {
      throw new Refusal('FORBIDDEN', 'not signed by the account');
    }
    const wish = this.#wish(registration);
    const account: AccountRecord = {
      accountId: accountIdOf(accountKey),
      accountKey,
      handle,
      registrationRecord,
      sealedBundle,
      recovery: {
        sealedBundle: registration.sealedRecoveryBundle,
        proofHash: registration.recoveryProofHash,
      },
      deviceList: verifyDeviceList(registration.signedDeviceList, accountKey),
    };
    await this.context.directory.register(account, wish);
  }

  async signInStart(
    { handle, startLoginRequest }: SignInStart,
    { remoteAddress }: Asker,
  ): Promise<SignInStarted> {
    this.context.quotas.signIn(remoteAddress, handle);
    this.context.quotas.opaqueStep();
    const registrationRecord = (await this.context.directory.signInFacts(handle))?.registrationRecord;
    const { loginResponse, state } = await this.opaque.startSignIn(
      handle,
      registrationRecord,
      startLoginRequest,
    );
    const signInId = this.context.random(SIGN_IN_ID_BYTES);
    this.#signIns.put(signInId, { handle, state, registrationRecord });
    return { signInId, loginResponse };
  }

  async signInFinish({ signInId, finishLoginRequest }: SignInFinish): Promise<SignedIn> {
    const underWay = this.#signIns.take(signInId)?.value;
    if (underWay === undefined) throw signInFailed();
    if (!(await this.opaque.finishSignIn(underWay.state, finishLoginRequest))) throw signInFailed();
    const account = await this.context.directory.accountByHandle(underWay.handle);
    // The account may have gone since, or have another password.
    const { registrationRecord } = underWay;
    if (account === undefined || registrationRecord === undefined) throw signInFailed();
    if (Buffer.compare(account.registrationRecord, registrationRecord) !== 0) throw signInFailed();
    return this.#signedIn(account, account.sealedBundle);
  }

  async recover({ handle, recoveryProof }: Recover, { remoteAddress }: Asker): Promise<SignedIn> {
    this.context.quotas.signIn(remoteAddress, handle);
    const facts = await this.context.directory.signInFacts(handle);
    const proofHash = createHash('sha256').update(recoveryProof).digest();
    if (!timingSafeEqual(proofHash, facts?.recoveryProofHash ?? NO_PROOF_HASH)) throw signInFailed();
    const account = await this.context.directory.accountByHandle(handle);
    if (account === undefined) throw signInFailed();
    return this.#signedIn(account, account.recovery.sealedBundle);
  }

  /** By whoever has just signed in: a list in which the new device stands. */
  async addDevice({ ticket, signedDeviceList }: AddDevice): Promise<void> {
    const held = this.#tickets.take(ticket);
    if (held === undefined) throw signInFailed();
    const { accountId, put } = held.value;
    if (put !== undefined) {
      this.#tickets.putBack(ticket, held);
      if (Buffer.compare(put, signedDeviceList) !== 0) throw signInFailed();
      return;
    }
    try {
      const announce = await this.putDeviceList(accountId, signedDeviceList);
      announce();
      // For whoever did not hear the answer: the same again changes nothing.
      this.#tickets.putBack(ticket, { ...held, value: { accountId, put: signedDeviceList } });
    } catch (error) {
      // Another device was faster, or the disk is full: the same person may try again, while there is time.
      if (error instanceof Refusal) this.#tickets.putBack(ticket, held);
      throw error;
    }
  }

  /** The caller has shown that it speaks for the account. Gives the way to tell everyone whom it concerns. */
  async putDeviceList(accountId: AccountId, signed: Uint8Array): Promise<() => void> {
    const { directory, quotas } = this.context;
    quotas.accountChange(accountId);
    const account = await directory.account(accountId);
    if (account === undefined) throw new Refusal('ACCOUNT_UNKNOWN', 'no such account');
    const change = await directory.putDeviceList(accountId, verifyDeviceList(signed, account.accountKey));
    // All of them: where the disk was full at an earlier list, it is done now.
    await endRevoked(this.context, accountId);
    return () => announceDeviceList(this.context, accountId, signed, change);
  }

  async startPasswordChange(accountId: AccountId, registrationRequest: Uint8Array): Promise<Uint8Array> {
    this.context.quotas.accountChange(accountId);
    const account = await this.context.directory.account(accountId);
    if (account === undefined) throw new Refusal('ACCOUNT_UNKNOWN', 'no such account');
    this.context.quotas.opaqueStep();
    return this.opaque.register(account.handle, registrationRequest);
  }

  /** What was begun with the old password leads nowhere from then on. */
  async finishPasswordChange(accountId: AccountId, change: PasswordChange): Promise<void> {
    this.context.quotas.accountChange(accountId);
    await this.context.directory.changePassword(accountId, change);
    this.#tickets.forget(ticket => ticket.accountId === accountId);
  }

  /** What was begun with the old recovery code leads nowhere from then on. */
  async replaceRecovery(accountId: AccountId, recovery: RecoveryRecord): Promise<void> {
    this.context.quotas.accountChange(accountId);
    await this.context.directory.replaceRecovery(accountId, recovery);
    this.#tickets.forget(ticket => ticket.accountId === accountId);
  }

  /** A code for one registration, durable before it is given. Throws `RATE_LIMITED` when too many are open. */
  async createInvitation(): Promise<InvitationCode> {
    const { random, directory, nowMs } = this.context;
    const code = random(InvitationCode.sizeBytes);
    const expiresAtMs = nowMs() + INVITATION_LIFETIME_MS;
    await directory.addInvitation({ codeHash: sha256(code), expiresAtMs, nowMs: nowMs() });
    return InvitationCode.fromBytes(code);
  }

  #wish({ handle, invitationCode }: Pick<Registration, 'handle' | 'invitationCode'>): RegistrationWish {
    if (this.mode === 'closed') throw new Refusal('REGISTRATION_CLOSED', 'this relay takes no new accounts');
    if (isReservedHandle(handle)) throw new Refusal('HANDLE_RESERVED', 'nobody gets this handle');
    const nowMs = this.context.nowMs();
    if (this.mode === 'open') return { handle, nowMs };
    if (invitationCode === undefined) throw new Refusal('INVITATION_NEEDED', 'registration is by invitation');
    return { handle, nowMs, invitationHash: sha256(InvitationCode.toBytes(invitationCode)) };
  }

  #signedIn({ accountId, deviceList }: AccountRecord, sealedBundle: Uint8Array): SignedIn {
    const ticket = this.context.random(TICKET_BYTES);
    this.#tickets.put(ticket, { accountId });
    return { sealedBundle, signedDeviceList: deviceList.signed, ticket };
  }
}

/** Compared with for handles that nobody has: no 32 bytes are known that hash to it. */
const NO_PROOF_HASH = new Uint8Array(32);

const sha256 = (bytes: Uint8Array): Uint8Array => createHash('sha256').update(bytes).digest();

function registrationOf({ registration }: RegisterFinish): Registration {
  try {
    return decodeRegistration(registration);
  } catch (error) {
    if (!(error instanceof ProtocolError)) throw error;
    throw new Refusal(error.code === 'TOO_LARGE' ? 'TOO_LARGE' : 'MALFORMED', error.message);
  }
}

/** One answer, whatever was wrong: nobody learns from it which handles exist. */
function signInFailed(): Refusal {
  return new Refusal('SIGN_IN_FAILED', 'no such handle and password');
}
