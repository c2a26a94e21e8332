import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';

/** What a child process may do beyond computing, and talking to its parent and the network. */
export interface Confinement {
  /** Files and folders that it may read beside the program's own; everything, where they are not named. */
  reads?: readonly string[];
  /** Folders that it may write. */
  writes?: readonly string[];
  /** Loads native code, which no rule of Node's binds any more. */
  addons?: boolean;
  /** Starts programs, which no rule of Node's binds at all. */
  children?: boolean;
}

/** Folder of the program, from the sources and from `dist` alike. */
const program = dirname(import.meta.dirname);

/** Where the packages really lie: a link is not followed for a confined process. */
function packages(): string {
  const path = createRequire(import.meta.url).resolve('zod');
  return path.slice(0, path.lastIndexOf(join('node_modules', 'zod')) + 'node_modules'.length);
}

/**
 * Flags of Node's permission model for a process that decodes images or runs models: what it is not given it is refused
 * with ERR_ACCESS_DENIED, writing first of all, whatever an image or a model has made of it. Node 24 does not restrict
 * the network, and refuses fsync to every confined process: the receiver, whose promise is fsync, cannot be one.
 */
export function confine({ reads, writes = [], addons, children }: Confinement = {}): string[] {
  const readable = reads ? [program, packages(), ...reads] : ['*'];
  return [
    '--permission',
    ...readable.map((path) => `--allow-fs-read=${path}`),
    ...writes.map((path) => `--allow-fs-write=${path}`),
    ...(addons ? ['--allow-addons'] : []),
    ...(children ? ['--allow-child-process'] : []),
    // Of the flags themselves; what they leave open stands in docs/security/threat-model.md.
    '--disable-warning=SecurityWarning',
  ];
}
