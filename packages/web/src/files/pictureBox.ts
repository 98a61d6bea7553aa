const MOST_WIDTH_PX = 320;
const MOST_HEIGHT_PX = 360;
/** So that there is something to press, also of a line. */
const LEAST_PX = 72;

/** The room that a picture has in the log before anything of it is there: its own form, as large as it fits. */
export function pictureBox(
  width: number,
  height: number,
): { readonly widthPx: number; readonly heightPx: number } {
  const scale = Math.min(1, MOST_WIDTH_PX / width, MOST_HEIGHT_PX / height);
  return {
    widthPx: Math.max(LEAST_PX, Math.round(width * scale)),
    heightPx: Math.max(LEAST_PX, Math.round(height * scale)),
  };
}
