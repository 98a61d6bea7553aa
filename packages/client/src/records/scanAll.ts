import type { Vault } from '@sotto/vault';

const PAGE = 500;

/** Every record under a prefix, read in pages. For what is bounded by members and settings, never for history. */
export async function scanAll(
  vault: Vault,
  prefix: string,
): Promise<readonly { readonly key: string; readonly value: Uint8Array }[]> {
  const found: { readonly key: string; readonly value: Uint8Array }[] = [];
  for (;;) {
    const after = found.at(-1)?.key;
    const page = await vault.scan({ prefix, limit: PAGE, ...(after !== undefined && { after }) });
    found.push(...page);
    if (page.length < PAGE) return found;
  }
}
