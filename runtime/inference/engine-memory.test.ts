import { expect, test } from 'vitest';
import { EngineMemory } from './engine-memory.ts';

const largest = new Map([
  ['a', 8],
  ['b', 4],
]);
const at = (resident: number, highest: number, pid = 1) => ({ pid, resident, highest });

test('nothing is claimed before a run has raised the mark', () => {
  const memory = new EngineMemory();
  memory.answered(at(100, 150));
  memory.answered(at(100, 150), { lane: 'a', units: 8 });
  expect(memory.peak(largest)).toBeUndefined();
});

test('a run takes what the mark rises above the process at rest', () => {
  const memory = new EngineMemory();
  memory.answered(at(100, 100));
  memory.answered(at(110, 180), { lane: 'a', units: 4 });
  expect(memory.peak(largest)).toEqual({ fullBatchBytes: 160, oneUnitBytes: 80 });
});

test('the greediest of the lanes that are served counts', () => {
  const memory = new EngineMemory();
  memory.answered(at(100, 100));
  memory.answered(at(100, 180), { lane: 'a', units: 8 });
  memory.answered(at(100, 300), { lane: 'b', units: 4 });
  memory.answered(at(100, 900), { lane: 'gone', units: 4 });
  expect(memory.peak(largest)).toEqual({ fullBatchBytes: 200, oneUnitBytes: 200 });
});

test('the mark of another process says nothing of a run', () => {
  const memory = new EngineMemory();
  memory.answered(at(100, 100));
  memory.answered(at(100, 500, 2), { lane: 'a', units: 1 });
  expect(memory.peak(largest)).toBeUndefined();
});
