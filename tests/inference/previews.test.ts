import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import process from 'node:process';
import { beforeEach, describe, expect, it } from 'vitest';
import { disk } from '../../device/files.ts';
import type { Previews } from '../../runtime/preview/previews.ts';
import {
  picture,
  PreviewBench,
  readGreyPng,
  slice,
  untilPreviews,
  untilReady,
  untilWorking,
} from '../fixtures/preview-bench.ts';

const studyUid = '2.25.1';
const ramp = (row: number, column: number) => 10 * row + column;

let bench: PreviewBench;
beforeEach(() => {
  bench = new PreviewBench();
});

/** A study of one radiograph that says how it wants to be shown. */
function storeRadiograph(uid = studyUid): void {
  const window = { Modality: 'DX', WindowCenter: '1500', WindowWidth: '3000' };
  bench.subject(uid, [bench.store(`${uid}.1`, picture(240, 120, ramp, window))]);
}

async function wordsOf(previews: Previews, id: string): Promise<Uint16Array> {
  const { bytes, type } = (await previews.preview(studyUid, id))!;
  expect(type).toBe('application/octet-stream');
  return new Uint16Array(Uint8Array.from(bytes).buffer);
}

const hounsfield = (words: Uint16Array) => new Int16Array(words.buffer)[0]! - 1024;

describe('the pictures of a study', () => {
  it('are those of its image', async () => {
    storeRadiograph();
    const previews = await bench.start();
    expect(previews.thumbnailTag(studyUid)).toBe('');
    previews.make(studyUid);
    const [image] = await untilReady(previews, studyUid);
    expect(image).toMatchObject({ id: '2.25.1.1', number: 1, rows: 240, columns: 120 });
    expect(image?.windows).toEqual([{ name: 'as-stored', center: 1500, width: 3000 }]);
    const words = await wordsOf(previews, image!.id);
    expect(words).toHaveLength(240 * 120);
    expect([words[0], words[119], words[120], words.at(-1)]).toEqual([0, 119, 10, 2509]);
    expect((await previews.preview(studyUid, image!.id))?.etag).toBe(image?.etag);

    const thumbnail = await previews.thumbnail(studyUid);
    expect(thumbnail).toMatchObject({ type: 'image/png', etag: previews.thumbnailTag(studyUid) });
    const { rows, columns, depth, colourType, pixels, chunks } = readGreyPng(thumbnail!.bytes);
    expect({ rows, columns, depth, colourType, chunks }).toEqual({
      rows: 192,
      columns: 96,
      depth: 8,
      colourType: 0,
      chunks: ['IHDR', 'IDAT', 'IEND'],
    });
    expect(pixels[0]).toBeLessThan(4);
    expect(Math.abs(pixels.at(-1)! - (255 * 2509) / 3000)).toBeLessThan(4);
    await expect.poll(() => bench.changed).toEqual([studyUid]);
    expect(bench.log).toEqual([]);
  });

  it('are none of a name or a study that is not there', async () => {
    storeRadiograph();
    const previews = await bench.start();
    previews.make(studyUid);
    await untilReady(previews, studyUid);
    for (const name of ['', '..', '2.25.1.2', '2.25.1.1-1', '__proto__'])
      expect(await previews.preview(studyUid, name)).toBeUndefined();
    expect(previews.images('2.25.404')).toEqual({ images: [], previews: 'none' });
    expect(await previews.thumbnail('2.25.404')).toBeUndefined();
    expect(await previews.preview('2.25.404', '2.25.1.1')).toBeUndefined();
  });

  it('are made when somebody asks for them, once', async () => {
    storeRadiograph();
    const previews = await bench.start();
    expect(previews.images(studyUid)).toEqual({ images: [], previews: 'making' });
    await untilReady(previews, studyUid);
    const tag = previews.thumbnailTag(studyUid);
    previews.make(studyUid);
    expect(previews.images(studyUid).previews).toBe('ready');
    await expect.poll(() => bench.changed).toEqual([studyUid]);
    expect(previews.pid).toBeUndefined();
    expect(previews.thumbnailTag(studyUid)).toBe(tag);
  });

  it('are the frames around the one that counts', async () => {
    const frames = Array.from({ length: 30 }, (_, at) =>
      Buffer.from(Uint16Array.of(at, at, at).buffer),
    );
    const movie = picture(1, 3, () => 0, { NumberOfFrames: '30' });
    const pixels = Buffer.concat(frames);
    const dataSet = Buffer.concat([
      movie.subarray(0, movie.length - 18),
      head(pixels.length),
      pixels,
    ]);
    const image = bench.store('2.25.1.1', dataSet);
    bench.subject(studyUid, [image], { key: { sopInstanceUid: '2.25.1.1', frame: 28 } });
    const previews = await bench.start();
    const images = await untilReady(previews, studyUid);
    expect(images.map(({ number }) => number)).toEqual([23, 24, 25, 26, 27, 28, 29, 30]);
    expect(images[0]?.id).toBe('2.25.1.1-23');
    expect((await wordsOf(previews, '2.25.1.1-28'))[0]).toBe(27);
  });
});

/** Explicit VR header of Pixel Data. */
function head(length: number): Buffer {
  const bytes = Buffer.from([0xe0, 0x7f, 0x10, 0x00, 0x4f, 0x57, 0, 0, 0, 0, 0, 0]);
  bytes.writeUInt32LE(length, 8);
  return bytes;
}

describe('the pictures of a CT', () => {
  /** The slice at the place `at` has `at` × 10 Hounsfield units, and lies where its UID does not say. */
  const storeSeries = (key?: number) => {
    const instances = Array.from({ length: 30 }, (_, k) => (k * 7) % 30).map((at) =>
      bench.store(`2.25.${(at * 11) % 30}`, slice(2.5 * at, 10 * at)),
    );
    const named = key === undefined ? undefined : { sopInstanceUid: `2.25.${(key * 11) % 30}` };
    bench.subject(studyUid, instances, { key: named });
  };

  it('stand around the middle, in Hounsfield units', async () => {
    storeSeries();
    const previews = await bench.start();
    const images = await untilReady(previews, studyUid);
    expect(images.map(({ number }) => number)).toEqual([
      11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21,
    ]);
    expect(images[0]).toMatchObject({ signed: true, slope: 1, intercept: -1024, inverted: false });
    expect(images[0]?.windows.map(({ name }) => name)).toEqual(['brain', 'subdural', 'bone']);
    const values = await Promise.all(images.map(async ({ id }) => wordsOf(previews, id)));
    expect(values.map(hounsfield)).toEqual([100, 110, 120, 130, 140, 150, 160, 170, 180, 190, 200]);
  });

  it('stand around the slice that counts, and are never shown where none may count', async () => {
    storeSeries(27);
    const first = await bench.start();
    const images = await untilReady(first, studyUid);
    expect(images.map(({ number }) => number)).toEqual([23, 24, 25, 26, 27, 28, 29, 30]);
    const thumbnail = first.thumbnailTag(studyUid);
    await first.close();

    storeSeries();
    const second = await bench.start();
    expect(second.images(studyUid)).toEqual({ images: [], previews: 'making' });
    expect(await second.preview(studyUid, images[0]!.id)).toBeUndefined();
    expect((await untilReady(second, studyUid)).map(({ number }) => number)[0]).toBe(11);
    expect(second.thumbnailTag(studyUid)).toBe(thumbnail);
    await expect.poll(() => readdirSync(bench.pictures)).toHaveLength(1);
  });
});

describe('what is on the disk', () => {
  it('is found again after a restart, with the same bytes and without any decoding', async () => {
    storeRadiograph();
    const first = await bench.start();
    const [image] = await untilReady(first, studyUid);
    const [preview, thumbnail] = [
      await first.preview(studyUid, image!.id),
      await first.thumbnail(studyUid),
    ];
    await first.close();

    const second = await bench.start();
    expect(second.thumbnailTag(studyUid)).toBe(thumbnail?.etag);
    expect(second.images(studyUid)).toEqual({ images: [image], previews: 'ready' });
    expect(await second.preview(studyUid, image!.id)).toEqual(preview);
    expect(await second.thumbnail(studyUid)).toEqual(thumbnail);
    expect(second.pid).toBeUndefined();
    expect(bench.log).toEqual([]);
  });

  it('stands readable nowhere, and its names tell nothing', async () => {
    storeRadiograph();
    const previews = await bench.start();
    const [image] = await untilReady(previews, studyUid);
    const { bytes } = (await previews.preview(studyUid, image!.id))!;
    const [name = ''] = readdirSync(bench.pictures);
    const file = readFileSync(join(bench.pictures, name));
    expect(name).toMatch(/^[0-9a-f]{64}-[0-9a-f]{16}\.pictures$/);
    for (const open of [
      Buffer.from(bytes.subarray(1000, 1032)),
      'PNG',
      'IHDR',
      '2.25.1',
      'as-stored',
      'plan',
    ])
      expect(file.includes(open)).toBe(false);
    expect(disk.isPrivate(join(bench.pictures, name))).toBe(true);
  });

  it('is gone when the study is erased, from the memory too', async () => {
    storeRadiograph('2.25.1');
    storeRadiograph('2.25.12');
    const previews = await bench.start();
    const [image] = await untilReady(previews, '2.25.1');
    await previews.preview('2.25.1', image!.id);
    await untilReady(previews, '2.25.12');
    bench.subjects.delete('2.25.1');
    await previews.erase('2.25.1');
    expect(readdirSync(bench.pictures)).toHaveLength(1);
    expect(previews.images('2.25.1')).toEqual({ images: [], previews: 'none' });
    expect(await previews.preview('2.25.1', image!.id)).toBeUndefined();
    expect(previews.thumbnailTag('2.25.1')).toBe('');
    expect(previews.images('2.25.12').previews).toBe('ready');
  });

  it('is gone when the study is erased while its pictures are being made', async () => {
    storeRadiograph();
    const previews = await bench.start({ isBusy: () => true });
    previews.make(studyUid);
    const pid = await untilWorking(previews);
    await previews.erase(studyUid);
    expect(existsSync(`/proc/${pid}`)).toBe(false);
    expect(readdirSync(bench.pictures)).toEqual([]);
    expect(bench.log).toEqual([]);
  });

  it('gives way to what is newer when there is too much of it', async () => {
    for (const uid of ['2.25.1', '2.25.2', '2.25.3']) storeRadiograph(uid);
    const previews = await bench.start({ limits: { diskBytes: 150_000 } });
    for (const uid of ['2.25.1', '2.25.2', '2.25.3']) await untilReady(previews, uid);
    expect(readdirSync(bench.pictures)).toHaveLength(2);
    expect(previews.thumbnailTag('2.25.1')).toBe('');
    expect(previews.thumbnailTag('2.25.3')).not.toBe('');
    await untilReady(previews, '2.25.1');
    expect(previews.thumbnailTag('2.25.2')).toBe('');
  });

  it.each([
    ['its end', (bytes: Buffer) => bytes.subarray(0, bytes.length - 10)],
    ['its directory', (bytes: Buffer) => flip(bytes, bytes.length - 40)],
    ['its key', (bytes: Buffer) => flip(bytes, 20)],
    ['everything', () => Buffer.alloc(0)],
  ])('is made again where it has lost %s, and the log says so once', async (_, damage) => {
    storeRadiograph();
    const first = await bench.start();
    const images = await untilReady(first, studyUid);
    await first.close();
    const path = join(bench.pictures, readdirSync(bench.pictures)[0]!);
    writeFileSync(path, damage(readFileSync(path)));
    const second = await bench.start();
    expect(await untilReady(second, studyUid)).toEqual(images);
    expect(bench.log).toEqual([expect.stringMatching(/previews damaged/)]);
  });

  it('is made again where a picture in it is damaged', async () => {
    storeRadiograph();
    const first = await bench.start();
    const images = await untilReady(first, studyUid);
    await first.close();
    const path = join(bench.pictures, readdirSync(bench.pictures)[0]!);
    writeFileSync(path, flip(readFileSync(path), 1000));
    const second = await bench.start();
    expect(await second.preview(studyUid, images[0]!.id)).toBeUndefined();
    expect(await untilReady(second, studyUid)).toEqual(images);
    expect(await second.preview(studyUid, images[0]!.id)).toBeDefined();
    expect(bench.log).toEqual([expect.stringMatching(/previews damaged/)]);
  });
});

function flip(bytes: Buffer, at: number): Buffer {
  bytes[at]! ^= 1;
  return bytes;
}

describe('the process that makes them', () => {
  it('is tried once more when it is killed', async () => {
    storeRadiograph();
    let busy = true;
    const previews = await bench.start({ isBusy: () => busy });
    previews.make(studyUid);
    process.kill(await untilWorking(previews), 'SIGKILL');
    busy = false;
    expect(await untilReady(previews, studyUid)).toHaveLength(1);
    expect(bench.log).toEqual([]);
  });

  it('is given up when it is killed again: the exam has no picture, and the next one has', async () => {
    storeRadiograph();
    storeRadiograph('2.25.2');
    let busy = true;
    const previews = await bench.start({ isBusy: () => busy });
    previews.make(studyUid);
    const first = await untilWorking(previews);
    process.kill(first, 'SIGKILL');
    process.kill(await untilWorking(previews, first), 'SIGKILL');
    busy = false;
    await untilPreviews(previews, studyUid, 'none');
    expect(bench.log).toEqual([expect.stringMatching(/previews not made.*SIGKILL/)]);
    expect(await untilReady(previews, '2.25.2')).toHaveLength(1);
    expect(readdirSync(bench.pictures)).toHaveLength(1);
  });

  it('takes too long at most twice', async () => {
    storeRadiograph();
    const previews = await bench.start({ limits: { imageMs: 1 } });
    await untilPreviews(previews, studyUid, 'none');
    expect(bench.log).toEqual([expect.stringMatching(/previews not made/)]);
  });

  it('refuses hostile images, and shows those beside them', async () => {
    const sound = picture(8, 8, ramp, { Modality: 'DX' });
    const cut = bench.store('2.25.1.2', sound.subarray(0, sound.length - 40));
    const gone = { ...bench.store('2.25.1.3', sound), path: join(bench.folder, 'NAME^PATIENT') };
    const foreign = bench.store('2.25.1.4', sound);
    bench.subject('2.25.2', [cut, gone, { ...foreign, transferSyntaxUid: '1.2.3' }]);
    bench.subject('2.25.1', [cut, bench.store('2.25.1.1', sound), gone]);
    const previews = await bench.start();
    await untilPreviews(previews, '2.25.2', 'none');
    expect(await untilReady(previews, '2.25.1')).toHaveLength(1);
    await expect.poll(() => bench.changed).toEqual(['2.25.2', '2.25.1']);
    expect(bench.log).toEqual([
      expect.stringMatching(/previews not made/),
      expect.stringMatching(/images without a preview.*"images":2/),
    ]);
    expect(bench.log.join()).not.toMatch(/PATIENT/);
  });

  it('says that a key is gone', async () => {
    storeRadiograph();
    const findKey = () => {
      throw new Error('no key');
    };
    const previews = await bench.start({ findKey });
    await untilPreviews(previews, studyUid, 'none');
    expect(bench.log).toEqual([expect.stringMatching(/previews not made.*no key/)]);
  });

  it('steps back, stands still while images wait, and may write one file alone', async () => {
    storeRadiograph();
    let busy = true;
    const previews = await bench.start({ isBusy: () => busy });
    previews.make(studyUid);
    const pid = await untilWorking(previews);
    const stat = () => disk.readText(`/proc/${pid}/stat`).split(' ');
    await expect.poll(() => stat()[2]).toBe('T');
    const flags = disk.readText(`/proc/${pid}/cmdline`).split('\0');
    expect(flags).toContain('--permission');
    expect(flags.filter((flag) => flag.startsWith('--allow-fs-write'))).toHaveLength(1);
    expect(flags).not.toContain('--allow-addons');
    busy = false;
    await untilReady(previews, studyUid);
  });

  it('ends with its owner, who makes the pictures after the next start', async () => {
    storeRadiograph();
    const first = await bench.start({ isBusy: () => true });
    first.make(studyUid);
    const pid = await untilWorking(first);
    await first.close();
    expect(existsSync(`/proc/${pid}`)).toBe(false);
    expect(readdirSync(bench.pictures)).toEqual([]);
    expect(await untilReady(await bench.start(), studyUid)).toHaveLength(1);
    expect(bench.log).toEqual([]);
  });
});

describe('a heatmap', () => {
  const map = { rows: 2, columns: 2, values: Float32Array.of(0, 0, 0, 4) };
  const steps = [{ step: 'resize' as const, rows: 64, columns: 64 }];

  it('is drawn only where it is allowed, and covers the image', async () => {
    storeRadiograph();
    const asked: unknown[] = [];
    const previews = await bench.start({
      reaction: (uid, { sopInstanceUid, frame }, finding) => {
        asked.push([uid, sopInstanceUid, frame, finding]);
        return finding === 'allowed' ? { map, steps } : undefined;
      },
    });
    const [image] = await untilReady(previews, studyUid);
    const drawn = await previews.heatmap(studyUid, image!.id, 'allowed');
    expect(drawn?.type).toBe('image/png');
    const { rows, columns, opacities } = readGreyPng(drawn!.bytes);
    expect(rows / columns).toBe(2);
    expect(opacities?.[0]).toBe(0);
    expect(await previews.heatmap(studyUid, image!.id, 'allowed')).toBe(drawn);
    expect(await previews.heatmap(studyUid, image!.id, 'other')).toBeUndefined();
    expect(await previews.heatmap(studyUid, 'other', 'allowed')).toBeUndefined();
    expect(asked).toHaveLength(3);
    expect(asked[0]).toEqual(['2.25.1', '2.25.1.1', undefined, 'allowed']);
    expect(readdirSync(bench.pictures)).toHaveLength(1);
  });
});
