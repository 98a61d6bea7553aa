import { common } from '../words.ts';

export function Brand() {
  return (
    <span class="brand">
      <svg viewBox="0 0 32 32" aria-hidden="true" focusable="false">
        <path
          d="M9 4h14a5 5 0 0 1 5 5v7a5 5 0 0 1-5 5H15l-6 5v-5a5 5 0 0 1-5-5V9a5 5 0 0 1 5-5Z"
          fill="currentColor"
        />
        <path d="M10 15.500h12" stroke-width="2.600" stroke-linecap="round" />
      </svg>
      {common.sotto}
    </span>
  );
}
