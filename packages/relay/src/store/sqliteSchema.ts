import type { SqliteDatabase } from './sqliteDatabase.ts';

/**
 * One step per schema version, never changed once released: `PRAGMA user_version` counts those that were done.
 *
 * Rows are found by their primary key alone. Entries of one stream lie side by side, in order.
 */
const MIGRATIONS: readonly string[] = [
  `
  CREATE TABLE streams (
    no INTEGER PRIMARY KEY AUTOINCREMENT,
    kind TEXT NOT NULL,
    id TEXT NOT NULL,
    condition TEXT NOT NULL,
    head_seq INTEGER NOT NULL,
    epoch INTEGER NOT NULL,
    commit_seq INTEGER NOT NULL,
    floor_seq INTEGER NOT NULL,
    ended_at_ms INTEGER NOT NULL,
    UNIQUE (id, kind)
  ) STRICT;
  CREATE INDEX streams_ended ON streams (ended_at_ms) WHERE ended_at_ms > 0;

  CREATE TABLE subscriptions (
    stream_no INTEGER NOT NULL,
    device_id TEXT NOT NULL,
    admin INTEGER NOT NULL,
    acknowledged_seq INTEGER NOT NULL,
    lost_up_to_seq INTEGER NOT NULL,
    ends_at_seq INTEGER NOT NULL,
    PRIMARY KEY (stream_no, device_id)
  ) STRICT, WITHOUT ROWID;
  CREATE INDEX subscriptions_device ON subscriptions (device_id);

  CREATE TABLE entries (
    stream_no INTEGER NOT NULL,
    seq INTEGER NOT NULL,
    kind TEXT NOT NULL,
    dedupe_id TEXT NOT NULL,
    payload BLOB NOT NULL,
    received_at_ms INTEGER NOT NULL,
    invite_token TEXT,
    device_id TEXT,
    PRIMARY KEY (stream_no, seq)
  ) STRICT, WITHOUT ROWID;

  CREATE TABLE appended (
    stream_no INTEGER NOT NULL,
    dedupe_id TEXT NOT NULL,
    seq INTEGER NOT NULL,
    received_at_ms INTEGER NOT NULL,
    PRIMARY KEY (stream_no, dedupe_id)
  ) STRICT, WITHOUT ROWID;

  CREATE TABLE invites (
    token TEXT PRIMARY KEY,
    stream_no INTEGER NOT NULL,
    owner_id TEXT NOT NULL,
    expires_at_ms INTEGER NOT NULL,
    max_uses INTEGER NOT NULL,
    uses INTEGER NOT NULL,
    sealed_card BLOB NOT NULL,
    status TEXT NOT NULL,
    closed_at_ms INTEGER NOT NULL
  ) STRICT, WITHOUT ROWID;
  CREATE INDEX invites_stream ON invites (stream_no);
  CREATE INDEX invites_open ON invites (expires_at_ms) WHERE status = 'open';

  CREATE TABLE knocks (
    token TEXT NOT NULL,
    device_id TEXT NOT NULL,
    blocked INTEGER NOT NULL,
    PRIMARY KEY (token, device_id)
  ) STRICT, WITHOUT ROWID;
  CREATE INDEX knocks_device ON knocks (device_id);
  `,
  // What each stream takes up: payloads and 256 bytes an entry.
  `
  ALTER TABLE streams ADD COLUMN stored_bytes INTEGER NOT NULL DEFAULT 0;
  UPDATE streams SET stored_bytes =
    (SELECT coalesce(sum(length(payload) + 256), 0) FROM entries WHERE stream_no = streams.no);
  `,
  // Single numbers by name.
  `
  CREATE TABLE marks (
    name TEXT PRIMARY KEY,
    value INTEGER NOT NULL
  ) STRICT, WITHOUT ROWID;
  `,
  // Accounts. Of a KeyPackage that was claimed only the hash stays, so that it is not given out twice.
  `
  CREATE TABLE accounts (
    account_id TEXT PRIMARY KEY,
    handle TEXT NOT NULL UNIQUE,
    skeleton TEXT NOT NULL UNIQUE,
    account_key BLOB NOT NULL,
    registration_record BLOB NOT NULL,
    sealed_bundle BLOB NOT NULL,
    recovery_bundle BLOB NOT NULL,
    recovery_proof_hash BLOB NOT NULL,
    list_counter INTEGER NOT NULL,
    signed_device_list BLOB NOT NULL
  ) STRICT;

  CREATE TABLE account_devices (
    account_id TEXT NOT NULL,
    device_id TEXT NOT NULL,
    revoked INTEGER NOT NULL,
    place INTEGER NOT NULL,
    PRIMARY KEY (account_id, device_id)
  ) STRICT, WITHOUT ROWID;

  CREATE TABLE kept_handles (
    skeleton TEXT PRIMARY KEY,
    until_ms INTEGER NOT NULL
  ) STRICT, WITHOUT ROWID;

  CREATE TABLE key_packages (
    no INTEGER PRIMARY KEY AUTOINCREMENT,
    account_id TEXT NOT NULL,
    device_id TEXT NOT NULL,
    hash TEXT NOT NULL,
    key_package BLOB,
    published_at_ms INTEGER NOT NULL,
    UNIQUE (account_id, device_id, hash)
  ) STRICT;
  CREATE INDEX key_packages_unclaimed ON key_packages (account_id, device_id, no) WHERE key_package IS NOT NULL;
  CREATE INDEX key_packages_published ON key_packages (published_at_ms);

  CREATE TABLE last_resorts (
    account_id TEXT NOT NULL,
    device_id TEXT NOT NULL,
    key_package BLOB NOT NULL,
    PRIMARY KEY (account_id, device_id)
  ) STRICT;

  CREATE TABLE invitations (
    code_hash TEXT PRIMARY KEY,
    expires_at_ms INTEGER NOT NULL
  ) STRICT, WITHOUT ROWID;
  `,
  // Each acknowledgement asks whether all have read on: of a thousand readers the first in the index tells.
  `
  CREATE INDEX subscriptions_acknowledged ON subscriptions (stream_no, acknowledged_seq);
  `,
  // Sealed messages: what accounts publish for them, and who may post by a token of their own.
  `
  CREATE TABLE sealed_keys (
    account_id TEXT PRIMARY KEY,
    counter INTEGER NOT NULL,
    signed BLOB NOT NULL,
    wrapped BLOB NOT NULL
  ) STRICT;

  CREATE TABLE sealed_sources (
    source_id TEXT PRIMARY KEY,
    account_id TEXT NOT NULL,
    token_hash TEXT NOT NULL UNIQUE,
    sealed_about BLOB NOT NULL,
    per_hour INTEGER NOT NULL,
    created_at_ms INTEGER NOT NULL
  ) STRICT;
  CREATE INDEX sealed_sources_account ON sealed_sources (account_id);
  `,
  // What signs in to an account by a passkey.
  `
  CREATE TABLE passkeys (
    no INTEGER PRIMARY KEY AUTOINCREMENT,
    sign_in_key BLOB NOT NULL UNIQUE,
    account_id TEXT NOT NULL,
    sealed_bundle BLOB NOT NULL,
    sealed_about BLOB NOT NULL
  ) STRICT;
  CREATE INDEX passkeys_account ON passkeys (account_id);
  `,
  // Devices that have shown by a session that they are an account's: anybody can write another's into a list. Of those
  // from before it is not known which have: all are taken for such.
  `
  CREATE TABLE proven_devices (
    account_id TEXT NOT NULL,
    device_id TEXT NOT NULL,
    PRIMARY KEY (account_id, device_id)
  ) STRICT, WITHOUT ROWID;
  INSERT INTO proven_devices SELECT account_id, device_id FROM account_devices;
  `,
];

/** Brings a database to the newest schema; throws when it was written by a later version of Sotto. */
export function migrate(database: SqliteDatabase): void {
  const { user_version: version } = database.prepare('PRAGMA user_version').get() as { user_version: number };
  if (version > MIGRATIONS.length) {
    throw new Error(`The database has schema ${version}; this version of Sotto knows ${MIGRATIONS.length}.`);
  }
  for (let step = version; step < MIGRATIONS.length; step++) {
    database.exec(`BEGIN IMMEDIATE; ${MIGRATIONS[step]} PRAGMA user_version = ${step + 1}; COMMIT`);
  }
}
