import { systemClock } from '../device/clock.ts';
import type { FallbackEvent } from '../quality/fallback.ts';
import type { QualityStore } from '../runtime/quality/quality-store.ts';
import type { Command, Io } from './command.ts';
import { choice, readOptions, required, runCommand, UsageError } from './options.ts';
import { configUsage, openStore, qualityOptions, readSite } from './quality-request.ts';

const options = {
  ...qualityOptions,
  model: { type: 'string' },
  as: { type: 'string' },
  user: { type: 'string' },
  reason: { type: 'string' },
} as const;

const movers = {
  previous: ['administrator'],
  release: ['radiologist', 'administrator'],
  stop: ['radiologist', 'field-engineer', 'administrator'],
} as const;

function usageOf(verb: keyof typeof movers, what: string): string {
  return `${what}

Usage: scanside quality ${verb} --model NAME --as ROLE --user NAME --reason CODE [OPTIONS]

  --model NAME       name of the model, such as chest-child
  --as ROLE          ${movers[verb].join(', ')}
  --user NAME        short name of the account of whoever decides it; no person's full name
  --reason CODE      why, as a code of letters, digits and dashes; it is kept in the audit log
${configUsage}
  --help             this text

The appliance does it within half a minute, or when it starts next; its log says so where it may not be done.`;
}

/** An event that a person brings by a command. */
function createMove(
  verb: keyof typeof movers,
  event: FallbackEvent,
  summary: string,
  what: string,
): Command {
  const usage = usageOf(verb, what);
  return {
    summary,
    usage,
    run: (args, io) =>
      runCommand(args, usage, io, () => {
        const values = readOptions(args, options);
        const model = required('model', values.model);
        const mover = choice('as', required('as', values.as), movers[verb]);
        const user = code('user', values.user);
        const reason = code('reason', values.reason);
        const store = openStore(readSite(values.config));
        try {
          if (!store.trust.find(model)) throw new UsageError(`there is no model ${model} here`);
          store.trust.ask({ model, event, mover, user, reason, at: systemClock.now() });
          io.out(`${model}: asked for. The appliance does it within half a minute.`);
          return 0;
        } finally {
          store.database.close();
        }
      }),
  };
}

/** As the audit log takes it. */
function code(name: string, text: string | undefined): string {
  const value = required(name, text);
  if (/^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/.test(value)) return value;
  throw new UsageError(`--${name} must be letters, digits, dots and dashes, at most 64`);
}

export const qualityRelease = createMove(
  'release',
  'released',
  'lets a model go on that was trusted less',
  'Lets a model go on that a rule or a person has restricted or paused: under watch, and with charts that begin anew.',
);

export const qualityStop = createMove(
  'stop',
  'stopped',
  'pauses one model until somebody releases it',
  'Pauses one model: its exams are not analysed until somebody releases it.',
);

export const qualityPrevious = createMove(
  'previous',
  'previous-proved',
  'has the version before do the work of a model that is paused',
  'Has the version before do the work of a paused model, where it passes its self-test here, until somebody releases the newer one.',
);

const showUsage = `Shows how far each model is trusted here, and what has moved it last.

Usage: scanside quality show [OPTIONS]

${configUsage}
  --help             this text`;

/** `scanside quality show`. */
export const qualityShow: Command = {
  summary: 'shows how far each model is trusted',
  usage: showUsage,
  run: (args, io) =>
    runCommand(args, showUsage, io, () => {
      const values = readOptions(args, qualityOptions);
      const site = readSite(values.config);
      const store = openStore(site);
      try {
        for (const name of site.models.enabled) show(store, name.split('@')[0] ?? '', io);
        return 0;
      } finally {
        store.database.close();
      }
    }),
};

function show({ trust }: QualityStore, model: string, io: Io): void {
  const state = trust.find(model)?.state ?? 'not known: the appliance has not run it yet';
  const [last] = trust.moves(model, 1);
  io.out(`${model}: ${state}${last ? ` (${last.event}, by ${last.user || last.mover})` : ''}`);
}
