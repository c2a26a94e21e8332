import { copyFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { keysOf } from '../device/keys.ts';
import { openTpmCounter } from '../device/tpm-counter.ts';
import { CountedFloor } from '../ota/trust/counted-floor.ts';
import { newFloor } from '../ota/trust/floor.ts';
import { FloorDatabase } from '../ota/trust/floor-database.ts';
import { describeWith } from './outside.ts';
import { temporaryFolder } from './peers/process.ts';
import { startSoftwareTpm } from './peers/software-tpm.ts';

const keys = keysOf(Buffer.alloc(32, 7));

describeWith(['swtpm', 'tpm2_nvdefine'], 'the counter behind the floor', () => {
  it('refuses a disk that was put back, also after the machine has started again', async () => {
    const { path, remove } = temporaryFolder();
    onTestFinished(() => remove());
    const state = join(path, 'tpm');
    let machine = await startSoftwareTpm(state);
    onTestFinished(() => machine.stop());
    const database = join(path, 'update.db');
    const use = (work: (floor: CountedFloor) => void) => {
      const memory = new FloorDatabase(database, keys);
      try {
        work(new CountedFloor(memory, openTpmCounter(machine.tcti)));
      } finally {
        memory.close();
      }
    };
    use((floor) => floor.write(newFloor(1)));
    copyFileSync(database, join(path, 'old.db'));
    use((floor) => floor.write(newFloor(2)));
    await machine.stop();
    machine = await startSoftwareTpm(state);
    use((floor) => expect(floor.read()?.time).toBe(2));
    copyFileSync(join(path, 'old.db'), database);
    expect(() => use(() => undefined)).toThrow('UPDATE_FLOOR_OLD');
  }, 60_000);

  it('is not taken for missing where the TPM does not answer', () => {
    expect(() => openTpmCounter('swtpm:host=127.0.0.1,port=1').read()).toThrow('TPM_UNAVAILABLE');
  });
});
