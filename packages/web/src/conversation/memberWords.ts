import { isolate } from '../text/isolate.ts';

/** What stands at a person in the details of a conversation. */
export const member = {
  owner: 'owner',
  admin: 'admin',
  verify: 'Verify',
  verifyWho: (name: string) => `Verify ${isolate(name)}`,
  more: (name: string) => `More about ${isolate(name)}`,
  online: 'here now',
  blockedWords: 'By someone you blocked.',
  show: 'Show',
  devices: (count: number) => `${count} devices`,
};
