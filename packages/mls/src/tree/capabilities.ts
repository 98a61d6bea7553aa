import { type Codec, decode, encode, type Struct, struct, uint16, vector } from '../codec/codec.ts';
import { EXTENSION, type Extension, extensionData, isDefaultExtension } from './extension.ts';

const types = vector(uint16);

const capabilitiesFields = {
  versions: types,
  cipherSuites: types,
  extensions: types,
  proposals: types,
  credentials: types,
};

/** What a client supports (RFC 9420 §7.2). Unknown and GREASE values are carried and ignored. */
export type Capabilities = Struct<typeof capabilitiesFields>;
export const capabilitiesCodec: Codec<Capabilities> = struct(capabilitiesFields);

const requiredFields = { extensions: types, proposals: types, credentials: types };

/** The `required_capabilities` extension of a group (RFC 9420 §11.1). */
export type RequiredCapabilities = Struct<typeof requiredFields>;
const requiredCodec: Codec<RequiredCapabilities> = struct(requiredFields);

/** The extension that demands these capabilities of every member. */
export function requiredCapabilitiesExtension(required: RequiredCapabilities): Extension {
  return { type: EXTENSION.requiredCapabilities, data: encode(requiredCodec, required) };
}

/** What a group demands of its members; nothing where it has no such extension. */
export function requiredCapabilitiesOf(extensions: readonly Extension[]): RequiredCapabilities | undefined {
  const data = extensionData(extensions, EXTENSION.requiredCapabilities);
  return data === undefined ? undefined : decode(requiredCodec, data);
}

export function supportsExtension(capabilities: Capabilities, type: number): boolean {
  return isDefaultExtension(type) || capabilities.extensions.includes(type);
}

/** Proposal types 1 to 7 are known to every client (RFC 9420 §7.2). */
function supportsProposal(capabilities: Capabilities, type: number): boolean {
  return (type >= 1 && type <= 7) || capabilities.proposals.includes(type);
}

/** True where a client with these capabilities can be in a group that demands `required`. */
export function meetsRequired(capabilities: Capabilities, required: RequiredCapabilities): boolean {
  return (
    required.extensions.every(type => supportsExtension(capabilities, type)) &&
    required.proposals.every(type => supportsProposal(capabilities, type)) &&
    required.credentials.every(type => capabilities.credentials.includes(type))
  );
}
