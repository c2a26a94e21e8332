import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { findProgram } from '../tests/outside.ts';
import { countOf } from './count.ts';
import { markdownTable } from './document.ts';
import { describeLimit, format, type Limit, verdict } from './figures.ts';
import { describeLoad, readLoad } from './machine.ts';
import { writeReport } from './report.ts';
import { type StreamFigures, streamThroughUpdate } from './update-stream.ts';
import {
  fetchOverBroker,
  fetchOverHttps,
  type Patch,
  patchRetrained,
  type Transfer,
} from './update-transfer.ts';

export const updateUsage = `update: a model fetched over a link that is cut every 3 s, a patch, and exams during an update and a crash
  --megabytes N             of the file that is fetched, by HTTPS and through mosquitto (default 200)
  --exams N                 X-ray exams before the update, and at least as many during it (default 40)
  --dry                     print, and leave benchmarks/README.md as it is`;

const needed = ['Orthanc', 'mosquitto', 'openssl', 'zstd'];
/** A model of such a size was patched where the limit was set. */
const patchedLength = 48 << 20;

export async function update(args: string[]): Promise<void> {
  const { values } = parseArgs({
    args,
    options: {
      megabytes: { type: 'string', default: '200' },
      exams: { type: 'string', default: '40' },
      dry: { type: 'boolean', default: false },
    },
  });
  const length = countOf('--megabytes', values.megabytes) * 1_000_000;
  const exams = countOf('--exams', values.exams);
  const missing = needed.filter((name) => !findProgram(name));
  if (missing.length > 0) throw new Error(`update needs ${missing.join(', ')}`);
  const load = readLoad();
  const folder = mkdtempSync(join(tmpdir(), 'scanside-update-'));
  try {
    const rows = [
      ...describeTransfer('HTTPS', await fetchOverHttps(folder, length)),
      ...describeTransfer('mosquitto', await fetchOverBroker(folder, length)),
      ...describePatch(await patchRetrained(folder, patchedLength)),
      ...describeStream(await streamThroughUpdate(folder, exams)),
    ];
    const table = markdownTable(['figure', 'goal', 'measured', ''], rows);
    const notes = `${values.megabytes} MB at 8 MiB/s over TLS, the link cut every 3 s; what encrypts and frames the bytes counts as fetched again. Exams of one image of 2048 x 2048 pixels, one after the other; the update comes at 512 KiB/s. ${describeLoad(load, readLoad())}.`;
    writeReport('update', `${notes}\n\n${table}`, { folder, dry: values.dry });
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function row(figure: string, value: number, limit: Limit, digits = 0): string[] {
  return [figure, describeLimit(limit), format(value, digits), verdict(value, limit)];
}

function describeTransfer(way: string, figures: Transfer): string[][] {
  const { cuts, againPercent, wrongBytes, seconds } = figures;
  return [
    row(`by ${way}: fetched again, percent (${cuts} cuts)`, againPercent, { atMost: 5 }, 1),
    row(`by ${way}: wrong bytes`, wrongBytes, { atMost: 0 }),
    [`by ${way}: seconds`, '–', format(seconds, 0), ''],
  ];
}

function describePatch({ percent, seconds, isRight }: Patch): string[][] {
  const figure = 'patch of a model whose last 5 % were trained again, percent of the whole';
  return [
    row(figure, isRight ? percent : Number.NaN, { atMost: 10 }, 1),
    ['seconds to apply it, 48 MiB', '–', format(seconds, 1), ''],
  ];
}

function describeStream(figures: StreamFigures): string[][] {
  const { exams, lost, p95Before, p95During, duringCount, gapMs, backSeconds } = figures;
  const slower = (100 * p95During) / p95Before - 100;
  return [
    row(`exams that no model answered, of ${exams}`, lost, { atMost: 0 }),
    ['exam to result without an update, p95, ms', '–', format(p95Before, 0), ''],
    [`the same during it (${duringCount} exams), ms`, '–', format(p95During, 0), ''],
    row('that is slower by percent', slower, { atMost: 10 }, 1),
    row('exam at the exchange or after it, ms more than the median', gapMs, { below: 1000 }),
    row(
      'from the first crash of a release on trial to an answer, s',
      backSeconds,
      { below: 60 },
      1,
    ),
  ];
}
