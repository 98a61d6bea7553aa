import type { MessageId } from '@sotto/protocol';
import type { SendState } from '../projection.ts';
import type { Conversation } from './conversation.ts';
import { awaited, type Device, type MessageItem, type Waiting } from './device.ts';
import { MessageFile } from './messageFile.ts';
import { SottoError, told } from './sottoError.ts';

/** A message of a conversation, as this device has it. */
export class Message {
  constructor(
    readonly conversation: Conversation,
    private readonly item: MessageItem,
    private readonly device: Device,
  ) {}

  get id(): MessageId {
    return this.item.messageId;
  }

  get text(): string {
    return this.item.text;
  }

  /** Who wrote it. The name is what they call themselves, and proves nothing; `guest` is from their certificate. */
  get author(): MessageItem['author'] {
    return this.item.author;
  }

  /** By the author's clock. */
  get sentAt(): Date {
    return new Date(this.item.sentAtMs);
  }

  /** The message that this one answers, as far as this device has it. */
  get replyTo(): MessageItem['replyTo'] {
    return this.item.replyTo;
  }

  /** How far an own message has come. */
  get state(): SendState['state'] | undefined {
    return this.item.send?.state;
  }

  /** Its place in the log. */
  get order(): number {
    return this.item.order;
  }

  /** The file that it brings; its `text` is what is said with it. */
  get file(): MessageFile | undefined {
    const { file, messageId, order } = this.item;
    if (file === undefined) return undefined;
    return new MessageFile({ roomId: this.conversation.id, id: messageId, order }, file, this.device);
  }

  /** It was deleted, and its text is gone. */
  get deleted(): boolean {
    return this.item.deleted === true;
  }

  /** How long it stays once it is read, in seconds; `undefined`: for good. */
  get disappearAfterS(): number | undefined {
    return this.item.disappearAfterS;
  }

  /** Answers it, quoting it. Throws as `Conversation.send`. */
  reply(text: string): Promise<SentMessage> {
    return this.conversation.send(text, { replyTo: this.id });
  }
}

const STEPS = ['sending', 'sent', 'delivered', 'read'] as const;

/** A message that is on its way: it is on this device's disk, and goes out as soon as the relay can be reached. */
export class SentMessage {
  constructor(
    readonly conversation: Conversation,
    readonly id: MessageId,
    private readonly device: Device,
  ) {}

  /**
   * Until the relay has it (`sent`), or everybody in the conversation has it (`delivered`), or has read it (`read`).
   * Throws `MESSAGE_FAILED`, `TIMED_OUT`, `CANCELLED`.
   */
  async reached(step: 'sent' | 'delivered' | 'read', waiting: Waiting = {}): Promise<void> {
    const window = this.device.window();
    try {
      await awaited<void>(waiting, (settle, fail) => {
        const stop = window.subscribe(event => {
          if (event.type !== 'timeline' || event.roomId !== this.conversation.id) return;
          for (const item of event.upserts) {
            if (item.kind !== 'message' || item.messageId !== this.id || item.send === undefined) continue;
            const { send } = item;
            if (send.state === 'failed')
              fail(new SottoError('MESSAGE_FAILED', `the message will not arrive: ${send.reason}`));
            else if (STEPS.indexOf(send.state) >= STEPS.indexOf(step)) settle();
          }
        });
        told(() => window.openTimeline(this.conversation.id)).catch(fail);
        return stop;
      });
    } finally {
      await window.close();
    }
  }
}
