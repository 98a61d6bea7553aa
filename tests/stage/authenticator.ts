import type { CDPSession, Page } from 'playwright-core';

/** What a person has at hand to keep passkeys in; it says yes to all it is asked. It belongs to one tab. */
export class Authenticator {
  private constructor(
    private readonly devtools: CDPSession,
    private readonly authenticatorId: string,
  ) {}

  static async plugInto(page: Page, { hasPrf = true } = {}): Promise<Authenticator> {
    const devtools = await page.context().newCDPSession(page);
    await devtools.send('WebAuthn.enable');
    const { authenticatorId } = await devtools.send('WebAuthn.addVirtualAuthenticator', {
      options: {
        protocol: 'ctap2',
        ctap2Version: 'ctap2_1',
        transport: 'internal',
        hasResidentKey: true,
        hasUserVerification: true,
        hasPrf,
        isUserVerified: true,
        automaticPresenceSimulation: true,
      },
    });
    return new Authenticator(devtools, authenticatorId);
  }

  /** The passkeys that it keeps, each by what it is listed under. */
  async passkeys(): Promise<readonly (string | undefined)[]> {
    const { authenticatorId } = this;
    const { credentials } = await this.devtools.send('WebAuthn.getCredentials', { authenticatorId });
    return credentials.map(({ userName }) => userName);
  }

  async pullOut(): Promise<void> {
    const { authenticatorId } = this;
    await this.devtools.send('WebAuthn.removeVirtualAuthenticator', { authenticatorId });
  }
}
