import { dirname, join } from 'node:path';
import process from 'node:process';
import pino from 'pino';
import { systemClock } from '../device/clock.ts';
import { ScansideError } from '../device/errors.ts';
import { disk } from '../device/files.ts';
import { keyFolderOf } from '../device/keys.ts';
import { refuseWhileLeaving } from '../provisioning/leaving/leaving.ts';
import type { Appliance, Log } from './appliance.ts';
import { startAppliance } from './compose.ts';
import { listUnsafe, loadConfiguration, type Configuration } from './config.ts';
import { openRootKey } from './spool/segment-keys.ts';
import {
  readBroker,
  readDestinations,
  readInferenceServer,
  readOidc,
  readPanelTls,
  readReceiverTls,
} from './tls-files.ts';
import { checkUpdateFiles } from './updates.ts';

const usage = `Scanside: the on-scanner AI appliance.

  npm start               run with the configuration file named in SCANSIDE_CONFIG
  npm start -- --check    check the configuration, say what is not yet safe, and exit
  npm start -- --help     this text

Without SCANSIDE_CONFIG it runs with embedded defaults on this machine alone (docs/configuration.md).
Exit codes: 0 stopped or checked, 1 failed, 2 wrong configuration or arguments (nothing was touched).
`;

/** Longest time that stopping may take; then the process ends as it is, which is always safe. */
const stopMs = 20_000;

/** Program folder: where models and the package lie, from the sources and from `dist` alike. */
export const programFolder = dirname(import.meta.dirname);

export function readVersion(): string {
  const text = disk.readText(join(programFolder, 'package.json'));
  return (JSON.parse(text) as { version: string }).version;
}

/** Runs the appliance until a signal ends it. */
export async function serve(): Promise<void> {
  const [argument] = process.argv.slice(2);
  if (argument === '--help') return void process.stdout.write(usage);
  if (argument !== undefined && argument !== '--check')
    return fail(`unknown argument ${argument}\n\n${usage}`, 2);
  try {
    const file = process.env['SCANSIDE_CONFIG'] || undefined;
    const configuration = loadConfiguration(file, disk);
    refuseWhileLeaving(disk, configuration.dataFolder);
    readReceiverTls(configuration, disk);
    readDestinations(configuration, disk);
    readInferenceServer(configuration, disk);
    readPanelTls(configuration, disk);
    readOidc(configuration, disk);
    const { dataFolder } = configuration;
    const root = () => openRootKey(disk, join(dataFolder, 'spool'), keyFolderOf(dataFolder));
    readBroker(configuration, disk, root);
    checkUpdateFiles(configuration, disk, root);
    warn(configuration);
    if (argument === '--check') return void process.stdout.write('The configuration is valid.\n');
    await run(configuration, file);
  } catch (error) {
    if (!(error instanceof ScansideError)) throw error;
    fail(`${error.message}\nWhat to do: ${error.remedy}`, error.kind === 'caller' ? 2 : 1);
  }
}

function fail(sentence: string, code: number): void {
  process.stderr.write(`${sentence}\n`);
  process.exit(code);
}

function warn(configuration: Configuration): void {
  const open = listUnsafe(configuration).map((line) => `  ! ${line}\n`);
  if (open.length) process.stderr.write(`NOT SAFE FOR CLINICAL USE:\n${open.join('')}`);
}

async function run(configuration: Configuration, configurationFile?: string): Promise<void> {
  const logger = pino({ level: configuration.logLevel, base: null });
  const log: Log = (level, event, fields) => logger[level](fields ?? {}, event);
  const appliance = await startAppliance({
    configuration,
    configurationFile,
    log,
    programFolder,
    clock: systemClock,
    files: disk,
    softwareVersion: readVersion(),
  });
  log('info', 'ready', { receiver: appliance.receiverPort, panel: appliance.panelUrl });
  stopOnSignal(appliance, log);
}

/** The first signal closes in order against a timer; a second one ends at once. Dying is always safe, only slower. */
function stopOnSignal(appliance: Appliance, log: Log): void {
  let stopping = false;
  const stop = (signal: string) => {
    if (stopping) process.exit(1);
    stopping = true;
    log('info', 'stopping', { signal });
    systemClock.after(stopMs, () => process.exit(1));
    appliance.close().then(
      () => process.exit(0),
      () => process.exit(1),
    );
  };
  for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, stop);
}
