import { describe, expect, it } from 'vitest';
import { markdownTable, replaceSection } from './document.ts';
import { type EngineResult, judgeEngine, reportEngine } from './engine-report.ts';
import { median, percentile, verdict } from './figures.ts';
import { findMount } from './machine.ts';
import { type ModelFigures, reportModels } from './models-report.ts';
import { parseStat, treeOf } from './process-cost.ts';
import { goals, planRows, type Measured, type Result } from './receive-rows.ts';
import { judge, reportReceive } from './receive-report.ts';
import { shareOut, tunedSender } from './sender.ts';
import { ours, serverKinds, storescpFsync } from './servers.ts';

function measured(imagesPerSecond: number): Measured {
  return { imagesPerSecond, megabytesPerSecond: 1, cpuMsPerImage: 0.5, peakMegabytes: 80 };
}

/** Ours and storescp with fsync, each at so many images a second; undefined is a peer that could not run. */
function results(own: number, peer: number | undefined): Result[] {
  const row = { sender: tunedSender, associations: 1 };
  return [
    { row: { ...row, server: ours }, measured: measured(own), missing: [] },
    {
      row: { ...row, server: storescpFsync },
      measured: peer === undefined ? undefined : measured(peer),
      missing: peer === undefined ? ['storescp'] : [],
    },
  ];
}

describe('figures', () => {
  it('takes the middle, or the mean of two', () => {
    expect(median([30, 1, 2])).toBe(2);
    expect(median([4, 1, 2, 3])).toBe(2.5);
    expect(median([])).toBeNaN();
  });

  it('takes the nearest rank', () => {
    const hundred = Array.from({ length: 100 }, (_, at) => 100 - at);
    expect(percentile(hundred, 0.95)).toBe(95);
    expect(percentile(hundred, 0.5)).toBe(50);
    expect(percentile([7], 0.99)).toBe(7);
  });

  it('counts a limit itself as kept, unless it is to be undercut', () => {
    expect(verdict(1.1, { atLeast: 1.1 })).toBe('reached');
    expect(verdict(1.09, { atLeast: 1.1 })).toBe('not reached');
    expect(verdict(0.7, { atMost: 0.7 })).toBe('reached');
    expect(verdict(120, { below: 120 })).toBe('not reached');
  });

  it('never says that what was not measured is reached', () => {
    expect(verdict(undefined, { below: 120 })).toBe('not measured');
    expect(verdict(NaN, { atLeast: 1 })).toBe('not measured');
  });
});

describe('goals of the receiver', () => {
  const goal = goals.find(({ peer }) => peer === storescpFsync)!;

  it('compares ours with the peer of the same row', () => {
    expect(judge(results(120, 100), goal)).toEqual([[goal.what, '1', '≥ 1.1', '1.20', 'reached']]);
    expect(judge(results(100, 100), goal)[0]).toContain('not reached');
  });

  it('says what was missing, and then that nothing was reached', () => {
    expect(judge(results(120, undefined), goal)[0]).toContain('not measured');
    expect(reportReceive(results(120, undefined), goals)).toContain(
      'Not measured for want of: storescp.',
    );
  });

  it('plans every receiver for every number of associations', () => {
    const rows = planRows([1, 4]).filter(({ sender }) => sender === tunedSender);
    expect(rows).toHaveLength(2 * serverKinds.length);
  });
});

describe('the goal of int8', () => {
  const figures = (graph: string, one: number[], eight: number[]): ModelFigures => {
    return { network: 'ResNet-18', graph, bytes: 1e6, loadMs: 1, memory: 1e6, one, eight };
  };

  it('compares the graph for processors with float32 of the same network', () => {
    const report = reportModels([
      figures('float32', [25, 24, 90], [160]),
      { ...figures('float32', [1], [1]), network: 'small' },
      figures('int8.cpu', [10], [80]),
      figures('int8.trt', [50], [320]),
    ]);
    expect(report).toContain('| 1 | ≥ 2.5 | 2.50 | reached |');
    expect(report).toContain('| 8 | ≥ 2.5 | 2.00 | not reached |');
    expect(report).toContain('| 50.00 | 320.00 | 0.50 | 0.50 |');
  });
});

describe('the goals of what runs networks', () => {
  const speed = { model: '', measure: 'speed', batch: 4, seconds: 1 } as const;
  const lag = { model: '', measure: 'lag', batch: 8, seconds: 1 } as const;
  const result = (
    runtime: string,
    question: EngineResult['question'],
    figures: EngineResult['figures'],
  ): EngineResult => ({ runtime, question, figures });

  it('are asked of those runtimes that can reach them', () => {
    const all = [
      result('onnxruntime-node', speed, { share: 0.94 }),
      result('ort-capi', speed, { share: 0.95 }),
      result('onnxruntime-node', lag, { p99: 80 }),
      result('ort-capi', lag, { p99: 4 }),
    ];
    expect(judgeEngine(all).map(([, ...row]) => row)).toEqual([
      ['onnxruntime-node', '4', '≥ 0.95', '0.94', 'not reached'],
      ['ort-capi', '4', '≥ 0.95', '0.95', 'reached'],
      ['ort-capi', '8', '≤ 10', '4.00', 'reached'],
    ]);
    expect(reportEngine(all)).toContain('| onnxruntime-node | 8 | – | 80.00 | – |');
  });

  it('are not reached by what was not measured', () => {
    expect(judgeEngine([result('ort-capi', lag, {})])[0]).toContain('not measured');
  });
});

describe('the document', () => {
  const document = 'before\n<!-- a -->\nold\n<!-- /a -->\nafter\n';

  it('replaces what stands between its markers and nothing else', () => {
    const written = replaceSection(document, 'a', 'new');
    expect(written).toBe('before\n<!-- a -->\n\nnew\n\n<!-- /a -->\nafter\n');
    expect(replaceSection(written, 'a', 'new')).toBe(written);
  });

  it('refuses a document without its markers, or with two of them', () => {
    expect(() => replaceSection(document, 'b', 'new')).toThrow('<!-- b -->');
    expect(() => replaceSection(document + document, 'a', 'new')).toThrow('once');
  });

  it('keeps a bar inside its cell', () => {
    expect(markdownTable(['a|b'], [['c']])).toBe('| a\\|b |\n| --- |\n| c |');
  });
});

describe('what the kernel says', () => {
  it('finds the times behind a name that imitates the line', () => {
    const line = '42 (a) S 9 (b)) S 7 1 1 0 -1 0 0 0 0 0 10 20 3 4 20 0 1';
    expect(parseStat(line)).toEqual({ pid: 42, parent: 7, cpuMs: 370 });
  });

  it('counts a process with its descendants and no others', () => {
    const all = [
      { pid: 1, parent: 0, cpuMs: 1 },
      { pid: 2, parent: 1, cpuMs: 1 },
      { pid: 3, parent: 2, cpuMs: 1 },
      { pid: 4, parent: 0, cpuMs: 1 },
    ];
    expect(treeOf(1, all).map(({ pid }) => pid)).toEqual([1, 2, 3]);
  });

  it('finds the innermost mount', () => {
    const mounts = '/dev/a / ext4 rw 0 0\ntmpfs /tmp tmpfs rw 0 0\nb /tmpfoo xfs rw 0 0\n';
    expect(findMount(mounts, '/tmp/x').type).toBe('tmpfs');
    expect(findMount(mounts, '/home').type).toBe('ext4');
  });
});

it('deals every study to one association', () => {
  expect(shareOut(['a', 'b', 'c', 'd', 'e'], 2)).toEqual([
    ['a', 'c', 'e'],
    ['b', 'd'],
  ]);
});
