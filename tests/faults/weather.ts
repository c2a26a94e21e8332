import type { Random } from '../../models/phantom/random.ts';

/** How a PACS behaves for a while. */
export interface Weather {
  /** Why no link opens. */
  closed?: 'PEER_UNREACHABLE' | 'PEER_BUSY' | 'ASSOCIATION_REJECTED' | 'PEER_TIMEOUT';
  /** What it answers to every C-STORE instead of success. */
  status?: number;
  /** As an HTTP server asks for patience. */
  retryAfterMs?: number;
  /** Longest time to an answer. */
  slowMs?: number;
  /** The link ends in the middle of one in so many storings. */
  dying?: number;
  /** Of what it accepts, it keeps one in so many not. */
  forgets?: number;
  /** What becomes of its commitment reports; soon and on the same association where absent. */
  reports?: 'lost' | 'late' | 'some' | 'twice' | 'refused';
  /** At least so long, minutes. */
  minutes?: number;
}

/** Every one is had by every PACS on every day. */
export const weathers: Readonly<Record<string, Weather>> = {
  fine: {},
  down: { closed: 'PEER_UNREACHABLE' },
  silent: { closed: 'PEER_TIMEOUT' },
  full: { closed: 'PEER_BUSY' },
  'knows us no more': { closed: 'ASSOCIATION_REJECTED', minutes: 60 },
  'out of space': { status: 0xa700 },
  'data set does not match': { status: 0xa900 },
  'cannot understand': { status: 0xc000 },
  'class not supported': { status: 0x0122 },
  'processing failure': { status: 0x0110 },
  'not authorized': { status: 0x0124 },
  warns: { status: 0xb000 },
  'asks for patience': { status: 0xa700, retryAfterMs: 120_000 },
  slow: { slowMs: 20_000 },
  'killed mid-association': { dying: 4 },
  forgetful: { forgets: 3 },
  'reports on another association': { reports: 'late' },
  'loses reports': { reports: 'lost', minutes: 100 },
  'reports on some': { reports: 'some' },
  'reports twice': { reports: 'twice' },
  'refuses commitment': { reports: 'refused' },
};

/** The weather of a day: every kind in an order of the seed, again until `endMs`, then fine. */
export class Forecast {
  readonly #spans: { until: number; weather: Weather }[] = [];

  constructor(random: Random, endMs: number) {
    let until = 0;
    for (const weather of [...shuffle(random), ...shuffle(random), ...shuffle(random)]) {
      until += Math.round(random.uniform(15, 60) + (weather.minutes ?? 0)) * 60_000;
      if (until < endMs) this.#spans.push({ until, weather });
    }
  }

  at(ms: number): Weather {
    return this.#spans.find(({ until }) => ms < until)?.weather ?? {};
  }
}

function shuffle(random: Random): Weather[] {
  return Object.values(weathers)
    .map((weather) => ({ weather, key: random.uniform(0, 1) }))
    .toSorted((a, b) => a.key - b.key)
    .map(({ weather }) => weather);
}
