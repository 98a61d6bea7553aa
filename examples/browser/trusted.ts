// With Trusted Types a page says which addresses may become scripts. Here: those of its own origin, which the engine's
// Worker is one of. A page without Trusted Types needs none of this.
interface TrustedTypes {
  createPolicy(name: string, rules: { createScriptURL(url: string): string }): unknown;
}

const { trustedTypes } = globalThis as { trustedTypes?: TrustedTypes };
trustedTypes?.createPolicy('default', {
  createScriptURL(url) {
    if (new URL(url, location.href).origin !== location.origin)
      throw new TypeError('a script from elsewhere');
    return url;
  },
});
