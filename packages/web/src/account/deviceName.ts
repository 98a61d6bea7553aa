/** What a device is called until its person names it: `Chromium on Linux`, `Safari on iPhone`. */
export function deviceName(userAgent: string): string {
  const browser = firstOf(userAgent, [
    [/Edg(?:e|A|iOS)?\//, 'Edge'],
    [/Firefox\/|FxiOS\//, 'Firefox'],
    [/SamsungBrowser\//, 'Samsung Internet'],
    [/OPR\//, 'Opera'],
    [/Chrom(?:e|ium)\/|CriOS\//, 'Chrome'],
    [/Safari\//, 'Safari'],
  ]);
  const system = firstOf(userAgent, [
    [/iPhone/, 'iPhone'],
    [/iPad/, 'iPad'],
    [/Android/, 'Android'],
    [/Mac OS X/, 'Mac'],
    [/Windows/, 'Windows'],
    [/CrOS/, 'Chromebook'],
    [/Linux/, 'Linux'],
  ]);
  if (browser === undefined) return system ?? 'Browser';
  return system === undefined ? browser : `${browser} on ${system}`;
}

function firstOf(text: string, rows: readonly (readonly [RegExp, string])[]): string | undefined {
  return rows.find(([pattern]) => pattern.test(text))?.[1];
}
