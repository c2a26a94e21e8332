import { dirname, join, resolve } from 'node:path';
import type { Clock } from '../device/clock.ts';
import type { Files } from '../device/files.ts';
import { keyFolderOf, type Keys } from '../device/keys.ts';
import { machineRoots } from '../device/machine/attribute.ts';
import { keyLevelOf, openKeys } from '../device/root-key.ts';
import { indentedJson } from '../models/canonical-json.ts';
import { sha256 } from '../provisioning/report/fields.ts';
import type { Pacs } from '../provisioning/checks/pacs-check.ts';
import type { Lookup } from '../provisioning/checks/reach-check.ts';
import type { SiteAnswers, SiteFile } from '../provisioning/site/site-file.ts';
import type { StepPorts } from '../provisioning/steps.ts';
import { startReceiver } from '../runtime/dicom/receiver.ts';
import { formClasses } from '../runtime/report/form.ts';
import { companionClasses } from '../runtime/study-companions.ts';
import { receiverSettings } from '../runtime/receiver-settings.ts';
import { type Destination, readDestinations, readReceiverTls } from '../runtime/tls-files.ts';
import { findAccelerator } from './accelerator-trial.ts';
import { modelsUnderTest } from './model-timing.ts';
import { makeTestReports } from './test-report.ts';

/** Everything that the steps of a commissioning need of this machine. Throws CONFIG_INVALID for a certificate file. */
export function composeSteps(
  { answers, configuration: written }: SiteFile,
  files: Files,
  clock: Clock,
  lookup: Lookup,
): StepPorts {
  const { configuration, configurationFile } = answers;
  const destinations = readDestinations(configuration, files);
  const tls = readReceiverTls(configuration, files);
  files.makeFolder(configuration.dataFolder);
  return {
    files,
    clock,
    roots: machineRoots,
    lookup,
    tryAccelerator: () => findAccelerator(configuration, files, clock),
    openRootKey: () => {
      openRootKey(answers, files);
      return keyLevelOf(files, keyFolderOf(configuration.dataFolder));
    },
    writeConfiguration: () => {
      const text = configurationText(written);
      files.makeFolder(dirname(resolve(configurationFile)));
      files.replace(configurationFile, text);
      return sha256(text);
    },
    listen: (handlers) => {
      const settings = receiverSettings(configuration, '', tls);
      const artimMs = configuration.receiver.artimSeconds * 1000;
      return startReceiver({ ...settings, artimMs, storage: false, clock }, handlers);
    },
    pacs: destinations.filter((to) => to.protocol === 'dicom').map(describePacs),
    peers: destinations.filter((to) => to.protocol !== 'dicom').map(describePeer),
    testReports: () => makeTestReports(configuration, startOfDay(clock)),
    models: () => modelsUnderTest(configuration, files, clock),
  };
}

/** The device's root key, made where there is none. Throws as `openKeys` does. */
export function openRootKey({ configuration }: SiteAnswers, files: Files): Keys {
  const { dataFolder } = configuration;
  const folder = keyFolderOf(dataFolder);
  const isInUse = files.exists(join(dataFolder, 'state.db'));
  return openKeys(files, folder, isInUse);
}

/** The file that the runtime reads. */
export function configurationText(written: unknown): string {
  return indentedJson(written);
}

function describePacs(to: Extract<Destination, { protocol: 'dicom' }>): Pacs & { name: string } {
  return {
    ...to,
    commitmentWaitMs: to.commitmentWaitSeconds * 1000,
    reportClasses: formClasses(to.form),
    companionClasses: companionsOf(to).filter((uid) => !formClasses(to.form).includes(uid)),
  };
}

function companionsOf({ objects }: Extract<Destination, { protocol: 'dicom' }>): string[] {
  return [...new Set(objects.flatMap((kind) => companionClasses[kind] ?? []))];
}

function describePeer(to: Exclude<Destination, { protocol: 'dicom' }>) {
  if ('host' in to) return { name: to.name, host: to.host, port: to.port, tls: to.tls };
  const { protocol, hostname, port } = new URL(to.url);
  const isEncrypted = protocol === 'https:';
  return {
    name: to.name,
    host: hostname.replaceAll(/[[\]]/g, ''),
    port: Number(port || (isEncrypted ? 443 : 80)),
    tls: isEncrypted ? (to.tls ?? {}) : undefined,
  };
}

const dayMs = 86_400_000;

function startOfDay(clock: Clock): number {
  return Math.floor(clock.now() / dayMs) * dayMs;
}
