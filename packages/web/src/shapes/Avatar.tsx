const HUES = 8;

/** A coloured initial. The colour follows the id (a person's is the account's, a guest's the device's), so that the same name twice looks different. */
export function Avatar({ name, id }: { name: string; id: string }) {
  return (
    <span class={`avatar hue-${hueOf(id)}`} aria-hidden="true">
      {initialOf(name)}
    </span>
  );
}

function hueOf(id: string): number {
  let sum = 7;
  for (const char of id) sum = (sum * 31 + char.charCodeAt(0)) % 65_521;
  return sum % HUES;
}

function initialOf(name: string): string {
  const first = /[\p{L}\p{N}\p{Extended_Pictographic}]/u.exec(name)?.[0];
  return first === undefined ? '✦' : first.toLocaleUpperCase();
}
