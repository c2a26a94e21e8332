import { posix } from 'node:path';
import type { SourceModule } from './source-module.ts';

const longestFile = 400;

/** Names that say nothing about what a file owns, and barrels. */
const emptyNames = /^(utils?|helpers?|common|misc|index)$/;

/** Marks of unfinished work, written so that this file does not bear them itself. */
const unfinished = /\b(TOD[O]|FIXM[E])\b/;

/** One sentence for every rule of the house style that a machine can see broken in the module. */
export function styleViolations(module: SourceModule): string[] {
  const { path } = module;
  const stems = path.split('/').map((part) => part.replace(/\..*$/, ''));
  const lines = module.text.split('\n').length - 1;
  const found: [boolean, string][] = [
    [stems.some((stem) => emptyNames.test(stem)), 'is named after nothing that it owns'],
    [module.defaultExport && !/\.(config|d)\.ts$/.test(path), 'has a default export'],
    [module.enumeration, 'declares an enum'],
    [unfinished.test(module.text), 'marks unfinished work instead of doing it'],
    [lines > longestFile && !isData(path), `has ${lines} lines; ${longestFile} is the limit`],
  ];
  return found.filter(([broken]) => broken).map(([, rule]) => `${path} ${rule}.`);
}

function isData(path: string): boolean {
  return path.endsWith('.data.ts') || posix.dirname(path).split('/').includes('data');
}
