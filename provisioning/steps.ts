import type { Files } from '../device/files.ts';
import type { Clock } from '../device/clock.ts';
import type { KeyLevel } from '../device/root-key.ts';
import type { MachineRoots } from '../device/machine/attribute.ts';
import type { StorableObject } from '../runtime/dicom/sender.ts';
import { DeviceListener, type Listen } from './checks/device-listener.ts';
import { type Enrol, enrolmentCheck } from './checks/enrolment-check.ts';
import { fleetChains, type FleetPeers, under } from './checks/fleet-check.ts';
import { keyCheck } from './checks/key-check.ts';
import { type AcceleratorFinding, machineChecks } from './checks/machine-check.ts';
import { modelCheck, type ModelUnderTest } from './checks/model-check.ts';
import { type Pacs, pacsChecks, type PacsPorts } from './checks/pacs-check.ts';
import { panelCheck, type PanelFinding } from './checks/panel-check.ts';
import { rehearsalCheck, type Rehearse, scannerCheck } from './checks/rehearsal-check.ts';
import { networkCheck, type NetworkPorts } from './checks/network-check.ts';
import { type Lookup, type Peer, reachChecks } from './checks/reach-check.ts';
import { timeCheck } from './checks/time-check.ts';
import { type Chain, type Check, pass } from './checks/verdict.ts';
import type { SiteAnswers } from './site/site-file.ts';
import type { Step } from './session/session.ts';

const examTitle = 'Exam received, analysed and delivered';
const drillTitle = 'PACS cut off: alarm on the panel, result kept, delivered when it is back';

/** What only the composition can do. */
export interface StepPorts {
  files: Files;
  clock: Clock;
  roots: MachineRoots;
  lookup: Lookup;
  tryAccelerator(): Promise<AcceleratorFinding>;
  /** Makes the root key at its first use, and tells how it is kept. */
  openRootKey(): KeyLevel;
  network: NetworkPorts;
  /** Gets the device its certificate. Rejects with a code of the enrolment. */
  enrol(enrolment: NonNullable<SiteAnswers['enrolment']>): ReturnType<Enrol>;
  /** Writes the runtime's configuration where the site wants it; tells its SHA-256. */
  writeConfiguration(): string;
  listen: Listen;
  /** The destinations of the configuration by their names. Throws CONFIG_INVALID for a certificate that is not right. */
  pacs(): readonly (Pacs & { name: string })[];
  /** Destinations of which only the way to them is checked. Throws as `pacs` does. */
  peers(): readonly (Peer & { name: string })[];
  /** Throws as `pacs` does. */
  fleet(): FleetPeers;
  tryPanel(): Promise<PanelFinding>;
  testReports(): readonly StorableObject[];
  /** Sends a phantom through the whole device; with `isCut`, the lines to the PACS are cut until an alarm is seen. */
  rehearse(isCut: boolean): ReturnType<Rehearse>;
  /** Those that the configuration enables. Throws BUNDLE_INVALID. */
  models(): readonly ModelUnderTest[];
}

/** A step, and whether the site's answers ask for it: what is not asked for is not said to have passed. */
type Asked = Step & { isAsked?: boolean };

/** The steps of a commissioning, in their order, and the titles of those that the site does without. */
export function stepsFor(
  answers: SiteAnswers,
  ports: StepPorts,
): { steps: Step[]; notAsked: string[] } {
  const all = allSteps(answers, ports);
  return {
    steps: all.filter(({ isAsked }) => isAsked ?? true),
    notAsked: all.filter(({ isAsked }) => isAsked === false).map(({ title }) => title),
  };
}

function allSteps(answers: SiteAnswers, ports: StepPorts): Asked[] {
  const { configuration, expect, network, time, enrolment, rehearsal } = answers;
  const { mqtt, updates, audit, destinations } = configuration;
  const hasLine = destinations.some(({ protocol }) => protocol === 'dicom');
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
      name: 'network',
      title: 'Network of this machine',
      needs: [],
      isAsked: network !== undefined,
      chains: () => [[networkCheck(network!, ports.network)]],
    },
    {
      name: 'time',
      title: 'Time',
      needs: [],
      chains: () => [[timeCheck(time, clock)]],
    },
    {
      name: 'enrolment',
      title: 'Enrolment in the fleet',
      needs: ['identity'],
      isAsked: enrolment !== undefined,
      chains: () => [[enrolmentCheck(() => ports.enrol(enrolment!))]],
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
      chains: () =>
        peerChains(configuration, ports, (pacs, own) =>
          pacsChecks(pacs, { ...own, listener, testReports: ports.testReports }),
        ),
      around: (work) => whileListening(listener, ports, work),
    },
    {
      name: 'scanner',
      title: 'The scanner itself',
      needs: ['dicom'],
      waits: true,
      isAsked: rehearsal.scanner !== undefined,
      chains: () => [[scannerCheck(rehearsal, listener, clock)]],
      around: (work) => whileListening(listener, ports, work),
    },
    {
      name: 'fleet',
      title: 'Broker, updates and audit repositories',
      needs: enrolment ? ['identity', 'enrolment'] : ['identity'],
      isAsked: mqtt !== undefined || updates !== undefined || audit.forwarders.length > 0,
      chains: () => fleetChains(ports.fleet(), ports),
    },
    {
      name: 'models',
      title: 'Models on this machine',
      needs: [],
      chains: () => ports.models().map((model) => [modelCheck(model, expect)]),
    },
    {
      name: 'panel',
      title: 'The panel',
      needs: ['identity'],
      chains: () => [[panelCheck(ports.tryPanel)]],
    },
    {
      name: 'rehearsal',
      title: 'A phantom exam, from the scanner’s port to the destinations',
      needs: ['dicom', 'peers', 'models'],
      isAsked: rehearsal.phantom,
      chains: () => [[rehearsalCheck('exam', examTitle, () => ports.rehearse(false))]],
    },
    {
      name: 'fail-drill',
      title: 'The network fails and comes back',
      needs: ['rehearsal'],
      isAsked: rehearsal.phantom && hasLine,
      chains: () => [[rehearsalCheck('drill', drillTitle, () => ports.rehearse(true))]],
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

/** The chains of the destinations; `checks` says what a PACS is asked. */
export function peerChains(
  { receiver }: SiteAnswers['configuration'],
  ports: Pick<StepPorts, 'clock' | 'lookup' | 'pacs' | 'peers'>,
  checks: (pacs: Pacs, own: Omit<PacsPorts, 'listener' | 'testReports'>) => readonly Check[],
): Chain[] {
  const own = {
    ...ports,
    ownAeTitle: receiver.aeTitle,
    ownAddress: `${receiver.aeTitle} at ${receiver.host}:${receiver.port}`,
  };
  return [
    ...ports.pacs().map((pacs) => under(pacs.name, checks(pacs, own))),
    ...ports.peers().map((peer) => under(peer.name, reachChecks(peer, ports))),
  ];
}
