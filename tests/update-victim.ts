// Refreshes once on the real disk and is killed with -9 at the operation that it is told, counted from 1; 0 for none.
// Prints how many operations there were.
import { writeSync } from 'node:fs';
import process from 'node:process';
import { type Files, disk } from '../device/files.ts';
import { openFolderDevice } from './update-folder-device.ts';

const [folder = '', killAt = '0'] = process.argv.slice(2);
let count = 0;

/** Where the process may die: before an operation, with half a temporary file, or after it. */
function mayDie(): void {
  count += 1;
  if (count === Number(killAt)) process.kill(process.pid, 'SIGKILL');
}

const files: Files = {
  ...disk,
  makeFolder: (path) => {
    mayDie();
    disk.makeFolder(path);
  },
  replace: (path, content) => {
    mayDie();
    const half = Buffer.from(content).subarray(0, content.length / 2);
    disk.createWhole(`${path}.half`, half);
    disk.remove(`${path}.tmp`);
    disk.createWhole(`${path}.tmp`, half);
    mayDie();
    disk.remove(`${path}.half`);
    disk.replace(path, content);
    mayDie();
  },
  remove: (path) => {
    mayDie();
    disk.remove(path);
  },
};

const { refresh, close } = openFolderDevice(folder, files, mayDie);
await refresh();
close();
writeSync(1, `${count}\n`);
