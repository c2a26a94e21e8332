import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import { makePhantomInstance, type PhantomInstance } from '../../demo/phantom-study.ts';
import { systemClock } from '../../device/clock.ts';
import { disk } from '../../device/files.ts';
import { drawHeatmap, type Heatmap } from '../../models/explanation/heatmap-picture.ts';
import { summariseImage } from '../../models/image-summary.ts';
import { Drawing, type DrawingOptions } from '../../runtime/inference/drawing/drawing.ts';
import { memoryCap } from '../../runtime/inference/input.ts';
import { openPixels } from '../../runtime/inference/pixels.ts';
import { makeDataFolder } from '../appliance.ts';
import { mapOf } from '../fixtures/heatmap.ts';

const instance = makePhantomInstance({
  seed: 5,
  size: 600,
  patient: { name: 'DEMO^TEST', id: 'DEMO-0000' },
  studyInstanceUid: '2.25.1',
});

function heatmap(row: number): Heatmap {
  const { rows, columns, values } = mapOf(8, 8, { row, column: 2 });
  return {
    map: { rows, columns, values: Float32Array.from(values) },
    steps: [{ step: 'letterbox', rows: 64, columns: 64 }],
    words: { warning: 'AI heatmap', finding: 'Reaction for: test', below: 'Rough' },
  };
}

async function decoded({ dataSet, transferSyntaxUid }: PhantomInstance) {
  const pixels = await openPixels(dataSet, transferSyntaxUid, { memoryCap });
  if (pixels.state !== 'read') throw new Error(pixels.detail);
  const reading = await pixels.read(0);
  if (reading.state !== 'read') throw new Error(reading.detail);
  return reading.image;
}

describe('drawing in a process of its own', () => {
  let path: string;
  let repeated: string[];
  const image = (offset = 0) => ({
    path,
    offset,
    length: instance.dataSet.length,
    transferSyntaxUid: instance.transferSyntaxUid,
  });

  beforeEach(() => {
    repeated = [];
    path = join(makeDataFolder(), 'PATIENT^NAME.dcm');
    writeFileSync(path, instance.dataSet);
  });

  function startDrawing(options: Partial<DrawingOptions> = {}): Drawing {
    const drawing = new Drawing({
      clock: systemClock,
      repeated: (why) => void repeated.push(why),
      ...options,
    });
    onTestFinished(() => drawing.close());
    return drawing;
  }

  it('gives the very pictures that are drawn here, in their order', async () => {
    const heatmaps = [heatmap(1), heatmap(6)];
    const { pictures: drawn, image: summary } = await startDrawing().draw({
      image: image(),
      frame: undefined,
      heatmaps,
    });
    const stored = await decoded(instance);
    expect(summary).toEqual(summariseImage(stored));
    const expected = heatmaps.map((each) => drawHeatmap(stored, each));
    expect(drawn.map(({ rows, columns }) => [rows, columns])).toEqual(
      expected.map(({ rows, columns }) => [rows, columns]),
    );
    for (const [at, { bytes }] of expected.entries())
      expect(Buffer.from(drawn[at]!.bytes).equals(bytes)).toBe(true);
  });

  it('tries an image once more when its process is killed, and gives it up after that', async () => {
    const drawing = startDrawing();
    const job = { image: image(), frame: undefined, heatmaps: [heatmap(1)] };
    const first = drawing.draw(job);
    await untilDrawing(drawing);
    process.kill(drawing.pid!, 'SIGKILL');
    expect((await first).pictures).toHaveLength(1);
    expect(repeated).toEqual([expect.stringContaining('SIGKILL')]);

    const hopeless = startDrawing({ limitMs: 1 }).draw(job);
    await expect(hopeless).rejects.toMatchObject({ code: 'DRAWING_FAILED' });
    expect(repeated).toHaveLength(2);
  });

  it('refuses what it cannot read with a reason that names no file, and draws what comes after', async () => {
    const drawing = startDrawing();
    const job = { image: image(1 << 30), frame: undefined, heatmaps: [heatmap(1)] };
    const cutOff = drawing.draw(job);
    const gone = drawing.draw({ ...job, image: { ...image(), path: `${path}.gone` } });
    const sound = drawing.draw({ ...job, image: image() });
    const beyond = drawing.draw({ ...job, image: image(), frame: 2 });
    await expect(cutOff).rejects.toMatchObject({ code: 'DRAWING_FAILED' });
    await expect(gone).rejects.toThrow(/ENOENT/);
    await expect(gone).rejects.not.toThrow(/PATIENT/);
    await expect(beyond).rejects.toThrow(/frame/);
    expect((await sound).pictures).toHaveLength(1);
    expect(repeated).toEqual([]);
  });

  it('ends with its owner: what is under way and what waits is given up at once', async () => {
    const drawing = startDrawing();
    const job = { image: image(), frame: undefined, heatmaps: [heatmap(1)] };
    const jobs = [drawing.draw(job), drawing.draw(job)];
    await untilDrawing(drawing);
    const { pid } = drawing;
    drawing.close();
    for (const each of jobs) await expect(each).rejects.toMatchObject({ code: 'ENGINE_FAILED' });
    await expect.poll(() => disk.exists(`/proc/${pid}`)).toBe(false);
    expect(repeated).toEqual([]);
  });

  it('stands still while images wait for their analysis', async () => {
    let busy = true;
    const drawing = startDrawing({ isBusy: () => busy });
    const drawn = drawing.draw({ image: image(), frame: undefined, heatmaps: [heatmap(1)] });
    await untilDrawing(drawing);
    await expect.poll(() => stateOf(drawing)).toBe('T');
    busy = false;
    await expect.poll(() => stateOf(drawing)).not.toBe('T');
    expect((await drawn).pictures).toHaveLength(1);
  });

  it('may read, and nothing else', async () => {
    const drawing = startDrawing();
    const drawn = drawing.draw({ image: image(), frame: undefined, heatmaps: [heatmap(1)] });
    await untilDrawing(drawing);
    const flags = disk.readText(`/proc/${drawing.pid}/cmdline`).split('\0');
    expect(flags.filter((flag) => /^--(permission|allow-)/.test(flag))).toEqual([
      '--permission',
      '--allow-fs-read=*',
    ]);
    expect((await drawn).pictures).toHaveLength(1);
  });

  it('steps back behind everything else', async () => {
    const drawing = startDrawing();
    const drawn = drawing.draw({ image: image(), frame: undefined, heatmaps: [heatmap(1)] });
    await untilDrawing(drawing);
    await expect
      .poll(() => disk.readText(`/proc/${drawing.pid}/stat`).split(' ')[18], {
        timeout: 10_000,
        interval: 10,
      })
      .toBe('19');
    await drawn;
  });
});

async function untilDrawing(drawing: Drawing): Promise<void> {
  await expect.poll(() => drawing.pid).toBeDefined();
}

/** As proc(5) names it: T is stopped. */
function stateOf({ pid }: Drawing): string | undefined {
  const path = `/proc/${pid}/stat`;
  return disk.exists(path) ? disk.readText(path).split(' ')[2] : undefined;
}
