export * from './accountIntents.ts';
export { Engine } from './engine/engine.ts';
export type { EngineOptions } from './engine/engineOptions.ts';
export * from './fileIntents.ts';
export * from './intents.ts';
export * from './peopleIntents.ts';
export type {
  Clock,
  InviteLookup,
  InviteReport,
  Random,
  Transport,
  TransportConnection,
  TransportEvents,
} from './ports.ts';
export * from './projection.ts';
export { type WebSocketLike, webSocketTransport } from './relay/webSocketTransport.ts';
export * from './sealedIntents.ts';
export { systemClock } from './systemClock.ts';
