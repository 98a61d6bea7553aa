export function pack(say?: (line: string) => void): Promise<string>;
