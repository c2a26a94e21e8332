import { join } from 'node:path';
import process from 'node:process';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { describeWith } from '../outside.ts';
import type { Storescp } from './dcmtk.ts';
import { dcmsend, echoscu, startStorescp, storescu, writeDicom } from './dcmtk.ts';
import type { Orthanc } from './orthanc.ts';
import { startOrthanc } from './orthanc.ts';
import { runProgram, startProgram, temporaryFolder, until } from './process.ts';

const secondaryCapture = '1.2.840.10008.5.1.4.1.1.7';
const comprehensive3dSr = '1.2.840.10008.5.1.4.1.1.88.34';

function smallObject(sopClass: string, number: number): string[] {
  return [
    `(0008,0016) UI [${sopClass}]`,
    `(0008,0018) UI [2.25.99.${number}]`,
    '(0008,0060) CS [OT]',
    '(0010,0010) PN [Test^Peer]',
    '(0010,0020) LO [PEER]',
    '(0020,000d) UI [2.25.98.1]',
    '(0020,000e) UI [2.25.97.1]',
  ];
}

describeWith(['sleep', 'false'], 'starting and stopping a program', () => {
  it('gives the exit code and what was printed', async () => {
    expect(await runProgram('sh', ['-c', 'echo out; echo err >&2; exit 3'])).toEqual({
      code: 3,
      output: expect.stringMatching(/out\n[^]*err\n/),
    });
  });

  it('kills a program that does not end', async () => {
    expect((await runProgram('sleep', ['60'], 50)).code).toBe(-1);
  });

  it('names a program that cannot be started', async () => {
    expect((await runProgram('no-such-program-anywhere', [])).output).toContain('ENOENT');
  });

  it('says what a program printed that ends before it is ready', async () => {
    const started = startProgram('sh', ['-c', 'echo cause; exit 1'], () => false);
    await expect(started).rejects.toThrow(/cause/);
  });

  it('kills a program that ignores SIGTERM', { timeout: 15_000 }, async () => {
    const script = 'trap "" TERM; echo up; while :; do sleep 0.05; done';
    const running = await startProgram('sh', ['-c', script], (output) => output === 'up\n');
    await running.stop();
    expect(() => process.kill(running.pid, 0)).toThrow(/ESRCH/);
  });
});

describeWith(['storescp', 'storescu', 'echoscu', 'dump2dcm'], 'DCMTK as a peer', () => {
  const folder = temporaryFolder();
  let storescp: Storescp;

  beforeAll(async () => {
    storescp = await startStorescp(join(folder.path, 'received'));
    await writeDicom(join(folder.path, 'a.dcm'), smallObject(secondaryCapture, 1));
  });
  afterAll(async () => {
    await storescp.stop();
    folder.remove();
  });

  it('echoes and stores', async () => {
    const to = { port: storescp.port, calling: 'SCANSIDE', called: 'STORESCP' };
    expect(await echoscu(to)).toMatchObject({ code: 0 });
    expect(await storescu(to, [join(folder.path, 'a.dcm')])).toMatchObject({ code: 0 });
    expect(storescp.files()).toHaveLength(1);
  });
});

describeWith(
  ['Orthanc', 'storescu', 'dcmsend', 'dump2dcm', 'storescp'],
  'Orthanc as a peer',
  () => {
    const folder = temporaryFolder();
    const sent = [join(folder.path, 'image.dcm'), join(folder.path, 'report.dcm')];
    let orthanc: Orthanc;
    let storescp: Storescp;

    beforeAll(async () => {
      storescp = await startStorescp(join(folder.path, 'received'));
      const modalities = { back: { title: 'STORESCP', port: storescp.port } };
      orthanc = await startOrthanc(join(folder.path, 'orthanc'), { modalities });
      await writeDicom(sent[0] ?? '', smallObject(secondaryCapture, 1));
      await writeDicom(sent[1] ?? '', smallObject(comprehensive3dSr, 2));
    });
    afterAll(async () => {
      await orthanc.stop();
      await storescp.stop();
      folder.remove();
    });

    it('keeps one copy of what two senders send, a new SR class too', async () => {
      const to = { port: orthanc.dicomPort, calling: 'SCANSIDE', called: orthanc.title };
      expect(await storescu(to, sent)).toMatchObject({ code: 0 });
      expect(await dcmsend(to, sent)).toMatchObject({ code: 0 });
      expect(await orthanc.count()).toBe(2);
      expect(await orthanc.count({ SOPClassUID: comprehensive3dSr })).toBe(1);
      expect(await orthanc.instances({ SOPInstanceUID: '2.25.99.1' })).toEqual([
        expect.objectContaining({ PatientName: 'Test^Peer' }),
      ]);
      const [id] = await orthanc.find('Instance', { SOPInstanceUID: '2.25.99.1' });
      const file = Buffer.from(await orthanc.file(id ?? ''));
      expect(file.subarray(128, 132).toString('latin1')).toBe('DICM');
    });

    it('sends to another node, also to one that it learns of later', async () => {
      await orthanc.introduce('late', { title: 'STORESCP', port: storescp.port });
      await orthanc.echo('late');
      await orthanc.sendTo('late', await orthanc.find('Study'));
      expect(storescp.files()).toHaveLength(2);
    });

    it('reports on a commitment that it has asked itself for', async () => {
      await orthanc.introduce('self', { title: orthanc.title, port: orthanc.dicomPort });
      const transaction = await orthanc.requestCommitment('self', await orthanc.find('Study'));
      const report = (): Promise<unknown> => orthanc.commitmentReport(transaction);
      await until(async () => JSON.stringify(await report()).includes('"Success"'));
      expect(await report()).toMatchObject({ Status: 'Success' });
    });

    it('says what it refused', async () => {
      await expect(orthanc.echo('unknown')).rejects.toThrow(/Orthanc: POST .* 404/);
    });
  },
);
