import '../src/styles/tokens.css';
import '../src/styles/shapes.css';
import '../src/styles/door.css';
import '../src/styles/conversation.css';
import '../src/styles/host.css';
import '../src/styles/search.css';
import '../src/styles/lock.css';
import '../src/styles/sealed.css';
import { render } from 'preact';
import { scenes, shown } from './scenes.tsx';

const wanted = new URLSearchParams(location.search);
const theme = wanted.get('theme');
if (theme === 'dark' || theme === 'light') document.documentElement.dataset.theme = theme;

const scene = scenes[wanted.get('scene') ?? ''];
const root = document.getElementById('page')!;
if (scene === undefined) render(<Contents />, root);
else render(scene(), root);
Object.assign(globalThis, { gallery: { shown, names: Object.keys(scenes) } });

function Contents() {
  return (
    <main class="door">
      <h1>Gallery</h1>
      <ul class="stack tight">
        {Object.keys(scenes).map(name => (
          <li key={name} class="row">
            <span class="grow">{name}</span>
            <a href={`?scene=${name}&theme=light`}>light</a>
            <a href={`?scene=${name}&theme=dark`}>dark</a>
          </li>
        ))}
      </ul>
    </main>
  );
}
