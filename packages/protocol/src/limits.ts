/** Caps that both ends hold to before they allocate anything. Sizes in bytes, times in milliseconds. */
export const LIMITS = {
  protocolVersion: 1,
  /** One WebSocket message. */
  frameBytes: 1_048_576,
  /** One entry's payload. */
  payloadBytes: 262_144,
  /** Largest text a person can send in one message, in UTF-8. */
  textBytes: 65_536,
  nameBytes: 128,
  titleBytes: 256,
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
  membersPerStream: 1_000,
  admissionsPerAppend: 50,
  entriesPerPush: 128,
  pushBytes: 524_288,
  /** Entries pushed and not yet acknowledged, per stream and connection. */
  unacknowledgedEntries: 512,
  inviteLifetimeMs: 30 * 24 * 3_600_000,
  endedNoticeMs: 24 * 3_600_000,
} as const;
