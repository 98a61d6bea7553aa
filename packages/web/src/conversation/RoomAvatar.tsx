import type { EnginePort, RoomView } from '@sotto/client';
import { useEffect, useState } from 'preact/hooks';
import { Avatar } from '../shapes/Avatar.tsx';
import { roomAvatar } from './roomName.ts';

type PicturePort = Pick<EnginePort, 'readPicture'>;

/** The picture of a group, or the coloured initial where it has none. `alt` is empty where its name stands beside it. */
export function RoomAvatar(props: { port: PicturePort; room: RoomView; alt: string }) {
  const picture = usePicture(props.port, props.room);
  if (picture === undefined) return <Avatar {...roomAvatar(props.room)} />;
  return <img class="avatar" src={picture.url} alt={props.alt} draggable={false} onError={picture.failed} />;
}

/** An address of the picture's bytes, for as long as it is shown. Undefined until they are there. */
function usePicture(port: PicturePort, { roomId, picture }: RoomView) {
  const [read, setRead] = useState<{ readonly picture: string; readonly url: string } | undefined>(undefined);
  useEffect(() => {
    if (picture === undefined) return;
    let url: string | undefined;
    let current = true;
    port.readPicture(roomId).then(
      jpeg => {
        if (!current || jpeg === undefined) return;
        url = URL.createObjectURL(new Blob([jpeg as Uint8Array<ArrayBuffer>], { type: 'image/jpeg' }));
        setRead({ picture, url });
      },
      () => undefined,
    );
    return () => {
      current = false;
      if (url !== undefined) URL.revokeObjectURL(url);
    };
  }, [port, roomId, picture]);
  if (read === undefined || read.picture !== picture) return undefined;
  return { url: read.url, failed: () => setRead(undefined) };
}
