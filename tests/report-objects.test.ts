import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { patientNames } from '../demo/patient-name.ts';
import { sampleObjects } from '../demo/report-objects.ts';
import { reportSample } from '../demo/report-sample.ts';
import { writePart10 } from '../runtime/dicom/part10.ts';
import { explicitVrLittleEndian } from '../runtime/dicom/transfer-syntax.ts';
import { buildMeasurements } from '../runtime/report/measurements.ts';
import type { ReportObject } from '../runtime/report/request.ts';
import { readDocument, textOf } from '../runtime/report/rules/document.ts';
import { readSegmentationVerdict, segmentationValidator } from '../scripts/segmentation-verdict.ts';
import { sampleManifest } from './fixtures/manifest.ts';
import { bothFlagged, markedStudy } from './fixtures/marks.ts';
import { describeWith, sharedFolder } from './outside.ts';

const run = promisify(execFile);
const modalities = ['CR', 'DX', 'CT'];
const reportValidator = join(sharedFolder() ?? '../shared', 'tools', 'sr-validate', 'sr-validate');

/** Whatever stands beside the report of a finding. */
function objectsOf(modality: string, characterSet: string, index = 1) {
  const sample = reportSample(
    sampleManifest,
    { outcome: 'finding', modality, characterSet },
    index,
  );
  return sampleObjects(sample);
}

describe('what stands beside a report of a finding', () => {
  it.each(modalities)('is of every kind, and breaks no rule: %s', (modality) => {
    const objects = objectsOf(modality, 'ISO_IR 144');
    const kinds = objects.map(({ kind }) => kind).filter((kind) => kind !== 'key-objects');
    const placed = modality === 'CT' ? ['parametric-map'] : [];
    expect(kinds).toEqual([
      'report',
      'picture',
      'heatmap',
      'presentation-state',
      ...placed,
      'segmentation',
      'measurements',
      'boxes',
    ]);
    expect(objects.length - kinds.length).toBe(modality === 'CT' ? 1 : 0);
    expect(objects.flatMap(({ broken }) => broken)).toEqual([]);
  });

  it('has a series for each kind of object', () => {
    const objects = objectsOf('CT', '');
    const seriesOf = (kind: string) =>
      objects
        .filter((each) => each.kind === kind)
        .map(({ object }) => textOf(readDocument(object.dataSet).header, 'SeriesInstanceUID'));
    const kinds = new Set(objects.map(({ kind }) => kind).filter((kind) => kind !== 'boxes'));
    expect(new Set([...kinds].flatMap(seriesOf)).size).toBe(kinds.size);
    expect(seriesOf('boxes')).toEqual(seriesOf('measurements'));
  });

  it('is the same, byte for byte, when it is made again', () => {
    const bytes = () => objectsOf('CT', 'GB18030').map(({ object }) => object.dataSet);
    expect(bytes()).toEqual(bytes());
  });
});

describeWith(['dciodvfy'], 'objects beside a report before dciodvfy', () => {
  let folder: string;
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'scanside-beside-'));
  });
  afterAll(() => {
    rmSync(folder, { recursive: true });
  });

  it.each(modalities)(
    'have no error and no warning in any character set: %s',
    async (modality) => {
      for (const [index, { characterSet }] of patientNames.entries())
        for (const { kind, object } of objectsOf(modality, characterSet, index)) {
          if (kind === 'report') continue;
          const said = await run('dciodvfy', [write(folder, kind, object)]).catch(
            (failure: { stderr: string }) => failure,
          );
          const lines = said.stderr.split('\n').filter((line) => /^(Error|Warning)/.test(line));
          expect({ kind, characterSet, lines }).toEqual({ kind, characterSet, lines: [] });
        }
    },
    600_000,
  );
});

describeWith(
  ['java', '/usr/share/java/pixelmed.jar'],
  'segmentations before DicomInstanceValidator',
  () => {
    let folder: string;
    beforeAll(() => {
      folder = mkdtempSync(join(tmpdir(), 'scanside-segments-'));
    });
    afterAll(() => {
      rmSync(folder, { recursive: true });
    });

    it.each(modalities)(
      'have no error but those in which it is wrong itself: %s',
      async (modality) => {
        for (const { kind, object } of objectsOf(modality, '\\ISO 2022 IR 87')) {
          if (kind !== 'segmentation') continue;
          const path = write(folder, kind, object);
          const { stdout } = await run('java', [...segmentationValidator, path]);
          expect(readSegmentationVerdict(stdout)).toMatchObject({
            errors: [],
            warnings: [],
            recognised: true,
          });
        }
      },
      600_000,
    );
  },
);

describeWith(['dciodvfy', 'java', reportValidator], 'measurements of several findings', () => {
  let folder: string;
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'scanside-measurements-'));
  });
  afterAll(() => {
    rmSync(folder, { recursive: true });
  });

  async function judge(modality: string, shape: 'boxes' | 'segments'): Promise<string[]> {
    const { request, images } = bothFlagged(markedStudy(modality));
    const path = write(folder, shape, buildMeasurements(request, images, shape)!);
    const judged = await run(reportValidator, [path]).catch(
      (failure: { stdout: string }) => failure,
    );
    return judged.stdout.trim().split('\n');
  }

  it('have no error and no warning as segments', async () => {
    expect(await judge('CT', 'segments')).toEqual(['files=1 errors=0 warnings=0 unrecognised=0']);
  }, 600_000);

  /**
   * PixelMed takes a document for one of TID 1410 only where all its groups together have exactly one region; with two it
   * holds them against TID 1501, which has no row for what a region is for.
   */
  it('have no error as several boxes, and the warning in which PixelMed is wrong itself', async () => {
    const lines = await judge('CT', 'boxes');
    const wrong = /"Geometric purpose of region"\): Content Item not in template$/;
    expect(lines.filter((line) => !wrong.test(line))).toEqual([
      'files=1 errors=0 warnings=2 unrecognised=0',
    ]);
  }, 600_000);
});

function write(folder: string, name: string, object: ReportObject): string {
  const path = join(folder, `${name}.dcm`);
  const meta = { ...object, transferSyntaxUid: explicitVrLittleEndian };
  writeFileSync(path, writePart10(meta, object.dataSet));
  return path;
}
