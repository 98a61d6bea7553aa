/**
 * Keeps the page as high as what can be seen. Where a keyboard covers the page instead of resizing it
 * (Safari knows no `interactive-widget`), the composer would stand behind it. A page zoomed by
 * fingers is left alone.
 */
export function followViewport(): void {
  const viewport = window.visualViewport;
  if (viewport === null || viewport === undefined) return;
  const follow = (): void => {
    const covered = window.innerHeight - viewport.height;
    const root = document.documentElement;
    if (viewport.scale === 1 && covered > 1) {
      root.style.setProperty('--app-height', `${Math.round(viewport.height)}px`);
      if (viewport.offsetTop > 0) window.scrollTo(0, 0);
    } else root.style.removeProperty('--app-height');
  };
  viewport.addEventListener('resize', follow);
  viewport.addEventListener('scroll', follow);
}
