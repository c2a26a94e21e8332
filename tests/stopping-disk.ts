import type { Files } from '../device/files.ts';

const changes = ['create', 'write', 'truncate', 'createWhole', 'replace', 'remove'] as const;

/** A disk on which `stop` is called before the change with that number, from 1, and before every one behind it. */
export function stoppingDisk(files: Files, at: number, stop: () => void): Files {
  let count = 0;
  const stopping = Object.fromEntries(
    changes.map((name) => [
      name,
      (...args: unknown[]): unknown => {
        count += 1;
        if (count >= at) stop();
        return (files[name] as (...args: unknown[]) => unknown)(...args);
      },
    ]),
  );
  return { ...files, ...stopping };
}
