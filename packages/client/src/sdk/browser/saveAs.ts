/** Never a kind that a browser would open by itself. */
const TYPE = 'application/octet-stream';
/** A browser reads it a moment after it was told to. */
const KEPT_MS = 60_000;

/** Has the browser save bytes, under a name that it may change; gives the one it was told. */
export async function saveAs(bytes: Uint8Array, nameOf: (copy: string) => string): Promise<string> {
  const address = URL.createObjectURL(new Blob([bytes as BlobPart], { type: TYPE }));
  const link = document.createElement('a');
  link.href = address;
  link.download = nameOf('');
  link.click();
  setTimeout(() => URL.revokeObjectURL(address), KEPT_MS);
  return link.download;
}
