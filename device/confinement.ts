import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';

/** What a child process of ours may do beyond computing and talking to its parent and the network. */
export interface Confinement {
  /** Folders that it may read beside the program's own. `everything` where native libraries lie anywhere. */
  reads: readonly string[] | 'everything';
  /** Folders that it may write. */
  writes: readonly string[];
  /** Whether it loads native code, which no rule of Node's binds any more. */
  addons?: boolean;
  /** Whether it starts processes of its own. */
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
 * Flags of Node's permission model for a child: what it is not given it is refused with ERR_ACCESS_DENIED, whatever an
 * image or a model has made of it. Node 24 does not restrict the network, and refuses fsync to every confined process:
 * the receiver, whose promise is fsync, cannot be one.
 */
export function confine({ reads, writes, addons, children }: Confinement): string[] {
  const readable = reads === 'everything' ? ['*'] : [program, packages(), ...reads];
  return [
    '--permission',
    ...readable.map((path) => `--allow-fs-read=${path}`),
    ...writes.map((path) => `--allow-fs-write=${path}`),
    ...(addons ? ['--allow-addons', '--disable-warning=SecurityWarning'] : []),
    ...(children ? ['--allow-child-process', '--disable-warning=SecurityWarning'] : []),
  ];
}

/**
 * For processes that decode images and run models: they read, and write nothing. They load native code, and have a
 * library of their own proved in a child.
 */
export const engineConfinement = confine({
  reads: 'everything',
  writes: [],
  addons: true,
  children: true,
});
