/** What the start screen says of accounts. */
export const startAccount = {
  lead: 'To be found by a handle and to use several devices:',
  create: 'Create account',
  signIn: 'Sign in',
  withAccount: 'Write to people by their handle, alone or in a group. Nobody in between can read a word.',
  byLink: '“Start chat” makes a link, for someone without an account.',
  served: 'Served by',
  deleted: (handle: string) => `The account @${handle} was deleted.`,
};
