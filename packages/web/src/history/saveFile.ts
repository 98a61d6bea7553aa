/** The browser has begun to read it by then, and a large file takes its time. */
const KEPT_FOR_MS = 60_000;

/** Has the browser save a file. The address of the object is good for this page only, and not for long. */
export function saveFile(blob: Blob, fileName: string): void {
  const address = URL.createObjectURL(blob);
  const link = document.createElement('a');
  link.href = address;
  link.download = fileName;
  link.click();
  setTimeout(() => URL.revokeObjectURL(address), KEPT_FOR_MS);
}
