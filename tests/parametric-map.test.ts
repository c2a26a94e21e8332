import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { patientNames } from '../demo/patient-name.ts';
import type { ImageGeometry } from '../models/stored-image.ts';
import { writePart10 } from '../runtime/dicom/part10.ts';
import { explicitVrLittleEndian } from '../runtime/dicom/transfer-syntax.ts';
import { buildParametricMaps } from '../runtime/report/parametric-map.ts';
import { disc, flaggedRequest, keyImage, localising, mapOf } from './fixtures/heatmap.ts';
import { put } from './fixtures/report-edit.ts';
import { describeWith } from './outside.ts';

const run = promisify(execFile);
const manifest = localising([
  { step: 'crop', fraction: 0.9 },
  { step: 'letterbox', rows: 64, columns: 64 },
]);
const geometry: ImageGeometry = {
  spacing: { rows: 0.7, columns: 0.7, within: 'patient' },
  position: [-104.65, -89.25, 12.123456789],
  orientation: [1, 0, 0, 0, 0.9659258, -0.258819],
  thickness: 2.5,
};
const pixels = disc({ rows: 300, columns: 255 }, { row: 80, column: 90 }, { geometry });
const map = mapOf(7, 9, { row: 3, column: 3 });

describeWith(['dciodvfy', 'dcmdump'], 'parametric maps before the validator', () => {
  let folder: string;
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'scanside-maps-'));
  });
  afterAll(() => {
    rmSync(folder, { recursive: true });
  });

  function writeMap(characterSet: string, lossy: boolean): string {
    const request = flaggedRequest(manifest, 'CT', characterSet);
    const image = keyImage(request, pixels);
    put(image.header, 'FrameOfReferenceUID', '2.25.777');
    if (lossy) {
      put(image.header, 'LossyImageCompression', '01');
      put(image.header, 'LossyImageCompressionRatio', '9.5');
      put(image.header, 'LossyImageCompressionMethod', 'ISO_10918_1');
    }
    const [object] = buildParametricMaps(request, image, [map]);
    const path = join(folder, `${characterSet.replaceAll(/\W/g, '-')}-${lossy}.dcm`);
    const meta = { ...object!, transferSyntaxUid: explicitVrLittleEndian };
    writeFileSync(path, writePart10(meta, object!.dataSet));
    return path;
  }

  it('finds no error and no warning, and another maker reads the values', async () => {
    const paths = patientNames.map(({ characterSet }, at) => writeMap(characterSet, at % 2 === 1));
    for (const path of paths) {
      const said = await run('dciodvfy', [path]).catch((failure: { stderr: string }) => failure);
      expect(said.stderr.split('\n').filter((line) => /^(Error|Warning)/.test(line))).toEqual([]);
    }
    const { stdout } = await run('dcmdump', ['+L', '+P', '7fe0,0008', paths[0]!]);
    const [, values = ''] = /OF ([\d.\\e+-]+)/.exec(stdout) ?? [];
    expect(values.split('\\').map(Number)).toEqual(map.values);
  }, 600_000);
});
