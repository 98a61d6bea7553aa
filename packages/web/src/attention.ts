import type { RoomId } from '@sotto/client';
import { useEffect } from 'preact/hooks';
import type { EngineView, Notice } from './engineView.ts';
import { whenLocked } from './lock/forgetShown.ts';
import { preferences } from './preferences.ts';
import { common, notification } from './words.ts';

/**
 * Calls a person who looks elsewhere: a tone, a notification if they allowed it, and a number in the
 * title. Never text of a message, and no names in the title, because browsers write titles into
 * their history.
 */
export function useAttention(
  view: EngineView | undefined,
  waiting: number,
  openRoom: (roomId: RoomId) => void,
): void {
  useEffect(() => {
    document.title = waiting > 0 ? `(${waiting}) Sotto` : 'Sotto';
  }, [waiting]);

  useEffect(() => {
    if (view === undefined) return;
    return view.onNotice(notice => {
      const away = document.visibilityState !== 'visible' || !document.hasFocus();
      if (!away && notice.what === 'message') return;
      if (preferences().sounds) playTone(notice.what);
      if (away) notify(notice, openRoom);
    });
  }, [view, openRoom]);
}

/** Whether the browser would show a notification, or could be asked. */
export function notificationPermission(): NotificationPermission | 'unsupported' {
  return typeof Notification === 'undefined' ? 'unsupported' : Notification.permission;
}

/** Asks the browser; only ever after a click on a button that says so. */
export async function askForNotifications(): Promise<NotificationPermission> {
  return typeof Notification === 'undefined' ? 'denied' : Notification.requestPermission();
}

const notifications = new Set<Notification>();

// They say who wrote.
whenLocked(() => {
  for (const shown of notifications) shown.close();
  notifications.clear();
});

function notify(notice: Notice, openRoom: (roomId: RoomId) => void): void {
  if (notificationPermission() !== 'granted') return;
  const name = notice.name || common.someone;
  try {
    const shown = new Notification(
      notice.what === 'knock' ? notification.knock(name) : notification.message(name),
      {
        tag: `${notice.what}-${notice.roomId}`,
      },
    );
    notifications.add(shown);
    shown.onclose = () => notifications.delete(shown);
    shown.onclick = () => {
      window.focus();
      openRoom(notice.roomId);
      shown.close();
    };
  } catch {
    // Phones show notifications through a service worker only; the tone and the title remain.
  }
}

let audio: AudioContext | undefined;

const TONES = { knock: [587.3, 880], message: [784] } as const;

/** One or two short sine tones, made on the spot: nothing to load. */
function playTone(what: Notice['what']): void {
  try {
    audio ??= new AudioContext();
    const from = audio.currentTime;
    TONES[what].forEach((frequencyHz, i) => {
      const context = audio!;
      const at = from + i * 0.14;
      const tone = new OscillatorNode(context, { frequency: frequencyHz });
      const volume = new GainNode(context, { gain: 0 });
      volume.gain.setValueAtTime(0, at);
      volume.gain.linearRampToValueAtTime(0.09, at + 0.015);
      volume.gain.exponentialRampToValueAtTime(0.0001, at + 0.3);
      tone.connect(volume).connect(context.destination);
      tone.start(at);
      tone.stop(at + 0.32);
    });
  } catch {
    // No sound before the first click in this page, or none at all: the card is on the screen.
  }
}
