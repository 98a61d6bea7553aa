export function findChromium(): string | undefined;
export function ensureChromium(say?: (line: string) => void): Promise<string>;
export function ensureAge(say?: (line: string) => void): void;
export function ensureJose(say?: (line: string) => void): void;
