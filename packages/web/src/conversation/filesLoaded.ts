import { useLoaded } from '../shapes/loaded.ts';

type Files = typeof import('../files/files.ts');

let here: Files | undefined;

/** The code for files: loaded when the first is shown, chosen or dropped, and there from then on. */
export async function loadFiles(): Promise<Files> {
  here ??= await import('../files/files.ts');
  return here;
}

/** The same for what is drawn: undefined until it is there. What was loaded before is drawn at once. */
export function useFiles(wanted: boolean): Files | undefined {
  const loaded = useLoaded(wanted && here === undefined, loadFiles, stayWithout);
  return here ?? loaded;
}

/** Whether it is there: for what lies in a tray from before. */
export function filesWereLoaded(): boolean {
  return here !== undefined;
}

function stayWithout(): void {
  // The person was told.
}
