/** Caps that both ends hold to before they allocate anything. Sizes in bytes, times in milliseconds. */
export const LIMITS = {
  protocolVersion: 1,
  /** One WebSocket message. */
  frameBytes: 2_097_152,
  /** One entry's payload, but for a Commit's. */
  payloadBytes: 262_144,
  /** A Commit's payload: in a tree that nobody has re-keyed it holds 1.2 kB for each member. */
  commitBytes: 1_572_864,
  /** Largest text a person can send in one message, in UTF-8. */
  textBytes: 65_536,
  nameBytes: 128,
  titleBytes: 256,
  /** A room's picture: it is part of every epoch, and of every Welcome. */
  pictureBytes: 10_240,
  sealedCardBytes: 4_096,
  certificateBytes: 1_024,
  /** The payload of a Knock or its answer: a sealed join request. */
  knockBytes: 32_768,
  /** The payload of an Ephemeral. */
  ephemeralBytes: 4_096,
  /** An origin in Authenticate. */
  originBytes: 512,
  failureMessageBytes: 512,
  /** Subscriptions of one device. */
  streamsPerDevice: 4_096,
  /** Counters in one mark of a receipt. */
  missingPerMark: 256,
  emojiBytes: 64,
  /** How long a message that disappears can be read. */
  disappearAfterMinS: 5,
  disappearAfterMaxS: 365 * 24 * 3_600,
  keyPackageBytes: 16_384,
  /** MLS messages in one Bundle. */
  messagesPerBundle: 16,
  /** Devices in one conversation. */
  membersPerStream: 1_024,
  /** One chunk of a blob, as the relay has it. */
  blobChunkBytes: 65_536,
  blobChunks: 1_024,
  blobBytes: 67_108_864,
  /** A file in a message. */
  attachmentBytes: 33_554_432,
  /** The small picture that goes with a message about a file. */
  thumbnailBytes: 12_288,
  fileNameBytes: 255,
  mediaTypeBytes: 127,
  admissionsPerAppend: 50,
  entriesPerPush: 128,
  pushBytes: 524_288,
  /** Entries pushed and not yet acknowledged, per stream and connection. */
  unacknowledgedEntries: 512,
  inviteLifetimeMs: 30 * 24 * 3_600_000,
  handleMinChars: 3,
  handleMaxChars: 32,
  /** Devices in one account's list. */
  devicesPerAccount: 20,
  /** Revoked ids in one account's list. */
  revokedDevices: 100,
  sealedNameBytes: 256,
  /** An encoded DeviceList. */
  deviceListBytes: 16_384,
  /** An encoded SignedDeviceList. */
  signedDeviceListBytes: 16_512,
  accountsPerLookUp: 50,
  /** The account's keys, sealed. */
  sealedBundleBytes: 4_096,
  passkeysPerAccount: 10,
  /** What a passkey is called, and its credential id; sealed. */
  passkeyAboutBytes: 2_048,
  /** An encoded Passkey. */
  passkeyBytes: 8_192,
  /** One KeyPackage in the supply at the relay. */
  publishedKeyPackageBytes: 4_096,
  /** Unclaimed ones of one device. */
  keyPackagesPerDevice: 100,
  /** How long a relay keeps a KeyPackage that nobody claims, and remembers one that was claimed. */
  keyPackageLifetimeMs: 90 * 24 * 3_600_000,
  /** What a new device leaves at a relay for one that is in, and what it is answered; sealed. */
  deviceOfferBytes: 2_048,
  deviceAnswerBytes: 24_576,
  /** The body of an HTTP request or answer about accounts. */
  accountBodyBytes: 32_768,
  /** RSA keys in one publication: the two that are current, and those that were before. */
  sealedKeys: 16,
  /** Encoded SealedKeys, and signed. */
  sealedKeysBytes: 16_384,
  signedSealedKeysBytes: 16_512,
  /** The private ones, wrapped. */
  wrappedSealedKeysBytes: 65_536,
  /** One sealed message in an entry. What is posted may be larger: the relay keeps it as a blob. */
  sealedMessageBytes: 196_608,
  /** One sealed message, as it is posted: its attachments grow by 16/9 on their way into a JWE. */
  sealedPostBytes: 16_777_216,
  sealedAttachments: 10,
  /** All attachments of one sealed message together, before they are encoded. */
  sealedAttachmentsBytes: 8_388_608,
  sealedSourcesPerAccount: 100,
  /** What a source is called, sealed. */
  sealedAboutBytes: 512,
  /** The highest limit of a source. */
  sealedPerHour: 3_600,
  endedNoticeMs: 24 * 3_600_000,
} as const;
