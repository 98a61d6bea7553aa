import { createInterface } from 'node:readline';

/** The first line of a stream; empty where there is none. */
export async function readLine(input: NodeJS.ReadableStream): Promise<string> {
  for await (const line of createInterface({ input })) return line.trim();
  return '';
}
