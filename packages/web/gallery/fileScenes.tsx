import type { EngineState, TimelineItem } from '@sotto/client';
import type { ComponentChildren } from 'preact';
import type { FakeEngine } from './fakeEngine.ts';
import { drawThumbnails, file, picture } from './fakeFiles.ts';
import * as f from './fixtures.ts';

type Talk = (
  room: Parameters<typeof f.stateOf>[0][number],
  items: readonly TimelineItem[],
  more?: Partial<EngineState>,
) => ComponentChildren;

const room = {
  ...f.saturdayRoom,
  preview: {
    text: '',
    own: false,
    atMs: f.at(14, 40),
    file: { name: 'lake.jpg', mediaType: 'image/jpeg' },
  },
};

function sent(): readonly TimelineItem[] {
  const lake = f.message(f.mara, f.at(14, 21), 'From the other shore', picture('lake.jpg', 4032, 3024));
  return [
    f.message(f.mara, f.at(14, 20), 'Here it is.'),
    lake,
    f.message(f.jonas, f.at(14, 22), 'I want to be there now', {
      replyTo: {
        messageId: lake.messageId,
        name: 'Mara',
        text: '',
        file: { name: 'lake.jpg', mediaType: 'image/jpeg' },
      },
    }),
    f.message(f.noor, f.at(14, 31), '', file('rota-spring.pdf', 1_240_000, { mediaType: 'application/pdf' })),
    f.message(f.jonas, f.at(14, 32), '', { ...picture('way.jpg', 1200, 2400) }),
    f.message(f.jonas, f.at(14, 35), 'The tickets', {
      ...file('tickets.zip', 240_000),
      state: { state: 'delivered' },
    }),
  ];
}

function onTheWay(): readonly TimelineItem[] {
  const at = { state: 'at-relay' } as const;
  return [
    f.message(
      f.mara,
      f.at(14, 20),
      '',
      picture('beach.jpg', 4032, 3024, { sizeBytes: 3_400_000, state: at }),
    ),
    f.message(f.mara, f.at(14, 21), '', file('film-of-the-whole-day-in-one.mp4', 31_200_000, { state: at })),
    f.message(
      f.noor,
      f.at(14, 22),
      'Noor’s part',
      file('a very long name of a file that somebody gave it without thinking.docx', 4_200_000, {
        state: { state: 'downloading', doneBytes: 2_900_000 },
      }),
    ),
    f.message(f.noor, f.at(14, 23), '', file('old.pdf', 88_000, { state: { state: 'gone' } })),
    f.message(f.noor, f.at(14, 24), '', file('game.exe', 9_400_000)),
    f.message(
      f.noor,
      f.at(14, 25),
      '',
      file('cat.gif', 640_000, { mediaType: 'image/gif', state: { ...at, trouble: 'wrong-bytes' } }),
    ),
    f.message(f.jonas, f.at(14, 33), '', {
      ...picture('hut.jpg', 3000, 2000, { state: { state: 'uploading', doneBytes: 110_000 } }),
      state: { state: 'sending' },
    }),
    f.message(f.jonas, f.at(14, 34), 'For Monday', {
      ...file('agenda.pdf', 2_000_000, { state: { state: 'uploading', doneBytes: 0 } }),
      state: { state: 'failed', reason: 'refused' },
    }),
    f.message(f.mara, f.at(14, 36), '', file('تقرير الرحلة.pdf', 120_000, { mediaType: 'application/pdf' })),
  ];
}

export function fileScenes(
  talk: Talk,
  engine: () => FakeEngine | undefined,
): Record<string, () => ComponentChildren> {
  const shown = (items: readonly TimelineItem[]) => {
    const drawn = talk(room, items);
    void drawThumbnails(engine()!, room.roomId, items);
    return drawn;
  };
  return {
    'files-sent': () => shown(sent()),
    'files-on-the-way': () => shown(onTheWay()),
    'files-viewer': () => shown(sent()),
    'files-tray': () => shown(sent()),
    'files-refused': () => shown(sent()),
    'files-drop': () => shown(sent()),
  };
}
