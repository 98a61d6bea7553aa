import { Handle } from '@sotto/client/window';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { account as words } from './accountWords.ts';
import { handleMistake, plainHandle } from './handleRules.ts';

describe('handleMistake', () => {
  it('says at once which letter cannot be in it', () => {
    expect(handleMistake('mаra', false)).toBe(words.handleLetter('а'));
    expect(handleMistake('mara s', false)).toBe(words.handleLetter(' '));
    expect(handleMistake('@Mara', false)).toBeUndefined();
  });

  it('waits with what may still be coming', () => {
    for (const unfinished of ['', '@', 'm', 'ma', 'mara.']) {
      expect(handleMistake(unfinished, false), unfinished).toBeUndefined();
      expect(handleMistake(unfinished, true), unfinished).toBeDefined();
    }
  });

  it('tells what nobody may be called', () => {
    expect(handleMistake('sotto-support', false)).toBe(words.handleReserved);
    expect(handleMistake('4dmin', true)).toBe(words.handleFirst);
    expect(handleMistake('mara..x', false)).toBe(words.handleMark);
  });

  it('lets through nothing that is no handle, and stops nothing that is one', () => {
    fc.assert(
      fc.property(fc.stringMatching(/^@?[A-Za-z0-9._@ é-]{0,36}$/), typed => {
        const fits = Handle.is(plainHandle(typed));
        const mistake = handleMistake(typed, true);
        expect(mistake === undefined || mistake === words.handleReserved).toBe(fits);
      }),
    );
  });
});
