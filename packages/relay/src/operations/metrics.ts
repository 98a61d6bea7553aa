import { Counter, collectDefaultMetrics, Gauge, Registry } from 'prom-client';
import type { Directory } from '../directory.ts';
import type { RelayObserver } from '../observer.ts';
import type { StreamStore } from '../streamStore.ts';
import { errorFacts, type RelayLog } from './log.ts';

/** Prometheus metrics of one relay, fed by its observer. */
export interface RelayMetrics {
  readonly observer: RelayObserver;
  /** A request about accounts, and `ok` or the code of its refusal. */
  accountStep(step: string, outcome: string): void;
  /** A request about sealed messages over HTTP, and what became of it. */
  sealedStep(step: string, outcome: string): void;
  /** In the text format of Prometheus. */
  text(): Promise<string>;
  readonly contentType: string;
}

/** Counts, and writes what should not happen to the log as well. */
export function createMetrics(store: StreamStore, directory: Directory, log: RelayLog): RelayMetrics {
  const registry = new Registry();
  const registers = [registry];
  collectDefaultMetrics({ register: registry });
  const counter = <Label extends string = never>(name: string, help: string, labelNames: Label[] = []) =>
    new Counter({ name: `sotto_${name}`, help, labelNames, registers });
  const gauge = (name: string, help: string) => new Gauge({ name: `sotto_${name}`, help, registers });

  const connections = gauge('connections', 'Open connections, authenticated or not.');
  const sessions = gauge('sessions', 'Authenticated sessions.');
  const closes = counter('connections_closed_total', 'Connections that ended, by close code.', ['code']);
  const frames = counter('frames_total', 'Frames received, by kind.', ['type']);
  const bytes = counter('frame_bytes_total', 'Bytes of frames received.');
  const refused = counter('refused_total', 'Requests not done, by error code.', ['code']);
  const appended = counter('entries_appended_total', 'Entries stored.');
  const pushed = counter('entries_pushed_total', 'Entries pushed to readers.');
  const deleted = counter('entries_expired_total', 'Entries deleted by retention.');
  const accountSteps = counter('account_requests_total', 'Requests about accounts over HTTP, by outcome.', [
    'step',
    'outcome',
  ]);
  const sealedSteps = counter('sealed_requests_total', 'Requests about sealed messages, by outcome.', [
    'step',
    'outcome',
  ]);
  const failures = counter('failures_total', 'Things that should not happen, by step.', ['step']);
  new Gauge({
    name: 'sotto_stored',
    help: 'What the store holds.',
    labelNames: ['what'],
    registers,
    async collect() {
      const { streams, entries, invites } = await store.counts();
      this.set({ what: 'streams' }, streams);
      this.set({ what: 'entries' }, entries);
      this.set({ what: 'invites' }, invites);
      const { accounts, keyPackages } = await directory.counts();
      this.set({ what: 'accounts' }, accounts);
      this.set({ what: 'key_packages' }, keyPackages);
    },
  });

  const observer: RelayObserver = {
    connectionOpened: () => connections.inc(),
    connectionClosed(code) {
      connections.dec();
      closes.inc({ code: String(code) });
    },
    sessionOpened: () => sessions.inc(),
    sessionClosed: () => sessions.dec(),
    frameReceived(type, sizeBytes) {
      frames.inc({ type });
      bytes.inc(sizeBytes);
    },
    requestRefused: code => refused.inc({ code }),
    entriesAppended: count => appended.inc(count),
    entriesPushed: count => pushed.inc(count),
    swept({ deletedEntries, deletedStreams }) {
      deleted.inc(deletedEntries);
      if (deletedEntries + deletedStreams > 0) log.info('swept', { deletedEntries, deletedStreams });
    },
    failed(step, error) {
      failures.inc({ step });
      log.error('failed', { step, ...errorFacts(error) });
    },
  };
  return {
    observer,
    accountStep: (step, outcome) => accountSteps.inc({ step, outcome }),
    sealedStep: (step, outcome) => sealedSteps.inc({ step, outcome }),
    text: () => registry.metrics(),
    contentType: registry.contentType,
  };
}
