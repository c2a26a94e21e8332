import { createHash } from 'node:crypto';
import fs from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { chromium } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Explanation } from '../cli/explanation.ts';
import { explainCommand } from '../cli/model-explain.ts';
import { makePhantomInstance, type PhantomInstanceRequest } from '../demo/phantom-study.ts';
import { encodePng } from '../models/explanation/png.ts';
import { decodeModel, encodeModel } from '../models/onnx/model-file.ts';
import { renderPhantom } from '../models/phantom/phantom.ts';
import { writePart10 } from '../runtime/dicom/part10.ts';
import { shippedFolder } from './inference/bundle-copy.ts';
import { describeWith, findProgram } from './outside.ts';

const size = 512;
const patient = { name: 'SECRET^PERSON', id: 'SECRET-77' };
const studyInstanceUid = '2.25.4711';
const request = { seed: 104, findings: ['nodule'] as const, size };

let folder: string;
let image: string;

beforeAll(() => {
  folder = fs.mkdtempSync(join(tmpdir(), 'scanside-explain-'));
  image = write('secret-file.dcm', {});
});

afterAll(() => {
  fs.rmSync(folder, { recursive: true });
});

function write(name: string, variant: Partial<PhantomInstanceRequest>): string {
  const made = makePhantomInstance({ ...request, patient, studyInstanceUid, ...variant });
  fs.writeFileSync(join(folder, name), writePart10(made, made.dataSet));
  return join(folder, name);
}

async function run(...args: string[]) {
  const [out, error]: [string[], string[]] = [[], []];
  const io = { out: (text: string) => out.push(text), error: (text: string) => error.push(text) };
  const code = await explainCommand.run(args, io);
  return { code, out: out.join('\n'), error: error.join('\n') };
}

function explain(file: string, out: string, ...more: string[]) {
  return run('--bundle', shippedFolder, '--image', file, '--out', join(folder, out), ...more);
}

function read(out: string): Explanation {
  return JSON.parse(fs.readFileSync(join(folder, out, 'explanation.json'), 'utf8'));
}

/** The source's pixels that the finding has changed. */
function isLesion({ row, column }: { row: number; column: number }): boolean {
  const at = Math.round(row) * size + Math.round(column);
  const { pixels } = renderPhantom({ ...request });
  const clear = renderPhantom({ ...request, findings: [] }).pixels;
  return Math.abs(pixels[at]! - clear[at]!) > 0.03;
}

describe('an explained image', () => {
  let told: Awaited<ReturnType<typeof run>>;
  beforeAll(async () => {
    told = await explain(image, 'all');
  });

  it('is explained by all methods, for the finding that it shows', () => {
    expect(told).toMatchObject({ code: 0, error: '' });
    const { finding, methods, agreement, domain, image: source } = read('all');
    expect(finding).toMatchObject({ id: 'nodule', flagged: true });
    expect(methods.map(({ method }) => method)).toEqual(['cam', 'occlusion', 'superpixels']);
    expect(agreement).toHaveLength(3);
    expect(domain).toMatchObject({ outside: false, stopped: false });
    expect(source).toMatchObject({ rows: size, columns: size, frame: 1, frames: 1 });
    expect(methods[2]!.made['fit']).toBeGreaterThan(0.3);
  });

  it('has its peak in the lesion, in pixels of the source and in millimetres', () => {
    const { peak } = read('all').methods[0]!;
    expect(isLesion(peak)).toBe(true);
    expect(isLesion({ row: peak.row, column: size - 1 - peak.column })).toBe(false);
    expect(peak.inside).toBe(true);
    expect(peak.millimetres!.down).toBeCloseTo((peak.row * 420) / size, 1);
  });

  it('says what it is not, and what the maker says', () => {
    const text = fs.readFileSync(join(folder, 'all', 'explanation.txt'), 'utf8');
    expect(told.out).toContain(text);
    expect(text).toContain('does not outline a finding');
    expect(text).toContain("not for a technologist's screen");
    expect(text).toContain(read('all').statement);
    expect(text).toContain(read('all').model.bundle);
    expect(text).not.toMatch(/!!!|NaN|undefined|normal|negative(?! result)/);
  });

  it('names no patient, no study, no object and no file', () => {
    for (const name of ['explanation.txt', 'explanation.json', 'explanation.png']) {
      const content = fs.readFileSync(join(folder, 'all', name), 'latin1');
      expect(content).not.toMatch(/secret|DEMO\^|2\.25\.|1\.2\.840|20260105/i);
    }
  });

  it('is the same, byte by byte, when it is explained again', async () => {
    await explain(image, 'again');
    for (const name of ['explanation.txt', 'explanation.json', 'explanation.png'])
      expect(
        fs
          .readFileSync(join(folder, 'again', name))
          .equals(fs.readFileSync(join(folder, 'all', name))),
      ).toBe(true);
  });

  it('can be asked for one finding and one method', async () => {
    const { code } = await explain(image, 'one', '--finding', 'pneumothorax', '--method', 'cam');
    expect(code).toBe(0);
    const { finding, methods, agreement } = read('one');
    expect(finding).toMatchObject({ id: 'pneumothorax', flagged: false });
    expect(methods.map(({ method }) => method)).toEqual(['cam']);
    expect(agreement).toEqual([]);
    const text = fs.readFileSync(join(folder, 'one', 'explanation.txt'), 'utf8');
    expect(text).toContain('not reached; that is no negative result');
  });
});

describe('an image that the gate stops', () => {
  it('is explained all the same, and it is said loudly', async () => {
    const bytes = fs.readFileSync(image);
    const at = bytes.indexOf('MONOCHROME2', 0, 'latin1');
    bytes.write('MONOCHROME1', at, 'latin1');
    const turned = join(folder, 'turned.dcm');
    fs.writeFileSync(turned, bytes);
    const { code, out } = await explain(turned, 'turned', '--method', 'cam');
    expect(code).toBe(0);
    expect(out).toContain('!!! THE GATE STOPS THIS IMAGE');
    expect(read('turned').domain).toMatchObject({ outside: true, stopped: true });
  });
});

describe('what cannot be explained', () => {
  it.each([
    [['--finding', 'fracture'], 'has no fracture, but pneumothorax, pleural-effusion, nodule'],
    [['--method', 'gradcam'], '--method must be one of cam, occlusion, superpixels'],
    [['--frame', '2'], '--frame: the image has 1, not 2'],
    [['--hide', 'black'], '--hide must be one of blur, surroundings'],
    [['--size', '10'], '--size must be a whole number from 240 to 2000'],
    [['--colour'], '--colour'],
  ])('is called wrongly: %j', async (more, message) => {
    const { code, error } = await explain(image, 'none', ...more);
    expect({ code, error }).toEqual({ code: 2, error: expect.stringContaining(message) });
    expect(error).toContain('Usage:');
    expect(fs.existsSync(join(folder, 'none'))).toBe(false);
  });

  it('is the map of a model that has none; the other methods work', async () => {
    const bundle = bundleWithoutMap();
    const asked = ['--bundle', bundle, '--image', image, '--out', join(folder, 'no-map')];
    const { code, error } = await run(...asked, '--method', 'cam');
    expect({ code, error }).toMatchObject({
      code: 2,
      error: expect.stringContaining('chest-demo has no class activation map'),
    });
    expect((await run(...asked)).code).toBe(0);
    expect(read('no-map').methods.map(({ method }) => method)).toEqual([
      'occlusion',
      'superpixels',
    ]);
  });

  it.each<[string, () => string, RegExp]>([
    ['no DICOM', () => join(shippedFolder, 'model.onnx'), /Not explained: .*no DICM prefix/],
    ['no file', () => join(folder, 'absent.dcm'), /ENOENT/],
    [
      'another kind of image',
      () => write('ct.dcm', { modality: 'CT' }),
      /Not explained: out of scope/,
    ],
    ['a picture that names the patient', () => nameInPicture(), /Burned In Annotation is YES/],
    ['half a file', () => cutInHalf(), /Not explained: /],
  ])('is %s', async (_, make, message) => {
    const { code, error } = await explain(make(), 'none');
    expect({ code, error }).toEqual({ code: 1, error: expect.stringMatching(message) });
    expect(fs.existsSync(join(folder, 'none'))).toBe(false);
  });

  function bundleWithoutMap(): string {
    const bundle = join(folder, 'without-map');
    fs.cpSync(shippedFolder, bundle, { recursive: true });
    const model = decodeModel(fs.readFileSync(join(bundle, 'model.onnx')));
    const output = model.graph!.output.filter(({ name }) => name !== 'cam');
    const bytes = encodeModel({ ...model, graph: { ...model.graph!, output } });
    fs.writeFileSync(join(bundle, 'model.onnx'), bytes);
    const path = join(bundle, 'manifest.json');
    const manifest = JSON.parse(fs.readFileSync(path, 'utf8'));
    const sha256 = createHash('sha256').update(bytes).digest('hex');
    manifest.files['model.onnx'] = { sha256, size: bytes.length };
    delete manifest.network.outputs.cam;
    manifest.explanation.method = 'none';
    fs.writeFileSync(path, JSON.stringify(manifest));
    return bundle;
  }

  function nameInPicture(): string {
    const bytes = fs.readFileSync(image);
    const tag = Buffer.from([0x28, 0x00, 0x01, 0x03]);
    const at = bytes.indexOf(tag);
    // The value NO becomes YES, two bytes longer.
    const longer = Buffer.from([0x43, 0x53, 4, 0, ...Buffer.from('YES ')]);
    const path = join(folder, 'named.dcm');
    fs.writeFileSync(
      path,
      Buffer.concat([bytes.subarray(0, at + 4), longer, bytes.subarray(at + 10)]),
    );
    return path;
  }

  function cutInHalf(): string {
    const path = join(folder, 'half.dcm');
    fs.writeFileSync(path, fs.readFileSync(image).subarray(0, 200_000));
    return path;
  }

  it('explains itself', async () => {
    expect(await run('--help')).toMatchObject({
      code: 0,
      out: expect.stringContaining('--finding'),
    });
  });
});

describeWith(['chromium'], 'a PNG in a browser', () => {
  it('has the same pixels', async () => {
    const [rows, columns] = [23, 31];
    const bytes = Uint8Array.from({ length: 3 * rows * columns }, (_, at) => (at * 37) % 251);
    const png = Buffer.from(encodePng({ rows, columns, bytes })).toString('base64');
    const browser = await chromium.launch({
      executablePath: findProgram('chromium') ?? '',
      args: ['--headless', '--no-sandbox', '--disable-gpu', '--no-first-run', '--disable-sync'],
    });
    try {
      const page = await browser.newPage();
      const seen: number[] = await page.evaluate(`(async () => {
        const image = new Image();
        image.src = 'data:image/png;base64,${png}';
        await image.decode();
        const canvas = new OffscreenCanvas(image.width, image.height);
        const context = canvas.getContext('2d');
        context.drawImage(image, 0, 0);
        return [image.width, image.height, ...context.getImageData(0, 0, image.width, image.height).data];
      })()`);
      const [width, height, ...pixels] = seen;
      expect([width, height]).toEqual([columns, rows]);
      expect(pixels.filter((_, at) => at % 4 !== 3)).toEqual([...bytes]);
    } finally {
      await browser.close();
    }
  });
});
