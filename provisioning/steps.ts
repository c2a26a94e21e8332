import type { Files } from '../device/files.ts';
import type { Clock } from '../device/clock.ts';
import type { KeyLevel } from '../device/root-key.ts';
import type { MachineRoots } from '../device/machine/attribute.ts';
import type { StorableObject } from '../runtime/dicom/sender.ts';
import { DeviceListener, type Listen } from './checks/device-listener.ts';
import { keyCheck } from './checks/key-check.ts';
import { type AcceleratorFinding, machineChecks } from './checks/machine-check.ts';
import { modelCheck, type ModelUnderTest } from './checks/model-check.ts';
import { type Pacs, pacsChecks, type PacsPorts } from './checks/pacs-check.ts';
import { type Lookup, type Peer, reachChecks } from './checks/reach-check.ts';
import { timeCheck } from './checks/time-check.ts';
import { type Chain, type Check, pass } from './checks/verdict.ts';
import type { SiteAnswers } from './site/site-file.ts';
import type { Step } from './session/session.ts';

/** What only the composition can do. */
export interface StepPorts {
  files: Files;
  clock: Clock;
  roots: MachineRoots;
  lookup: Lookup;
  tryAccelerator(): Promise<AcceleratorFinding>;
  /** Makes the root key at its first use, and tells how it is kept. */
  openRootKey(): KeyLevel;
  /** Writes the runtime's configuration where the site wants it; tells its SHA-256. */
  writeConfiguration(): string;
  listen: Listen;
  /** The destinations of the configuration by their names, with the texts of their certificates. */
  pacs: readonly (Pacs & { name: string })[];
  /** Destinations and services of which only the way to them is checked. */
  peers: readonly (Peer & { name: string })[];
  testReports(): readonly StorableObject[];
  /** Those that the configuration enables. Throws BUNDLE_INVALID. */
  models(): readonly ModelUnderTest[];
}

/** The steps of a commissioning, in their order. */
export function stepsFor(answers: SiteAnswers, ports: StepPorts): Step[] {
  const { configuration, expect, time } = answers;
  const { files, clock, roots, tryAccelerator } = ports;
  const listener = new DeviceListener();
  const machine = { files, roots, tryAccelerator, dataFolder: configuration.dataFolder };
  return [
    {
      name: 'preflight',
      title: 'This machine',
      needs: [],
      chains: () => machineChecks(expect, machine).map((check) => [check]),
    },
    {
      name: 'identity',
      title: 'Identity and keys',
      needs: [],
      chains: () => [[keyCheck(ports.openRootKey)]],
    },
    {
      name: 'time',
      title: 'Time',
      needs: [],
      chains: () => [[timeCheck(time, clock)]],
    },
    {
      name: 'dicom',
      title: 'Own DICOM identity and allowed callers',
      needs: ['identity'],
      chains: () => [[writeCheck(ports), listenCheck(configuration, listener, ports)]],
    },
    {
      name: 'peers',
      title: 'PACS and other destinations',
      needs: ['dicom'],
      chains: () => peerChains(answers, listener, ports),
      around: (work) => whileListening(listener, ports, work),
    },
    {
      name: 'models',
      title: 'Models on this machine',
      needs: [],
      chains: () => ports.models().map((model) => [modelCheck(model, expect)]),
    },
  ];
}

function writeCheck({ writeConfiguration }: StepPorts): Check {
  return {
    name: 'configuration',
    title: 'Configuration written',
    run: () => Promise.resolve(pass({ sha256: writeConfiguration() })),
  };
}

/** That the port opens, with the site's certificates and callers. */
function listenCheck(
  { receiver }: SiteAnswers['configuration'],
  listener: DeviceListener,
  ports: StepPorts,
): Check {
  const { aeTitle, host, port, callers, tls } = receiver;
  const facts = {
    aeTitle,
    host,
    port,
    tlsPort: tls?.port ?? 'off',
    callers: callers.map((caller) => caller.aeTitle).join(', ') || 'anyone',
  };
  const open = () => whileListening(listener, ports, () => Promise.resolve());
  return {
    name: 'receiver',
    title: 'Port for scanners opens',
    run: () => open().then(() => pass(facts)),
  };
}

async function whileListening(
  listener: DeviceListener,
  { listen }: StepPorts,
  work: () => Promise<void>,
): Promise<void> {
  await listener.open(listen);
  try {
    await work();
  } finally {
    await listener.close();
  }
}

function peerChains(
  { configuration: { receiver } }: SiteAnswers,
  listener: DeviceListener,
  ports: StepPorts,
): Chain[] {
  const own: PacsPorts = {
    ...ports,
    listener,
    ownAeTitle: receiver.aeTitle,
    ownAddress: `${receiver.aeTitle} at ${receiver.host}:${receiver.port}`,
  };
  return [
    ...ports.pacs.map((pacs) => named(pacs.name, pacsChecks(pacs, own))),
    ...ports.peers.map((peer) => named(peer.name, reachChecks(peer, ports))),
  ];
}

function named(peer: string, checks: Check[]): Chain {
  return checks.map((check) => ({
    ...check,
    name: `${peer}.${check.name}`,
    title: `${peer}: ${check.title}`,
  }));
}
