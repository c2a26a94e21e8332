import type { Clock } from '../device/clock.ts';
import { ScansideError } from '../device/errors.ts';
import type { Files } from '../device/files.ts';
import { fingerprintOf } from '../panel/access/device-certificate.ts';
import { type Panel, type PanelOptions, startPanel } from '../panel/server.ts';
import { noService } from '../panel/service-view.ts';
import type { PanelFinding } from '../provisioning/checks/panel-check.ts';
import type { SiteAnswers } from '../provisioning/site/site-file.ts';
import { askPanel } from '../runtime/panel-answer.ts';
import { composePanelAccess } from '../runtime/panel-access.ts';
import { bareSource } from './bare-source.ts';
import { openRootKey } from './provision-ports.ts';

/** Opens the panel where the configuration wants it, asks it, and closes it. Rejects with CONFIG_INVALID, PANEL_SILENT. */
export async function tryPanel(
  answers: SiteAnswers,
  files: Files,
  clock: Clock,
): Promise<PanelFinding> {
  const { configuration } = answers;
  const keys = openRootKey(answers, files);
  const access = await composePanelAccess({ configuration, clock, files, log: () => {}, keys });
  const source = bareSource(configuration.device, clock, noService);
  const panel = await openUnlessOpen({ ...access, source });
  try {
    const { host, port, https } = configuration.panel;
    return {
      url: `${access.tls ? 'https' : 'http'}://${host}:${port}/`,
      status: await askPanel({ host, port: panel?.port ?? port, https }),
      certificate: access.tls ? fingerprintOf(access.tls.certificate) : '',
      accounts: access.accounts.accounts.length,
    };
  } catch (cause) {
    throw new ScansideError('PANEL_SILENT', (cause as Error).message, { cause });
  } finally {
    await panel?.close();
  }
}

/** Undefined where the port is taken: the panel from which a commissioning is steered has it already. */
async function openUnlessOpen(options: PanelOptions): Promise<Panel | undefined> {
  try {
    return await startPanel(options);
  } catch (error) {
    if (error instanceof ScansideError && error.code === 'PORT_IN_USE') return undefined;
    throw error;
  }
}
