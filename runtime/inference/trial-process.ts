// The trial process: started by trial.ts for one bundle, and killed when it takes too long.
import process from 'node:process';
import { disk } from '../../device/files.ts';
import { ScansideError } from '../../device/errors.ts';
import { loadForUse } from './analysis.ts';

async function attempt(folder: string): Promise<string> {
  try {
    await loadForUse(folder, disk);
    return '';
  } catch (error) {
    if (!(error instanceof ScansideError)) throw error;
    return error.message;
  }
}

process.once('message', (folder: string) => {
  attempt(folder).then(
    (refusal) => process.send?.(refusal, undefined, {}, () => process.exit(0)),
    () => process.exit(1),
  );
});
process.on('disconnect', () => process.exit(0));
