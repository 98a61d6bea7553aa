import { LIMITS } from '@sotto/protocol';
import { expect, it } from 'vitest';
import { NAME_BYTES, TEXT_BYTES, TITLE_BYTES } from './limits.ts';

it('says the limits that the protocol has', () => {
  expect({ TEXT_BYTES, NAME_BYTES, TITLE_BYTES }).toEqual({
    TEXT_BYTES: LIMITS.textBytes,
    NAME_BYTES: LIMITS.nameBytes,
    TITLE_BYTES: LIMITS.titleBytes,
  });
});
