import type { FileView, ReadFile, RoomId, TimelineItem } from '@sotto/client';
import type { FakeEngine } from './fakeEngine.ts';

type Message = Extract<TimelineItem, { kind: 'message' }>;

/** A file in a message of the gallery. */
export function file(name: string, sizeBytes: number, more: Partial<FileView> = {}): { file: FileView } {
  return {
    file: { name, mediaType: 'application/octet-stream', sizeBytes, state: { state: 'here' }, ...more },
  };
}

export function picture(
  name: string,
  width: number,
  height: number,
  more: Partial<FileView> = {},
): { file: FileView } {
  return file(name, 238_400, { mediaType: 'image/jpeg', width, height, ...more });
}

/** What stands behind a file of the gallery: a drawing for a picture, a few words for anything else. */
export async function readFake({ file }: Message): Promise<ReadFile | undefined> {
  if (file === undefined) return undefined;
  const { name, mediaType } = file;
  const bytes =
    file.width === undefined || file.height === undefined
      ? new TextEncoder().encode('what is in it')
      : await drawnLake(...fitted(file.width, file.height, 1200));
  return { name, mediaType, bytes };
}

/** Gives the pictures of a log their small form, which takes a moment to draw. */
export async function drawThumbnails(engine: FakeEngine, roomId: RoomId, items: readonly TimelineItem[]) {
  for (const item of items) {
    if (item.kind !== 'message' || item.file?.width === undefined || item.file.height === undefined) continue;
    const thumbnail = await drawnLake(...fitted(item.file.width, item.file.height, 320));
    engine.put(roomId, { ...item, file: { ...item.file, thumbnail } });
  }
}

function fitted(width: number, height: number, longest: number): readonly [width: number, height: number] {
  const scale = Math.min(1, longest / Math.max(width, height));
  return [width * scale, height * scale];
}

/** A lake under an evening sky, as a JPEG. */
export async function drawnLake(width: number, height: number): Promise<Uint8Array> {
  const canvas = new OffscreenCanvas(Math.max(1, Math.round(width)), Math.max(1, Math.round(height)));
  const context = canvas.getContext('2d')!;
  const sky = context.createLinearGradient(0, 0, 0, canvas.height);
  for (const [at, colour] of [
    [0, '#5b3a6e'],
    [0.5, '#f2a65a'],
    [0.56, '#35506b'],
    [1, '#16283a'],
  ] as const)
    sky.addColorStop(at, colour);
  context.fillStyle = sky;
  context.fillRect(0, 0, canvas.width, canvas.height);
  context.fillStyle = '#fff3d6';
  context.arc(canvas.width * 0.62, canvas.height * 0.4, Math.min(canvas.width, canvas.height) * 0.09, 0, 7);
  context.fill();
  const blob = await canvas.convertToBlob({ type: 'image/jpeg', quality: 0.8 });
  return new Uint8Array(await blob.arrayBuffer());
}
