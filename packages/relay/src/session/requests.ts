import type {
  AccountRequest,
  Append,
  BlobRequest,
  ClientBody,
  DeviceId,
  SealedRequest,
  ServerBody,
} from '@sotto/protocol';
import { notFound, Refusal } from '../refusal.ts';
import type { Appending, Caller, InboxDelivery, InviteChange } from '../streamStore.ts';
import { ACCOUNT_HANDLERS } from './accountRequests.ts';
import { BLOB_HANDLERS } from './blobRequests.ts';
import type { RelayContext } from './context.ts';
import type { Handler, Handlers, Requester } from './handler.ts';
import { SEALED_HANDLERS } from './sealedRequests.ts';

/** What a device may ask for once it is authenticated, but for its own readers (session.ts). */
export type Request = Exclude<ClientBody, { type: 'authenticate' | 'subscribe' }>;

const DONE: ServerBody = { type: 'done' };

/**
 * One request: gives the answer, `undefined` for those that are answered only when they fail. Throws `Refusal`.
 * What changes the store reaches it before the first wait, so that requests of a session keep their order.
 */
export async function handleRequest(
  context: RelayContext,
  requester: Requester,
  request: Request,
  afterAnswer: (run: () => void) => void,
): Promise<ServerBody | undefined> {
  const handler = (ALL_HANDLERS as Partial<Record<string, Handler<Request>>>)[request.type];
  if (handler === undefined) throw new Refusal('FORBIDDEN', 'this relay does not do that');
  return handler(context, requester, request, afterAnswer);
}

const callerOf = ({ nowMs }: RelayContext, { deviceId }: Requester): Caller => ({ deviceId, nowMs: nowMs() });

/**
 * None for a device that its account does not list. Anybody can write another's device into their own list: only those
 * that have shown that they are this account's count.
 */
async function ownDevices(
  { directory }: RelayContext,
  { accountId, deviceId }: Requester,
): Promise<readonly DeviceId[]> {
  const list = (await directory.account(accountId))?.deviceList;
  if (!list?.deviceIds.includes(deviceId)) return [];
  return directory.proven(accountId, [...list.deviceIds, ...list.revokedIds]);
}

type StreamRequest = Exclude<Request, AccountRequest | BlobRequest | SealedRequest>;

const STREAM_HANDLERS: Handlers<StreamRequest> = {
  async ping() {
    return { type: 'pong' };
  },

  async createStream(context, requester, { streamId }) {
    if (!requester.mayHost)
      throw new Refusal('FORBIDDEN', 'conversations are made on the host’s own computer');
    context.quotas.creation(requester.deviceId);
    await context.store.createStream(callerOf(context, requester), streamId);
    return DONE;
  },

  async append(context, requester, request) {
    context.quotas.append(requester.deviceId);
    const caller = callerOf(context, requester);
    const changesMembers = request.admissions.length + request.removedDeviceIds.length > 0;
    // Nobody sends anything behind a commit that changes members before it is answered.
    const ownDeviceIds = changesMembers ? await ownDevices(context, requester) : [];
    const done = await context.store.append({ ...caller, ownDeviceIds }, request);
    if (!done.repeated) announceAppend(context, request, done);
    return { type: 'appended', seq: done.seq, receivedAtMs: done.receivedAtMs };
  },

  async acknowledge(context, requester, { streamId, seq }) {
    await context.store.acknowledge(callerOf(context, requester), streamId, seq);
    requester.acknowledged(streamId, seq);
    context.deleted();
    return DONE;
  },

  async ephemeral({ store, bus }, { deviceId }, { streamId, payload }) {
    const status = await store.status(deviceId, streamId);
    if (status === undefined || status.endsAtSeq > 0 || status.kind === 'inbox') throw notFound();
    if (status.condition === 'ended') throw new Refusal('STREAM_ENDED', 'the stream has ended');
    bus.publish({ type: 'ephemeral', streamId, fromDeviceId: deviceId, payload });
    return undefined;
  },

  async controlStream(context, requester, { streamId, action }) {
    const { store, bus } = context;
    const changes = await store.control(callerOf(context, requester), streamId, action);
    announceInvites(context, changes);
    bus.publish({ type: 'streamChanged', streamId, deviceIds: await store.subscribers(streamId) });
    if (action === 'end') {
      await context.blobs.sweep(0, [streamId]);
      await store.erase();
    }
    return DONE;
  },

  async leaveStream(context, requester, { streamId }) {
    const changes = await context.store.leave(callerOf(context, requester), streamId);
    context.deleted();
    context.bus.publish({ type: 'subscriptionEnded', streamId, deviceId: requester.deviceId, endsAtSeq: 0 });
    announceInvites(context, changes);
    return DONE;
  },

  async createInvite(context, requester, request) {
    context.quotas.creation(requester.deviceId);
    await context.store.createInvite(callerOf(context, requester), request);
    return DONE;
  },

  async closeInvite(context, requester, { token }) {
    announceInvites(context, await context.store.closeInvite(callerOf(context, requester), token));
    return DONE;
  },

  async knock(context, requester, request) {
    context.quotas.knock(request.token);
    announceDelivery(context, await context.store.knock(callerOf(context, requester), request));
    return DONE;
  },

  async answerKnock(context, requester, request) {
    announceDelivery(context, await context.store.answerKnock(callerOf(context, requester), request));
    return DONE;
  },
};

const ALL_HANDLERS = { ...STREAM_HANDLERS, ...ACCOUNT_HANDLERS, ...BLOB_HANDLERS, ...SEALED_HANDLERS };

function announceAppend(context: RelayContext, append: Append, done: Appending): void {
  const { bus, announcer, observer } = context;
  const { streamId, kind, dedupeId, payload } = append;
  const { seq, receivedAtMs, removedIds, admittedIds, adminChangedIds } = done;
  // Before the entries: whoever was removed is pushed this commit and nothing after it.
  for (const deviceId of removedIds) {
    bus.publish({ type: 'subscriptionEnded', streamId, deviceId, endsAtSeq: seq });
  }
  announcer.add(streamId, { seq, kind, dedupeId, payload, receivedAtMs });
  observer.entriesAppended(1);
  for (const delivery of done.deliveries) announceDelivery(context, delivery);
  const deviceIds = [...new Set([...admittedIds, ...adminChangedIds])];
  if (deviceIds.length > 0) bus.publish({ type: 'streamChanged', streamId, deviceIds });
  announceInvites(context, done.inviteChanges);
}

/** Pushes what landed in an inbox to its device, if that is there. */
export function announceDelivery(
  { announcer, observer }: Pick<RelayContext, 'announcer' | 'observer'>,
  delivery: InboxDelivery | undefined,
): void {
  if (delivery === undefined) return;
  announcer.add(delivery.streamId, delivery.entry);
  observer.entriesAppended(1);
}

/** Tells the owners of invites what became of them. */
export function announceInvites({ bus }: Pick<RelayContext, 'bus'>, changes: readonly InviteChange[]): void {
  for (const { ownerId, token, status } of changes)
    bus.publish({ type: 'inviteChanged', ownerId, token, status });
}
