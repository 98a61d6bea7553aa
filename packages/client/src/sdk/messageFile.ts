import type { MessageId } from '@sotto/protocol';
import type { FileView, RoomId } from '../projection.ts';
import { awaited, type Device, type Waiting } from './device.ts';
import { savedName } from './savedName.ts';
import { SottoError, told } from './sottoError.ts';

/** The file of a message. What stands in it is its sender's word, but for its size. */
export class MessageFile {
  constructor(
    private readonly message: { readonly roomId: RoomId; readonly id: MessageId; readonly order: number },
    private readonly view: FileView,
    private readonly device: Device,
  ) {}

  /** Such as can be shown; never a path. */
  get name(): string {
    return this.view.name;
  }

  /** `type/subtype`. */
  get mediaType(): string {
    return this.view.mediaType;
  }

  get sizeBytes(): number {
    return this.view.sizeBytes;
  }

  /** Of a picture: its size in pixels, and a small JPEG of it. */
  get picture(): Pick<FileView, 'width' | 'height' | 'thumbnail'> {
    const { width, height, thumbnail } = this.view;
    return {
      ...(width !== undefined && { width }),
      ...(height !== undefined && { height }),
      ...(thumbnail && { thumbnail }),
    };
  }

  /** Where it was when the message was handed over. */
  get state(): FileView['state']['state'] {
    return this.view.state.state;
  }

  /**
   * Its bytes: from this device, or from the relay, which keeps it for some weeks. Throws `FILE_GONE`, `FILE_DAMAGED`,
   * `STORAGE_FULL`, `TIMED_OUT`, `CANCELLED`, `UNKNOWN_MESSAGE` where it was deleted.
   */
  async read(waiting: Waiting = {}): Promise<Uint8Array> {
    const { roomId, id, order } = this.message;
    const window = this.device.window();
    try {
      const here = await told(() => window.readFile(roomId, id));
      if (here !== undefined) return here.bytes;
      await awaited<void>(waiting, (settle, fail) => {
        let isAsked = false;
        const stop = window.subscribe(event => {
          if (event.type !== 'timeline' || event.roomId !== roomId) return;
          for (const item of event.upserts) {
            if (item.kind !== 'message' || item.messageId !== id || item.file === undefined) continue;
            const { state } = item.file;
            if (state.state === 'here') settle();
            else if (state.state === 'gone')
              fail(new SottoError('FILE_GONE', 'the relay does not have it any more'));
            else if (isAsked && state.state === 'at-relay' && state.trouble !== undefined)
              fail(troubled(state.trouble));
          }
        });
        told(async () => {
          await window.openTimeline(roomId, order);
          isAsked = true;
          await window.fetchFile(roomId, id);
        }).catch(fail);
        return stop;
      });
      const read = await told(() => window.readFile(roomId, id));
      if (read === undefined) throw new SottoError('UNKNOWN_MESSAGE', 'the file went while it was read');
      return read.bytes;
    } finally {
      await window.close();
    }
  }

  /**
   * Saves it under its name, or under a generated one where that could do harm, and over nothing that is there. In Node
   * into `folder` (here where it is left out); gives the path. In a page the browser asks or saves as it is set to.
   * Throws as `read`, `SAVE_FAILED`.
   */
  async save(folder?: string, waiting: Waiting = {}): Promise<string> {
    const bytes = await this.read(waiting);
    return this.device.save(bytes, copy => savedName(this.name, this.mediaType, copy), folder);
  }
}

function troubled(trouble: 'wrong-bytes' | 'storage-full'): SottoError {
  return trouble === 'storage-full'
    ? new SottoError('STORAGE_FULL', 'this device has no room for it', { retryable: true })
    : new SottoError('FILE_DAMAGED', 'what the relay gave is not what was sent');
}
