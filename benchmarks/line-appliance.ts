import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import process from 'node:process';
import type { ScannerOptions } from '../demo/virtual-scanner.ts';
import { systemClock } from '../device/clock.ts';
import { programFolder } from '../runtime/service.ts';
import { freePort } from '../tests/outside.ts';
import { fillAccounts, openAccounts } from '../tests/panel-visitor.ts';
import { startOrthanc } from '../tests/peers/orthanc.ts';
import { startProgram, type Running } from '../tests/peers/process.ts';
import { ExamStream } from './exam-stream.ts';

/** The appliance in its own processes, with Orthanc as PACS, a browser's stream of its exams, and a scanner. */
export interface Line {
  appliance: Running;
  /** Address of its panel. */
  panel: string;
  stream: ExamStream;
  scanner: ScannerOptions;
}

const deviceTitle = 'SCANSIDE';
const pacsTitle = 'TESTPACS';

/** Starts everything in `folder`, has `use` measure, and stops everything whatever happens. */
export async function withLine<T>(
  folder: string,
  configuration: object,
  use: (line: Line) => Promise<T>,
): Promise<T> {
  const port = await freePort();
  const modalities = { device: { title: deviceTitle, port } };
  const orthanc = await startOrthanc(join(folder, 'pacs'), { title: pacsTitle, modalities });
  try {
    const pacs = { host: '127.0.0.1', port: orthanc.dicomPort, aeTitle: pacsTitle };
    const dataFolder = join(folder, 'device');
    await fillAccounts(openAccounts(dataFolder));
    const appliance = await startAppliance(folder, {
      dataFolder,
      receiver: { host: '127.0.0.1', port, aeTitle: deviceTitle },
      panel: { port: await freePort(), https: 'off' },
      destinations: [{ name: 'Orthanc', ...pacs }],
      ...configuration,
    });
    try {
      return await useAppliance(appliance, port, use);
    } finally {
      await appliance.stop();
    }
  } finally {
    await orthanc.stop();
  }
}

async function useAppliance<T>(
  appliance: Running,
  port: number,
  use: (line: Line) => Promise<T>,
): Promise<T> {
  const panel = panelOf(appliance.output());
  const stream = await ExamStream.open(panel);
  const device = { host: '127.0.0.1', port, aeTitle: deviceTitle };
  try {
    return await use({
      appliance,
      panel,
      stream,
      scanner: { clock: systemClock, aeTitle: 'SCANNER', device },
    });
  } finally {
    stream.close();
  }
}

/** The product as it is started on a device, in processes of its own. */
async function startAppliance(folder: string, configuration: object): Promise<Running> {
  const path = join(folder, 'scanside.json');
  mkdirSync(join(folder, 'device'), { recursive: true });
  writeFileSync(path, JSON.stringify(configuration));
  return startProgram(
    process.execPath,
    [join(programFolder, 'runtime', 'main.ts')],
    (output) => output.includes('"msg":"ready"'),
    60_000,
    { SCANSIDE_CONFIG: path },
  );
}

function panelOf(output: string): string {
  const ready = output.split('\n').find((text) => text.includes('"msg":"ready"')) ?? '{}';
  return (JSON.parse(ready) as { panel: string }).panel;
}
