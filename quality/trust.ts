import { type FallbackEvent, type FallbackState, type Mover, nextFallback } from './fallback.ts';

/** How far a model is trusted, since when, and from when on its charts count. */
export interface Trust {
  model: string;
  /** Of the bundle. */
  hash: string;
  state: FallbackState;
  since: number;
  chartsSince: number;
}

/** What is to move a model's trust. `user` is empty where no person does. */
export interface Cause {
  event: FallbackEvent;
  mover: Mover;
  user: string;
  /** Why, as a code; empty where the event says it. */
  reason: string;
  at: number;
}

/** One move of the fallback. */
export interface Move extends Cause {
  model: string;
  hash: string;
  was: FallbackState;
  isNow: FallbackState;
}

/** Nothing is known of a bundle that begins its work here. */
export function beginTrust(model: string, hash: string, at: number): Trust {
  return { model, hash, state: 'normal', since: at, chartsSince: at };
}

/** Events after which a model's charts begin anew: somebody answers for what was, or it is another bundle. */
const beginsAnew: ReadonlySet<FallbackEvent> = new Set(['previous-proved', 'released', 'replaced']);

/**
 * The trust after a cause, with the move and whether the charts begin anew; undefined where the cause means nothing in
 * this state, or whoever brings it may not. `hash`: of the bundle that works from now on.
 */
export function moveTrust(
  trust: Trust,
  cause: Cause,
  hash = trust.hash,
): { trust: Trust; move: Move; anew: boolean } | undefined {
  const isNow = nextFallback(trust.state, cause.event, cause.mover);
  if (isNow === undefined) return undefined;
  const anew = beginsAnew.has(cause.event);
  const { model, state: was, chartsSince } = trust;
  return {
    trust: {
      model,
      hash,
      state: isNow,
      since: cause.at,
      chartsSince: anew ? cause.at : chartsSince,
    },
    move: { ...cause, model, hash, was, isNow },
    anew,
  };
}
