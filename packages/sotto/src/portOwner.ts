import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync, readlinkSync } from 'node:fs';

/** Who listens on a port of this machine. */
export interface PortOwner {
  readonly pid: number;
  readonly command: string;
}

const LISTEN = '0A';

/** Socket inodes that listen on `port`, from the kernel's table (proc(5)). */
function listeningInodes(port: number): Set<string> {
  const wanted = port.toString(16).toUpperCase().padStart(4, '0');
  const inodes = new Set<string>();
  for (const table of ['/proc/net/tcp', '/proc/net/tcp6']) {
    const lines = readOrEmpty(table).split('\n').slice(1);
    for (const line of lines) {
      const [, local, , state, , , , , , inode] = line.trim().split(/\s+/);
      if (state === LISTEN && local?.endsWith(`:${wanted}`) && inode) inodes.add(inode);
    }
  }
  return inodes;
}

function readOrEmpty(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}

function ownerOnLinux(port: number): PortOwner | undefined {
  const inodes = listeningInodes(port);
  if (inodes.size === 0) return undefined;
  for (const entry of readdirSync('/proc')) {
    if (!/^\d+$/.test(entry)) continue;
    try {
      for (const descriptor of readdirSync(`/proc/${entry}/fd`)) {
        const inode = /^socket:\[(\d+)\]$/.exec(readlinkSync(`/proc/${entry}/fd/${descriptor}`))?.[1];
        if (inode && inodes.has(inode))
          return { pid: Number(entry), command: readOrEmpty(`/proc/${entry}/comm`).trim() };
      }
    } catch {
      // Another user's process: its descriptors are not ours to read.
    }
  }
  return undefined;
}

function ownerByLsof(port: number): PortOwner | undefined {
  const lines = execFileSync('lsof', ['-nP', `-iTCP:${port}`, '-sTCP:LISTEN', '-Fpc'], {
    encoding: 'utf8',
  }).split('\n');
  const pid = Number(lines.find(line => line.startsWith('p'))?.slice(1));
  const command = lines.find(line => line.startsWith('c'))?.slice(1);
  return pid && command ? { pid, command } : undefined;
}

/** The process that listens on `port`, or `undefined` where the system does not tell. */
export function portOwner(port: number): PortOwner | undefined {
  try {
    return process.platform === 'linux' ? ownerOnLinux(port) : ownerByLsof(port);
  } catch {
    return undefined;
  }
}
