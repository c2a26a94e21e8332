import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { patientNames } from '../demo/patient-name.ts';
import { writePart10 } from '../runtime/dicom/part10.ts';
import { explicitVrLittleEndian } from '../runtime/dicom/transfer-syntax.ts';
import { buildHeatmaps } from '../runtime/report/heatmap.ts';
import { disc, flaggedRequest, keyImage, localising, mapOf } from './fixtures/heatmap.ts';
import { put } from './fixtures/report-edit.ts';
import { describeWith } from './outside.ts';

const run = promisify(execFile);
const manifest = localising([
  { step: 'crop', fraction: 0.9 },
  { step: 'letterbox', rows: 64, columns: 64 },
]);
const pixels = disc({ rows: 300, columns: 255 }, { row: 80, column: 90 });
const map = mapOf(8, 8, { row: 3, column: 3 });

describeWith(['dciodvfy', 'dcm2pnm'], 'heatmaps before the validator', () => {
  let folder: string;
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'scanside-heatmaps-'));
  });
  afterAll(() => {
    rmSync(folder, { recursive: true });
  });

  function writeHeatmap(modality: string, characterSet: string, lossy: boolean): string {
    const request = flaggedRequest(manifest, modality, characterSet);
    const image = keyImage(request, pixels);
    if (lossy) {
      put(image.header, 'ImageLaterality', 'L');
      put(image.header, 'LossyImageCompression', '01');
      put(image.header, 'LossyImageCompressionRatio', '9.5');
      put(image.header, 'LossyImageCompressionMethod', 'ISO_10918_1');
    }
    const [object] = buildHeatmaps(request, image, [map]);
    const path = join(folder, `${modality}-${characterSet.replaceAll(/\W/g, '-')}-${lossy}.dcm`);
    const meta = { ...object!, transferSyntaxUid: explicitVrLittleEndian };
    writeFileSync(path, writePart10(meta, object!.dataSet));
    return path;
  }

  it('finds no error and no warning, and another maker reads the pixels', async () => {
    const paths = ['CR', 'DX', 'CT'].flatMap((modality) =>
      patientNames.map(({ characterSet }, at) =>
        writeHeatmap(modality, characterSet, at % 2 === 1),
      ),
    );
    for (const path of paths) {
      const said = await run('dciodvfy', [path]).catch((failure: { stderr: string }) => failure);
      expect(said.stderr.split('\n').filter((line) => /^(Error|Warning)/.test(line))).toEqual([]);
    }
    await run('dcm2pnm', ['--write-png', paths[0]!, join(folder, 'read.png')]);
  }, 600_000);
});
