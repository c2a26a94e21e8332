import { readFileSync } from 'node:fs';
import { expect, it, onTestFinished } from 'vitest';
import { describeWith, freePort } from './outside.ts';
import { startOrthanc } from './peers/orthanc.ts';
import { temporaryFolder } from './peers/process.ts';
import { ProvisionSite, scanside } from './provision-site.ts';

const journey = { timeout: 300_000 };

/** Orthanc as the PACS of a site, which knows the device and reports commitments to it. */
async function startSite(answers: Record<string, unknown> = {}) {
  const folder = temporaryFolder();
  const port = await freePort();
  const modalities = { SCANSIDE: { title: 'SCANSIDE', port } };
  const orthanc = await startOrthanc(folder.path, { title: 'PACS', modalities });
  onTestFinished(async () => {
    await orthanc.stop();
    folder.remove();
  });
  const to = { name: 'main', host: '127.0.0.1', port: orthanc.dicomPort, aeTitle: 'PACS' };
  const configuration = { receiver: { port }, destinations: [to] };
  return { orthanc, site: new ProvisionSite(() => configuration, answers) };
}

describeWith(['Orthanc'], 'scanside provision', () => {
  it('takes a device to a signed report that proves itself, and no other', journey, async () => {
    const { orthanc, site } = await startSite();
    const done = await site.provision();
    expect(done).toMatchObject({ code: 0 });
    const { report, seal } = JSON.parse(readFileSync(site.reportFile, 'utf8'));
    expect(report).toMatchObject({ outcome: 'pass', keyLevel: 'L0', site: 'St. Elsewhere' });
    expect(await orthanc.count({ PatientID: 'TEST-SC-0042' })).toBe(3);
    expect(done.output).toContain('KEY_IN_FILE');
    expect(done.output).toContain(seal.reportSha256);
    const verified = await scanside('provision', 'verify', site.reportFile);
    expect(verified).toMatchObject({ code: 3, output: expect.stringContaining('Commissioned') });
  });
});
