import { isoInstant } from '../device/clock.ts';
import { disk } from '../device/files.ts';
import { keyFolderOf } from '../device/keys.ts';
import { openKeys } from '../device/root-key.ts';
import { emptyJournal, type Journal, journalIn } from '../ota/agent/journal.ts';
import { mostPostponements } from '../ota/agent/postponement.ts';
import { loadConfiguration } from '../runtime/config.ts';
import { openUpdateMemory } from '../runtime/updates.ts';
import type { Command } from './command.ts';
import { readOptions, required, runCommand } from './options.ts';

const usage = `Says how updates of models stand on this device: what is under way and what it waits for, what is in place, and how
the last ones have ended. The appliance may be running.

Usage: scanside update status --config FILE [--json]

  --config FILE   the configuration of the appliance
  --json          the same for programs
  --help          this text

Exit status: 0 said, 1 the journal cannot be read, 2 wrong arguments.`;

/** `scanside update status`. */
const updateStatus: Command = {
  summary: 'says how updates of models stand on this device',
  usage,
  run: (args, io) =>
    runCommand(args, usage, io, () => {
      const values = readOptions(args, {
        config: { type: 'string' },
        json: { type: 'boolean' },
        help: { type: 'boolean' },
      });
      const { dataFolder } = loadConfiguration(required('config', values.config), disk);
      const journal = readJournal(dataFolder);
      const { memory, update, postponed, ended, reports } = journal;
      const unsentReports = reports.length;
      const facts = { groups: memory.groups, update, postponed, ended, unsentReports };
      io.out(values.json ? JSON.stringify(facts) : describeJournal(journal));
      return 0;
    }),
};

function readJournal(dataFolder: string): Journal {
  const memory = openUpdateMemory(dataFolder, openKeys(disk, keyFolderOf(dataFolder), true));
  try {
    return journalIn(memory).read() ?? emptyJournal;
  } finally {
    memory.close();
  }
}

function describeJournal({ memory, update, postponed, ended, reports }: Journal): string {
  const item = update?.items[update.at];
  const { state, deferred, detail } = update?.standing ?? {};
  const isPutOff = update !== undefined && postponed?.seq === update.seq;
  const until = isPutOff
    ? ` (put off ${postponed.count} of ${mostPostponements} times, last until ${isoInstant(postponed.until)})`
    : '';
  const waits = `${deferred === undefined ? '' : `, waits: ${deferred}`}${until}`;
  const trouble = detail === undefined ? '' : `, last trouble: ${detail}`;
  const groups = Object.entries(memory.groups);
  return [
    item ? `Under way: ${item.target}, ${state}${waits}${trouble}` : 'Nothing is under way.',
    ...(groups.length ? [] : ['No update is in place: what the device was made with runs.']),
    ...groups.map(
      ([group, { committed, previous }]) =>
        `In place: ${group}, release ${committed.counter}${previous ? `; before it ${previous.counter}` : ''}`,
    ),
    ...ended.map(({ at, target, state: end, detail: why }) =>
      [`${isoInstant(at)} ${target}: ${end}`, ...(why === undefined ? [] : [why])].join(', '),
    ),
    ...(reports.length ? [`${reports.length} reports wait to be sent.`] : []),
  ].join('\n');
}

/** The commands of the group `update`. */
export const updateCommands: Record<string, Command> = { status: updateStatus };
