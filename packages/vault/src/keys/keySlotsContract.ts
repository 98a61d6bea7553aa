import { VaultError, type VaultErrorCode } from '../errors.ts';
import { KEY_SLOTS, KEY_SLOTS_BYTES, type KeySlots } from './keySlots.ts';

/** The place under test: slots opened on it one after another see the same bytes. */
export interface KeySlotsPlace {
  open(): Promise<KeySlots>;
}

/**
 * The promises of `KeySlots`, one named check each, for whoever writes an adapter.
 *
 * `register` is `it` of a test runner, or anything that collects names and functions: this file asks for no
 * runner, so that it can also run inside a page. `freshPlace` gives a new place for every check.
 */
export function keySlotsContract(
  register: (name: string, check: () => Promise<void>) => void,
  freshPlace: () => Promise<KeySlotsPlace>,
): void {
  const check = (name: string, run: (slots: KeySlots, place: KeySlotsPlace) => Promise<void>) =>
    register(name, async () => {
      const place = await freshPlace();
      const slots = await place.open();
      await run(slots, place);
      await slots.close();
    });

  check('new slots are zeros, all of them', async slots => {
    expectBytes(await slots.readAll(), new Uint8Array(KEY_SLOTS_BYTES));
  });

  check('reads back every slot as it was written last, and no write touches another slot', async slots => {
    const expected = new Uint8Array(KEY_SLOTS_BYTES);
    for (let slot = 0; slot < KEY_SLOTS.count; slot += 1) {
      for (const byte of [100 + slot, 1 + slot]) {
        const bytes = new Uint8Array(KEY_SLOTS.sizeBytes).fill(byte);
        await slots.write(slot, bytes);
        expected.set(bytes, slot * KEY_SLOTS.sizeBytes);
        expectBytes(await slots.readAll(), expected);
      }
    }
  });

  check('fills the rest of a slot with random, over whatever was there', async slots => {
    const rests: Uint8Array[] = [];
    for (const byte of [7, 7]) {
      await slots.write(3, new Uint8Array(KEY_SLOTS.sizeBytes).fill(9));
      await slots.write(3, new Uint8Array(24).fill(byte));
      const slot = slotOf(await slots.readAll(), 3);
      expectBytes(slot.subarray(0, 24), new Uint8Array(24).fill(byte));
      rests.push(slot.subarray(24));
    }
    for (const rest of rests) {
      // 1,000 random bytes have about 250 different values: neither nines nor zeros.
      if (new Set(rest).size < 128) throw new Error('the rest is not random');
    }
    if (rests[0]!.every((byte, i) => byte === rests[1]![i])) throw new Error('the same rest twice');
  });

  check('keeps copies: later changes of the arrays change nothing', async slots => {
    const bytes = new Uint8Array(KEY_SLOTS.sizeBytes).fill(1);
    await slots.write(0, bytes);
    bytes.fill(2);
    const read = await slots.readAll();
    read.fill(3);
    expectBytes(slotOf(await slots.readAll(), 0), new Uint8Array(KEY_SLOTS.sizeBytes).fill(1));
  });

  check('writes sent without waiting land in their order', async slots => {
    const bytes = (byte: number) => new Uint8Array(KEY_SLOTS.sizeBytes).fill(byte);
    await Promise.all(Array.from({ length: 20 }, (_, i) => slots.write(i % 2, bytes(i))));
    const all = await slots.readAll();
    expectBytes(slotOf(all, 0), bytes(18));
    expectBytes(slotOf(all, 1), bytes(19));
  });

  check('slots opened later have what was written', async (slots, place) => {
    await slots.write(15, new Uint8Array(KEY_SLOTS.sizeBytes).fill(5));
    const before = await slots.readAll();
    await slots.close();
    const again = await place.open();
    expectBytes(await again.readAll(), before);
    await again.close();
  });

  check('a slot or size that does not exist is refused, and nothing is written', async slots => {
    const refused: readonly (readonly [number, number])[] = [
      [-1, 1],
      [KEY_SLOTS.count, 1],
      [0.5, 1],
      [0, KEY_SLOTS.sizeBytes + 1],
    ];
    for (const [slot, length] of refused) {
      const error = await failureOf(slots.write(slot, new Uint8Array(length).fill(1)));
      if (!(error instanceof RangeError)) throw new Error(`slot ${slot}, ${length} bytes: ${String(error)}`);
    }
    expectBytes(await slots.readAll(), new Uint8Array(KEY_SLOTS_BYTES));
  });

  check('closed slots refuse everything, and may be closed again', async slots => {
    await slots.close();
    await expectCode(slots.readAll(), 'CLOSED');
    await expectCode(slots.write(0, new Uint8Array(1)), 'CLOSED');
    await expectCode(slots.destroy(), 'CLOSED');
    await slots.close();
  });

  check('destroyed slots are closed, and new when opened again', async (slots, place) => {
    await slots.write(0, new Uint8Array(KEY_SLOTS.sizeBytes).fill(1));
    await slots.destroy();
    await expectCode(slots.readAll(), 'CLOSED');
    const again = await place.open();
    expectBytes(await again.readAll(), new Uint8Array(KEY_SLOTS_BYTES));
    await again.close();
  });
}

function slotOf(all: Uint8Array, slot: number): Uint8Array {
  return all.subarray(slot * KEY_SLOTS.sizeBytes, (slot + 1) * KEY_SLOTS.sizeBytes);
}

async function expectCode(promise: Promise<unknown>, code: VaultErrorCode): Promise<void> {
  const error = await failureOf(promise);
  if (!(error instanceof VaultError) || error.code !== code) {
    throw new Error(`expected VaultError ${code}, got ${String(error)}`);
  }
}

async function failureOf(promise: Promise<unknown>): Promise<unknown> {
  return promise.then(
    () => 'resolved',
    (reason: unknown) => reason,
  );
}

function expectBytes(actual: Uint8Array, expected: Uint8Array): void {
  if (actual.length !== expected.length) throw new Error(`${actual.length} bytes, not ${expected.length}`);
  const at = actual.findIndex((byte, i) => byte !== expected[i]);
  if (at !== -1) throw new Error(`byte ${at} is ${actual[at]}, not ${expected[at]}`);
}
