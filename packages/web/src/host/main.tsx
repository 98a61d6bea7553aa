import '../styles/tokens.css';
import '../styles/shapes.css';
import '../styles/conversation.css';
import '../styles/host.css';
import '../styles/search.css';
import '../styles/lock.css';
import { render } from 'preact';
import { startEngine } from '../engine.ts';
import { EngineView } from '../engineView.ts';
import { applyTheme } from '../preferences.ts';
import { followViewport } from '../viewport.ts';
import { CannotOpen, HostApp, Splash } from './HostApp.tsx';
import { fetchHostInfo } from './hostAddresses.ts';

async function main(): Promise<void> {
  applyTheme();
  followViewport();
  const root = document.getElementById('page')!;
  render(<Splash />, root);
  try {
    const port = await startEngine('host');
    render(<HostApp view={new EngineView(port)} fetchInfo={fetchHostInfo} />, root);
  } catch {
    render(<CannotOpen />, root);
  }
}

void main();
