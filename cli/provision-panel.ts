import { systemClock } from '../device/clock.ts';
import { ScansideError } from '../device/errors.ts';
import { disk } from '../device/files.ts';
import { startPanel } from '../panel/server.ts';
import { composePanelAccess } from '../runtime/panel-access.ts';
import { bareSource } from './bare-source.ts';
import type { Io } from './command.ts';
import type { Visit } from './commissioning-visit.ts';
import { ProvisionDesk } from './provision-desk.ts';
import { openRootKey } from './provision-ports.ts';
import { stopped } from './stop-signal.ts';

/** Serves the panel of a device that is not in service, until it is stopped: its service page steers the commissioning. */
export async function steerFromPanel(visit: Visit, io: Io): Promise<number> {
  const { answers, steps } = visit;
  const { configuration } = answers;
  const desk = new ProvisionDesk({
    steps,
    commission: async (waivers, tell) => {
      visit.conclude(await visit.go({ waivers, tell }));
    },
    dataFolder: configuration.dataFolder,
    files: disk,
    failed: (error) => io.error(wordsOf(error)),
  });
  const access = await composePanelAccess({
    configuration,
    clock: systemClock,
    files: disk,
    log: () => undefined,
    keys: openRootKey(answers, disk),
  });
  const source = bareSource(configuration.device, systemClock, desk);
  const panel = await startPanel({ ...access, source });
  io.out(`Open ${panel.url}service. Stop with Ctrl+C when the device is commissioned.`);
  if (access.accounts.accounts.length === 0)
    io.out(`Code for the first administrator: ${panel.setupCode}`);
  await stopped();
  await panel.close();
  const outcome = desk.view().report?.outcome ?? 'fail';
  return outcome === 'fail' ? 3 : 0;
}

function wordsOf(error: unknown): string {
  if (!(error instanceof ScansideError)) return String(error);
  return `${error.message}\nWhat to do: ${error.remedy}`;
}
