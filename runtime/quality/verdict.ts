import { type ActiveCondition, type ConditionId, raise } from '../../device/conditions.ts';
import type { FallbackState, Verdicts } from '../../quality/fallback.ts';
import type { WatchedFinding, WatchedStream } from './model-watch.ts';

const drifts = ['unknown', 'quiet', 'watch', 'alarm'] as const;
const sensitivities = ['quiet', 'watch', 'alarm'] as const;

/** The worst of several; the mildest where there is none. */
function worst<T extends string>(levels: readonly T[], met: readonly T[]): T {
  return levels[Math.max(0, ...met.map((level) => levels.indexOf(level)))]!;
}

/** What all streams and findings of a model come to. */
export function verdictsOf(
  streams: readonly WatchedStream[],
  findings: readonly WatchedFinding[],
): Verdicts {
  return {
    drift: worst(
      drifts,
      streams.map(({ verdict }) => verdict.level),
    ),
    sensitivity: worst(
      sensitivities,
      findings.map(({ verdict }) => verdict.level),
    ),
  };
}

const ofState: Partial<Record<FallbackState, ConditionId>> = {
  restricted: 'model-restricted',
  paused: 'model-paused',
  previous: 'model-previous',
};

/** What people at the panel are told of a model. */
export function conditionsOf(
  { name: model, version }: { name: string; version: string },
  state: FallbackState,
  streams: readonly WatchedStream[],
  verdicts: Verdicts,
): ActiveCondition[] {
  const named = ofState[state];
  const input = { watch: 'input-changing', alarm: 'input-changed' } as const;
  const misses = { watch: 'sensitivity-watch', alarm: 'sensitivity-alarm' } as const;
  const { sensitivity } = verdicts;
  return [
    ...(named ? [raise(named, named === 'model-previous' ? { model, version } : { model })] : []),
    ...streams.flatMap(({ scanner, verdict }) => {
      if (verdict.otherPopulation) return [raise('other-population', { model, scanner })];
      const { level } = verdict;
      return level === 'watch' || level === 'alarm'
        ? [raise(input[level], { model, scanner })]
        : [];
    }),
    ...(sensitivity === 'quiet' ? [] : [raise(misses[sensitivity], { model })]),
  ];
}
