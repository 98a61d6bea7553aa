import { describe, expect, it } from 'vitest';
import { describeVectors } from '../../testVectors.ts';
import { WITH_NOBLE_AES } from '../testProviders.ts';
import { runSuite, type VectorSuite } from './vectorSuite.ts';
import { suitesFor, VECTOR_SUITES } from './vectorSuites.ts';

function everyProvider(suite: VectorSuite, data: unknown): void {
  const asked = WITH_NOBLE_AES.filter(provider => suitesFor(provider).includes(suite));
  it.each(asked)('$name holds for every case', provider => {
    expect(runSuite(suite, provider, data)).toBeGreaterThan(0);
  });
}

describe('vectors', () => {
  for (const suite of VECTOR_SUITES) {
    const { name, from } = suite;
    if (from === undefined) describe(name, () => everyProvider(suite, undefined));
    else describeVectors(from.file, from.source, data => everyProvider(suite, data));
  }
});

it('a suite that runs too little fails', () => {
  const suite = { name: 'short', atLeast: { valid: 2 }, run: () => ({ valid: 1 }) };
  expect(() => runSuite(suite, WITH_NOBLE_AES[0]!, undefined)).toThrow('1 cases are valid, not 2');
  expect(() => runSuite({ ...suite, run: () => ({}) }, WITH_NOBLE_AES[0]!, undefined)).toThrow('kinds');
});
