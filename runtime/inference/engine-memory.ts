import { memoryLimit } from '../../device/memory-limit.ts';
import type { BatchPeak } from './budget/budget-state.ts';
import { type MemoryNeed, needOf, observePeak } from './schedule/memory-need.ts';

/** Bytes of a process as it answers: what it holds, and the most that it has ever held. */
export interface ProcessMemory {
  pid: number | undefined;
  resident: number;
  highest: number;
}

/** Bytes that a process may hold between two runs, where only its bundles' makers are asked. */
export function limitByPeaks(peakMegabytes: readonly number[], engineBytes: number): number {
  return memoryLimit({
    peakMegabytes,
    engineBytes,
    availableBytes: undefined,
    totalBytes: undefined,
  });
}

/** Learns what a run takes on top of the process at rest. Memory that a GPU takes for itself is not in it. */
export class EngineMemory {
  readonly #needs = new Map<string, MemoryNeed>();
  #before: ProcessMemory | undefined;

  /** After a run of `units` in a lane; without one, after anything else. */
  answered(memory: ProcessMemory, run?: { lane: string; units: number }): void {
    const before = this.#before;
    this.#before = memory;
    // The mark tells only of a run that has raised it.
    if (!run || !before || before.pid !== memory.pid || memory.highest <= before.highest) return;
    const need = this.#needs.get(run.lane) ?? new Map();
    this.#needs.set(run.lane, observePeak(need, run.units, memory.highest - before.resident));
  }

  /** What the greediest lane takes, of those whose largest batches these are; undefined where nothing is learned. */
  peak(largest: ReadonlyMap<string, number>): BatchPeak | undefined {
    const needs = [...largest].flatMap(([lane, size]) => {
      const need = this.#needs.get(lane);
      return need ? [{ full: needOf(need, size) ?? 0, one: needOf(need, 1) ?? 0 }] : [];
    });
    if (needs.length === 0) return undefined;
    return {
      fullBatchBytes: Math.max(...needs.map(({ full }) => full)),
      oneUnitBytes: Math.max(...needs.map(({ one }) => one)),
    };
  }
}
