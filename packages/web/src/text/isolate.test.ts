import { describe, expect, it } from 'vitest';
import { isolate } from './isolate.ts';

describe('isolate', () => {
  it('leaves an ordinary name as it is', () => {
    expect(isolate('Mara Nowak-Łuć')).toBe('Mara Nowak-Łuć');
    expect(isolate('李小龍')).toBe('李小龍');
  });

  it('puts right-to-left names between isolates', () => {
    expect(isolate('مارا')).toBe('\u2068مارا\u2069');
    expect(isolate('נועה 3')).toBe('\u2068נועה 3\u2069');
  });

  it('takes out controls that would turn the sentence around or close the isolate', () => {
    expect(isolate('evil\u202etxt.exe')).toBe('eviltxt.exe');
    expect(isolate('א\u2069b\u2066')).toBe('\u2068אb\u2069');
  });
});
