import { suiteOf } from '../crypto/suites.ts';
import {
  adoptCommit,
  type CommitResult,
  type Group,
  groupInfoOf,
  loadGroup,
  MlsError,
  open,
} from '../index.ts';
import { epochsFoundByRemoved } from './removedMember.ts';
import { type Party, Scenario, seededRandom, text, utf8 } from './scenario.ts';

/** Members that a history has at most. */
const MAX_MEMBERS = 14;

interface Letter {
  readonly message: Uint8Array;
  readonly words: string;
  readonly to: Set<Party>;
}

/** What a history came to, for a test to judge. */
export interface HistoryCounts {
  commits: number;
  joins: number;
  externalJoins: number;
  removals: number;
  letters: number;
  reloads: number;
  lostCommits: number;
}

/** A fault that a history found. */
class HistoryFault extends Error {}

function expectThat(holds: boolean, what: string): void {
  if (!holds) throw new HistoryFault(what);
}

/**
 * A random life of a group: members come, go, renew their keys, write and read out of order, save and load. Every
 * step checks that all members agree and that what they stored write by write is their whole state.
 */
export class History {
  readonly #scenario: Scenario;
  readonly #dice: () => number;
  readonly counts: HistoryCounts = {
    commits: 0,
    joins: 0,
    externalJoins: 0,
    removals: 0,
    letters: 0,
    reloads: 0,
    lostCommits: 0,
  };
  members: Party[];
  #letters: Letter[] = [];
  #names = 0;

  constructor(suite: number, seed: number) {
    this.#scenario = new Scenario({ suite, seed, policy: { externalCommits: 'psk-bound' } });
    const bytes = seededRandom(seed ^ 0x5eed);
    this.#dice = () => {
      const [a, b, c] = bytes(3);
      return ((a as number) << 16) | ((b as number) << 8) | (c as number);
    };
    this.members = [this.#scenario.founder('founder')];
  }

  #below(limit: number): number {
    return this.#dice() % limit;
  }

  #pick<T>(items: readonly T[]): T {
    return items[this.#below(items.length)] as T;
  }

  #some<T>(items: readonly T[], count: number): T[] {
    const left = [...items];
    const picked: T[] = [];
    while (picked.length < count && left.length > 0) picked.push(...left.splice(this.#below(left.length), 1));
    return picked;
  }

  step(): void {
    const choice = this.#below(100);
    if (this.members.length < 2 || choice < 16) this.#commit({ adds: 1 + this.#below(3) });
    else if (choice < 24) this.#commit({ removes: 1 });
    else if (choice < 28) this.#commit({ removes: 1 + this.#below(3) });
    else if (choice < 34) this.#commit({ adds: this.#below(3), removes: this.#below(3) });
    else if (choice < 42) this.#commit({});
    else if (choice < 54) this.#propose();
    else if (choice < 58) this.#loseCommit();
    else if (choice < 66) this.#joinExternally();
    else if (choice < 88) this.#write();
    else if (choice < 95) this.#reload(this.#pick(this.members));
    else this.#deliver(this.#letters.length);
    this.#deliver(this.#below(4));
  }

  #commit(wanted: { adds?: number; removes?: number }): void {
    const committer = this.#pick(this.members);
    const others = this.members.filter(member => member !== committer);
    const removed = this.#some(others, Math.min(wanted.removes ?? 0, this.members.length - 2));
    const room = MAX_MEMBERS - this.members.length + removed.length;
    const newcomers = Array.from({ length: Math.min(wanted.adds ?? 0, room) }, () =>
      this.#scenario.party(`member ${this.#names++}`),
    );
    const keyPackages = newcomers.map(newcomer => newcomer.keyPackage());
    const withPsk = this.#below(5) === 0;
    const psk = { id: utf8(`psk ${this.counts.commits}`), psk: this.#scenario.random(32) };
    const treeInWelcome = this.#below(4) !== 0;
    const result = committer.prepare({
      adds: keyPackages.map(({ keyPackage }) => keyPackage),
      removes: removed.map(member => member.leafIndex),
      psks: withPsk ? [psk] : [],
      forcePath: this.#below(3) !== 0,
      wireFormat: this.#below(3) === 0 ? 'public' : 'private',
      treeInWelcome,
      ...(this.#below(8) === 0 && { groupExtensions: groupInfoOf(committer.group).extensions }),
      ...(this.#below(3) === 0 && { includePending: false }),
    });
    this.#spread(committer, others, result, () => psk.psk);
    for (const [index, newcomer] of newcomers.entries()) {
      const tree = result.ratchetTree === undefined ? {} : { ratchetTree: result.ratchetTree };
      newcomer.join(result.welcome as Uint8Array, keyPackages[index] as (typeof keyPackages)[number], {
        psk: () => psk.psk,
        ...tree,
      });
      this.members.push(newcomer);
      this.counts.joins++;
    }
    this.#checkAgreement();
  }

  /** Somebody comes in by an external Commit: a new member, or one in the place of its former self. */
  #joinExternally(): void {
    const host = this.#pick(this.members);
    const psk = { id: utf8(`link ${this.counts.externalJoins}`), psk: this.#scenario.random(32) };
    const returns = this.members.length > 2 && (this.#below(2) === 0 || this.members.length === MAX_MEMBERS);
    const former = returns ? this.#pick(this.members) : undefined;
    const joiner = this.#scenario.party(former?.name ?? `member ${this.#names++}`);
    if (former === undefined && this.members.length === MAX_MEMBERS) return;
    const result = joiner.prepareExternalJoin(
      host.groupInfo(),
      psk,
      former === undefined ? {} : { formerLeafIndex: former.leafIndex },
    );
    if (this.#below(6) === 0) {
      this.counts.lostCommits++;
      return;
    }
    joiner.start(result.group, result.writes);
    this.#tell(this.members, result.commit, joiner, () => psk.psk);
    this.members.push(joiner);
    this.counts.externalJoins++;
    this.#checkAgreement();
  }

  /** Delivers a Commit to everybody; those removed try what they can. */
  #spread(committer: Party, others: readonly Party[], result: CommitResult, psk: () => Uint8Array): void {
    // What comes in between making a Commit and its acceptance belongs to the epoch that it ends.
    if (this.#deliverTo(committer)) {
      const adopted = adoptCommit(committer.group, result.next);
      committer.take(adopted.group, adopted.writes);
    } else committer.take(result.next, result.writes);
    this.#tell(others, result.commit, committer, psk);
  }

  #tell(readers: readonly Party[], message: Uint8Array, committer: Party, psk: () => Uint8Array): void {
    for (const member of readers) {
      const before = member.group;
      const opened = member.receive(message, { psk });
      expectThat(opened.kind === 'commit', 'commit was opened as something else');
      if (opened.kind !== 'commit' || !opened.selfRemoved) continue;
      this.members = this.members.filter(other => other !== member);
      this.counts.removals++;
      expectThat(member.stored.size === 0, 'removed member still stores something');
      this.#tryAsRemoved(member, before, message, committer, psk);
    }
    this.#letters = [];
    this.counts.commits++;
  }

  #tryAsRemoved(
    member: Party,
    before: Group,
    message: Uint8Array,
    committer: Party,
    psk: () => Uint8Array,
  ): void {
    const crypto = { provider: member.env.provider, suite: suiteOf(this.#scenario.suite) };
    expectThat(
      epochsFoundByRemoved(crypto, before, message, psk) === 0,
      'removed member found the next epoch',
    );
    const next = committer.say('not for you');
    for (const group of [before, member.group]) {
      try {
        open(member.env, group, next);
      } catch (error) {
        if (error instanceof MlsError && ['WRONG_EPOCH', 'REMOVED'].includes(error.code)) continue;
        throw error;
      }
      throw new HistoryFault('removed member read a message of the next epoch');
    }
  }

  /** Several members propose; a Commit takes along what goes together. */
  #propose(): void {
    for (const proposer of this.#some(this.members, 1 + this.#below(3))) {
      const kind = this.#below(4);
      const target = this.#pick(this.members);
      const newcomer = this.#scenario.party(`proposed ${this.#names++}`);
      const message =
        kind === 0 && target !== proposer && this.members.length > 3
          ? proposer.propose({ kind: 'remove', leafIndex: target.leafIndex })
          : kind === 1
            ? proposer.propose({ kind: 'add', keyPackage: newcomer.keyPackage().keyPackage })
            : proposer.propose(
                { kind: 'update' },
                { wireFormat: this.#below(2) === 0 ? 'public' : 'private' },
              );
      for (const member of this.members) if (member !== proposer) member.receive(message);
    }
    if (this.#below(3) !== 0) this.#commitProposed();
  }

  /** Newcomers by proposal never join here: they stay as members nobody hears of, until they are removed. */
  #commitProposed(): void {
    const committer = this.#pick(this.members);
    const ghosts = groupInfoOf(committer.group).members.filter(({ leafIndex }) =>
      this.members.every(member => member.leafIndex !== leafIndex),
    );
    const result = committer.prepare({ removes: ghosts.map(({ leafIndex }) => leafIndex as number) });
    const others = this.members.filter(member => member !== committer);
    this.#spread(committer, others, result, () => new Uint8Array(0));
    this.#checkAgreement();
  }

  /** A Commit that nobody takes: its author goes on as if it had not been. */
  #loseCommit(): void {
    this.#pick(this.members).prepare({});
    this.counts.lostCommits++;
  }

  #write(): void {
    const writer = this.#pick(this.members);
    const words = `letter ${this.counts.letters++}`;
    const to = new Set(this.members.filter(member => member !== writer));
    this.#letters.push({ message: writer.say(words), words, to });
  }

  /** Delivers that many letters, each to somebody who has not read it yet, in random order. */
  #deliver(count: number): void {
    for (let index = 0; index < count && this.#letters.length > 0; index++) {
      const letter = this.#pick(this.#letters);
      const reader = this.#pick([...letter.to]);
      if (reader !== undefined) {
        letter.to.delete(reader);
        expectThat(reader.hear(letter.message) === letter.words, 'letter was read wrongly');
      }
      if (letter.to.size === 0) this.#letters = this.#letters.filter(other => other !== letter);
    }
  }

  /** Delivers to this reader what is on its way to it; false where that is nothing. */
  #deliverTo(reader: Party): boolean {
    const waiting = this.#some(
      this.#letters.filter(letter => letter.to.has(reader)),
      this.#below(4),
    );
    for (const letter of waiting) {
      letter.to.delete(reader);
      expectThat(reader.hear(letter.message) === letter.words, 'letter was read wrongly');
    }
    this.#letters = this.#letters.filter(letter => letter.to.size > 0);
    return waiting.length > 0;
  }

  #reload(member: Party): void {
    expectThat(member.isStoredFaithfully(), 'what was stored is not the state');
    member.take(loadGroup(member.stored), []);
    expectThat(member.isStoredFaithfully(), 'loading changed the state');
    this.counts.reloads++;
  }

  #checkAgreement(): void {
    const agreements = new Set(this.members.map(member => member.agreement));
    expectThat(agreements.size === 1, `members do not agree: ${[...agreements].join(' | ')}`);
  }

  /** Everybody reads what is left, saves, loads, and hears everybody else. */
  finish(): void {
    while (this.#letters.length > 0) this.#deliver(1);
    for (const member of this.members) this.#reload(member);
    this.#checkAgreement();
    for (const writer of this.members) {
      const message = writer.say(`last words of ${writer.name}`);
      for (const reader of this.members) {
        if (reader === writer) continue;
        const opened = reader.receive(message);
        const heard = opened.kind === 'application' ? text(opened.plaintext) : '';
        expectThat(heard === `last words of ${writer.name}`, 'last words were not heard');
      }
    }
  }
}
