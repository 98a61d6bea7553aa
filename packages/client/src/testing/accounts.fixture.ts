import type { ClientError } from '../intents.ts';
import type { Person, World } from './world.fixture.ts';

export const PASSWORD = 'correct horse battery';
export const NEXT_PASSWORD = 'staple of another horse';

export const accountOf = (handle: string) => ({
  handle,
  password: PASSWORD,
  name: handle,
  deviceName: 'Laptop',
});

/** A host's device with an account that nobody else has. */
export async function registered(
  world: World,
  handle: string,
): Promise<{ readonly person: Person; readonly recoveryCode: string }> {
  const person = await world.person('host', handle).start();
  await world.until(() => person.online);
  const { recoveryCode } = await world.outcome(person.port.createAccount(accountOf(handle)));
  await world.until(() => person.online);
  return { person, recoveryCode };
}

/** Another device of that account, as it comes to the relay from outside. */
export async function signedIn(
  world: World,
  handle: string,
  { password = PASSWORD, deviceName = 'Phone' } = {},
): Promise<Person> {
  const person = await world.person('guest', handle).start();
  await world.outcome(person.port.signIn({ handle, password, deviceName }));
  await world.until(() => person.online);
  return person;
}

/** The code that it was refused with, or `done`. */
export function refusal(world: World, promise: Promise<unknown>): Promise<string> {
  return world.outcome(
    promise.then(
      () => 'done',
      (error: ClientError) => error.code,
    ),
  );
}

/** The devices of an account as a screen shows them. */
export function devices(person: Person): readonly string[] | undefined {
  return person.engine!.state.account?.devices.map(
    ({ name, state, self }) => `${name} ${state}${self ? ' self' : ''}`,
  );
}
