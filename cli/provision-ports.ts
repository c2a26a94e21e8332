import { dirname, join, resolve } from 'node:path';
import type { Clock } from '../device/clock.ts';
import type { Files } from '../device/files.ts';
import { keyFolderOf, type Keys } from '../device/keys.ts';
import { machineRoots } from '../device/machine/attribute.ts';
import { isRootKeyThere, keyLevelOf, openKeys, sealRootKey } from '../device/root-key.ts';
import { indentedJson } from '../models/canonical-json.ts';
import type { DoctorPorts } from '../provisioning/doctor.ts';
import { sha256 } from '../provisioning/report/fields.ts';
import { fingerprintOf, reportKeyOf } from '../provisioning/report/seal.ts';
import type { Pacs } from '../provisioning/checks/pacs-check.ts';
import type { FleetPeers } from '../provisioning/checks/fleet-check.ts';
import type { Lookup, Peer } from '../provisioning/checks/reach-check.ts';
import type { SiteAnswers, SiteFile } from '../provisioning/site/site-file.ts';
import type { StepPorts } from '../provisioning/steps.ts';
import type { Configuration } from '../runtime/config.ts';
import { startReceiver } from '../runtime/dicom/receiver.ts';
import { formClasses } from '../runtime/report/form.ts';
import { companionClasses } from '../runtime/study-companions.ts';
import { receiverSettings } from '../runtime/receiver-settings.ts';
import {
  type Destination,
  readBroker,
  readDestinations,
  readForwarders,
  readReceiverTls,
  readUpdateTls,
} from '../runtime/tls-files.ts';
import { findAccelerator } from './accelerator-trial.ts';
import { hostNetwork } from './host-network.ts';
import { modelsUnderTest } from './model-timing.ts';
import { enrolDevice } from './provision-enrolment.ts';
import { tryPanel } from './panel-trial.ts';
import { rehearse } from './rehearsal.ts';
import { makeTestReports } from './test-report.ts';

/** Everything that the steps of a commissioning need of this machine. */
export function composeSteps(
  { answers, configuration: written }: SiteFile,
  files: Files,
  clock: Clock,
  lookup: Lookup,
): StepPorts {
  const { configuration, configurationFile } = answers;
  files.makeFolder(configuration.dataFolder);
  return {
    ...readingPorts(configuration, files, clock, lookup),
    openRootKey() {
      const folder = keyFolderOf(configuration.dataFolder);
      openRootKey(answers, files);
      if (answers.rootKey === 'tpm' && keyLevelOf(files, folder) === 'file')
        sealRootKey(files, folder);
      return keyLevelOf(files, folder);
    },
    network: hostNetwork,
    enrol: (enrolment) =>
      enrolDevice(enrolment, configuration, { files, clock, keys: openRootKey(answers, files) }),
    writeConfiguration: () => {
      const text = configurationText(written);
      files.makeFolder(dirname(resolve(configurationFile)));
      files.replace(configurationFile, text);
      return sha256(text);
    },
    async listen(handlers) {
      const tls = readReceiverTls(configuration, files);
      const settings = receiverSettings(configuration, '', tls);
      const artimMs = configuration.receiver.artimSeconds * 1000;
      return startReceiver({ ...settings, artimMs, storage: false, clock }, handlers);
    },
    testReports: () => makeTestReports(configuration, startOfDay(clock)),
    tryPanel: () => tryPanel(answers, files, clock),
    rehearse: (isCut) => rehearse({ configuration, files, clock }, isCut),
    models: () => modelsUnderTest(configuration, files, clock),
  };
}

/** What `scanside doctor` needs: nothing of it writes. */
export function composeDoctor(
  configuration: Configuration,
  files: Files,
  clock: Clock,
  lookup: Lookup,
): DoctorPorts {
  return {
    ...readingPorts(configuration, files, clock, lookup),
    readKeys() {
      const folder = keyFolderOf(configuration.dataFolder);
      if (!isRootKeyThere(files, folder)) return undefined;
      const keys = openKeys(files, folder, true);
      return { level: keyLevelOf(files, folder), fingerprint: fingerprintOf(reportKeyOf(keys)) };
    },
  };
}

/** What provisioning and doctor have in common. */
function readingPorts(configuration: Configuration, files: Files, clock: Clock, lookup: Lookup) {
  const destinations = () => readDestinations(configuration, files);
  return {
    files,
    clock,
    roots: machineRoots,
    lookup,
    tryAccelerator: () => findAccelerator(configuration, files, clock),
    fleet: () => describeFleet(configuration, files),
    pacs: () =>
      destinations()
        .filter((to) => to.protocol === 'dicom')
        .map(describePacs),
    peers: () =>
      destinations()
        .filter((to) => to.protocol !== 'dicom')
        .map(describePeer),
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
  return { name: to.name, ...peerAt(to.url, to.tls) };
}

/** The peer of an address; without certificates of its own one by https is held to those that Node brings. */
function peerAt(url: string, tls: Peer['tls']): Peer {
  const { protocol, hostname, port } = new URL(url);
  const isEncrypted = protocol === 'https:';
  return {
    host: hostname.replaceAll(/[[\]]/g, ''),
    port: Number(port || (isEncrypted ? 443 : 80)),
    tls: isEncrypted ? (tls ?? {}) : undefined,
  };
}

function describeFleet(configuration: Configuration, files: Files): FleetPeers {
  const { updates, dataFolder } = configuration;
  const root = () => openKeys(files, keyFolderOf(dataFolder), true);
  return {
    broker: readBroker(configuration, files, root),
    updates: updates && {
      repository: updates.repository,
      tls: readUpdateTls(configuration, files, root),
      root: files.readBytes(updates.rootFile),
    },
    audit: readForwarders(configuration, files).map(({ tls, ...to }) => ({
      name: to.name,
      ...('url' in to ? peerAt(to.url, tls) : { host: to.host, port: to.port, tls }),
    })),
  };
}

const dayMs = 86_400_000;

function startOfDay(clock: Clock): number {
  return Math.floor(clock.now() / dayMs) * dayMs;
}
