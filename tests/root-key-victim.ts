import process from 'node:process';
import { changeRootKey } from '../cli/root-key-change.ts';
import { systemClock } from '../device/clock.ts';
import { disk } from '../device/files.ts';
import { parseConfiguration } from '../runtime/config.ts';
import { stoppingDisk } from './stopping-disk.ts';

/** Changes the root key of the data folder that it is given, and kills itself with -9 before a change of the disk. */
const [dataFolder, killAt] = process.argv.slice(2);
const files = stoppingDisk(disk, Number(killAt), () => process.kill(process.pid, 'SIGKILL'));
changeRootKey(parseConfiguration({ dataFolder }), files, systemClock);
