import { hostname, networkInterfaces } from 'node:os';
import type { Clock } from '../device/clock.ts';
import type { Files } from '../device/files.ts';
import type { Keys } from '../device/keys.ts';
import { accessFolderOf, AccountStore } from '../panel/access/account-store.ts';
import {
  certificateFolderOf,
  fingerprintOf,
  openDeviceCertificate,
} from '../panel/access/device-certificate.ts';
import { hostNamesOf, type HostNames } from '../panel/access/host-names.ts';
import type { PanelTls } from '../device/web/server-limits.ts';
import type { PanelOptions } from '../panel/server.ts';
import type { Log } from './appliance.ts';
import type { Configuration } from './config.ts';
import type { PanelConfiguration } from './panel-config.ts';
import { readOidc, readPanelTls } from './tls-files.ts';

interface PanelAccessOptions {
  configuration: Configuration;
  clock: Clock;
  files: Files;
  log: Log;
  /** The device's root key. */
  keys: Keys;
}

/** Where the panel is served, how, and to whom: what the panel needs beside what it shows. */
export async function composePanelAccess(
  options: PanelAccessOptions,
): Promise<Omit<PanelOptions, 'source'>> {
  const { configuration, clock, files, log, keys } = options;
  const { panel, dataFolder } = configuration;
  return {
    host: panel.host,
    port: panel.port,
    clock,
    settings: panel,
    accounts: new AccountStore(files, keys, accessFolderOf(dataFolder)),
    tls: await openTls(options),
    oidc: readOidc(configuration, files),
    log,
  };
}

async function openTls(options: PanelAccessOptions): Promise<PanelTls | undefined> {
  const { configuration, clock, files, log, keys } = options;
  const { panel, dataFolder } = configuration;
  if (panel.https === 'off') return undefined;
  const own = readPanelTls(configuration, files);
  if (own) return { ...own, strict: true };
  const folder = certificateFolderOf(dataFolder);
  const names = namesOf(panel);
  const tls = await openDeviceCertificate({ files, keys, folder, names, now: clock.now() });
  log('info', 'panel certificate', { sha256: fingerprintOf(tls.certificate) });
  return tls;
}

function namesOf({ host, names }: PanelConfiguration): HostNames {
  const interfaces = Object.values(networkInterfaces()).flatMap((each) => each ?? []);
  const addresses = interfaces.filter(({ scopeid }) => !scopeid).map(({ address }) => address);
  return hostNamesOf({ host, names, hostname: hostname(), addresses });
}
