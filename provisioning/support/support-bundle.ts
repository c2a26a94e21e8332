import type { Files } from '../../device/files.ts';
import { isoInstant } from '../../device/clock.ts';
import { redactConfiguration, redactLogLine, redactMetrics } from './redacted.ts';

/** What somebody who helps from afar needs to know of a device. Whatever could name a patient or a secret is taken out. */
export interface SupportFacts {
  /** Milliseconds since 1970 UTC. */
  at: number;
  /** Of the software, Node, the models. */
  versions: Readonly<Record<string, string>>;
  /** The configuration as it was read. */
  configuration: unknown;
  /** What the checks of `scanside doctor` have found: name, state and code, and numbers. */
  checks: readonly {
    name: string;
    state: string;
    code?: string | undefined;
    facts: Readonly<Record<string, string | number>>;
  }[];
  /** Ids of the conditions that hold. */
  conditions: readonly string[];
  /** Prometheus’ text; empty where it is not served. */
  metrics: string;
  /** Lines of the log, the oldest first; as many of the last are told as fit. */
  logLines: readonly string[];
}

/** The last lines of the log that are told. */
const mostLines = 2000;

/** The content of a support bundle, JSON. */
export function describeSupport(facts: SupportFacts): string {
  const { at, versions, configuration, checks, conditions, metrics, logLines } = facts;
  const lines = logLines.slice(-mostLines).map(redactLogLine);
  const bundle = {
    schema: 1,
    at: isoInstant(at),
    versions,
    configuration: redactConfiguration(configuration),
    checks: checks.map(describeCheck),
    conditions,
    metrics: redactMetrics(metrics),
    log: lines.filter((line) => line !== undefined),
    leftOut: lines.filter((line) => line === undefined).length,
  };
  return `${JSON.stringify(bundle, undefined, 2)}\n`;
}

/** Writes it to a file; durable on return. Throws Node’s own error where the disk does not work. */
export function writeSupportBundle(files: Files, path: string, facts: SupportFacts): void {
  files.replace(path, describeSupport(facts));
}

/** A check of a peer is called PEER.CHECK, and a peer by the site. */
function describeCheck({ name, state, code, facts }: SupportFacts['checks'][number]) {
  return { name: name.slice(name.lastIndexOf('.') + 1), state, code, facts: numbersOf(facts) };
}

/** A check’s texts name addresses and titles of the site. */
function numbersOf(facts: Readonly<Record<string, string | number>>): Record<string, number> {
  const entries = Object.entries(facts).filter(
    (entry): entry is [string, number] => typeof entry[1] === 'number',
  );
  return Object.fromEntries(entries);
}
