import { createHash } from 'node:crypto';
import fs from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { datasetCommands } from '../cli/dataset.ts';
import { type Dataset, parseDataset, sealDataset } from '../models/dataset/dataset.ts';
import { readTable } from '../models/dataset/table.ts';
import { dataSetOf, encodeDataSet } from '../runtime/dicom/data-set-writer.ts';
import { wrapJpeg } from '../runtime/dicom/image-writer.ts';
import { readPart10, writePart10 } from '../runtime/dicom/part10.ts';
import { makeJpeg } from './jpeg-bytes.ts';
import { describeWithShared } from './outside.ts';

let folder: string;

beforeEach(() => {
  folder = fs.mkdtempSync(join(tmpdir(), 'scanside-dataset-'));
});

afterEach(() => {
  fs.rmSync(folder, { recursive: true });
});

interface Ran {
  code: number;
  out: string;
  error: string;
}

async function run(command: string, ...args: string[]): Promise<Ran> {
  const [out, error]: [string[], string[]] = [[], []];
  const io = { out: (text: string) => out.push(text), error: (text: string) => error.push(text) };
  const code = await datasetCommands[command]!.run(args, io);
  return { code, out: out.join('\n'), error: error.join('\n') };
}

/** Greys of a picture that looks like no other of another number. */
function greysOf(number: number): number[] {
  const bytes = createHash('sha256').update(`picture ${number}`).digest();
  return Array.from(bytes.subarray(0, 16), (byte) => (byte % 90) - 48);
}

function picture(number: number): Buffer {
  return makeJpeg({ rows: 32, columns: 32, greys: greysOf(number) });
}

function write(path: string, content: string | Uint8Array): void {
  fs.mkdirSync(join(folder, path, '..'), { recursive: true });
  fs.writeFileSync(join(folder, path), content);
}

function dataset(out = 'out'): Dataset {
  return parseDataset(fs.readFileSync(join(folder, out, 'dataset.json'), 'utf8'));
}

const statement = ['--source', 'Nobody', '--statement', 'Made up.', '--licence', 'None'];

function importTable(...more: string[]): Promise<Ran> {
  const places = ['--from', join(folder, 'in'), '--table', join(folder, 'in', 'table.csv')];
  const out = ['--out', join(folder, 'out')];
  return run('import', '--layout', 'csv', ...places, ...out, ...statement, ...more);
}

/** Twenty patients at four sites with two pictures each. */
function writeImages(): void {
  const rows = Array.from({ length: 40 }, (_, at) => {
    write(`in/${at}.jpg`, picture(at));
    const patient = at >> 1;
    return `${at}.jpg,p${patient},s${patient % 4},${patient % 2},${40 + at},F,PA`;
  });
  write('in/table.csv', ['file,patient,site,label,age,sex,view', ...rows].join('\n'));
}

describe('an import', () => {
  it('makes a data set that verifies, the same every time', async () => {
    writeImages();
    expect(await importTable()).toMatchObject({ code: 0, error: '' });
    const first = dataset();
    expect(first.items).toHaveLength(40);
    expect(first.items[0]).toMatchObject({ sex: 'F', view: 'PA', labels: {} });
    expect(await run('verify', '--data', join(folder, 'out'))).toMatchObject({ code: 0 });
    fs.rmSync(join(folder, 'out'), { recursive: true });
    await importTable();
    expect(dataset().hash).toBe(first.hash);
  });

  it('takes the majority of several readers and lists the ties', async () => {
    writeImages();
    write('labels.csv', 'file,reader:a,reader:b,reader:c\n0.jpg,1,1,0\n1.jpg,1,0,\n2.jpg,0,0,0\n');
    const { code, out } = await importTable('--labels', join(folder, 'labels.csv'));
    expect(code).toBe(0);
    expect(out).toMatch(/Fleiss kappa/);
    expect(out).toMatch(/a and b: 3 images, kappa 0\.4/);
    expect(out).toContain('no majority, to be adjudicated: 1.jpg');
    const item = (name: string) => dataset().items.find(({ source }) => source.file === name);
    expect(item('0.jpg')).toMatchObject({
      labels: { finding: 1 },
      opinions: { finding: { a: 1, b: 1, c: 0 } },
    });
    expect(item('1.jpg')?.labels).toEqual({});
    expect(item('2.jpg')?.labels).toEqual({ finding: 0 });
  });

  it.each<[string, () => void, RegExp]>([
    ['a file that is not there', () => fs.rmSync(join(folder, 'in', '7.jpg')), /7\.jpg: .*no such file/],
    ['a link', () => link('7.jpg'), /7\.jpg: .*it is a link/],
    ['a cut file', () => write('in/7.jpg', picture(7).subarray(0, -9)), /7\.jpg: .*cut short/],
    ['colour', () => write('in/7.jpg', makeJpeg({ chrominance: 3 })), /7\.jpg: .*in colour/],
    ['a progressive file', () => write('in/7.jpg', makeJpeg({ frame: 0xc2 })), /7\.jpg: .*progressive/],
    ['something else', () => write('in/7.jpg', 'hello'), /7\.jpg: .*does not begin as a JPEG/],
    ['the same picture of two patients', () => write('in/7.jpg', picture(0)), /0\.jpg and 7\.jpg are the same picture/],
    ['the same picture twice', () => write('in/1.jpg', picture(0)), /0\.jpg and 1\.jpg are the same picture/],
    ['a file named twice', () => append('0.jpg,p0,s0,0,40,F,PA'), /0\.jpg is named 2 times/],
    ['a path that leads out', () => append('../../x.jpg,p0,s0,0,40,F,PA'), /row 42: file .* no path inside/],
    ['a row that is too short', () => append('x.jpg,p0'), /row 42 has 2 of 7 fields/],
    ['another patient than the table says', () => write('in/7.jpg', wrapJpeg(picture(7), { source: 'x', patient: 'p4' }).file), /7\.jpg: .*not the patient of the table, p3/],
    ['an identified DICOM file', () => write('in/7.jpg', identified()), /7\.jpg: .*deidentify first/],
  ])('refuses %s and writes nothing', async (_what, damage, message) => {
    writeImages();
    damage();
    const { code, error } = await importTable();
    expect(error).toMatch(message);
    expect(error).toContain('nothing was written');
    expect(code).toBe(1);
    expect(fs.existsSync(join(folder, 'out'))).toBe(false);
  }); // prettier-ignore

  function link(name: string): void {
    fs.renameSync(join(folder, 'in', name), join(folder, 'elsewhere'));
    fs.symlinkSync(join(folder, 'elsewhere'), join(folder, 'in', name));
  }

  function append(row: string): void {
    fs.appendFileSync(join(folder, 'in', 'table.csv'), `\n${row}`);
  }

  it('keeps a DICOM file without identity as it is', async () => {
    const facts = { source: 'x', patient: 'p1', ageYears: 7, sex: 'F', view: 'AP' } as const;
    const { file } = wrapJpeg(picture(1), facts);
    write('in/a.dcm', file);
    write('in/table.csv', 'file,patient,label,view\na.dcm,p1,1,LL\n');
    expect((await importTable()).code).toBe(0);
    const [item] = dataset().items;
    expect(item).toMatchObject({ age: 7, sex: 'F', view: 'LL' });
    expect(fs.readFileSync(join(folder, 'out', item!.file)).equals(file)).toBe(true);
  });

  it('leaves out what a patient has twice, if it may', async () => {
    writeImages();
    write('in/1.jpg', picture(0));
    const { code, out } = await importTable('--duplicates', 'drop');
    expect(code).toBe(0);
    expect(out).toContain('left out, its patient has the same picture: 1.jpg');
    expect(dataset().items).toHaveLength(39);
  });

  it.each([
    [['--version', '1'], '--version'],
    [['--name', '../x'], '--name'],
    [['--duplicates', 'keep'], '--duplicates must be one of refuse, drop'],
    [['--colour'], '--colour'],
  ])('explains how it is used after %j', async (args, message) => {
    writeImages();
    const { code, error } = await importTable(...args);
    expect(code).toBe(2);
    expect(error).toContain(message);
    expect(error).toContain('Usage: scanside dataset import');
  });
});

/** An object that does not say that identity was removed. */
function identified(): Uint8Array {
  const meta = {
    sopClassUid: '1.2.840.10008.5.1.4.1.1.7',
    sopInstanceUid: '1.2.3',
    transferSyntaxUid: '1.2.840.10008.1.2.1',
  };
  const dataSet = dataSetOf({ SOPInstanceUID: '1.2.3', PatientID: 'p3', PixelData: '1234' });
  return writePart10(meta, encodeDataSet(dataSet));
}

describe('a split', () => {
  beforeEach(async () => {
    writeImages();
    await importTable();
  });

  const split = (...args: string[]) =>
    run('split', '--data', join(folder, 'out'), '--seed', 'a', ...args);

  it('is a new version made from the old one, which is kept', async () => {
    const before = dataset();
    expect(await split('--parts', '60/20/20')).toMatchObject({ code: 0, error: '' });
    const after = dataset();
    expect(after.version).toBe('1.1.0');
    expect(after.madeFrom).toEqual({ version: '1.0.0', hash: before.hash });
    expect(after.split).toMatchObject({ by: 'patient', seed: 'a', label: 'finding' });
    const kept = fs.readFileSync(join(folder, 'out', 'dataset-1.0.0.json'), 'utf8');
    expect(parseDataset(kept)).toEqual(before);
    expect((await run('verify', '--data', join(folder, 'out'))).code).toBe(0);
  });

  it('keeps patients together, and sites where told to', async () => {
    await split('--by', 'site', '--parts', '50/25/25');
    const sites = Map.groupBy(dataset().items, ({ site }) => site);
    const partsOf = [...sites.values()].map((items) => new Set(items.map(({ part }) => part)));
    expect(partsOf.map(({ size }) => size)).toEqual([1, 1, 1, 1]);
    await split('--folds', '5');
    const patients = Map.groupBy(dataset().items, ({ patient }) => patient);
    for (const items of patients.values())
      expect(new Set(items.map(({ fold }) => fold)).size).toBe(1);
    expect(dataset().items.every(({ part }) => part === undefined)).toBe(true);
  });

  it('refuses a version that is there', async () => {
    await split('--parts', '60/20/20');
    for (const version of ['1.0.0', '1.1.0', 'x']) {
      const { code, error } = await split('--version', version);
      expect(error).toMatch(/is there already|version/);
      expect(code).toBe(1);
    }
    expect(dataset().version).toBe('1.1.0');
  });

  it('says so where a part stays empty', async () => {
    const { code, error } = await split('--parts', '90/9/1');
    expect(code).toBe(0);
    expect(error).toMatch(/^look at: test is empty/m);
  });

  it.each([
    [['--parts', '70/20'], '--parts must be three percentages'],
    [['--parts', '70/20/20'], '--parts must be three percentages'],
    [['--parts', '70/20/10', '--folds', '5'], 'exclude each other'],
    [['--label', 'other'], '--label must be one of finding'],
    [['--by', 'study'], '--by must be one of patient, site'],
  ])('explains how it is used after %j', async (args, message) => {
    const { code, error } = await split(...args);
    expect(code).toBe(2);
    expect(error).toContain(message);
  });
});

describe('a verification', () => {
  let out: string;

  beforeEach(async () => {
    out = join(folder, 'out');
    writeImages();
    await importTable();
    await run('split', '--data', out, '--seed', 'a', '--parts', '60/20/20');
  });

  const verify = () => run('verify', '--data', out);
  const first = () => join(out, dataset().items[0]!.file);

  it.each<[string, () => void, RegExp]>([
    ['a changed file', () => fs.appendFileSync(first(), 'x'), /wrong: instances\/.*: it was changed/],
    ['a missing file', () => fs.rmSync(first()), /wrong: instances\/.*no such file/],
    ['an extra file', () => write('out/instances/1.2.dcm', 'x'), /1\.2\.dcm: dataset\.json does not list it/],
    ['a file beside it', () => write('out/notes.txt', 'x'), /notes\.txt: dataset\.json does not list it/],
    [
      'a description changed by hand',
      () => edit((before) => ({ ...before, version: '9.0.0' })),
      /was changed: its hash/,
    ],
    [
      'a patient in two parts',
      () =>
        edit((before) => {
          const [item, ...others] = before.items;
          const part = item!.part === 'test' ? 'train' : 'test';
          return sealDataset({ ...before, items: [{ ...item!, part }, ...others] });
        }),
      /wrong: patient p\d+ is in (train|validation|test) .* and (train|validation|test)/,
    ],
  ])('finds %s', async (_what, damage, message) => {
    damage();
    const { code, error } = await verify();
    expect(code).toBe(1);
    expect(error).toMatch(message);
  }); // prettier-ignore

  function edit(change: (dataset: Dataset) => Dataset): void {
    fs.writeFileSync(join(out, 'dataset.json'), JSON.stringify(change(dataset())));
  }

  it('counts the classes of every part', async () => {
    const report = await verify();
    expect(report).toMatchObject({ code: 0, error: '' });
    expect(report.out).toMatch(/train: 24 images of 12 patients\n {2}finding: 12 with, 12 without/);
    expect(report.out).toMatch(/test: 8 images of 4 patients/);
  });

  it('points at pictures that look alike in two parts', async () => {
    const parts = new Map(dataset().items.map(({ source, part }) => [source.file, part]));
    const other = [...parts].find(([, part]) => part !== parts.get('0.jpg'))![0];
    fs.rmSync(out, { recursive: true });
    const brighter = greysOf(0).map((grey) => grey + 3);
    write(`in/${other}`, makeJpeg({ rows: 32, columns: 32, greys: brighter }));
    await importTable();
    await run('split', '--data', out, '--seed', 'a');
    const { code, error } = await verify();
    expect(code).toBe(0);
    expect(error).toMatch(/^look at: .* and .* look alike: (0\.99\d|1\.000)$/);
  });
});

describe('a table', () => {
  it('is what the data set says, and can be read again', async () => {
    writeImages();
    await importTable();
    const out = join(folder, 'out');
    await run('split', '--data', out, '--seed', 'a', '--parts', '60/20/20');
    const whole = readTable(Buffer.from((await run('table', '--data', out)).out));
    expect(whole.columns.join()).toBe('file,patient,site,part,fold,age,sex,view,finding');
    expect(whole.rows).toHaveLength(40);
    const file = join(folder, 'test.csv');
    await run('table', '--data', out, '--part', 'test', '--label', 'finding', '--out', file);
    const rows = readTable(fs.readFileSync(file)).rows.map(({ fields }) => fields);
    expect(rows).toHaveLength(8);
    const { patient, labels } = dataset().items.find((item) => item.file === rows[0]!['file'])!;
    expect(rows[0]).toMatchObject({ patient, part: 'test', finding: String(labels['finding']) });
  });
});

describe('a folder of DICOM files', () => {
  const args = () => ['--from', join(folder, 'in'), '--out', join(folder, 'out')];
  const key = () => join(folder, 'key');

  it('is de-identified with a key that is made once', async () => {
    write('in/deep/a.dcm', wrapJpeg(picture(1), { source: 'x', patient: 'p1' }).file);
    write('in/b.dcm', wrapJpeg(picture(2), { source: 'x', patient: 'p1' }).file);
    const { code, out } = await run('deidentify', ...args(), '--key', key());
    expect(out).toContain('made a new key');
    expect(out).toContain('2 images of 1 patients; 0 left out');
    expect(code).toBe(0);
    expect(fs.statSync(key()).mode & 0o777).toBe(0o600);
    const names = fs.readdirSync(join(folder, 'out'));
    fs.rmSync(join(folder, 'out'), { recursive: true });
    await run('deidentify', ...args(), '--key', key());
    expect(fs.readdirSync(join(folder, 'out'))).toEqual(names);
  });

  it('loses what cannot be made safe, and the exit code says so', async () => {
    write('in/a.dcm', wrapJpeg(picture(1), { source: 'x', patient: 'p1' }).file);
    write('in/b.dcm', identified());
    write('in/c.txt', 'no image');
    const { code, error } = await run('deidentify', ...args(), '--key', key());
    expect(code).toBe(1);
    expect(error).toMatch(/left out: .*b\.dcm: IMAGE_REFUSED/);
    expect(error).toMatch(/left out: .*c\.txt: DATA_SET_UNREADABLE/);
    expect(fs.readdirSync(join(folder, 'out'))).toHaveLength(1);
  });

  it('needs a key that nobody else may read', async () => {
    fs.writeFileSync(key(), Buffer.alloc(32), { mode: 0o644 });
    const { code, error } = await run('deidentify', ...args(), '--key', key());
    expect(code).toBe(1);
    expect(error).toContain('KEY_EXPOSED');
  });
});

describe.each(Object.keys(datasetCommands))('scanside dataset %s', (name) => {
  it('explains itself', async () => {
    expect(await run(name, '--help')).toMatchObject({
      code: 0,
      out: expect.stringContaining(`Usage: scanside dataset ${name}`),
    });
  });

  it('says what is missing', async () => {
    const { code, error } = await run(name);
    expect(code).toBe(2);
    expect(error).toMatch(/^--\w+ is missing\n\nUsage|^--\w+ is missing\n\n/);
  });
});

describeWithShared('published radiographs', (shared) => {
  it('become a data set', async () => {
    const names = ['NORMAL', 'PNEUMONIA'];
    for (const name of names) {
      const images = join(shared, 'data', 'cxr-kermany', 'images', name);
      for (const image of fs.readdirSync(images).slice(0, 20))
        write(`in/${name}/${image}`, fs.readFileSync(join(images, image)));
    }
    const places = ['--from', join(folder, 'in'), '--out', join(folder, 'out')];
    expect((await run('import', '--layout', 'kermany', ...places)).code).toBe(0);
    await run('split', '--data', join(folder, 'out'), '--seed', 'chest-1', '--parts', '83/17/0');
    expect(await run('verify', '--data', join(folder, 'out'))).toMatchObject({
      code: 0,
      error: '',
    });
    const read = dataset().items.map(({ file }) => readPart10(fs.readFileSync(join(folder, 'out', file)))); // prettier-ignore
    expect(read.map(({ transferSyntaxUid }) => basename(transferSyntaxUid))).toHaveLength(40);
  });
});
