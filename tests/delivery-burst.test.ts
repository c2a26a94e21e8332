import process from 'node:process';
import { join } from 'node:path';
import { readdirSync, readFileSync } from 'node:fs';
import { expect, it, onTestFinished } from 'vitest';
import { deviceAeTitle, journey, killNow, makeDataFolder } from './appliance.ts';
import { DeliveryLine, makeReports } from './delivery-line.ts';
import { describeWith, freePort } from './outside.ts';
import { startOrthanc } from './peers/orthanc.ts';
import { isListening, startProgram, until } from './peers/process.ts';

const aeTitle = 'TESTPACS';
const burst = 50;

/** A line with so many reports, of which nothing is sent yet. */
async function startLine(count: number, commitment: boolean): Promise<DeliveryLine> {
  const line = await DeliveryLine.start({ objects: makeReports(count), commitment });
  onTestFinished(() => line.close());
  return line;
}

async function startPacs(line: DeliveryLine) {
  const modalities = { SCANSIDE: { title: deviceAeTitle, port: line.port } };
  const orthanc = await startOrthanc(makeDataFolder(), { title: aeTitle, modalities });
  onTestFinished(() => orthanc.stop());
  return orthanc;
}

/** storescp that writes every byte as it came into one file an instance. */
async function startStorescp(port: number, folder: string) {
  const args = ['-v', '+B', '-pm', '+xa', '-aet', aeTitle, '-od', folder, String(port)];
  const pacs = await startProgram('storescp', args, () => isListening(port));
  onTestFinished(() => pacs.stop());
  return pacs;
}

describeWith(['Orthanc'], 'Orthanc that is sent a burst', () => {
  it('gets and commits all over one association and in one request', journey, async () => {
    const line = await startLine(burst, true);
    const orthanc = await startPacs(line);
    await line.begin({ port: orthanc.dicomPort, aeTitle });
    line.addAll();
    expect(await line.untilFinished()).toBe(true);
    expect([line.associations, line.requests, await orthanc.count()]).toEqual([1, 1, burst]);
    process.stdout.write(
      `${burst} reports: ${line.associations} association, ${line.requests} request for commitment\n`,
    );
  });

  it('has the same patients, studies, series and instances after 20 resends', journey, async () => {
    const line = await startLine(12, true);
    const orthanc = await startPacs(line);
    const counts = async () => {
      const levels = ['Patient', 'Study', 'Series', 'Instance'] as const;
      return Promise.all(levels.map(async (level) => (await orthanc.find(level)).length));
    };
    const send = async () => {
      await line.begin({ port: orthanc.dicomPort, aeTitle });
      line.addAll();
      expect(await line.untilFinished()).toBe(true);
    };
    await send();
    const first = await counts();
    expect(first[3]).toBe(12);
    for (let time = 0; time < 20; time++) await send();
    expect(line.associations).toBe(21);
    expect(await counts()).toEqual(first);
  });
});

describeWith(['storescp'], 'storescp that is sent a burst', () => {
  it('gets all over one association', journey, async () => {
    const [port, folder] = [await freePort(), makeDataFolder()];
    const pacs = await startStorescp(port, folder);
    const line = await startLine(burst, false);
    await line.begin({ port, aeTitle });
    line.addAll();
    expect(await line.untilFinished()).toBe(true);
    expect(pacs.output().match(/Association Acknowledged/g)).toHaveLength(1);
    expect(readdirSync(folder)).toHaveLength(burst);
  });

  it(
    'that is killed in mid-association again and again has each report once, byte for byte',
    journey,
    async () => {
      const [port, folder] = [await freePort(), makeDataFolder()];
      const objects = makeReports(200);
      const line = await DeliveryLine.start({ objects, commitment: false });
      onTestFinished(() => line.close());
      await line.begin({ port, aeTitle });
      line.addAll();
      for (const held of [1, 40, 90]) {
        const pacs = await startStorescp(port, folder);
        expect(await until(() => readdirSync(folder).length >= held, 60_000)).toBe(true);
        killNow(pacs.pid);
        await pacs.stop();
      }
      await startStorescp(port, folder);
      expect(await line.untilFinished(120_000)).toBe(true);
      const files = readdirSync(folder).map((name) => readFileSync(join(folder, name)));
      expect(files).toHaveLength(objects.length);
      const isIn = (dataSet: Uint8Array) => (file: Buffer) =>
        file.subarray(-dataSet.length).equals(dataSet);
      expect(objects.filter(({ dataSet }) => files.filter(isIn(dataSet)).length !== 1)).toEqual([]);
      expect(line.associations).toBeGreaterThan(1);
    },
  );
});
