// Takes acts without a pause in the data folder it is given, and prints the name of each that was acknowledged.
import { writeSync } from 'node:fs';
import process from 'node:process';
import { systemClock } from '../device/clock.ts';
import { disk } from '../device/files.ts';
import { ActBook } from '../runtime/acts/act-book.ts';
import { parseConfiguration } from '../runtime/config.ts';
import { openStorage } from '../runtime/storage.ts';
import { exam } from './panel-source.ts';

const [dataFolder = '', life = ''] = process.argv.slice(2);
const storage = openStorage(parseConfiguration({ dataFolder }), disk, systemClock);
const book = new ActBook({
  clock: systemClock,
  ledger: storage.acts,
  append: (meta, data) => storage.outgoing.append(meta, data),
  look: (examId) => ({
    exam: exam({ id: examId, outcome: { state: 'no-flag', findingsChecked: 1 }, outcomeId: 'o' }),
    flaggedReports: [],
  }),
});
const actor = { user: 'ada', role: 'radiologist', address: '' } as const;

for (let number = 0; ; number++) {
  const note = `${life} ${number}`;
  const act = { kind: 'disagree', examId: `1.2.${number % 5}`, outcomeId: 'o', note } as const;
  await book.take(actor, { ...act, reason: 'artifact' });
  // Blocks until the pipe has it: what is acknowledged is known outside.
  writeSync(1, `${note}\n`);
}
