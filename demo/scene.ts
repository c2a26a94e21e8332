import { join } from 'node:path';
import type { Clock } from '../device/clock.ts';
import type { Files } from '../device/files.ts';
import type { Appliance } from '../runtime/appliance.ts';
import { startAppliance } from '../runtime/compose.ts';
import { parseConfiguration } from '../runtime/config.ts';
import { programFolder, readVersion } from '../runtime/service.ts';
import { makeDemoAccounts, type DemoAccount } from './demo-accounts.ts';
import { startVirtualPacs, type VirtualPacs } from './virtual-pacs.ts';
import type { ScannerOptions } from './virtual-scanner.ts';

export interface SceneOptions {
  clock: Clock;
  files: Files;
  folder: string;
  panelPort: number;
  /** Nobody signs in to a run that only prints its summary. */
  once: boolean;
}

/** The appliance between a virtual scanner and a virtual PACS. */
export interface Scene {
  /** Who may sign in to the panel. */
  readonly accounts: readonly DemoAccount[];
  readonly appliance: Appliance;
  readonly pacs: VirtualPacs;
  /** How the scanner reaches the appliance now. */
  scanner(): ScannerOptions;
  close(): Promise<void>;
}

const deviceAeTitle = 'SCANSIDE';
const pacsAeTitle = 'DEMOPACS';

export async function startScene({
  clock,
  files,
  folder,
  panelPort,
  once,
}: SceneOptions): Promise<Scene> {
  let receiverPort = 0;
  const device = () => ({ host: '127.0.0.1', port: receiverPort, aeTitle: deviceAeTitle });
  const pacs = await startVirtualPacs({
    clock,
    files,
    folder: join(folder, 'pacs'),
    aeTitle: pacsAeTitle,
    device,
  });
  const accounts = once ? [] : await makeDemoAccounts(files, dataFolderOf(folder));
  const appliance = await startAppliance({
    clock,
    files,
    programFolder,
    softwareVersion: readVersion(),
    configuration: configure(folder, panelPort, pacs.port),
    log: () => {},
  });
  receiverPort = appliance.receiverPort;
  return {
    accounts,
    appliance,
    pacs,
    scanner: () => ({ clock, aeTitle: 'DEMOSCANNER', device: device() }),
    async close() {
      await appliance.close();
      await pacs.close();
    },
  };
}

function dataFolderOf(folder: string): string {
  return join(folder, 'device');
}

function configure(folder: string, panelPort: number, pacsPort: number) {
  return parseConfiguration({
    dataFolder: dataFolderOf(folder),
    device: { name: 'Demo bay' },
    receiver: { port: 0, aeTitle: deviceAeTitle },
    study: { quietSeconds: 2 },
    panel: { port: panelPort, https: 'off' },
    destinations: [
      {
        name: 'demo PACS',
        host: '127.0.0.1',
        port: pacsPort,
        aeTitle: pacsAeTitle,
        commitmentWaitSeconds: 5,
      },
    ],
  });
}
