import type { AccountIntents, EnginePort, PasskeyIntents, PeopleIntents, SealedIntents } from '@sotto/client';

/** What an engine can do beyond rooms and links. Where one of another version cannot, the screens for it stay away. */
export type AccountsPort = EnginePort & AccountIntents;
export type PeoplePort = EnginePort & PeopleIntents;

export type PasskeysPort = EnginePort & PasskeyIntents;

export type SealedPort = EnginePort & SealedIntents;

export function offersAccounts(port: EnginePort): port is AccountsPort {
  return 'createAccount' in port;
}

/** Whether passkeys can sign in. */
export function offersPasskeys(port: EnginePort): port is PasskeysPort {
  return 'signInByPasskey' in port;
}

/** Whether devices can be added by a code. */
export function offersLinking(port: EnginePort): boolean {
  return 'beginLink' in port;
}

/** Whether what was said before can be given to another own device. */
export function offersHistory(port: EnginePort): boolean {
  return 'sendHistory' in port;
}

export function offersPeople(port: EnginePort): port is PeoplePort {
  return 'safetyNumber' in port;
}

export function offersSealed(port: EnginePort): port is SealedPort {
  return 'makeSealedKeys' in port;
}

/** Whether messages can carry files. */
export function offersFiles(port: EnginePort): boolean {
  return 'sendFile' in port;
}
